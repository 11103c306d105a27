/* SPDX-License-Identifier: MIT */
/*
 * What is written here, against what the kept libraries have for the same work.
 *
 *     bench-libraries [--repeat N]
 *
 * Each pair does the same job for one second of a channel, in turns, N times; its figure is the
 * least user time of either, and their ratio: over 1 the library takes longer. The least is what
 * other work on the machine disturbs least, and the turns share what is left. A row ends with what
 * tells that both do the same: the largest difference of results of about 1, or of a resampler what
 * is left of 3.4 kHz and of 4.6 kHz, which may not fold back. Exit status: 0 done, 2 usage.
 */

#define _GNU_SOURCE /* clock_gettime, M_PI. */

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <fftw3.h>
#include <liquid/liquid.h>

#include <undertone/undertone.h>

#include "audio/g711.h"
#include "audio/resample.h"
#include "dsp/fft.h"
#include "dsp/vector.h"
#include "features/highpass.h"
#include "features/periodicity.h"
#include "features/spectrum.h"
#include "features/tones.h"
#ifdef UT_HAVE_SPANDSP
#include "bench-libraries.h"
#endif

enum {
    HOPS = UT_RATE_HZ / UT_HOP_SAMPLES,
    REPEAT_DEFAULT = 25,
    JOBS = 20, /* Seconds of sound a turn: long enough for the clock. */
    WIDE_MAX = 48000,
    SEMI_LENGTH = 18, /* Of the resamplers' filters, in samples of 8 kHz. */
    STOP_BAND_DB = 70
};

typedef void bench_job(void *state);

static _Alignas(64) float noise[WIDE_MAX + 2048];
static _Alignas(64) float ours[WIDE_MAX + 2048], theirs[WIDE_MAX + 2048];
static int repeat = REPEAT_DEFAULT;

/* No job asks the system for anything, so that all of the thread's time is user time; the kernel
 * counts that by ticks where it is told apart. */
static double user_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static double once(bench_job *job, void *state, int jobs)
{
    double before = user_us();
    for (int i = 0; i < jobs; i++)
        job(state);
    return (user_us() - before) / jobs;
}

static void compare(const char *what, const char *library, bench_job *own, bench_job *other,
                    void *state, int jobs, const char *same)
{
    double a = 1e12, b = 1e12;
    own(state);
    other(state);
    for (int i = 0; i < repeat; i++) {
        a = fmin(a, once(own, state, jobs));
        b = fmin(b, once(other, state, jobs));
    }
    printf("%-22s %-34s %9.1f %9.1f %7.2f  %s\n", what, library, a, b, b / a, same);
}

static const char *difference(const float *a, const float *b, size_t n)
{
    static char text[48];
    float worst = 0;
    for (size_t i = 0; i < n; i++)
        worst = fmaxf(worst, fabsf(a[i] - b[i]));
    snprintf(text, sizeof text, "differ by %.1e", (double)worst);
    return text;
}

/* ---------------------------------------------------------------- resamplers */

struct resampling {
    uint32_t rate_hz, interp, decim;
    struct ut__resample *own;
    rresamp_rrrf rational;
    firdecim_rrrf integer;
    firpfb_rrrf bank;
    uint32_t phases;
    const float *in;
    size_t written;
};

static void resample_own(void *arg)
{
    struct resampling *r = arg;
    size_t at = 0, step = UT__RESAMPLE_CHUNK;
    r->written = 0;
    for (; at < r->rate_hz; at += step) {
        size_t left = r->rate_hz - at, n = left < step ? left : step;
        r->written += ut__resample_push(r->own, ours + r->written, r->in + at, n);
    }
}

static void resample_rational(void *arg)
{
    struct resampling *r = arg;
    r->written = 0;
    for (size_t at = 0; at + r->decim <= r->rate_hz; at += r->decim) {
        rresamp_rrrf_execute(r->rational, (float *)(size_t)(r->in + at), theirs + r->written);
        r->written += r->interp;
    }
}

