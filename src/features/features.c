/* SPDX-License-Identifier: MIT */
/*
 * The extractor of one channel. Hop n completes stages of older frames, whose windows it closes:
 *
 *     hop n -> clipping, digital silence -> high-pass -> history
 *              history -+-> frame n      level
 *                       +-> frame n - 1  32 ms spectrum: mel bands, tilt, flux
 *                       +-> frame n - 2  48 ms pitch candidates
 *                       +-> frame n - 10 speech, nuclei, pitch path decided, voice quality, rate
 *                                         '-> out
 */

#include <undertone/features.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "dsp/vector.h"
#include "features/activity.h"
#include "features/analysis.h"
#include "features/line_faults.h"
#include "features/quality.h"
#include "features/rate.h"
#include "features/syllables.h"
#include "features/weights.h"

enum {
    ALIGNMENT = 64,
    FRAMES = UT_FEATURES_DELAY + 1, /* In the making at a time. */
    SPECTRUM_DELAY = 1,             /* Hops until a frame's window is complete and centred on it. */
    PITCH_DELAY = 2,
    PITCH_HOPS = (UT__PERIOD_WINDOW + UT_HOP_SAMPLES - 1) / UT_HOP_SAMPLES, /* Of its window. */
    /* Samples kept: from the reach of voice quality before the oldest frame to the newest. */
    HISTORY_HOPS = FRAMES + UT__QUALITY_REACH / UT_HOP_SAMPLES + 1,
    HISTORY = HISTORY_HOPS * UT_HOP_SAMPLES,
    /* The history slides inside a longer buffer, which is moved back once in so many hops. */
    SLIDE_HOPS = 4,
    BUFFER = HISTORY + SLIDE_HOPS * UT_HOP_SAMPLES
};
#define F0_HZ_MOST 500.0f
_Static_assert(SPECTRUM_DELAY + UT__ACTIVITY_DELAY == UT_FEATURES_DELAY, "speech in time");
_Static_assert(PITCH_DELAY + UT__PITCH_CONTEXT + UT__PITCH_LAG == UT_FEATURES_DELAY,
               "the path decides in time");

struct ut_features {
    _Alignas(ALIGNMENT) float buffer[BUFFER];
    size_t end;      /* Samples of the buffer that are filled. */
    uint64_t pushed; /* Hops taken from the caller. */
    uint64_t given;  /* Frames given to the caller. */
    uint64_t hops;   /* Hops processed: pushed, and what the flush adds. */
    const struct ut_analysis *an;
    struct ut__highpass highpass;
    uint32_t since_silence;        /* Hops since digital silence, up to PITCH_HOPS. */
    struct ut__heights heights[2]; /* Of the newest hops as they came. */
    struct ut__spectrum spectrum;
    struct ut__activity activity;
    struct ut__syllables syllables;
    struct ut__rate rate;
    struct ut__line_faults line;
    struct ut__pitch pitch;
    struct ut_frame frame[FRAMES];
};

int ut_analysis_create(struct ut_analysis **out)
{
    /* The weights inside are aligned, which calloc does not promise. */
    struct ut_analysis *an = aligned_alloc(_Alignof(struct ut_analysis), sizeof *an);
    if (!an)
        return UT_ENOMEM;
    memset(an, 0, sizeof *an);
    ut__highpass_tables_init(&an->highpass);
    size_t len;
    const uint8_t *weights = ut__weights_default(&len);
    int err = ut__spectrum_tables_init(&an->spectrum);
    if (!err)
        err = ut__pitch_tables_init(&an->pitch);
    if (!err)
        err = ut__weights_read(an, weights, len);
    if (err) {
        ut_analysis_destroy(an);
        return err;
    }
    *out = an;
    return 0;
}

void ut_analysis_destroy(struct ut_analysis *an)
{
    if (!an)
        return;
    ut__spectrum_tables_destroy(&an->spectrum);
    ut__pitch_tables_destroy(&an->pitch);
    free(an);
}

size_t ut_features_state_size(void)
{
    return sizeof(struct ut_features);
}

struct ut_features *ut_features_init(void *mem, const struct ut_analysis *an)
{
    struct ut_features *fx = mem;
    memset(fx, 0, sizeof *fx);
    fx->an = an;
    fx->end = HISTORY;
    fx->since_silence = PITCH_HOPS;
    ut__activity_init(&fx->activity);
    ut__syllables_init(&fx->syllables);
    ut__rate_init(&fx->rate);
    ut__line_init(&fx->line);
    return fx;
}

int ut_features_create(struct ut_features **out, const struct ut_analysis *an)
{
    if (!an)
        return UT_EINVAL;
    void *mem = aligned_alloc(ALIGNMENT, sizeof(struct ut_features));
    if (!mem)
        return UT_ENOMEM;
    *out = ut_features_init(mem, an);
    return 0;
}

void ut_features_destroy(struct ut_features *fx)
{
    free(fx);
}

UT__CLONES void ut__sanitise(float *restrict out, const float *restrict pcm)
{
    for (size_t i = 0; i < UT_HOP_SAMPLES; i++) {
        float x = pcm[i];
        x = x > 1 ? 1 : x;
        x = x < -1 ? -1 : x;
        out[i] = fabsf(pcm[i]) <= 3.0e38f ? x : 0;
    }
}

int ut__digital_silence(const float *pcm)
{
    size_t same = 1;
    while (same < UT_HOP_SAMPLES && pcm[same] == pcm[0])
        same++;
    return same == UT_HOP_SAMPLES;
}

static struct ut_frame *frame_at(struct ut_features *fx, uint64_t index)
{
    return &fx->frame[index % FRAMES];
}

