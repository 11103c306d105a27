/* SPDX-License-Identifier: MIT */
/* The head of a request, by libre's parser, into plain strings of one block. */

#include "net/http_head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/re.h"

/*
 * Fills the block from its front. The block is sized for every sound head; where libre's parser and
 * ours take different lines for the request line, their parts may overlap and not fit: then `full`.
 */
struct writer {
    char *at, *end;
    bool full;
};

size_t ut__http_head_end(const uint8_t *buf, size_t len, size_t *scanned)
{
    /* An empty line may be LF LF or LF CR LF; look back over what an earlier call saw of it. */
    size_t i = *scanned > 2 ? *scanned - 2 : 0;
    for (; i < len; i++) {
        if (buf[i] != '\n')
            continue;
        if (i + 1 < len && buf[i + 1] == '\n')
            return i + 2;
        if (i + 2 < len && buf[i + 1] == '\r' && buf[i + 2] == '\n')
            return i + 3;
    }
    *scanned = len;
    return 0;
}

static const char *put(struct writer *w, const char *text, size_t len)
{
    char *start = w->at;
    if (len >= (size_t)(w->end - w->at)) {
        w->full = true;
        return "";
    }
    if (len)
        memcpy(start, text, len);
    start[len] = 0;
    w->at += len + 1;
    return start;
}

static bool same_name(const struct pl *a, const struct pl *b)
{
    return a->l == b->l && strncasecmp(a->p, b->p, a->l) == 0;
}

/* Whether an earlier header of the list has the name of this one. */
static bool seen_before(const struct http_msg *msg, const struct http_hdr *hdr)
{
    for (const struct le *le = msg->hdrl.head; le; le = le->next) {
        const struct http_hdr *other = le->data;
        if (other == hdr)
            return false;
        if (same_name(&other->name, &hdr->name))
            return true;
    }
    return false;
}

static const char *put_joined(struct writer *w, const struct http_hdr *first)
{
    const char *start = put(w, first->val.p, first->val.l);
    for (const struct le *le = first->le.next; le; le = le->next) {
        const struct http_hdr *other = le->data;
        if (!same_name(&other->name, &first->name))
            continue;
        if (w->full)
            return "";
        w->at--; /* Over the NUL. */
        (void)put(w, ", ", 2);
        w->at -= !w->full;
        (void)put(w, other->val.p, other->val.l);
    }
    return start;
}

/* The request target as it was sent: libre turns '+' of the query into spaces while it parses. */
static int put_target(struct writer *w, struct ut__http_head *head, const uint8_t *buf, size_t len)
{
    const char *line = (const char *)buf;
    const char *lf = memchr(line, '\n', len);
    const char *from = lf ? memchr(line, ' ', (size_t)(lf - line)) : NULL;
    if (!from)
        return UT__HTTP_STATUS_BAD;
    from++;
    const char *to = memchr(from, ' ', (size_t)(lf - from));
    if (!to || from[0] != '/')
        return UT__HTTP_STATUS_BAD;
    head->target = put(w, from, (size_t)(to - from));
    const char *mark = memchr(from, '?', (size_t)(to - from));
    head->path = put(w, from, (size_t)((mark ? mark : to) - from));
    head->query = mark ? put(w, mark + 1, (size_t)(to - mark - 1)) : "";
    return 0;
}

/* Content-Length: digits alone, few enough that no sum overflows. */
static int read_length(struct ut__http_head *head)
{
    if (ut__http_head_get(head, "Transfer-Encoding"))
        return UT__HTTP_STATUS_NO_CHUNKED;
    const char *text = ut__http_head_get(head, "Content-Length");
    if (!text)
        return 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 15 || text[digits])
        return UT__HTTP_STATUS_BAD;
    head->body_len_bytes = strtoull(text, NULL, 10);
    return 0;
}

