/* SPDX-License-Identifier: MIT */
#ifndef UT_TESTS_MEDIA_FUZZ_H
#define UT_TESTS_MEDIA_FUZZ_H

/*
 * Feeds a media protocol with messages cut from the input: lines are text messages; a line that
 * begins with '!' is a binary one, without that byte. Aborts when the protocol breaks its contract:
 * media without a call, anything after the end, samples that do not fit their coding.
 */

#include <stdlib.h>
#include <string.h>

#include "ingress/websocket/ws_media.h"

struct judge {
    int opened, closed;
    size_t calls; /* So that the work is not optimised away. */
};

static void judge_must(int holds)
{
    if (!holds)
        abort();
}

static int judge_open(void *arg, const struct ut__call_info *info, uint32_t caller_rate_hz,
                      uint32_t agent_rate_hz)
{
    struct judge *j = arg;
    judge_must(!j->opened && !j->closed);
    judge_must(memchr(info->id, 0, sizeof info->id) && memchr(info->queue, 0, sizeof info->queue) &&
               memchr(info->agent, 0, sizeof info->agent) &&
               memchr(info->caller, 0, sizeof info->caller));
    judge_must(caller_rate_hz >= UT_RATE_MIN_HZ && caller_rate_hz <= UT_RATE_MAX_HZ);
    judge_must(agent_rate_hz == 0 || agent_rate_hz == caller_rate_hz);
    j->opened = 1;
    return info->id[0] == 'X' ? UT_ETOOBIG : 0;
}

static void judge_audio(void *arg, enum ut_role role, enum ut__port_codec codec, const void *bytes,
                        size_t len_bytes)
{
    struct judge *j = arg;
    judge_must(j->opened && !j->closed && role < UT_ROLE_COUNT && len_bytes > 0);
    judge_must(codec != UT__PORT_S16 || len_bytes % 2 == 0);
    j->calls += ((const uint8_t *)bytes)[len_bytes - 1];
}

static void judge_gap(void *arg, enum ut_role role, uint32_t samples)
{
    struct judge *j = arg;
    judge_must(j->opened && !j->closed && role < UT_ROLE_COUNT && samples > 0);
}

static void judge_hold(void *arg, int on_hold)
{
    struct judge *j = arg;
    judge_must(j->opened && !j->closed && (on_hold == 0 || on_hold == 1));
}

static void judge_takes_over(void *arg)
{
    struct judge *j = arg;
    judge_must(!j->opened && !j->closed);
}

static void judge_say(void *arg, const char *text, size_t len)
{
    struct judge *j = arg;
    judge_must(!j->closed && len > 0 && len <= UT__MEDIA_SAY_MAX);
    j->calls += (size_t)text[len - 1];
}

static void judge_leave(void *arg, const char *reason)
{
    struct judge *j = arg;
    judge_must(!j->closed && reason);
}

static void judge_close(void *arg, uint16_t code, const char *reason)
{
    struct judge *j = arg;
    judge_must(!j->closed && code >= 1000 && reason);
    j->closed = 1;
}

static int media_fuzz(const struct ut__media_protocol *p, const uint8_t *data, size_t len)
{
    struct judge j = {0};
    const struct ut__media_sink sink = {judge_open,  judge_audio,      judge_gap,
                                        judge_hold,  judge_takes_over, judge_say,
                                        judge_leave, judge_close,      &j};
    void *state = calloc(1, p->state_bytes);
    if (!state)
        return 0;
    p->init(state, &sink, len % 2 ? "" : "?sampleRate=16000&mixType=stereo&caller=outbound");
    while (len) {
        const uint8_t *lf = memchr(data, '\n', len);
        size_t n = lf ? (size_t)(lf - data) : len;
        if (n && data[0] == '!')
            p->binary(state, data + 1, n - 1);
        else
            p->text(state, (const char *)data, n);
        data += n + (lf != NULL);
        len -= n + (lf != NULL);
    }
    p->ended(state, "the input is over");
    p->destroy(state);
    free(state);
    return 0;
}

#endif
