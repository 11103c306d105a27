/* SPDX-License-Identifier: MIT */
/*
 * A text that tells how the samples are coded, then binary frames of samples alone:
 *
 *     mod_audio_fork, jambonz    {"sampleRate":16000,"mixType":"stereo", ...}
 *     mod_audio_stream           any text, or none; the query says the rest
 *     Vonage                     {"event":"websocket:connected","content-type":"audio/l16;rate=16000"}
 *     Asterisk's chan_websocket  MEDIA_START connection_id:... format:slin16 ..., or the same as JSON
 *
 * mono is the caller alone, stereo is caller and callee interleaved; mixed cannot be scored. What
 * the text leaves out stands in the query: ?sampleRate=16000&mixType=stereo&format=ulaw. The rest is
 * 16-bit linear, little-endian, 8000 Hz, mono.
 */

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingress/websocket/ws_media.h"

enum {
    BLOCK_SAMPLES = 960,
    DEFAULT_RATE_HZ = 8000,
    WORDS_MAX = 32, /* Of a plain text; more are not looked at. */
    WORD_MAX = 256
};

struct ut__fork {
    const struct ut__media_sink *sink;
    char query[256];
    uint32_t channels; /* 0: not known yet. */
    enum ut__media_coding coding;
    uint8_t over;
    uint8_t rest[4]; /* Of a sample, or of a pair, that a frame cut. */
    size_t rest_len;
};

struct fork_format {
    enum ut__media_coding coding;
    uint32_t rate_hz;
    int stereo;
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

/* The value of a name in the query, cut to fit; "" for none. */
static void query_value(char *out, size_t cap, const char *query, const char *name)
{
    size_t n = strlen(name);
    out[0] = 0;
    for (const char *at = query; at; at = strchr(at, '&')) {
        at += *at == '?' || *at == '&';
        if (strncmp(at, name, n) != 0 || at[n] != '=')
            continue;
        size_t len = strcspn(at + n + 1, "&");
        len = len < cap ? len : cap - 1;
        memcpy(out, at + n + 1, len);
        out[len] = 0;
        return;
    }
}

/* How the samples are coded, from the text, or else from the query. Returns 0, or -1 when the stream
 * is over: it is none that is read. */
static int read_format(struct fork_format *out, struct ut__fork *f, const json_t *meta)
{
    char name[48], rate[16], mix[16], reason[128];
    const json_t *format = ut__media_get(meta, "format");
    ut__media_copy(name, sizeof name, format ? format : ut__media_get(meta, "content-type"));
    ut__media_copy(mix, sizeof mix, ut__media_get(meta, "mixType"));
    query_value(rate, sizeof rate, f->query, "sampleRate");
    if (!name[0])
        query_value(name, sizeof name, f->query, "format");
    if (!mix[0])
        query_value(mix, sizeof mix, f->query, "mixType");
    struct ut__media_format coded = {UT__MEDIA_S16LE, 0};
    int known = !name[0] || ut__media_format_read(&coded, name) == 0;
    int64_t hz = ut__media_number(ut__media_get(meta, "sampleRate"), 1000000);
    if (hz < 0)
        hz = coded.rate_hz ? coded.rate_hz : rate[0] ? strtol(rate, NULL, 10) : DEFAULT_RATE_HZ;
    *out = (struct fork_format){.coding = coded.coding, .stereo = strcmp(mix, "stereo") == 0};
    if (strcmp(mix, "mixed") == 0) {
        over(f, UT__MEDIA_POLICY, "mixed voices are not scored: fork with mixType mono or stereo");
        return -1;
    }
    if (!known || coded.coding == UT__MEDIA_G722) {
        snprintf(reason, sizeof reason,
                 "the format %s is not read: choose slin, slin16, ulaw or alaw", name);
        over(f, UT__MEDIA_UNSUPPORTED, reason);
        return -1;
    }
    if (hz < UT_RATE_MIN_HZ || hz > UT_RATE_MAX_HZ) {
        over(f, UT__MEDIA_UNSUPPORTED, "sampleRate must be from 8000 to 96000");
        return -1;
    }
    out->rate_hz = (uint32_t)hz;
    return 0;
}

static int open_call(struct ut__fork *f, const json_t *meta)
{
    static const char *const ids[] = {"callSid", "uuid", "channel_id", "connection_id"};
    struct ut__call_info info = {.id = ""};
    struct fork_format format;
    if (read_format(&format, f, meta))
        return -1;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0] && !info.id[0]; i++)
        ut__media_copy(info.id, sizeof info.id, ut__media_get(meta, ids[i]));
    const json_t *from = ut__media_get(meta, "from");
    ut__media_copy(info.caller, sizeof info.caller, from ? from : ut__media_get(meta, "caller_id"));
    ut__media_labels(&info, meta);
    f->channels = format.stereo ? 2 : 1;
    f->coding = format.coding;
    uint32_t agent_hz = format.stereo ? format.rate_hz : 0;
    if (f->sink->open(f->sink->arg, &info, format.rate_hz, agent_hz)) {
        over(f, UT__MEDIA_BUSY, "no more calls can be taken");
        return -1;
    }
    return 0;
}

