/* SPDX-License-Identifier: MIT */
/*
 * What a call costs, by stage.
 *
 *     bench-stages [--model FILE] [--repeat N] RECORDING
 *
 * The recording's first channel is the caller, the second the agent; 8 kHz. Prints one JSON object:
 * microseconds of CPU per second of channel (median over the repetitions,
 * CLOCK_PROCESS_CPUTIME_ID; of the whole channels also the least, which other work on the machine
 * disturbs least), the same as multiples of the bare FFT floor (512 points, 100 a second,
 * FFTW single precision) measured in the same run, and the memory of a call. Stages run alone over
 * the whole recording; what cannot be timed alone is a difference of two that can. Exit status: 0
 * done, 2 usage.
 */

#define _GNU_SOURCE /* clock_gettime, mallinfo2. */

#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <fftw3.h>
#include <sndfile.h>

#include <undertone/undertone.h>

#include "audio/resample.h"
#include "features/activity.h"
#include "features/pitch.h"
#include "features/quality.h"
#include "features/spectrum.h"
#include "stress/model.h"
#include "stress/stress.h"

enum {
    HISTORY = 1024, /* Silence before the recording, for windows that reach back. */
    REPEAT_DEFAULT = 9,
    REPEAT_MAX = 99,
    MODEL_BYTES_MAX = 64 << 20,
    FLOOR_FFT = 512,
    PUSH = 160, /* Samples: a packet of 20 ms. */
    CROWD = 128,
    CROWD_REPEAT = 6 /* Of so many repetitions one is of the crowd, which takes so much longer. */
};

struct bench {
    struct ut_model *model;
    struct ut__spectrum_tables spectrum;
    struct ut__pitch_tables pitch;
    float *pcm[UT_ROLE_COUNT]; /* [HISTORY + n], silence first. */
    int has_agent;
    size_t n, hops;
    struct ut_frame *frames; /* [hops], of the caller. */
    float *wide;             /* [6 n]: the caller held at 48 kHz; its sound does not matter. */
    struct ut_features *features;
    struct ut__stress *stress;
    struct ut__listener *listener;
    fftwf_plan floor;
    float *floor_in;
    int repeat;
    double least; /* Microseconds of the quickest repetition of the last stage measured. */
    double sink;  /* What the stages give, so that none of them is optimised away. */
};

typedef void stage(struct bench *b);

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median microseconds per second of channel. The first run warms up and does not count. */
static double measure(struct bench *b, stage *run)
{
    double us[REPEAT_MAX];
    run(b);
    for (int i = 0; i < b->repeat; i++) {
        double before = cpu_us();
        run(b);
        us[i] = cpu_us() - before;
    }
    qsort(us, (size_t)b->repeat, sizeof us[0], ascending);
    b->least = us[0] / ((double)b->n / UT_RATE_HZ);
    return us[b->repeat / 2] / ((double)b->n / UT_RATE_HZ);
}

static const float *hop_end(const struct bench *b, size_t hop)
{
    return b->pcm[UT_ROLE_CALLER] + HISTORY + (hop + 1) * UT_HOP_SAMPLES;
}

static void run_floor(struct bench *b)
{
    for (size_t i = 0; i < b->hops; i++)
        fftwf_execute(b->floor);
}

static void run_spectrum(struct bench *b)
{
    struct ut__spectrum sp = {.primed = 0};
    struct ut__spectrum_bins bins;
    struct ut_frame f;
    for (size_t i = 0; i < b->hops; i++)
        ut__spectrum_push(&sp, &b->spectrum, hop_end(b, i) - UT__SPECTRUM_WINDOW, &bins, &f);
    b->sink += (double)f.mel_db[0];
}

static void run_activity(struct bench *b)
{
    static struct ut__activity va;
    struct ut__activity_frame out = {.speech = 0};
    ut__activity_init(&va);
    for (size_t i = 0; i < b->hops; i++)
        b->sink += ut__activity_push(&va, &b->model->analysis->speech, b->frames[i].mel_db,
                                     b->frames[i].level_dbfs, 0, &out);
    b->sink += out.speech;
}

static void run_pitch(struct bench *b)
{
    static struct ut__pitch p;
    struct ut__pitch_result out;
    memset(&p, 0, sizeof p);
    for (size_t i = 0; i < b->hops; i++) {
        ut__pitch_push(&p, &b->pitch, hop_end(b, i) - UT__PERIOD_WINDOW, 0, &out);
        b->sink += out.voiced;
    }
}