/* Makes room for a hop at the end of the history, and returns it. */
static float *next_hop(struct ut_features *fx)
{
    if (fx->end == BUFFER) {
        memmove(fx->buffer, fx->buffer + BUFFER - HISTORY, HISTORY * sizeof fx->buffer[0]);
        fx->end = HISTORY;
    }
    float *hop = fx->buffer + fx->end;
    fx->end += UT_HOP_SAMPLES;
    return hop;
}

/* Frame n, from its own samples: as they came, and above the hum. */
static void start_frame(struct ut_features *fx, const float *raw, const float *hop, uint32_t flags)
{
    struct ut_frame *f = frame_at(fx, fx->hops);
    memset(f, 0, sizeof *f);
    f->index = fx->hops;
    f->flags = flags;
    /* A square wave may overshoot. */
    f->level_dbfs = fminf(ut__db(ut__vec_dot(hop, hop, UT_HOP_SAMPLES) / UT_HOP_SAMPLES), 0);
    fx->since_silence += fx->since_silence < PITCH_HOPS;
    if (ut__digital_silence(raw)) {
        f->flags |= UT_FRAME_SILENT;
        fx->since_silence = 0;
    }
}

/* Speech, line quality and syllables of the oldest frame. Signals of the line are no speech. */
static void add_speech(struct ut_features *fx, const struct ut__activity_frame *activity,
                       uint32_t flags)
{
    struct ut__syllables_frame syllables;
    struct ut_frame *f = frame_at(fx, fx->hops - SPECTRUM_DELAY - UT__ACTIVITY_DELAY);
    int signal = (flags & (UT_FRAME_DTMF | UT_FRAME_TONE)) != 0;
    f->flags |= flags;
    f->noise_dbfs = activity->noise_dbfs;
    f->speech = activity->speech && !signal;
    f->speech_prob = signal ? 0 : activity->prob;
    ut__syllables_push(&fx->syllables, &fx->an->syllables, &fx->activity, f->speech, &syllables);
    f->nucleus = syllables.nucleus;
    f->nuclei_syll_s = syllables.rate_syll_s;
}

/* Frame n - SPECTRUM_DELAY. */
static void add_spectrum(struct ut_features *fx)
{
    struct ut_frame *f = frame_at(fx, fx->hops - SPECTRUM_DELAY);
    const float *end = fx->buffer + fx->end;
    struct ut__spectrum_bins bins;
    ut__spectrum_push(&fx->spectrum, &fx->an->spectrum, end - UT__SPECTRUM_WINDOW, &bins, f);
    struct ut__activity_frame activity;
    int decided = ut__activity_push(&fx->activity, &fx->an->speech, f->mel_db, f->level_dbfs,
                                    (f->flags & UT_FRAME_SILENT) != 0, &activity);
    uint32_t flags = ut__line_push(&fx->line, &fx->heights[(fx->hops - SPECTRUM_DELAY) % 2],
                                   bins.power, bins.power_db, decided ? &activity : NULL);
    if (decided)
        add_speech(fx, &activity, flags);
}

/* Candidates of frame n - PITCH_DELAY; the decision on, quality and rate of the oldest frame. */
static void add_pitch(struct ut_features *fx)
{
    struct ut__pitch_result pitch;
    const float *end = fx->buffer + fx->end;
    ut__pitch_push(&fx->pitch, &fx->an->pitch, end - UT__PERIOD_WINDOW,
                   fx->since_silence < PITCH_HOPS, &pitch);
    if (fx->hops < UT_FEATURES_DELAY)
        return;
    struct ut_frame *f = frame_at(fx, fx->hops - UT_FEATURES_DELAY);
    f->voiced = (uint8_t)pitch.voiced;
    f->f0_hz = pitch.f0_hz > F0_HZ_MOST ? pitch.f0_hz / 2 : pitch.f0_hz; /* Cycles by twos. */
    f->voicing = pitch.voicing;
    ut__quality(end - UT_FEATURES_DELAY * UT_HOP_SAMPLES - UT_HOP_SAMPLES / 2, f);
    f->f0_hz = fminf(pitch.f0_hz, F0_HZ_MOST);
    ut__rate_push(&fx->rate, &fx->an->rate, &fx->activity, fx->syllables.density, f);
}

static void advance(struct ut_features *fx, const float *pcm, uint32_t flags)
{
    float *hop = next_hop(fx), raw[UT_HOP_SAMPLES];
    ut__sanitise(raw, pcm);
    ut__line_heights(&fx->heights[fx->hops % 2], raw);
    ut__highpass_push(&fx->highpass, &fx->an->highpass, hop, raw);
    start_frame(fx, raw, hop, flags);
    if (fx->hops >= SPECTRUM_DELAY)
        add_spectrum(fx);
    if (fx->hops >= PITCH_DELAY)
        add_pitch(fx);
    fx->hops++;
}

const float *ut__features_samples(const struct ut_features *fx)
{
    return fx->buffer + fx->end - FRAMES * UT_HOP_SAMPLES;
}

void ut__features_rate_sums(const struct ut_features *fx, float *cue)
{
    ut__rate_sums(&fx->rate, cue);
}

int ut_features_push(struct ut_features *fx, const float *pcm, uint32_t flags, struct ut_frame *out)
{
    advance(fx, pcm, flags);
    fx->pushed++;
    if (fx->pushed <= UT_FEATURES_DELAY)
        return 0;
    *out = *frame_at(fx, fx->given++);
    return 1;
}

int ut_features_flush(struct ut_features *fx, struct ut_frame *out)
{
    static const float silence[UT_HOP_SAMPLES];
    if (fx->given == fx->pushed)
        return 0;
    while (fx->hops < fx->given + FRAMES)
        advance(fx, silence, 0);
    *out = *frame_at(fx, fx->given++);
    return 1;
}
