/* SPDX-License-Identifier: MIT */
/* The live calls, as the page's cards show them. */

#include "supervise/feed/wall.h"

#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "base/json.h"

static struct ut__card **bucket(struct ut__wall *w, const char *id)
{
    return &w->buckets[ut__crc32(0, id, strlen(id)) % (sizeof w->buckets / sizeof w->buckets[0])];
}

struct ut__card *ut__wall_find(struct ut__wall *w, const char *node, const char *id)
{
    struct ut__card *any = NULL;
    for (struct ut__card *c = *bucket(w, id); c; c = c->bucket)
        if (strcmp(c->id, id) == 0 && (!node || strcmp(c->node, node) == 0)) {
            if (node || c->local)
                return c;
            any = c;
        }
    return any;
}

static void copy(char *to, const char *from, size_t cap)
{
    size_t n = from ? strnlen(from, cap - 1) : 0;
    if (n)
        memcpy(to, from, n);
    to[n] = '\0';
}

struct ut__card *ut__wall_add(struct ut__wall *w, const char *node, const char *id, int local)
{
    struct ut__card *c = ut__wall_find(w, node, id);
    if (c || w->count >= UT__WALL_MAX)
        return c;
    c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    copy(c->id, id, sizeof c->id);
    copy(c->node, node, sizeof c->node);
    c->local = (uint8_t)(local != 0);
    c->peak = c->recovery = -1.0F;
    c->score.why = UT_WHY_SPEECH;
    struct ut__card **b = bucket(w, id);
    c->bucket = *b;
    *b = c;
    c->next = w->first;
    w->first = c;
    w->count++;
    w->local += c->local;
    return c;
}

void ut__wall_drop(struct ut__wall *w, struct ut__card *call)
{
    struct ut__card **at = bucket(w, call->id);
    while (*at != call)
        at = &(*at)->bucket;
    *at = call->bucket;
    at = &w->first;
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    w->count--;
    w->local -= call->local;
    free(call);
}

void ut__wall_clear(struct ut__wall *w)
{
    while (w->first)
        ut__wall_drop(w, w->first);
}

void ut__wall_info(struct ut__card *c, const struct ut__call_info *info, const char *caller_key)
{
    copy(c->source, info->source, sizeof c->source);
    copy(c->queue, info->queue, sizeof c->queue);
    copy(c->agent, info->agent, sizeof c->agent);
    if (caller_key[0])
        copy(c->caller_key, caller_key, sizeof c->caller_key);
    c->has_agent = info->has_agent;
    copy(c->choices, info->choices, sizeof c->choices);
    copy(c->problem, info->problem, sizeof c->problem);
    copy(c->replaces, info->replaces, sizeof c->replaces);
    c->started_ms = info->started_ms;
}

void ut__wall_score(struct ut__card *c, const struct ut_score *s)
{
    int scored = s->state != UT_STATE_ABSTAIN;
    if (s->state != c->score.state || c->seconds == 0)
        c->state_since_s = c->seconds ? s->t_s : 0.0;
    c->score = *s;
    c->scored = (uint8_t)scored;
    c->spark[c->spark_at] = scored ? s->stress : -1.0F;
    c->spark_at = (c->spark_at + 1) % UT__SPARK;
    c->spark_len += c->spark_len < UT__SPARK;
    c->lines[c->seconds++ % UT__LINE_SECONDS] = (uint8_t)s->why;
    if (scored && s->stress > c->peak)
        c->peak = s->stress;
}

/* The worst of the last seconds: a gap spoils more than noise. */
static const char *line_name(const struct ut__card *c)
{
    static const struct {
        enum ut_why why;
        const char *name;
    } order[] = {{UT_WHY_RATE, "rate"},
                 {UT_WHY_GAP, "gap"},
                 {UT_WHY_CLIPPING, "clipping"},
                 {UT_WHY_NOISE, "noise"},
                 {UT_WHY_MUSIC, "music"}};
    uint32_t n = c->seconds < UT__LINE_SECONDS ? c->seconds : UT__LINE_SECONDS;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        for (uint32_t k = 0; k < n; k++)
            if (c->lines[k] == order[i].why)
                return order[i].name;
    return n ? "good" : "unknown";
}

