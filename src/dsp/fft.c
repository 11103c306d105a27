/* SPDX-License-Identifier: MIT */
/* Real transforms around FFTW's new-array interface, which is safe to share between threads. */

#include "dsp/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <fftw3.h>

#include "base/clones.h"
#include "dsp/lanes.h"

#define PI 3.141592653589793

enum {
    HALF = UT__FFT_MAX / 2,
    QUARTER = UT__FFT_MAX / 4,
    CHAINS = 4 /* Running sums that go on side by side. */
};

/* Of a real transform of `size` points from a complex one of half as many: e^(-2 pi i k / size). */
struct turns {
    _Alignas(64) float re[QUARTER];
    _Alignas(64) float im[QUARTER];
};

struct ut__fft {
    size_t n;
    fftwf_plan half, quarter; /* Complex, of n / 2 and of n / 4 points. */
    struct turns whole_turns, half_turns;
    _Alignas(64) float fold_sine[QUARTER]; /* sin(2 pi j / n) */
    _Alignas(64) float cosine[QUARTER];    /* cos(2 pi j / n), the first one halved. */
};

static void make_turns(struct turns *turns, size_t size, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        turns->re[k] = (float)cos(2 * PI * (double)k / (double)size);
        turns->im[k] = (float)-sin(2 * PI * (double)k / (double)size);
    }
}

static void make_tables(struct ut__fft *fft)
{
    make_turns(&fft->whole_turns, fft->n, fft->n / 4);
    make_turns(&fft->half_turns, fft->n / 2, fft->n / 4);
    for (size_t j = 0; j < fft->n / 4; j++) {
        fft->fold_sine[j] = -fft->whole_turns.im[j];
        fft->cosine[j] = fft->whole_turns.re[j];
    }
    fft->cosine[0] = 0.5f;
}

int ut__fft_create(struct ut__fft **out, size_t n)
{
    if (n < UT__FFT_MIN || n > UT__FFT_MAX || (n & (n - 1)))
        return UT_EINVAL;
    int err = UT_ENOMEM;
    struct ut__fft *fft = aligned_alloc(_Alignof(struct ut__fft), sizeof *fft);
    fftwf_complex *a = aligned_alloc(64, HALF * sizeof a[0]);
    fftwf_complex *b = aligned_alloc(64, HALF * sizeof b[0]);
    if (fft)
        memset(fft, 0, sizeof *fft);
    if (!fft || !a || !b)
        goto out;
    fft->n = n;
    fft->half = fftwf_plan_dft_1d((int)n / 2, a, b, FFTW_FORWARD, FFTW_ESTIMATE);
    fft->quarter = fftwf_plan_dft_1d((int)n / 4, a, b, FFTW_FORWARD, FFTW_ESTIMATE);
    if (!fft->half || !fft->quarter)
        goto out;
    make_tables(fft);
    *out = fft;
    fft = NULL;
    err = 0;
out:
    free(a);
    free(b);
    ut__fft_destroy(fft);
    return err;
}

void ut__fft_destroy(struct ut__fft *fft)
{
    if (!fft)
        return;
    if (fft->half)
        fftwf_destroy_plan(fft->half);
    if (fft->quarter)
        fftwf_destroy_plan(fft->quarter);
    free(fft);
}

/* A plan out of place keeps its input, which FFTW takes without const all the same. */
static void transform(fftwf_plan plan, const float *in, fftwf_complex *out)
{
    fftwf_execute_dft(plan, (fftwf_complex *)(size_t)in, out);
}

/* Real and imaginary parts apart; the transform goes round, so that point n is point 0. */
UT__INLINE void part(float *restrict re, float *restrict im, const fftwf_complex *restrict z,
                     size_t n)
{
    for (size_t k = 0; k < n; k++) {
        re[k] = z[k][0];
        im[k] = z[k][1];
    }
    re[n] = z[0][0];
    im[n] = z[0][1];
}

/*
 * Powers of bins 0..m-1 of the lower half and of their mirror images in the upper one, m = n / 4.
 * With Z the transform of the pairs, E = (Z(k) + Z*(n/2-k)) / 2 is that of the even samples, O =
 * (Z(k) - Z*(n/2-k)) / 2i that of the odd ones, and the bins are E + tO and (E - tO)*, t a turn.
 */
