/* SPDX-License-Identifier: MIT */
/*
 * SIP and SDP by the line. A capture is read for its addresses alone, so this neither validates nor
 * follows dialogs; the daemon's SIP server is libre's.
 */

#define _GNU_SOURCE /* memmem. */

#include "ingress/pcap/signalling.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct text {
    const char *p;
    size_t len;
};

/* Takes the next line off t, without its line end. Returns 0 when there is none. */
static int next_line(struct text *t, struct text *line)
{
    if (t->len == 0)
        return 0;
    const char *lf = memchr(t->p, '\n', t->len);
    size_t n = lf ? (size_t)(lf - t->p) : t->len;
    *line = (struct text){t->p, n};
    if (line->len && line->p[line->len - 1] == '\r')
        line->len--;
    n += lf != NULL;
    t->p += n;
    t->len -= n;
    return 1;
}

static int begins(struct text t, const char *prefix)
{
    size_t n = strlen(prefix);
    return t.len >= n && strncasecmp(t.p, prefix, n) == 0;
}

static struct text after(struct text t, size_t n)
{
    t.p += n;
    t.len -= n;
    while (t.len && (*t.p == ' ' || *t.p == '\t')) {
        t.p++;
        t.len--;
    }
    return t;
}

/* Digits at the front of t, taken off; -1 when there are none or they exceed max. */
static long number(struct text *t, long max)
{
    long n = 0;
    size_t i = 0;
    for (; i < t->len && t->p[i] >= '0' && t->p[i] <= '9'; i++) {
        n = n * 10 + (t->p[i] - '0');
        if (n > max)
            return -1;
    }
    if (i == 0)
        return -1;
    t->p += i;
    t->len -= i;
    return n;
}

/* Copies what is before any of the stops, cut to fit. */
static void copy(char *out, size_t cap, struct text t, const char *stops)
{
    size_t n = 0;
    while (n < t.len && n < cap - 1 && !strchr(stops, t.p[n]))
        n++;
    memcpy(out, t.p, n);
    out[n] = 0;
}

/* "IN IP4 192.0.2.1"; of no address in particular nothing is wanted: hold, after RFC 2543. */
static void read_connection(struct ut__signal_line *l, struct text t)
{
    static const uint8_t nowhere[16];
    char host[64];
    int version = begins(t, "IN IP4 ") ? 4 : begins(t, "IN IP6 ") ? 6 : 0;
    if (!version)
        return;
    t = after(t, 7);
    copy(host, sizeof host, t, "/ ");
    uint8_t ip[16] = {0};
    if (inet_pton(version == 4 ? AF_INET : AF_INET6, host, ip) != 1)
        return;
    if (memcmp(ip, nowhere, sizeof ip) == 0) {
        l->receives = 0;
        return;
    }
    l->at.version = (uint8_t)version;
    memcpy(l->at.ip, ip, sizeof ip);
}

static void add_format(struct ut__signal *s, const struct ut__rtp_format *f)
{
    for (uint32_t i = 0; i < s->format_count; i++) {
        if (s->formats[i].pt == f->pt) {
            s->formats[i] = *f;
            return;
        }
    }
    if (s->format_count < UT__RTP_FORMATS_MAX)
        s->formats[s->format_count++] = *f;
}

/* "audio 4000 RTP/AVP 0 8 101": the port, and the static types of the list. */
static void read_audio(struct ut__signal *s, struct ut__signal_line *l, struct text t)
{
    t = after(t, 6);
    long port = number(&t, 65535);
    l->at.port = port > 0 ? (uint16_t)port : 0;
    s->is_encrypted |= memmem(t.p, t.len, "SAVP", 4) != NULL;
    const char *types = memchr(t.p, ' ', t.len);
    types = types ? memchr(types + 1, ' ', t.len - (size_t)(types + 1 - t.p)) : NULL;
    if (!types)
        return;
    t = after(t, (size_t)(types - t.p));
    while (t.len) {
        struct ut__rtp_format f;
        long pt = number(&t, 127);
        if (pt < 0)
            return;
        if (ut__rtp_format_static(&f, (uint8_t)pt))
            add_format(s, &f);
        t = after(t, 0);
    }
}

/* "96 opus/48000/2": replaces what a static type of that number meant. */
static void read_rtpmap(struct ut__signal *s, struct text t)
{
    long pt = number(&t, 127);
    t = after(t, 0);
    const char *slash = memchr(t.p, '/', t.len);
    if (pt < 0 || !slash)
        return;
    size_t name_len = (size_t)(slash - t.p);
    struct text rest = after(t, name_len + 1);
    long rate = number(&rest, 192000), channels = 1;
    if (rest.len > 1 && rest.p[0] == '/') {
        rest = after(rest, 1);
        channels = number(&rest, 255);
    }
    struct ut__rtp_format f;
    if (rate <= 0 || channels <= 0 ||
        !ut__rtp_format_named(&f, (uint8_t)pt, t.p, name_len, (uint32_t)rate, (uint8_t)channels))
        return;
    add_format(s, &f);
}