static void put_optional(struct ut__text *t, const char *key, int there, float v, int decimals)
{
    if (there)
        ut__text_knum(t, key, (double)v, decimals);
    else
        ut__text_knull(t, key);
}

static void put_optional_text(struct ut__text *t, const char *key, const char *s)
{
    ut__text_kstr(t, key, s[0] ? s : NULL);
}

static void put_spark(const struct ut__card *c, struct ut__text *t)
{
    ut__text_key(t, "spark");
    ut__text_raw(t, "[");
    uint32_t n = c->ended ? 0 : c->spark_len;
    for (uint32_t i = 0; i < n; i++) {
        float v = c->spark[(c->spark_at + UT__SPARK - n + i) % UT__SPARK];
        if (i)
            ut__text_raw(t, ",");
        if (v < 0.0F)
            ut__text_raw(t, "null");
        else
            ut__text_num(t, (double)v, 2);
    }
    ut__text_raw(t, "]");
}

static void put_score(const struct ut__card *c, struct ut__text *t)
{
    const struct ut_score *s = &c->score;
    ut__text_knum(t, "t", s->t_s, 2);
    put_optional(t, "stress", c->scored, s->stress, 3);
    put_optional(t, "arousal", c->scored, s->arousal, 3);
    put_optional(t, "valence", c->scored, s->valence, 3);
    put_optional(t, "confidence", c->scored, s->confidence, 2);
    ut__text_kstr(t, "state", ut_state_name(s->state));
    ut__text_kstr(t, "why", s->state == UT_STATE_ABSTAIN && s->why ? ut_why_name(s->why) : NULL);
    ut__text_knum(t, "state_since", c->state_since_s, 2);
    ut__text_kstr(t, "talk", ut_talk_name(s->talk));
    put_optional(t, "level_dbfs", c->seconds > 0, s->level_dbfs, 1);
    ut__text_knum(t, "speech_s", (double)s->speech_s, 1);
    ut__text_kstr(t, "line", line_name(c));
}

void ut__wall_json(const struct ut__card *c, struct ut__text *t)
{
    ut__text_raw(t, "{");
    ut__text_kstr(t, "call", c->id);
    ut__text_kstr(t, "node", c->node);
    ut__text_kbool(t, "live", !c->ended);
    ut__text_kstr(t, "source", c->source);
    ut__text_kstr(t, "queue", c->queue);
    ut__text_kstr(t, "agent", c->agent);
    ut__text_kbool(t, "has_agent", c->has_agent);
    put_optional_text(t, "caller_key", c->caller_key);
    put_optional_text(t, "choices", c->choices);
    put_optional_text(t, "problem", c->problem);
    if (c->replaces[0])
        ut__text_kstr(t, "replaces", c->replaces);
    ut__text_kint(t, "started_ms", c->started_ms);
    if (c->ended)
        ut__text_kint(t, "ended_ms", c->ended_ms);
    else
        ut__text_knull(t, "ended_ms");
    put_optional_text(t, "end_reason", c->reason);
    ut__text_kbool(t, "on_hold", c->on_hold);
    put_score(c, t);
    put_spark(c, t);
    put_optional(t, "peak", c->peak >= 0.0F, c->peak, 3);
    ut__text_kint(t, "alerts", c->alerts);
    put_optional_text(t, "open_alert", c->open_alert);
    put_optional(t, "peak_end", c->has_summary, c->peak_end, 3);
    put_optional(t, "end", c->has_summary, c->end, 3);
    put_optional(t, "recovery", c->recovery >= 0.0F, c->recovery, 3);
    ut__text_raw(t, "}");
}

static float number(const json_t *o, const char *key, float dflt)
{
    const json_t *v = json_object_get(o, key);
    return json_is_number(v) ? (float)json_number_value(v) : dflt;
}

