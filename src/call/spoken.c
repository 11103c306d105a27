/* SPDX-License-Identifier: MIT */
/* Charged phrases beside a voice. */

#include "call/spoken.h"

#include <string.h>

#include "call/reason_text.h"

/*
 * Together: this much of the threshold, with a voice that has been this stressed; the card in
 * models/words tells how they were chosen.
 */
static const float TOGETHER_WORDS = .6f, TOGETHER_VOICE = .7f, VOICE_KEEPS = .8f;
static const float COUNTS = .1f; /* Weight that a phrase must have left to be named. */
/* A voice that did not alert by itself is told by what moved at least so much. By hand: about what
   a calm voice moves by itself. */
static const float steps[UT_REASON_COUNT] = {[UT_REASON_F0] = 2,
                                             [UT_REASON_EFFORT] = 3,
                                             [UT_REASON_RATE] = .8f,
                                             [UT_REASON_HARSHNESS] = 3,
                                             [UT_REASON_VARIATION] = 1.5f};
enum { VOICE_REASONS = 2 };

void ut__spoken_init(struct ut__spoken *s, float threshold, uint32_t first_n)
{
    *s = (struct ut__spoken){.threshold = threshold, .n = first_n - 1};
}

void ut__spoken_line(struct ut__spoken *s, double t_s, const char *text,
                     const struct ut_words_score *score)
{
    ut_words_talk_add(&s->words, t_s, text, score);
    ut__said_add(&s->said, t_s, text, score);
    s->judged = 1;
}

static int voice_is_stressed(const struct ut__spoken *s)
{
    return s->voice >= TOGETHER_VOICE;
}

/* The phrases that still count, their shares summing to `part`. */
static void put_phrases(const struct ut__spoken *s, double t_s, float part,
                        struct ut_alert_event *a)
{
    const struct ut_words_talk *w = &s->words;
    float left = w->evidence > 0 ? ut_words_talk_at(w, t_s) / w->evidence : 0, sum = 0;
    for (unsigned i = 0; i < w->reasons && a->phrase_count < UT_PHRASES_MAX; i++) {
        if (w->reason[i].weight * left < COUNTS)
            continue;
        struct ut_phrase *p = &a->phrases[a->phrase_count++];
        p->kind = (uint8_t)w->reason[i].kind;
        p->share = w->reason[i].weight;
        sum += p->share;
        memcpy(p->text, w->reason[i].phrase, sizeof p->text);
    }
    for (uint32_t i = 0; i < a->phrase_count; i++)
        a->phrases[i].share *= part / sum;
}

/* What the voice does beside the words, strongest first; their shares sum to `part`. */
static void put_voice(const struct ut__spoken *s, float part, struct ut_alert_event *a)
{
    struct ut_reason *r = a->reasons;
    float sum = 0;
    for (int kind = 0; s->has_delta && kind < UT_REASON_COUNT; kind++) {
        float moved = s->delta[kind] / steps[kind];
        uint32_t at = a->reason_count;
        if (moved < 1)
            continue;
        for (; at > 0 && r[at - 1].share < moved; at--)
            r[at] = r[at - 1];
        r[at] = (struct ut_reason){(enum ut_reason_kind)kind, s->delta[kind], moved};
        a->reason_count++;
    }
    if (a->reason_count > VOICE_REASONS)
        a->reason_count = VOICE_REASONS;
    for (uint32_t i = 0; i < a->reason_count; i++)
        sum += r[i].share;
    for (uint32_t i = 0; i < a->reason_count; i++)
        r[i].share *= part / sum;
}

/* How much of an alert is the words' doing, where there is a voice as well. */
static float words_part(const struct ut__spoken *s, double t_s, float voice)
{
    float words = ut_words_talk_at(&s->words, t_s);
    return words > 0 ? words / (words + voice) : 0;
}

static void tell(struct ut__spoken *s, double t_s, enum ut_alert_action action,
                 struct ut_alert_event *out)
{
    int raised = action == UT_ALERT_RAISED;
    s->alert = (uint8_t)raised;
    s->with_voice = raised && voice_is_stressed(s);
    if (raised) {
        s->n++;
        s->raised_s = t_s;
    }
    *out = (struct ut_alert_event){.t_s = t_s,
                                   .n = s->n,
                                   .action = action,
                                   .of_words = 1,
                                   .stress = ut_words_talk_at(&s->words, t_s),
                                   .for_s = (float)(t_s - s->raised_s)};
    if (raised && voice_is_stressed(s))
        put_voice(s, 1 - words_part(s, t_s, s->voice), out);
    float part = out->reason_count ? words_part(s, t_s, s->voice) : 1;
    if (raised)
        put_phrases(s, t_s, part, out);
    ut__words_text(out, voice_is_stressed(s));
}

static void name_phrases(const struct ut__spoken *s, struct ut_alert_event *a)
{
    if (a->action != UT_ALERT_RAISED)
        return;
    float part = words_part(s, a->t_s, a->stress);
    put_phrases(s, a->t_s, part, a);
    if (!a->phrase_count)
        return;
    for (uint32_t i = 0; i < a->reason_count; i++)
        a->reasons[i].share *= 1 - part;
    ut__reason_text_phrases(a);
}

static enum ut__spoken_end amend_alert(struct ut__spoken *s, struct ut_alert_event *a,
                                       struct ut_alert_event *before)
{
    int was_untold = s->untold;
    s->voice_alert = a->action == UT_ALERT_RAISED;
    s->untold = s->voice_alert && s->alert && s->with_voice;
    if (s->untold || was_untold)
        return UT__SPOKEN_DROP;
    name_phrases(s, a);
    if (!s->voice_alert || !s->alert)
        return UT__SPOKEN_TELL;
    tell(s, a->t_s, UT_ALERT_CLEARED, before);
    return UT__SPOKEN_BEFORE;
}

enum ut__spoken_end ut__spoken_amend(struct ut__spoken *s, struct ut_event *ev,
                                     struct ut_alert_event *before)
{
    if (ev->type == UT_EVENT_SCORE) {
        struct ut_score *score = &ev->u.score;
        if (score->state != UT_STATE_ABSTAIN) {
            s->voice = VOICE_KEEPS * s->voice + (1 - VOICE_KEEPS) * score->stress;
            s->has_delta = score->has_delta;
            memcpy(s->delta, score->delta, sizeof s->delta);
        }
        score->has_words = s->judged;
        score->words = s->judged ? ut_words_talk_at(&s->words, score->t_s) : 0;
    }
    return ev->type == UT_EVENT_ALERT ? amend_alert(s, &ev->u.alert, before) : UT__SPOKEN_TELL;
}

int ut__spoken_ask(struct ut__spoken *s, double t_s, struct ut_alert_event *out)
{
    float evidence = ut_words_talk_at(&s->words, t_s);
    float threshold = s->threshold * (voice_is_stressed(s) ? TOGETHER_WORDS : 1);
    if (!s->alert && evidence >= threshold && !s->voice_alert)
        tell(s, t_s, UT_ALERT_RAISED, out);
    else if (s->alert && evidence < threshold / 2 && !s->untold)
        tell(s, t_s, UT_ALERT_CLEARED, out);
    else
        return 0;
    return 1;
}

int ut__spoken_end(struct ut__spoken *s, struct ut_alert_event *out)
{
    if (!s->alert)
        return 0;
    tell(s, s->words.t_s, UT_ALERT_CLEARED, out);
    return 1;
}
