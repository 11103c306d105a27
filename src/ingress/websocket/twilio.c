/* SPDX-License-Identifier: MIT */
/*
 * Twilio Media Streams, and Telnyx, whose keys are in snake_case and whose order is not certain.
 *
 *     connected -> start -> media ... (dtmf, mark) -> stop
 *
 * Twilio, "Media Streams - WebSocket Messages"; Telnyx, "Media Streaming over WebSockets". Numbers
 * may come as strings. Each track numbers its chunks from 1; they are put in order by that number,
 * within a window. Media time follows the timestamps (milliseconds since the stream began).
 */

#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "ingress/websocket/media.h"

enum {
    RATE_HZ = 8000,
    SAMPLES_PER_MS = RATE_HZ / 1000,
    WINDOW = 16,         /* Chunks, so 320 ms, that one that is missing may hold up. */
    CHUNK_MAX = 1600,    /* 200 ms; Twilio sends 20 ms. */
    SLACK_MS = 100,      /* Timestamps this far ahead of the samples are jitter, not a gap. */
    GAP_MAX_MS = 3600000 /* A longer jump is nonsense. */
};

struct chunk {
    int64_t number; /* 0: free. */
    int64_t at_ms;
    size_t len;
    uint8_t bytes[CHUNK_MAX];
};

struct track {
    int64_t next; /* Number of the chunk that is due; 0: none seen. */
    uint64_t samples;
    struct chunk *waiting; /* [WINDOW], had when a chunk first came too early. */
};

enum state { CONNECTING, STARTING, STREAMING, OVER };

