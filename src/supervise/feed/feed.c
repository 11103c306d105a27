/* SPDX-License-Identifier: MIT */
/* The ring of messages and those who read it. */

#include "supervise/feed/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "supervise/feed/feed_view.h"

enum { PUMP_MS = 30, WS_TRY_LATER = 1013, MASK = UT__FEED_MESSAGES - 1 };

/* Message `newest` was put and none is kept. */
static void keep_none(struct ut__feed *f, uint64_t newest)
{
    f->newest = newest;
    f->first = newest + 1;
}

int ut__feed_create(struct ut__feed **out, const char *node, uint32_t clients_max,
                    const struct ut__feed_owner *owner)
{
    struct ut__feed *f = calloc(1, sizeof *f);
    if (!f)
        return UT_ENOMEM;
    snprintf(f->node, sizeof f->node, "%s", node);
    f->owner = *owner;
    f->clients_max = clients_max;
    /* Ids go on increasing over restarts: fewer than one message a microsecond is ever put. */
    keep_none(f, (uint64_t)ut__clock_wall_us());
    tmr_init(&f->pump);
    *out = f;
    return 0;
}

void ut__feed_unlink(struct ut__feed_client *c)
{
    struct ut__feed_client **at = &c->feed->clients;
    while (*at && *at != c)
        at = &(*at)->next;
    if (*at)
        *at = c->next;
    c->feed->stats.clients--;
    ut__feed_view_leave(c->feed, c->view);
    free(c);
}

/* Ends a client from our side. A WebSocket's memory goes when its `closed` comes. */
static void leave(struct ut__feed_client *c, uint16_t code, const char *reason)
{
    if (c->leaving)
        return;
    c->leaving = 1;
    if (c->ws) {
        ut__ws_close(c->ws, code, reason);
        return;
    }
    ut__http_on_gone(c->x, NULL, NULL);
    ut__http_stream_end(c->x);
    ut__feed_unlink(c);
}

static void forget_oldest(struct ut__feed *f)
{
    struct ut__feed_message *m = &f->ring[f->first++ & MASK];
    f->bytes -= m->len;
    free(m->text);
    m->text = NULL;
}

void ut__feed_destroy(struct ut__feed *f)
{
    if (!f)
        return;
    tmr_cancel(&f->pump);
    for (struct ut__feed_client *c = f->clients, *next; c; c = next) {
        next = c->next;
        ut__feed_view_leave(f, c->view);
        if (c->ws) {
            c->feed = NULL; /* Its memory goes when its `closed` comes. */
            c->leaving = 1;
            ut__ws_close(c->ws, UT__WS_GOING_AWAY, "server ends");
        } else {
            ut__http_on_gone(c->x, NULL, NULL);
            ut__http_stream_end(c->x);
            free(c);
        }
    }
    while (f->first <= f->newest)
        forget_oldest(f);
    ut__text_free(&f->draft);
    free(f);
}

static void envelope(struct ut__text *t, uint64_t id, int64_t time_ms, const char *node,
                     const char *event, size_t len)
{
    ut__text_raw(t, "{");
    ut__text_kint(t, "id", (int64_t)id);
    ut__text_kint(t, "time_ms", time_ms);
    ut__text_kstr(t, "node", node);
    ut__text_key(t, "event");
    ut__text_bytes(t, event, len);
    ut__text_raw(t, "}");
}

/* Sends one envelope; id: what a browser comes back with, 0: no other than before. Returns 0 when
 * nothing was taken. */
static int send_text(struct ut__feed_client *c, const char *type, uint64_t id, const char *text,
                     size_t len)
{
    int err;
    if (c->leaving)
        return 0;
    if (c->ws) {
        err = ut__ws_send(c->ws, UT__WS_TEXT, text, len);
    } else {
        struct ut__text t = {0};
        if (id)
            ut__text_printf(&t, "id: %llu\n", (unsigned long long)id);
        ut__text_printf(&t, "event: %s\ndata: ", type);
        ut__text_bytes(&t, text, len);
        ut__text_raw(&t, "\n\n");
        err = t.failed ? UT_ENOMEM : ut__http_stream_write(c->x, t.buf, t.len);
        ut__text_free(&t);
    }
    if (err)
        return 0;
    c->sent_ms = ut__clock_mono_us() / 1000;
    c->feed->stats.sent++;
    return 1;
}

