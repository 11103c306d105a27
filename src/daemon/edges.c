/* SPDX-License-Identifier: MIT */
/*
 * The edges of the daemon. Receivers first: the first call must find them there.
 *
 *     HTTP listener -> ways out -> record and supervisors -> JSON Lines -> ways in
 */

#include "daemon/edges.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/notify.h"
#include "daemon/record.h"
#include "daemon/retain.h"
#include "daemon/write_report.h"
#include "live/json_sink.h"
#include "net/cidr.h"
#include "net/http.h"
#include "supervise/supervise.h"

enum {
    STREAM_MAX = 8 << 20, /* A snapshot of thousands of calls fits. */
    PROXIES_MAX = 32
};
static const char default_http[] = "127.0.0.1:8080";

struct ut__serve_edges {
    const struct ut__serve_config *cfg;
    struct ut__hub *hub;
    struct ut__json_sink *json;
    struct ut__http *http; /* NULL: not asked for. */
    const struct ut_model *model;
    struct ut__serve_supervise *supervise;
    struct ut__edge_host host;
    struct ut__cidr proxies[PROXIES_MAX];
    const struct ut__sink *listener; /* An edge that hears the stream; NULL: none. */
    void *state[UT__EDGES_MAX];      /* What start gave; NULL: there was nothing to do. */
};

/* Calls and receivers of alerts need descriptors, too: who holds connections takes a third of them at most. */
static uint32_t max_connections(int64_t asked)
{
    struct rlimit lim;
    if (getrlimit(RLIMIT_NOFILE, &lim) != 0 || lim.rlim_cur / 3 >= (rlim_t)asked)
        return (uint32_t)asked;
    UT__LOG(UT__LOG_WARN,
            "fewer connections are taken than http-max-connections: descriptors are few",
            ut__log_int("connections", (int64_t)(lim.rlim_cur / 3)),
            ut__log_str("remedy", "raise LimitNOFILE of the unit, or ulimit -n"));
    return (uint32_t)(lim.rlim_cur / 3);
}

static int start_http(struct ut__serve_edges *e, char *why, size_t cap)
{
    const struct ut__serve_config *cfg = e->cfg;
    int refused = ut__serve_supervise_check(cfg, why, cap);
    if (refused)
        return refused;
    struct ut__http_config http = ut__http_config_default();
    /* The page is there without being asked for; then a port in use is no reason to take no calls.
     * A demo without its page would show nothing. */
    http.listen = cfg->http ? cfg->http : default_http;
    http.handed = ut__notify_socket(http.listen);
    http.stream_max_bytes = STREAM_MAX;
    http.cert_file = cfg->http_cert;
    http.key_file = cfg->http_key;
    http.max_connections = max_connections(cfg->http_max_connections);
    http.max_per_peer = (uint32_t)cfg->http_max_per_peer;
    http.proxies = e->proxies;
    for (size_t i = 0; i < cfg->trusted_proxy.count && i < PROXIES_MAX; i++)
        http.proxy_count += ut__cidr_parse(&e->proxies[i], cfg->trusted_proxy.items[i]) == 0;
    char reason[256];
    int err = ut__http_create(&e->http, &http, reason, sizeof reason);
    if (err && !cfg->http && !ut__serve_config_is_staged(cfg)) {
        UT__LOG(UT__LOG_WARN, "no page for supervisors", ut__log_str("reason", reason));
        return 0;
    }
    if (err)
        snprintf(why, cap, "http: %s", reason);
    else
        UT__LOG(UT__LOG_INFO, "listening", ut__log_str("for", cfg->http_cert ? "https" : "http"),
                ut__log_int("port", ut__http_port(e->http)));
    return err;
}

static struct ut__supervise *supervise_of(void *arg)
{
    const struct ut__serve_edges *e = arg;
    return ut__serve_supervise_get(e->supervise);
}

int ut__serve_edges_retire(struct ut__serve_edges *e)
{
    return e->supervise && ut__supervise_retire(ut__serve_supervise_get(e->supervise));
}

int ut__serve_edges_hold(const void *edges)
{
    const struct ut__serve_edges *e = edges;
    return e && e->supervise && ut__supervise_retires(ut__serve_supervise_get(e->supervise));
}

static int may_send(void *arg, const struct ut__http_exchange *x)
{
    return ut__supervise_may_ingest(supervise_of(arg), x);
}

static void problem(void *arg, const char *code, const char *message, const char *remedy)
{
    ut__supervise_problem(supervise_of(arg), code, message, remedy);
}

