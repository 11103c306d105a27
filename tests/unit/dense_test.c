/* SPDX-License-Identifier: MIT */
/* The layers of both ears against plain loops in the same order: every machine gives the same bits,
 * whatever its vectors are. */

#include "unit/unit.h"

#include <math.h>
#include <string.h>

#include "stress/dense.h"

enum { ROWS = 19, UNITS = 80, TAPS = 3, WIDTH = 7, INPUTS = TAPS * WIDTH, IN = 400 };
static float x[IN], w[INPUTS * UNITS], bias[UNITS], y[ROWS * UNITS];

static void fill(float *to, size_t n, float step)
{
    for (size_t i = 0; i < n; i++)
        to[i] = sinf((float)i * step) * 1.3f;
}

static float plain(const struct ut__layer *l, size_t row, size_t unit)
{
    float sum = l->b[unit];
    for (size_t tap = 0; tap < l->taps; tap++)
        for (size_t i = 0; i < l->width; i++) {
            float part = x[row * l->stride + tap * l->apart + i] *
                         l->w[ut__tiled(l->taps * l->width, tap * l->width + i, unit)];
            sum += part;
        }
    return l->rectified && sum <= 0 ? 0 : sum;
}

static void same_bits(const struct ut__layer *l, size_t rows)
{
    memset(y, 0, sizeof y);
    ut__layer_run(y, x, l, rows);
    for (size_t row = 0; row < ROWS; row++)
        for (size_t unit = 0; unit < l->n_out; unit++)
            assert_true(y[row * l->n_out + unit] == (row < rows ? plain(l, row, unit) : 0));
}

static void rows_and_tiles(void **state)
{
    (void)state;
    fill(x, IN, 0.7f);
    fill(w, INPUTS * UNITS, 1.1f);
    fill(bias, UNITS, 0.4f);
    for (size_t units = UT__TILE; units <= UNITS; units += UT__TILE)
        for (size_t rows = 0; rows <= ROWS; rows++)
            for (int rectified = 0; rectified < 2; rectified++) {
                const struct ut__layer l = {w, bias, TAPS, WIDTH, 11, 13, units, rectified};
                same_bits(&l, rows);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_and_tiles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
