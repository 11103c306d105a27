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

static void add_format(struct ut__signal_media *m, const struct ut__rtp_format *f)
{
    for (uint32_t i = 0; i < m->format_count; i++) {
        if (m->formats[i].pt == f->pt) {
            m->formats[i] = *f;
            return;
        }
    }
    if (m->format_count < UT__RTP_FORMATS_MAX)
        m->formats[m->format_count++] = *f;
}

/* A codec that is not decoded; the number means nothing else then. */
static void add_other(struct ut__signal_media *m, uint8_t pt, struct text name)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < m->format_count; i++)
        if (m->formats[i].pt != pt)
            m->formats[kept++] = m->formats[i];
    m->format_count = kept;
    if (m->other_count == UT__SIGNAL_OTHERS_MAX)
        return;
    struct ut__signal_other *o = &m->others[m->other_count++];
    o->pt = pt;
    copy(o->name, sizeof o->name, name, "/ ");
}

/* "audio 4000 RTP/AVP 0 8 101": the port, and the static types of the list. */
static void read_audio(struct ut__signal_line *l, struct text t)
{
    t = after(t, 6);
    long port = number(&t, 65535);
    l->at.port = port > 0 ? (uint16_t)port : 0;
    l->is_secret = memmem(t.p, t.len, "SAVP", 4) != NULL;
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
            add_format(&l->media, &f);
        t = after(t, 0);
    }
}

/* "96 opus/48000/2": replaces what a static type of that number meant. */
static void read_rtpmap(struct ut__signal_line *l, struct text t)
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
    if (rate > 0 && channels > 0 &&
        ut__rtp_format_named(&f, (uint8_t)pt, t.p, name_len, (uint32_t)rate, (uint8_t)channels))
        add_format(&l->media, &f);
    else
        add_other(&l->media, (uint8_t)pt, t);
}

/* "96 octet-align=1": behind the rtpmap of its number. */
static void read_fmtp(struct ut__signal_line *l, struct text t)
{
    long pt = number(&t, 127);
    t = after(t, 0);
    for (uint32_t i = 0; pt >= 0 && i < l->media.format_count; i++) {
        struct ut__rtp_format *f = &l->media.formats[i];
        static const struct text kind = {"AMR, of a kind", 14};
        if (f->pt != pt || ut__rtp_format_params(f, t.p, t.len))
            continue;
        add_other(&l->media, (uint8_t)pt, kind);
        return;
    }
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

static void read_attribute(struct ut__signal_line *l, struct text line)
{
    if (begins(line, "a=rtpmap:"))
        read_rtpmap(l, after(line, 9));
    else if (begins(line, "a=fmtp:"))
        read_fmtp(l, after(line, 7));
    else if (begins(line, "a=label:"))
        copy(l->label, sizeof l->label, after(line, 8), " ");
    else if (begins(line, "a=crypto:"))
        l->has_crypto = 1;
    else if (begins(line, "a=fingerprint:") && l->is_secret)
        l->has_crypto = 1;
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
            read_audio(l, after(line, 2));
        } else if (!l) {
            continue; /* Of a line that does not count. */
        } else if (begins(line, "c=")) {
            read_connection(l, after(line, 2));
        } else {
            read_direction(l, line);
            if (l != &session)
                read_attribute(l, line);
        }
    }
}

/* The parts of a multipart body: an SDP, and a recording's metadata up to the next boundary. */
static void read_parts(struct ut__signal *s, struct text body)
{
    struct text line;
    enum { NEITHER, SDP, METADATA } kind = NEITHER;
    while (next_line(&body, &line)) {
        if (begins(line, "--")) {
            kind = NEITHER;
        } else if (begins(line, "Content-Type:")) {
            kind = memmem(line.p, line.len, "application/sdp", 15) ? SDP
                   : memmem(line.p, line.len, "rs-metadata", 11)   ? METADATA
                                                                   : NEITHER;
        } else if (line.len == 0 && kind == SDP) {
            if (s->line_count == 0)
                read_sdp(s, body);
            kind = NEITHER;
        } else if (line.len == 0 && kind == METADATA) {
            const char *end = memmem(body.p, body.len, "\n--", 3);
            s->metadata = body.p;
            s->metadata_len = end ? (size_t)(end - body.p) : body.len;
            s->is_recording = 1;
            kind = NEITHER;
        }
    }
}

