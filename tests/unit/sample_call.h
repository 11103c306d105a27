/* SPDX-License-Identifier: MIT */
#ifndef UT_TESTS_SAMPLE_CALL_H
#define UT_TESTS_SAMPLE_CALL_H

/* The sample call that escalates, decoded: two channels of 8 kHz speech for tests of the library.
 */

#include <stdio.h>
#include <stdlib.h>

#include "audio/g711.h"

enum { SAMPLE_CALL_HEAD_BYTES = 58, SAMPLE_CALL_FRAMES_MAX = 120 * 8000 };

struct sample_call {
    float *channel[2]; /* [frames] each; caller, agent. */
    size_t frames;
};

/* Reads UT_SAMPLES/escalating-en.wav. Returns 0, or -1 when it is not there. */
static inline int sample_call_read(struct sample_call *sc)
{
    static unsigned char bytes[SAMPLE_CALL_HEAD_BYTES + 2 * SAMPLE_CALL_FRAMES_MAX];
    FILE *f = fopen(UT_SAMPLES "/escalating-en.wav", "rb");
    if (!f)
        return -1;
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    if (n < SAMPLE_CALL_HEAD_BYTES + 2)
        return -1;
    sc->frames = (n - SAMPLE_CALL_HEAD_BYTES) / 2;
    for (size_t c = 0; c < 2; c++) {
        sc->channel[c] = malloc(sc->frames * sizeof sc->channel[c][0]);
        if (!sc->channel[c])
            return -1;
        for (size_t i = 0; i < sc->frames; i++)
            ut__ulaw_decode(&sc->channel[c][i], &bytes[SAMPLE_CALL_HEAD_BYTES + 2 * i + c], 1);
    }
    return 0;
}

static inline void sample_call_free(struct sample_call *sc)
{
    free(sc->channel[0]);
    free(sc->channel[1]);
}

#endif
