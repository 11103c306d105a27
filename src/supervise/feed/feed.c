/* SPDX-License-Identifier: MIT */
/* The ring of messages and those who read it. */

#include "supervise/feed/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "net/re.h"
#include "net/ws.h"

enum { PUMP_MS = 30, SNAPSHOT_KEEP_MS = 250, WS_TRY_LATER = 1013, MASK = UT__FEED_MESSAGES - 1 };

struct message {
    const char *type;
    char *text;
    uint32_t len;
    unsigned roles;
    const char *queue, *before; /* Behind the text; NULL: see struct ut__feed_to. */
};

struct client {
    struct client *next;
    struct ut__feed *feed;
    uint64_t number, at; /* The id that it gets next. */
    int64_t sent_ms;     /* When it last got something. */
    struct ut__who who;
    struct view *view;
    struct ut__ws *ws; /* NULL: server-sent events on x. */
    struct ut__http_exchange *x;
    int batch;       /* Gets arrays of messages. */
    int full;        /* Waits to be drained. */
    int needs;       /* Wants a snapshot as soon as it can take one. */
    int leaving;     /* Is being closed. */
    const char *why; /* Of the skip before that snapshot; NULL: none. */
};

/* Messages from..next-1 that a view has, as a JSON array; `upto` was the newest then. */
struct batch {
    uint64_t from, next, upto;
    unsigned count;
    struct ut__text text;
};

/* What clients of one role and the same queues see. */
struct view {
    struct view *next;
    unsigned role, clients;
    char scope[UT__SCOPE_BYTES];
    struct ut__text snapshot; /* The event as of `snapshot_id`. */
    uint64_t snapshot_id;
    int64_t snapshot_ms;
    struct batch batch; /* The one made last. */
};

struct ut__feed {
    char node[64];
    struct ut__feed_owner owner;
    struct message ring[UT__FEED_MESSAGES];
    uint64_t first, newest; /* Ids kept: first..newest; none while first > newest. */
    size_t bytes;
    struct client *clients;
    uint32_t clients_max;
    uint64_t numbers; /* Clients so far. */
    struct tmr pump;
    struct view *views;
    struct ut__text draft; /* Where a message grows before it gets a place of its size. */
    struct ut__feed_stats stats;
};

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

/* The view of this role and these queues, with one client more. NULL: no memory. */
static struct view *join_view(struct ut__feed *f, const struct ut__who *who)
{
    struct view *v = f->views;
    const char *scope = who->only[0] ? who->only : who->queues;
    while (v && (v->role != (unsigned)who->role || strcmp(v->scope, scope) != 0))
        v = v->next;
    if (!v && (v = calloc(1, sizeof *v)) != NULL) {
        v->role = (unsigned)who->role;
        snprintf(v->scope, sizeof v->scope, "%s", scope);
        v->next = f->views;
        f->views = v;
    }
    if (v)
        v->clients++;
    return v;
}

static void leave_view(struct ut__feed *f, struct view *v)
{
    struct view **at = &f->views;
    if (--v->clients > 0)
        return;
    while (*at != v)
        at = &(*at)->next;
    *at = v->next;
    ut__text_free(&v->snapshot);
    ut__text_free(&v->batch.text);
    free(v);
}

static void unlink_client(struct client *c)
{
    struct client **at = &c->feed->clients;
    while (*at && *at != c)
        at = &(*at)->next;
    if (*at)
        *at = c->next;
    c->feed->stats.clients--;
    leave_view(c->feed, c->view);
    free(c);
}

static int sees(const struct view *v, const struct message *m)
{
    return (m->roles & v->role) && (!m->queue || ut__scope_has(v->scope, m->queue)) &&
           (!m->before || !ut__scope_has(v->scope, m->before));
}

/* Ends a client from our side. A WebSocket's memory goes when its `closed` comes. */
static void leave(struct client *c, uint16_t code, const char *reason)
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
    unlink_client(c);
}

static void forget_oldest(struct ut__feed *f)
{
    struct message *m = &f->ring[f->first++ & MASK];
    f->bytes -= m->len;
    free(m->text);
    m->text = NULL;
}

