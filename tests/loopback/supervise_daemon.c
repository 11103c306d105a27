/* SPDX-License-Identifier: MIT */
/*
 * The supervisor channel and the store behind a real listener, fed with made-up calls by lines on
 * standard input, so that tests decide what happens and when:
 *
 *     start CALL QUEUE AGENT NUMBER REPLACES | score CALL T STRESS STATE | alert CALL N T raised|cleared
 *     move CALL QUEUE | end CALL | keep NUMBER BYTE | burst CALL SCORES | load CALLS | quit
 *
 * Each line is answered with "ok LINE" once it was pushed. `load N` plays N calls with a score a
 * second each, and an alert raised or cleared now and then.
 *
 * usage: supervise_daemon [data=DIR] [listen=ADDR:PORT] [node=NAME] [OPTION=VALUE of a way out]...
 *        [escalate=S] [expire=S] [break=MIN] [history=own] [keep-baselines] [drains]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "contract/edge.h"
#include "daemon/config.h"
#include "net/cidr.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/re.h"
#include "store/store.h"
#include "supervise/supervise.h"

enum { LINE_MAX_BYTES = 512, LOAD_MAX = 2000, LOAD_TICK_MS = 100, PROXIES_MAX = 4 };

struct daemon {
    struct ut__supervise_config cfg;
    struct ut__store_config store_cfg;
    struct ut__supervise *sv;
    struct ut__store *store;
    struct ut__http *http;
    struct ut__serve_config *edges; /* For what ways out are told. */
    struct ut__edge_host host;
    void *sip;
    struct ut__cidr proxies[PROXIES_MAX];
    char line[LINE_MAX_BYTES];
    size_t len;
    uint64_t ids;
    int load, turn;
    double load_t;
    struct tmr tmr;
};

static struct ut__stream_item new_item(struct daemon *d, const char *call,
                                       enum ut__stream_kind kind)
{
    struct ut__stream_item it = {.id = ++d->ids, .time_us = ut__clock_wall_us(), .kind = kind};
    snprintf(it.info.id, sizeof it.info.id, "%s", call);
    snprintf(it.info.source, sizeof it.info.source, "test");
    it.info.has_agent = 1;
    it.info.started_ms = it.time_us / 1000;
    return it;
}

static void push(struct daemon *d, const struct ut__stream_item *it)
{
    ut__store_push(d->store, it);
    ut__supervise_push(d->sv, it);
}

static void start_call(struct daemon *d, const char *call, const char *queue, const char *agent,
                       const char *number, const char *replaces)
{
    struct ut__stream_item it = new_item(d, call, UT__STREAM_STARTED);
    snprintf(it.info.queue, sizeof it.info.queue, "%s", queue);
    snprintf(it.info.agent, sizeof it.info.agent, "%s", agent);
    snprintf(it.info.caller, sizeof it.info.caller, "%s", number);
    snprintf(it.info.replaces, sizeof it.info.replaces, "%s", replaces);
    push(d, &it);
}

static void move_call(struct daemon *d, const char *call, const char *queue)
{
    struct ut__stream_item it = new_item(d, call, UT__STREAM_UPDATED);
    snprintf(it.info.queue, sizeof it.info.queue, "%s", queue);
    push(d, &it);
}

static void score(struct daemon *d, const char *call, double t, double stress, const char *state)
{
    struct ut__stream_item it = new_item(d, call, UT__STREAM_EVENT);
    struct ut_score *s = &it.event.u.score;
    it.event.type = UT_EVENT_SCORE;
    *s = (struct ut_score){.t_s = t,
                           .stress = (float)stress,
                           .arousal = 0.5F,
                           .valence = -0.2F,
                           .confidence = 0.8F,
                           .level_dbfs = -24.0F,
                           .speech_s = (float)(t / 2),
                           .talk = UT_TALK_CALLER,
                           .has_delta = 1,
                           .delta = {2.0F, 1.0F}};
    for (int i = UT_STATE_ABSTAIN; i <= UT_STATE_ALERT; i++)
        if (strcmp(ut_state_name((enum ut_state)i), state) == 0)
            s->state = (enum ut_state)i;
    s->why = s->state == UT_STATE_ABSTAIN ? UT_WHY_MUSIC : UT_WHY_NONE;
    push(d, &it);
}

