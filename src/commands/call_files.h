/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_CALL_FILES_H
#define UT_COMMANDS_CALL_FILES_H

/* The files of --export: some for each call, and a table of all calls. */

#include "commands/replay.h"
#include "export/export.h"

/* What all recordings of a run share. */
struct ut__call_files {
    const char *dir;
    int audio;             /* UT__AUDIO_... */
    uint32_t mask;         /* Of ut__export_files. */
    size_t count;          /* Recordings. */
    struct ut__text *rows; /* [count] of the table, by recording. */
    _Atomic size_t failed; /* Calls of which a file could not be written. */
};

/* One recording, for its thread alone. */
struct ut__call_files_one {
    struct ut__call_files *all;
    size_t index;
    const void *job;
    struct ut__export_call call; /* That is being replayed. */
    char *place;
    struct ut__text audio;
};

/** Makes the folder and tries it. Returns 0, or an exit status after a message. */
int ut__call_files_begin(struct ut__call_files *all, const struct ut__options *opt,
                         size_t count) UT_MUST_CHECK;

/** Who looks on at a recording. one: filled in but for `call`; outlives the replay of the file. */
struct ut__replay_watch ut__call_files_watch(struct ut__call_files_one *one);

/** Writes the table, where it was asked for, and releases. Returns 0, or an exit status after a message. */
int ut__call_files_end(struct ut__call_files *all) UT_MUST_CHECK;

#endif