static void resample_integer(void *arg)
{
    struct resampling *r = arg;
    r->written = UT_RATE_HZ;
    firdecim_rrrf_execute_block(r->integer, (float *)(size_t)r->in, UT_RATE_HZ, theirs);
}

/* As the own one does: of a fine grid the two phases about the instant are mixed. */
static void resample_bank(void *arg)
{
    struct resampling *r = arg;
    uint32_t part = 0;
    r->written = 0;
    for (size_t at = 0; at < r->rate_hz; at++) {
        firpfb_rrrf_push(r->bank, r->in[at]);
        for (; part < UT_RATE_HZ; part += r->rate_hz) {
            uint64_t scaled = (uint64_t)part * r->phases;
            uint32_t l = (uint32_t)(scaled / UT_RATE_HZ);
            float share = (float)(scaled % UT_RATE_HZ) / UT_RATE_HZ, here, next;
            firpfb_rrrf_execute(r->bank, l, &here);
            firpfb_rrrf_execute(r->bank, l + 1 < r->phases ? l + 1 : l, &next);
            theirs[r->written++] = here + share * (next - here);
        }
        part -= UT_RATE_HZ;
    }
}

/* What is left of a tone, in dB: the level of what comes out, behind the filter's beginning. */
static double left_of(struct resampling *r, bench_job *job, const float *out, double hz)
{
    static float tone[WIDE_MAX];
    double sum = 0;
    for (size_t i = 0; i < r->rate_hz; i++)
        tone[i] = (float)sin(2 * M_PI * hz * (double)i / r->rate_hz);
    r->in = tone;
    job(r);
    r->in = noise;
    size_t from = 1000, to = r->written - 1000;
    for (size_t i = from; i < to; i++)
        sum += (double)out[i] * (double)out[i];
    return 10 * log10(2 * sum / (double)(to - from) + 1e-12);
}

static void compare_resampler(struct resampling *r, const char *library, bench_job *job)
{
    char what[32], same[96];
    snprintf(what, sizeof what, "resample %u", (unsigned)r->rate_hz);
    snprintf(same, sizeof same, "own %+.2f %.0f dB, library %+.2f %.0f dB",
             left_of(r, resample_own, ours, 3400), left_of(r, resample_own, ours, 4600),
             left_of(r, job, theirs, 3400), left_of(r, job, theirs, 4600));
    compare(what, library, resample_own, job, r, 2, same);
}

static void bench_resampler(uint32_t rate_hz, uint32_t interp, uint32_t decim)
{
    struct resampling r = {.rate_hz = rate_hz, .interp = interp, .decim = decim, .in = noise};
    unsigned half = (SEMI_LENGTH * rate_hz + UT_RATE_HZ - 1) / UT_RATE_HZ;
    float cutoff = .5f * UT_RATE_HZ / (float)rate_hz;
    if (ut__resample_create(&r.own, rate_hz) != 0)
        return;
    r.rational = rresamp_rrrf_create_kaiser(interp, decim, half, cutoff, STOP_BAND_DB);
    rresamp_rrrf_set_scale(r.rational, 2 * cutoff);
    compare_resampler(&r, "rresamp_rrrf", resample_rational);
    rresamp_rrrf_destroy(r.rational);
    if (interp == 1) {
        r.integer = firdecim_rrrf_create_kaiser(decim, SEMI_LENGTH, STOP_BAND_DB);
        firdecim_rrrf_set_scale(r.integer, 1 / (float)decim);
        compare_resampler(&r, "firdecim_rrrf", resample_integer);
        firdecim_rrrf_destroy(r.integer);
    } else {
        r.phases = 32;
        r.bank = firpfb_rrrf_create_kaiser(r.phases, half, cutoff, STOP_BAND_DB);
        firpfb_rrrf_set_scale(r.bank, 2 * cutoff);
        compare_resampler(&r, "firpfb_rrrf, 32 phases", resample_bank);
        firpfb_rrrf_destroy(r.bank);
    }
    ut__resample_destroy(r.own);
}

