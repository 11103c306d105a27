/* SPDX-License-Identifier: MIT */
/*
 *     tcp_accept of libre's SIP -> ours -> libre's, with our handlers -> whole messages -> its own
 *
 * libre shows nobody a connection before the first whole message, so its tcp_accept is stood in
 * for: the definition of a program comes before a shared library's. Each of its other callers gets
 * libre's as it is. TLS is below the handlers: what they get is plain.
 */

#include "ingress/sip/gather.h"

#include <dlfcn.h>
#include <string.h>
#include <strings.h>

#include <undertone/error.h>

#include "net/re.h"

enum { PORTS = 64, HEAD_MAX = 65535, NUMBER_MAX = 10 };

struct stream {
    struct le le;
    struct tcp_conn *tcp; /* Held, so that it can be seen that libre holds it no longer. */
    tcp_estab_h *estab;   /* libre's, */
    tcp_recv_h *recv;
    tcp_close_h *close;
    void *arg;         /* and what it gave for them. */
    struct mbuf *part; /* Of a message; NULL: none. */
    uint64_t skip;     /* Bytes to come of one that was refused. */
};

/* tcp_accept knows no context but this. */
static struct {
    uint16_t ports[PORTS];
    size_t port_count;
    struct list streams;
    int is_cut;
} gathered;

/* ---- where a message ends ---- */

/* The value of a header on this line, or NULL. */
static const uint8_t *value_of(const uint8_t *line, const uint8_t *end, const char *name)
{
    size_t n = strlen(name);
    if ((size_t)(end - line) < n || strncasecmp((const char *)line, name, n) != 0)
        return NULL;
    for (line += n; line < end && (*line == ' ' || *line == '\t'); line++)
        ;
    if (line == end || *line != ':')
        return NULL;
    for (line++; line < end && (*line == ' ' || *line == '\t'); line++)
        ;
    return line;
}

static int take_number(struct ut__sip_frame *out, const uint8_t *bytes, const uint8_t *at,
                       const uint8_t *end)
{
    uint64_t n = 0;
    size_t digits = 0;
    for (; at + digits < end && at[digits] >= '0' && at[digits] <= '9'; digits++) {
        if (digits == NUMBER_MAX)
            return UT_EMALFORMED;
        n = n * 10 + (uint64_t)(at[digits] - '0');
    }
    if (digits == 0)
        return UT_EMALFORMED;
    out->number_at = (size_t)(at - bytes);
    out->number_digits = digits;
    out->len_bytes = out->head_bytes + n;
    return 1;
}

int ut__sip_frame_read(struct ut__sip_frame *out, const uint8_t *bytes, size_t len)
{
    const uint8_t *head_end = memmem(bytes, len, "\r\n\r\n", 4);
    if (!head_end)
        return 0;
    *out = (struct ut__sip_frame){.head_bytes = (size_t)(head_end - bytes) + 4};
    for (const uint8_t *line = bytes; line < head_end;) {
        const uint8_t *end = memmem(line, (size_t)(head_end + 2 - line), "\r\n", 2);
        const uint8_t *value = value_of(line, end, "Content-Length");
        if (!value)
            value = value_of(line, end, "l");
        if (value)
            return take_number(out, bytes, value, end);
        line = end + 2;
    }
    return UT_EMALFORMED;
}

/* ---- a connection ---- */

static void stream_gone(void *data)
{
    struct stream *st = data;
    list_unlink(&st->le);
    mem_deref(st->part);
    mem_deref(st->tcp);
}

/* 1: libre has closed it, and so have we. */
static int is_over(struct stream *st)
{
    if (mem_nrefs(st->tcp) > 1)
        return 0;
    mem_deref(st);
    return 1;
}

/* Shows libre the first n bytes, as one piece. 1: that was the connection's end. */
static int show(struct stream *st, size_t n, const struct ut__sip_frame *cut)
{
    struct mbuf *piece = mbuf_alloc(n);
    if (!piece)
        return 0;
    (void)mbuf_write_mem(piece, mbuf_buf(st->part), n);
    if (cut)
        memset(piece->buf + cut->number_at, '0', cut->number_digits);
    mbuf_set_pos(piece, 0);
    gathered.is_cut = cut != NULL;
    st->recv(piece, st->arg);
    gathered.is_cut = 0;
    mem_deref(piece);
    return is_over(st);
}

