/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_PROGRESS_H
#define UT_TERMINAL_PROGRESS_H

/*
 * One line on a terminal that tells how far a long run is: bar, share, files, speed, time left.
 * There is one terminal, so there is one progress line. All functions: any thread.
 */

#include <stddef.h>
#include <stdint.h>

/* What the line tells. Counts only grow. */
struct ut__progress {
    size_t files, files_done, files_failed;
    uint64_t bytes, bytes_done; /* Sizes of the files, for the share of the work. */
    double media_s;             /* Sound that was replayed. */
    double elapsed_s;           /* Since the start. */
};

/* Draws the line on standard error, over the last one. */
void ut__progress_show(const struct ut__progress *p);

/* Takes the line away, so that something else can be printed; nothing when none stands there. */
void ut__progress_hide(void);

/* The line as text, without control characters, for `width` columns. For tests and show alone. */
void ut__progress_text(char *buf, size_t cap, const struct ut__progress *p);

#endif
