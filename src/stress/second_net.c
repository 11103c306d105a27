/* SPDX-License-Identifier: MIT */
/*
 * The network of the second ear over one window. Maps are [time][band][channel], so that vectors
 * run over channels; channels are padded to whole tiles with weights of zero.
 *
 *     bands -> 3x3 convolution -> block 1 ... block 12
 *     a block: expand each point -> depthwise, by rows as soon as those it reads are there
 *                  -> perhaps squeeze-excitation -> project each point, and add what came in
 */

#include "stress/second_net.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "dsp/lanes.h"

enum {
    BLOCKS = 12,
    TAP1 = 10,  /* The block whose means come first. */
    NARROW = 8, /* Channels of the first convolution and of block 1. */
    KERNEL_MAX = 5,
    INNER_MAX = 80,
    WIDE_MAX = 272,
    DEEP_VECTORS = 4, /* Of channels that a depthwise kernel sums side by side. */
    HALF_TIME = (UT__SECOND_FRAMES + 1) / 2,
    HALF_BANDS = UT__SECOND_BANDS / 2,
    MAP = HALF_TIME * HALF_BANDS * NARROW,
    RING = 3 * UT__SECOND_LATE * WIDE_MAX, /* Rows of a depthwise kernel, the widest of all. */
    DEEP = 4 * UT__SECOND_LATE * WIDE_MAX  /* A whole map before squeeze-excitation. */
};
_Static_assert(RING >= 3 * HALF_BANDS * 32 && RING >= 5 * HALF_BANDS / 2 * 32 &&
                   DEEP >= 7 * HALF_BANDS / 4 * 48 && UT__SECOND_FRAMES <= 64,
               "the widest block is the last, whose maps are 4 rows at most");
#define INPUT_MID   4.5f /* As EfficientAT centres and scales its log-mel bands. */
#define INPUT_SCALE 5.0f

/* Channels padded; inner: of squeeze-excitation, 0: none. */
struct block {
    size_t in, wide, out, kernel, stride, inner;
};

static const struct block blocks[BLOCKS + 1] = {
    {0},
    {8, 8, 8, 3, 1, 0}, /* Expands nothing. */
    {8, 32, 16, 3, 2, 0},
    {16, 32, 16, 3, 1, 0},
    {16, 32, 16, 5, 2, 16},
    {16, 48, 16, 5, 1, 16},
    {16, 48, 16, 5, 1, 16},
    {16, 96, 32, 3, 2, 0},
    {32, 80, 32, 3, 1, 0},
    {32, 80, 32, 3, 1, 0},
    {32, 80, 32, 3, 1, 0},
    {32, 192, 48, 3, 1, 48},
    {48, WIDE_MAX, 48, 3, 1, INNER_MAX},
};
enum { HARD_FROM = 7 }; /* Blocks from here on use hard swish, earlier ones rectify. */

struct map {
    float *at;
    size_t time, bands;
};

/* What a run needs in passing: too much for the stack, and none of a call's business. */
static _Thread_local struct {
    _Alignas(64) float map[2][MAP];
    _Alignas(64) float ring[RING];
    _Alignas(64) float deep[DEEP];
} scratch;

/* x * min(max(x + 3, 0), 6) / 6; n: a multiple of 8. */
static UT__CLONES void hard_swish(float *x, size_t n)
{
    const ut__eight none = {0};
    for (size_t i = 0; i < n; i += 8) {
        ut__eight v, gate;
        ut__load8(&v, x + i);
        gate = 3.0f - v; /* What it lacks to 6, and from there what it is above 0. */
        ut__larger8(&gate, &none);
        gate = 6.0f - gate;
        ut__larger8(&gate, &none);
        v *= gate * (1 / 6.0f);
        ut__store8(x + i, &v);
    }
}

static UT__CLONES void rectify(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] > 0 ? x[i] : 0;
}

static UT__CLONES void add(float *restrict y, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += x[i];
}

/* What the taps of one point read. */
struct taps {
    const float *const *rows; /* [kernel]; NULL outside of the map. */
    const float *w;
    size_t first, end; /* Of the kernel's columns, those inside the map. */
    size_t from;       /* Where the first of them reads in a row. */
};

