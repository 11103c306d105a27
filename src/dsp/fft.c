/* SPDX-License-Identifier: MIT */
/* Real FFTs through FFTW's new-array interface, which is safe to share between threads. */

#include "dsp/fft.h"

#include <stdlib.h>

#include <fftw3.h>

struct ut_fft {
    fftwf_plan forward, inverse;
};

int ut_fft_create(struct ut_fft **out, size_t n)
{
    if (n < 64 || n > 4096 || (n & (n - 1)))
        return UT_EINVAL;
    int err = UT_ENOMEM;
    struct ut_fft *fft = calloc(1, sizeof *fft);
    float *time = aligned_alloc(64, n * sizeof time[0]);
    fftwf_complex *freq = aligned_alloc(64, (n + 64) * sizeof freq[0]);
    if (!fft || !time || !freq)
        goto out;
    fft->forward = fftwf_plan_dft_r2c_1d((int)n, time, freq, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    fft->inverse = fftwf_plan_dft_c2r_1d((int)n, freq, time, FFTW_ESTIMATE);
    if (!fft->forward || !fft->inverse)
        goto out;
    *out = fft;
    fft = NULL;
    err = 0;
out:
    free(time);
    free(freq);
    ut_fft_destroy(fft);
    return err;
}

void ut_fft_destroy(struct ut_fft *fft)
{
    if (!fft)
        return;
    if (fft->forward)
        fftwf_destroy_plan(fft->forward);
    if (fft->inverse)
        fftwf_destroy_plan(fft->inverse);
    free(fft);
}

void ut_fft_forward(const struct ut_fft *fft, const float *in, float (*out)[2])
{
    /* FFTW takes the input without const; FFTW_PRESERVE_INPUT keeps it as it is. */
    fftwf_execute_dft_r2c(fft->forward, (float *)(size_t)in, out);
}

void ut_fft_inverse(const struct ut_fft *fft, float (*in)[2], float *out)
{
    fftwf_execute_dft_c2r(fft->inverse, in, out);
}
