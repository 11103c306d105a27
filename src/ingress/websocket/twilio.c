/* SPDX-License-Identifier: MIT */
/*
 * Twilio Media Streams, and those who speak like it: SignalWire word for word; Telnyx, whose keys
 * are in snake_case and whose order is not certain; Plivo, which sends no `connected`; Exotel, whose
 * samples are linear and whose chunks are long; Bandwidth, whose events have an `eventType` and
 * whose media lie in the message itself.
 *
 *     connected -> start -> media ... (dtmf, mark) -> stop
 *
 * Twilio, "Media Streams - WebSocket Messages"; Telnyx, "Media Streaming over WebSockets". Numbers
 * may come as strings. Each track numbers its chunks from 1; they are put in order by that number,
 * within a window. Media time follows the timestamps (milliseconds since the stream began, or since
 * 1970: then the first one begins it).
 */

#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ingress/websocket/ws_media.h"
#include "rtp/codec.h"

enum {
    RATE_HZ = 8000,       /* Where nobody says another. */
    WINDOW = 16,          /* Chunks, so 320 ms of 20, that one that is missing may hold up. */
    CHUNK_MAX_MS = 500,   /* Twilio sends 20 ms, Exotel 100. */
    SLACK_MS = 100,       /* Timestamps this far ahead of the samples are jitter, not a gap. */
    GAP_MAX_MS = 3600000, /* A longer jump is nonsense, a later first timestamp another clock's. */
    BLOCK = 800           /* Samples converted at a time. */
};

struct chunk {
    int64_t number; /* 0: free. */
    int64_t at_ms;
    size_t len;
    uint8_t *bytes; /* [len] */
};

struct track {
    int64_t next; /* Number of the chunk that is due; 0: none seen. */
    uint64_t samples;
    struct ut__rtp_decoder *g722; /* Made with its first samples. */
    struct chunk waiting[WINDOW]; /* Which came too early. */
};

enum state { CONNECTING, STARTING, STREAMING, OVER };

struct twilio {
    const struct ut__media_sink *sink;
    enum state state;
    struct ut__media_format format;
    int64_t base_ms; /* The timestamp that is the stream's beginning. */
    uint8_t has_agent;
    uint8_t caller_is_outbound;
    struct track tracks[UT_ROLE_COUNT];
};

static void init(void *state, const struct ut__media_sink *sink, const char *query)
{
    struct twilio *t = state;
    t->sink = sink;
    t->caller_is_outbound = strstr(query, "caller=outbound") != NULL;
}

static void over(struct twilio *t, uint16_t code, const char *reason)
{
    if (t->state == OVER)
        return;
    t->state = OVER;
    t->sink->close(t->sink->arg, code, reason);
}

/* The first member of these names that there is: vendors agree on what, not on the word. */
static const json_t *any_of(const json_t *object, const char *const *names)
{
    const json_t *value = NULL;
    for (; *names && !value; names++)
        value = ut__media_get(object, *names);
    return value;
}

#define ANY(object, ...) any_of(object, (const char *const[]){__VA_ARGS__, NULL})

/* Returns 0, or -1 when the stream is over: samples of a kind that is not read. */
static int read_format(struct twilio *t, const json_t *format)
{
    const char *encoding = json_string_value(ut__media_get(format, "encoding"));
    int64_t rate = ut__media_number(ANY(format, "sampleRate", "sample_rate"), 1000000);
    int64_t channels = ut__media_number(ut__media_get(format, "channels"), 1000);
    int err = ut__media_format_read(&t->format, encoding ? encoding : "pcmu");
    uint32_t hz = rate >= 0 ? (uint32_t)rate : t->format.rate_hz ? t->format.rate_hz : RATE_HZ;
    int wide = t->format.coding == UT__MEDIA_S16LE;
    if (t->format.coding == UT__MEDIA_G722 && hz == 16000)
        hz = RATE_HZ; /* Its clock is told as 8000 by some, by others as what it is. */
    t->format.rate_hz = hz;
    if (!err && channels <= 1 &&
        (wide ? hz >= UT_RATE_MIN_HZ && hz <= UT_RATE_MAX_HZ : hz == RATE_HZ))
        return 0;
    char name[24], reason[128];
    ut__media_copy(name, sizeof name, ut__media_get(format, "encoding"));
    snprintf(
        reason, sizeof reason,
        "%s%.24s at %u Hz is not read: choose PCMU, PCMA, G722 (8000 Hz) or L16 (8000 to 96000)",
        channels > 1 ? "more than one channel of " : "", encoding ? name : "no encoding", hz);
    over(t, UT__MEDIA_UNSUPPORTED, reason);
    return -1;
}