void ut__feed_destroy(struct ut__feed *f)
{
    if (!f)
        return;
    tmr_cancel(&f->pump);
    for (struct client *c = f->clients, *next; c; c = next) {
        next = c->next;
        leave_view(f, c->view);
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
static int send_text(struct client *c, const char *type, uint64_t id, const char *text, size_t len)
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
static int send_event(struct client *c, const char *type, const struct ut__text *event)
{
    struct ut__text t = {0};
    envelope(&t, c->feed->newest, ut__clock_wall_us() / 1000, c->feed->node, event->buf,
             event->len);
    int ok = !t.failed && send_text(c, type, 0, t.buf, t.len);
    ut__text_free(&t);
    return ok;
}

static size_t queued(const struct client *c)
{
    return c->ws ? ut__ws_queued(c->ws) : ut__http_stream_queued(c->x);
}

static void pump_client(struct client *c);

static void on_drained_sse(void *arg)
{
    struct client *c = arg;
    c->full = 0;
    pump_client(c);
}

static void on_drained_ws(struct ut__ws *ws, void *arg)
{
    (void)ws;
    on_drained_sse(arg);
}

static void set_full(struct client *c)
{
    c->full = 1;
    if (!c->ws)
        ut__http_stream_on_drained(c->x, on_drained_sse, c);
}

/* One snapshot serves all of a view who ask within a quarter of a second: it names the id it is of. */
static const struct view *fresh_snapshot(struct ut__feed *f, struct view *v, uint64_t from)
{
    int64_t now = ut__clock_mono_us() / 1000;
    if (v->snapshot.len && v->snapshot_id + 1 >= f->first && v->snapshot_id + 1 >= from &&
        (v->snapshot_id == f->newest || now - v->snapshot_ms < SNAPSHOT_KEEP_MS))
        return v;
    ut__text_free(&v->snapshot);
    f->owner.snapshot(f->owner.arg, v->scope, &v->snapshot);
    v->snapshot_id = f->newest;
    v->snapshot_ms = now;
    return v;
}

static void send_snapshot(struct client *c)
{
    struct ut__feed *f = c->feed;
    struct ut__text skip = {0}, t = {0};
    const struct view *v = fresh_snapshot(f, c->view, c->at);
    if (c->why) {
        ut__text_raw(&skip, "{\"type\":\"skip\"");
        ut__text_kint(&skip, "from", (int64_t)c->at);
        ut__text_kint(&skip, "to", (int64_t)v->snapshot_id);
        ut__text_kstr(&skip, "why", c->why);
        ut__text_raw(&skip, "}");
        f->stats.skips++;
        (void)send_event(c, "skip", &skip);
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

/* Fills the view's batch that starts at `from`, unless it is the one at hand. */
static const struct batch *make_batch(struct ut__feed *f, struct view *v, uint64_t from)
{
    struct batch *b = &v->batch;
    if (b->next && b->from == from && b->upto == f->newest)
        return b;
    ut__text_free(&b->text);
    *b = (struct batch){.from = from, .next = from, .upto = f->newest};
    while (b->next <= f->newest && b->text.len < UT__FEED_BATCH) {
        const struct message *m = &f->ring[b->next++ & MASK];
        if (!sees(v, m))
            continue;
        ut__text_raw(&b->text, b->count++ ? "," : "[");
        ut__text_bytes(&b->text, m->text, m->len);
    }
    if (b->count)
        ut__text_raw(&b->text, "]");
    return b;
}

/* Sends what comes next in the ring: a message, or a batch. Returns 0 when nothing was taken. */
static int send_next(struct client *c)
{
    struct ut__feed *f = c->feed;
    if (c->batch) {
        const struct batch *b = make_batch(f, c->view, c->at);
        if (b->text.failed ||
            (b->count && !send_text(c, "batch", b->next - 1, b->text.buf, b->text.len)))
            return 0;
        f->stats.sent += b->count ? b->count - 1 : 0;
        c->at = b->next;
        return 1;
    }
    const struct message *m = &f->ring[c->at & MASK];
    if (sees(c->view, m) && !send_text(c, m->type, c->at, m->text, m->len))
        return 0;
    c->at++;
    return 1;
}

static void pump_client(struct client *c)
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
    for (struct client *c = f->clients, *next; c; c = next) {
        next = c->next;
        pump_client(c);
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
static int keep_draft(struct ut__feed *f, const struct ut__feed_to *to, struct message *out)
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
    struct message m = {.type = type};
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

static struct client *new_client(struct ut__feed *f, const struct ut__who *who)
{
    struct client *c = f->stats.clients < f->clients_max ? calloc(1, sizeof *c) : NULL;
    if (c)
        c->view = join_view(f, who);
    if (!c || !c->view) {
        free(c);
        f->stats.refused++;
        return NULL;
    }
    c->feed = f;
    c->who = *who;
    c->number = ++f->numbers;
    c->next = f->clients;
    f->clients = c;
    f->stats.clients++;
    return c;
}

/* Greets, and decides between the messages missed and a snapshot. */
static void welcome(struct client *c, uint64_t after)
{
    struct ut__feed *f = c->feed;
    struct ut__text t = {0};
    int resumed =
        after && after <= f->newest && after + 1 >= f->first && f->newest - after <= UT__FEED_LAG;
    c->at = resumed ? after + 1 : 0;
    c->needs = !resumed;
    if (!resumed && after) {
        c->why = "gone";
        c->at = after + 1;
    }
    f->owner.hello(f->owner.arg, &c->who, resumed, &t);
    (void)send_event(c, "hello", &t);
    ut__text_free(&t);
    pump_client(c);
}

static void on_ws_message(struct ut__ws *ws, enum ut__ws_kind kind, const uint8_t *data, size_t len,
                          void *arg)
{
    struct client *c = arg;
    if (kind != UT__WS_TEXT) {
        ut__ws_close(ws, 1003, "text alone");
        return;
    }
    if (c->feed && !c->leaving)
        c->feed->owner.command(c->feed->owner.arg, c->number, &c->who, (const char *)data, len);
}

static void on_ws_closed(struct ut__ws *ws, uint16_t code, void *arg)
{
    struct client *c = arg;
    (void)ws;
    (void)code;
    if (c->feed)
        unlink_client(c);
    else
        free(c);
}

static void refuse(struct ut__http_exchange *x)
{
    static const char body[] =
        "{\"error\":{\"code\":\"too_many\",\"message\":\"Too many supervisors are connected.\","
        "\"remedy\":\"Try again in a while, or raise the limit in the configuration.\"}}";
    ut__http_reply(x, &(struct ut__http_response){.status = 429,
                                                  .type = "application/json",
                                                  .headers = "Retry-After: 5\r\n",
                                                  .body = body,
                                                  .len_bytes = sizeof body - 1});
}

void ut__feed_ws(struct ut__feed *f, struct ut__http_exchange *x, const struct ut__who *who,
                 uint64_t after, int batch)
{
    struct client *c = new_client(f, who);
    struct ut__ws_config cfg = ut__ws_config_default();
    if (!c) {
        refuse(x);
        return;
    }
    cfg.message_max_bytes = UT__COMMAND_MAX;
    cfg.message = on_ws_message;
    cfg.closed = on_ws_closed;
    cfg.drained = on_drained_ws;
    cfg.arg = c;
    c->batch = batch;
    ut__http_limit_unsent(x, UT__FEED_KERNEL);
    if (ut__ws_accept(&c->ws, x, &cfg))
        unlink_client(c);
    else
        welcome(c, after);
}

static void on_sse_gone(void *arg)
{
    struct client *c = arg;
    if (c->leaving)
        return;
    unlink_client(c);
}

void ut__feed_sse(struct ut__feed *f, struct ut__http_exchange *x, const struct ut__who *who,
                  uint64_t after)
{
    struct client *c = new_client(f, who);
    if (!c) {
        refuse(x);
        return;
    }
    c->x = x;
    ut__http_limit_unsent(x, UT__FEED_KERNEL);
    ut__http_on_gone(x, on_sse_gone, c);
    static const char first[] = "retry: 1000\n\n";
    if (ut__http_stream_begin(x,
                              &(struct ut__http_response){.status = 200,
                                                          .type = "text/event-stream",
                                                          .headers = "Cache-Control: no-store\r\n"
                                                                     "X-Accel-Buffering: no\r\n",
                                                          .body = first,
                                                          .len_bytes = sizeof first - 1}))
        return; /* `gone` follows. */
    welcome(c, after);
}

void ut__feed_answer(struct ut__feed *f, uint64_t client, const char *type,
                     const struct ut__text *event)
{
    for (struct client *c = f ? f->clients : NULL; c; c = c->next)
        if (c->number == client) {
            if (event->failed || !send_event(c, type, event))
                leave(c, UT__WS_POLICY, "reads no answers");
            return;
        }
}

void ut__feed_tick(struct ut__feed *f)
{
    static char text[] = "{\"type\":\"ping\"}";
    static const struct ut__text ping = {.buf = text, .len = sizeof text - 1};
    int64_t now = ut__clock_mono_us() / 1000;
    for (struct client *c = f->clients, *next; c; c = next) {
        next = c->next;
        if (!f->owner.still(f->owner.arg, &c->who))
            leave(c, UT__WS_POLICY, "not allowed any more");
        else if (!c->full && now - c->sent_ms >= (UT__HEARTBEAT_S - 1) * 1000)
            (void)send_event(c, "ping", &ping);
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
