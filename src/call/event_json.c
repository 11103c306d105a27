/* SPDX-License-Identifier: MIT */
/* Events as JSON objects, by hand: fixed decimals and key order make the bytes reproducible. */

#include <undertone/json.h>

#include <string.h>

#include <undertone/words.h>

#include "base/fixed.h"
#include "base/json_string.h"

enum { CALL_ID_MAX = 128 };

/* A bounded text; `full` once something did not fit. */
struct text {
    char *buf;
    size_t cap, len;
    int full;
};

static void put_n(struct text *t, const char *s, size_t n)
{
    if (t->full || n >= t->cap - t->len) {
        t->full = 1;
        return;
    }
    memcpy(t->buf + t->len, s, n);
    t->len += n;
}

static void put(struct text *t, const char *s)
{
    put_n(t, s, strlen(s));
}

/* Bytes of s, at most max; a text that is longer is not cut within a character. */
static size_t length_within(const char *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n])
        n++;
    if (n < max)
        return n;
    size_t lead = n;
    while (lead > 0 && ((unsigned char)s[lead - 1] & 0xc0) == 0x80)
        lead--;
    if (lead == 0)
        return n;
    unsigned char c = (unsigned char)s[lead - 1];
    size_t bytes = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    return lead - 1 + bytes > n ? lead - 1 : n;
}

static void put_string(struct text *t, const char *s, size_t max)
{
    put(t, "\"");
    for (size_t left = length_within(s, max); left;) {
        char part[UT__JSON_CHAR_MAX];
        size_t taken, n = ut__json_char(part, s, left, &taken);
        put_n(t, part, n);
        s += taken;
        left -= taken;
    }
    put(t, "\"");
}

static void put_key(struct text *t, const char *key)
{
    put(t, ",\"");
    put(t, key);
    put(t, "\":");
}

static void put_number(struct text *t, const char *key, double value, int decimals)
{
    char buf[UT__FIXED_MAX];
    put_key(t, key);
    put_n(t, buf, ut__fixed(buf, value, decimals));
}

static void put_name(struct text *t, const char *key, const char *name)
{
    put_key(t, key);
    put_string(t, name, CALL_ID_MAX);
}

static void put_head(struct text *t, const char *type, const char *call_id)
{
    put(t, "{\"type\":\"");
    put(t, type);
    put(t, "\"");
    put_name(t, "call", call_id);
}

/* What explains the score, by name of the reason. */
static void put_delta(struct text *t, const struct ut_score *s)
{
    char buf[UT__FIXED_MAX];
    put_key(t, "delta");
    for (int i = 0; i < UT_REASON_COUNT; i++) {
        put(t, i == 0 ? "{" : ",");
        put_string(t, ut_reason_name((enum ut_reason_kind)i), CALL_ID_MAX);
        put(t, ":");
        put_n(t, buf, ut__fixed(buf, (double)s->delta[i], 1));
    }
    put(t, "}");
}

static void put_score(struct text *t, const char *call_id, const struct ut_score *s)
{
    put_head(t, "score", call_id);
    put_number(t, "t", s->t_s, 2);
    if (s->state != UT_STATE_ABSTAIN) {
        put_number(t, "stress", (double)s->stress, 3);
        put_number(t, "arousal", (double)s->arousal, 3);
        put_number(t, "valence", (double)s->valence, 3);
        put_number(t, "confidence", (double)s->confidence, 2);
    }
    put_name(t, "state", ut_state_name(s->state));
    if (s->state == UT_STATE_ABSTAIN)
        put_name(t, "why", ut_why_name(s->why));
    put_name(t, "talk", ut_talk_name(s->talk));
    put_number(t, "level_dbfs", (double)s->level_dbfs, 1);
    put_number(t, "speech_s", (double)s->speech_s, 1);
    if (s->has_delta && s->state != UT_STATE_ABSTAIN)
        put_delta(t, s);
    if (s->has_words)
        put_number(t, "words", (double)s->words, 3);
    put(t, "}");
}

