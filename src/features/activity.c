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
#include "dsp/lanes.h"

enum {
    BANDS = UT__ACTIVITY_BANDS,
    ROWS = UT__ACTIVITY_ROWS,
    INPUTS = UT__ACTIVITY_INPUTS,
    CENTRE = UT__ACTIVITY_DELAY, /* Rows between the newest and the frame decided. */
    SIDE = UT__ACTIVITY_SIDE,
    SPAN = UT__ACTIVITY_SPAN,
    PAST = ROWS - SPAN, /* Rows of the history older than those. */
    REACH = 6,          /* Rows of the long-term envelope on either side. */
    STRETCH = 25,       /* Frames of one stretch of minima: 8 of them are 2 s. */
    MOVED_BACK = 4,     /* Frames between two shapes of the bands that are compared, */
    MOVED_FRAMES = 16,  /* among the first of a line. */
    MARGIN_FRAMES = 60  /* Then the line has had a pause, or a weak sound. */
};
_Static_assert(BANDS == 16 && UT__ACTIVITY_HIDDEN % 8 == 0, "whole vectors");
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
/*
 * A line may begin in the middle of a word, and then its floor lies far below all that was heard of
 * it. A voice moves: in 40 ms the shape of its bands, level left out, changes by more than that of
 * noise of any colour, which changes by chance alone. The more it moved as the line began, the
 * lower its floor is put at first.
 */
#define MOVED_NOISE  2.4f  /* dB, mean of the bands: noise. */
#define MOVED_VOICE  3.0f  /* What moves more is a voice. */
#define MOVED_MOST   4.0f  /* A tone that begins moves by more, and counts for no more. */
#define MOVED_DOUBT  3     /* So many changes of noise are thought to have gone before. */
#define MARGIN_SLOPE 20.0f /* dB lower for each dB that it moved more. */

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
    memcpy(va->mean, row, sizeof va->mean);
    va->moved = MOVED_NOISE;
    va->peak = mid;
    va->spread = 3;
}

/* Minimum statistics over UT__ACTIVITY_MINIMA stretches and the one that runs; eight bands. */
UT__INLINE void track_eight(struct ut__activity *va, const float *row, size_t from)
{
    ut__eight slow, low, now, past;
    ut__load8(&slow, va->slow + from);
    ut__load8(&now, row + from);
    ut__load8(&low, va->least + from);
    slow += SLOW_RATE * (now - slow);
    ut__smaller8(&low, &slow);
    ut__store8(va->slow + from, &slow);
    ut__store8(va->least + from, &low);
    for (int s = 0; s < UT__ACTIVITY_MINIMA; s++) {
        ut__load8(&past, va->minima[s] + from);
        ut__smaller8(&low, &past);
    }
    low -= va->margin;
    ut__store8(va->floor + from, &low);
}

