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

/* What makes it right, by who sends and what the rate tells of the coding. */
static void pace_remedy(char *buf, size_t cap, const char *source,
                        const struct ut__worker_pace *pace)
{
    int is_fork = strcmp(source, "fork") == 0, is_socket = strcmp(source, "audiosocket") == 0;
    int is_linear = pace->codec == UT__PORT_S16;
    if (pace->is_rtp)
        snprintf(buf, cap, "have the sender name the rate of its sound in rtpmap");
    else if (is_linear && pace->seems_hz * 2 == pace->rate_hz && pace->seems_hz < UT_RATE_MIN_HZ)
        snprintf(buf, cap, "this is G.711 under the name of linear sound; %s",
                 is_fork     ? "say format=ulaw"
                 : is_socket ? "dial AudioSocket/.../c(slin)"
                             : "choose one coding at both ends");
    else if (!is_linear && pace->seems_hz == 2 * pace->rate_hz)
        snprintf(buf, cap, "this is linear sound under the name of G.711; %s",
                 is_fork ? "say format=slin" : "choose one coding at both ends");
    else if (pace->seems_hz < UT_RATE_MIN_HZ)
        snprintf(buf, cap, "send %u a second or more", (unsigned)UT_RATE_MIN_HZ);
    else if (is_fork)
        snprintf(buf, cap, "say sampleRate=%u", pace->seems_hz);
    else
        snprintf(buf, cap, "%s",
                 is_socket ? "dial AudioSocket/.../c(slin)"
                 : strcmp(source, "twilio") == 0
                     ? "say this sampleRate in the mediaFormat that the stream starts with"
                     : "say this rate where the call begins");
}

void ut__live_pace_text(char *buf, size_t cap, const char *source,
                        const struct ut__worker_pace *pace)
{
    char remedy[96];
    buf[0] = '\0';
    if (pace->seems_hz == 0)
        return;
    pace_remedy(remedy, sizeof remedy, source, pace);
    snprintf(buf, cap, "the %s's samples come at %u a second, not at %u, and are not heard: %s",
             pace->role == UT_ROLE_CALLER ? "caller" : "agent", pace->seems_hz, pace->rate_hz,
             remedy);
}

void ut__live_clock_text(char *buf, size_t cap, const struct ut__worker_clock *clock)
{
    char count[32] = "stand still";
    if (clock->seems_hz)
        snprintf(count, sizeof count, "count %u a second", clock->seems_hz);
    snprintf(buf, cap,
             "line %u: timestamps %s, and not %u as the payload type says; the line is heard: have "
             "the sender count %u",
             clock->line + 1, count, clock->says_hz, clock->says_hz);
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
