/* SPDX-License-Identifier: MIT */
/* The store and the supervisor channel, joined with the hub. */

#define _POSIX_C_SOURCE 200809L

#include "daemon/record.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/slurp.h"
#include "daemon/memory.h"
#include "daemon/retain.h"
#include "daemon/rules.h"
#include "store/store.h"
#include "supervise/playbooks.h"
#include "supervise/supervise.h"
#include "terminal/rules_file.h"

enum { COUNTS_MAX = 256 };
#define STRICTEST_PER_100H 1e-3F /* False alerts: beyond the strict end of a model's table. */

struct ut__serve_supervise {
    const struct ut__serve_config *cfg; /* Of the start. */
    struct ut__hub *hub;
    const struct ut_model *model;
    struct ut__store *store;
    struct ut__supervise *supervise;
    size_t (*counts)(void *arg, struct ut__edge_count *out, size_t cap);
    void *counts_arg;
    struct ut__serve_memory *memory; /* NULL: nobody's baseline is kept. */
    struct ut__serve_rules *rules;
    int with_lines; /* 1: who knows what callers say has started, where there is one. */
};

/* How many tokens the folder knows; a folder that cannot be asked refuses everybody anyway. */
static int64_t count_tokens(const char *dir)
{
    struct ut__answer answer;
    if (!dir)
        return 0;
    ut__store_inquire_once(dir, &(struct ut__inquiry){.kind = UT__INQUIRE_TOKENS}, &answer);
    int64_t n = answer.status == UT__LEDGER_OK ? answer.count : 1;
    ut__answer_free(&answer);
    return n;
}

int ut__serve_supervise_check(const struct ut__serve_config *cfg, char *why, size_t why_cap)
{
    if (!cfg->http)
        return 0;
    if (ut__supervise_check_listen(cfg->http, 1, 1, why, why_cap) == 0 &&
        ut__supervise_check_listen(cfg->http, 0, 0, why, why_cap) == 0)
        return 0; /* Loopback: no need to open the folder. */
    return ut__supervise_check_listen(cfg->http, cfg->http_cert != NULL, count_tokens(cfg->data),
                                      why, why_cap);
}

static size_t on_metrics(void *arg, char *buf, size_t cap)
{
    const struct ut__serve_supervise *s = arg;
    struct ut__live_stats stats;
    struct ut__edge_count counts[COUNTS_MAX];
    ut__hub_get_stats(s->hub, &stats);
    size_t n = s->counts ? s->counts(s->counts_arg, counts, COUNTS_MAX) : 0;
    return ut__live_metrics(&stats, counts, n, buf, cap);
}

static void on_load(void *arg, struct ut__load *out)
{
    const struct ut__serve_supervise *s = arg;
    *out = ut__port_load(ut__hub_port(s->hub));
}

/* As anybody on this machine may have it: the loop reads the signal. */
static void on_drain(void *arg)
{
    (void)arg;
    (void)kill(getpid(), SIGUSR1);
}

void ut__serve_supervise_set_counts(struct ut__serve_supervise *s,
                                    size_t (*fn)(void *arg, struct ut__edge_count *out, size_t cap),
                                    void *arg)
{
    s->counts = fn;
    s->counts_arg = arg;
}

/*
 * A queue's threshold as it was set, perhaps while another model ran: where this one's evidence
 * ends below it no call would ever alert, so its strictest stands in.
 */
static float within_reach(const struct ut_model *model, const char *queue, float threshold)
{
    if (threshold <= ut_model_evidence_max(model))
        return threshold;
    UT__LOG(UT__LOG_WARN,
            "a queue's threshold would never alert with this model: its strictest one is used; set "
            "the queue's anew",
            ut__log_str("queue", queue));
    return ut_model_threshold(model, STRICTEST_PER_100H);
}

/* What supervisors have set goes before the configuration, a threshold before a budget. */
static void on_rule(void *arg, const char *queue, struct ut__hub_terms *terms)
{
    const struct ut__serve_supervise *s = arg;
    struct ut_alert_config *alert = &terms->alert;
    const struct ut__site_row *site = ut__supervise_site(s->supervise, queue);
    float threshold, budget;
    if (site)
        terms->site = &site->applied;
    ut__supervise_threshold(s->supervise, queue, &threshold, &budget);
    if (threshold > 0.0F)
        alert->threshold = within_reach(s->model, queue, threshold);
    else if (budget > 0.0F)
        alert->threshold = ut_model_threshold(s->model, budget);
}