static int fill(struct ut__http_head *head, const struct http_msg *msg, const uint8_t *buf,
                size_t len, size_t count, size_t text)
{
    head->headers = (struct ut__http_field *)(head + 1);
    char *begin = (char *)(head->headers + count);
    struct writer w = {.at = begin, .end = begin + text};
    head->method = put(&w, msg->met.p, msg->met.l);
    int status = put_target(&w, head, buf, len);
    if (status)
        return status;
    for (const struct le *le = msg->hdrl.head; le; le = le->next) {
        const struct http_hdr *hdr = le->data;
        if (seen_before(msg, hdr))
            continue;
        struct ut__http_field *h = &head->headers[head->count++];
        h->name = put(&w, hdr->name.p, hdr->name.l);
        h->value = put_joined(&w, hdr);
    }
    if (w.full)
        return UT__HTTP_STATUS_BAD;
    if (msg->ver.l != 3 || memcmp(msg->ver.p, "1.", 2) != 0)
        return UT__HTTP_STATUS_VERSION;
    head->http10 = msg->ver.p[2] == '0';
    /* RFC 9112, 3.2: one Host, and none is missing since HTTP/1.1. Two come joined by a comma. */
    const char *host = ut__http_head_get(head, "Host");
    if (host ? strchr(host, ',') != NULL : !head->http10)
        return UT__HTTP_STATUS_BAD;
    const char *connection = ut__http_head_get(head, "Connection");
    head->keep_alive = head->http10 ? ut__http_has_token(connection, "keep-alive")
                                    : !ut__http_has_token(connection, "close");
    head->expects_continue = ut__http_has_token(ut__http_head_get(head, "Expect"), "100-continue");
    return read_length(head);
}

/*
 * What RFC 9112 forbids and libre's parser lets pass, each a way to make two servers see two requests:
 * a line that continues the one before (5.2), space before the colon (5.1), CR without LF (2.2).
 */
static bool is_well_framed(const uint8_t *buf, size_t len)
{
    const uint8_t *end = buf + len, *line = memchr(buf, '\n', len);
    for (const uint8_t *p = buf; p + 1 < end; p++)
        if (*p == '\r' && p[1] != '\n')
            return false;
    while (line && ++line < end) {
        const uint8_t *next = memchr(line, '\n', (size_t)(end - line));
        const uint8_t *stop = next ? next : end;
        const uint8_t *colon = memchr(line, ':', (size_t)(stop - line));
        if (*line == ' ' || *line == '\t')
            return false;
        if (colon && (colon == line || colon[-1] == ' ' || colon[-1] == '\t'))
            return false;
        line = next;
    }
    return true;
}

/* libre's message, from a buffer of its own: it keeps a reference and writes into it. */
static int decode(struct http_msg **msg, const uint8_t *buf, size_t len)
{
    if (memchr(buf, 0, len) || !is_well_framed(buf, len))
        return UT__HTTP_STATUS_BAD;
    struct mbuf *mb = mbuf_alloc(len);
    if (!mb)
        return UT__HTTP_STATUS_BUSY;
    int err = mbuf_write_mem(mb, buf, len);
    mb->pos = 0;
    if (!err)
        err = http_msg_decode(msg, mb, true);
    if (!err && mbuf_get_left(mb)) { /* It saw the head end elsewhere than we did. */
        mem_deref(*msg);
        err = EBADMSG;
    }
    mem_deref(mb);
    return err ? UT__HTTP_STATUS_BAD : 0;
}

int ut__http_head_parse(struct ut__http_head **out, const uint8_t *buf, size_t len)
{
    struct http_msg *msg = NULL;
    int status = decode(&msg, buf, len);
    if (status)
        return status;
    size_t count = list_count(&msg->hdrl);
    struct ut__http_head *head = NULL;
    if (count > UT__HTTP_HEADERS_MAX) {
        status = UT__HTTP_STATUS_HEAD_TOO_BIG;
        goto out;
    }
    /* A comma-separated header gives its name once a value, but only the first is stored; the
       target is stored twice; each string ends in NUL, each joint takes two more. */
    size_t text = 2 * len + 4 * count + 8;
    head = calloc(1, sizeof *head + count * sizeof head->headers[0] + text);
    status = head ? fill(head, msg, buf, len, count, text) : UT__HTTP_STATUS_BUSY;
out:
    mem_deref(msg);
    if (status)
        free(head);
    else
        *out = head;
    return status;
}

const char *ut__http_head_get(const struct ut__http_head *head, const char *name)
{
    for (size_t i = 0; i < head->count; i++)
        if (strcasecmp(head->headers[i].name, name) == 0)
            return head->headers[i].value;
    return NULL;
}

bool ut__http_has_token(const char *list, const char *token)
{
    size_t want = strlen(token);
    while (list && *list) {
        list += strspn(list, " \t,");
        size_t len = strcspn(list, ",");
        size_t trimmed = len;
        while (trimmed && (list[trimmed - 1] == ' ' || list[trimmed - 1] == '\t'))
            trimmed--;
        if (trimmed == want && strncasecmp(list, token, want) == 0)
            return true;
        list += len;
    }
    return false;
}
