/* SPDX-License-Identifier: MIT */
/*
 * Genesys AudioHook, protocol version 2, the server's side.
 *
 *     open -> opened -> binary audio ... ping -> pong, paused, resumed, discarded, update
 *          -> close -> closed
 *     ours, to end: disconnect, and the client answers with close
 *
 * Genesys Cloud Developer Center, "AudioHook Protocol Reference". Audio is PCMU at 8000 Hz,
 * interleaved sample by sample when both channels come: external is the caller, internal the agent.
 * Media time follows the samples; what the client says it discarded, and what its position says is
 * missing, is a gap.
 */

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingress/websocket/ws_media.h"

enum {
    RATE_HZ = 8000,
    ID_MAX = 64,
    BLOCK = 800,
    OFFERS_MAX = 16,
    SLACK_SAMPLES = RATE_HZ / 5, /* Position this far ahead of the samples is no gap yet. */
    GAP_MAX_SAMPLES = 3600 * RATE_HZ
};

enum state { OPENING, STREAMING, PROBED, LEAVING, OVER };

struct audiohook {
    const struct ut__media_sink *sink;
    enum state state;
    char id[ID_MAX];
    int64_t client_seq, server_seq;
    uint32_t channels;
    int32_t caller_at; /* Index of the caller's sample in a frame. */
    uint8_t paused;
    uint64_t samples; /* Of each channel, gaps included. */
    uint8_t rest;     /* First half of a pair that a frame cut. */
    uint8_t has_rest;
};

static void init(void *state, const struct ut__media_sink *sink, const char *query)
{
    (void)query;
    struct audiohook *a = state;
    a->sink = sink;
}

static void over(struct audiohook *a, uint16_t code, const char *reason)
{
    if (a->state == OVER)
        return;
    a->state = OVER;
    a->sink->close(a->sink->arg, code, reason);
}

/* Sends a message of ours; parameters is taken. */
static void say(struct audiohook *a, const char *type, json_t *parameters)
{
    json_t *message = json_pack("{s:s, s:s, s:s, s:I, s:I, s:o}", "version", "2", "id", a->id,
                                "type", type, "seq", (json_int_t)++a->server_seq, "clientseq",
                                (json_int_t)a->client_seq, "parameters", parameters);
    char text[UT__MEDIA_SAY_MAX];
    size_t len = message ? json_dumpb(message, text, sizeof text, JSON_COMPACT) : 0;
    if (len > 0 && len <= sizeof text)
        a->sink->say(a->sink->arg, text, len);
    json_decref(message);
}

/* Asks the client to close; it answers with close, which we then answer. */
static void disconnect(struct audiohook *a, const char *reason, const char *info)
{
    if (a->state == LEAVING || a->state == OVER)
        return;
    a->state = LEAVING;
    say(a, "disconnect", json_pack("{s:s, s:s}", "reason", reason, "info", info));
    a->sink->leave(a->sink->arg, info);
}

/* An ISO 8601 duration of hours, minutes and seconds, "PT1H2M3.5S", in samples; -1 if it is none.
 */
static int64_t duration(const json_t *value)
{
    const char *p = json_string_value(value);
    if (!p || strncmp(p, "PT", 2) != 0)
        return -1;
    double total_s = 0;
    for (p += 2; *p; p++) {
        size_t digits = strspn(p, "0123456789.");
        char *end;
        double n = strtod(p, &end);
        if (digits == 0 || digits > 18 || end != p + digits)
            return -1;
        p += digits;
        if (*p != 'H' && *p != 'M' && *p != 'S')
            return -1;
        total_s += n * (*p == 'H' ? 3600 : *p == 'M' ? 60 : 1);
    }
    return total_s >= 0 && total_s < 1e9 ? (int64_t)(total_s * RATE_HZ + 0.5) : -1;
}

static void gap(struct audiohook *a, int64_t samples)
{
    if (samples <= 0 || samples > GAP_MAX_SAMPLES || a->state != STREAMING)
        return;
    a->samples += (uint64_t)samples;
    a->sink->gap(a->sink->arg, UT_ROLE_CALLER, (uint32_t)samples);
    if (a->channels == 2)
        a->sink->gap(a->sink->arg, UT_ROLE_AGENT, (uint32_t)samples);
}