static const char *name_of(const json_t *track)
{
    const char *name = json_string_value(track);
    return name ? name : json_string_value(ut__media_get(track, "name"));
}

/* Which tracks will come: most list them; Telnyx does not, and may send both. */
static void read_tracks(struct twilio *t, const json_t *start)
{
    const json_t *tracks = ut__media_get(start, "tracks");
    size_t inbound = 0, outbound = 0;
    for (size_t i = 0; i < json_array_size(tracks) && i < 8; i++) {
        const char *name = name_of(json_array_get(tracks, i));
        inbound |= name && strncmp(name, "inbound", 7) == 0;
        outbound |= name && strncmp(name, "outbound", 8) == 0;
    }
    t->has_agent = json_is_array(tracks) ? inbound && outbound
                                         : !ut__media_get(start, "call_sid"); /* Exotel's one. */
}

static const json_t *format_of(const json_t *start)
{
    const json_t *format = ANY(start, "mediaFormat", "media_format");
    const json_t *track = json_array_get(ut__media_get(start, "tracks"), 0);
    return format ? format : ut__media_get(track, "mediaFormat");
}

static void on_start(struct twilio *t, const json_t *message)
{
    const json_t *start = ANY(message, "start", "metadata");
    struct ut__call_info info = {.id = ""};
    if (!json_is_object(start) || (t->state != STARTING && t->state != CONNECTING)) {
        over(t, UT__MEDIA_PROTOCOL, "start is out of order or empty");
        return;
    }
    if (read_format(t, format_of(start)))
        return;
    read_tracks(t, start);
    const json_t *custom = ANY(start, "customParameters", "custom_parameters");
    if (!custom)
        custom = ut__media_get(message, "streamParams");
    const char *caller = json_string_value(ut__media_get(custom, "caller_track"));
    if (caller)
        t->caller_is_outbound = strncmp(caller, "outbound", 8) == 0;
    ut__media_copy(
        info.id, sizeof info.id,
        ANY(start, "callSid", "call_sid", "callId", "call_control_id", "call_session_id"));
    ut__media_copy(info.caller, sizeof info.caller, ut__media_get(start, "from"));
    ut__media_labels(&info, custom);
    uint32_t hz = t->format.rate_hz;
    if (t->sink->open(t->sink->arg, &info, hz, t->has_agent ? hz : 0)) {
        over(t, UT__MEDIA_BUSY, "no more calls can be taken");
        return;
    }
    t->state = STREAMING;
}

/* Of a byte of this coding. */
static size_t samples_in(const struct twilio *t, size_t len)
{
    return t->format.coding == UT__MEDIA_S16LE ? len / 2 : len;
}

static void give_g722(struct twilio *t, enum ut_role role, const uint8_t *bytes, size_t len)
{
    const struct ut__rtp_format f = {
        .pt = 9, .codec = UT__RTP_G722, .channels = 1, .rate_hz = 8000};
    struct track *track = &t->tracks[role];
    float pcm[UT__RTP_PCM_MAX];
    int16_t s16[BLOCK];
    if (!track->g722 && ut__rtp_decoder_create(&track->g722, &f)) {
        over(t, UT__MEDIA_BUSY, "there is no memory for a decoder");
        return;
    }
    for (size_t run; len; len -= run, bytes += run) {
        run = len < BLOCK ? len : BLOCK;
        size_t n = ut__rtp_decoder_run(track->g722, pcm, bytes, run);
        for (size_t i = 0; i < n && i < BLOCK; i++)
            s16[i] = (int16_t)(pcm[i] * 32767.0f);
        if (n)
            t->sink->audio(t->sink->arg, role, UT__PORT_S16, s16, n * sizeof s16[0]);
    }
}

