/* SPDX-License-Identifier: MIT */
/*
 *     window -> periodicity -+-> network -> candidates -> path of fixed lag -> F0
 *         surroundings, voice so far -^
 */

#include "features/pitch.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "dsp/lanes.h"

_Static_assert(UT__PITCH_ROWS == 5, "fill_input adds five");
enum {
    CELLS = UT__PERIOD_CELLS,
    BLOCKS = UT__PERIOD_BLOCKS,
    HIDDEN = UT__PITCH_HIDDEN,
    OUTPUTS = UT__PITCH_OUTPUTS_PADDED,
    NEAR = UT__PITCH_NEAR,
    TAPS = UT__PITCH_TAPS
};
_Static_assert(UT__PITCH_INPUTS % 4 == 0 && HIDDEN % 4 == 0 && TAPS % 4 == 0, "four at a time");
_Static_assert(HIDDEN % 8 == 0 && OUTPUTS % 8 == 0, "vectors of eight");

/* Costs of the path, in dB of probability. */
#define JUMP_COST  50.0f /* Per octave of change from frame to frame. */
#define VOICE_COST 12.0f /* Voiced to unvoiced and back. */
/*
 * Two in three training frames are unvoiced (3 dB), and neighbouring frames share most of their
 * evidence, which the path counts as if each stood for itself.
 */
#define UNVOICED_BIAS -8.0f
/* A peak this high with sides this low, and this much above its multiple, is a pitch of its own. */
#define CLEAR      0.85f
#define CLEAR_SIDE 0.5f
#define CLEARER    0.02f
/* A period under those searched is as clear as this, and nearly as high as its double. */
#define SHORT_CLEAR 0.75f
#define SHORT_LESS  0.05f
#define PROBABLE    1e-3f /* What is less likely is no candidate. */
/* The memory of the loud parts falls by this a frame: 2 dB/s. */
#define LOUD_FALL_DB 0.02f
#define LOUD_MIN_DB  -60.0f
/* The voice so far: a window with a peak of 1 counts for 4 %, one with a peak below 0.3 for
 * nothing. */
#define SLOW_RATE 0.04f
#define SLOW_FROM 0.3f
/* The idle noise of a line, at most: a pattern there is the coder's. */
#define SILENT_DB         -72.0f
#define IMPOSSIBLE        80.0f /* Log odds. */
#define ENVELOPE_DEPTH_DB 40.0f
#define DB_UNIT           20.0f
#define LOG2_E            1.44269504f

int ut__pitch_tables_init(struct ut__pitch_tables *tables)
{
    memset(tables, 0, sizeof *tables);
    return ut__period_tables_init(&tables->period);
}

void ut__pitch_tables_destroy(struct ut__pitch_tables *tables)
{
    ut__period_tables_destroy(&tables->period);
}

static const struct ut__periodicity *row_at(const struct ut__pitch *p, uint32_t back)
{
    return &p->row[(p->windows - 1 - back) % UT__PITCH_ROWS];
}