/* What is said to one client alone. It carries the newest id, which the client may not have yet. */
int ut__feed_send(struct ut__feed_client *c, const char *type, const struct ut__text *event)
{
    struct ut__text t = {0};
    envelope(&t, c->feed->newest, ut__clock_wall_us() / 1000, c->feed->node, event->buf,
             event->len);
    int ok = !t.failed && send_text(c, type, 0, t.buf, t.len);
    ut__text_free(&t);
    return ok;
}

static size_t queued(const struct ut__feed_client *c)
{
    return c->ws ? ut__ws_queued(c->ws) : ut__http_stream_queued(c->x);
}

void ut__feed_drained(void *arg)
{
    struct ut__feed_client *c = arg;
    c->full = 0;
    ut__feed_pump(c);
}

static void set_full(struct ut__feed_client *c)
{
    c->full = 1;
    if (!c->ws)
        ut__http_stream_on_drained(c->x, ut__feed_drained, c);
}

static void send_snapshot(struct ut__feed_client *c)
{
    struct ut__feed *f = c->feed;
    struct ut__text skip = {0}, t = {0};
    const struct ut__feed_view *v = ut__feed_view_snapshot(f, c->view, c->at);
    if (c->why) {
        ut__text_raw(&skip, "{\"type\":\"skip\"");
        ut__text_kint(&skip, "from", (int64_t)c->at);
        ut__text_kint(&skip, "to", (int64_t)v->snapshot_id);
        ut__text_kstr(&skip, "why", c->why);
        ut__text_raw(&skip, "}");
        f->stats.skips++;
        (void)ut__feed_send(c, "skip", &skip);
        ut__text_free(&skip);
    }
    envelope(&t, v->snapshot_id, ut__clock_wall_us() / 1000, f->node, v->snapshot.buf,
             v->snapshot.len);
    if (t.failed || !send_text(c, "snapshot", v->snapshot_id, t.buf, t.len)) {
        /* With nothing queued it will never fit; a WebSocket may close from here, a stream may not,
         * since its owner is still at work with it. */
        if (c->ws && queued(c) == 0) {
            c->leaving = 1;
            ut__ws_close(c->ws, WS_TRY_LATER, "the snapshot is too large");
        }
        set_full(c);
    } else {
        c->needs = 0;
        c->why = NULL;
        c->at = v->snapshot_id + 1;
    }
    ut__text_free(&t);
}

/* Sends what comes next in the ring: a message, or a batch. Returns 0 when nothing was taken. */
static int send_next(struct ut__feed_client *c)
{
    struct ut__feed *f = c->feed;
    if (c->batch) {
        const struct ut__feed_batch *b = ut__feed_view_batch(f, c->view, c->at);
        if (b->text.failed ||
            (b->count && !send_text(c, "batch", b->next - 1, b->text.buf, b->text.len)))
            return 0;
        f->stats.sent += b->count ? b->count - 1 : 0;
        c->at = b->next;
        return 1;
    }
    const struct ut__feed_message *m = &f->ring[c->at & MASK];
    if (ut__feed_view_sees(c->view, m) && !send_text(c, m->type, c->at, m->text, m->len))
        return 0;
    c->at++;
    return 1;
}

void ut__feed_pump(struct ut__feed_client *c)
{
    struct ut__feed *f = c->feed;
    if (!f || c->full || c->leaving)
        return;
    if (!c->needs && (c->at < f->first || f->newest + 1 - c->at > UT__FEED_LAG)) {
        c->needs = 1;
        c->why = "slow";
    }
    if (c->needs)
        send_snapshot(c);
    while (!c->full && !c->needs && !c->leaving && c->at <= f->newest)
        if (!send_next(c) || queued(c) > UT__FEED_QUEUED)
            set_full(c);
}

