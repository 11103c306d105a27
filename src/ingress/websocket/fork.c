/* SPDX-License-Identifier: MIT */
/*
 * FreeSWITCH mod_audio_fork and mod_audio_stream, and jambonz' `listen`: one JSON text with
 * sampleRate and mixType, then binary frames of 16-bit linear little-endian samples.
 *
 * mono is the caller alone, stereo is caller and callee interleaved; mixed cannot be scored. A peer
 * that sends no JSON says the same in the query: ?sampleRate=16000&mixType=stereo.
 */

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ingress/websocket/media.h"

enum { RATE_STEP_HZ = 8000, BLOCK_SAMPLES = 960, DEFAULT_RATE_HZ = 8000 };

struct ut__fork {
    const struct ut__media_sink *sink;
    char query[256];
    uint32_t channels; /* 0: not known yet. */
    uint8_t over;
    uint8_t rest[4]; /* Of a sample, or of a pair, that a frame cut. */
    size_t rest_len;
};

static void init(void *state, const struct ut__media_sink *sink, const char *query)
{
    struct ut__fork *f = state;
    f->sink = sink;
    size_t len = strlen(query);
    if (len >= sizeof f->query)
        len = sizeof f->query - 1;
    memcpy(f->query, query, len);
}

static void over(struct ut__fork *f, uint16_t code, const char *reason)
{
    if (f->over)
        return;
    f->over = 1;
    f->sink->close(f->sink->arg, code, reason);
}

static int64_t query_rate(const char *query)
{
    const char *at = strstr(query, "sampleRate=");
    return at ? strtol(at + strlen("sampleRate="), NULL, 10) : -1;
}

static int open_call(struct ut__fork *f, const json_t *meta)
{
    struct ut__call_info info = {.id = ""};
    int64_t rate = ut__media_number(json_object_get(meta, "sampleRate"), UT_RATE_MAX_HZ);
    const char *mix = json_string_value(json_object_get(meta, "mixType"));
    if (rate < 0)
        rate = query_rate(f->query);
    if (rate < 0)
        rate = DEFAULT_RATE_HZ;
    int stereo = mix ? strcmp(mix, "stereo") == 0 : strstr(f->query, "mixType=stereo") != NULL;
    int mixed = mix ? strcmp(mix, "mixed") == 0 : strstr(f->query, "mixType=mixed") != NULL;
    if (mixed) {
        over(f, UT__MEDIA_POLICY, "mixed voices are not scored: fork with mixType mono or stereo");
        return -1;
    }
    if (rate < UT_RATE_MIN_HZ || rate > UT_RATE_MAX_HZ || rate % RATE_STEP_HZ) {
        over(f, UT__MEDIA_UNSUPPORTED, "sampleRate must be a multiple of 8000, up to 96000");
        return -1;
    }
    const json_t *id = json_object_get(meta, "callSid");
    ut__media_copy(info.id, sizeof info.id, id ? id : json_object_get(meta, "uuid"));
    ut__media_copy(info.caller, sizeof info.caller, json_object_get(meta, "from"));
    ut__media_labels(&info, meta);
    f->channels = stereo ? 2 : 1;
    if (f->sink->open(f->sink->arg, &info, (uint32_t)rate, stereo ? (uint32_t)rate : 0)) {
        over(f, UT__MEDIA_BUSY, "no more calls can be taken");
        return -1;
    }
    return 0;
}

static void text(void *state, const char *bytes, size_t len)
{
    struct ut__fork *f = state;
    if (f->over || f->channels)
        return; /* Events such as DTMF change nothing. */
    json_t *meta = json_loadb(bytes, len, 0, NULL);
    if (json_is_object(meta))
        (void)open_call(f, meta);
    else
        over(f, UT__MEDIA_PROTOCOL, "the first message is no JSON object");
    json_decref(meta);
}

static int16_t sample(const uint8_t *p)
{
    return (int16_t)(uint16_t)(p[0] | p[1] << 8);
}

/* Whole samples or pairs: [n]. */
static void give(struct ut__fork *f, const uint8_t *p, size_t n)
{
    int16_t pcm[2][BLOCK_SAMPLES];
    while (n) {
        size_t k = n < BLOCK_SAMPLES ? n : BLOCK_SAMPLES;
        for (size_t i = 0; i < k; i++)
            for (uint32_t c = 0; c < f->channels; c++, p += 2)
                pcm[c][i] = sample(p);
        f->sink->audio(f->sink->arg, UT_ROLE_CALLER, UT__PORT_S16, pcm[0], k * sizeof pcm[0][0]);
        if (f->channels == 2 && !f->over)
            f->sink->audio(f->sink->arg, UT_ROLE_AGENT, UT__PORT_S16, pcm[1], k * sizeof pcm[1][0]);
        n -= k;
    }
}

static void binary(void *state, const uint8_t *bytes, size_t len)
{
    struct ut__fork *f = state;
    if (f->over || (!f->channels && open_call(f, NULL)))
        return;
    size_t unit = 2 * (size_t)f->channels;
    if (f->rest_len) {
        while (f->rest_len < unit && f->rest_len < sizeof f->rest && len) {
            f->rest[f->rest_len++] = *bytes++;
            len--;
        }
        if (f->rest_len < unit)
            return;
        give(f, f->rest, 1);
        f->rest_len = 0;
    }
    give(f, bytes, len / unit);
    f->rest_len = len % unit;
    if (f->rest_len)
        memcpy(f->rest, bytes + len - f->rest_len, f->rest_len);
}

static void ended(void *state, const char *reason)
{
    over(state, UT__MEDIA_NORMAL, reason);
}

static void destroy(void *state)
{
    (void)state;
}

const struct ut__media_protocol ut__media_fork = {.name = "fork",
                                                  .state_bytes = sizeof(struct ut__fork),
                                                  .init = init,
                                                  .text = text,
                                                  .binary = binary,
                                                  .ended = ended,
                                                  .destroy = destroy};