/* So many vectors of channels of one point, a constant: their sums do not wait for each other. */
UT__INLINE void deepen(float *y, const struct taps *t, const struct block *b, const float *bias,
                       size_t c, size_t vectors)
{
    ut__eight sum[DEEP_VECTORS], x, k;
    for (size_t v = 0; v < vectors; v++)
        ut__load8(&sum[v], bias + c + 8 * v);
    for (size_t r = 0; r < b->kernel; r++) {
        if (!t->rows[r])
            continue;
        const float *in = t->rows[r] + t->from + c, *w = t->w + r * b->kernel * b->wide + c;
        for (size_t q = t->first; q < t->end; q++, in += b->wide)
            for (size_t v = 0; v < vectors; v++) {
                ut__load8(&x, in + 8 * v);
                ut__load8(&k, w + q * b->wide + 8 * v);
                sum[v] += x * k;
            }
    }
    for (size_t v = 0; v < vectors; v++)
        ut__store8(y + c + 8 * v, &sum[v]);
}

/* The same in vectors of sixteen. */
UT__INLINE void deepen_wide(float *y, const struct taps *t, const struct block *b,
                            const float *bias, size_t c, size_t vectors)
{
    ut__sixteen sum[DEEP_VECTORS], x, k;
    for (size_t v = 0; v < vectors; v++)
        ut__load16(&sum[v], bias + c + 16 * v);
    for (size_t r = 0; r < b->kernel; r++) {
        if (!t->rows[r])
            continue;
        const float *in = t->rows[r] + t->from + c, *w = t->w + r * b->kernel * b->wide + c;
        for (size_t q = t->first; q < t->end; q++, in += b->wide)
            for (size_t v = 0; v < vectors; v++) {
                ut__load16(&x, in + 16 * v);
                ut__load16(&k, w + q * b->wide + 16 * v);
                sum[v] += x * k;
            }
    }
    for (size_t v = 0; v < vectors; v++)
        ut__store16(y + c + 16 * v, &sum[v]);
}

UT__INLINE struct taps taps_at(const float *const *rows, size_t bands, const struct block *b,
                               const float *w, size_t f)
{
    size_t pad = b->kernel / 2, at = f * b->stride, end = bands + pad - at;
    struct taps t = {.rows = rows, .w = w, .first = at < pad ? pad - at : 0};
    t.end = end < b->kernel ? end : b->kernel;
    t.from = (at + t.first - pad) * b->wide;
    return t;
}

/* One row of a depthwise convolution: rows[r] is what tap r reads, NULL outside of the map. */
static UT__CLONES void depthwise(float *restrict y, const float *const *rows, size_t bands,
                                 const struct block *b, const float *w, const float *bias)
{
    size_t out = (bands - 1) / b->stride + 1;
    for (size_t f = 0; f < out; f++, y += b->wide) {
        const struct taps t = taps_at(rows, bands, b, w, f);
        size_t c = 0;
        for (; c + 8 * DEEP_VECTORS <= b->wide; c += 8 * DEEP_VECTORS)
            deepen(y, &t, b, bias, c, DEEP_VECTORS);
        for (; c < b->wide; c += 8)
            deepen(y, &t, b, bias, c, 1);
    }
}

static UT__WIDE void depthwise_wide(float *restrict y, const float *const *rows, size_t bands,
                                    const struct block *b, const float *w, const float *bias)
{
    size_t out = (bands - 1) / b->stride + 1;
    for (size_t f = 0; f < out; f++, y += b->wide) {
        const struct taps t = taps_at(rows, bands, b, w, f);
        size_t c = 0;
        for (; c + 16 * DEEP_VECTORS <= b->wide; c += 16 * DEEP_VECTORS)
            deepen_wide(y, &t, b, bias, c, DEEP_VECTORS);
        for (; c + 32 <= b->wide; c += 32)
            deepen_wide(y, &t, b, bias, c, 2);
        for (; c + 16 <= b->wide; c += 16)
            deepen_wide(y, &t, b, bias, c, 1);
        for (; c < b->wide; c += 8)
            deepen(y, &t, b, bias, c, 1);
    }
}

