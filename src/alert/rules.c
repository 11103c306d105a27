/* SPDX-License-Identifier: MIT */
/*
 * Operators' rules, asked once a second of media:
 *
 *     second -> facts -> expression of each rule -> true for the first time: raise
 *                                                -> untrue for REST_S: clear, and not again for a while
 */

#include "alert/rules.h"

#include <math.h>
#include <string.h>

#include "base/fixed.h"

enum {
    REST_S = 10,     /* Untrue for so long: what it told of is over. */
    HOLD_OFF_S = 60, /* A rule that has cleared raises no other alert before. */
    MEAN_S = 10,
    BEFORE_S = 60,
    DAY_MIN = 24 * 60
};

static const struct {
    const char *name;
    float least, most;
} facts[UT_FACT_COUNT] = {
    [UT_FACT_STRESS] = {"stress", 0, 1},
    [UT_FACT_RISE] = {"rise", -1, 1},
    [UT_FACT_SILENCE] = {"silence", 0, 3600},
    [UT_FACT_OVERTALK] = {"overtalk", 0, 1},
    [UT_FACT_HOLD] = {"hold", 0, 86400},
    [UT_FACT_LENGTH] = {"length", 0, 86400},
    [UT_FACT_UNANSWERED] = {"unanswered", 0, 3600},
    [UT_FACT_RETURNING] = {"returning", 0, 1000},
    [UT_FACT_WORDS] = {"words", 0, 1},
    [UT_FACT_SAID] = {"said", 0, 1},
};

const char *ut_fact_name(enum ut_fact_kind kind)
{
    return (unsigned)kind < UT_FACT_COUNT ? facts[kind].name : "unknown";
}

void ut__rules_range(enum ut_fact_kind what, float *least, float *most)
{
    *least = facts[what].least;
    *most = facts[what].most;
}

int ut__rules_looks_at(const struct ut__rules_rule *rule, enum ut_fact_kind what)
{
    for (uint8_t i = 0; i < rule->node_count; i++)
        if (rule->nodes[i].op == UT__RULES_TERM && rule->nodes[i].what == what)
            return 1;
    return 0;
}

size_t ut__rules_call_bytes(const struct ut__rules *rules)
{
    return sizeof(struct ut__rules_call) + rules->count * sizeof(struct ut__rules_at);
}

void ut__rules_call_init(struct ut__rules_call *call, const struct ut__rules *rules)
{
    memset(call, 0, ut__rules_call_bytes(rules));
    call->rules = rules;
    call->next_n = UT__RULES_FIRST_N;
    for (uint32_t i = 0; i < rules->count; i++) {
        struct ut__rules_at *at = &call->at[i];
        at->true_s = at->false_s = at->cleared_s = -1;
        for (int k = 0; k < UT__RULES_NODES; k++)
            at->since[k] = -1;
    }
}

/* Mean stress of the MEAN_S seconds that ended `ago` seconds ago; NaN: fewer than half were scored. */
static float mean(const struct ut__rules_call *c, uint32_t ago)
{
    float sum = 0;
    int n = 0;
    for (uint32_t i = 1; i <= MEAN_S && ago + i <= c->seconds; i++) {
        float v = c->past[(c->seconds - ago - i) % UT__RULES_PAST];
        sum += v >= 0 ? v : 0;
        n += v >= 0;
    }
    return n >= MEAN_S / 2 ? sum / (float)n : NAN;
}

static float overtalk(const struct ut__rules_call *c)
{
    int n = 0;
    for (int i = 0; i < UT__RULES_MINUTE; i++)
        n += c->both[i];
    return (float)n / UT__RULES_MINUTE;
}