/* "Name" <sip:1000@x>;tag=7 */
static void read_party(char *uri, char *tag_out, struct text line)
{
    const char *tag = memmem(line.p, line.len, ";tag=", 5);
    if (tag)
        copy(tag_out, UT__SIGNAL_ID_MAX,
             (struct text){tag + 5, line.len - (size_t)(tag + 5 - line.p)}, ";, >");
    const char *open = memchr(line.p, '<', line.len);
    struct text at = open ? (struct text){open + 1, line.len - (size_t)(open + 1 - line.p)} : line;
    copy(uri, UT__SIGNAL_ID_MAX, at, ">; ");
}

static enum ut__signal_method method_of(struct text t)
{
    return begins(t, "INVITE")   ? UT__SIGNAL_INVITE
           : begins(t, "ACK")    ? UT__SIGNAL_ACK
           : begins(t, "PRACK")  ? UT__SIGNAL_ACK
           : begins(t, "BYE")    ? UT__SIGNAL_BYE
           : begins(t, "CANCEL") ? UT__SIGNAL_CANCEL
                                 : UT__SIGNAL_OTHER;
}

static int read_start_line(struct ut__signal *s, struct text line)
{
    static const char tail[] = " SIP/2.0";
    if (begins(line, "SIP/2.0 ")) {
        struct text status = after(line, 8);
        long code = number(&status, 999);
        s->status = code > 0 ? (uint16_t)code : 0;
        return 1;
    }
    s->is_request = line.len > sizeof tail &&
                    memcmp(line.p + line.len - (sizeof tail - 1), tail, sizeof tail - 1) == 0;
    s->method = (uint8_t)method_of(line);
    return s->is_request;
}

/* What a header's name is followed by; the short form counts as well. */
static int is_header(struct text line, const char *name, const char *brief, struct text *value)
{
    size_t n = begins(line, name) ? strlen(name) : brief && begins(line, brief) ? 2 : 0;
    if (n)
        *value = after(line, n);
    return n != 0;
}

/* Signs of a recording client that stand in headers: RFC 7866, Cisco's CUBE, and the built-in
 * bridge of Cisco's telephones, which records its two ends as two calls. */
static int tells_recording(struct text line)
{
    struct text v;
    if (is_header(line, "Require:", NULL, &v))
        return memmem(v.p, v.len, "siprec", 6) != NULL;
    if (is_header(line, "Contact:", "m:", &v))
        return memmem(v.p, v.len, "+sip.src", 8) != NULL || memmem(v.p, v.len, ";src", 4) != NULL;
    if (is_header(line, "From:", "f:", &v))
        return memmem(v.p, v.len, "x-nearend", 9) != NULL ||
               memmem(v.p, v.len, "x-farend", 8) != NULL;
    return begins(line, "X-Cisco-Recording-Participant:");
}

int ut__signal_read(struct ut__signal *out, const uint8_t *bytes, size_t len)
{
    struct text t = {(const char *)bytes, len}, line, v;
    /* RTP and RTCP begin with two bits that no SIP message has. */
    if (len < 16 || (bytes[0] & 0xc0) == 0x80 || !next_line(&t, &line))
        return 0;
    struct ut__signal start = {.status = 0};
    if (!read_start_line(&start, line))
        return 0;
    *out = start;
    int has_sdp = 0, has_parts = 0;
    while (next_line(&t, &line) && line.len) {
        out->is_recording |= (uint8_t)tells_recording(line);
        if (is_header(line, "Call-ID:", "i:", &v)) {
            copy(out->call_id, sizeof out->call_id, v, " ");
        } else if (is_header(line, "From:", "f:", &v)) {
            read_party(out->from, out->from_tag, v);
        } else if (is_header(line, "To:", "t:", &v)) {
            read_party(out->to, out->to_tag, v);
        } else if (is_header(line, "CSeq:", NULL, &v)) {
            long n = number(&v, INT32_MAX);
            out->cseq = n > 0 ? (uint32_t)n : 0;
            out->method = (uint8_t)method_of(after(v, 0));
        } else if (is_header(line, "Content-Type:", "c:", &v)) {
            has_sdp = memmem(v.p, v.len, "application/sdp", 15) != NULL;
            has_parts = memmem(v.p, v.len, "multipart/", 10) != NULL;
        }
    }
    if (has_parts)
        read_parts(out, t);
    else if (has_sdp)
        read_sdp(out, t);
    return out->call_id[0] != 0;
}

int ut__signal_begins(const uint8_t *bytes, size_t len)
{
    struct text t = {(const char *)bytes, len}, line;
    struct ut__signal s;
    return len >= 16 && next_line(&t, &line) && line.len < len && read_start_line(&s, line);
}