static void give(struct twilio *t, enum ut_role role, const uint8_t *bytes, size_t len)
{
    int16_t pcm[BLOCK];
    if (t->format.coding == UT__MEDIA_G722) {
        give_g722(t, role, bytes, len);
    } else if (t->format.coding != UT__MEDIA_S16LE) {
        int is_alaw = t->format.coding == UT__MEDIA_ALAW;
        t->sink->audio(t->sink->arg, role, is_alaw ? UT__PORT_ALAW : UT__PORT_ULAW, bytes, len);
    } else {
        for (size_t n = len / 2, run; n && t->state == STREAMING; n -= run, bytes += 2 * run) {
            run = n < BLOCK ? n : BLOCK;
            ut__media_s16(pcm, bytes, run);
            t->sink->audio(t->sink->arg, role, UT__PORT_S16, pcm, run * sizeof pcm[0]);
        }
    }
}

/* Gives a chunk out, after the gap before it if its timestamp tells of one. */
static void emit(struct twilio *t, enum ut_role role, const struct chunk *c)
{
    struct track *track = &t->tracks[role];
    uint32_t hz = t->format.rate_hz;
    if (t->base_ms == 0 && c->at_ms > GAP_MAX_MS)
        t->base_ms = c->at_ms;
    int64_t have_ms = (int64_t)(track->samples * 1000 / hz), at_ms = c->at_ms - t->base_ms;
    if (at_ms > have_ms + SLACK_MS && at_ms - have_ms < GAP_MAX_MS) {
        uint32_t lost = (uint32_t)((uint64_t)(at_ms - have_ms) * hz / 1000);
        t->sink->gap(t->sink->arg, role, lost);
        track->samples += lost;
    }
    give(t, role, c->bytes, c->len);
    track->samples += samples_in(t, c->len);
    track->next = c->number + 1;
}

static struct chunk *slot(struct track *track, int64_t number)
{
    return &track->waiting[number % WINDOW];
}

/* Gives out what waits, in order, up to and with the number `last`; what is missing is skipped. */
static void drain(struct twilio *t, enum ut_role role, int64_t last)
{
    struct track *track = &t->tracks[role];
    if (!track->next)
        return;
    for (int64_t n = track->next; n < track->next + WINDOW; n++) {
        struct chunk *c = slot(track, n);
        if (c->number == n) {
            emit(t, role, c);
            free(c->bytes);
            *c = (struct chunk){.bytes = NULL};
        } else if (n > last) {
            break;
        }
    }
}

/* Takes the chunk's bytes over. */
static void put_aside(struct twilio *t, enum ut_role role, struct chunk *c)
{
    struct track *track = &t->tracks[role];
    if (c->number >= track->next + WINDOW) { /* What is missing by now will not come. */
        drain(t, role, c->number - WINDOW);
        if (c->number >= track->next + WINDOW)
            track->next = c->number - WINDOW + 1;
    }
    free(slot(track, c->number)->bytes);
    *slot(track, c->number) = *c;
    c->bytes = NULL;
    drain(t, role, track->next - 1);
}

/* Returns 0 with bytes of the chunk's own, -1 for what is no chunk. */
static int decode(const struct twilio *t, struct chunk *c, const json_t *payload)
{
    size_t len = json_string_length(payload);
    const char *text = json_string_value(payload);
    if (!text || len == 0 || len % 4 || len > UT__MEDIA_MESSAGE_MAX)
        return -1;
    c->bytes = malloc(len / 4 * 3);
    if (!c->bytes)
        return -1;
    int n = EVP_DecodeBlock(c->bytes, (const unsigned char *)text, (int)len);
    if (n == (int)(len / 4 * 3))
        c->len = (size_t)n - (text[len - 1] == '=') - (text[len - 2] == '=');
    size_t samples = samples_in(t, c->len);
    if (samples && samples <= (size_t)t->format.rate_hz * CHUNK_MAX_MS / 1000 &&
        (t->format.coding != UT__MEDIA_S16LE || c->len % 2 == 0))
        return 0;
    free(c->bytes);
    return -1;
}

