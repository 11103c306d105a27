/* SPDX-License-Identifier: MIT */
#ifndef UT_TOOLS_RECORDING_H
#define UT_TOOLS_RECORDING_H

#include <stddef.h>
#include <stdio.h>

/*
 * Recordings named by a list, one a line, for the tools that dump what the extractor sees:
 *
 *     PATH                        anything that libsndfile reads, its first channel, 8 to 96 kHz;
 *     PATH.f32                    headerless float32 of this machine, mono, 8 kHz;
 *     PATH.f32 TAB FIRST TAB N    N samples of it from sample FIRST: many recordings in one file.
 */

enum { RECORDING_END = 1 };

/** Zero to start. */
struct recording {
    float *pcm; /**< [n] at 8 kHz, mono. */
    size_t n, room;
};

/**
 * Reads the recording of the list's next line. Returns 0, RECORDING_END, or a negative error, told
 * on stderr; the line after it can be read then.
 */
int recording_next(struct recording *rec, FILE *list);
void recording_free(struct recording *rec);

#endif