/* A call has ended: the record decides whether it teaches. */
static void on_habit(void *arg, const char *call, const struct ut_habit *habit)
{
    const struct ut__serve_supervise *s = arg;
    struct ut__inquiry q = {.kind = UT__INQUIRE_SITE_LEARN, .taught = {.habit = *habit}};
    ut__inquiry_text(q.taught.call, sizeof q.taught.call, call);
    if (habit->speech_s >= UT_SITE_CALL_MIN_S)
        (void)ut__store_inquire(s->store, &q, NULL, NULL);
}

static void fill_budgets(struct ut__supervise_config *c, const struct ut_model *model)
{
    static const float budgets[] = {1.0F, 2.0F, 5.0F, 10.0F, 20.0F, 50.0F, 100.0F, 200.0F, 500.0F};
    c->threshold_max = ut_model_evidence_max(model);
    c->budget_count = sizeof budgets / sizeof budgets[0];
    for (uint32_t i = 0; i < c->budget_count; i++) {
        c->budgets[i].false_alerts_per_100h = budgets[i];
        c->budgets[i].threshold = ut_model_threshold(model, budgets[i]);
    }
}

static struct ut__supervise_config supervise_config(const struct ut__serve_config *cfg,
                                                    const struct ut_model *model,
                                                    const char *listen)
{
    struct ut__supervise_config c = ut__supervise_config_default();
    c.node = cfg->node;
    c.model = ut_model_name(model);
    c.listen = listen;
    c.secure = cfg->http_cert != NULL;
    c.base_url = cfg->base_url;
    c.demo = ut__serve_config_is_staged(cfg);
    c.open = c.demo && !cfg->data; /* A record may hold real calls. */
    c.auth_header = cfg->auth_header;
    c.auth_groups_header = cfg->auth_groups_header;
    c.auth_groups = (const char *const *)cfg->auth_group.items;
    c.auth_group_count = cfg->auth_header ? cfg->auth_group.count : 0;
    c.actions = (const char *const *)cfg->actions.items;
    c.action_count = cfg->actions.count;
    c.phones = (const char *const *)cfg->phones.items;
    c.phone_count = cfg->phones.count;
    c.knowledge_url = cfg->knowledge_url;
    c.agents_see_state = cfg->agents_see;
    c.own_history = cfg->own_history;
    c.escalate_s = (uint32_t)cfg->escalate_after_s;
    c.escalate_to = cfg->escalate_to;
    c.expire_s = (uint32_t)cfg->expire_after_s;
    c.recordings = cfg->recordings;
    c.session_hours = (uint32_t)cfg->session_hours;
    c.break_min = (uint32_t)cfg->break_after_min;
    c.clients_max = (uint32_t)cfg->supervisors_max;
    fill_budgets(&c, model);
    return c;
}

static int open_store(struct ut__serve_supervise *s, const struct ut__serve_config *cfg, char *why,
                      size_t cap)
{
    long holder = 0;
    struct ut__store_config c = ut__store_config_default();
    char names[UT__CHANNELS_MAX][UT__CHANNEL_NAME_MAX];
    uint32_t actions[UT__CHANNELS_MAX];
    c.dir = cfg->data;
    c.node = cfg->node;
    c.retain_days = (uint32_t)ut__serve_days(cfg->retain);
    c.escalate_s = (uint32_t)cfg->escalate_after_s;
    c.escalate_to = cfg->escalate_to;
    c.expire_s = (uint32_t)cfg->expire_after_s;
    c.break_min = (uint32_t)cfg->break_after_min;
    c.own_history = (uint8_t)(cfg->own_history != 0);
    c.keep_baselines = (uint8_t)(cfg->keep_baselines != 0);
    c.max_bytes = (uint64_t)cfg->data_max_mb << 20;
    c.channel_count = ut__supervise_channels(s->supervise, names, actions);
    for (uint32_t i = 0; i < c.channel_count; i++) {
        memcpy(c.channels[i].name, names[i], sizeof c.channels[i].name);
        c.channels[i].actions = actions[i];
    }
    c.listener = ut__supervise_listener(s->supervise);
    if (!cfg->data)
        UT__LOG0(UT__LOG_WARN,
                 "nothing is kept over a restart, and of calls that have ended the last 256 MB "
                 "alone: name a folder with --data");
    c.model = s->model;
    c.holder = &holder;
    int err = ut__store_open(&s->store, &c);
    if (err == UT_EIO)
        snprintf(
            why, cap,
            "%s: another Undertone, process %ld, uses this data folder; stop that one, or name "
            "another folder with --data",
            cfg->data, holder);
    return err;
}