static enum ut_state state_of(const char *name)
{
    for (int i = UT_STATE_ABSTAIN; i <= UT_STATE_ALERT; i++)
        if (strcmp(ut_state_name((enum ut_state)i), name) == 0)
            return (enum ut_state)i;
    return UT_STATE_ABSTAIN;
}

static enum ut_why why_of(const char *name)
{
    for (int i = UT_WHY_ROLE; i < UT_WHY_COUNT; i++)
        if (strcmp(ut_why_name((enum ut_why)i), name) == 0)
            return (enum ut_why)i;
    return UT_WHY_NONE;
}

static enum ut_talk talk_of(const char *name)
{
    for (int i = UT_TALK_NONE; i <= UT_TALK_BOTH; i++)
        if (strcmp(ut_talk_name((enum ut_talk)i), name) == 0)
            return (enum ut_talk)i;
    return UT_TALK_NONE;
}

void ut__wall_score_from_json(const json_t *o, struct ut_score *s)
{
    *s = (struct ut_score){.t_s = (double)number(o, "t", 0.0F),
                           .stress = number(o, "stress", 0.0F),
                           .arousal = number(o, "arousal", 0.0F),
                           .valence = number(o, "valence", 0.0F),
                           .confidence = number(o, "confidence", 0.0F),
                           .level_dbfs = number(o, "level_dbfs", -120.0F),
                           .speech_s = number(o, "speech_s", 0.0F),
                           .state = state_of(ut__json_text(o, "state")),
                           .why = why_of(ut__json_text(o, "why")),
                           .talk = talk_of(ut__json_text(o, "talk"))};
}

void ut__wall_from_json(struct ut__card *c, const json_t *o)
{
    const json_t *spark = json_object_get(o, "spark"), *v;
    size_t i;
    copy(c->source, ut__json_text(o, "source"), sizeof c->source);
    copy(c->queue, ut__json_text(o, "queue"), sizeof c->queue);
    copy(c->agent, ut__json_text(o, "agent"), sizeof c->agent);
    copy(c->caller_key, ut__json_text(o, "caller_key"), sizeof c->caller_key);
    copy(c->choices, ut__json_text(o, "choices"), sizeof c->choices);
    copy(c->problem, ut__json_text(o, "problem"), sizeof c->problem);
    copy(c->replaces, ut__json_text(o, "replaces"), sizeof c->replaces);
    copy(c->open_alert, ut__json_text(o, "open_alert"), sizeof c->open_alert);
    copy(c->reason, ut__json_text(o, "end_reason"), sizeof c->reason);
    c->has_agent = json_is_true(json_object_get(o, "has_agent"));
    c->on_hold = json_is_true(json_object_get(o, "on_hold"));
    c->ended = json_is_false(json_object_get(o, "live"));
    c->started_ms = (int64_t)json_integer_value(json_object_get(o, "started_ms"));
    c->ended_ms = (int64_t)json_integer_value(json_object_get(o, "ended_ms"));
    c->alerts = (uint32_t)json_integer_value(json_object_get(o, "alerts"));
    ut__wall_score_from_json(o, &c->score);
    c->scored = c->score.state != UT_STATE_ABSTAIN;
    c->state_since_s = (double)number(o, "state_since", 0.0F);
    c->peak = number(o, "peak", -1.0F);
    c->has_summary = json_is_number(json_object_get(o, "peak_end"));
    c->peak_end = number(o, "peak_end", 0.0F);
    c->end = number(o, "end", 0.0F);
    c->recovery = number(o, "recovery", -1.0F);
    c->spark_len = c->spark_at = 0;
    json_array_foreach(spark, i, v)
    {
        if (i >= UT__SPARK)
            break;
        c->spark[c->spark_at++] = json_is_number(v) ? (float)json_number_value(v) : -1.0F;
        c->spark_len++;
    }
    c->spark_at %= UT__SPARK;
    c->seconds = c->seconds ? c->seconds : (uint32_t)(c->score.t_s > 0.0);
}