static void run_quality(struct bench *b)
{
    for (size_t i = 0; i + UT__QUALITY_REACH / UT_HOP_SAMPLES + 1 < b->hops; i++) {
        struct ut_frame f = b->frames[i];
        ut__quality(hop_end(b, i) - UT_HOP_SAMPLES / 2, &f);
        b->sink += (double)f.hnr_db;
    }
}

static void run_features(struct bench *b)
{
    struct ut_frame f;
    struct ut_features *fx = ut_features_init(b->features, b->model->analysis);
    for (size_t i = 0; i < b->hops; i++)
        b->sink += ut_features_push(fx, hop_end(b, i) - UT_HOP_SAMPLES, 0, &f);
}

static void run_listener(struct bench *b)
{
    ut__listener_init(b->listener, NULL);
    for (size_t i = 0; i < b->hops; i++)
        b->sink += ut__listener_push(b->listener, b->model, &b->frames[i]);
}

static void run_stress(struct bench *b)
{
    struct ut__stress_update update;
    struct ut__second second;
    ut__stress_init(b->stress, b->model);
    ut__second_init(&second);
    for (size_t i = 0; i < b->hops; i++) {
        struct ut__reading reading;
        b->stress->gate.now = i;
        int read = i + 1 < b->hops &&
                   ut__model_hear(b->model, &second, &b->frames[i], hop_end(b, i) - UT_HOP_SAMPLES,
                                  &b->stress->gate, &reading) > 0;
        b->sink += ut__stress_hear(b->stress, &b->frames[i], read ? &reading : NULL, &update);
    }
}

static void resample(struct bench *b, uint32_t rate_hz)
{
    struct ut__resample *rs;
    if (ut__resample_create(&rs, rate_hz))
        return;
    float out[UT__RESAMPLE_CHUNK + 8];
    size_t n = b->n * (rate_hz / UT_RATE_HZ);
    for (size_t at = 0; at + UT__RESAMPLE_CHUNK <= n; at += UT__RESAMPLE_CHUNK)
        b->sink += (double)ut__resample_push(rs, out, b->wide + at, UT__RESAMPLE_CHUNK);
    ut__resample_destroy(rs);
}

static void run_resample_16k(struct bench *b)
{
    resample(b, 16000);
}

static void run_resample_48k(struct bench *b)
{
    resample(b, 48000);
}

static void run_call(struct bench *b, int caller, int agent)
{
    struct ut_call_config cfg = ut_call_config_default();
    cfg.caller_rate_hz = caller ? UT_RATE_HZ : 0;
    cfg.agent_rate_hz = agent ? UT_RATE_HZ : 0;
    struct ut_call *call;
    struct ut_event ev;
    if (ut_call_create(&call, b->model, &cfg))
        return;
    for (size_t at = 0; at < b->n; at += PUSH) {
        size_t n = b->n - at < PUSH ? b->n - at : PUSH;
        for (int role = 0; role < UT_ROLE_COUNT; role++)
            ut_call_push(call, (enum ut_role)role, b->pcm[role] + HISTORY + at, n);
        while (ut_call_read(call, &ev))
            b->sink += (double)ev.type;
    }
    ut_call_end(call);
    while (ut_call_read(call, &ev))
        b->sink += (double)ev.type;
    ut_call_destroy(call);
}

static void run_caller(struct bench *b)
{
    run_call(b, 1, 0);
}

static void run_agent(struct bench *b)
{
    run_call(b, 0, 1);
}

static void run_both(struct bench *b)
{
    run_call(b, 1, 1);
}

/*
 * A packet of each of many calls in turns, as a live worker has them: what a call holds has left the
 * nearer caches when its next packet comes. Each is at a place of its own in the recording, a
 * quarter of which it hears.
 */
static void run_crowd(struct bench *b)
{
    struct ut_call *call[CROWD];
    struct ut_call_config cfg = ut_call_config_default();
    cfg.agent_rate_hz = UT_RATE_HZ;
    size_t packets = b->n / PUSH;
    for (size_t c = 0; c < CROWD; c++)
        if (ut_call_create(&call[c], b->model, &cfg))
            exit(2);
    for (size_t p = 0; p < packets / 4; p++)
        for (size_t c = 0; c < CROWD; c++) {
            struct ut_event ev;
            size_t at = (packets * c / CROWD + p) % packets * PUSH;
            for (int role = 0; role < UT_ROLE_COUNT; role++)
                ut_call_push(call[c], (enum ut_role)role, b->pcm[role] + HISTORY + at, PUSH);
            while (ut_call_read(call[c], &ev))
                b->sink += (double)ev.type;
        }
    for (size_t c = 0; c < CROWD; c++)
        ut_call_destroy(call[c]);
}