/* How good an offer is; 0: of no use. */
static int value_of(const json_t *offer, uint32_t *channels, int32_t *caller_at)
{
    const char *type = json_string_value(ut__media_get(offer, "type"));
    const char *format = json_string_value(ut__media_get(offer, "format"));
    const json_t *list = ut__media_get(offer, "channels");
    size_t n = json_array_size(list);
    if (!type || strcmp(type, "audio") != 0 || !format || strcmp(format, "PCMU") != 0 ||
        ut__media_number(ut__media_get(offer, "rate"), 1000000) != RATE_HZ || n < 1 || n > 2)
        return 0;
    for (size_t i = 0; i < n; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (name && strcmp(name, "external") == 0) {
            *channels = (uint32_t)n;
            *caller_at = (int32_t)i;
            return (int)n;
        }
    }
    return 0;
}

static json_t *choose(struct audiohook *a, const json_t *offers)
{
    json_t *best = NULL;
    int best_value = 0;
    for (size_t i = 0; i < json_array_size(offers) && i < OFFERS_MAX; i++) {
        uint32_t channels = 0;
        int32_t caller_at = 0;
        json_t *offer = json_array_get(offers, i);
        int value = value_of(offer, &channels, &caller_at);
        if (value <= best_value)
            continue;
        best = offer;
        best_value = value;
        a->channels = channels;
        a->caller_at = caller_at;
    }
    return best;
}

static void on_open(struct audiohook *a, const json_t *message)
{
    const json_t *p = ut__media_get(message, "parameters");
    const char *conversation = json_string_value(ut__media_get(p, "conversationId"));
    int probe = conversation && strcmp(conversation, "00000000-0000-0000-0000-000000000000") == 0;
    json_t *offer = choose(a, ut__media_get(p, "media"));
    if (!offer && !probe) {
        disconnect(a, "error", "no PCMU offer with the external channel");
        return;
    }
    if (!probe) {
        struct ut__call_info info = {.id = ""};
        const json_t *who = ut__media_get(p, "participant");
        ut__media_copy(info.id, sizeof info.id, ut__media_get(p, "conversationId"));
        ut__media_copy(info.caller, sizeof info.caller, ut__media_get(who, "ani"));
        ut__media_labels(&info, ut__media_get(p, "customConfig"));
        if (json_array_size(ut__media_get(p, "continuedSessions")) > 0)
            a->sink->takes_over(a->sink->arg);
        if (a->sink->open(a->sink->arg, &info, RATE_HZ, a->channels == 2 ? RATE_HZ : 0)) {
            disconnect(a, "error", "no more calls can be taken");
            return;
        }
    }
    a->state = probe ? PROBED : STREAMING;
    json_t *media = offer ? json_pack("[O]", offer) : json_array();
    say(a, "opened", json_pack("{s:b, s:o}", "startPaused", 0, "media", media));
}

static void on_close(struct audiohook *a)
{
    say(a, "closed", json_object());
    over(a, UT__MEDIA_NORMAL, "close");
}

static void on_message(struct audiohook *a, const char *type, const json_t *message)
{
    const json_t *p = ut__media_get(message, "parameters");
    if (strcmp(type, "close") == 0) {
        on_close(a);
    } else if (strcmp(type, "ping") == 0) {
        say(a, "pong", json_object());
    } else if (a->state == LEAVING) {
        return; /* It has not seen our disconnect yet. */
    } else if (a->state == OPENING) {
        if (strcmp(type, "open") == 0)
            on_open(a, message);
        else
            disconnect(a, "error", "open must come first");
    } else if (strcmp(type, "open") == 0) {
        disconnect(a, "error", "open came twice");
    } else if (strcmp(type, "paused") == 0) {
        a->paused = 1;
        if (a->state == STREAMING)
            a->sink->hold(a->sink->arg, 1);
    } else if (strcmp(type, "resumed") == 0) {
        gap(a, duration(ut__media_get(p, "discarded")));
        a->paused = 0;
        if (a->state == STREAMING)
            a->sink->hold(a->sink->arg, 0);
    } else if (strcmp(type, "discarded") == 0) {
        gap(a, duration(ut__media_get(p, "discarded")));
    } /* update, error, and what may come yet change nothing. */
}

