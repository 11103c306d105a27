/* SPDX-License-Identifier: MIT */
/* The streamed convolutions against the same ones written out over the whole input at once. */
#include "unit/unit.h"

#include <math.h>

#include "stress/encoder.h"
#include "unit/signal.h"

enum {
    FRAMES = 203,
    MIDS = (FRAMES - UT__ENC1_WIDTH) / 2 + 1,
    LATES = (MIDS - UT__ENC2_WIDTH) / 2 + 1,
    OUTS = LATES - UT__ENC3_SPAN + 1
};

static struct ut__encoder_weights w;
static float x[FRAMES][UT__INPUTS], mid[MIDS][UT__ENC1], late[LATES][UT__ENC2],
    want[OUTS][UT__ENC3];

static void fill(float *v, size_t n, float scale, uint32_t *seed)
{
    for (size_t i = 0; i < n; i++)
        v[i] = scale * signal_normal(seed);
}

/* y[o] = max(0, b[o] + sum over taps and inputs), plainly. rows: first tap, step: rows per tap. */
static void convolve(float *y, const float *rows, size_t step, int taps, int n_in, int n_out,
                     const float *weights, const float *b)
{
    for (int o = 0; o < n_out; o++) {
        double sum = (double)b[o];
        for (int t = 0; t < taps; t++)
            for (int i = 0; i < n_in; i++)
                sum += (double)rows[(size_t)t * step + (size_t)i] *
                       (double)weights[ut__tiled((size_t)(taps * n_in), (size_t)(t * n_in + i),
                                                 (size_t)o)];
        y[o] = sum > 0 ? (float)sum : 0;
    }
}

static int set_up(void **state)
{
    (void)state;
    uint32_t seed = 1;
    fill(x[0], sizeof x / sizeof x[0][0], 1, &seed);
    fill(w.w1[0][0], sizeof w.w1 / sizeof w.w1[0][0][0], 0.07f, &seed);
    fill(w.w2[0][0], sizeof w.w2 / sizeof w.w2[0][0][0], 0.07f, &seed);
    fill(w.w3[0][0], sizeof w.w3 / sizeof w.w3[0][0][0], 0.07f, &seed);
    fill(w.b1, UT__ENC1, 0.1f, &seed);
    fill(w.b2, UT__ENC2, 0.1f, &seed);
    fill(w.b3, UT__ENC3, 0.1f, &seed);
    for (int i = 0; i < MIDS; i++)
        convolve(mid[i], x[2 * i], UT__INPUTS, UT__ENC1_WIDTH, UT__INPUTS, UT__ENC1, w.w1[0][0],
                 w.b1);
    for (int i = 0; i < LATES; i++)
        convolve(late[i], mid[2 * i], UT__ENC1, UT__ENC2_WIDTH, UT__ENC1, UT__ENC2, w.w2[0][0],
                 w.b2);
    for (int i = 0; i < OUTS; i++)
        convolve(want[i], late[i], (size_t)UT__ENC3_DILATION * UT__ENC2, UT__ENC3_WIDTH, UT__ENC2,
                 UT__ENC3, w.w3[0][0], w.b3);
    return 0;
}

/* Outputs so far, each as it should be; `first`: where the same stream in other runs has left them.
 */
static int check(float (*out)[UT__ENC3], size_t n, int outs, float (*first)[UT__ENC3])
{
    for (size_t k = 0; k < n; k++, outs++) {
        assert_true(outs < OUTS);
        for (int o = 0; o < UT__ENC3; o++) {
            float wanted = want[outs][o];
            assert_true(fabsf(out[k][o] - wanted) < 1e-4f * (1 + fabsf(wanted)));
        }
        if (first[outs][0] >= 0)
            assert_memory_equal(first[outs], out[k], sizeof out[k]);
        memcpy(first[outs], out[k], sizeof out[k]);
    }
    return outs;
}

/* Runs of every length give the same bits. */
static void the_stream_gives_what_the_batch_gives(void **state)
{
    (void)state;
    static struct ut__encoder enc;
    static float out[UT__ENC_OUTS_MAX][UT__ENC3], first[OUTS][UT__ENC3];
    for (int i = 0; i < OUTS; i++)
        first[i][0] = -1;
    for (int length = 1; length <= 2 * UT__ENC_INS; length += 3) {
        int outs = 0;
        ut__encoder_init(&enc);
        for (int t = 0; t < FRAMES; t++) {
            ut__encoder_put(&enc, x[t]);
            if (t % length == 0 || ut__encoder_full(&enc))
                outs = check(out, ut__encoder_run(&enc, &w, out), outs, first);
        }
        outs = check(out, ut__encoder_run(&enc, &w, out), outs, first);
        assert_int_equal(outs, OUTS);
        assert_int_equal(ut__encoder_run(&enc, &w, out), 0);
    }
}

/* A layer without its rectifier, of one tile and of several, for one row and for more at once. */
static void a_layer_by_itself(void **state)
{
    (void)state;
    enum { WIDTH = UT__INPUTS, ROWS = 7 };
    const float *weights = (const float *)w.w1;
    for (size_t n_out = 16; n_out <= 96; n_out += 80)
        for (size_t rows = 1; rows <= ROWS; rows++) {
            float y[ROWS * 96];
            ut__dense(y, x[0], rows, w.w1[0][0], w.b1, WIDTH, n_out, 0);
            for (size_t at = 0; at < rows * n_out; at++) {
                size_t r = at / n_out, o = at % n_out;
                double sum = (double)w.b1[o];
                for (size_t i = 0; i < WIDTH; i++)
                    sum += (double)x[r][i] * (double)weights[ut__tiled(WIDTH, i, o)];
                assert_true(fabs((double)y[at] - sum) < 1e-5);
            }
        }
}

/* The rise of the whole level within 1.5 s of speech is a matter of the line, not of the voice. */
static void inputs_do_not_depend_on_gain(void **state)
{
    (void)state;
    static struct ut__encoder a, b;
    float xa[UT__INPUTS], xb[UT__INPUTS];
    ut__encoder_init(&a);
    ut__encoder_init(&b);
    uint32_t seed = 2;
    for (int t = 0; t < 300; t++) {
        struct ut_frame quiet = {.speech = 1, .voiced = 1, .f0_hz = 160, .hnr_db = 10}, loud;
        for (int m = 0; m < UT_MEL_BANDS; m++)
            quiet.mel_db[m] = -50 + 5 * signal_normal(&seed);
        loud = quiet;
        for (int m = 0; m < UT_MEL_BANDS; m++)
            loud.mel_db[m] += 20;
        ut__encoder_inputs(&a, &quiet, xa);
        ut__encoder_inputs(&b, &loud, xb);
        for (int i = 0; i < UT__INPUTS; i++) {
            assert_true(isfinite(xa[i]));
            assert_true(fabsf(xa[i] - xb[i]) < 1e-3f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stream_gives_what_the_batch_gives),
        cmocka_unit_test(a_layer_by_itself),
        cmocka_unit_test(inputs_do_not_depend_on_gain),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
