/* SPDX-License-Identifier: MIT */

#define _GNU_SOURCE /* memmem. */

#include "ingress/pcap/tcp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <undertone/error.h>

#include "ingress/pcap/signalling.h"

static void drop(struct ut__tcp_flow *f)
{
    free(f->bytes);
    *f = (struct ut__tcp_flow){.used = 0};
}

void ut__tcp_clear(struct ut__tcp *t)
{
    for (int i = 0; i < UT__TCP_FLOWS; i++)
        drop(&t->flows[i]);
}

static struct ut__tcp_flow *find(struct ut__tcp *t, const struct ut__datagram *d)
{
    for (int i = 0; i < UT__TCP_FLOWS; i++) {
        struct ut__tcp_flow *f = &t->flows[i];
        if (f->used && ut__address_same(&f->from, &d->from, 1) &&
            ut__address_same(&f->to, &d->to, 1))
            return f;
    }
    return NULL;
}

static struct ut__tcp_flow *begin(struct ut__tcp *t, const struct ut__datagram *d)
{
    struct ut__tcp_flow *f = &t->flows[0];
    for (int i = 1; i < UT__TCP_FLOWS; i++) {
        if (t->flows[i].used < f->used)
            f = &t->flows[i];
    }
    drop(f);
    f->from = d->from;
    f->to = d->to;
    f->next = d->seq;
    return f;
}

/* The length of the message in front, 0 while it is not whole. */
static size_t message_len(const uint8_t *bytes, size_t len)
{
    const uint8_t *end = memmem(bytes, len, "\r\n\r\n", 4);
    size_t head = end ? (size_t)(end - bytes) + 4 : 0, body = 0;
    if (!head)
        return 0;
    for (const uint8_t *p = bytes; p < end;) {
        const uint8_t *lf = memchr(p, '\n', (size_t)(end - p));
        const uint8_t *line = lf ? lf + 1 : end;
        size_t left = (size_t)(end - line);
        size_t name = left > 15 && strncasecmp((const char *)line, "Content-Length:", 15) == 0 ? 15
                      : left > 2 && strncasecmp((const char *)line, "l:", 2) == 0              ? 2
                                                                                               : 0;
        for (size_t i = name; name && i < left && line[i] != '\r' && body <= UT__TCP_MESSAGE_MAX;
             i++) {
            if (line[i] >= '0' && line[i] <= '9')
                body = body * 10 + (size_t)(line[i] - '0');
        }
        p = line;
    }
    return head + body <= len ? head + body : 0;
}

/* Hands out what is whole. What does not begin like SIP, or grows too long, is forgotten. */
static int give(struct ut__tcp_flow *f, ut__tcp_message *fn, void *arg)
{
    size_t at = 0;
    int err = 0;
    while (!err && at < f->len) {
        if (f->bytes[at] == '\r' || f->bytes[at] == '\n') {
            at++; /* Keep-alives, RFC 5626. */
            continue;
        }
        size_t n = message_len(f->bytes + at, f->len - at);
        if (!n)
            break;
        if (ut__signal_begins(f->bytes + at, n))
            err = fn(arg, f->bytes + at, n);
        at += n;
    }
    f->len -= at;
    if (f->len)
        memmove(f->bytes, f->bytes + at, f->len);
    if (f->len > UT__TCP_MESSAGE_MAX)
        f->len = 0;
    return err;
}

int ut__tcp_take(struct ut__tcp *t, const struct ut__datagram *d, ut__tcp_message *fn, void *arg)
{
    struct ut__tcp_flow *f = find(t, d);
    const uint8_t *bytes = d->payload;
    size_t len = d->len;
    if (f && d->syn)
        drop(f); /* The same ports again. */
    if (len == 0 || d->syn)
        return 0;
    int32_t ahead = f && f->used ? (int32_t)(d->seq - f->next) : 0;
    if (!f || !f->used || ahead > 0) {
        /* A connection that is new to us, or one of which something is missing: from the next
         * message that begins with a segment. */
        if (!ut__signal_begins(bytes, len))
            return 0;
        if (f)
            drop(f); /* What it waited for does not come; it would be found in the new one's place.
                      */
        f = begin(t, d);
        ahead = 0;
    }
    f->used = ++t->clock;
    size_t seen = (size_t) - (int64_t)ahead;
    if (seen >= len)
        return 0; /* Sent again. */
    bytes += seen;
    len -= seen;
    uint8_t *more = realloc(f->bytes, f->len + len);
    if (!more)
        return UT_ENOMEM;
    memcpy(more + f->len, bytes, len);
    f->bytes = more;
    f->len += len;
    f->next += (uint32_t)len;
    return give(f, fn, arg);
}
