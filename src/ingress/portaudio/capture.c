/* SPDX-License-Identifier: MIT */
/*
 * Open streams of PortAudio and the rings behind their callbacks.
 *
 *     PortAudio's thread: callback -> blocks -> [ring of the role]   (full: count, tell the next)
 *     the reader:         ut__capture_read <- [ring]
 *
 * Two roles on one device share its stream, as some devices can be opened only once.
 */

#include "ingress/portaudio/capture.h"

#include <portaudio.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ring.h"
#include "ingress/portaudio/devices.h"

enum {
    RING_BLOCKS = 1024, /* Five seconds at 48 kHz. */
    CHANNELS_MAX = 32,
    LOST_MAX_S = 10 /* A longer loss inside a running stream is a broken clock. */
};

/* What a device asks for by itself may be seconds. */
#define LATENCY_S 0.1

struct block {
    uint32_t n, lost;
    uint32_t damaged;
    float pcm[UT__CAPTURE_BLOCK];
};

/* One role's part of a stream. */
struct tap {
    uint32_t channel; /* From 0. */
    uint32_t pending; /* Samples lost that the next block tells; the callback's. */
    struct ut__ring ring;
    struct block *mem;
    struct block current; /* The reader's. */
};

struct stream {
    PaStream *pa;
    struct tap *taps[UT_ROLE_COUNT];
    uint32_t tap_count;
    uint32_t channels, rate_hz;
    double next_s;              /* When the next buffer's first sample is due; the callback's. */
    _Atomic uint32_t callbacks; /* So that the reader sees whether sound still comes. */
    _Atomic uint64_t overruns;
    uint32_t seen; /* The reader's copy of callbacks, and when it last changed. */
    int64_t seen_us;
};

struct ut__capture {
    struct stream streams[UT_ROLE_COUNT];
    uint32_t stream_count;
    struct tap taps[UT_ROLE_COUNT];
    struct stream *of_role[UT_ROLE_COUNT];
    char names[UT_ROLE_COUNT][UT__CAPTURE_NAME_MAX];
    int begun;
};

/* One channel of a buffer into its ring, block by block. */
static void take(struct stream *s, struct tap *t, const float *in, size_t frames, int damaged)
{
    struct block b;
    in += t->channel;
    while (frames) {
        b.n = frames < UT__CAPTURE_BLOCK ? (uint32_t)frames : UT__CAPTURE_BLOCK;
        for (uint32_t i = 0; i < b.n; i++)
            b.pcm[i] = in[(size_t)i * s->channels];
        b.lost = t->pending;
        b.damaged = (uint32_t)damaged;
        if (ut__ring_write_all(&t->ring, &b, 1)) {
            t->pending = 0;
        } else {
            t->pending += b.n;
            atomic_fetch_add_explicit(&s->overruns, 1, memory_order_relaxed);
        }
        damaged = 0;
        in += (size_t)b.n * s->channels;
        frames -= b.n;
    }
}

static int on_sound(const void *input, void *output, unsigned long frames,
                    const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags, void *arg)
{
    struct stream *s = arg;
    (void)output;
    double began_s = time ? time->inputBufferAdcTime : 0;
    uint32_t lost = 0;
    int damaged = 0;
    if (flags & paInputOverflow) {
        double gap = (began_s - s->next_s) * s->rate_hz;
        if (s->next_s > 0 && gap >= 1 && gap < LOST_MAX_S * (double)s->rate_hz)
            lost = (uint32_t)gap;
        damaged = lost == 0;
        atomic_fetch_add_explicit(&s->overruns, 1, memory_order_relaxed);
    }
    s->next_s = began_s > 0 ? began_s + (double)frames / s->rate_hz : 0;
    for (uint32_t i = 0; input && i < s->tap_count; i++) {
        s->taps[i]->pending += lost;
        take(s, s->taps[i], input, frames, damaged);
    }
    atomic_fetch_add_explicit(&s->callbacks, 1, memory_order_relaxed);
    return paContinue;
}