/* Microseconds per second of one call of the crowd. */
static double measure_crowd(struct bench *b)
{
    int repeat = b->repeat;
    b->repeat = repeat / CROWD_REPEAT + 1;
    double us = measure(b, run_crowd) * 4 / CROWD;
    b->least *= 4.0 / CROWD;
    b->repeat = repeat;
    return us;
}

/* Heap bytes that one call of two channels takes, the allocator's rounding included. */
static double call_bytes(const struct bench *b, uint32_t rate_hz)
{
    enum { CALLS = 64 };
    struct ut_call *call[CALLS];
    struct ut_call_config cfg = ut_call_config_default();
    cfg.caller_rate_hz = cfg.agent_rate_hz = rate_hz;
    struct mallinfo2 before = mallinfo2();
    int made = 0;
    while (made < CALLS && ut_call_create(&call[made], b->model, &cfg) == 0)
        made++;
    struct mallinfo2 after = mallinfo2();
    double bytes =
        (double)(after.uordblks + after.hblkhd) - (double)(before.uordblks + before.hblkhd);
    for (int i = 0; i < made; i++)
        ut_call_destroy(call[i]);
    return made ? bytes / made : 0;
}

static void print_stage(const char *name, double us, double floor_us)
{
    printf("  \"%s\": {\"us_per_s\": %.1f, \"floors\": %.2f},\n", name, fmax(us, 0),
           fmax(us, 0) / floor_us);
}

static double timed(struct bench *b, const char *name, stage *run, double floor_us)
{
    double us = measure(b, run);
    printf("  \"%s\": {\"us_per_s\": %.1f, \"least\": %.1f, \"floors\": %.2f},\n", name, us,
           b->least, us / floor_us);
    return us;
}

static void print_all(struct bench *b, const char *path)
{
    size_t speech = 0;
    for (size_t i = 0; i < b->hops; i++)
        speech += b->frames[i].speech;
    double floor_us = measure(b, run_floor), floor_least = b->least;
    printf("{\"recording\": \"%s\", \"seconds\": %.1f, \"caller_speech_share\": %.2f,\n", path,
           (double)b->n / UT_RATE_HZ, (double)speech / (double)b->hops);
    printf(" \"model\": \"%s\", \"repetitions\": %d,\n \"fft_floor_us_per_s\": %.1f,\n",
           ut_model_name(b->model), b->repeat, floor_us);
    printf(" \"stages\": {\n");
    timed(b, "resample_16k", run_resample_16k, floor_us);
    timed(b, "resample_48k", run_resample_48k, floor_us);
    double spectrum = timed(b, "spectrum", run_spectrum, floor_us);
    double activity = timed(b, "activity", run_activity, floor_us);
    double pitch = timed(b, "pitch", run_pitch, floor_us);
    double quality = timed(b, "quality", run_quality, floor_us);
    double features = measure(b, run_features);
    print_stage("syllables_line_framing", features - spectrum - activity - pitch - quality,
                floor_us);
    print_stage("features_total", features, floor_us);
    double encoder = timed(b, "stress_encoder", run_listener, floor_us);
    double stress = measure(b, run_stress);
    print_stage("stress_head_filter", stress - encoder, floor_us);
    print_stage("stress_total", stress, floor_us);
    double caller = measure(b, run_caller), caller_least = b->least;
    print_stage("call_alert_turns", caller - features - stress, floor_us);
    print_stage("caller_channel", caller, floor_us);
    timed(b, "agent_channel", run_agent, floor_us);
    double agent_least = b->least;
    double both = timed(b, "two_channel_call", run_both, floor_us), both_least = b->least;
    double crowd = measure_crowd(b);
    printf("  \"call_among_%d\": {\"us_per_s\": %.1f, \"floors\": %.2f}\n },\n", CROWD, crowd,
           crowd / floor_us);
    printf(" \"least_us_per_s\": {\"fft_floor\": %.1f, \"caller_channel\": %.1f, "
           "\"agent_channel\": %.1f, \"two_channel_call\": %.1f, \"call_among_%d\": %.1f},\n",
           floor_least, caller_least, agent_least, both_least, CROWD, b->least);
    printf(" \"calls_per_core\": %.0f,\n \"bytes_per_call\": {\"8000\": %.0f, \"48000\": %.0f},\n",
           1e6 / both, call_bytes(b, UT_RATE_HZ), call_bytes(b, 48000));
    printf(" \"bytes_by_part\": {\"features\": %zu, \"stress\": %zu}}\n", ut_features_state_size(),
           sizeof(struct ut__stress));
}

/* ---- setting up ---- */

