/* SPDX-License-Identifier: MIT */
/* wslay between a buffer and a pair of handlers. */

#include "net/ws_frames.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include <undertone/error.h>

enum { CODE_ABNORMAL = 1006, REASON_MAX = 123 };

struct ut__ws_frames {
    wslay_event_context_ptr ctx;
    struct ut__ws_frames_handlers handlers;
    const uint8_t *in; /* Of the push that runs. */
    size_t in_len;
    bool pushing, sending, broken;
    uint16_t close_code; /* Of a close that waits; 0: none. */
    size_t close_len;
    char close_reason[REASON_MAX];
};

static ssize_t on_recv(wslay_event_context_ptr ctx, uint8_t *buf, size_t len, int flags, void *arg)
{
    (void)flags;
    struct ut__ws_frames *f = arg;
    if (f->in_len == 0) {
        wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    size_t n = len < f->in_len ? len : f->in_len;
    memcpy(buf, f->in, n);
    f->in += n;
    f->in_len -= n;
    return (ssize_t)n;
}

static ssize_t on_send(wslay_event_context_ptr ctx, const uint8_t *buf, size_t len, int flags,
                       void *arg)
{
    (void)flags;
    struct ut__ws_frames *f = arg;
    if (f->handlers.send(buf, len, f->handlers.arg)) {
        wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    return (ssize_t)len;
}

static void on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *m,
                       void *arg)
{
    (void)ctx;
    struct ut__ws_frames *f = arg;
    if (m->opcode == WSLAY_TEXT_FRAME || m->opcode == WSLAY_BINARY_FRAME)
        f->handlers.message(m->opcode, m->msg, m->msg_length, f->handlers.arg);
}

int ut__ws_frames_create(struct ut__ws_frames **out, size_t message_max_bytes,
                         const struct ut__ws_frames_handlers *handlers)
{
    struct ut__ws_frames *f = calloc(1, sizeof *f);
    if (!f)
        return UT_ENOMEM;
    f->handlers = *handlers;
    const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_recv, .send_callback = on_send, .on_msg_recv_callback = on_message};
    if (wslay_event_context_server_init(&f->ctx, &callbacks, f)) {
        free(f);
        return UT_ENOMEM;
    }
    wslay_event_config_set_max_recv_msg_length(f->ctx, message_max_bytes);
    *out = f;
    return 0;
}

void ut__ws_frames_destroy(struct ut__ws_frames *f)
{
    if (!f)
        return;
    wslay_event_context_free(f->ctx);
    free(f);
}

/* Gives what wslay holds to the peer. A message handler may ask for it while wslay is at work. */
static void flush(struct ut__ws_frames *f)
{
    if (f->pushing || f->sending || f->broken)
        return;
    f->sending = true;
    while (wslay_event_want_write(f->ctx) && !f->broken)
        f->broken = wslay_event_send(f->ctx) != 0;
    /* wslay lets a close overtake the messages before it, so it waits here until they are out. */
    if (f->close_code && !f->broken &&
        wslay_event_queue_close(f->ctx, f->close_code, (const uint8_t *)f->close_reason,
                                f->close_len) == 0)
        f->broken = wslay_event_send(f->ctx) != 0;
    f->close_code = 0;
    f->sending = false;
}

int ut__ws_frames_push(struct ut__ws_frames *f, const uint8_t *buf, size_t len)
{
    f->in = buf;
    f->in_len = len;
    while (f->in_len && !f->broken && wslay_event_want_read(f->ctx)) {
        f->pushing = true;
        f->broken = wslay_event_recv(f->ctx) != 0;
        f->pushing = false;
        flush(f);
    }
    f->in = NULL;
    f->in_len = 0;
    flush(f);
    return f->broken || !(wslay_event_want_read(f->ctx) || wslay_event_want_write(f->ctx)) ||
           (wslay_event_get_close_received(f->ctx) && wslay_event_get_close_sent(f->ctx));
}

int ut__ws_frames_send(struct ut__ws_frames *f, int kind, const void *data, size_t len)
{
    const struct wslay_event_msg msg = {(uint8_t)kind, data, len};
    if (f->broken)
        return UT_EIO;
    int err = wslay_event_queue_msg(f->ctx, &msg);
    if (err)
        return err == WSLAY_ERR_NOMEM ? UT_ENOMEM : UT_EIO;
    flush(f);
    return f->broken ? UT_EIO : 0;
}

void ut__ws_frames_ping(struct ut__ws_frames *f)
{
    const struct wslay_event_msg msg = {WSLAY_PING, NULL, 0};
    if (!f->broken && wslay_event_queue_msg(f->ctx, &msg) == 0)
        flush(f);
}

void ut__ws_frames_close(struct ut__ws_frames *f, uint16_t code, const char *reason)
{
    size_t len = reason ? strlen(reason) : 0;
    if (len > REASON_MAX)
        len = REASON_MAX;
    if (len)
        memcpy(f->close_reason, reason, len);
    f->close_len = len;
    f->close_code = code;
    flush(f);
}

uint16_t ut__ws_frames_code(const struct ut__ws_frames *f)
{
    if (wslay_event_get_close_received(f->ctx))
        return wslay_event_get_status_code_received(f->ctx);
    if (wslay_event_get_close_sent(f->ctx))
        return wslay_event_get_status_code_sent(f->ctx);
    return CODE_ABNORMAL;
}

bool ut__ws_frames_closing(const struct ut__ws_frames *f)
{
    return f->broken || f->close_code || wslay_event_get_close_received(f->ctx) ||
           !wslay_event_get_write_enabled(f->ctx);
}

size_t ut__ws_frames_queued(const struct ut__ws_frames *f)
{
    return wslay_event_get_queued_msg_length(f->ctx);
}