void ut__rules_take(struct ut__rules_call *c, const struct ut__rules_second *second)
{
    const struct ut_score *s = second->score;
    double step = c->seconds ? s->t_s - c->t_s : s->t_s;
    int scored = s->state != UT_STATE_ABSTAIN, hold = second->on_hold;
    int agent = s->talk == UT_TALK_AGENT || s->talk == UT_TALK_BOTH;
    c->t_s = s->t_s;
    c->past[c->seconds % UT__RULES_PAST] = scored ? s->stress : -1;
    c->both[c->seconds % UT__RULES_MINUTE] = s->talk == UT_TALK_BOTH;
    c->seconds++;
    c->silence_s = s->talk == UT_TALK_NONE && !hold ? c->silence_s + step : 0;
    c->hold_s = hold ? c->hold_s + step : 0;
    /* On hold nobody waits for the agent to speak. */
    c->agent_s = agent || hold ? 0 : c->agent_s + step;
    c->facts[UT_FACT_STRESS] = scored ? s->stress : NAN;
    c->facts[UT_FACT_RISE] = mean(c, 0) - mean(c, BEFORE_S);
    c->facts[UT_FACT_SILENCE] = second->has_agent ? (float)c->silence_s : NAN;
    c->facts[UT_FACT_OVERTALK] = second->has_agent ? overtalk(c) : NAN;
    c->facts[UT_FACT_HOLD] = (float)c->hold_s;
    c->facts[UT_FACT_LENGTH] = (float)s->t_s;
    c->facts[UT_FACT_UNANSWERED] = second->has_agent ? (float)c->agent_s : NAN;
    c->facts[UT_FACT_RETURNING] = (float)second->returning;
    c->facts[UT_FACT_WORDS] = second->words;
    c->facts[UT_FACT_SAID] = NAN; /* Each term asks for its own. */
    c->said = second->said;
}

/* What is not known is neither above nor below. Sums of seconds and decimals: a hair is nothing. */
static int holds(const struct ut__rules_node *n, float v)
{
    static const float hair = 1e-6F;
    switch ((enum ut__rules_compare)n->compare) {
    case UT__RULES_OVER:
        return v > n->value + hair;
    case UT__RULES_LEAST:
        return v >= n->value - hair;
    case UT__RULES_UNDER:
        return v < n->value - hair;
    case UT__RULES_MOST:
        return v <= n->value + hair;
    }
    return 0;
}

static const struct ut__said_phrase *find_said(const struct ut__rules_call *c,
                                               const struct ut__rules_rule *r,
                                               const struct ut__rules_node *n)
{
    const struct ut__said_wish wish = {n->kind, n->kind < 0 ? r->said[n->said] : ""};
    return ut__said_find(c->said, c->t_s, &wish);
}

static int term_holds(const struct ut__rules_call *c, const struct ut__rules_rule *r,
                      const struct ut__rules_node *n)
{
    return n->what == UT_FACT_SAID ? find_said(c, r, n) != NULL : holds(n, c->facts[n->what]);
}

/* A second's truth reaches back to where the second began. */
static int lasts(double *since, int truth, double t_s, double seconds)
{
    if (!truth)
        *since = -1;
    else if (*since < 0)
        *since = t_s > 1 ? t_s - 1 : 0;
    return truth && t_s - *since >= seconds - 1e-6;
}

static int is_true(struct ut__rules_call *c, uint32_t index)
{
    const struct ut__rules_rule *r = &c->rules->rule[index];
    uint8_t stack[UT__RULES_NODES] = {0};
    int n = 0;
    for (uint8_t i = 0; i < r->node_count; i++) {
        const struct ut__rules_node *node = &r->nodes[i];
        switch ((enum ut__rules_op)node->op) {
        case UT__RULES_TERM:
            stack[n++] = (uint8_t)term_holds(c, r, node);
            break;
        case UT__RULES_FOR:
            stack[n - 1] =
                (uint8_t)lasts(&c->at[index].since[i], stack[n - 1], c->t_s, (double)node->value);
            break;
        case UT__RULES_AND:
            n--;
            stack[n - 1] = stack[n - 1] && stack[n];
            break;
        case UT__RULES_OR:
            n--;
            stack[n - 1] = stack[n - 1] || stack[n];
            break;
        }
    }
    return n == 1 && stack[0];
}