static void on_pump(void *arg)
{
    struct ut__feed *f = arg;
    for (struct ut__feed_client *c = f->clients, *next; c; c = next) {
        next = c->next;
        ut__feed_pump(c);
    }
}

/* A text of its own behind the message's. */
static const char *keep_name(char **at, const char *name)
{
    if (!name)
        return NULL;
    size_t n = strlen(name) + 1;
    char *kept = memcpy(*at, name, n);
    *at += n;
    return kept;
}

/* The draft as a message of its own: thousands are kept, each takes what it needs. */
static int keep_draft(struct ut__feed *f, const struct ut__feed_to *to,
                      struct ut__feed_message *out)
{
    struct ut__text *t = &f->draft;
    size_t names =
        (to->queue ? strlen(to->queue) + 1 : 0) + (to->before ? strlen(to->before) + 1 : 0);
    char *kept = t->failed ? NULL : malloc(t->len + names);
    if (!kept) {
        ut__text_free(t);
        return 0;
    }
    memcpy(kept, t->buf, t->len);
    char *at = kept + t->len;
    out->text = kept;
    out->len = (uint32_t)t->len;
    out->roles = to->roles;
    out->queue = keep_name(&at, to->queue);
    out->before = keep_name(&at, to->before);
    return 1;
}

uint64_t ut__feed_put(struct ut__feed *f, const char *type, int64_t time_ms, const char *node,
                      const struct ut__text *event, const struct ut__feed_to *to, int urgent)
{
    struct ut__feed_message m = {.type = type};
    if (!f)
        return 0;
    if (event->failed || !event->len)
        return f->newest;
    if (f->numbers == 0) {
        f->stats.messages++;
        keep_none(f, f->newest + 1);
        return f->newest;
    }
    f->draft.len = 0;
    envelope(&f->draft, f->newest + 1, time_ms, node ? node : f->node, event->buf, event->len);
    if (!keep_draft(f, to, &m))
        return f->newest;
    while (f->first <= f->newest &&
           (f->newest + 1 - f->first >= UT__FEED_MESSAGES || f->bytes + m.len > UT__FEED_BYTES))
        forget_oldest(f);
    f->ring[++f->newest & MASK] = m;
    f->bytes += m.len;
    f->stats.messages++;
    if (urgent) {
        tmr_cancel(&f->pump);
        on_pump(f);
    } else if (!tmr_isrunning(&f->pump)) {
        tmr_start(&f->pump, PUMP_MS, on_pump, f);
    }
    return f->newest;
}

void ut__feed_answer(struct ut__feed *f, uint64_t client, const char *type,
                     const struct ut__text *event)
{
    for (struct ut__feed_client *c = f ? f->clients : NULL; c; c = c->next)
        if (c->number == client) {
            if (event->failed || !ut__feed_send(c, type, event))
                leave(c, UT__WS_POLICY, "reads no answers");
            return;
        }
}

void ut__feed_tick(struct ut__feed *f)
{
    static char text[] = "{\"type\":\"ping\"}";
    static const struct ut__text ping = {.buf = text, .len = sizeof text - 1};
    int64_t now = ut__clock_mono_us() / 1000;
    for (struct ut__feed_client *c = f->clients, *next; c; c = next) {
        next = c->next;
        if (!f->owner.still(f->owner.arg, &c->who))
            leave(c, UT__WS_POLICY, "not allowed any more");
        else if (!c->full && now - c->sent_ms >= (UT__HEARTBEAT_S - 1) * 1000)
            (void)ut__feed_send(c, "ping", &ping);
    }
}

int ut__feed_room(const struct ut__feed *f)
{
    return f && f->stats.clients < f->clients_max;
}

uint64_t ut__feed_newest(const struct ut__feed *f)
{
    return f->newest;
}

void ut__feed_get_stats(const struct ut__feed *f, struct ut__feed_stats *out)
{
    *out = f->stats;
}