/* Of an alert that an operator's rule raised: which, how urgent it says it is, and what made it true. */
static void put_rule(struct text *t, const struct ut_alert_event *a)
{
    static const char *const severities[] = {"", "low", "medium", "high"};
    char buf[UT__FIXED_MAX];
    put(t, ",\"rule\":{\"name\":");
    put_string(t, a->rule, UT_RULE_NAME_MAX);
    if ((unsigned)a->severity <= UT_RULE_HIGH)
        put_name(t, "severity", severities[a->severity]);
    put(t, ",\"facts\":[");
    for (uint32_t i = 0; i < a->fact_count && i < UT_FACTS_MAX; i++) {
        put(t, i ? ",{\"what\":" : "{\"what\":");
        put_string(t, ut_fact_name(a->facts[i].kind), CALL_ID_MAX);
        put(t, ",\"value\":");
        put_n(t, buf, ut__fixed(buf, (double)a->facts[i].value, 2));
        put(t, "}");
    }
    put(t, "]}");
}

/* What the voice did. */
static void put_measures(struct text *t, const struct ut_alert_event *a)
{
    for (uint32_t i = 0; i < a->reason_count && i < UT_REASONS_MAX; i++) {
        const struct ut_reason *r = &a->reasons[i];
        put(t, i ? ",{\"feature\":" : "{\"feature\":");
        put_string(t, ut_reason_name(r->kind), CALL_ID_MAX);
        put_number(t, "delta", (double)r->delta, 1);
        put_name(t, "unit", ut_reason_unit(r->kind));
        put_number(t, "share", (double)r->share, 2);
        put(t, "}");
    }
}

/* What was said, in the same shape. */
static void put_phrases(struct text *t, const struct ut_alert_event *a)
{
    for (uint32_t i = 0; i < a->phrase_count && i < UT_PHRASES_MAX; i++) {
        const struct ut_phrase *p = &a->phrases[i];
        const char *kind = ut_words_kind_name((enum ut_words_kind)p->kind);
        put(t, i ? ",{\"feature\":\"words\",\"phrase\":" : "{\"feature\":\"words\",\"phrase\":");
        put_string(t, p->text, UT_PHRASE_MAX);
        put_name(t, "kind", kind ? kind : "unknown");
        put_number(t, "share", (double)p->share, 2);
        put(t, "}");
    }
}

/* What raised it comes first. */
static void put_reasons(struct text *t, const struct ut_alert_event *a)
{
    const char *between = a->reason_count && a->phrase_count ? "," : "";
    put(t, ",\"reasons\":[");
    if (a->of_words)
        put_phrases(t, a);
    else
        put_measures(t, a);
    put(t, between);
    if (a->of_words)
        put_measures(t, a);
    else
        put_phrases(t, a);
    put(t, "]");
}

static void put_alert(struct text *t, const char *call_id, const struct ut_alert_event *a)
{
    put_head(t, "alert", call_id);
    put_number(t, "n", a->n, 0);
    put_number(t, "t", a->t_s, 2);
    put_name(t, "action", a->action == UT_ALERT_RAISED ? "raised" : "cleared");
    if (a->unscored)
        put(t, ",\"stress\":null");
    else
        put_number(t, "stress", (double)a->stress, 3);
    put_number(t, "for_s", (double)a->for_s, 1);
    put_reasons(t, a);
    put(t, ",\"text\":");
    put_string(t, a->text, UT_ALERT_TEXT_MAX);
    if (a->rule[0])
        put_rule(t, a);
    put(t, "}");
}

static void put_note(struct text *t, const char *call_id, const struct ut_note *n)
{
    put_head(t, "note", call_id);
    put_number(t, "t", n->t_s, 2);
    put_name(t, "kind", ut_note_name(n->kind));
    if (n->kind == UT_NOTE_ECHO)
        put_number(t, "level_db", (double)n->level_db, 1);
    put(t, ",\"text\":");
    put_string(t, n->text, UT_NOTE_TEXT_MAX);
    put(t, "}");
}