static int read_recording(struct bench *b, const char *path)
{
    SF_INFO info = {.format = 0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file || info.samplerate != UT_RATE_HZ || info.channels > UT_ROLE_COUNT ||
        info.frames < UT_RATE_HZ) {
        fprintf(stderr, "bench-stages: %s: %s\n", path,
                file ? "needs 8 kHz, one or two channels, a second or more" : sf_strerror(NULL));
        sf_close(file);
        return -1;
    }
    b->n = (size_t)info.frames;
    b->has_agent = info.channels == 2;
    for (int role = 0; role < UT_ROLE_COUNT; role++)
        b->pcm[role] = calloc(HISTORY + b->n, sizeof b->pcm[0][0]);
    float *block = malloc(b->n * (size_t)info.channels * sizeof block[0]);
    int err = b->pcm[0] && b->pcm[1] && block ? 0 : -1;
    if (!err) {
        b->n = (size_t)sf_readf_float(file, block, info.frames);
        for (size_t i = 0; i < b->n; i++)
            for (int role = 0; role < UT_ROLE_COUNT; role++)
                b->pcm[role][HISTORY + i] =
                    block[i * (size_t)info.channels + (b->has_agent ? (size_t)role : 0)];
    }
    free(block);
    sf_close(file);
    b->hops = b->n / UT_HOP_SAMPLES;
    return err;
}

static int prepare(struct bench *b)
{
    b->frames = calloc(b->hops + 1, sizeof b->frames[0]);
    b->wide = malloc(6 * b->n * sizeof b->wide[0]);
    b->stress = aligned_alloc(64, (sizeof *b->stress + 63) / 64 * 64);
    b->listener = aligned_alloc(64, (sizeof *b->listener + 63) / 64 * 64);
    b->floor_in = fftwf_alloc_real(FLOOR_FFT);
    fftwf_complex *out = fftwf_alloc_complex(FLOOR_FFT / 2 + 1);
    if (!b->frames || !b->wide || !b->stress || !b->listener || !b->floor_in || !out ||
        ut_features_create(&b->features, b->model->analysis) ||
        ut__spectrum_tables_init(&b->spectrum) || ut__pitch_tables_init(&b->pitch))
        return -1;
    b->floor = fftwf_plan_dft_r2c_1d(FLOOR_FFT, b->floor_in, out, FFTW_MEASURE);
    memcpy(b->floor_in, b->pcm[0] + HISTORY, FLOOR_FFT * sizeof b->floor_in[0]);
    for (size_t i = 0; i < 6 * b->n; i++)
        b->wide[i] = b->pcm[0][HISTORY + i / 6];
    size_t frames = 0;
    for (size_t i = 0; i < b->hops; i++)
        frames += (size_t)ut_features_push(b->features, hop_end(b, i) - UT_HOP_SAMPLES, 0,
                                           &b->frames[frames]);
    while (frames < b->hops && ut_features_flush(b->features, &b->frames[frames]))
        frames++;
    return 0;
}

static int load_model(struct ut_model **out, const char *path)
{
    if (!path)
        return ut_model_create_default(out);
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "bench-stages: %s: %s\n", path, strerror(errno));
        exit(2);
    }
    uint8_t *bytes = malloc(MODEL_BYTES_MAX);
    int err =
        bytes ? ut_model_create(out, bytes, fread(bytes, 1, MODEL_BYTES_MAX, file)) : UT_ENOMEM;
    fclose(file);
    free(bytes);
    return err;
}

int main(int argc, char **argv)
{
    struct bench b = {.repeat = REPEAT_DEFAULT};
    const char *model = NULL;
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (strcmp(argv[i], "--model") == 0)
            model = argv[i + 1];
        else if (strcmp(argv[i], "--repeat") == 0)
            b.repeat = (int)strtol(argv[i + 1], NULL, 10);
        else
            break;
    }
    if (i + 1 != argc || b.repeat < 1 || b.repeat > REPEAT_MAX) {
        fprintf(stderr, "usage: bench-stages [--model FILE] [--repeat 1..%d] RECORDING\n",
                REPEAT_MAX);
        return 2;
    }
    int err = load_model(&b.model, model);
    if (err) {
        fprintf(stderr, "bench-stages: %s: %s\n", model ? model : "model", ut_strerror(err));
        return 2;
    }
    if (read_recording(&b, argv[i]) || prepare(&b)) {
        fprintf(stderr, "bench-stages: %s: could not be set up\n", argv[i]);
        return 2;
    }
    print_all(&b, argv[i]);
    return isfinite(b.sink) ? 0 : 2; /* The process ends: nothing is released one by one. */
}
