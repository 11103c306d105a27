/* SPDX-License-Identifier: MIT */
#ifndef UT_NET_WS_FRAMES_H
#define UT_NET_WS_FRAMES_H

/* WebSocket frames without a socket: bytes in, messages out; messages in, bytes out. Pure over
   wslay, so that it can be fuzzed. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ut__ws_frames;

struct ut__ws_frames_handlers {
    /* A whole message of kind 1 (text, valid UTF-8) or 2 (binary). */
    void (*message)(int kind, const uint8_t *data, size_t len, void *arg);
    /* Bytes for the peer; 0, or not 0 when they cannot be taken: nothing more is then sent. */
    int (*send)(const uint8_t *buf, size_t len, void *arg);
    void *arg;
};

/** message_max_bytes: longer ones make it close with 1009. Returns 0 or UT_ENOMEM. Allocates. */
int ut__ws_frames_create(struct ut__ws_frames **out, size_t message_max_bytes,
                         const struct ut__ws_frames_handlers *handlers);
void ut__ws_frames_destroy(struct ut__ws_frames *f);

/**
 * Takes what the peer sent; messages and answers (pong, close) come out through the handlers.
 * Returns 1 when the connection is over: closed by both sides, or beyond repair; else 0.
 */
int ut__ws_frames_push(struct ut__ws_frames *f, const uint8_t *buf, size_t len);

/** kind: 1 or 2. Returns 0, UT_EIO when closing, UT_ENOMEM. */
int ut__ws_frames_send(struct ut__ws_frames *f, int kind, const void *data, size_t len);
void ut__ws_frames_ping(struct ut__ws_frames *f);

/** reason: may be NULL; cut at 123 bytes. */
void ut__ws_frames_close(struct ut__ws_frames *f, uint16_t code, const char *reason);

/** The code that the peer closed with; else the one sent; else 1006. */
uint16_t ut__ws_frames_code(const struct ut__ws_frames *f);
/** Bytes of messages that wait for the push that runs to end. */
size_t ut__ws_frames_queued(const struct ut__ws_frames *f);
bool ut__ws_frames_closing(const struct ut__ws_frames *f);

#endif
