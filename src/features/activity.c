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

/* A cloned function compiles for its target only what is inlined in it. */
#define UT__INLINE static inline __attribute__((always_inline))

enum {
    BANDS = UT__ACTIVITY_BANDS,
    ROWS = UT__ACTIVITY_ROWS,
    INPUTS = UT__ACTIVITY_INPUTS,
    CENTRE = UT__ACTIVITY_DELAY, /* Rows between the newest and the frame decided. */
    SIDE = UT__ACTIVITY_SIDE,
    SPAN = UT__ACTIVITY_SPAN,
    PAST = ROWS - SPAN, /* Rows of the history older than those. */
    REACH = 6,          /* Rows of the long-term envelope on either side. */
    STRETCH = 25        /* Frames of one stretch of minima: 8 of them are 2 s. */
};
#define FLOOR_DB   -80.0f /* Below the idle noise of G.711 (-78): digital silence ends here. */
#define ABOVE_MAX  30.0f  /* What stands higher above the floor tells no more. */
#define SLOW_RATE  0.3f   /* Smoothing of the levels whose minimum is taken, per frame. */
#define MEAN_RATE  0.03f  /* Learning of the mean noise in non-speech: 330 ms. */
#define PEAK_DECAY 0.03f  /* dB a frame of speech: 3 dB a second. */
#define LOGIT_RATE 1.0f
#define LENIENCE                                                                                   \
    1.0f /* Of the log odds, where the loudest speech is SNR_NOISY_DB over noise, or less. */
#define SNR_NOISY_DB 8.0f
#define SNR_CLEAR_DB 13.0f
#define LEVEL_FLOOR  -120.0f
/* A line may begin in the middle of a word: if it begins so loud, its floor is put lower at first.
 */
#define MARGIN_LEAST_DB -40.0f
#define MARGIN_DB       15.0f
#define MARGIN_FLAT_DB  3.0f /* Noise is flatter than that, mean deviation of the bands; */
#define MARGIN_SLOPE    4.0f /* the more uneven, the likelier is a voice. */
#define MARGIN_DECAY    0.4f /* dB a frame: gone in 400 ms. */

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

/* The first frame that is no digital silence is all that is known of the line. */
static void begin(struct ut__activity *va, const float *row, float mid)
{
    for (int r = 0; r < ROWS; r++) {
        memcpy(va->row[r], row, sizeof va->row[r]);
        va->mid[r] = mid;
    }
    memcpy(va->slow, row, sizeof va->slow);
    memcpy(va->least, row, sizeof va->least);
    for (int s = 0; s < UT__ACTIVITY_MINIMA; s++)
        memcpy(va->minima[s], row, sizeof va->minima[s]);
    float off = 0;
    for (int b = 0; b < BANDS; b++)
        off += fabsf(row[b] - mid);
    float uneven = MARGIN_SLOPE * (off / BANDS - MARGIN_FLAT_DB);
    va->margin = mid > MARGIN_LEAST_DB ? least(most(uneven, 0), MARGIN_DB) : 0;
    for (int b = 0; b < BANDS; b++)
        va->mean[b] = row[b] - va->margin;
    va->peak = mid;
    va->spread = 3;
}

/* Minimum statistics over UT__ACTIVITY_MINIMA stretches and the one that runs. */
UT__INLINE void track_floor(struct ut__activity *va, const float *row)
{
    for (int b = 0; b < BANDS; b++) {
        va->slow[b] += SLOW_RATE * (row[b] - va->slow[b]);
        va->least[b] = least(va->least[b], va->slow[b]);
        va->floor[b] = va->least[b];
    }
    for (int s = 0; s < UT__ACTIVITY_MINIMA; s++)
        for (int b = 0; b < BANDS; b++)
            va->floor[b] = least(va->floor[b], va->minima[s][b]);
    for (int b = 0; b < BANDS; b++)
        va->floor[b] -= va->margin;
    va->margin = most(va->margin - MARGIN_DECAY, 0);
    if (va->heard % STRETCH == STRETCH - 1) {
        memcpy(va->minima[va->heard / STRETCH % UT__ACTIVITY_MINIMA], va->least, sizeof va->least);
        memcpy(va->least, va->slow, sizeof va->least);
    }
}