static uint32_t rate_for(const struct ut__capture_device *d, uint32_t wanted)
{
    uint32_t rate = wanted ? wanted : d->rate_hz;
    if (rate > UT_RATE_MAX_HZ)
        return 48000;
    return rate < UT_RATE_MIN_HZ ? UT_RATE_MIN_HZ : rate;
}

/* Opens with the channels that are needed; some devices only give all that they have. */
static PaError open_stream(struct stream *s, const struct ut__capture_device *d, uint32_t channels)
{
    const PaStreamParameters in = {.device = d->number,
                                   .channelCount = (int)channels,
                                   .sampleFormat = paFloat32,
                                   .suggestedLatency = LATENCY_S};
    s->channels = channels;
    PaError err = Pa_OpenStream(&s->pa, &in, NULL, s->rate_hz, paFramesPerBufferUnspecified,
                                paClipOff, on_sound, s);
    if (err == paNoError)
        err = Pa_StartStream(s->pa);
    if (err != paNoError && s->pa) {
        (void)Pa_CloseStream(s->pa);
        s->pa = NULL;
    }
    return err;
}

static int start_stream(struct stream *s, const struct ut__capture_device *d, char *why)
{
    uint32_t needed = 1;
    for (uint32_t i = 0; i < s->tap_count; i++)
        if (s->taps[i]->channel + 1 > needed)
            needed = s->taps[i]->channel + 1;
    int saved = ut__portaudio_hush();
    PaError err = open_stream(s, d, needed);
    if (err == paInvalidChannelCount && d->channels != needed && d->channels <= CHANNELS_MAX)
        err = open_stream(s, d, d->channels);
    ut__portaudio_unhush(saved);
    if (err == paNoError)
        return 0;
    const PaHostErrorInfo *host = Pa_GetLastHostErrorInfo();
    (void)snprintf(why, UT__CAPTURE_WHY_MAX, "%s cannot be opened at %u Hz: %s%s%s", d->name,
                   s->rate_hz, Pa_GetErrorText(err),
                   err == paUnanticipatedHostError && host ? ": " : "",
                   err == paUnanticipatedHostError && host ? host->errorText : "");
    return UT_EIO;
}

static int add_tap(struct ut__capture *c, struct stream *s, enum ut_role role, uint32_t channel)
{
    struct tap *t = &c->taps[role];
    t->channel = channel;
    t->mem = malloc(RING_BLOCKS * sizeof *t->mem);
    if (!t->mem || ut__ring_init(&t->ring, t->mem, sizeof *t->mem, RING_BLOCKS))
        return UT_ENOMEM;
    s->taps[s->tap_count++] = t;
    c->of_role[role] = s;
    return 0;
}

/* The taps of both roles first, then the streams: a stream must not start before its second tap. */
static int open_all(struct ut__capture *c, const struct ut__capture_want *want,
                    const struct ut__capture_device *devices, size_t count, char *why)
{
    const struct ut__capture_device *of_stream[UT_ROLE_COUNT] = {NULL};
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        if (!want[role].device)
            continue;
        int found = ut__portaudio_choose(devices, count, want[role].device, why);
        if (found < 0)
            return found;
        const struct ut__capture_device *d = &devices[found];
        uint32_t channel = want[role].channel ? want[role].channel - 1 : 0;
        if (channel >= d->channels) {
            (void)snprintf(why, UT__CAPTURE_WHY_MAX, "%s has %u channels, not %u", d->name,
                           d->channels, channel + 1);
            return UT_EINVAL;
        }
        uint32_t i = 0;
        while (i < c->stream_count && of_stream[i] != d)
            i++;
        if (i == c->stream_count) {
            of_stream[i] = d;
            c->stream_count++;
            c->streams[i].rate_hz = rate_for(d, want[role].rate_hz);
        }
        memcpy(c->names[role], d->name, sizeof d->name);
        if (add_tap(c, &c->streams[i], (enum ut_role)role, channel)) {
            (void)snprintf(why, UT__CAPTURE_WHY_MAX, "out of memory");
            return UT_ENOMEM;
        }
    }
    for (uint32_t i = 0; i < c->stream_count; i++) {
        int err = of_stream[i] ? start_stream(&c->streams[i], of_stream[i], why) : UT_EINVAL;
        if (err)
            return err;
    }
    return 0;
}