/* Eight units for each of so many points of eight. */
static UT__CLONES void narrow(float *restrict y, const float *restrict x, size_t points,
                              const float *w, const float *bias)
{
    for (size_t p = 0; p < points; p++) {
        ut__eight sum, k;
        ut__load8(&sum, bias);
        for (size_t i = 0; i < NARROW; i++) {
            ut__load8(&k, w + i * NARROW);
            sum += x[p * NARROW + i] * k;
        }
        ut__store8(y + p * NARROW, &sum);
    }
}

/* The first convolution: three rows of bands, each with a zero at either side, to a row. */
static UT__CLONES void first_row(float *restrict y, const float (*rows)[UT__SECOND_BANDS + 2],
                                 const float *w, const float *bias)
{
    for (size_t f = 0; f < HALF_BANDS; f++, y += NARROW) {
        ut__eight sum, k;
        ut__load8(&sum, bias);
        for (size_t r = 0; r < 3; r++)
            for (size_t q = 0; q < 3; q++) {
                ut__load8(&k, w + (r * 3 + q) * NARROW);
                sum += rows[r][2 * f + q] * k;
            }
        ut__store8(y, &sum);
    }
}

static UT__CLONES void to_floats(float *restrict to, const uint8_t *restrict steps)
{
    for (size_t b = 0; b < UT__SECOND_BANDS; b++)
        to[b] =
            ((float)steps[b] * UT__SECOND_STEP_LN + UT__SECOND_FLOOR_LN + INPUT_MID) / INPUT_SCALE;
}

static const float *first_layer(struct map *out, const uint8_t (*ring)[UT__SECOND_BANDS],
                                size_t first, size_t count, const float *w)
{
    const float *bias = w + (size_t)9 * NARROW;
    out->time = (count + 1) / 2;
    out->bands = HALF_BANDS;
    for (size_t t = 0; t < out->time; t++) {
        float rows[3][UT__SECOND_BANDS + 2] = {{0}};
        for (size_t r = 0; r < 3; r++)
            if (2 * t + r >= 1 && 2 * t + r - 1 < count)
                to_floats(rows[r] + 1, ring[(first + 2 * t + r - 1) % UT__SECOND_FRAMES]);
        first_row(out->at + t * HALF_BANDS * NARROW, (const float(*)[UT__SECOND_BANDS + 2]) rows, w,
                  bias);
    }
    hard_swish(out->at, out->time * HALF_BANDS * NARROW);
    return bias + NARROW;
}

static void activate(float *x, size_t n, int hard)
{
    (hard ? hard_swish : rectify)(x, n);
}

/* Where a block's weights lie. */
struct weights {
    const float *expand, *expand_b, *deep, *deep_b, *squeeze, *squeeze_b, *excite, *excite_b,
        *project, *project_b, *end;
};

static const float *pass(const float **at, size_t n)
{
    const float *here = *at;
    *at += n;
    return here;
}

static struct weights weights_of(const struct block *b, const float *at)
{
    struct weights w;
    int expands = b->wide > b->in;
    w.expand = pass(&at, expands ? b->in * b->wide : 0);
    w.expand_b = pass(&at, expands ? b->wide : 0);
    w.deep = pass(&at, b->kernel * b->kernel * b->wide);
    w.deep_b = pass(&at, b->wide);
    w.squeeze = pass(&at, b->wide * b->inner);
    w.squeeze_b = pass(&at, b->inner);
    w.excite = pass(&at, b->inner * b->wide);
    w.excite_b = pass(&at, b->inner ? b->wide : 0);
    w.project = pass(&at, b->wide * b->out);
    w.project_b = pass(&at, b->out);
    w.end = at;
    return w;
}

/* Scales each channel by what the means of all say (Hu, Shen and Sun, 2018). */
static void squeeze(float *x, size_t points, const struct block *b, const struct weights *w)
{
    _Alignas(64) float mean[WIDE_MAX] = {0}, inner[INNER_MAX], gate[WIDE_MAX];
    for (size_t p = 0; p < points; p++)
        add(mean, x + p * b->wide, b->wide);
    for (size_t c = 0; c < b->wide; c++)
        mean[c] /= (float)points;
    ut__dense(inner, mean, 1, w->squeeze, w->squeeze_b, b->wide, b->inner, 1);
    ut__dense(gate, inner, 1, w->excite, w->excite_b, b->inner, b->wide, 0);
    for (size_t c = 0; c < b->wide; c++)
        gate[c] = 1 / (1 + expf(-gate[c]));
    for (size_t p = 0; p < points; p++)
        for (size_t c = 0; c < b->wide; c++)
            x[p * b->wide + c] *= gate[c];
}