static const float *row_at(const struct ut__activity *va, int back)
{
    return va->row[(va->pushed - (uint32_t)back) % ROWS];
}

/* Sum over the bands, in an order that vectors of any width keep. */
UT__INLINE float sum_of(const float *restrict x)
{
    float half[BANDS / 2];
    for (int b = 0; b < BANDS / 2; b++)
        half[b] = x[b] + x[b + BANDS / 2];
    return ((half[0] + half[4]) + (half[2] + half[6])) +
           ((half[1] + half[5]) + (half[3] + half[7]));
}

/* Each band's height over the floor. */
UT__INLINE void rise(float *restrict above, const float *restrict row,
                     const float *restrict floor_db)
{
    for (int b = 0; b < BANDS; b++) {
        float up = row[b] - floor_db[b];
        up = up > 0 ? up : 0;
        above[b] = up < ABOVE_MAX ? up : ABOVE_MAX;
    }
}

UT__INLINE void sum_rows(const struct ut__activity *va, struct ut__activity_around *a)
{
    float sum = 0;
    for (int i = 1; i <= PAST; i++)
        sum += va->above[(va->pushed - (uint32_t)(CENTRE + SIDE + i)) % ROWS];
    a->before = sum / PAST;
    a->envelope = 0;
    for (int i = 0; i < SPAN; i++) {
        uint32_t at = (va->pushed - (uint32_t)(CENTRE + SIDE - i)) % ROWS;
        a->above[i] = va->above[at];
        a->level[i] = va->mid[at];
    }
    for (int i = SIDE - REACH; i <= SIDE + REACH; i++)
        a->envelope = a->above[i] > a->envelope ? a->above[i] : a->envelope;
}

UT__INLINE void shape(const struct ut__activity *va, struct ut__activity_around *a)
{
    const float *before = row_at(va, CENTRE + 1), *here = row_at(va, CENTRE);
    const float *after = row_at(va, CENTRE - 1);
    const float *early = row_at(va, CENTRE + 2), *late = row_at(va, CENTRE - 2);
    float above[BANDS], smooth[BANDS], square[BANDS], over[BANDS], change[BANDS], off[BANDS];
    for (int b = 0; b < BANDS; b++)
        smooth[b] = (before[b] + here[b] + after[b]) * (1.0f / 3);
    rise(above, smooth, va->floor);
    float level = sum_of(smooth) / BANDS;
    for (int b = 0; b < BANDS; b++) {
        float up = smooth[b] - va->mean[b];
        up = up > -10 ? up : -10;
        over[b] = up < ABOVE_MAX ? up : ABOVE_MAX;
        square[b] = above[b] * above[b];
        change[b] = fabsf(late[b] - early[b]);
        off[b] = fabsf(smooth[b] - level);
    }
    a->top = sqrtf(sum_of(square) / BANDS);
    a->over_mean = sum_of(over) / BANDS;
    a->change = sum_of(change) / BANDS;
    a->flatness = sum_of(off) / BANDS;
    for (int t = 0; t < 3; t++) { /* 200-760, 760-1700 and 1700-3600 Hz. */
        const float *x = above + 5 * t;
        a->third[t] = (((x[0] + x[1]) + (x[2] + x[3])) + (x[4] + x[5])) / 6;
    }
}

UT__INLINE float mean_of(const float *x, int n)
{
    float sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum / (float)n;
}

UT__INLINE void fill_inputs(struct ut__activity *va, const struct ut__activity_around *a)
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
        va->peak - sum_of(va->mean) / BANDS,
        a->before,
    };
    memcpy(va->input, input, sizeof input);
}

UT__INLINE float network(const struct ut__activity_weights *restrict w, const float *input)
{
    float x[UT__ACTIVITY_HIDDEN], out = w->tune[UT__ACTIVITY_OUT_BIAS];
    memcpy(x, w->bias, sizeof x);
    for (int i = 0; i < INPUTS; i++)
        for (int h = 0; h < UT__ACTIVITY_HIDDEN; h++)
            x[h] += w->hidden[i][h] * input[i];
    for (int h = 0; h < UT__ACTIVITY_HIDDEN; h++)
        out += w->out[h] * (x[h] / (1 + fabsf(x[h])));
    return out;
}

