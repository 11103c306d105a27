/* SPDX-License-Identifier: MIT */
/*
 * Requests of the API and commands of /ws, as an administrator sends them, to the real router, the
 * store's questions on a database in memory, and the real feed. The first line is a method and a
 * target, the rest the body; with the method WS each further line is a command.
 *
 *     input -> head (http_head) -> router -> ledger -> answer, checked
 *
 * Of net only what writes to a socket is replaced, by the linker's --wrap; so is the hub's queue,
 * which is emptied here in place of libre's loop.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"
#include "net/http_conn.h"
#include "net/ws.h"
#include "supervise/hand.h"
#include "supervise/supervise.h"

enum { RUNS_A_STORE = 256, COMMANDS_MAX = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct work {
    struct work *next;
    ut__hand_fn *fn, *drop;
    void *arg, *data;
};

static struct work *works, **works_tail = &works;
static struct ut__supervise *sv;
static ut__http_handler *api, *pages;
static void *api_arg, *pages_arg;
static int runs, answers, last_status;
static struct ut__ws_config ws_cfg;
static int ws_open;
static char first_key[64]; /* Spent once an administrator is made: then the routes say 401. */
static char ws_place;

int __wrap_ut__http_route(struct ut__http *http, const char *prefix, ut__http_handler *handler,
                          void *arg);
void __wrap_ut__http_reply(struct ut__http_exchange *x, const struct ut__http_response *r);
void __wrap_ut__http_on_gone(struct ut__http_exchange *x, void (*gone)(void *arg), void *arg);
void __wrap_ut__http_limit_unsent(struct ut__http_exchange *x, int len_bytes);
int __wrap_ut__http_stream_begin(struct ut__http_exchange *x, const struct ut__http_response *r);
int __wrap_ut__http_stream_write(struct ut__http_exchange *x, const void *piece, size_t len);
size_t __wrap_ut__http_stream_queued(const struct ut__http_exchange *x);
void __wrap_ut__http_stream_end(struct ut__http_exchange *x);
int __wrap_ut__ws_accept(struct ut__ws **out, struct ut__http_exchange *x,
                         const struct ut__ws_config *cfg);
int __wrap_ut__ws_send(struct ut__ws *ws, enum ut__ws_kind kind, const void *data, size_t len);
size_t __wrap_ut__ws_queued(const struct ut__ws *ws);
void __wrap_ut__ws_close(struct ut__ws *ws, uint16_t code, const char *reason);
int __wrap_ut__hand_over(struct ut__hand *hand, ut__hand_fn *fn, ut__hand_fn *drop, void *arg,
                         void *data);

static void must(int holds)
{
    if (!holds)
        abort();
}

int __wrap_ut__http_route(struct ut__http *http, const char *prefix, ut__http_handler *handler,
                          void *arg)
{
    (void)http;
    if (strcmp(prefix, "/api/v1") == 0) {
        api = handler;
        api_arg = arg;
    } else {
        pages = handler;
        pages_arg = arg;
    }
    return 0;
}

void __wrap_ut__http_reply(struct ut__http_exchange *x, const struct ut__http_response *r)
{
    must(r->status >= 200 && r->status < 600);
    if (r->type && strcmp(r->type, "application/json") == 0)
        must(r->status < 400 ? json_is_valid(r->body, r->len_bytes)
                             : json_is_error(r->body, r->len_bytes));
    last_status = r->status;
    answers++;
    x->gone = NULL;
}

void __wrap_ut__http_on_gone(struct ut__http_exchange *x, void (*gone)(void *arg), void *arg)
{
    x->gone = gone;
    x->gone_arg = arg;
}

void __wrap_ut__http_limit_unsent(struct ut__http_exchange *x, int len_bytes)
{
    (void)x;
    must(len_bytes > 0);
}

int __wrap_ut__http_stream_begin(struct ut__http_exchange *x, const struct ut__http_response *r)
{
    (void)x;
    (void)r;
    answers++;
    return 0;
}

int __wrap_ut__http_stream_write(struct ut__http_exchange *x, const void *piece, size_t len)
{
    (void)x;
    must(len > 6 && memcmp((const char *)piece + len - 2, "\n\n", 2) == 0);
    return 0;
}

size_t __wrap_ut__http_stream_queued(const struct ut__http_exchange *x)
{
    (void)x;
    return 0;
}

void __wrap_ut__http_stream_end(struct ut__http_exchange *x)
{
    (void)x;
}

int __wrap_ut__ws_accept(struct ut__ws **out, struct ut__http_exchange *x,
                         const struct ut__ws_config *cfg)
{
    (void)x;
    *out = (struct ut__ws *)(void *)&ws_place;
    ws_cfg = *cfg;
    ws_open = 1;
    answers++;
    return 0;
}

int __wrap_ut__ws_send(struct ut__ws *ws, enum ut__ws_kind kind, const void *data, size_t len)
{
    (void)ws;
    must(kind == UT__WS_TEXT && json_is_valid(data, len));
    return 0;
}

size_t __wrap_ut__ws_queued(const struct ut__ws *ws)
{
    (void)ws;
    return 0;
}

void __wrap_ut__ws_close(struct ut__ws *ws, uint16_t code, const char *reason)
{
    (void)ws;
    (void)code;
    (void)reason;
}

int __wrap_ut__hand_over(struct ut__hand *hand, ut__hand_fn *fn, ut__hand_fn *drop, void *arg,
                         void *data)
{
    struct work *w = malloc(sizeof *w);
    (void)hand;
    if (!w)
        return UT_ENOMEM;
    *w = (struct work){NULL, fn, drop, arg, data};
    *works_tail = w;
    works_tail = &w->next;
    return 0;
}