/* Monday is day 0. Hours that end before they begin go over midnight, and belong to their first day. */
static int in_hours(const struct ut__rules_rule *r, int32_t week_min)
{
    if (!r->days || week_min < 0)
        return 1;
    int day = week_min / DAY_MIN % 7, minute = week_min % DAY_MIN;
    int today = r->days >> day & 1, before = r->days >> (day + 6) % 7 & 1;
    if (r->from_min < r->until_min)
        return today && minute >= r->from_min && minute < r->until_min;
    return (today && minute >= r->from_min) || (before && minute < r->until_min);
}

static int has_queue(const struct ut__rules_rule *r, const char *queue)
{
    int found = r->queue_count == 0;
    for (uint8_t i = 0; i < r->queue_count; i++)
        found |= strcmp(r->queues[i], queue) == 0;
    return found;
}

static void say(char out[UT_ALERT_TEXT_MAX], const char *text)
{
    size_t len = strlen(out), n = strlen(text), room = UT_ALERT_TEXT_MAX - 1 - len;
    if (n <= room)
        memcpy(out + len, text, n + 1);
}

static void say_fact(char out[UT_ALERT_TEXT_MAX], const struct ut_fact *f)
{
    static const char *const words[UT_FACT_COUNT][2] = {
        [UT_FACT_STRESS] = {"stress ", ""},
        [UT_FACT_RISE] = {"stress changed by ", " in a minute"},
        [UT_FACT_SILENCE] = {"silence for ", " s"},
        [UT_FACT_OVERTALK] = {"both talk ", " % of the last minute"},
        [UT_FACT_HOLD] = {"on hold for ", " s"},
        [UT_FACT_LENGTH] = {"the call lasts ", " s"},
        [UT_FACT_UNANSWERED] = {"no answer on the line for ", " s"},
        [UT_FACT_RETURNING] = {"earlier calls with an alert: ", ""},
        [UT_FACT_WORDS] = {"charged words", ""},
        [UT_FACT_SAID] = {"said", ""},
    };
    char digits[UT__FIXED_MAX], part[64 + UT__FIXED_MAX] = "";
    int share = f->kind == UT_FACT_OVERTALK;
    int decimals = f->kind == UT_FACT_STRESS || f->kind == UT_FACT_RISE ? 2 : 0;
    ut__fixed(digits, (double)f->value * (share ? 100 : 1), decimals);
    memcpy(part, words[f->kind][0], strlen(words[f->kind][0]) + 1);
    if (f->kind != UT_FACT_WORDS && f->kind != UT_FACT_SAID) {
        memcpy(part + strlen(part), digits, strlen(digits) + 1);
        memcpy(part + strlen(part), words[f->kind][1], strlen(words[f->kind][1]) + 1);
    }
    say(out, part);
}

/* " for 12 s", where the rule asks for how long. */
static void say_since(char out[UT_ALERT_TEXT_MAX], double seconds)
{
    char digits[UT__FIXED_MAX];
    ut__fixed(digits, seconds, 0);
    say(out, " for ");
    say(out, digits);
    say(out, " s");
}

/* The phrases that the rule asks for, each once. */
static void say_said(const struct ut__rules_call *c, const struct ut__rules_rule *r,
                     struct ut_alert_event *a)
{
    for (uint8_t i = 0; i < r->node_count && a->phrase_count < UT_PHRASES_MAX; i++) {
        const struct ut__rules_node *n = &r->nodes[i];
        const struct ut__said_phrase *p =
            n->op == UT__RULES_TERM && n->what == UT_FACT_SAID ? find_said(c, r, n) : NULL;
        uint32_t k = 0;
        while (p && k < a->phrase_count && strcmp(a->phrases[k].text, p->text) != 0)
            k++;
        if (!p || k < a->phrase_count)
            continue;
        struct ut_phrase *to = &a->phrases[a->phrase_count++];
        to->kind = p->kind;
        memcpy(to->text, p->text, sizeof to->text);
        say(a->text, k ? ", \xe2\x80\x9c" : " \xe2\x80\x9c");
        say(a->text, p->text);
        say(a->text, "\xe2\x80\x9d");
    }
    for (uint32_t i = 0; i < a->phrase_count; i++)
        a->phrases[i].share = 1.0F / (float)a->phrase_count;
}

