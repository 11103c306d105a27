/* SPDX-License-Identifier: MIT */
/*
 * Layers over rows, a tile of units and a few rows at a time. The weights, half a megabyte for each
 * ear, come from the second cache: each is used for several rows at once.
 */

#include "stress/dense.h"

#include "base/clones.h"
#include "dsp/lanes.h"

enum {
    TILE = UT__TILE, /* Units, */
    STEPS = 4,       /* and rows, that one pass keeps in registers; */
    STEPS_WIDE = 8,  /* of registers of sixteen, of which there are 32. */
    TILES_WIDE = 2
};

/* One tile of units of so many rows, a constant: the sums stay in registers as inputs go by. */
UT__INLINE void tile(float *restrict y, const float *restrict x, const struct ut__layer *layer,
                     size_t unit, size_t steps)
{
    ut__eight sum[STEPS][2], w[2];
    const float *at = layer->w + unit * layer->taps * layer->width;
    for (size_t t = 0; t < steps; t++) {
        ut__load8(&sum[t][0], layer->b + unit);
        ut__load8(&sum[t][1], layer->b + unit + 8);
    }
    for (size_t tap = 0; tap < layer->taps; tap++) {
        const float *in = x + tap * layer->apart;
        for (size_t i = 0; i < layer->width; i++, at += TILE) {
            ut__load8(&w[0], at);
            ut__load8(&w[1], at + 8);
            for (size_t t = 0; t < steps; t++) {
                sum[t][0] += in[t * layer->stride + i] * w[0];
                sum[t][1] += in[t * layer->stride + i] * w[1];
            }
        }
    }
    for (size_t t = 0; t < steps; t++)
        for (size_t half = 0; half < 2; half++) {
            if (layer->rectified)
                ut__rectify8(&sum[t][half]);
            ut__store8(y + t * layer->n_out + unit + 8 * half, &sum[t][half]);
        }
}

/* Rows of a layer, in runs of four and three as far as they go. */
UT__CLONES static void run_narrow(float *restrict y, const float *restrict x,
                                  const struct ut__layer *layer, size_t rows)
{
    const struct ut__layer l = *layer;
    size_t runs = (rows + STEPS - 1) / STEPS;
    for (size_t unit = 0; unit < l.n_out; unit += TILE)
        for (size_t r = 0, row = 0; r < runs; r++) {
            size_t steps = (rows - row + runs - r - 1) / (runs - r);
            float *to = y + row * l.n_out;
            const float *from = x + row * l.stride;
            if (steps == 4)
                tile(to, from, &l, unit, 4);
            else if (steps == 3)
                tile(to, from, &l, unit, 3);
            else if (steps == 2)
                tile(to, from, &l, unit, 2);
            else
                tile(to, from, &l, unit, 1);
            row += steps;
        }
}

/* So many tiles of units of so many rows, both constants, each tile in one register a row. */
UT__INLINE void tile_wide(float *restrict y, const float *restrict x, const struct ut__layer *layer,
                          size_t unit, size_t steps, size_t tiles)
{
    ut__sixteen sum[STEPS_WIDE][TILES_WIDE], w[TILES_WIDE];
    const size_t apart = layer->taps * layer->width * TILE;
    const float *at = layer->w + unit * layer->taps * layer->width;
    for (size_t t = 0; t < steps; t++)
        for (size_t k = 0; k < tiles; k++)
            ut__load16(&sum[t][k], layer->b + unit + k * TILE);
    for (size_t tap = 0; tap < layer->taps; tap++) {
        const float *in = x + tap * layer->apart;
        for (size_t i = 0; i < layer->width; i++, at += TILE) {
            for (size_t k = 0; k < tiles; k++)
                ut__load16(&w[k], at + k * apart);
            for (size_t t = 0; t < steps; t++)
                for (size_t k = 0; k < tiles; k++)
                    sum[t][k] += in[t * layer->stride + i] * w[k];
        }
    }
    for (size_t t = 0; t < steps; t++)
        for (size_t k = 0; k < tiles; k++) {
            if (layer->rectified)
                ut__rectify16(&sum[t][k]);
            ut__store16(y + t * layer->n_out + unit + k * TILE, &sum[t][k]);
        }
}

/* All rows of so many tiles: their weights are used while they are in the first cache. */
UT__INLINE void rows_wide(float *restrict y, const float *restrict x, const struct ut__layer *layer,
                          size_t unit, size_t rows, size_t tiles)
{
    size_t runs = (rows + STEPS_WIDE - 1) / STEPS_WIDE;
    for (size_t r = 0, row = 0; r < runs; r++) {
        size_t steps = (rows - row + runs - r - 1) / (runs - r);
        float *to = y + row * layer->n_out;
        const float *from = x + row * layer->stride;
        if (steps == 8)
            tile_wide(to, from, layer, unit, 8, tiles);
        else if (steps == 7)
            tile_wide(to, from, layer, unit, 7, tiles);
        else if (steps == 6)
            tile_wide(to, from, layer, unit, 6, tiles);
        else if (steps == 5)
            tile_wide(to, from, layer, unit, 5, tiles);
        else if (steps == 4)
            tile_wide(to, from, layer, unit, 4, tiles);
        else if (steps == 3)
            tile_wide(to, from, layer, unit, 3, tiles);
        else if (steps == 2)
            tile_wide(to, from, layer, unit, 2, tiles);
        else
            tile_wide(to, from, layer, unit, 1, tiles);
        row += steps;
    }
}

UT__WIDE static void run_wide(float *restrict y, const float *restrict x,
                              const struct ut__layer *layer, size_t rows)
{
    const struct ut__layer l = *layer;
    size_t unit = 0;
    for (; unit + (size_t)TILES_WIDE * TILE <= l.n_out; unit += (size_t)TILES_WIDE * TILE)
        rows_wide(y, x, &l, unit, rows, TILES_WIDE);
    for (; unit < l.n_out; unit += TILE)
        rows_wide(y, x, &l, unit, rows, 1);
}

void ut__layer_run(float *restrict y, const float *restrict x, const struct ut__layer *layer,
                   size_t rows)
{
    (ut__has_wide() ? run_wide : run_narrow)(y, x, layer, rows);
}

void ut__dense(float *y, const float *x, size_t rows, const float *w, const float *b, size_t n_in,
               size_t n_out, int rectified)
{
    const struct ut__layer layer = {w, b, 1, n_in, 0, n_in, n_out, rectified};
    ut__layer_run(y, x, &layer, rows);
}