struct twilio {
    const struct ut__media_sink *sink;
    enum state state;
    enum ut__port_codec codec;
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

static const json_t *either(const json_t *object, const char *camel, const char *snake)
{
    const json_t *value = json_object_get(object, camel);
    return value ? value : json_object_get(object, snake);
}

/* Returns 0, or -1 for an encoding that is not read. */
static int read_format(struct twilio *t, const json_t *format)
{
    const char *encoding = json_string_value(json_object_get(format, "encoding"));
    int64_t rate = ut__media_number(either(format, "sampleRate", "sample_rate"), 1000000);
    int64_t channels = ut__media_number(json_object_get(format, "channels"), 1000);
    if (!encoding || strcmp(encoding, "audio/x-mulaw") == 0 || strcmp(encoding, "PCMU") == 0)
        t->codec = UT__PORT_ULAW;
    else if (strcmp(encoding, "audio/x-alaw") == 0 || strcmp(encoding, "PCMA") == 0)
        t->codec = UT__PORT_ALAW;
    else
        return -1;
    return (rate == -1 || rate == RATE_HZ) && (channels == -1 || channels == 1) ? 0 : -1;
}

/* Which tracks will come: Twilio lists them; Telnyx does not, and may send both. */
static void read_tracks(struct twilio *t, const json_t *start)
{
    const json_t *tracks = json_object_get(start, "tracks");
    size_t inbound = 0, outbound = 0;
    for (size_t i = 0; i < json_array_size(tracks) && i < 8; i++) {
        const char *name = json_string_value(json_array_get(tracks, i));
        inbound |= name && strncmp(name, "inbound", 7) == 0;
        outbound |= name && strncmp(name, "outbound", 8) == 0;
    }
    t->has_agent = json_is_array(tracks) ? inbound && outbound : 1;
}

static void on_start(struct twilio *t, const json_t *message)
{
    const json_t *start = json_object_get(message, "start");
    struct ut__call_info info = {.id = ""};
    if (!json_is_object(start) || t->state != STARTING) {
        over(t, UT__MEDIA_PROTOCOL, "start is out of order or empty");
        return;
    }
    if (read_format(t, either(start, "mediaFormat", "media_format"))) {
        over(t, UT__MEDIA_UNSUPPORTED, "only mu-law and A-law at 8000 Hz are read");
        return;
    }
    read_tracks(t, start);
    const json_t *custom = either(start, "customParameters", "custom_parameters");
    const char *caller = json_string_value(json_object_get(custom, "caller_track"));
    if (caller)
        t->caller_is_outbound = strncmp(caller, "outbound", 8) == 0;
    const json_t *id = either(start, "callSid", "call_control_id");
    ut__media_copy(info.id, sizeof info.id, id ? id : json_object_get(start, "call_session_id"));
    ut__media_copy(info.caller, sizeof info.caller, json_object_get(start, "from"));
    ut__media_labels(&info, custom);
    if (t->sink->open(t->sink->arg, &info, RATE_HZ, t->has_agent ? RATE_HZ : 0)) {
        over(t, UT__MEDIA_BUSY, "no more calls can be taken");
        return;
    }
    t->state = STREAMING;
}

/* Gives a chunk out, after the gap before it if its timestamp tells of one. */
static void emit(struct twilio *t, enum ut_role role, const struct chunk *c)
{
    struct track *track = &t->tracks[role];
    int64_t have_ms = (int64_t)(track->samples / SAMPLES_PER_MS);
    if (c->at_ms > have_ms + SLACK_MS && c->at_ms - have_ms < GAP_MAX_MS) {
        uint32_t lost = (uint32_t)(c->at_ms - have_ms) * SAMPLES_PER_MS;
        t->sink->gap(t->sink->arg, role, lost);
        track->samples += lost;
    }
    t->sink->audio(t->sink->arg, role, t->codec, c->bytes, c->len);
    track->samples += c->len;
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
    if (!track->waiting)
        return;
    for (int64_t n = track->next; n < track->next + WINDOW; n++) {
        struct chunk *c = slot(track, n);
        if (c->number == n) {
            emit(t, role, c);
            c->number = 0;
        } else if (n > last) {
            break;
        }
    }
}

static void put_aside(struct twilio *t, enum ut_role role, const struct chunk *c)
{
    struct track *track = &t->tracks[role];
    if (!track->waiting)
        track->waiting = calloc(WINDOW, sizeof *track->waiting);
    if (!track->waiting) {
        emit(t, role, c);
        return;
    }
    if (c->number >= track->next + WINDOW) { /* What is missing by now will not come. */
        drain(t, role, c->number - WINDOW);
        if (c->number >= track->next + WINDOW)
            track->next = c->number - WINDOW + 1;
    }
    *slot(track, c->number) = *c;
    drain(t, role, track->next - 1);
}

static int decode(struct chunk *c, const json_t *payload)
{
    size_t len = json_string_length(payload);
    const char *text = json_string_value(payload);
    uint8_t raw[CHUNK_MAX + 3];
    if (!text || len == 0 || len % 4 || len / 4 * 3 > sizeof raw)
        return -1;
    int n = EVP_DecodeBlock(raw, (const unsigned char *)text, (int)len);
    if (n < 0 || n != (int)(len / 4 * 3))
        return -1;
    c->len = (size_t)n - (text[len - 1] == '=') - (text[len - 2] == '=');
    if (c->len > CHUNK_MAX)
        return -1;
    memcpy(c->bytes, raw, c->len);
    return 0;
}

static void on_media(struct twilio *t, const json_t *message)
{
    const json_t *media = json_object_get(message, "media");
    const char *name = json_string_value(json_object_get(media, "track"));
    struct chunk c;
    if (t->state != STREAMING || decode(&c, json_object_get(media, "payload"))) {
        over(t, UT__MEDIA_PROTOCOL, "media is out of order or not base64 of up to 200 ms");
        return;
    }
    int outbound = name && strncmp(name, "outbound", 8) == 0;
    enum ut_role role = outbound == t->caller_is_outbound ? UT_ROLE_CALLER : UT_ROLE_AGENT;
    struct track *track = &t->tracks[role];
    /* From 1, though some count from 0: our own numbers are one more. */
    c.number = ut__media_number(json_object_get(media, "chunk"), INT64_MAX / 2) + 1;
    c.at_ms = ut__media_number(json_object_get(media, "timestamp"), INT64_MAX / 2);
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
}

static void flush(struct twilio *t)
{
    for (int role = 0; role < UT_ROLE_COUNT; role++)
        drain(t, (enum ut_role)role, INT64_MAX);
}

static void on_event(struct twilio *t, const char *event, const json_t *message)
{
    if (strcmp(event, "media") == 0) {
        on_media(t, message);
    } else if (strcmp(event, "connected") == 0 && t->state == CONNECTING) {
        t->state = STARTING;
    } else if (strcmp(event, "start") == 0) {
        on_start(t, message);
    } else if (strcmp(event, "stop") == 0 && t->state == STREAMING) {
        flush(t);
        over(t, UT__MEDIA_NORMAL, "stop");
    } else if (t->state == CONNECTING) {
        over(t, UT__MEDIA_PROTOCOL, "connected must come first");
    } /* dtmf, mark, clear, error and what may come yet change nothing. */
}

static void text(void *state, const char *bytes, size_t len)
{
    struct twilio *t = state;
    if (t->state == OVER)
        return;
    json_t *message = json_loadb(bytes, len, 0, NULL);
    const char *event = json_string_value(json_object_get(message, "event"));
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
    for (int role = 0; role < UT_ROLE_COUNT; role++)
        free(t->tracks[role].waiting);
}

const struct ut__media_protocol ut__media_twilio = {.name = "twilio",
                                                    .state_bytes = sizeof(struct twilio),
                                                    .init = init,
                                                    .text = text,
                                                    .binary = binary,
                                                    .ended = ended,
                                                    .destroy = destroy};
