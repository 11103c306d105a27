/* SPDX-License-Identifier: MIT */
/*
 * Speech activity: floors by minimum statistics, long-term divergence from them, a small network.
 *
 *     mel pairs -> floor, mean noise -> divergence around the frame -> network -> hysteresis
 */

#include "features/activity.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "features/activity_weights.h"

enum {
    BANDS = UT__ACTIVITY_BANDS,
    ROWS = UT__ACTIVITY_ROWS,
    INPUTS = UT__ACTIVITY_INPUTS,
    CENTRE = UT__ACTIVITY_DELAY, /* Rows between the newest and the frame decided. */
    SIDE = UT__ACTIVITY_SIDE,
    SPAN = UT__ACTIVITY_SPAN,
    STRETCH = 25 /* Frames of one stretch of minima: 8 of them are 2 s. */
};
#define FLOOR_DB    -80.0f /* Below the idle noise of G.711 (-78): digital silence ends here. */
#define ABOVE_MAX   30.0f  /* What stands higher above the floor tells no more. */
#define SLOW_RATE   0.3f   /* Smoothing of the levels whose minimum is taken, per frame. */
#define MEAN_RATE   0.03f  /* Learning of the mean noise in non-speech: 330 ms. */
#define PEAK_DECAY  0.03f  /* dB a frame of speech: 3 dB a second. */
#define LOGIT_RATE  1.0f
#define LEVEL_FLOOR -120.0f

void ut__activity_init(struct ut__activity *va)
{
    memset(va, 0, sizeof *va);
    va->noise_dbfs = LEVEL_FLOOR;
}

static float least(float a, float b)
{
    return a < b ? a : b;
}

static float most(float a, float b)
{
    return a > b ? a : b;
}

/* The first frame is all that is known of the line. */
static void begin(struct ut__activity *va, const float *row, float level_dbfs)
{
    for (int r = 0; r < ROWS; r++)
        memcpy(va->row[r], row, sizeof va->row[r]);
    memcpy(va->slow, row, sizeof va->slow);
    memcpy(va->mean, row, sizeof va->mean);
    memcpy(va->least, row, sizeof va->least);
    for (int s = 0; s < UT__ACTIVITY_MINIMA; s++)
        memcpy(va->minima[s], row, sizeof va->minima[s]);
    float sum = 0;
    for (int b = 0; b < BANDS; b++)
        sum += row[b];
    va->peak = sum / BANDS;
    va->spread = 3;
    va->noise_dbfs = level_dbfs;
}

/* Minimum statistics over UT__ACTIVITY_MINIMA stretches and the one that runs. */
static void track_floor(struct ut__activity *va, const float *row)
{
    for (int b = 0; b < BANDS; b++) {
        va->slow[b] += SLOW_RATE * (row[b] - va->slow[b]);
        va->least[b] = least(va->least[b], va->slow[b]);
        va->floor[b] = va->least[b];
    }
    for (int s = 0; s < UT__ACTIVITY_MINIMA; s++)
        for (int b = 0; b < BANDS; b++)
            va->floor[b] = least(va->floor[b], va->minima[s][b]);
    if (va->pushed % STRETCH == STRETCH - 1) {
        memcpy(va->minima[va->pushed / STRETCH % UT__ACTIVITY_MINIMA], va->least, sizeof va->least);
        memcpy(va->least, va->slow, sizeof va->least);
    }
}

static const float *row_at(const struct ut__activity *va, int back)
{
    return va->row[(va->pushed - (uint32_t)back) % ROWS];
}

static void sum_rows(const struct ut__activity *va, struct ut__activity_around *a)
{
    float high[BANDS];
    memcpy(high, row_at(va, CENTRE), sizeof high);
    for (int i = 0; i < SPAN; i++) {
        const float *row = row_at(va, CENTRE + SIDE - i);
        float above = 0, level = 0;
        for (int b = 0; b < BANDS; b++) {
            above += least(most(row[b] - va->floor[b], 0), ABOVE_MAX);
            level += row[b];
        }
        a->above[i] = above / BANDS;
        a->level[i] = level / BANDS;
        if (i >= SIDE - 6 && i <= SIDE + 6)
            for (int b = 0; b < BANDS; b++)
                high[b] = most(high[b], row[b]);
    }
    a->envelope = 0;
    for (int b = 0; b < BANDS; b++)
        a->envelope += least(most(high[b] - va->floor[b], 0), ABOVE_MAX);
    a->envelope /= BANDS;
}

static void shape(const struct ut__activity *va, struct ut__activity_around *a)
{
    const float *before = row_at(va, CENTRE + 1), *here = row_at(va, CENTRE);
    const float *after = row_at(va, CENTRE - 1);
    const float *early = row_at(va, CENTRE + 2), *late = row_at(va, CENTRE - 2);
    float above[BANDS], smooth[BANDS], level = 0, square = 0;
    a->over_mean = a->change = a->flatness = 0;
    for (int b = 0; b < BANDS; b++) {
        smooth[b] = (before[b] + here[b] + after[b]) / 3;
        above[b] = least(most(smooth[b] - va->floor[b], 0), ABOVE_MAX);
        level += smooth[b];
        square += above[b] * above[b];
        a->over_mean += least(most(smooth[b] - va->mean[b], -10), ABOVE_MAX);
        a->change += fabsf(late[b] - early[b]);
    }
    for (int b = 0; b < BANDS; b++)
        a->flatness += fabsf(smooth[b] - level / BANDS);
    a->top = sqrtf(square / BANDS);
    a->over_mean /= BANDS;
    a->change /= BANDS;
    a->flatness /= BANDS;
    for (int t = 0; t < 3; t++) { /* 200-760, 760-1700 and 1700-3600 Hz. */
        a->third[t] = 0;
        for (int b = 5 * t; b < 5 * t + 6; b++)
            a->third[t] += above[b] / 6;
    }
}