/* The row of a map that a depthwise tap reads, expanded into the ring. */
static const float *expanded(const struct map *in, size_t row, const struct block *b,
                             const struct weights *w, int hard)
{
    const float *from = in->at + row * in->bands * b->in;
    if (b->wide == b->in)
        return from;
    float *to = scratch.ring + row % b->kernel * in->bands * b->wide;
    ut__dense(to, from, in->bands, w->expand, w->expand_b, b->in, b->wide, !hard);
    if (hard)
        hard_swish(to, in->bands * b->wide);
    return to;
}

static void project(float *y, const float *x, size_t points, const struct block *b,
                    const struct weights *w)
{
    if (b->out == NARROW)
        narrow(y, x, points, w->project, w->project_b);
    else
        ut__dense(y, x, points, w->project, w->project_b, b->wide, b->out, 0);
}

/* A block without squeeze-excitation projects row by row; one with it needs all rows first. */
static const float *run_block(struct map *out, const struct map *in, const struct block *b,
                              int hard, const float *at)
{
    const struct weights w = weights_of(b, at);
    size_t pad = b->kernel / 2, ready = 0;
    out->time = (in->time - 1) / b->stride + 1;
    out->bands = (in->bands - 1) / b->stride + 1;
    size_t row = out->bands * b->wide;
    const float *rows[KERNEL_MAX] = {0}; /* By row of the map modulo the kernel. */
    for (size_t t = 0; t < out->time; t++) {
        const float *taps[KERNEL_MAX] = {0};
        for (; ready < in->time && ready + pad < t * b->stride + b->kernel; ready++)
            rows[ready % b->kernel] = expanded(in, ready, b, &w, hard);
        for (size_t r = 0; r < b->kernel; r++)
            if (t * b->stride + r >= pad && t * b->stride + r - pad < in->time)
                taps[r] = rows[(t * b->stride + r - pad) % b->kernel];
        float *deep = scratch.deep + (b->inner ? t * row : 0);
        (ut__has_wide() ? depthwise_wide : depthwise)(deep, taps, in->bands, b, w.deep, w.deep_b);
        if (!b->inner) {
            activate(deep, row, hard);
            project(out->at + t * out->bands * b->out, deep, out->bands, b, &w);
        }
    }
    size_t points = out->time * out->bands;
    if (b->inner) {
        activate(scratch.deep, points * b->wide, hard);
        squeeze(scratch.deep, points, b, &w);
        project(out->at, scratch.deep, points, b, &w);
    }
    if (b->stride == 1 && b->in == b->out)
        add(out->at, in->at, points * b->out);
    return w.end;
}

/* Means over time, by channel and band. */
static void means(float *to, const struct map *map, size_t channels)
{
    for (size_t c = 0; c < channels; c++)
        for (size_t f = 0; f < UT__SECOND_LATE; f++, to++) {
            float sum = 0;
            for (size_t t = 0; t < map->time; t++)
                sum += map->at[(t * UT__SECOND_LATE + f) * channels + c];
            *to = sum / (float)map->time;
        }
}

void ut__second_net(float *vector, const uint8_t (*ring)[UT__SECOND_BANDS], size_t first,
                    size_t count, const float *weights)
{
    struct map map[2] = {{scratch.map[0], 0, 0}, {scratch.map[1], 0, 0}};
    const float *at = first_layer(&map[0], ring, first, count, weights);
    for (size_t n = 1; n <= BLOCKS; n++) {
        at = run_block(&map[n % 2], &map[(n - 1) % 2], &blocks[n], n >= HARD_FROM, at);
        if (n == TAP1)
            means(vector, &map[n % 2], UT__SECOND_TAP1);
    }
    means(vector + UT__SECOND_LATE * UT__SECOND_TAP1, &map[BLOCKS % 2], UT__SECOND_TAP2);
}