static void read_direction(struct ut__signal_line *l, struct text line)
{
    static const struct {
        const char *name;
        uint8_t sends, receives;
    } directions[] = {
        {"a=sendrecv", 1, 1}, {"a=sendonly", 1, 0}, {"a=recvonly", 0, 1}, {"a=inactive", 0, 0}};
    for (size_t i = 0; i < sizeof directions / sizeof directions[0]; i++) {
        if (begins(line, directions[i].name)) {
            l->sends = directions[i].sends;
            l->receives = directions[i].receives;
        }
    }
}

static void read_sdp(struct ut__signal *s, struct text body)
{
    struct ut__signal_line session = {.sends = 1, .receives = 1}, *l = &session;
    struct text line;
    while (next_line(&body, &line) && !begins(line, "--")) {
        if (begins(line, "m=")) {
            l = NULL;
            if (!begins(line, "m=audio ") || s->line_count == UT__SIGNAL_LINES)
                continue;
            l = &s->lines[s->line_count++];
            *l = session;
            read_audio(s, l, after(line, 2));
        } else if (!l) {
            continue; /* Of a line that does not count. */
        } else if (begins(line, "c=")) {
            read_connection(l, after(line, 2));
        } else if (begins(line, "a=rtpmap:") && l != &session) {
            read_rtpmap(s, after(line, 9));
        } else {
            read_direction(l, line);
        }
    }
}

/* The SDP of a multipart body: what follows the head of the part that says so. */
static struct text sdp_part(struct text body)
{
    struct text line;
    int is_sdp = 0;
    while (next_line(&body, &line)) {
        if (begins(line, "--"))
            is_sdp = 0;
        else if (begins(line, "Content-Type:"))
            is_sdp = memmem(line.p, line.len, "application/sdp", 15) != NULL;
        else if (line.len == 0 && is_sdp)
            return body;
    }
    return (struct text){body.p, 0};
}

static void read_tag(struct ut__signal *s, struct text line)
{
    const char *tag = memmem(line.p, line.len, ";tag=", 5);
    if (tag)
        copy(s->from_tag, sizeof s->from_tag,
             (struct text){tag + 5, line.len - (size_t)(tag + 5 - line.p)}, ";, >");
}

static int read_start_line(struct ut__signal *s, struct text line)
{
    static const char tail[] = " SIP/2.0";
    if (begins(line, "SIP/2.0 "))
        return 1;
    s->is_request = line.len > sizeof tail &&
                    memcmp(line.p + line.len - (sizeof tail - 1), tail, sizeof tail - 1) == 0;
    s->is_invite = begins(line, "INVITE ");
    return s->is_request;
}

int ut__signal_read(struct ut__signal *out, const uint8_t *bytes, size_t len)
{
    struct text t = {(const char *)bytes, len}, line;
    *out = (struct ut__signal){.is_request = 0};
    /* RTP and RTCP begin with two bits that no SIP message has. */
    if (len < 16 || (bytes[0] & 0xc0) == 0x80 || !next_line(&t, &line) ||
        !read_start_line(out, line))
        return 0;
    int has_sdp = 0, has_parts = 0;
    while (next_line(&t, &line) && line.len) {
        if (begins(line, "Call-ID:") || begins(line, "i:")) {
            copy(out->call_id, sizeof out->call_id, after(line, line.p[1] == ':' ? 2 : 8), "");
        } else if (begins(line, "From:") || begins(line, "f:")) {
            read_tag(out, line);
        } else if (begins(line, "Content-Type:") || begins(line, "c:")) {
            has_sdp = memmem(line.p, line.len, "application/sdp", 15) != NULL;
            has_parts = memmem(line.p, line.len, "multipart/", 10) != NULL;
        } else if (begins(line, "Require:")) {
            out->is_siprec |= memmem(line.p, line.len, "siprec", 6) != NULL;
        }
    }
    if (has_sdp || has_parts)
        read_sdp(out, has_parts ? sdp_part(t) : t);
    return out->call_id[0] != 0;
}

int ut__signal_begins(const uint8_t *bytes, size_t len)
{
    struct text t = {(const char *)bytes, len}, line;
    struct ut__signal s;
    return len >= 16 && next_line(&t, &line) && line.len < len && read_start_line(&s, line);
}