UT__INLINE void track_floor(struct ut__activity *va, const float *row)
{
    for (size_t from = 0; from < BANDS; from += 8)
        track_eight(va, row, from);
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
UT__INLINE float sum_of(const float *x)
{
    ut__eight low, high;
    ut__load8(&low, x);
    ut__load8(&high, x + 8);
    return ut__sum16(&low, &high);
}

/* Each band's height over the floor, of eight bands. */
UT__INLINE void rise(ut__eight *above, const ut__eight *row, const float *floor_db)
{
    const ut__eight none = {0}, top = none + ABOVE_MAX;
    ut__eight under;
    ut__load8(&under, floor_db);
    *above = *row - under;
    ut__larger8(above, &none);
    ut__smaller8(above, &top);
}

/* Mean over the bands of what stands above the floor. */
UT__INLINE float above_floor(const struct ut__activity *va, const float *row)
{
    ut__eight above[2], now;
    for (size_t h = 0; h < 2; h++) {
        ut__load8(&now, row + 8 * h);
        rise(&above[h], &now, va->floor + 8 * h);
    }
    return ut__sum16(&above[0], &above[1]) / BANDS;
}

/* Takes in how much the shape of the bands has changed. */
static void follow_shape(struct ut__activity *va, const float *row, float mid)
{
    uint32_t then = (va->pushed - MOVED_BACK) % ROWS;
    float moved = 0;
    for (int b = 0; b < BANDS; b++)
        moved += fabsf((row[b] - mid) - (va->row[then][b] - va->mid[then])) / BANDS;
    moved = least(moved, MOVED_MOST) - va->moved;
    va->moved += moved / (float)(va->heard - MOVED_BACK + 1 + MOVED_DOUBT);
}

/* A frame that is no digital silence: what is known of the line, from the first one on. */
UT__INLINE void hear(struct ut__activity *va, const float *row, float mid)
{
    if (va->heard == 0)
        begin(va, row, mid);
    const uint32_t compared = (2u << MOVED_BACK) - 1;
    if (va->heard >= MOVED_BACK && va->heard < MOVED_FRAMES && !(va->silent & compared))
        follow_shape(va, row, mid);
    float left = most(1 - (float)va->heard / MARGIN_FRAMES, 0);
    va->margin = left * MARGIN_SLOPE * most(va->moved - MOVED_VOICE, 0);
    track_floor(va, row);
    if (va->margin > 0) { /* What was heard is no noise. */
        float under = va->level[va->pushed % ROWS] - va->margin;
        memcpy(va->mean, va->floor, sizeof va->mean);
        va->noise_dbfs = most(least(va->noise_dbfs, under), LEVEL_FLOOR);
    }
    if (va->heard++ == CENTRE) /* The first frame is decided by the floor that is known by now. */
        for (int r = 0; r < ROWS; r++)
            va->above[r] = above_floor(va, va->row[r]);
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

/* Three rows about the frame, eight bands of each: their mean. */
UT__INLINE void smooth_eight(ut__eight *out, const struct ut__activity *va, size_t from)
{
    ut__eight before, here, after;
    ut__load8(&before, row_at(va, CENTRE + 1) + from);
    ut__load8(&here, row_at(va, CENTRE) + from);
    ut__load8(&after, row_at(va, CENTRE - 1) + from);
    *out = (before + here + after) * (1.0f / 3);
}

/* How much eight bands changed about the frame. */
UT__INLINE void change_eight(ut__eight *out, const struct ut__activity *va, size_t from)
{
    ut__eight early;
    ut__load8(out, row_at(va, CENTRE - 2) + from);
    ut__load8(&early, row_at(va, CENTRE + 2) + from);
    *out -= early;
    ut__abs8(out);
}

UT__INLINE void shape(const struct ut__activity *va, struct ut__activity_around *a)
{
    const ut__eight least_over = (ut__eight){0} - 10.0f, most_over = (ut__eight){0} + ABOVE_MAX;
    ut__eight smooth[2], above[2], square[2], over[2], change[2], off[2];
    float height[BANDS];
    for (size_t h = 0; h < 2; h++) {
        smooth_eight(&smooth[h], va, 8 * h);
        change_eight(&change[h], va, 8 * h);
        rise(&above[h], &smooth[h], va->floor + 8 * h);
        ut__store8(height + 8 * h, &above[h]);
        square[h] = above[h] * above[h];
        ut__load8(&over[h], va->mean + 8 * h);
        over[h] = smooth[h] - over[h];
        ut__larger8(&over[h], &least_over);
        ut__smaller8(&over[h], &most_over);
    }
    float level = ut__sum16(&smooth[0], &smooth[1]) / BANDS;
    for (size_t h = 0; h < 2; h++) {
        off[h] = smooth[h] - level;
        ut__abs8(&off[h]);
    }
    a->top = sqrtf(ut__sum16(&square[0], &square[1]) / BANDS);
    a->over_mean = ut__sum16(&over[0], &over[1]) / BANDS;
    a->change = ut__sum16(&change[0], &change[1]) / BANDS;
    a->flatness = ut__sum16(&off[0], &off[1]) / BANDS;
    for (int t = 0; t < 3; t++) { /* 200-760, 760-1700 and 1700-3600 Hz. */
        const float *x = height + 5 * t;
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
    enum { UNITS8 = UT__ACTIVITY_HIDDEN / 8 };
    ut__eight x[UNITS8], k;
    float said[UT__ACTIVITY_HIDDEN], out = w->tune[UT__ACTIVITY_OUT_BIAS];
    for (size_t j = 0; j < UNITS8; j++)
        ut__load8(&x[j], w->bias + 8 * j);
    for (size_t i = 0; i < INPUTS; i++)
        for (size_t j = 0; j < UNITS8; j++) {
            ut__load8(&k, w->hidden[i] + 8 * j);
            x[j] += k * input[i];
        }
    for (size_t j = 0; j < UNITS8; j++) {
        ut__eight size = x[j];
        ut__abs8(&size);
        ut__load8(&k, w->out + 8 * j);
        x[j] = k * (x[j] / (1 + size));
        ut__store8(said + 8 * j, &x[j]);
    }
    for (size_t h = 0; h < UT__ACTIVITY_HIDDEN; h++)
        out += said[h];
    return out;
}

/* The mean noise follows what is not speech; where all stays at the floor it is the floor. */
UT__INLINE void learn_noise(struct ut__activity *va, const struct ut__activity_around *a)
{
    float doubt = 1 / (1 + expf(va->logit + 1));
    float here_level = va->level[(va->pushed - UT__ACTIVITY_DELAY) % ROWS];
    const float *here = row_at(va, CENTRE);
    float rate = MEAN_RATE * doubt;
    ut__eight off[2], mean, under;
    for (size_t h = 0; h < 2; h++) {
        ut__load8(&off[h], here + 8 * h);
        ut__load8(&mean, va->mean + 8 * h);
        ut__load8(&under, va->floor + 8 * h);
        off[h] -= mean;
        mean += rate * off[h];
        ut__larger8(&mean, &under);
        ut__store8(va->mean + 8 * h, &mean);
        ut__abs8(&off[h]);
    }
    va->spread += rate * (least(ut__sum16(&off[0], &off[1]) / BANDS, 12) - va->spread);
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
    if (!silent)
        hear(va, row, mid);
    va->above[va->pushed % ROWS] = above_floor(va, row);
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
