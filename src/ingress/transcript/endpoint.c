/* SPDX-License-Identifier: MIT */
/*
 * /media/transcript?call=ID&who=caller&language=en: what the query says holds where a message does
 * not say it itself.
 */

#include "ingress/transcript/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/re.h"
#include "net/ws.h"

#define PATH "/media/transcript"

enum { MESSAGE_MAX = 262144, STREAMS_MAX = 2000, ERRORS_MAX = 20, WORD_MAX = 64 };

/* What the query says. */
struct said {
    char id[UT__CALL_ID_MAX], who[WORD_MAX], language[WORD_MAX];
};

struct ut__transcript_endpoint {
    const struct ut__edge_host *host;
    struct ut__live_talks *talks;
    struct list streams;
    struct ut__transcript_stats stats;
};

struct stream {
    struct le le;
    struct ut__transcript_endpoint *owner;
    struct ut__ws *ws;
    struct said said;
    unsigned errors;
};

static int may_come(const struct ut__transcript_endpoint *e, const struct ut__http_exchange *x)
{
    if (e->host->may_send && e->host->may_send(e->host->arg, x))
        return 1;
    return !ut__http_header(x, "Authorization") && !e->host->staged && ut__http_is_neighbour(x);
}

static int read_query(struct said *s, const struct ut__http_exchange *x)
{
    const struct {
        const char *name;
        char *out;
        size_t cap;
    } parts[] = {{"call", s->id, sizeof s->id},
                 {"who", s->who, sizeof s->who},
                 {"language", s->language, sizeof s->language}};
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        int n = ut__http_query(x, parts[i].name, parts[i].out, parts[i].cap);
        if (n < 0 && n != UT_EINVAL)
            return UT_EMALFORMED;
        if (n < 0)
            parts[i].out[0] = '\0';
    }
    return 0;
}

static enum ut__lines_end take(struct ut__transcript_endpoint *e, const struct said *said,
                               const char *body, size_t len, char *text)
{
    const struct ut__talks_from from = {
        .id = said->id, .who = said->who, .language = said->language};
    enum ut__lines_end end =
        ut__live_talks_take(e->talks, &from, body, len, ut__clock_wall_us() / 1000, text);
    e->stats.errors += end != UT__LINES_TAKEN;
    return end;
}

static void on_message(struct ut__ws *ws, enum ut__ws_kind kind, const uint8_t *data, size_t len,
                       void *arg)
{
    struct stream *s = arg;
    char text[UT__LINES_TEXT_MAX], answer[UT__LINES_TEXT_MAX + 16];
    if (kind != UT__WS_TEXT) {
        ut__ws_close(ws, UT__WS_POLICY, "send the recogniser's JSON as text, not sound");
        return;
    }
    if (take(s->owner, &s->said, (const char *)data, len, text) == UT__LINES_TAKEN)
        return;
    /* None of our sentences holds a quote or a control character but those of the example. */
    for (char *p = text; *p; p++)
        if (*p == '"' || *p == '\\')
            *p = '\'';
    int n = snprintf(answer, sizeof answer, "{\"error\":\"%s\"}", text);
    if (++s->errors > ERRORS_MAX || ut__ws_send(ws, UT__WS_TEXT, answer, (size_t)n) != 0)
        ut__ws_close(ws, UT__WS_POLICY, "too many messages that are not taken");
}

static void on_closed(struct ut__ws *ws, uint16_t code, void *arg)
{
    struct stream *s = arg;
    (void)ws;
    (void)code;
    s->owner->stats.streams--;
    list_unlink(&s->le);
    free(s);
}

static void accept_stream(struct ut__transcript_endpoint *e, struct ut__http_exchange *x,
                          const struct said *said)
{
    struct stream *s = e->stats.streams < STREAMS_MAX ? calloc(1, sizeof *s) : NULL;
    if (!s) {
        ut__http_error(x, 503, "There is no room for the stream.", "Try again in a moment.");
        return;
    }
    struct ut__ws_config cfg = ut__ws_config_default();
    cfg.message_max_bytes = MESSAGE_MAX;
    cfg.message = on_message;
    cfg.closed = on_closed;
    cfg.arg = s;
    s->owner = e;
    s->said = *said;
    if (ut__ws_accept(&s->ws, x, &cfg)) {
        free(s);
        return;
    }
    e->stats.accepted++;
    e->stats.streams++;
    list_append(&e->streams, &s->le, s);
}

static void on_post(struct ut__transcript_endpoint *e, struct ut__http_exchange *x,
                    const struct ut__http_request *req, const struct said *said)
{
    static const int status[] = {[UT__LINES_TAKEN] = 200,
                                 [UT__LINES_BAD] = 400,
                                 [UT__LINES_UNKNOWN] = 404,
                                 [UT__LINES_ENDED] = 409,
                                 [UT__LINES_FULL] = 503};
    char text[UT__LINES_TEXT_MAX];
    enum ut__lines_end end = take(e, said, (const char *)req->body, req->body_len_bytes, text);
    e->stats.accepted++;
    if (end == UT__LINES_TAKEN) {
        const struct ut__http_response r = {
            .status = 200, .type = "application/json", .body = text, .len_bytes = strlen(text)};
        ut__http_reply(x, &r);
        return;
    }
    for (char *p = text; *p; p++)
        if (*p == '"' || *p == '\\')
            *p = '\'';
    ut__http_error(x, status[end], text, "See FEEDS.md of the ingress transcript.");
}

static void on_request(struct ut__http_exchange *x, const struct ut__http_request *req, void *arg)
{
    struct ut__transcript_endpoint *e = arg;
    struct said said;
    if (!may_come(e, x)) {
        e->stats.refused++;
        ut__http_error(x, 401, "Nobody says that this peer may send lines.",
                       "Send Authorization: Bearer with a token of the role ingest.");
    } else if (strcmp(req->path, PATH) != 0 || read_query(&said, x) != 0) {
        ut__http_error(x, 404, "There is no such path, or a part of the query is too long.",
                       "Use " PATH "?call=ID and who=caller.");
    } else if (strcmp(req->method, "POST") == 0) {
        on_post(e, x, req, &said);
    } else {
        accept_stream(e, x, &said);
    }
}

int ut__transcript_endpoint_start(struct ut__transcript_endpoint **out,
                                  const struct ut__edge_host *host, struct ut__live_talks *talks)
{
    struct ut__transcript_endpoint *e = calloc(1, sizeof *e);
    if (!e)
        return UT_ENOMEM;
    e->host = host;
    e->talks = talks;
    list_init(&e->streams);
    int err = ut__http_route(host->http, PATH, on_request, e);
    if (err) {
        free(e);
        return err;
    }
    *out = e;
    return 0;
}

void ut__transcript_endpoint_stop(struct ut__transcript_endpoint *e)
{
    if (!e)
        return;
    ut__http_unroute(e->host->http, PATH);
    while (e->streams.head)
        ut__ws_end(((struct stream *)e->streams.head->data)->ws, UT__WS_GOING_AWAY, "shutdown");
    free(e);
}

void ut__transcript_endpoint_stats(const struct ut__transcript_endpoint *e,
                                   struct ut__transcript_stats *out)
{
    *out = e->stats;
}