/* The mean noise follows what is not speech; where all stays at the floor it is the floor. */
UT__INLINE void learn_noise(struct ut__activity *va, const struct ut__activity_around *a)
{
    float doubt = 1 / (1 + expf(va->logit + 1));
    float here_level = va->level[(va->pushed - UT__ACTIVITY_DELAY) % ROWS];
    const float *here = row_at(va, CENTRE);
    float rate = MEAN_RATE * doubt, off[BANDS];
    for (int b = 0; b < BANDS; b++) {
        float step = here[b] - va->mean[b];
        off[b] = fabsf(step);
        float next = va->mean[b] + rate * step;
        va->mean[b] = next > va->floor[b] ? next : va->floor[b];
    }
    va->spread += rate * (least(sum_of(off) / BANDS, 12) - va->spread);
    float level = mean_of(a->level + SIDE - 1, 3);
    float rate_down = here_level < va->noise_dbfs ? MEAN_RATE : rate;
    va->noise_dbfs += rate_down * (here_level - va->noise_dbfs);
    va->peak = va->logit > 0 ? most(va->peak - PEAK_DECAY, level) : most(va->peak, level - 10);
}

/*
 * How far the threshold to leave gives way: in noise the weak ends of words are buried, but are
 * speech all the same (3GPP TS 26.094 lengthens the hangover of AMR's detector by the noise
 * likewise).
 */
UT__INLINE float lenience(const struct ut__activity *va)
{
    float snr_db = va->peak - sum_of(va->mean) / BANDS;
    float share = (SNR_CLEAR_DB - snr_db) / (SNR_CLEAR_DB - SNR_NOISY_DB);
    return LENIENCE * most(0, least(1, share));
}

UT__CLONES static void advance(struct ut__activity *va, const struct ut__activity_weights *w,
                               const float *restrict mel_db, int silent)
{
    float *row = va->row[va->pushed % ROWS];
    for (int b = 0; b < BANDS; b++) {
        float level = (mel_db[2 * b] + mel_db[2 * b + 1]) * 0.5f;
        row[b] = level > FLOOR_DB ? level : FLOOR_DB;
    }
    va->silent = va->silent << 1 | (uint32_t)silent;
    if (silent)
        memcpy(row, va->mean, sizeof va->mean);
    float mid = sum_of(row) / BANDS;
    va->mid[va->pushed % ROWS] = mid;
    if (!silent) {
        if (va->heard == 0)
            begin(va, row, mid);
        track_floor(va, row);
        va->heard++;
    }
    float above[BANDS];
    rise(above, row, va->floor);
    va->above[va->pushed % ROWS] = sum_of(above) / BANDS;
    if (va->pushed < UT__ACTIVITY_DELAY)
        return;
    sum_rows(va, &va->around);
    shape(va, &va->around);
    fill_inputs(va, &va->around);
    va->logit += LOGIT_RATE * (network(w, va->input) - va->logit);
    if (!(va->silent >> UT__ACTIVITY_DELAY & 1))
        learn_noise(va, &va->around);
    va->speech = va->logit > (va->speech ? w->tune[UT__ACTIVITY_LEAVE] - lenience(va)
                                         : w->tune[UT__ACTIVITY_ENTER]);
}

int ut__activity_push(struct ut__activity *va, const struct ut__activity_weights *w,
                      const float *mel_db, float level_dbfs, int silent,
                      struct ut__activity_frame *out)
{
    if (va->heard == 0 && !silent)
        va->noise_dbfs = level_dbfs;
    va->level[va->pushed % ROWS] = level_dbfs;
    advance(va, w, mel_db, silent);
    int ready = va->pushed >= UT__ACTIVITY_DELAY;
    if (ready) {
        out->prob = 1 / (1 + expf(-va->logit));
        out->speech = va->speech;
        out->noise_dbfs = va->noise_dbfs;
        out->level_dbfs = va->level[(va->pushed - UT__ACTIVITY_DELAY) % ROWS];
    }
    va->pushed++;
    return ready;
}