static float limit(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

/* Takes a new window into the memory of the voice so far and of its loudness. */
UT__CLONES static void remember(struct ut__pitch *restrict p,
                                const struct ut__periodicity *restrict now)
{
    float share = SLOW_RATE * limit((now->top - SLOW_FROM) / (1 - SLOW_FROM), 0, 1);
    for (size_t c = 0; c < CELLS; c++)
        p->slow[c] += share * (now->height[c] - p->slow[c]);
    p->loud_db = p->windows == 1 ? LOUD_MIN_DB : p->loud_db - LOUD_FALL_DB;
    p->loud_db = limit(now->level_db, limit(p->loud_db, LOUD_MIN_DB, 0), 10);
}

UT__CLONES static void fill_input(float *restrict input, const struct ut__pitch *restrict p,
                                  const struct ut__periodicity *restrict now)
{
    const struct ut__periodicity *row = p->row;
    float *rest = input + 3 * CELLS, top = ut__max(now->block_db, BLOCKS);
    for (size_t c = 0; c < CELLS; c++) {
        input[c] = now->height[c];
        input[CELLS + c] = (row[0].height[c] + row[1].height[c] + row[2].height[c] +
                            row[3].height[c] + row[4].height[c]) *
                           (1.0f / UT__PITCH_ROWS);
        input[2 * CELLS + c] = p->slow[c];
    }
    for (size_t b = 0; b < BLOCKS; b++) {
        float below = now->block_db[b] - top;
        rest[b] = (below > -ENVELOPE_DEPTH_DB ? below : -ENVELOPE_DEPTH_DB) / DB_UNIT;
    }
    rest[BLOCKS] = limit(now->snr_db, 0, 60) / DB_UNIT;
    rest[BLOCKS + 1] = limit(now->level_db - p->loud_db, -60, 0) / DB_UNIT;
}

/* sum[] += x[0] w[0][] + ... + x[3] w[3][]: four terms at a time, so that the sums wait for each
 * other a fourth as often. The rows of w lie `width` apart. */
UT__INLINE void add_four(ut__eight *sum, size_t eights, const float *x, const float *w,
                         size_t width)
{
    for (size_t j = 0; j < eights; j++) {
        ut__eight a, b, c, d;
        ut__load8(&a, w + 8 * j);
        ut__load8(&b, w + width + 8 * j);
        ut__load8(&c, w + 2 * width + 8 * j);
        ut__load8(&d, w + 3 * width + 8 * j);
        sum[j] += (x[0] * a + x[1] * b) + (x[2] * c + x[3] * d);
    }
}

/* The heights with nothing on either side, as far as the filter reaches and its vectors read. */
UT__INLINE void pad_heights(float *padded, const float *height)
{
    const ut__eight zero = {0};
    for (size_t i = 0; i < NEAR; i += 8)
        ut__store8(padded + i, &zero);
    for (size_t c = 0; c < CELLS; c++)
        padded[NEAR + c] = height[c];
    for (size_t i = NEAR + CELLS; i < TAPS + OUTPUTS; i += 8)
        ut__store8(padded + i, &zero);
}

/*
 * One hidden layer of rectified units, and a filter along the cells of the window itself: octaves
 * and fifths lie the same number of cells apart wherever the pitch is. out: log odds.
 */
UT__CLONES static void network(float *restrict out, const struct ut__pitch_tables *restrict tables,
                               const float *restrict input)
{
    enum { UNITS8 = HIDDEN / 8, OUTPUTS8 = OUTPUTS / 8 };
    float unit[HIDDEN], height[TAPS + OUTPUTS + 8];
    ut__eight sum[UNITS8], odds[OUTPUTS8];
    for (size_t j = 0; j < UNITS8; j++)
        ut__load8(&sum[j], tables->hidden[UT__PITCH_INPUTS] + 8 * j);
    for (size_t i = 0; i < UT__PITCH_INPUTS; i += 4)
        add_four(sum, UNITS8, input + i, tables->hidden[i], HIDDEN);
    for (size_t j = 0; j < HIDDEN; j++)
        unit[j] = sum[j / 8][j % 8] > 0 ? sum[j / 8][j % 8] : 0;
    for (size_t j = 0; j < OUTPUTS8; j++)
        ut__load8(&odds[j], tables->output[HIDDEN] + 8 * j);
    for (size_t i = 0; i < HIDDEN; i += 4)
        add_four(odds, OUTPUTS8, unit + i, tables->output[i], OUTPUTS);
    const float unvoiced = odds[CELLS / 8][CELLS % 8]; /* The filter runs over it. */
    pad_heights(height, input);
    for (size_t i = 0; i < TAPS; i += 4)
        add_four(odds, OUTPUTS8, tables->near + i, height + i, 1);
    for (size_t j = 0; j < OUTPUTS8; j++)
        ut__store8(out + 8 * j, &odds[j]);
    out[CELLS] = unvoiced;
}

/* Log odds to probabilities of the cells, with an empty one on either side, and of no voice. */
UT__CLONES static float probabilities(float *restrict prob, const float *restrict odds)
{
    float likely[OUTPUTS], lane[UT__LANES] = {0};
    float top = ut__max(odds, UT__PITCH_OUTPUTS);
    for (size_t i = 0; i < OUTPUTS; i++) {
        float below = odds[i] - top;
        likely[i] = below > -IMPOSSIBLE ? below : -IMPOSSIBLE;
    }
    for (size_t i = 0; i < OUTPUTS; i++)
        likely[i] = ut__exp2(likely[i] * LOG2_E);
    for (size_t i = UT__PITCH_OUTPUTS; i < OUTPUTS; i++)
        likely[i] = 0; /* What pads the outputs. */
    for (size_t i = 0; i < OUTPUTS; i += UT__LANES)
        for (size_t j = 0; j < UT__LANES; j++)
            lane[j] += likely[i + j];
    float scale = 1 / ut__lane_sum(lane);
    for (size_t c = 0; c < CELLS; c++)
        prob[c + 1] = likely[c] * scale;
    prob[0] = prob[CELLS + 1] = 0;
    return likely[CELLS] * scale;
}

/* Whether a cell holds the sharp, high peak that many harmonics make together. */
static int is_clear(const float *height, size_t c)
{
    return height[c] >= CLEAR && (c < 2 || height[c - 2] < CLEAR_SIDE) &&
           (c + 2 >= CELLS || height[c + 2] < CLEAR_SIDE);
}

/*
 * What the network gave to a multiple of a clear period goes to that period. Multiples of a steady
 * tone are as high as itself but for rounding, which speech, that the network has learnt from,
 * never is; synthetic voices and song are.
 */
static void fold_multiples(float *prob, const struct ut__periodicity *row)
{
    static const size_t apart[] = {UT__PERIOD_PER_OCTAVE, 25, 2 * UT__PERIOD_PER_OCTAVE};
    const float *height = row->height;
    if (row->top < CLEAR)
        return;
    for (size_t c = CELLS - 1; c > UT__PERIOD_PER_OCTAVE; c--) {
        if (prob[c] < PROBABLE)
            continue;
        for (size_t i = 0; i < sizeof apart / sizeof apart[0] && prob[c] > 0; i++) {
            size_t first = c > apart[i] + 1 ? c - apart[i] - 1 : 0;
            for (size_t to = first; to <= first + 2 && to + 14 < c; to++) {
                if (height[to] < height[c] + CLEARER || !is_clear(height, to))
                    continue;
                prob[to] += prob[c];
                prob[c] = 0;
            }
        }
    }
}

/* The period at a cell: of the peak there or next to it, else the middle of the cell. */
static float period_at(const struct ut__period_tables *tables, const struct ut__periodicity *row,
                       size_t c)
{
    size_t first = c ? c - 1 : 0, last = c + 1 < CELLS ? c + 1 : c, best = CELLS;
    if (row->period[c] > 0)
        return row->period[c];
    for (size_t i = first; i <= last; i++)
        if (row->period[i] > 0 && (best == CELLS || row->height[i] > row->height[best]))
            best = i;
    return best < CELLS ? row->period[best] : tables->centre[c];
}

/* The octave of a period, or of the one above those searched that it is a multiple of. */
static float octave_of(const struct ut__periodicity *row, float period, float height)
{
    if (row->short_height < SHORT_CLEAR || row->short_height < height - SHORT_LESS)
        return ut__log2(period);
    float times = roundf(period / row->short_period);
    return ut__log2(fabsf(period - times * row->short_period) < 1 ? period / times : period);
}

/* One bit for each cell that is likelier than its neighbours, and likely at all. */
UT__CLONES static uint64_t likely_cells(const float *restrict prob)
{
    uint8_t mark[64] = {0};
    for (size_t c = 0; c < CELLS; c++) {
        const float *at = prob + 1 + c;
        mark[c] = (uint8_t)((at[0] >= PROBABLE) & (at[0] >= at[-1]) & (at[0] > at[1]));
    }
    return ut__bits64(mark);
}

/* The likeliest periods, in falling order of likelihood by insertion. prob: from the empty cell. */
static void find_candidates(struct ut__pitch_frame *fr, const struct ut__period_tables *tables,
                            const struct ut__periodicity *row, float *prob, float unvoiced)
{
    size_t cell[UT__PITCH_CANDIDATES], n = 1;
    float mass[UT__PITCH_CANDIDATES];
    fold_multiples(prob + 1, row);
    for (uint64_t left = likely_cells(prob); left; left &= left - 1) {
        size_t c = (size_t)__builtin_ctzll(left);
        float m = prob[c] + prob[c + 1] + prob[c + 2];
        size_t at = n < UT__PITCH_CANDIDATES ? n++ : UT__PITCH_CANDIDATES;
        for (; at > 1 && mass[at - 1] < m; at--)
            if (at < UT__PITCH_CANDIDATES) {
                mass[at] = mass[at - 1];
                cell[at] = cell[at - 1];
            }
        if (at < UT__PITCH_CANDIDATES) {
            mass[at] = m;
            cell[at] = c;
        }
    }
    fr->count = (uint8_t)n;
    fr->height[0] = row->top;
    fr->score[0] = ut__log_db(unvoiced) + UNVOICED_BIAS;
    for (size_t i = 1; i < n; i++) {
        fr->height[i] = row->height[cell[i]];
        fr->octave[i] = octave_of(row, period_at(tables, row, cell[i]), fr->height[i]);
        fr->score[i] = ut__log_db(mass[i]);
    }
}

/* Viterbi step: for each candidate the best way to come to it. */
static void extend(struct ut__pitch_frame *now, const struct ut__pitch_frame *before)
{
    float best_of_all = -1e9f;
    for (size_t i = 0; i < now->count; i++) {
        float best = -1e9f;
        for (size_t j = 0; j < before->count; j++) {
            float cost = 0;
            if ((i == 0) != (j == 0))
                cost = VOICE_COST;
            else if (i)
                cost = JUMP_COST * fabsf(now->octave[i] - before->octave[j]);
            if (before->score[j] - cost > best) {
                best = before->score[j] - cost;
                now->from[i] = (uint8_t)j;
            }
        }
        now->score[i] += best;
        best_of_all = now->score[i] > best_of_all ? now->score[i] : best_of_all;
    }
    for (size_t i = 0; i < now->count; i++) /* Keeps the sums small for ever. */
        now->score[i] -= best_of_all;
}

/* Follows the best path that ends at frame `at` back by the lag. */
static void decide(const struct ut__pitch *p, uint32_t at, struct ut__pitch_result *out)
{
    const struct ut__pitch_frame *fr = &p->frame[at % (UT__PITCH_LAG + 1)];
    size_t i = 0;
    for (size_t j = 1; j < fr->count; j++)
        i = fr->score[j] > fr->score[i] ? j : i;
    for (size_t back = 0; back < UT__PITCH_LAG; back++) {
        i = fr->from[i];
        fr = &p->frame[--at % (UT__PITCH_LAG + 1)];
    }
    out->voicing = limit(fr->height[i], 0, 1);
    out->voiced = i != 0;
    if (i)
        out->f0_hz = fmaxf(UT_RATE_HZ / exp2f(fr->octave[i]), 60);
}

void ut__pitch_push(struct ut__pitch *p, const struct ut__pitch_tables *tables,
                    const float *samples, int silent, struct ut__pitch_result *out)
{
    float odds[OUTPUTS], prob[CELLS + 2], unvoiced = 1;
    float own[UT__PITCH_INPUTS], *input = p->input ? p->input : own;
    memset(out, 0, sizeof *out);
    struct ut__periodicity *row = &p->row[p->windows % UT__PITCH_ROWS];
    ut__periodicity(row, &p->noise, &tables->period, samples, silent);
    p->windows++;
    remember(p, row);
    if (p->windows <= UT__PITCH_CONTEXT)
        return;
    const struct ut__periodicity *here = row_at(p, UT__PITCH_CONTEXT);
    fill_input(input, p, here);
    if (here->level_db >= SILENT_DB) {
        network(odds, tables, input);
        unvoiced = probabilities(prob, odds);
    } else {
        memset(prob, 0, sizeof prob);
    }

    uint32_t at = p->windows - 1 - UT__PITCH_CONTEXT;
    struct ut__pitch_frame *fr = &p->frame[at % (UT__PITCH_LAG + 1)];
    find_candidates(fr, &tables->period, here, prob, unvoiced);
    if (at)
        extend(fr, &p->frame[(at - 1) % (UT__PITCH_LAG + 1)]);
    if (at >= UT__PITCH_LAG)
        decide(p, at, out);
}