static void alert(struct daemon *d, const char *call, unsigned n, double t, const char *action)
{
    struct ut__stream_item it = new_item(d, call, UT__STREAM_EVENT);
    it.event.type = UT_EVENT_ALERT;
    it.event.u.alert = (struct ut_alert_event){
        .t_s = t,
        .n = n,
        .action = strcmp(action, "raised") == 0 ? UT_ALERT_RAISED : UT_ALERT_CLEARED,
        .stress = 0.83F,
        .for_s = 8.0F,
        .reason_count = 2,
        .reasons = {{UT_REASON_F0, 3.1F, 0.6F}, {UT_REASON_RATE, 1.2F, 0.4F}},
        .text = "pitch 3.1 semitones above this caller's own, speaking faster"};
    push(d, &it);
}

static void end_call(struct daemon *d, const char *call)
{
    struct ut__stream_item it = new_item(d, call, UT__STREAM_EVENT);
    it.event.type = UT_EVENT_TURNS;
    it.event.u.turns = (struct ut_turns){.t_s = 60.0, .caller_talk_s = 30.0F, .caller_turns = 9};
    push(d, &it);
    it.event.type = UT_EVENT_SUMMARY;
    it.event.u.summary = (struct ut_summary){.duration_s = 60.0,
                                             .caller_speech_s = 30.0F,
                                             .peak = 0.9F,
                                             .peak_t_s = 40.0F,
                                             .end = 0.3F,
                                             .peak_end = 0.6F,
                                             .recovery = 0.667F,
                                             .scored = 1,
                                             .alerts = 1,
                                             .episode_count = 1,
                                             .episodes = {{30.0F, 40.0F, 50.0F, 0.9F}}};
    push(d, &it);
    it = new_item(d, call, UT__STREAM_ENDED);
    snprintf(it.reason, sizeof it.reason, "bye");
    push(d, &it);
}

/* A caller's baseline, as a call leaves it at its end. */
static void keep_baseline(struct daemon *d, const char *number, unsigned byte)
{
    struct ut__inquiry q = {.kind = UT__INQUIRE_BASELINE_KEEP};
    ut__store_caller_key(d->store, number, q.baseline.caller_key);
    q.baseline.len_bytes = 4;
    q.baseline.bytes[0] = (uint8_t)byte;
    (void)ut__store_inquire(d->store, &q, NULL, NULL);
}

/* A tenth of the calls each tenth of a second. */
static void on_load(void *arg)
{
    struct daemon *d = arg;
    tmr_start(&d->tmr, LOAD_TICK_MS, on_load, d);
    for (int i = d->turn % 10; i < d->load; i += 10) {
        char call[32];
        snprintf(call, sizeof call, "load-%d", i);
        score(d, call, d->load_t, 0.2 + 0.05 * (i % 10), i % 50 == 0 ? "alert" : "calm");
        if (i % 50 == 0 && d->turn / 10 % 5 == 0)
            alert(d, call, (unsigned)(d->turn / 50 + 1), d->load_t, "raised");
        if (i % 50 == 0 && d->turn / 10 % 5 == 3)
            alert(d, call, (unsigned)(d->turn / 50 + 1), d->load_t, "cleared");
    }
    if (++d->turn % 10 == 0)
        d->load_t += 1.0;
}

static void begin_load(struct daemon *d, int calls)
{
    d->load = calls < LOAD_MAX ? calls : LOAD_MAX;
    for (int i = 0; i < d->load; i++) {
        char call[32], queue[32], agent[32];
        snprintf(call, sizeof call, "load-%d", i);
        snprintf(queue, sizeof queue, "queue %d", i % 7);
        snprintf(agent, sizeof agent, "agent %d", i % 90);
        start_call(d, call, queue, agent, "+34600000001", "");
    }
    on_load(d);
}

static void do_line(struct daemon *d, char *line)
{
    char call[128], a[64] = "", b[64] = "", c[64] = "", replaces[256] = "";
    double t, x;
    unsigned n;
    if (sscanf(line, "start %127s %63s %63s %63s %255s", call, a, b, c, replaces) >= 1)
        start_call(d, call, a, b, c, replaces);
    else if (sscanf(line, "move %127s %63s", call, a) == 2)
        move_call(d, call, a);
    else if (sscanf(line, "score %127s %lf %lf %63s", call, &t, &x, a) == 4)
        score(d, call, t, x, a);
    else if (sscanf(line, "alert %127s %u %lf %63s", call, &n, &t, a) == 4)
        alert(d, call, n, t, a);
    else if (sscanf(line, "burst %127s %u", call, &n) == 2)
        for (unsigned i = 0; i < n; i++)
            score(d, call, i, 0.5, "calm");
    else if (sscanf(line, "end %127s", call) == 1)
        end_call(d, call);
    else if (sscanf(line, "keep %63s %u", a, &n) == 2)
        keep_baseline(d, a, n);
    else if (sscanf(line, "load %u", &n) == 1)
        begin_load(d, (int)n);
    else if (strcmp(line, "quit") == 0)
        re_cancel();
    printf("ok %s\n", line);
    fflush(stdout);
}