static float mean_of(const float *x, int n)
{
    float sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum / (float)n;
}

static void fill_inputs(struct ut__activity *va, const struct ut__activity_around *a)
{
    float mean = mean_of(a->level, SPAN), deviation = 0, low = a->level[0], high = low;
    for (int i = 0; i < SPAN; i++) {
        deviation += fabsf(a->level[i] - mean);
        low = least(low, a->level[i]);
        high = most(high, a->level[i]);
    }
    const float input[INPUTS] = {
        a->above[SIDE],
        a->top,
        mean_of(a->above + SIDE - 1, 3),
        mean_of(a->above + SIDE + 2, 3),
        mean_of(a->above + SIDE + 5, 5),
        mean_of(a->above + SIDE - 4, 3),
        mean_of(a->above + SIDE - 9, 5),
        a->envelope,
        a->third[0],
        a->third[1],
        a->third[2],
        a->over_mean,
        a->over_mean / (va->spread + 1),
        most(a->level[SIDE] - va->peak, -50),
        most(mean_of(a->level + SIDE - 2, 5) - va->peak, -50),
        a->level[SIDE] - low,
        high - a->level[SIDE],
        deviation / SPAN,
        a->change,
        a->flatness,
        va->spread,
        a->level[SIDE + 2] - a->level[SIDE - 2],
        least(a->above[SIDE] * a->above[SIDE] / 20, 20),
        va->peak - mean_of(va->mean, BANDS),
    };
    memcpy(va->input, input, sizeof input);
}

static float network(const float *input)
{
    float x[UT__ACTIVITY_HIDDEN], out = ut__activity_out_bias;
    memcpy(x, ut__activity_bias, sizeof x);
    for (int i = 0; i < INPUTS; i++)
        for (int h = 0; h < UT__ACTIVITY_HIDDEN; h++)
            x[h] += ut__activity_weight[i][h] * input[i];
    for (int h = 0; h < UT__ACTIVITY_HIDDEN; h++)
        out += ut__activity_out[h] * (x[h] / (1 + fabsf(x[h])));
    return out;
}

/* The mean noise follows what is not speech; where all stays at the floor it is the floor. */
static void learn_noise(struct ut__activity *va, const struct ut__activity_around *a)
{
    float doubt = 1 / (1 + expf(va->logit + 1));
    float here_level = va->level[(va->pushed - UT__ACTIVITY_DELAY) % ROWS];
    const float *here = row_at(va, CENTRE);
    float rate = MEAN_RATE * doubt, off = 0;
    for (int b = 0; b < BANDS; b++) {
        off += fabsf(here[b] - va->mean[b]);
        va->mean[b] = most(va->mean[b] + rate * (here[b] - va->mean[b]), va->floor[b]);
    }
    va->spread += rate * (least(off / BANDS, 12) - va->spread);
    float level = mean_of(a->level + SIDE - 1, 3);
    float rate_down = here_level < va->noise_dbfs ? MEAN_RATE : rate;
    va->noise_dbfs += rate_down * (here_level - va->noise_dbfs);
    va->peak = va->logit > 0 ? most(va->peak - PEAK_DECAY, level) : most(va->peak, level - 10);
}

UT__CLONES
static void decide(struct ut__activity *va)
{
    sum_rows(va, &va->around);
    shape(va, &va->around);
    fill_inputs(va, &va->around);
    va->logit += LOGIT_RATE * (network(va->input) - va->logit);
    learn_noise(va, &va->around);
    va->speech = va->logit > (va->speech ? UT__ACTIVITY_LEAVE : UT__ACTIVITY_ENTER);
}

int ut__activity_push(struct ut__activity *va, const float *mel_db, float level_dbfs,
                      struct ut__activity_frame *out)
{
    float row[BANDS];
    for (int b = 0; b < BANDS; b++)
        row[b] = most((mel_db[2 * b] + mel_db[2 * b + 1]) / 2, FLOOR_DB);
    if (va->pushed == 0)
        begin(va, row, level_dbfs);
    memcpy(va->row[va->pushed % ROWS], row, sizeof row);
    va->level[va->pushed % ROWS] = level_dbfs;
    track_floor(va, row);
    int ready = va->pushed >= UT__ACTIVITY_DELAY;
    if (ready) {
        decide(va);
        float level = va->level[(va->pushed - UT__ACTIVITY_DELAY) % ROWS];
        out->prob = 1 / (1 + expf(-va->logit));
        out->speech = va->speech;
        out->noise_dbfs = va->noise_dbfs;
        out->snr_db = least(most(level - va->noise_dbfs, 0), 60);
    }
    va->pushed++;
    return ready;
}
