/* SPDX-License-Identifier: MIT */
/* What is said of a call's lines. */

#include "live/line_text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void ut__live_peer_text(char *buf, size_t cap, const struct ut__live_peer *p)
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (p->family == AF_INET || p->family == AF_INET6)
        (void)!inet_ntop(p->family, p->host, host, sizeof host);
    snprintf(buf, cap, p->family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, (unsigned)ntohs(p->port));
}

void ut__live_thrown_text(char *buf, size_t cap, const char *source,
                          const struct ut__worker_thrown *thrown)
{
    char peer[64];
    int is_listener = strcmp(source, "rtp") == 0;
    unsigned line = thrown->line + 1;
    ut__live_peer_text(peer, sizeof peer, &thrown->peer);
    switch (thrown->kind) {
    case UT__THROWN_SOURCE:
        snprintf(buf, cap, "line %u: packets from %s, which %s; %s", line, peer,
                 is_listener ? "from= does not name" : "the SDP does not name",
                 is_listener ? "change from=" : "sip-media-source = symmetric takes them");
        break;
    case UT__THROWN_PT:
        snprintf(buf, cap, "line %u: packets of payload type %u, which %s", line,
                 (unsigned)thrown->pt,
                 is_listener ? "the listener was not told; set pt= and codec="
                             : "the SDP does not name; the sender has changed its codec");
        break;
    case UT__THROWN_SRTP:
        snprintf(buf, cap, "line %u: SRTP packets that its key does not open", line);
        break;
    case UT__THROWN_BROKEN:
    case UT__THROWN_KINDS:
        snprintf(buf, cap, "line %u: packets that are no RTP, or no payload of their codec", line);
        break;
    }
}

static const char *codec_name(uint8_t pt, const struct ut__live_line *line)
{
    static const char *const names[] = {
        "none", "PCMU", "PCMA", "G722", "GSM", "opus", "L16", "CN", "telephone-event",
        "G726", "AMR",  "G729"};
    uint8_t codec = ut__rtp_stream_codec(line->rtp, pt);
    return codec < sizeof names / sizeof names[0] ? names[codec] : "other";
}

void ut__live_media_text(char *buf, size_t cap, const struct ut__live_call *lc)
{
    size_t at = 0;
    buf[0] = '\0';
    for (uint32_t i = 0; i < lc->line_count && at + 1 < cap; i++) {
        const struct ut__live_line *line = &lc->lines[i];
        struct ut__rtp_stats s;
        char peer[64];
        ut__rtp_stream_get_stats(line->rtp, &s);
        ut__live_peer_text(peer, sizeof peer, &line->peer);
        int n = snprintf(buf + at, cap - at, "%s%s %s %" PRIu64 " packets %" PRIu64 " lost",
                         at ? "; " : "",
                         line->latched  ? peer
                         : line->fd < 0 ? "seen"
                                        : "nobody",
                         s.packets ? codec_name(s.pt, line) : "-", s.packets, s.lost);
        at += n > 0 ? (size_t)n : 0;
    }
}