/* The conditions that hold now, each fact once; of an alert that is over, how the rule is called. */
static void explain(const struct ut__rules_call *c, uint32_t index, int raised,
                    struct ut_alert_event *a)
{
    const struct ut__rules_rule *r = &c->rules->rule[index];
    uint32_t seen = 0;
    say(a->text, "rule \xe2\x80\x9c");
    say(a->text, r->name);
    say(a->text, raised ? "\xe2\x80\x9d: " : "\xe2\x80\x9d: no longer so");
    for (uint8_t i = 0; raised && i < r->node_count && a->fact_count < UT_FACTS_MAX; i++) {
        const struct ut__rules_node *n = &r->nodes[i];
        if (n->op != UT__RULES_TERM || seen >> n->what & 1 || !term_holds(c, r, n))
            continue;
        seen |= UINT32_C(1) << n->what;
        int said = n->what == UT_FACT_SAID;
        struct ut_fact fact = {(enum ut_fact_kind)n->what, said ? 1 : c->facts[n->what]};
        say(a->text, a->fact_count ? ", " : "");
        say_fact(a->text, &fact);
        if (said)
            say_said(c, r, a);
        if (i + 1 < r->node_count && n[1].op == UT__RULES_FOR && c->at[index].since[i + 1] >= 0)
            say_since(a->text, c->t_s - c->at[index].since[i + 1]);
        a->facts[a->fact_count++] = fact;
    }
}

static int tell(const struct ut__rules_call *c, uint32_t index, enum ut_alert_action action,
                struct ut_alert_event *out)
{
    const struct ut__rules_rule *r = &c->rules->rule[index];
    const struct ut__rules_at *at = &c->at[index];
    float stress = c->facts[UT_FACT_STRESS];
    *out = (struct ut_alert_event){.t_s = c->t_s,
                                   .n = at->n,
                                   .action = action,
                                   .severity = (enum ut_rule_severity)r->severity,
                                   .unscored = isnan(stress) != 0,
                                   .stress = isnan(stress) ? 0 : stress,
                                   .for_s = (float)(c->t_s - at->true_s)};
    memcpy(out->rule, r->name, sizeof out->rule);
    explain(c, index, action == UT_ALERT_RAISED, out);
    return 1;
}

int ut__rules_ask(struct ut__rules_call *c, uint32_t index, const struct ut__rules_second *second,
                  const char *queue, struct ut_alert_event *out)
{
    const struct ut__rules_rule *r = &c->rules->rule[index];
    struct ut__rules_at *at = &c->at[index];
    if (r->off)
        return 0;
    int truth = is_true(c, index) && has_queue(r, queue);
    if (at->stands) {
        if (!lasts(&at->false_s, !truth, c->t_s, REST_S))
            return 0;
        at->stands = 0;
        at->cleared_s = c->t_s;
        tell(c, index, UT_ALERT_CLEARED, out);
        at->true_s = at->false_s = -1;
        return 1;
    }
    if (!truth) {
        at->true_s = -1;
        return 0;
    }
    if (at->true_s < 0)
        at->true_s = c->t_s;
    if ((at->cleared_s >= 0 && c->t_s - at->cleared_s < HOLD_OFF_S) ||
        at->raised == UT__RULES_ALERTS_MAX || !in_hours(r, second->week_min))
        return 0;
    at->stands = 1;
    at->raised++;
    at->n = c->next_n++;
    return tell(c, index, UT_ALERT_RAISED, out);
}
