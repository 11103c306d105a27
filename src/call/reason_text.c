/* SPDX-License-Identifier: MIT */
/* Reasons in words. */

#include "call/reason_text.h"

#include <math.h>
#include <string.h>

#include <undertone/words.h>

#include "base/fixed.h"

struct sentence {
    char *buf;
    size_t cap, len;
};

static void say(struct sentence *s, const char *text)
{
    size_t n = strlen(text), room = s->cap - 1 - s->len;
    n = n < room ? n : room;
    memcpy(s->buf + s->len, text, n);
    s->len += n;
    s->buf[s->len] = '\0';
}

static void say_number(struct sentence *s, float value, int decimals)
{
    char digits[UT__FIXED_MAX];
    ut__fixed(digits, (double)value, decimals);
    say(s, digits);
}

/* before, the number's size, after the word for its direction. */
static void say_delta(struct sentence *s, const char *before, float delta, const char *unit,
                      const char *more, const char *less)
{
    say(s, before);
    say_number(s, fabsf(delta), 1);
    say(s, unit);
    say(s, delta >= 0 ? more : less);
}

static void say_reason(struct sentence *s, const struct ut_reason *r)
{
    switch (r->kind) {
    case UT_REASON_F0:
        say_delta(s, "pitch ", r->delta, " semitones ", "above this caller's own",
                  "below this caller's own");
        return;
    case UT_REASON_EFFORT:
        say_delta(s, "", r->delta, " dB ", "more vocal effort", "less vocal effort");
        return;
    case UT_REASON_RATE:
        /* No number: what is measured moves less than the truth does. */
        say(s, r->delta >= 0 ? "speaking faster" : "speaking slower");
        return;
    case UT_REASON_HARSHNESS:
        say_delta(s, "voice ", r->delta, " dB ", "harsher", "clearer");
        return;
    case UT_REASON_VARIATION:
        say_delta(s, "melody ", r->delta, " semitones ", "livelier", "flatter");
        return;
    case UT_REASON_COUNT:
        return;
    }
}

static void say_reasons(struct sentence *s, const struct ut_alert_event *alert)
{
    for (uint32_t i = 0; i < alert->reason_count && i < UT_REASONS_MAX; i++) {
        if (i > 0)
            say(s, ", ");
        say_reason(s, &alert->reasons[i]);
    }
}

static const char *plain_kind(unsigned kind)
{
    static const char *const names[UT_WORDS_KINDS] = {
        [UT_WORDS_ANGER] = "anger",
        [UT_WORDS_INSULT] = "insult",
        [UT_WORDS_LEAVE] = "threat to leave",
        [UT_WORDS_LAW] = "threat of law or press",
        [UT_WORDS_DANGER] = "danger",
        [UT_WORDS_DESPAIR] = "despair",
        [UT_WORDS_AGAIN] = "not the first contact",
        [UT_WORDS_PRAISE] = "praise",
    };
    return kind < UT_WORDS_KINDS ? names[kind] : "";
}

/* Whole phrases, as many as fit. */
static void say_phrases(struct sentence *s, const struct ut_alert_event *alert)
{
    for (uint32_t i = 0; i < alert->phrase_count && i < UT_PHRASES_MAX; i++) {
        const struct ut_phrase *p = &alert->phrases[i];
        const char *kind = plain_kind(p->kind);
        if (s->len + strlen(p->text) + strlen(kind) + sizeof ", \xe2\x80\x9c\xe2\x80\x9d ()" >
            s->cap)
            return;
        say(s, i ? ", \xe2\x80\x9c" : " \xe2\x80\x9c");
        say(s, p->text);
        say(s, "\xe2\x80\x9d (");
        say(s, kind);
        say(s, ")");
    }
}

void ut__reason_text_phrases(struct ut_alert_event *alert)
{
    struct sentence s = {alert->text, sizeof alert->text, strlen(alert->text)};
    say(&s, ", and:");
    say_phrases(&s, alert);
}

void ut__words_text(struct ut_alert_event *alert, int voice_is_stressed)
{
    struct sentence s = {alert->text, sizeof alert->text, 0};
    alert->text[0] = '\0';
    if (alert->action == UT_ALERT_CLEARED) {
        say(&s, "words no longer charged");
        return;
    }
    say_reasons(&s, alert);
    if (voice_is_stressed && !alert->reason_count)
        say(&s, "voice stressed");
    say(&s, voice_is_stressed ? ", and:" : "words:");
    say_phrases(&s, alert);
}

void ut__reason_text(char *buf, size_t cap, const struct ut_alert_event *alert)
{
    struct sentence s = {.buf = buf, .cap = cap};
    buf[0] = '\0';
    say_reasons(&s, alert);
    if (alert->reason_count == 0)
        say(&s, alert->action == UT_ALERT_RAISED ? "the voice as a whole, no single measure"
                                                 : "back to this caller's own");
    if (alert->for_s >= 1) {
        say(&s, alert->action == UT_ALERT_RAISED ? ", for " : ", after ");
        say_number(&s, alert->for_s, 0);
        say(&s, " s");
    }
}

void ut__note_text(char *buf, size_t cap, const struct ut_note *note)
{
    struct sentence s = {.buf = buf, .cap = cap};
    buf[0] = '\0';
    switch (note->kind) {
    case UT_NOTE_ECHO:
        say(&s, "the agent is heard in the caller's channel, ");
        say_number(&s, fabsf(note->level_db), 0);
        say(&s, " dB down: echo");
        return;
    case UT_NOTE_MIXTURE:
        say(&s, "both channels carry the same sound, a mixture: not scored while they do");
        return;
    }
}
