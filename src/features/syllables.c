/* SPDX-License-Identifier: MIT */
/*
 * Syllables: density of nuclei by a small network, integrated to nuclei and rate.
 *
 *     band levels around the frame -> density -> integral -> nucleus
 *                                             -> blocks of 100 ms of speech -> rate
 */

#include "features/syllables.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

enum {
    BANDS = UT__SYLLABLES_BANDS,
    ROW = UT__SYLLABLES_ROW,
    INPUTS = UT__SYLLABLES_INPUTS,
    HIDDEN = UT__SYLLABLES_HIDDEN,
    BLOCK_FRAMES = 10,
    BLOCKS = UT__SYLLABLES_RATE_BLOCKS,
    BLOCKS_LEAST = 3 /* A rate of less speech would be chance. */
};
#define SCALE     0.1f  /* dB to about one. */
#define BELOW_MAX 40.0f /* Further below the peak is silence. */

/* Nearer rows matter more: every frame, then every second and third. */
static const int8_t offset[UT__SYLLABLES_ROWS] = {-8, -5, -3, -2, -1, 0, 1, 2, 3, 5, 8};

void ut__syllables_init(struct ut__syllables *sy)
{
    memset(sy, 0, sizeof *sy);
    sy->integral = -0.5f;
}

UT__CLONES static void fill_inputs(float *restrict input, const struct ut__activity *va)
{
    for (int r = 0; r < UT__SYLLABLES_ROWS; r++) {
        const float *row = ut__activity_row(va, offset[r]);
        float level = va->around.level[UT__ACTIVITY_SIDE + offset[r]];
        float *to = input + r * ROW;
        for (int b = 0; b < BANDS; b++)
            to[b] = SCALE * (0.5f * (row[2 * b] + row[2 * b + 1]) - level);
        to[BANDS] = SCALE * fmaxf(level - va->peak, -BELOW_MAX);
        to[BANDS + 1] = SCALE * va->around.above[UT__ACTIVITY_SIDE + offset[r]];
    }
}

UT__CLONES static float network(const struct ut__syllables_weights *restrict w,
                                const float *restrict input)
{
    float x[HIDDEN], out = w->tune[UT__SYLLABLES_OUT_BIAS];
    memcpy(x, w->bias, sizeof x);
    for (int i = 0; i < INPUTS; i++)
        for (int h = 0; h < HIDDEN; h++)
            x[h] += w->hidden[i][h] * input[i];
    for (int h = 0; h < HIDDEN; h++)
        out += w->out[h] * (x[h] / (1 + fabsf(x[h])));
    return w->tune[UT__SYLLABLES_SCALE] / (1 + expf(-out));
}

/* One more frame of speech in the blocks of the rate. */
static void count_frame(struct ut__syllables *sy)
{
    sy->running += sy->density;
    if (++sy->speech_frames % BLOCK_FRAMES)
        return;
    sy->block[sy->speech_frames / BLOCK_FRAMES % BLOCKS] = sy->running;
    sy->running = 0;
}

static float rate_of(const struct ut__syllables *sy)
{
    uint32_t blocks = sy->speech_frames / BLOCK_FRAMES;
    if (blocks < BLOCKS_LEAST)
        return 0;
    float sum = 0;
    for (int i = 0; i < BLOCKS; i++)
        sum += sy->block[i];
    return sum * (100.0f / BLOCK_FRAMES) / (float)(blocks < BLOCKS ? blocks : BLOCKS);
}

void ut__syllables_push(struct ut__syllables *sy, const struct ut__syllables_weights *w,
                        const struct ut__activity *va, int speech, struct ut__syllables_frame *out)
{
    out->nucleus = 0;
    sy->density = 0;
    if (speech) {
        _Alignas(32) float own[INPUTS];
        float *input = sy->input ? sy->input : own;
        fill_inputs(input, va);
        sy->density = network(w, input);
        sy->integral += sy->density;
        count_frame(sy);
        if (sy->integral >= 0) {
            sy->integral -= 1;
            out->nucleus = 1;
        }
    }
    out->rate_syll_s = rate_of(sy);
}