static int add_channel(void *arg, const char *name, uint32_t actions,
                       const struct ut__channel_kind *kind, void *state_take)
{
    return ut__supervise_add_channel(supervise_of(arg), name, actions, kind, state_take);
}

static void heard(void *arg, char *json_take)
{
    ut__supervise_heard(supervise_of(arg), json_take);
}

static void sign(void *arg, const char *text, char out[65])
{
    ut__supervise_sign(supervise_of(arg), text, out);
}

static void kept(void *arg, char *json_take)
{
    ut__supervise_kept(supervise_of(arg), json_take);
}

static void publish(void *arg, struct ut__stream_item *item)
{
    const struct ut__serve_edges *e = arg;
    ut__hub_publish(e->hub, item);
}

static void hear(void *state, const struct ut__stream_item *item)
{
    const struct ut__serve_edges *e = state;
    if (e->listener)
        e->listener->push(e->listener->state, item);
}

static int amend(void *state, struct ut__stream_item *item)
{
    const struct ut__serve_edges *e = state;
    return !e->listener || !e->listener->amend || e->listener->amend(e->listener->state, item);
}

static void let_hear(void *arg, const struct ut__sink *sink)
{
    struct ut__serve_edges *e = arg;
    e->listener = sink;
}

static void set_lines(void *arg, const struct ut__lines_door *door)
{
    const struct ut__serve_edges *e = arg;
    ut__serve_supervise_set_lines(e->supervise, door);
}

static void keep_lines(void *arg, const char *json)
{
    const struct ut__serve_edges *e = arg;
    ut__serve_supervise_keep_lines(e->supervise, json);
}

static void set_help(void *arg, enum ut__help_way way, ut__help_fn *fn)
{
    ut__supervise_set_help(supervise_of(arg), way, fn);
}

static void set_help_door(void *arg, const struct ut__help_door *door)
{
    ut__supervise_set_help_door(supervise_of(arg), door);
}

static int write_report(void *arg, const struct ut__report_wish *wish, struct ut__report_texts *out,
                        char *why, size_t cap)
{
    const struct ut__serve_edges *e = arg;
    return ut__serve_write_report(e->host.data, e->host.base_url, wish, out, why, cap);
}

static void fill_host(struct ut__serve_edges *e)
{
    e->host = (struct ut__edge_host){
        .port = ut__hub_port(e->hub),
        .http = e->http,
        .media_address = e->cfg->media_address,
        .rtp_port_min = (uint16_t)e->cfg->rtp_port_min,
        .rtp_port_max = (uint16_t)e->cfg->rtp_port_max,
        .max_calls = (uint32_t)e->cfg->max_calls,
        .rejoin_s = (uint32_t)e->cfg->rejoin_s,
        .staged = ut__serve_config_is_staged(e->cfg) != 0,
        .may_send = may_send,
        .problem = problem,
        .arg = e,
        .publish = publish,
        .listen = let_hear,
        .set_lines = set_lines,
        .keep_lines = keep_lines,
        .node = e->cfg->node,
        .base_url = e->cfg->base_url,
        .data = e->cfg->data,
        .write_report = write_report,
        .retain_days = (uint32_t)ut__serve_days(e->cfg->retain),
        .add_channel = add_channel,
        .set_help = set_help,
        .set_help_door = set_help_door,
        .heard = heard,
        .kept = kept,
        .sign = sign,
    };
}

/* Those of one direction: UT__EDGE_OUT or 0. */
static int start_edges(struct ut__serve_edges *e, unsigned out, char *why, size_t cap)
{
    int err = 0;
    for (size_t i = 0; ut__edges[i] && !err; i++) {
        const struct ut__edge *edge = ut__edges[i];
        if ((edge->flags & UT__EDGE_OUT) == out &&
            (!edge->wanted || edge->wanted(e->cfg->edges[i])))
            err = edge->start(&e->state[i], e->cfg->edges[i], &e->host, why, cap);
    }
    return err;
}

/* Supervisors and what else hears of calls. */
static int start_receivers(struct ut__serve_edges *e, char *why, size_t cap)
{
    int err = ut__serve_supervise_create(&e->supervise, e->cfg, e->hub, e->model,
                                         e->cfg->http ? e->cfg->http : default_http, why, cap);
    if (!err)
        err = start_edges(e, UT__EDGE_OUT, why, cap);
    if (!err)
        err = ut__serve_supervise_start(e->supervise, e->http, why, cap);
    if (err || !e->cfg->json)
        return err;
    err = ut__json_sink_create(&e->json, STDOUT_FILENO);
    if (err) {
        snprintf(why, cap, "there is no memory left");
        return err;
    }
    ut__json_sink_wait(e->json);
    ut__supervise_set_told(ut__serve_supervise_get(e->supervise), ut__json_sink_told, e->json);
    struct ut__sink sink = ut__json_sink_get(e->json);
    return ut__hub_add_sink(e->hub, &sink);
}