static void on_input(int flags, void *arg)
{
    struct daemon *d = arg;
    (void)flags;
    ssize_t n = read(STDIN_FILENO, d->line + d->len, sizeof d->line - 1 - d->len);
    if (n <= 0) {
        re_cancel();
        return;
    }
    d->len += (size_t)n;
    d->line[d->len] = '\0';
    for (char *end; (end = strchr(d->line, '\n')) != NULL;) {
        *end = '\0';
        do_line(d, d->line);
        size_t used = (size_t)(end - d->line) + 1;
        memmove(d->line, end + 1, d->len - used + 1);
        d->len -= used;
    }
    if (d->len == sizeof d->line - 1)
        d->len = 0;
}

/* What an edge is told: NAME=VALUE, as its rows have it. */
static void read_edge(struct daemon *d, const char *arg)
{
    char name[64], why[UT__CONFIG_WHY_MAX];
    size_t len = strcspn(arg, "=");
    snprintf(name, sizeof name, "%.*s", (int)len, arg);
    if (!arg[len] || ut__config_set(d->edges->sets, name, arg + len + 1, why, sizeof why)) {
        fprintf(stderr, "%s: %s\n", arg, arg[len] ? why : "what?");
        exit(2);
    }
}

/* Who starts it ends it. */
static void drain(void *arg)
{
    (void)arg;
}

static void read_arg(struct daemon *d, const char *arg)
{
    const char *v = strchr(arg, '=');
    struct ut__supervise_config *c = &d->cfg;
    v = v ? v + 1 : "";
    if (strncmp(arg, "data=", 5) == 0)
        d->store_cfg.dir = v;
    else if (strncmp(arg, "listen=", 7) == 0)
        c->listen = v;
    else if (strncmp(arg, "node=", 5) == 0)
        c->node = d->store_cfg.node = v;
    else if (strncmp(arg, "escalate=", 9) == 0)
        d->store_cfg.escalate_s = c->escalate_s = (uint32_t)strtoul(v, NULL, 10);
    else if (strncmp(arg, "break=", 6) == 0)
        c->break_min = d->store_cfg.break_min = (uint32_t)strtoul(v, NULL, 10);
    else if (strncmp(arg, "log-call=", 9) == 0)
        (void)ut__log_follow(&v, 1);
    else if (strncmp(arg, "expire=", 7) == 0)
        d->store_cfg.expire_s = c->expire_s = (uint32_t)strtoul(v, NULL, 10);
    else if (strcmp(arg, "history=own") == 0)
        d->store_cfg.own_history = (uint8_t)(c->own_history = 1);
    else if (strcmp(arg, "drains") == 0)
        c->drain = drain;
    else if (strcmp(arg, "keep-baselines") == 0)
        d->store_cfg.keep_baselines = 1;
    else
        read_edge(d, arg);
}

static int add_channel(void *arg, const char *name, uint32_t actions,
                       const struct ut__channel_kind *kind, void *state_take)
{
    struct daemon *d = arg;
    return ut__supervise_add_channel(d->sv, name, actions, kind, state_take);
}

static void heard(void *arg, char *json_take)
{
    struct daemon *d = arg;
    ut__supervise_heard(d->sv, json_take);
}

static void sign(void *arg, const char *text, char out[65])
{
    struct daemon *d = arg;
    ut__supervise_sign(d->sv, text, out);
}

static void kept(void *arg, char *json_take)
{
    struct daemon *d = arg;
    ut__supervise_kept(d->sv, json_take);
}

static void set_help(void *arg, enum ut__help_way way, ut__help_fn *fn)
{
    struct daemon *d = arg;
    ut__supervise_set_help(d->sv, way, fn);
}

static void set_help_door(void *arg, const struct ut__help_door *door)
{
    struct daemon *d = arg;
    ut__supervise_set_help_door(d->sv, door);
}

static const struct ut__edge *edge_named(const char *name, size_t *at)
{
    for (*at = 0; ut__edges[*at]; ++*at)
        if (strcmp(ut__edges[*at]->name, name) == 0)
            return ut__edges[*at];
    return NULL;
}

/* It has no port: it takes no calls, and is there for what SIP sends. */
static int start_sip(struct daemon *d, char *why, size_t cap)
{
    size_t at;
    const struct ut__edge *sip = edge_named("sip", &at);
    return sip ? sip->start(&d->sip, d->edges->edges[at], &d->host, why, cap) : 0;
}

