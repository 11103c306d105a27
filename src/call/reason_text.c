/* SPDX-License-Identifier: MIT */
/* Reasons in words. */

#include "call/reason_text.h"

#include <math.h>
#include <string.h>

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

void ut__reason_text(char *buf, size_t cap, const struct ut_alert_event *alert)
{
    struct sentence s = {.buf = buf, .cap = cap};
    buf[0] = '\0';
    for (uint32_t i = 0; i < alert->reason_count && i < UT_REASONS_MAX; i++) {
        if (i > 0)
            say(&s, ", ");
        say_reason(&s, &alert->reasons[i]);
    }
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