int ut__capture_open(struct ut__capture **out, const struct ut__capture_want want[UT_ROLE_COUNT],
                     char *why)
{
    struct ut__capture *c = aligned_alloc(_Alignof(struct ut__capture), sizeof *c);
    struct ut__capture_device *devices = calloc(UT__CAPTURE_DEVICES_MAX, sizeof *devices);
    int err = UT_ENOMEM;
    (void)snprintf(why, UT__CAPTURE_WHY_MAX, "out of memory");
    if (c)
        memset(c, 0, sizeof *c);
    if (!c || !devices)
        goto out;
    err = ut__portaudio_begin();
    if (err) {
        (void)snprintf(why, UT__CAPTURE_WHY_MAX, "the sound system of this machine does not start");
        goto out;
    }
    c->begun = 1;
    int count = ut__portaudio_list(devices, UT__CAPTURE_DEVICES_MAX);
    if (count > UT__CAPTURE_DEVICES_MAX)
        count = UT__CAPTURE_DEVICES_MAX;
    err = open_all(c, want, devices, (size_t)count, why);
out:
    free(devices);
    if (err)
        ut__capture_close(c);
    else
        *out = c;
    return err;
}

void ut__capture_close(struct ut__capture *c)
{
    if (!c)
        return;
    int saved = ut__portaudio_hush();
    for (uint32_t i = 0; i < c->stream_count; i++)
        if (c->streams[i].pa) {
            (void)Pa_AbortStream(c->streams[i].pa);
            (void)Pa_CloseStream(c->streams[i].pa);
        }
    ut__portaudio_unhush(saved);
    if (c->begun)
        ut__portaudio_end();
    for (int role = 0; role < UT_ROLE_COUNT; role++)
        free(c->taps[role].mem);
    free(c);
}

uint32_t ut__capture_rate(const struct ut__capture *c, enum ut_role role)
{
    return c->of_role[role] ? c->of_role[role]->rate_hz : 0;
}

const char *ut__capture_name(const struct ut__capture *c, enum ut_role role)
{
    return c->names[role];
}

int ut__capture_read(struct ut__capture *c, enum ut_role role, struct ut__capture_block *block)
{
    struct tap *t = &c->taps[role];
    if (!c->of_role[role] || ut__ring_read(&t->ring, &t->current, 1) == 0)
        return 0;
    *block = (struct ut__capture_block){.pcm = t->current.pcm,
                                        .n = t->current.n,
                                        .lost = t->current.lost,
                                        .damaged = (int)t->current.damaged};
    return 1;
}

int ut__capture_alive(struct ut__capture *c, int64_t now_us)
{
    for (uint32_t i = 0; i < c->stream_count; i++) {
        struct stream *s = &c->streams[i];
        uint32_t callbacks = atomic_load_explicit(&s->callbacks, memory_order_relaxed);
        if (callbacks != s->seen || s->seen_us == 0) {
            s->seen = callbacks;
            s->seen_us = now_us;
        }
        int64_t patience_us = s->seen ? UT__CAPTURE_SILENT_US : UT__CAPTURE_FIRST_US;
        if (Pa_IsStreamActive(s->pa) != 1 || now_us - s->seen_us > patience_us)
            return 0;
    }
    return 1;
}

uint64_t ut__capture_overruns(const struct ut__capture *c)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < c->stream_count; i++)
        sum += atomic_load_explicit(&c->streams[i].overruns, memory_order_relaxed);
    return sum;
}