static void stop_sip(struct daemon *d)
{
    size_t at;
    if (d->sip)
        edge_named("sip", &at)->stop(d->sip);
}

static int add_channels(struct daemon *d, char *why, size_t cap)
{
    int err = 0;
    d->host = (struct ut__edge_host){
        .arg = d,
        .node = d->cfg.node,
        .add_channel = add_channel,
        .set_help = set_help,
        .set_help_door = set_help_door,
        .heard = heard,
        .kept = kept,
        .sign = sign,
    };
    for (size_t i = 0; ut__edges[i] && !err; i++) {
        void *state = NULL;
        if (ut__edges[i]->flags & UT__EDGE_OUT)
            err = ut__edges[i]->start(&state, d->edges->edges[i], &d->host, why, cap);
    }
    return err;
}

static int start(struct daemon *d)
{
    char why[512] = "", names[UT__CHANNELS_MAX][UT__CHANNEL_NAME_MAX];
    uint32_t actions[UT__CHANNELS_MAX];
    struct ut__http_config http = ut__http_config_default();
    http.listen = d->cfg.listen;
    http.stream_max_bytes = 8 << 20;
    for (size_t i = 0; i < d->edges->trusted_proxy.count && i < PROXIES_MAX; i++)
        http.proxy_count += ut__cidr_parse(&d->proxies[i], d->edges->trusted_proxy.items[i]) == 0;
    http.proxies = d->proxies;
    d->cfg.auth_header = d->edges->auth_header;
    d->cfg.auth_groups_header = d->edges->auth_groups_header;
    d->cfg.auth_groups = (const char *const *)d->edges->auth_group.items;
    d->cfg.auth_group_count = d->edges->auth_group.count;
    d->cfg.recordings = d->edges->recordings;
    d->cfg.actions = (const char *const *)d->edges->actions.items;
    d->cfg.action_count = d->edges->actions.count;
    d->cfg.phones = (const char *const *)d->edges->phones.items;
    d->cfg.phone_count = d->edges->phones.count;
    d->cfg.agents_see_state = d->edges->agents_see;
    int err = ut__http_create(&d->http, &http, why, sizeof why);
    if (!err)
        err = ut__supervise_create(&d->sv, &d->cfg, why, sizeof why);
    if (!err)
        err = add_channels(d, why, sizeof why);
    if (!err)
        err = start_sip(d, why, sizeof why);
    if (err) {
        fprintf(stderr, "%s\n", why);
        return err;
    }
    d->store_cfg.channel_count = ut__supervise_channels(d->sv, names, actions);
    for (uint32_t i = 0; i < d->store_cfg.channel_count; i++) {
        memcpy(d->store_cfg.channels[i].name, names[i], sizeof names[i]);
        d->store_cfg.channels[i].actions = actions[i];
    }
    d->store_cfg.listener = ut__supervise_listener(d->sv);
    long holder = 0;
    d->store_cfg.holder = &holder;
    err = ut__store_open(&d->store, &d->store_cfg);
    if (err) {
        fprintf(stderr, "process %ld has the folder; name another with --data\n", holder);
        return err;
    }
    struct ut__ledger ledger = ut__store_ledger(d->store);
    return ut__supervise_start(d->sv, &ledger, d->http);
}

int main(int argc, char **argv)
{
    struct daemon d = {.cfg = ut__supervise_config_default(),
                       .store_cfg = ut__store_config_default()};
    d.cfg.listen = "127.0.0.1:0";
    d.store_cfg.node = d.cfg.node;
    d.store_cfg.escalate_s = 0;
    char why[UT__CONFIG_WHY_MAX];
    if (ut__serve_config_create(&d.edges) || ut__config_defaults(d.edges->sets, why, sizeof why))
        return 1;
    for (int i = 1; i < argc; i++)
        read_arg(&d, argv[i]);
    if (ut__loop_init(why, sizeof why)) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    tmr_init(&d.tmr);
    int err = start(&d);
    if (!err) {
        const char *key = ut__supervise_first_key(d.sv);
        printf("port %u %s\n", ut__http_port(d.http), key ? key : "-");
        fflush(stdout);
        fd_listen(STDIN_FILENO, FD_READ, on_input, &d);
        re_main(NULL);
        fd_close(STDIN_FILENO);
    }
    tmr_cancel(&d.tmr);
    stop_sip(&d);
    if (d.sv)
        ut__supervise_stop(d.sv);
    ut__http_destroy(d.http);
    ut__store_close(d.store);
    ut__supervise_destroy(d.sv);
    ut__serve_config_destroy(d.edges);
    libre_close();
    return err ? 1 : 0;
}