/* All that was handed over, and what that hands over. drop: nobody is there any more. */
static void do_works(int drop)
{
    for (;;) {
        struct work *w = works;
        works = w ? w->next : NULL;
        if (!works)
            works_tail = &works;
        if (!w)
            return;
        if (!drop)
            w->fn(w->arg, w->data);
        else if (w->drop)
            w->drop(w->arg, w->data);
        free(w);
    }
}

static void push(const struct ut__stream_item *item)
{
    fuzz_ledger_push(item);
    ut__supervise_push(sv, item);
}

/* Two calls: c1 goes on with an alert that stands, c2 has ended. */
static void begin_calls(void)
{
    for (int i = 1; i <= 2; i++) {
        struct ut__stream_item it = {.id = (uint64_t)i, .kind = UT__STREAM_STARTED, .time_us = i};
        snprintf(it.info.id, sizeof it.info.id, "c%d", i);
        snprintf(it.info.queue, sizeof it.info.queue, "sales");
        snprintf(it.info.agent, sizeof it.info.agent, "ana");
        snprintf(it.info.caller, sizeof it.info.caller, "+34600000001");
        push(&it);
        it.kind = UT__STREAM_EVENT;
        it.event.type = UT_EVENT_ALERT;
        it.event.u.alert = (struct ut_alert_event){
            .t_s = 3.0, .n = 1, .action = UT_ALERT_RAISED, .stress = 0.8F, .text = "pitch"};
        push(&it);
        it.kind = UT__STREAM_ENDED;
        if (i == 2)
            push(&it);
    }
    do_works(0);
}

static void end(void)
{
    if (sv) {
        ut__supervise_stop(sv);
        do_works(1);
        fuzz_ledger_close();
        ut__supervise_destroy(sv);
    }
    sv = NULL;
}

static void begin(void)
{
    char why[256];
    struct ut__supervise_config cfg = ut__supervise_config_default();
    struct ut__ledger ledger;
    cfg.listen = "127.0.0.1:8080";
    must(ut__supervise_create(&sv, &cfg, why, sizeof why) == 0);
    const struct ut__ledger_listener listener = ut__supervise_listener(sv);
    must(fuzz_ledger_open(&ledger, &listener) == 0);
    must(ut__supervise_start(sv, &ledger, (struct ut__http *)(void *)&ws_place) == 0);
    must(ut__supervise_first_key(sv) != NULL);
    snprintf(first_key, sizeof first_key, "%s", ut__supervise_first_key(sv));
    begin_calls();
}

static void commands(const uint8_t *at, size_t len)
{
    for (int i = 0; i < COMMANDS_MAX && len; i++) {
        const uint8_t *stop = memchr(at, '\n', len);
        size_t n = stop ? (size_t)(stop - at) : len;
        ws_cfg.message((struct ut__ws *)(void *)&ws_place, UT__WS_TEXT, at, n, ws_cfg.arg);
        do_works(0);
        len -= stop ? n + 1 : n;
        at += stop ? n + 1 : n;
    }
}

/* The head of a request for this target; NULL when it is none. */
static struct ut__http_head *make_head(const uint8_t *line, size_t len)
{
    const char *key = ut__supervise_first_key(sv); /* As an administrator, who may do all. */
    char headers[256];
    int n = snprintf(headers, sizeof headers,
                     " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer %s\r\n"
                     "Content-Type: application/json\r\n\r\n",
                     key ? key : first_key);
    struct ut__http_head *head = NULL;
    uint8_t *text = malloc(len + sizeof headers);
    if (!text)
        return NULL;
    memcpy(text, line, len);
    memcpy(text + len, headers, (size_t)n);
    size_t scanned = 0, all = len + (size_t)n;
    if (ut__http_head_end(text, all, &scanned) == all && ut__http_head_parse(&head, text, all))
        head = NULL;
    free(text);
    return head;
}

static void request(const uint8_t *line, size_t line_len, const uint8_t *body, size_t body_len)
{
    struct ut__http_exchange *x = calloc(1, sizeof *x);
    struct ut__http_head *head = make_head(line, line_len);
    if (x && head) {
        x->head = head;
        x->req = (struct ut__http_request){.method = head->method,
                                           .target = head->target,
                                           .path = head->path,
                                           .query = head->query,
                                           .peer = "127.0.0.1:1",
                                           .body = body,
                                           .body_len_bytes = body_len};
        int to_api = strncmp(head->path, "/api/v1", 7) == 0 && strchr("/", head->path[7]);
        answers = 0;
        if (to_api)
            api(x, &x->req, api_arg);
        else
            pages(x, &x->req, pages_arg);
        do_works(0);
        must(answers == 1);
        if (x->gone)
            x->gone(x->gone_arg); /* A stream: its client leaves. */
    }
    free(head);
    free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static int there;
    if (!there++)
        must(libre_init() == 0);
    /* A token made by an input shuts the others out; notes and rows add up. */
    if (runs++ % RUNS_A_STORE == 0 || last_status == 401) {
        end();
        begin();
    }
    last_status = 0;
    const uint8_t *stop = len ? memchr(data, '\n', len) : NULL;
    size_t line = stop ? (size_t)(stop - data) : len, skip = stop ? line + 1 : line;
    if (line >= 2 && memcmp(data, "WS", 2) == 0) {
        static const uint8_t target[] = "GET /ws?batch=1";
        request(target, sizeof target - 1, NULL, 0);
        if (ws_open)
            commands(data + skip, len - skip);
    } else if (line > 0) {
        request(data, line, data + skip, len - skip);
    }
    if (ws_open) {
        ws_open = 0;
        ws_cfg.closed((struct ut__ws *)(void *)&ws_place, UT__WS_NORMAL, ws_cfg.arg);
    }
    return 0;
}