static void put_turns(struct text *t, const char *call_id, const struct ut_turns *u)
{
    put_head(t, "turns", call_id);
    put_number(t, "t", u->t_s, 2);
    put_number(t, "caller_talk_s", (double)u->caller_talk_s, 1);
    put_number(t, "agent_talk_s", (double)u->agent_talk_s, 1);
    put_number(t, "talk_over_s", (double)u->talk_over_s, 1);
    put_number(t, "silence_s", (double)u->silence_s, 1);
    put_number(t, "longest_silence_s", (double)u->longest_silence_s, 1);
    /* 0 with nothing of the agent's is no share: there is no agent, or nobody spoke. */
    if (u->listening_ratio > 0 || u->agent_talk_s > 0)
        put_number(t, "listening_ratio", (double)u->listening_ratio, 2);
    else
        put(t, ",\"listening_ratio\":null");
    put_number(t, "caller_turns", u->caller_turns, 0);
    put_number(t, "agent_turns", u->agent_turns, 0);
    put_number(t, "caller_interruptions", u->caller_interruptions, 0);
    put_number(t, "agent_interruptions", u->agent_interruptions, 0);
    put_number(t, "long_silences", u->long_silences, 0);
    put(t, "}");
}

static void put_episodes(struct text *t, const struct ut_summary *s)
{
    put(t, ",\"episodes\":[");
    for (uint32_t i = 0; i < s->episode_count && i < UT_EPISODES_MAX; i++) {
        const struct ut_episode *e = &s->episodes[i];
        put(t, i ? ",{\"n\":" : "{\"n\":");
        char buf[UT__FIXED_MAX];
        put_n(t, buf, ut__fixed(buf, i + 1, 0));
        put_number(t, "onset", (double)e->onset_s, 2);
        put_number(t, "peak_t", (double)e->peak_s, 2);
        put_number(t, "end", (double)e->end_s, 2);
        put_number(t, "peak", (double)e->peak, 3);
        put(t, "}");
    }
    put(t, "]");
}

static void put_summary(struct text *t, const char *call_id, const struct ut_summary *s)
{
    put_head(t, "summary", call_id);
    put_number(t, "duration_s", s->duration_s, 2);
    put_number(t, "caller_speech_s", (double)s->caller_speech_s, 1);
    if (s->scored) {
        put_number(t, "peak", (double)s->peak, 3);
        put_number(t, "peak_t", (double)s->peak_t_s, 2);
        put_number(t, "end", (double)s->end, 3);
        put_number(t, "peak_end", (double)s->peak_end, 3);
        put_number(t, "recovery", (double)s->recovery, 3);
    } else {
        put_name(t, "why", ut_why_name(s->why));
    }
    put_number(t, "alerts", s->alerts, 0);
    put_number(t, "abstain_s", (double)s->abstain_s, 1);
    put_episodes(t, s);
    put(t, "}");
}

int ut_event_to_json(char *buf, size_t cap, const char *call_id, const struct ut_event *ev)
{
    struct text t = {.buf = buf, .cap = cap};
    if (cap == 0)
        return UT_ENOSPC;
    switch (ev->type) {
    case UT_EVENT_SCORE:
        put_score(&t, call_id, &ev->u.score);
        break;
    case UT_EVENT_ALERT:
        put_alert(&t, call_id, &ev->u.alert);
        break;
    case UT_EVENT_NOTE:
        put_note(&t, call_id, &ev->u.note);
        break;
    case UT_EVENT_TURNS:
        put_turns(&t, call_id, &ev->u.turns);
        break;
    case UT_EVENT_SUMMARY:
        put_summary(&t, call_id, &ev->u.summary);
        break;
    default:
        return UT_EINVAL;
    }
    if (t.full)
        return UT_ENOSPC;
    buf[t.len] = '\0';
    return (int)t.len;
}