/* The filter's design, of which a call that begins waits for one. */
static void design_own(void *arg)
{
    struct ut__resample *rs = NULL;
    if (ut__resample_create(&rs, *(uint32_t *)arg) == 0)
        ut__resample_destroy(rs);
}

static void design_library(void *arg)
{
    uint32_t rate_hz = *(uint32_t *)arg;
    rresamp_rrrf_destroy(rresamp_rrrf_create_kaiser(80, 441, SEMI_LENGTH * rate_hz / UT_RATE_HZ,
                                                    .5f * UT_RATE_HZ / (float)rate_hz,
                                                    STOP_BAND_DB));
}

/* ---------------------------------------------------------------- filter, sums */

struct filtering {
    struct ut__highpass_tables tables;
    struct ut__highpass own;
    iirfilt_rrrf library;
    dotprod_rrrf dot;
};

static void filter_own(void *arg)
{
    struct filtering *f = arg;
    for (size_t at = 0; at < UT_RATE_HZ; at += UT_HOP_SAMPLES)
        ut__highpass_push(&f->own, &f->tables, ours + at, noise + at);
}

static void filter_library(void *arg)
{
    struct filtering *f = arg;
    iirfilt_rrrf_execute_block(f->library, noise, UT_RATE_HZ, theirs);
}

static void dot_own(void *arg)
{
    (void)arg;
    for (size_t at = 0; at < UT_RATE_HZ; at += UT_HOP_SAMPLES)
        ours[at / UT_HOP_SAMPLES] = ut__vec_dot(noise, noise + at, UT_HOP_SAMPLES);
}

static void dot_library(void *arg)
{
    struct filtering *f = arg;
    for (size_t at = 0; at < UT_RATE_HZ; at += UT_HOP_SAMPLES)
        dotprod_rrrf_execute(f->dot, noise + at, &theirs[at / UT_HOP_SAMPLES]);
}

static void bench_filters(void)
{
    static struct filtering f;
    ut__highpass_tables_init(&f.tables);
    f.library = iirfilt_rrrf_create_prototype(LIQUID_IIRDES_CHEBY2, LIQUID_IIRDES_HIGHPASS,
                                              LIQUID_IIRDES_SOS, 5, 102.0f / UT_RATE_HZ, 0, 1, 42);
    f.dot = dotprod_rrrf_create(noise, UT_HOP_SAMPLES);
    filter_own(&f);
    filter_library(&f);
    const char *same = difference(ours, theirs, UT_RATE_HZ);
    compare("high-pass", "iirfilt_rrrf, the same sections", filter_own, filter_library, &f, JOBS,
            same);
    dot_own(&f);
    dot_library(&f);
    same = difference(ours, theirs, HOPS);
    compare("sum of 80 products", "dotprod_rrrf", dot_own, dot_library, &f, JOBS, same);
    iirfilt_rrrf_destroy(f.library);
    dotprod_rrrf_destroy(f.dot);
}

/* ---------------------------------------------------------------- transforms */

struct transforms {
    size_t n, lags;
    struct ut__fft *own;
    fftwf_plan real, even, back;
    fftwf_complex *bins;
    float *power, *half, *all;
};

static void power_own(void *arg)
{
    struct transforms *t = arg;
    for (int h = 0; h < HOPS; h++)
        ut__fft_power(t->own, noise + (size_t)h * 16, ours);
}

static void power_library(void *arg)
{
    struct transforms *t = arg;
    for (int h = 0; h < HOPS; h++) {
        fftwf_execute_dft_r2c(t->real, noise + (size_t)h * 16, t->bins);
        for (size_t k = 0; k <= t->n / 2; k++)
            theirs[k] =
                crealf(t->bins[k]) * crealf(t->bins[k]) + cimagf(t->bins[k]) * cimagf(t->bins[k]);
    }
}

static void cosine_own(void *arg)
{
    struct transforms *t = arg;
    for (int h = 0; h < HOPS; h++)
        ut__fft_cosine(t->own, t->power, ours, t->lags);
}

