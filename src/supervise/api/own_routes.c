/* SPDX-License-Identifier: MIT */
/* What an agent sees: the own call, help with it, the own breaks and figures. Nothing of others, and no live score. */

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "supervise/api/routes.h"

/* By the name that they sign in by: the agent's own, or of sip:ana@pbx the ana. */
static int is_own(const struct ut__who *who, const char *agent)
{
    char user[UT__CALL_LABEL_MAX];
    ut__help_user(agent, user, sizeof user);
    return agent[0] && (strcmp(agent, who->name) == 0 || strcmp(user, who->name) == 0);
}

static const struct ut__card *next_own(const struct ut__request *r, const struct ut__card *c)
{
    for (; c; c = c->next)
        if (!c->ended && is_own(&r->who, c->agent) && ut__scope_has(r->who.queues, c->queue))
            return c;
    return NULL;
}

static void put_call(const struct ut__request *r, const struct ut__card *c, struct ut__text *t)
{
    int heard = c->score.state != UT_STATE_ABSTAIN;
    ut__text_raw(t, "{");
    ut__text_kstr(t, "call", c->id);
    ut__text_kstr(t, "queue", c->queue);
    ut__text_kint(t, "started_ms", c->started_ms);
    ut__text_kbool(t, "on_hold", c->on_hold);
    if (r->sv->cfg.agents_see_state) {
        ut__text_kstr(t, "state", heard ? ut_state_name(c->score.state) : NULL);
        ut__text_kstr(t, "hint", c->open_alert[0] ? "free_script" : NULL);
    }
    ut__text_raw(t, "}");
}

/* Alert minutes of the last hour, over all names that this agent has. */
static double exposed_min(const struct ut__request *r)
{
    const struct ut__exposure *e = &r->sv->exposure;
    uint32_t seconds = 0;
    for (uint32_t i = 0; i < e->count; i++)
        if (is_own(&r->who, e->agents[i].agent))
            seconds += ut__exposure_seconds(e, i, ut__wall_ms() / 60000);
    return seconds / 60.0;
}

void ut__serve_own(struct ut__request *r)
{
    const struct ut__supervise *sv = r->sv;
    struct ut__text t = {0};
    double minutes = exposed_min(r);
    int n = 0;
    ut__text_raw(&t, "{\"calls\":[");
    for (const struct ut__card *c = sv->wall.first; (c = next_own(r, c)) != NULL; c = c->next) {
        ut__text_raw(&t, n++ ? "," : "");
        put_call(r, c, &t);
    }
    ut__text_raw(&t, "]");
    ut__text_kbool(&t, "break_due", sv->cfg.break_min && minutes >= (double)sv->cfg.break_min);
    if (sv->cfg.agents_see_state)
        ut__text_knum(&t, "alert_minutes", minutes, 1);
    ut__text_raw(&t, "}");
    ut__request_text(r, &t, NULL);
}

void ut__serve_own_knowledge(struct ut__request *r)
{
    const struct ut__card *c = next_own(r, r->sv->wall.first);
    if (!c) {
        ut__request_json(r, "{\"articles\":[]}", NULL);
        return;
    }
    memcpy(r->target, c->id, sizeof c->id);
    ut__serve_knowledge(r);
}

/* Of all agents' rows those that are the own; what ranks people among each other stays out. */
static void on_figures(void *arg, struct ut__answer *answer)
{
    static const char *const told[] = {"calls",         "mean_end",          "episodes",
                                       "recovery_rate", "recovery_adjusted", "recovery_low",
                                       "recovery_high", "rescued",           "alerts"};
    struct ut__request *r = arg;
    json_t *root = ut__request_loaded(r, answer), *out = json_array(), *row;
    size_t i;
    if (!root) {
        json_decref(out);
        return;
    }
    json_array_foreach(json_object_get(root, "rows"), i, row)
    {
        const char *agent = ut__json_text(row, "name");
        json_t *own = is_own(&r->who, agent) ? json_pack("{ss}", "agent", agent) : NULL;
        for (size_t k = 0; own && k < sizeof told / sizeof told[0]; k++)
            json_object_set(own, told[k], json_object_get(row, told[k]));
        if (own)
            json_array_append_new(out, own);
    }
    json_decref(root);
    ut__request_value(r, json_pack("{so}", "figures", out));
}

/* How callers left whom this agent talked to, in 30 days. */
void ut__serve_own_figures(struct ut__request *r)
{
    json_object_set_new(r->args, "by", json_string("agent"));
    ut__request_ask(r, r->route->op, on_figures);
}

void ut__serve_own_disputes(struct ut__request *r)
{
    json_object_set_new(r->args, "own", json_true());
    ut__serve_marked(r);
}

void ut__serve_own_dispute(struct ut__request *r)
{
    if (is_own(&r->who, ut__json_text(r->body, "agent")))
        ut__serve_marked(r);
    else
        ut__request_error(r, 400, "bad_request", "These are not your figures.",
                          "Give `agent` as /api/v1/own/figures tells it.", NULL);
}