int ut__serve_supervise_create(struct ut__serve_supervise **out, const struct ut__serve_config *cfg,
                               struct ut__hub *hub, const struct ut_model *model,
                               const char *listen, char *why, size_t why_cap)
{
    struct ut__serve_supervise *s = calloc(1, sizeof *s);
    if (!s) {
        snprintf(why, why_cap, "there is no memory left");
        return UT_ENOMEM;
    }
    s->cfg = cfg;
    s->hub = hub;
    s->model = model;
    struct ut__supervise_config c = supervise_config(cfg, model, listen);
    c.metrics = on_metrics;
    c.load = on_load;
    c.drain = on_drain;
    c.arg = s;
    int err = ut__supervise_create(&s->supervise, &c, why, why_cap);
    if (err)
        free(s);
    else
        *out = s;
    return err;
}

struct ut__supervise *ut__serve_supervise_get(const struct ut__serve_supervise *s)
{
    return s->supervise;
}

void ut__serve_supervise_keep_lines(const struct ut__serve_supervise *s, const char *json)
{
    if (ut__store_ask(s->store, UT__LEDGER_LINES_KEEP, json, NULL, NULL))
        UT__LOG0(UT__LOG_WARN,
                 "lines of conversations are not kept: too much waits for the record");
}

/* The channels that the file's rules leave by are there. */
static int check_channels(const struct ut__serve_supervise *s, const char *path,
                          const struct ut__rules *rules, char *why, size_t cap)
{
    char names[UT__CHANNELS_MAX][UT__CHANNEL_NAME_MAX];
    uint32_t actions[UT__CHANNELS_MAX], n = ut__supervise_channels(s->supervise, names, actions);
    for (uint32_t i = 0; rules && i < rules->count; i++)
        for (uint8_t k = 0; k < rules->rule[i].channel_count; k++) {
            int known = 0;
            for (uint32_t c = 0; c < n; c++)
                known |= strcmp(names[c], rules->rule[i].channels[k]) == 0;
            if (known)
                continue;
            snprintf(why, cap,
                     "%s:%u: rule \"%s\" leaves by '%s', and there is no such channel: write "
                     "webhook:1 for the "
                     "first webhook, mail:1, nats or syslog",
                     path, (unsigned)rules->rule[i].line, rules->rule[i].name,
                     rules->rule[i].channels[k]);
            return UT_EINVAL;
        }
    return 0;
}

/* What the file's rules ask callers to have said is found in some list. */
static int check_said(const struct ut__serve_supervise *s, const char *path,
                      const struct ut__rules *rules, char *why, size_t cap)
{
    char said[512];
    uint32_t line = rules ? ut__supervise_rules_unheard(s->supervise, rules, said, sizeof said) : 0;
    if (line)
        snprintf(why, cap, "%s:%u: rule %s", path, (unsigned)line, said);
    return line ? UT_EINVAL : 0;
}

static int read_rules(const struct ut__serve_supervise *s, const char *path, struct ut__rules **out,
                      char **text, char *why, size_t cap)
{
    *out = NULL;
    *text = NULL;
    int err = path ? ut__rules_file_read(out, text, path, why, cap) : 0;
    if (!err)
        err = check_channels(s, path, *out, why, cap);
    if (!err && s->with_lines)
        err = check_said(s, path, *out, why, cap);
    if (err) {
        free(*out);
        free(*text);
    }
    return err;
}

int ut__serve_playbooks_read(struct ut__playbooks **out, const char *path, char *why, size_t cap)
{
    char *text = NULL, wrong[UT__CONFIG_WHY_MAX];
    size_t len = 0;
    *out = NULL;
    if (!path)
        return 0;
    int err = ut__slurp(&text, &len, path, UT__PLAYBOOKS_TEXT_MAX);
    if (err) {
        snprintf(why, cap, "%s: the playbooks cannot be read: %s; name a file with playbooks", path,
                 err == EFBIG ? "more than 64 KiB" : strerror(err));
        return UT_EIO;
    }
    struct ut__playbooks *p = malloc(sizeof *p);
    snprintf(why, cap, "there is no memory left");
    err = p ? ut__playbooks_read(p, text, len, wrong, sizeof wrong) : UT_ENOMEM;
    free(text);
    if (err == UT_EMALFORMED)
        snprintf(why, cap, "%s:%s", path, wrong);
    if (err)
        free(p);
    else
        *out = p;
    return err;
}

