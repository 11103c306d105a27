/* SPDX-License-Identifier: MIT */
/* What is not the API: the page and its parts, live messages, metrics, and health for machines. */

#include "supervise/api/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/api/assets.h"
#include "supervise/api/replies.h"
#include "supervise/ask.h"
#include "supervise/health.h"
#include "supervise/metrics.h"
#include "supervise/state.h"

enum { HEADERS_MAX = 1536 };

static void reply_with(struct ut__supervise *sv, struct ut__http_exchange *x, int status,
                       const char *type, const char *text, size_t len, const char *headers)
{
    char buf[HEADERS_MAX], more[UT__LOAD_HEADERS_MAX + 64];
    snprintf(more, sizeof more, "Cache-Control: no-store\r\n%s", headers);
    sv->requests[status / 100]++;
    ut__http_reply(x, &(struct ut__http_response){.status = status,
                                                  .type = type,
                                                  .headers = ut__headers(sv, more, buf, sizeof buf),
                                                  .body = text,
                                                  .len_bytes = len});
}

static void reply_plain(struct ut__supervise *sv, struct ut__http_exchange *x, int status,
                        const char *type, const char *text, size_t len)
{
    reply_with(sv, x, status, type, text, len, "");
}

static void serve_asset(struct ut__supervise *sv, struct ut__http_exchange *x, const char *name)
{
    const struct ut__asset *a = ut__asset_find(name);
    const char *known = ut__http_header(x, "If-None-Match");
    char buf[HEADERS_MAX], more[128];
    if (!a || strcmp(name, "openapi.json") == 0) {
        ut__reply_error(sv, x, 404, "not_found", "There is no such page.",
                        "Open / for the supervisor's page.", NULL);
        return;
    }
    snprintf(more, sizeof more, "Cache-Control: no-cache\r\nETag: %s\r\n", a->etag);
    int same = known && strcmp(known, a->etag) == 0;
    sv->requests[same ? 3 : 2]++;
    ut__http_reply(x, &(struct ut__http_response){.status = same ? 304 : 200,
                                                  .type = same ? NULL : ut__asset_type(name),
                                                  .headers = ut__headers(sv, more, buf, sizeof buf),
                                                  .body = same ? NULL : a->bytes,
                                                  .len_bytes = same ? 0 : a->len});
}

static uint64_t read_after(const struct ut__http_exchange *x, int sse)
{
    char value[32];
    const char *text = sse ? ut__http_header(x, "Last-Event-ID") : NULL;
    char *rest = NULL;
    if (!text && ut__http_query(x, "after", value, sizeof value) > 0)
        text = value;
    unsigned long long id = text && *text >= '0' && *text <= '9' ? strtoull(text, &rest, 10) : 0;
    return rest && !*rest ? id : 0;
}

static int wants_batch(const struct ut__http_exchange *x)
{
    char value[4];
    return ut__http_query(x, "batch", value, sizeof value) > 0 && strcmp(value, "1") == 0;
}

/* `queue` leaves one of those that somebody sees. Returns 0 when it is none of them. */
static int narrow(const struct ut__http_exchange *x, struct ut__who *who)
{
    char queue[UT__CALL_LABEL_MAX];
    int n = ut__http_query(x, "queue", queue, sizeof queue);
    if (n > 0 && ut__scope_has(who->queues, queue) && !strchr(queue, '\n'))
        snprintf(who->only, sizeof who->only, "%s\n", queue);
    return n <= 0 ? n == UT_EINVAL || n == 0 : who->only[0] != '\0';
}

static void serve_live(struct ut__supervise *sv, struct ut__http_exchange *x, int sse)
{
    struct ut__who who;
    if (ut__refuse_origin(sv, x) || !ut__admit(sv, x, UT__MAY_READ, &who))
        return;
    if (!narrow(x, &who)) {
        ut__reply_error(sv, x, 403, "forbidden", "You do not see that queue.",
                        "Leave `queue` out for all those that you see.", NULL);
        return;
    }
    ut__log_access(sv, &who, "watch", sse ? "events" : "ws");
    sv->requests[1]++;
    if (sse)
        ut__feed_sse(sv->feed, x, &who, read_after(x, 1));
    else
        ut__feed_ws(sv->feed, x, &who, read_after(x, 0), wants_batch(x));
}

static void serve_metrics(struct ut__supervise *sv, struct ut__http_exchange *x)
{
    struct ut__who who;
    struct ut__text t = {0};
    if (ut__refuse_origin(sv, x) || !ut__admit(sv, x, UT__MAY_READ, &who))
        return;
    if (who.queues[0]) {
        ut__reply_error(sv, x, 403, "forbidden", "Metrics tell of all queues, and you see some.",
                        "Scrape them by a token without queues.", NULL);
        return;
    }
    ut__metrics_text(sv, &t);
    if (t.failed)
        ut__reply_error(sv, x, 503, "unavailable", "There is no memory for the answer.",
                        "Try again in a moment.", NULL);
    else
        reply_plain(sv, x, 200, "application/openmetrics-text; version=1.0.0; charset=utf-8", t.buf,
                    t.len);
    ut__text_free(&t);
}

