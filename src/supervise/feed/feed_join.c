/* SPDX-License-Identifier: MIT */
/* Who reads the feed: how clients of /ws and /events come, speak and go. */

#include <stdlib.h>

#include "supervise/feed/feed_view.h"

static void on_drained_ws(struct ut__ws *ws, void *arg)
{
    (void)ws;
    ut__feed_drained(arg);
}

static struct ut__feed_client *new_client(struct ut__feed *f, const struct ut__who *who)
{
    struct ut__feed_client *c = f->stats.clients < f->clients_max ? calloc(1, sizeof *c) : NULL;
    if (c)
        c->view = ut__feed_view_join(f, who);
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
static void welcome(struct ut__feed_client *c, uint64_t after)
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
    (void)ut__feed_send(c, "hello", &t);
    ut__text_free(&t);
    ut__feed_pump(c);
}

static void on_ws_message(struct ut__ws *ws, enum ut__ws_kind kind, const uint8_t *data, size_t len,
                          void *arg)
{
    struct ut__feed_client *c = arg;
    if (kind != UT__WS_TEXT) {
        ut__ws_close(ws, 1003, "text alone");
        return;
    }
    if (c->feed && !c->leaving)
        c->feed->owner.command(c->feed->owner.arg, c->number, &c->who, (const char *)data, len);
}

static void on_ws_closed(struct ut__ws *ws, uint16_t code, void *arg)
{
    struct ut__feed_client *c = arg;
    (void)ws;
    (void)code;
    if (c->feed)
        ut__feed_unlink(c);
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
    struct ut__feed_client *c = new_client(f, who);
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
        ut__feed_unlink(c);
    else
        welcome(c, after);
}

static void on_sse_gone(void *arg)
{
    struct ut__feed_client *c = arg;
    if (c->leaving)
        return;
    ut__feed_unlink(c);
}

void ut__feed_sse(struct ut__feed *f, struct ut__http_exchange *x, const struct ut__who *who,
                  uint64_t after)
{
    struct ut__feed_client *c = new_client(f, who);
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
