/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_DENSE_H
#define UT_STRESS_DENSE_H

#include <stddef.h>

/*
 * Weighed sums over rows of floats: what both ears are made of.
 *
 * Weights lie in the order in which they are used: one tile of units after the other, in each tile
 * the inputs, of each input the units.
 */
enum { UT__TILE = 16 };
#define UT__TILES(inputs, units) [(units) / UT__TILE][inputs][UT__TILE]

/** Where the weight from an input to a unit lies. */
static inline size_t ut__tiled(size_t inputs, size_t input, size_t unit)
{
    return (unit / UT__TILE * inputs + input) * UT__TILE + unit % UT__TILE;
}

/** A layer over rows. Each row of output reads `taps` stretches of `width` inputs. */
struct ut__layer {
    const float *w, *b; /* In tiles; [n_out]. */
    size_t taps, width; /* Of one row of output. */
    size_t apart;       /* From one tap to the next, in floats, */
    size_t stride;      /* and from what one row reads to what the next one does. */
    size_t n_out;       /* A multiple of UT__TILE. */
    int rectified;      /* Negative values become 0. */
};

/** y: [rows][n_out], x: as the layer says. No allocation. */
void ut__layer_run(float *restrict y, const float *restrict x, const struct ut__layer *layer,
                   size_t rows);

/**
 * y = b + W x, for each of `rows` x: x: [rows][n_in], w: in tiles, y: [rows][n_out]; n_out a
 * multiple of UT__TILE. rectified: negative values become 0. No allocation.
 */
void ut__dense(float *y, const float *x, size_t rows, const float *w, const float *b, size_t n_in,
               size_t n_out, int rectified);

#endif
