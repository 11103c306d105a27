/* SPDX-License-Identifier: MIT */
/*
 * How charged a conversation is: what was said fades, each new line adds to what is left. The
 * strongest phrases are kept with what is left of them, so that an alert can say why.
 */

#include <math.h>
#include <string.h>

#include <undertone/words.h>

#include "words/phrase_copy.h"

static const double HALF_LIFE_S = 120;
static const float CLEAR = .5f; /* Of the threshold: where an alert clears. */

static float left_of(float value, double from_s, double to_s)
{
    double gone = to_s - from_s;
    return gone > 0 ? (float)((double)value * exp2(-gone / HALF_LIFE_S)) : value;
}

float ut_words_talk_at(const struct ut_words_talk *talk, double t_s)
{
    return left_of(talk->evidence, talk->t_s, t_s);
}

/* Keeps a phrase, in the place of the weakest where all are taken. */
static void keep(struct ut_words_talk *talk, const char *text, const struct ut_words_hit *hit)
{
    struct ut_words_reason *at = NULL, r = {.kind = hit->kind, .weight = hit->weight};
    ut__phrase_copy(r.phrase, text + hit->from, hit->len);
    for (unsigned i = 0; i < talk->reasons && !at; i++)
        if (strcmp(talk->reason[i].phrase, r.phrase) == 0)
            at = &talk->reason[i];
    if (!at && talk->reasons < UT_WORDS_REASONS_MAX)
        at = &talk->reason[talk->reasons++];
    for (unsigned i = 0; i < talk->reasons && !at; i++)
        if (talk->reason[i].weight < r.weight)
            at = &talk->reason[i];
    if (at)
        *at = r;
}

static void share_out(struct ut_words_talk *talk)
{
    float sum = 0;
    for (unsigned i = 1; i < talk->reasons; i++) /* Strongest first; there are few. */
        for (unsigned k = i; k > 0 && talk->reason[k].weight > talk->reason[k - 1].weight; k--) {
            struct ut_words_reason swap = talk->reason[k];
            talk->reason[k] = talk->reason[k - 1];
            talk->reason[k - 1] = swap;
        }
    for (unsigned i = 0; i < talk->reasons; i++)
        sum += talk->reason[i].weight;
    for (unsigned i = 0; i < talk->reasons; i++)
        talk->reason[i].share = talk->reason[i].weight / sum;
}

float ut_words_talk_add(struct ut_words_talk *talk, double t_s, const char *text,
                        const struct ut_words_score *score)
{
    float left = ut_words_talk_at(talk, t_s);
    unsigned kept = 0;
    for (unsigned i = 0; i < talk->reasons; i++) {
        talk->reason[i].weight = left_of(talk->reason[i].weight, talk->t_s, t_s);
        if (talk->reason[i].weight > .02f)
            talk->reason[kept++] = talk->reason[i];
    }
    talk->reasons = kept;
    if (t_s > talk->t_s)
        talk->t_s = t_s;
    talk->evidence = 1 - (1 - left) * (1 - score->score);
    for (unsigned i = 0; i < score->hits && text; i++)
        if (score->hit[i].kind != UT_WORDS_PRAISE)
            keep(talk, text, &score->hit[i]);
    if (talk->reasons)
        share_out(talk);
    return talk->evidence;
}

enum ut_words_act ut_words_talk_act(struct ut_words_talk *talk, double t_s, float threshold)
{
    float evidence = ut_words_talk_at(talk, t_s);
    if (!talk->alert && evidence >= threshold) {
        talk->alert = 1;
        talk->alerts++;
        return UT_WORDS_RAISED;
    }
    if (talk->alert && evidence < threshold * CLEAR) {
        talk->alert = 0;
        return UT_WORDS_CLEARED;
    }
    return UT_WORDS_NOTHING;
}
