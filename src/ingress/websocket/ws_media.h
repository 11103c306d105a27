/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_WEBSOCKET_WS_MEDIA_H
#define UT_INGRESS_WEBSOCKET_WS_MEDIA_H

/*
 * What the vendors' protocols have in common: a pure state machine each, messages in, actions out.
 * No socket, clock or thread; the glue (websocket.c) and the tests stand behind the sink.
 *
 *     message -> protocol -> open, audio, gap, hold, say, close -> glue -> port
 */

#include <stddef.h>
#include <stdint.h>

#include "contract/port.h"
#include "contract/stream.h"

enum {
    UT__MEDIA_MESSAGE_MAX = 65536, /* No vendor sends more than a few KiB at once. */
    UT__MEDIA_SAY_MAX = 1024
};

/* Close codes of RFC 6455 that the protocols use. */
enum {
    UT__MEDIA_NORMAL = 1000,
    UT__MEDIA_PROTOCOL = 1002,
    UT__MEDIA_UNSUPPORTED = 1003,
    UT__MEDIA_POLICY = 1008,
    UT__MEDIA_BUSY = 1013
};

/* What a protocol wants done; all borrowed for the call. Set every member. */
struct ut__media_sink {
    /* A call begins; rates as in struct ut__port_open. Returns 0, or an error of ut__port_open:
     * then the protocol tells its peer. */
    int (*open)(void *arg, const struct ut__call_info *info, uint32_t caller_rate_hz,
                uint32_t agent_rate_hz);
    void (*audio)(void *arg, enum ut_role role, enum ut__port_codec codec, const void *bytes,
                  size_t len_bytes);
    void (*gap)(void *arg, enum ut_role role, uint32_t samples);
    void (*hold)(void *arg, int on_hold);
    /* The call that opens next goes on with one of its id, which another connection may hold still. */
    void (*takes_over)(void *arg);
    /* A text message for the peer. */
    void (*say)(void *arg, const char *text, size_t len);
    /* The call ends for the reason; the peer was told and has a while to close the protocol. */
    void (*leave)(void *arg, const char *reason);
    /* The protocol is over; the call, if there is one, ends for the reason. Once. */
    void (*close)(void *arg, uint16_t code, const char *reason);
    void *arg;
};

struct ut__media_protocol {
    const char *name; /* Also the call's source: "twilio". */
    size_t state_bytes;
    /* state: [state_bytes], zeroed. sink: kept, with its arg, as long as the state. query: of the
     * handshake's target, "" for none. */
    void (*init)(void *state, const struct ut__media_sink *sink, const char *query);
    void (*text)(void *state, const char *text, size_t len);
    void (*binary)(void *state, const uint8_t *bytes, size_t len);
    /* The daemon has ended the call; tell the peer. close follows, at once or after its answer. */
    void (*ended)(void *state, const char *reason);
    void (*destroy)(void *state);
};

extern const struct ut__media_protocol ut__media_twilio;
extern const struct ut__media_protocol ut__media_audiohook;
extern const struct ut__media_protocol ut__media_fork;

typedef struct json_t json_t;

/** A member of an object by its name in any case: not all who forward messages keep theirs. */
json_t *ut__media_get(const json_t *object, const char *name);

/**
 * 1: a binary message holds a JSON object, or Asterisk's words. Programs that pass on what a vendor
 * sends, such as those on npm's ws, do so as bytes. No samples look so.
 */
int ut__media_is_text(const uint8_t *bytes, size_t len);

/** The text behind a byte order mark. len: of text, and made less. */
const char *ut__media_text(const uint8_t *text, size_t *len);

/** Copies a JSON string into out: [cap], cut to fit at a UTF-8 border; "" for anything else. */
void ut__media_copy(char *out, size_t cap, const json_t *value);

/** A number that may come as a string, 0..max; -1 when it is neither or out of range. */
int64_t ut__media_number(const json_t *value, int64_t max);

/* How samples are coded, as vendors name it. */
enum ut__media_coding {
    UT__MEDIA_ULAW,
    UT__MEDIA_ALAW,
    UT__MEDIA_S16LE, /* 16-bit linear, little-endian, which all of them call L16, raw or slin. */
    UT__MEDIA_G722
};

struct ut__media_format {
    enum ut__media_coding coding;
    uint32_t rate_hz; /* 0: the name does not say. */
};

/**
 * Reads the name of a coding, in any case: "audio/x-mulaw", "PCMA", "L16@24000h", "raw/slin",
 * "audio/l16;rate=16000", "slin16". Returns 0, or -1 for a name that is not known; *out is then
 * untouched. What it says of the rate may be any number.
 */
int ut__media_format_read(struct ut__media_format *out, const char *text);

/** 16-bit samples of this machine from little-endian ones. pcm: [n], bytes: [2 * n]. */
void ut__media_s16(int16_t *pcm, const uint8_t *bytes, size_t n);

/** Fills queue, agent and caller from an object's members of these names, where they are set. */
void ut__media_labels(struct ut__call_info *info, const json_t *object);

#endif
