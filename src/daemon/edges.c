/* SPDX-License-Identifier: MIT */
/* The edges of the daemon. */

#include "daemon/edges.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/record.h"
#include "ingress/audiosocket/audiosocket.h"
#include "ingress/demo/demo.h"
#include "ingress/rtp/listener.h"
#include "ingress/rtpengine/rtpengine.h"
#include "ingress/sip/sip.h"
#include "ingress/websocket/websocket.h"
#include "live/json_sink.h"
#include "net/cidr.h"
#include "net/http.h"

enum { STREAM_MAX = 8 << 20 /* A snapshot of thousands of calls fits. */ };
static const char default_http[] = "127.0.0.1:8080";

struct ut__serve_edges {
    const struct ut__serve_config *cfg;
    struct ut__hub *hub;
    struct ut__json_sink *json;
    struct ut__demo *demo;
    struct ut__http *http; /* NULL: not asked for. */
    const struct ut_model *model;
    struct ut__serve_supervise *supervise;
    struct ut__websocket *websocket;
    struct ut__audiosocket *audiosocket;
    struct ut__rtp_listeners *rtp;
    struct ut__sip *sip;
    struct ut__rtpengine *rtpengine;
};

/* Receivers first: the first call must find them there. */
static int start_sinks(struct ut__serve_edges *e, char *why, size_t cap)
{
    int err = ut__serve_supervise_start(&e->supervise, e->cfg, e->hub, e->model, e->http,
                                        e->cfg->http ? e->cfg->http : default_http, why, cap);
    if (err || !e->cfg->json)
        return err;
    err = ut__json_sink_create(&e->json, STDOUT_FILENO);
    if (err) {
        snprintf(why, cap, "there is no memory left");
        return err;
    }
    struct ut__sink sink = ut__json_sink_get(e->json);
    return ut__hub_add_sink(e->hub, &sink);
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
    http.stream_max_bytes = STREAM_MAX;
    http.cert_file = cfg->http_cert;
    http.key_file = cfg->http_key;
    http.max_connections = (uint32_t)cfg->http_max_connections;
    char reason[256];
    int err = ut__http_create(&e->http, &http, reason, sizeof reason);
    if (err && !cfg->http && !cfg->demo.count) {
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

static int start_websocket(struct ut__serve_edges *e, char *why, size_t cap)
{
    const struct ut__serve_config *cfg = e->cfg;
    if (!e->http)
        return 0;
    const struct ut__websocket_config websocket = {.public_url = cfg->media_url,
                                                   .twilio_token = cfg->twilio_token,
                                                   .audiohook_key = cfg->audiohook_key,
                                                   .audiohook_secret = cfg->audiohook_secret,
                                                   .bearer_token = cfg->media_token,
                                                   .may_send = ut__serve_supervise_may_send,
                                                   .arg = e->supervise};
    int err = ut__websocket_start(&e->websocket, &websocket, e->http, ut__hub_port(e->hub));
    if (err)
        snprintf(why, cap, "media over WebSocket: %s", ut_strerror(err));
    return err;
}

/* Whether a peer is in one of the networks, or none are named. */
static int may_audiosocket(void *arg, const struct sockaddr *peer)
{
    const struct ut__serve_edges *e = arg;
    const struct ut__option_list *peers = &e->cfg->audiosocket_peers;
    struct ut__cidr net;
    for (size_t i = 0; i < peers->count; i++)
        if (ut__cidr_parse(&net, peers->items[i]) == 0 && ut__cidr_has(&net, peer))
            return 1;
    return peers->count == 0;
}

static int start_audiosocket(struct ut__serve_edges *e, char *why, size_t cap)
{
    const struct ut__serve_config *cfg = e->cfg;
    if (!cfg->audiosocket)
        return 0;
    const struct ut__audiosocket_config audiosocket = {
        .listen = cfg->audiosocket,
        .join = (enum ut__audiosocket_join)cfg->audiosocket_join,
        .allowed = may_audiosocket,
        .allowed_arg = e};
    char reason[256];
    int err = ut__audiosocket_start(&e->audiosocket, &audiosocket, ut__hub_port(e->hub), reason,
                                    sizeof reason);
    if (err)
        snprintf(why, cap, "audiosocket: %s", reason);
    else
        UT__LOG(UT__LOG_INFO, "listening", ut__log_str("for", "audiosocket"),
                ut__log_int("port", ut__audiosocket_port(e->audiosocket)));
    return err;
}

static int start_rtp(struct ut__serve_edges *e, char *why, size_t cap)
{
    const struct ut__rtp_listeners_config rtp = {
        .specs = (const char *const *)e->cfg->rtp.items,
        .count = e->cfg->rtp.count,
        .idle_s = (uint32_t)e->cfg->rtp_idle_s,
        .port = ut__hub_port(e->hub),
    };
    return rtp.count ? ut__rtp_listeners_start(&e->rtp, &rtp, why, cap) : 0;
}

static const char *const *texts(const struct ut__option_list *list)
{
    return (const char *const *)list->items;
}

static struct ut__sip_config sip_config(const struct ut__serve_config *cfg)
{
    static const uint8_t mono_roles[] = {UT_ROLE_COUNT, UT_ROLE_CALLER, UT_ROLE_AGENT};
    return (struct ut__sip_config){
        .listen = texts(&cfg->sip),
        .listen_count = cfg->sip.count,
        .listen_tcp = texts(&cfg->sip_tcp),
        .listen_tcp_count = cfg->sip_tcp.count,
        .listen_tls = texts(&cfg->sip_tls),
        .listen_tls_count = cfg->sip_tls.count,
        .cert_file = cfg->sip_cert,
        .peers = texts(&cfg->sip_peers),
        .peer_count = cfg->sip_peers.count,
        .users = texts(&cfg->sip_users),
        .user_count = cfg->sip_users.count,
        .realm = cfg->sip_realm,
        .name = cfg->sip_name,
        .rules = texts(&cfg->role),
        .rule_count = cfg->role.count,
        .mono_is = mono_roles[cfg->sip_mono_is],
        .media_address = cfg->media_address,
        .rtp_port_min = (uint16_t)cfg->rtp_port_min,
        .rtp_port_max = (uint16_t)cfg->rtp_port_max,
        .max_calls_per_peer = (uint32_t)cfg->sip_max_calls_per_peer,
        .max_connections = (uint32_t)cfg->sip_max_connections,
    };
}

static int start_sip(struct ut__serve_edges *e, char *why, size_t cap)
{
    struct ut__sip_config cfg = sip_config(e->cfg);
    if (cfg.listen_count + cfg.listen_tcp_count + cfg.listen_tls_count == 0)
        return 0;
    return ut__sip_start(&e->sip, &cfg, ut__hub_port(e->hub), why, cap);
}

static int start_rtpengine(struct ut__serve_edges *e, char *why, size_t cap)
{
    const struct ut__serve_config *cfg = e->cfg;
    const struct ut__rtpengine_config rtpengine = {
        .address = cfg->rtpengine,
        .calls = texts(&cfg->rtpengine_calls),
        .call_count = cfg->rtpengine_calls.count,
        .rules = texts(&cfg->rtpengine_role),
        .rule_count = cfg->rtpengine_role.count,
        .poll_s = (uint32_t)cfg->rtpengine_poll_s,
        .media_address = cfg->media_address,
        .rtp_port_min = (uint16_t)cfg->rtp_port_min,
        .rtp_port_max = (uint16_t)cfg->rtp_port_max,
        .max_calls = (uint32_t)cfg->max_calls,
    };
    return cfg->rtpengine
               ? ut__rtpengine_start(&e->rtpengine, &rtpengine, ut__hub_port(e->hub), why, cap)
               : 0;
}

static int start_ingresses(struct ut__serve_edges *e, char *why, size_t cap)
{
    int err = start_rtp(e, why, cap);
    if (!err)
        err = start_sip(e, why, cap);
    if (!err)
        err = start_rtpengine(e, why, cap);
    if (!err)
        err = start_websocket(e, why, cap);
    if (!err)
        err = start_audiosocket(e, why, cap);
    return err;
}

static int start_demo(struct ut__serve_edges *e, char *why, size_t cap)
{
    const struct ut__serve_config *cfg = e->cfg;
    if (!cfg->demo.count)
        return 0;
    struct ut__demo_config demo = {.files = (const char *const *)cfg->demo.items,
                                   .file_count = cfg->demo.count,
                                   .calls = (uint32_t)cfg->demo_calls,
                                   .caller_channel = (uint32_t)cfg->caller_channel,
                                   .agent_channel = (uint32_t)cfg->agent_channel,
                                   .mono_is_caller = cfg->mono_is == 1};
    return ut__demo_start(&e->demo, &demo, ut__hub_port(e->hub), why, cap);
}

static void count_ingress(void *arg, struct ut__ingress_stats *out)
{
    const struct ut__serve_edges *e = arg;
    if (e->audiosocket)
        ut__audiosocket_get_stats(e->audiosocket, &out->audiosocket);
    if (e->websocket)
        ut__websocket_get_stats(e->websocket, &out->websocket);
    if (e->sip)
        ut__sip_get_stats(e->sip, &out->sip);
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
    if (!err)
        err = start_sinks(e, why, why_cap);
    if (!err)
        ut__serve_supervise_set_ingress(e->supervise, count_ingress, e);
    if (!err)
        err = start_ingresses(e, why, why_cap);
    if (!err)
        err = start_demo(e, why, why_cap);
    if (err) {
        ut__serve_edges_stop(e);
        return err;
    }
    *out = e;
    return 0;
}

void ut__serve_edges_reload(struct ut__serve_edges *e, const struct ut__serve_config *cfg)
{
    e->cfg = cfg;
    if (e->sip) {
        struct ut__sip_config sip = sip_config(cfg);
        ut__sip_reload(e->sip, &sip);
    }
}

void ut__serve_edges_stop(struct ut__serve_edges *e)
{
    if (!e)
        return;
    if (e->supervise)
        ut__serve_supervise_set_ingress(e->supervise, NULL, NULL);
    ut__audiosocket_stop(e->audiosocket);
    ut__websocket_stop(e->websocket);
    ut__serve_supervise_stop(e->supervise);
    ut__http_destroy(e->http);
    ut__rtpengine_stop(e->rtpengine);
    ut__sip_stop(e->sip);
    ut__rtp_listeners_stop(e->rtp);
    ut__demo_stop(e->demo);
    ut__json_sink_destroy(e->json);
    ut__serve_supervise_destroy(e->supervise);
    free(e);
}