/* A way in that takes no calls, told by its edge; NULL: none. */
static const char *what_is_down(const struct ut__supervise *sv)
{
    static const char down[] = "_down";
    for (int i = 0; i < UT__PROBLEMS_MAX; i++) {
        const struct ut__problem_report *p = &sv->problems[i];
        size_t n = strlen(p->code);
        if (p->since_ms && n >= sizeof down && strcmp(p->code + n - (sizeof down - 1), down) == 0)
            return p->message;
    }
    return NULL;
}

/* Why this node takes no calls; NULL: it does. text: [cap] */
static const char *why_unready(const struct ut__supervise *sv, const struct ut__load *load,
                               char *text, size_t cap)
{
    const char *missing = "calls cannot be taken yet", *down = what_is_down(sv);
    if (!sv->started || (sv->cfg.ready && !sv->cfg.ready(sv->cfg.arg, &missing)))
        return missing;
    if (down)
        return down;
    if (!sv->cfg.load || ut__load_room(load))
        return NULL;
    if (load->draining)
        snprintf(text, cap, "draining, %u calls left", load->calls + load->talks);
    else
        snprintf(text, cap, "full: %u calls are there", load->calls);
    return text;
}

static size_t ready_json(const struct ut__supervise *sv, const struct ut__load *load,
                         const char *why, struct ut__text *t)
{
    ut__text_raw(t, "{");
    ut__text_kbool(t, "ready", !why);
    ut__text_kstr(t, "why", why);
    ut__text_kstr(t, "node", sv->cfg.node);
    ut__text_kint(t, "calls", load->calls);
    ut__text_kint(t, "room", ut__load_room(load));
    ut__text_knum(t, "load", (double)load->cpu, 3);
    ut__text_kbool(t, "draining", load->draining);
    ut__text_raw(t, "}\n");
    return t->failed ? 0 : t->len;
}

static void serve_ready(struct ut__supervise *sv, struct ut__http_exchange *x)
{
    struct ut__load load = ut__node_load(sv);
    const struct ut__record_state *st = sv->store_state;
    const char *code = st && st->problem_count ? st->problems[0].code : NULL;
    const char *accept = ut__http_header(x, "Accept");
    char text[440], why_text[64], headers[UT__LOAD_HEADERS_MAX] = "";
    const char *why = why_unready(sv, &load, why_text, sizeof why_text);
    struct ut__text json = {0};
    int status = why ? 503 : 200;
    if (sv->cfg.load)
        ut__load_headers(&load, sv->cfg.node, headers);
    if (accept && strstr(accept, "application/json")) {
        size_t len = ready_json(sv, &load, why, &json);
        reply_with(sv, x, status, "application/json", json.buf, len, headers);
    } else {
        /* Calls and alerts go on without the record: no reason to send them elsewhere. */
        int n = snprintf(text, sizeof text, "%.300s%s%.100s\n", why ? why : "ready",
                         code ? ", but the record is in trouble: " : "", code ? code : "");
        reply_with(sv, x, status, "text/plain; charset=utf-8", text, (size_t)n, headers);
    }
    ut__text_free(&json);
}

void ut__page_request(struct ut__http_exchange *x, const struct ut__http_request *req, void *arg)
{
    struct ut__supervise *sv = arg;
    int get = strcmp(req->method, "GET") == 0 || strcmp(req->method, "HEAD") == 0;
    if (!get)
        ut__reply_error(sv, x, 405, "method", "This path takes GET alone.",
                        "See /api/v1/openapi.json for what there is.", "Allow: GET, HEAD\r\n");
    else if (strcmp(req->path, "/ws") == 0)
        serve_live(sv, x, 0);
    else if (strcmp(req->path, "/events") == 0)
        serve_live(sv, x, 1);
    else if (strcmp(req->path, "/metrics") == 0)
        serve_metrics(sv, x);
    else if (strcmp(req->path, "/healthz") == 0)
        reply_plain(sv, x, 200, "text/plain; charset=utf-8", "ok\n", 3);
    else if (strcmp(req->path, "/readyz") == 0)
        serve_ready(sv, x);
    else if (strcmp(req->path, "/") == 0)
        serve_asset(sv, x, "index.html");
    else if (strncmp(req->path, "/static/", 8) == 0)
        serve_asset(sv, x, req->path + 8);
    else
        serve_asset(sv, x, "");
}