/* MEDIA_START and its `name:value` words as the JSON object that newer versions send. */
static json_t *plain_start(const char *bytes, size_t len)
{
    static const char start[] = "MEDIA_START";
    size_t at = sizeof start - 1;
    if (len < at || strncmp(bytes, start, at) != 0)
        return NULL;
    json_t *meta = json_object();
    for (int words = 0; at < len && words < WORDS_MAX; words++) {
        size_t n = 0, colon;
        while (at < len && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r'))
            at++;
        while (at + n < len && bytes[at + n] != ' ' && bytes[at + n] != '\n' &&
               bytes[at + n] != '\r')
            n++;
        for (colon = 0; colon < n && bytes[at + colon] != ':'; colon++)
            ;
        char name[WORD_MAX];
        if (colon > 0 && colon < n && colon < sizeof name) {
            memcpy(name, bytes + at, colon);
            name[colon] = 0;
            /* What is no UTF-8 is refused, and left out. */
            json_object_set_new(meta, name, json_stringn(bytes + at + colon + 1, n - colon - 1));
        }
        at += n;
    }
    return meta;
}

static void text(void *state, const char *bytes, size_t len)
{
    struct ut__fork *f = state;
    if (f->over || f->channels)
        return; /* Events such as DTMF change nothing. */
    json_t *meta = json_loadb(bytes, len, 0, NULL);
    if (!meta)
        meta = plain_start(bytes, len);
    if (json_is_object(meta))
        (void)open_call(f, meta);
    json_decref(meta); /* Any other text is the metadata of somebody who sends what he likes. */
}

/* Whole samples or pairs: [n]. */
static void give(struct ut__fork *f, const uint8_t *p, size_t n)
{
    static const enum ut__port_codec codecs[] = {
        [UT__MEDIA_ULAW] = UT__PORT_ULAW,
        [UT__MEDIA_ALAW] = UT__PORT_ALAW,
        [UT__MEDIA_S16LE] = UT__PORT_S16,
    };
    size_t width = f->coding == UT__MEDIA_S16LE ? 2 : 1, step = width * f->channels;
    for (size_t k; n; n -= k, p += k * step) {
        k = n < BLOCK_SAMPLES ? n : BLOCK_SAMPLES;
        for (uint32_t c = 0; c < f->channels && !f->over; c++) {
            uint8_t one[BLOCK_SAMPLES * sizeof(int16_t)];
            int16_t pcm[BLOCK_SAMPLES];
            const void *samples = one;
            for (size_t i = 0; i < k; i++)
                memcpy(one + i * width, p + i * step + c * width, width);
            if (width == 2) {
                ut__media_s16(pcm, one, k);
                samples = pcm;
            }
            f->sink->audio(f->sink->arg, c ? UT_ROLE_AGENT : UT_ROLE_CALLER, codecs[f->coding],
                           samples, k * width);
        }
    }
}

static void binary(void *state, const uint8_t *bytes, size_t len)
{
    struct ut__fork *f = state;
    if (f->over || (!f->channels && open_call(f, NULL)))
        return;
    size_t unit = (f->coding == UT__MEDIA_S16LE ? 2 : 1) * (size_t)f->channels;
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