static void cosine_even(void *arg)
{
    struct transforms *t = arg;
    for (int h = 0; h < HOPS; h++)
        fftwf_execute_r2r(t->even, t->power, theirs);
}

static void cosine_back(void *arg)
{
    struct transforms *t = arg;
    for (int h = 0; h < HOPS; h++) {
        for (size_t k = 0; k <= t->n / 2; k++)
            t->bins[k] = t->power[k];
        fftwf_execute_dft_c2r(t->back, t->bins, theirs);
    }
}

static void bench_transforms(size_t n, size_t lags, unsigned effort)
{
    char what[32], library[40];
    const char *how = effort == FFTW_ESTIMATE ? "estimate" : "measure";
    struct transforms t = {.n = n, .lags = lags};
    t.bins = fftwf_alloc_complex(n / 2 + 1);
    t.power = fftwf_alloc_real(n / 2 + 1);
    t.half = fftwf_alloc_real(n / 2 + 1);
    t.all = fftwf_alloc_real(n);
    if (!t.bins || !t.power || !t.half || !t.all || ut__fft_create(&t.own, n) != 0)
        return;
    t.real = fftwf_plan_dft_r2c_1d((int)n, t.all, t.bins, effort);
    t.back = fftwf_plan_dft_c2r_1d((int)n, t.bins, t.all, effort);
    t.even = fftwf_plan_r2r_1d((int)n / 2 + 1, t.power, t.half, FFTW_REDFT00, effort);
    ut__fft_power(t.own, noise, t.power);
    for (size_t k = 0; k <= n / 2; k++)
        t.power[k] /= (float)(n * n) / 16;
    power_own(&t);
    power_library(&t);
    for (size_t k = 0; k <= n / 2; k++) {
        ours[k] /= (float)n;
        theirs[k] /= (float)n;
    }
    const char *same = difference(ours, theirs, n / 2 + 1);
    snprintf(what, sizeof what, "power spectrum %zu", n);
    snprintf(library, sizeof library, "fftwf r2c, %s", how);
    compare(what, library, power_own, power_library, &t, JOBS, same);
    if (lags) {
        snprintf(what, sizeof what, "autocorrelation %zu", n);
        cosine_own(&t);
        cosine_back(&t);
        same = difference(ours, theirs, lags);
        snprintf(library, sizeof library, "fftwf c2r, %s", how);
        compare(what, library, cosine_own, cosine_back, &t, JOBS, same);
        cosine_own(&t);
        cosine_even(&t);
        same = difference(ours, theirs, lags);
        snprintf(library, sizeof library, "fftwf r2r REDFT00, %s", how);
        compare(what, library, cosine_own, cosine_even, &t, JOBS / 4, same);
    }
    fftwf_destroy_plan(t.real);
    fftwf_destroy_plan(t.back);
    fftwf_destroy_plan(t.even);
    ut__fft_destroy(t.own);
    fftwf_free(t.bins);
    fftwf_free(t.power);
    fftwf_free(t.half);
    fftwf_free(t.all);
}

/* ---------------------------------------------------------------- tones */

struct detecting {
    struct ut__tones own;
    float power[UT__SPECTRUM_BINS];
    nco_crcf oscillator[8]; /* One for each frequency of DTMF. */
    float sum;
};

static void tones_own(void *arg)
{
    struct detecting *d = arg;
    struct ut__tones_frame out;
    for (int h = 0; h < HOPS; h++) {
        ut__tones_push(&d->own, d->power, &out);
        d->sum += out.level_db;
    }
}

/* The digits alone, without steady tones and data: each frequency mixed down and summed. */
static void tones_library(void *arg)
{
    struct detecting *d = arg;
    float complex in[UT_HOP_SAMPLES], mixed[UT_HOP_SAMPLES];
    for (size_t at = 0; at < UT_RATE_HZ; at += UT_HOP_SAMPLES) {
        for (size_t i = 0; i < UT_HOP_SAMPLES; i++)
            in[i] = noise[at + i];
        for (int k = 0; k < 8; k++) {
            float complex sum = 0;
            nco_crcf_mix_block_down(d->oscillator[k], in, mixed, UT_HOP_SAMPLES);
            for (size_t i = 0; i < UT_HOP_SAMPLES; i++)
                sum += mixed[i];
            d->sum += crealf(sum);
        }
    }
}

