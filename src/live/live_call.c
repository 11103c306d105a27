/* SPDX-License-Identifier: MIT */
/* Making and releasing live calls: hub thread. */

#include "live/live_call.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live/worker_media.h"
#include "net/re.h"

enum {
    PUSH_BYTES_MIN = 1 << 14,
    PUSH_BYTES_MAX = 1 << 18,
    PACKETS_BYTES = 1 << 15 /* 1.6 s of two lines of G.711. */
};

/* Of the tag that ends a packet, behind a key's identifier. With AEAD the identifier is last. */
static uint8_t tag_bytes(uint8_t suite)
{
    switch ((enum srtp_suite)suite) {
    case SRTP_AES_CM_128_HMAC_SHA1_80:
    case SRTP_AES_256_CM_HMAC_SHA1_80:
        return 10;
    case SRTP_AES_CM_128_HMAC_SHA1_32:
    case SRTP_AES_256_CM_HMAC_SHA1_32:
        return 4;
    default:
        return 0;
    }
}

/* A call that runs may have a count to carry over to the new key. */
static int make_srtp(struct ut__live_line *made, const struct ut__live_call *lc,
                     const struct ut__port_line *from)
{
    enum srtp_suite suite = (enum srtp_suite)from->srtp_suite;
    int err = srtp_alloc(&made->srtp, suite, from->srtp_key, from->srtp_key_bytes, 0);
    if (!err && lc->call)
        err = srtp_alloc(&made->srtp_sender, suite, from->srtp_key, from->srtp_key_bytes, 0);
    return err ? UT_EINVAL : 0;
}

int ut__live_line_make(struct ut__live_line *line, struct ut__live_call *lc, uint32_t index,
                       const struct ut__port_line *from)
{
    struct ut__live_line made = {
        .call = lc,
        .fd = from->fd,
        .role = from->role,
        .into = UT_ROLE_COUNT,
        .inactive = from->inactive,
        .closed = from->closed,
        .source = from->source,
        .strict_port = from->strict_port,
        .srtp_mki_bytes = from->srtp_mki_bytes,
        .srtp_tag_bytes = tag_bytes(from->srtp_suite),
        .srtp_goes_on = from->srtp_goes_on,
        .from = ut__live_peer_of(&from->from),
    };
    if (from->role > UT_ROLE_COUNT || index >= UT__PORT_LINES_MAX)
        return UT_EINVAL;
    int err = from->srtp_key_bytes && !from->srtp_goes_on ? make_srtp(&made, lc, from) : 0;
    if (!err)
        err = ut__rtp_stream_create(&made.rtp, &from->rtp, ut__media_take, &lc->lines[index]);
    if (err) {
        ut__live_line_drop(&made);
        return err;
    }
    ut__rtp_stream_set_hold(made.rtp, made.inactive);
    *line = made;
    return 0;
}

/* Half a second of both channels as 16-bit samples, and as much as is there at once, with the heads
 * of its records; rounded up to a power of two. */
static size_t push_bytes(const struct ut__port_open *open)
{
    size_t want = (size_t)open->caller_rate_hz + open->agent_rate_hz, bytes = PUSH_BYTES_MIN;
    size_t backlog = open->backlog_bytes + (size_t)open->backlog_bytes / 32;
    want = want > backlog ? want : backlog;
    while (bytes < want && bytes < PUSH_BYTES_MAX)
        bytes *= 2;
    return bytes;
}

static int make_ring(struct ut__live_call *lc, size_t bytes)
{
    uint8_t *mem = malloc(bytes);
    if (!mem)
        return UT_ENOMEM;
    lc->is_pushed = 1;
    return ut__ring_init(&lc->pushed, mem, 1, bytes);
}

static int make_pushed(struct ut__live_call *lc, const struct ut__port_open *open)
{
    lc->has_role[UT_ROLE_CALLER] = open->caller_rate_hz != 0;
    lc->has_role[UT_ROLE_AGENT] = open->agent_rate_hz != 0;
    lc->rate_hz[UT_ROLE_CALLER] = open->caller_rate_hz;
    lc->rate_hz[UT_ROLE_AGENT] = open->agent_rate_hz;
    for (int role = 0; role < UT_ROLE_COUNT; role++)
        ut__pace_init(&lc->pace[role], lc->rate_hz[role]);
    return make_ring(lc, push_bytes(open));
}

static int make_lines(struct ut__live_call *lc, const struct ut__port_open *open)
{
    if (open->line_count == 0 || open->line_count > UT__PORT_LINES_MAX)
        return UT_EINVAL;
    for (uint32_t i = 0; i < open->line_count; i++) {
        int err = ut__live_line_make(&lc->lines[i], lc, i, &open->lines[i]);
        if (err)
            return err;
        lc->line_count++;
    }
    lc->has_packets = open->packets_pushed;
    return lc->has_packets ? make_ring(lc, PACKETS_BYTES) : 0;
}

int ut__live_call_create(struct ut__live_call **out, const struct ut_model *model,
                         const struct ut_alert_config *alert, const struct ut_site *site,
                         const struct ut__port_open *open)
{
    /* The ring keeps its two sides on cache lines of their own: calloc's 16 bytes are too few. */
    struct ut__live_call *lc = aligned_alloc(_Alignof(struct ut__live_call), sizeof *lc);
    if (!lc)
        return UT_ENOMEM;
    memset(lc, 0, sizeof *lc);
    memset(lc->hears, 0xff, sizeof lc->hears); /* -1: none. */
    lc->heard[UT_ROLE_CALLER] = lc->heard[UT_ROLE_AGENT] = 1;
    int pushed = open->caller_rate_hz || open->agent_rate_hz;
    int err = pushed ? make_pushed(lc, open) : make_lines(lc, open);
    if (!err) {
        struct ut_call_config cfg = ut_call_config_default();
        /* Who is on an RTP line, and whether there will be another, may come late. */
        cfg.caller_rate_hz = pushed ? open->caller_rate_hz : UT__RTP_OUT_HZ;
        cfg.agent_rate_hz = pushed ? open->agent_rate_hz : UT__RTP_OUT_HZ;
        cfg.alert = *alert;
        err = ut_call_create(&lc->call, model, &cfg);
        if (!err && site)
            err = ut_call_set_site(lc->call, site);
    }
    if (err) {
        lc->line_count = 0; /* The sockets stay the ingress's. */
        for (uint32_t i = 0; i < UT__PORT_LINES_MAX; i++)
            ut__live_line_drop(&lc->lines[i]);
        ut__live_call_destroy(lc);
        return err;
    }
    tmr_init(&lc->recall_over);
    lc->info = open->info;
    lc->info.has_agent = lc->has_role[UT_ROLE_AGENT] && lc->has_role[UT_ROLE_CALLER];
    for (uint32_t i = 0; i < lc->line_count; i++)
        ut__live_line_note(lc, i, &open->lines[i]);
    if (!pushed)
        ut__live_lines_route(lc);
    lc->timeout_us = (int64_t)open->media_timeout_s * 1000000;
    lc->ended = open->ended;
    lc->arg = open->arg;
    *out = lc;
    return 0;
}

void ut__live_call_destroy(struct ut__live_call *lc)
{
    if (!lc)
        return;
    tmr_cancel(&lc->recall_over);
    for (uint32_t i = 0; i < lc->line_count; i++) {
        ut__live_line_drop(&lc->lines[i]);
        if (lc->lines[i].fd >= 0)
            close(lc->lines[i].fd);
    }
    free(lc->pushed.mem);
    ut_call_destroy(lc->call);
    free(lc);
}
