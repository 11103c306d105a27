/* SPDX-License-Identifier: MIT */
/* What an agent sees: the own call, help with it, the own breaks. Nothing of others, and no number of any score. */

#include <string.h>

#include "base/clock.h"
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