#ifdef UT_HAVE_SPANDSP
static struct bench_spandsp *spandsp;
static uint8_t codes[UT_RATE_HZ];

static void tones_spandsp(void *arg)
{
    struct detecting *d = arg;
    d->sum += (float)bench_spandsp_digits(spandsp);
}

static void law_own(void *arg)
{
    (void)arg;
    ut__ulaw_decode(ours, codes, UT_RATE_HZ);
}

static void law_spandsp(void *arg)
{
    (void)arg;
    bench_spandsp_law(spandsp, theirs);
}

static void bench_spandsp(struct detecting *d)
{
    for (size_t i = 0; i < UT_RATE_HZ; i++)
        codes[i] = (uint8_t)i;
    spandsp = bench_spandsp_create(noise, codes, UT_RATE_HZ);
    if (!spandsp)
        return;
    compare("digits, tones, data", "spandsp dtmf_rx, digits alone", tones_own, tones_spandsp, d, 4,
            "");
    law_own(NULL);
    law_spandsp(NULL);
    const char *same = difference(ours, theirs, UT_RATE_HZ);
    compare("mu-law to float", "spandsp ulaw_to_linear", law_own, law_spandsp, NULL, JOBS, same);
    bench_spandsp_destroy(spandsp);
}
#endif

static void bench_tones(void)
{
    static const float hz[8] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
    static struct detecting d;
    struct ut__fft *fft;
    if (ut__fft_create(&fft, UT__SPECTRUM_WINDOW) != 0)
        return;
    ut__tones_init(&d.own);
    ut__fft_power(fft, noise, d.power);
    ut__fft_destroy(fft);
    for (int k = 0; k < 8; k++) {
        d.oscillator[k] = nco_crcf_create(LIQUID_VCO);
        nco_crcf_set_frequency(d.oscillator[k], (float)(2 * M_PI) * hz[k] / UT_RATE_HZ);
    }
    compare("digits, tones, data", "8 x nco_crcf, digits alone", tones_own, tones_library, &d, 4,
            "");
#ifdef UT_HAVE_SPANDSP
    bench_spandsp(&d);
#endif
    for (int k = 0; k < 8; k++)
        nco_crcf_destroy(d.oscillator[k]);
}

int main(int argc, char **argv)
{
    uint32_t rate_hz = 44100, seed = 1;
    if (argc == 3 && strcmp(argv[1], "--repeat") == 0)
        repeat = (int)strtol(argv[2], NULL, 10);
    if ((argc != 1 && argc != 3) || repeat < 1 || repeat > 10000) {
        fprintf(stderr, "usage: bench-libraries [--repeat N]\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof noise / sizeof noise[0]; i++) {
        seed = seed * 1664525 + 1013904223;
        noise[i] = (float)(int32_t)seed / 4294967296.0f;
    }
    printf("%-22s %-34s %9s %9s %7s\n", "us of a second of sound", "library", "own", "library",
           "ratio");
    bench_transforms(UT__SPECTRUM_WINDOW, 0, FFTW_ESTIMATE);
    bench_transforms(UT__PERIOD_FFT, UT__PERIOD_LAGS, FFTW_ESTIMATE);
    bench_transforms(UT__PERIOD_FFT, UT__PERIOD_LAGS, FFTW_MEASURE);
    bench_filters();
    bench_tones();
    bench_resampler(16000, 1, 2);
    bench_resampler(48000, 1, 6);
    bench_resampler(11025, 320, 441);
    bench_resampler(44100, 80, 441);
    compare("resampler's design", "rresamp_rrrf_create_kaiser", design_own, design_library,
            &rate_hz, 1, "");
    return 0;
}