static void on_media(struct twilio *t, const json_t *message)
{
    const json_t *media = ut__media_get(message, "media");
    struct chunk c = {.bytes = NULL};
    if (!media)
        media = message; /* Bandwidth's. */
    const char *name = json_string_value(ut__media_get(media, "track"));
    if (t->state != STREAMING || decode(t, &c, ut__media_get(media, "payload"))) {
        over(t, UT__MEDIA_PROTOCOL, "media is out of order or not base64 of up to 500 ms");
        return;
    }
    int outbound = name && strncmp(name, "outbound", 8) == 0;
    enum ut_role role = outbound == t->caller_is_outbound ? UT_ROLE_CALLER : UT_ROLE_AGENT;
    struct track *track = &t->tracks[role];
    /* From 1, though some count from 0: our own numbers are one more. */
    c.number = ut__media_number(ut__media_get(media, "chunk"), INT64_MAX / 2) + 1;
    c.at_ms = ut__media_number(ut__media_get(media, "timestamp"), INT64_MAX / 2);
    if (c.number <= 0) /* Without a number the order of arrival is all there is. */
        c.number = track->next ? track->next : 1;
    if (!track->next)
        track->next = c.number <= 2 || c.number > WINDOW ? c.number : 2;
    if (c.number == track->next) {
        emit(t, role, &c);
        drain(t, role, track->next - 1);
    } else if (c.number > track->next) {
        put_aside(t, role, &c);
    } /* Else it comes after its time was given out, or twice. */
    free(c.bytes);
}

static void flush(struct twilio *t)
{
    for (int role = 0; role < UT_ROLE_COUNT; role++)
        drain(t, (enum ut_role)role, INT64_MAX);
}

static void on_event(struct twilio *t, const char *event, const json_t *message)
{
    if (strcasecmp(event, "media") == 0) {
        on_media(t, message);
    } else if (strcasecmp(event, "connected") == 0 && t->state == CONNECTING) {
        t->state = STARTING;
    } else if (strcasecmp(event, "start") == 0) {
        on_start(t, message);
    } else if (strcasecmp(event, "stop") == 0 && t->state == STREAMING) {
        flush(t);
        over(t, UT__MEDIA_NORMAL, "stop");
    } else if (t->state == CONNECTING) {
        over(t, UT__MEDIA_PROTOCOL, "connected or start must come first");
    } /* dtmf, mark, clear, error and what may come yet change nothing. */
}

static void text(void *state, const char *bytes, size_t len)
{
    struct twilio *t = state;
    if (t->state == OVER)
        return;
    json_t *message = json_loadb(bytes, len, 0, NULL);
    const char *event = json_string_value(ANY(message, "event", "eventType"));
    if (event)
        on_event(t, event, message);
    else
        over(t, UT__MEDIA_PROTOCOL, "a message that is no JSON object with an event");
    json_decref(message);
}

static void binary(void *state, const uint8_t *bytes, size_t len)
{
    (void)bytes;
    (void)len;
    over(state, UT__MEDIA_UNSUPPORTED, "media comes as text here");
}

static void ended(void *state, const char *reason)
{
    over(state, UT__MEDIA_NORMAL, reason);
}

static void destroy(void *state)
{
    struct twilio *t = state;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        for (int i = 0; i < WINDOW; i++)
            free(t->tracks[role].waiting[i].bytes);
        ut__rtp_decoder_destroy(t->tracks[role].g722);
    }
}

const struct ut__media_protocol ut__media_twilio = {.name = "twilio",
                                                    .state_bytes = sizeof(struct twilio),
                                                    .init = init,
                                                    .text = text,
                                                    .binary = binary,
                                                    .ended = ended,
                                                    .destroy = destroy};
