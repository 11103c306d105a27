/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_MANIFEST_H
#define UT_COMMANDS_MANIFEST_H

/*
 * A list of utterances to be scored: CSV with the columns path, speaker, baseline and any others.
 * Lines with baseline=1 are the speaker's calm voice; the others are scored.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

struct ut__manifest_row {
    char **fields; /* [columns] */
    const char *path;
    size_t speaker; /* Index of the speaker; rows without one have a speaker of their own. */
    size_t line;    /* In the file, from 1, for messages. */
    uint8_t baseline;
};

struct ut__manifest {
    char **header; /* [columns] */
    size_t columns;
    struct ut__manifest_row *rows; /* [count], in the order of the file. */
    size_t count;
    size_t speakers;
    char *text;
    char **fields;
};

/*
 * Reads a manifest. Returns 0, or an exit status after a message that names the line. Release it
 * either way.
 */
int ut__manifest_read(struct ut__manifest *m, const char *path) UT_MUST_CHECK;
void ut__manifest_free(struct ut__manifest *m);

#endif