static size_t count_edges(void *arg, struct ut__edge_count *out, size_t cap)
{
    const struct ut__serve_edges *e = arg;
    struct ut__edge_stat stats[UT__EDGE_STATS_MAX];
    size_t n = 0;
    for (size_t i = 0; ut__edges[i]; i++) {
        size_t rows =
            e->state[i] && ut__edges[i]->stats ? ut__edges[i]->stats(e->state[i], stats) : 0;
        for (size_t k = 0; k < rows && n < cap; k++)
            out[n++] = (struct ut__edge_count){ut__edges[i]->name, stats[k]};
    }
    return n;
}

/*
 * How the first administrator comes in: a secret on the screen or in the journal of who started it,
 * which a proxy's strangers do not see. Not logged: it is a credential.
 */
static void tell_first_key(const struct ut__serve_edges *e)
{
    const char *key = ut__supervise_first_key(ut__serve_supervise_get(e->supervise));
    const struct ut__serve_config *cfg = e->cfg;
    if (!key || !e->http)
        return;
    char base[160];
    const char *listen = cfg->http ? cfg->http : default_http;
    const char *colon = strrchr(listen, ':');
    snprintf(base, sizeof base, "%s://%.*s:%u", cfg->http_cert ? "https" : "http",
             (int)(colon ? (size_t)(colon - listen) : strlen(listen)), listen,
             (unsigned)ut__http_port(e->http));
    fprintf(stderr,
            "undertone serve: no administrator has a token yet. This link opens the page as one, "
            "once:\n"
            "    %s/#key=%s\n",
            cfg->base_url ? cfg->base_url : base, key);
}

int ut__serve_edges_start(struct ut__serve_edges **out, const struct ut__serve_config *cfg,
                          struct ut__hub *hub, const struct ut_model *model, char *why,
                          size_t why_cap)
{
    struct ut__serve_edges *e = calloc(1, sizeof *e);
    if (!e) {
        snprintf(why, why_cap, "there is no memory left");
        return UT_ENOMEM;
    }
    e->cfg = cfg;
    e->hub = hub;
    e->model = model;
    int err = start_http(e, why, why_cap);
    if (!err) {
        fill_host(e);
        err = start_receivers(e, why, why_cap);
    }
    /* The last of the sinks, since they may publish from within. */
    const struct ut__sink rules =
        err ? (struct ut__sink){0} : ut__serve_supervise_rules(e->supervise);
    if (!err)
        err = ut__hub_add_sink(hub, &rules);
    const struct ut__sink heard = {.name = "edges", .push = hear, .state = e, .amend = amend};
    if (!err)
        err = ut__hub_add_sink(hub, &heard);
    if (!err) {
        ut__serve_supervise_set_counts(e->supervise, count_edges, e);
        err = start_edges(e, 0, why, why_cap);
    }
    if (!err)
        err = ut__serve_supervise_lines(e->supervise, why, why_cap);
    if (!err)
        tell_first_key(e);
    if (err) {
        ut__serve_edges_stop(e);
        return err;
    }
    *out = e;
    return 0;
}

int ut__serve_edges_rules(struct ut__serve_edges *e, const struct ut__serve_config *next, char *why,
                          size_t cap)
{
    return e->supervise ? ut__serve_supervise_reload(e->supervise, next, why, cap) : 0;
}

void ut__serve_edges_reload(struct ut__serve_edges *e, const struct ut__serve_config *cfg)
{
    e->cfg = cfg;
    for (size_t i = 0; ut__edges[i]; i++)
        if (e->state[i] && ut__edges[i]->reload)
            ut__edges[i]->reload(e->state[i], cfg->edges[i]);
}

static void stop_edges(struct ut__serve_edges *e)
{
    e->host.problem = NULL;
    for (size_t i = UT__EDGES_MAX; i-- > 0;)
        if (e->state[i])
            ut__edges[i]->stop(e->state[i]);
}

void ut__serve_edges_stop(struct ut__serve_edges *e)
{
    if (!e)
        return;
    if (e->supervise)
        ut__serve_supervise_set_counts(e->supervise, NULL, NULL);
    stop_edges(e);
    ut__serve_supervise_stop(e->supervise);
    ut__http_destroy(e->http);
    ut__json_sink_destroy(e->json);
    ut__serve_supervise_destroy(e->supervise);
    free(e);
}