UT__CLONES static void powers(float *restrict low, float *restrict high,
                              const struct turns *restrict turns, const fftwf_complex *restrict z,
                              size_t m)
{
    _Alignas(64) float re[HALF + 1], im[HALF + 1];
    part(re, im, z, 2 * m);
    for (size_t k = 0; k < m; k++) {
        float even_re = re[k] + re[2 * m - k], even_im = im[k] - im[2 * m - k];
        float odd_re = im[k] + im[2 * m - k], odd_im = re[2 * m - k] - re[k];
        float re_turned = turns->re[k] * odd_re - turns->im[k] * odd_im;
        float im_turned = turns->re[k] * odd_im + turns->im[k] * odd_re;
        float a = even_re + re_turned, b = even_im + im_turned;
        float c = even_re - re_turned, d = even_im - im_turned;
        low[k] = 0.25f * (a * a + b * b);
        high[m - 1 - k] = 0.25f * (c * c + d * d);
    }
}

void ut__fft_power(const struct ut__fft *fft, const float *in, float *power)
{
    _Alignas(64) fftwf_complex z[HALF];
    size_t m = fft->n / 4;
    transform(fft->half, in, z);
    powers(power, power + m + 1, &fft->whole_turns, z, m);
    power[m] = z[m][0] * z[m][0] + z[m][1] * z[m][1];
}

/*
 * The sequence of n / 2 points whose real transform holds the even results, and the differences of
 * the odd ones; returns the first of those. m = n / 4; y: [2 m + 1], the last one is not used.
 */
UT__CLONES static float fold(float *restrict y, const float *restrict f,
                             const struct ut__fft *restrict fft, size_t m)
{
    float lane[8] = {0};
    for (size_t j = 0; j < m; j += 8)
        for (size_t i = 0; i < 8; i++) {
            float a = f[j + i], b = f[2 * m - j - i];
            float mean = 0.5f * (a + b), gap = a - b, turned = fft->fold_sine[j + i] * gap;
            y[j + i] = mean - turned;
            y[2 * m - j - i] = mean + turned;
            lane[i] += fft->cosine[j + i] * gap;
        }
    y[m] = f[m];
    return ut__lane_sum(lane);
}

/*
 * Real parts of bins 0..count-1 of the real transform of 4 m points, and the imaginary ones with
 * their signs changed.
 */
UT__INLINE void untangle(float *restrict out_re, float *restrict out_im,
                         const struct turns *restrict turns, const fftwf_complex *restrict z,
                         size_t m, size_t count)
{
    _Alignas(64) float re[QUARTER + 1], im[QUARTER + 1];
    part(re, im, z, 2 * m);
    for (size_t k = 0; k < count; k++) {
        // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): count is at most 2 m.
        float even_re = re[k] + re[2 * m - k], even_im = im[k] - im[2 * m - k];
        float odd_re = im[k] + im[2 * m - k], odd_im = re[2 * m - k] - re[k];
        out_re[k] = even_re + (turns->re[k] * odd_re - turns->im[k] * odd_im);
        out_im[k] = -even_im - (turns->re[k] * odd_im + turns->im[k] * odd_re);
    }
}

/* Running sums, from `first` on; each quarter of them by itself, then all that came before it. */
UT__INLINE void accumulate(float *x, float first, size_t count)
{
    size_t step = count / CHAINS;
    float sum[CHAINS] = {0};
    x[0] = first;
    for (size_t k = 0; k < step; k++)
        for (size_t c = 0; c < CHAINS; c++)
            x[c * step + k] = sum[c] += x[c * step + k];
    float before = 0;
    for (size_t c = 1; c < CHAINS; c++) {
        before += sum[c - 1];
        for (size_t k = 0; k < step; k++)
            x[c * step + k] += before;
    }
}

UT__CLONES static void unfold(float *restrict out, float first, const struct turns *restrict turns,
                              const fftwf_complex *restrict z, size_t m, size_t count)
{
    _Alignas(64) float even[QUARTER], odd[QUARTER];
    untangle(even, odd, turns, z, m, count);
    accumulate(odd, 2 * first, count);
    for (size_t k = 0; k < count; k++) {
        out[2 * k] = even[k];
        out[2 * k + 1] = odd[k];
    }
}

void ut__fft_cosine(const struct ut__fft *fft, const float *in, float *out, size_t count)
{
    _Alignas(64) float y[HALF + 1];
    _Alignas(64) fftwf_complex z[QUARTER];
    float first = fold(y, in, fft, fft->n / 4);
    transform(fft->quarter, y, z);
    unfold(out, first, &fft->half_turns, z, fft->n / 8, count / 2);
}