/* What every message must carry. Returns NULL, or what is wrong. */
static const char *check(struct audiohook *a, const json_t *message)
{
    const char *version = json_string_value(ut__media_get(message, "version"));
    const char *id = json_string_value(ut__media_get(message, "id"));
    int64_t seq = ut__media_number(ut__media_get(message, "seq"), INT64_MAX);
    if (!version || strcmp(version, "2") != 0)
        return "the version must be 2";
    if (!id || strlen(id) >= ID_MAX || (a->id[0] && strcmp(id, a->id) != 0))
        return "the session id is missing or changed";
    if (seq != a->client_seq + 1)
        return "the sequence number does not follow the last one";
    if (ut__media_number(ut__media_get(message, "serverseq"), a->server_seq) < 0)
        return "serverseq names a message that was not sent";
    memcpy(a->id, id, strlen(id) + 1);
    a->client_seq = seq;
    return NULL;
}

static void text(void *state, const char *bytes, size_t len)
{
    struct audiohook *a = state;
    if (a->state == OVER)
        return;
    json_t *message = json_loadb(bytes, len, 0, NULL);
    const char *type = json_string_value(ut__media_get(message, "type"));
    if (!type) {
        over(a, UT__MEDIA_PROTOCOL, "a message that is no JSON object with a type");
        json_decref(message);
        return;
    }
    const char *wrong = check(a, message);
    if (wrong) {
        disconnect(a, "error", wrong);
    } else {
        int64_t position = duration(ut__media_get(message, "position"));
        if (!a->paused && position > (int64_t)a->samples + SLACK_SAMPLES)
            gap(a, position - (int64_t)a->samples);
        on_message(a, type, message);
    }
    json_decref(message);
}

static void give(struct audiohook *a, const uint8_t *pairs, size_t n)
{
    uint8_t caller[BLOCK], agent[BLOCK];
    while (n && a->state == STREAMING) {
        size_t k = n < BLOCK ? n : BLOCK;
        for (size_t i = 0; i < k; i++) {
            caller[i] = pairs[2 * i + (size_t)a->caller_at];
            agent[i] = pairs[2 * i + 1 - (size_t)a->caller_at];
        }
        a->samples += k;
        a->sink->audio(a->sink->arg, UT_ROLE_CALLER, UT__PORT_ULAW, caller, k);
        if (a->state == STREAMING)
            a->sink->audio(a->sink->arg, UT_ROLE_AGENT, UT__PORT_ULAW, agent, k);
        pairs += 2 * k;
        n -= k;
    }
}

static void binary(void *state, const uint8_t *bytes, size_t len)
{
    struct audiohook *a = state;
    if (a->state == OPENING)
        disconnect(a, "error", "audio came before open");
    if (a->state != STREAMING || a->paused || len == 0)
        return;
    if (a->channels == 1) {
        a->samples += len;
        a->sink->audio(a->sink->arg, UT_ROLE_CALLER, UT__PORT_ULAW, bytes, len);
        return;
    }
    if (a->has_rest) {
        const uint8_t pair[2] = {a->rest, bytes[0]};
        give(a, pair, 1);
        bytes++;
        len--;
    }
    give(a, bytes, len / 2);
    a->has_rest = len % 2;
    if (a->has_rest)
        a->rest = bytes[len - 1];
}

static void ended(void *state, const char *reason)
{
    disconnect(state, "completed", reason);
}

static void destroy(void *state)
{
    (void)state;
}

const struct ut__media_protocol ut__media_audiohook = {.name = "audiohook",
                                                       .state_bytes = sizeof(struct audiohook),
                                                       .init = init,
                                                       .text = text,
                                                       .binary = binary,
                                                       .ended = ended,
                                                       .destroy = destroy};
