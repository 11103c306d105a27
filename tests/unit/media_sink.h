/* SPDX-License-Identifier: MIT */
#ifndef UT_TESTS_MEDIA_SINK_H
#define UT_TESTS_MEDIA_SINK_H

/* A sink of media protocols that writes down what it is told, a line an action. */

#include <stdio.h>

#include "ingress/websocket/ws_media.h"

struct recorder {
    char text[8192];
    size_t len;
    int open_result;
    size_t heard[UT_ROLE_COUNT]; /* Bytes. */
};

#define RECORD(r, ...)                                                                             \
    ((r)->len += (size_t)snprintf((r)->text + (r)->len, sizeof(r)->text - (r)->len, __VA_ARGS__))

static int recorder_open(void *arg, const struct ut__call_info *info, uint32_t caller_rate_hz,
                         uint32_t agent_rate_hz)
{
    struct recorder *r = arg;
    RECORD(r, "open %s %u %u queue=%s agent=%s caller=%s\n", info->id, caller_rate_hz,
           agent_rate_hz, info->queue, info->agent, info->caller);
    return r->open_result;
}

static void recorder_audio(void *arg, enum ut_role role, enum ut__port_codec codec,
                           const void *bytes, size_t len_bytes)
{
    struct recorder *r = arg;
    r->heard[role] += len_bytes;
    const uint8_t *p = bytes;
    if (r->len < sizeof r->text - 200)
        RECORD(r, "%s %d %zu %02x\n", role == UT_ROLE_CALLER ? "caller" : "agent", (int)codec,
               len_bytes, p[0]);
}

static void recorder_gap(void *arg, enum ut_role role, uint32_t samples)
{
    struct recorder *r = arg;
    RECORD(r, "gap %d %u\n", (int)role, samples);
}

static void recorder_hold(void *arg, int on_hold)
{
    struct recorder *r = arg;
    RECORD(r, "hold %d\n", on_hold);
}

static void recorder_takes_over(void *arg)
{
    struct recorder *r = arg;
    RECORD(r, "takes over\n");
}

static void recorder_say(void *arg, const char *text, size_t len)
{
    struct recorder *r = arg;
    RECORD(r, "say %.*s\n", (int)len, text);
}

static void recorder_leave(void *arg, const char *reason)
{
    struct recorder *r = arg;
    RECORD(r, "leave %s\n", reason);
}

static void recorder_close(void *arg, uint16_t code, const char *reason)
{
    struct recorder *r = arg;
    RECORD(r, "close %u %s\n", code, reason);
}

static inline struct ut__media_sink recorder_sink(struct recorder *r)
{
    return (struct ut__media_sink){recorder_open,  recorder_audio,      recorder_gap,
                                   recorder_hold,  recorder_takes_over, recorder_say,
                                   recorder_leave, recorder_close,      r};
}

#endif