/* Line ends between messages keep a connection alive: whole ones, or 0. */
static size_t line_ends(const uint8_t *bytes, size_t len)
{
    size_t n = 0;
    while (n + 2 <= len && bytes[n] == '\r' && bytes[n + 1] == '\n')
        n += 2;
    return n;
}

/* Shows what is whole. 1: the connection is over; 0: the rest waits for more. */
static int show_whole(struct stream *st)
{
    for (size_t len; (len = mbuf_get_left(st->part)) > 0;) {
        struct ut__sip_frame frame = {.len_bytes = 0};
        const struct ut__sip_frame *cut = NULL;
        size_t n = line_ends(mbuf_buf(st->part), len), used = n;
        int got = n ? 1 : ut__sip_frame_read(&frame, mbuf_buf(st->part), len);
        if (n == 0 && got == 1 && frame.len_bytes > UT__SIP_MESSAGE_MAX) {
            cut = &frame;
            n = frame.head_bytes;
            used = frame.len_bytes < len ? (size_t)frame.len_bytes : len;
            st->skip = frame.len_bytes - used;
        } else if (n == 0 && got == 1 && frame.len_bytes <= len) {
            n = used = (size_t)frame.len_bytes;
        } else if (n == 0 && (got == UT_EMALFORMED || (got == 0 && len > HEAD_MAX))) {
            n = used = len; /* libre ends such a connection. */
        } else if (n == 0) {
            return 0;
        }
        if (show(st, n, cut))
            return 1;
        mbuf_advance(st->part, (ssize_t)used);
    }
    return 0;
}

static void on_recv(struct mbuf *mb, void *arg)
{
    struct stream *st = arg;
    size_t len = mbuf_get_left(mb), skipped = st->skip < len ? (size_t)st->skip : len;
    if (is_over(st))
        return;
    st->skip -= skipped;
    if (skipped == len)
        return;
    if (!st->part)
        st->part = mbuf_alloc(len);
    size_t pos = st->part ? st->part->pos : 0;
    if (!st->part)
        return;
    mbuf_skip_to_end(st->part);
    int err = mbuf_write_mem(st->part, mbuf_buf(mb) + skipped, len - skipped);
    mbuf_set_pos(st->part, pos);
    if (err || show_whole(st))
        return;
    if (mbuf_get_left(st->part) == 0)
        st->part = mem_deref(st->part);
}

static void on_estab(void *arg)
{
    struct stream *st = arg;
    if (!is_over(st) && st->estab)
        st->estab(st->arg);
}

static void on_close(int err, void *arg)
{
    struct stream *st = arg;
    if (is_over(st))
        return;
    st->close(err, st->arg);
    (void)is_over(st);
}

/* ---- what libre accepts ---- */

static int is_ours(const struct tcp_sock *listener)
{
    struct sa at;
    if (tcp_sock_local_get(listener, &at) != 0)
        return 0;
    for (size_t i = 0; i < gathered.port_count; i++) {
        if (gathered.ports[i] == sa_port(&at))
            return 1;
    }
    return 0;
}

__attribute__((visibility("default"))) int tcp_accept(struct tcp_conn **tcp, struct tcp_sock *ts,
                                                      tcp_estab_h *eh, tcp_recv_h *rh,
                                                      tcp_close_h *ch, void *arg)
{
    static __typeof__(&tcp_accept) libres;
    if (!libres)
        *(void **)(&libres) = dlsym(RTLD_NEXT, "tcp_accept");
    if (!is_ours(ts))
        return libres(tcp, ts, eh, rh, ch, arg);
    struct stream *st = mem_zalloc(sizeof *st, stream_gone);
    if (!st)
        return ENOMEM;
    int err = libres(tcp, ts, on_estab, on_recv, on_close, st);
    if (err) {
        mem_deref(st);
        return err;
    }
    st->tcp = mem_ref(*tcp);
    st->estab = eh;
    st->recv = rh;
    st->close = ch;
    st->arg = arg;
    list_append(&gathered.streams, &st->le, st);
    return 0;
}

void ut__sip_gather_watch(uint16_t port)
{
    if (gathered.port_count < PORTS)
        gathered.ports[gathered.port_count++] = port;
}

int ut__sip_gather_is_cut(void)
{
    return gathered.is_cut;
}

void ut__sip_gather_sweep(void)
{
    for (struct le *le = gathered.streams.head, *next; le; le = next) {
        next = le->next;
        (void)is_over(le->data);
    }
}

void ut__sip_gather_stop(void)
{
    list_flush(&gathered.streams);
    gathered.port_count = 0;
}