int ut__serve_supervise_reload(struct ut__serve_supervise *s, const struct ut__serve_config *next,
                               char *why, size_t cap)
{
    struct ut__rules *of_file;
    struct ut__playbooks *playbooks;
    char *text;
    int err = ut__serve_playbooks_read(&playbooks, next->playbooks, why, cap);
    if (err)
        return err;
    err = read_rules(s, next->rules, &of_file, &text, why, cap);
    if (err) {
        free(playbooks);
        return err;
    }
    ut__serve_rules_file(s->rules, of_file);
    ut__supervise_set_rules_text(s->supervise, text);
    ut__supervise_set_playbooks(s->supervise, playbooks);
    return 0;
}

static int start_rules(struct ut__serve_supervise *s, char *why, size_t cap)
{
    struct ut__rules *of_file;
    struct ut__playbooks *playbooks;
    char *text;
    int err = ut__serve_playbooks_read(&playbooks, s->cfg->playbooks, why, cap);
    if (err)
        return err;
    ut__supervise_set_playbooks(s->supervise, playbooks);
    err = read_rules(s, s->cfg->rules, &of_file, &text, why, cap);
    if (err)
        return err;
    ut__supervise_set_rules_text(s->supervise, text);
    err = ut__serve_rules_create(&s->rules, s->hub, of_file);
    if (!err)
        ut__supervise_set_rules(s->supervise, ut__serve_rules_set, s->rules);
    return err;
}

int ut__serve_supervise_lines(struct ut__serve_supervise *s, char *why, size_t cap)
{
    s->with_lines = 1;
    return check_said(s, s->cfg->rules, ut__serve_rules_of_file(s->rules), why, cap);
}

void ut__serve_supervise_set_lines(struct ut__serve_supervise *s, const struct ut__lines_door *door)
{
    ut__supervise_set_lines(s->supervise, door);
    ut__serve_rules_lines(s->rules, door);
}

struct ut__sink ut__serve_supervise_rules(const struct ut__serve_supervise *s)
{
    return ut__serve_rules_sink(s->rules);
}

int ut__serve_supervise_start(struct ut__serve_supervise *s, struct ut__http *http, char *why,
                              size_t why_cap)
{
    snprintf(why, why_cap, "the supervisor channel does not start");
    int err = start_rules(s, why, why_cap);
    if (!err)
        err = open_store(s, s->cfg, why, why_cap);
    if (!err) {
        ut__serve_rules_ask(s->rules, s->store);
        struct ut__ledger ledger = ut__store_ledger(s->store);
        err = ut__supervise_start(s->supervise, &ledger, http);
    }
    const struct ut__sink sinks[] = {
        {.name = "store", .push = ut__store_push, .state = s->store},
        {.name = "supervise", .push = ut__supervise_push, .state = s->supervise}};
    for (size_t i = 0; i < 2 && !err; i++)
        err = ut__hub_add_sink(s->hub, &sinks[i]);
    if (!err && s->cfg->keep_baselines)
        err = ut__serve_memory_create(&s->memory, s->hub, s->store);
    if (!err)
        ut__hub_set_rule(s->hub, on_rule, s);
    if (!err &&
        !ut__serve_config_is_staged(s->cfg)) /* A recording that is played again is no caller. */
        ut__hub_set_habit(s->hub, on_habit, s);
    return err;
}

void ut__serve_supervise_stop(struct ut__serve_supervise *s)
{
    if (s && s->supervise)
        ut__supervise_stop(s->supervise);
}

void ut__serve_supervise_destroy(struct ut__serve_supervise *s)
{
    if (!s)
        return;
    ut__hub_set_rule(s->hub, NULL, NULL);
    ut__hub_set_habit(s->hub, NULL, NULL);
    ut__serve_memory_stop(s->memory);
    if (s->rules)
        ut__serve_rules_ask(s->rules, NULL);
    ut__store_close(s->store);
    ut__serve_memory_destroy(s->memory);
    ut__serve_rules_destroy(s->rules);
    ut__supervise_destroy(s->supervise);
    free(s);
}
