/* SPDX-License-Identifier: MIT */
/*
 * The score of a line:
 *
 *     text -> fold -> match -> sentence by sentence: harmless? negated? emphasis, quotes -> hits
 *
 * Each phrase of weight w leaves 1 - w of what was ordinary, so the score is one minus the product
 * of those, and a phrase's share is its part of the product's logarithm.
 */

#include <math.h>
#include <string.h>

#include "words/match.h"

/* Chosen by hand, in view of the first half of the labelled lines; models/words/README.md. */
static const float QUOTED = .35f, FUZZY = .8f, CAPITALS = 1.2f, STRETCHED = 1.15f, SHOUTED = 1.15f;
static const float AGAIN_IN_LINE = .3f; /* A phrase that came before in the line. */
static const float WEIGHT_MAX = .97f, PRAISE_PULL = .4f;
enum { REACH = 3 /* Words from a negation to what it negates. */, CAPITALS_MIN = 4 };

struct judging {
    struct ut__matcher m;
    struct ut_words_score *out;
    double charge, praise; /* -log of what is left of ordinary. */
    double kept[UT_WORDS_HITS_MAX];
    unsigned shouts; /* Signs of exclamation at the end of the sentence. */
};

static int is_charge(const struct ut__row *row)
{
    return row->kind < UT_WORDS_KINDS;
}

static const struct ut__row *row_of(const struct judging *j, size_t i)
{
    return &j->m.words->rows[j->m.match[i].row];
}

static uint8_t clause_of(const struct judging *j, int at)
{
    return j->m.seen[at < 0 ? 0 : at].clause;
}

static int within(const struct ut__match *inner, const struct ut__match *outer)
{
    return inner->from >= outer->from && inner->to <= outer->to;
}

/*
 * A negation that is part of a phrase, as in "not happy", negates nothing behind that phrase, but
 * does take back the "happy" in it.
 */
static int is_taken(const struct judging *j, const struct ut__match *negation,
                    const struct ut__match *match)
{
    for (size_t i = 0; i < j->m.match_count; i++)
        if (row_of(j, i)->kind <= UT_WORDS_PRAISE && within(negation, &j->m.match[i]) &&
            j->m.match[i].to < match->from)
            return 1;
    return 0;
}

static int is_bounded(const struct judging *j, int from, int to)
{
    for (size_t i = 0; i < j->m.match_count; i++)
        if (row_of(j, i)->kind == UT__ROW_BOUND && j->m.match[i].from > from &&
            j->m.match[i].to < to)
            return 1;
    return clause_of(j, from) != clause_of(j, to);
}

static int is_negated(const struct judging *j, const struct ut__match *match)
{
    for (size_t i = 0; i < j->m.match_count; i++) {
        const struct ut__match *n = &j->m.match[i];
        if (row_of(j, i)->kind == UT__ROW_NEGATION && n->to < match->from &&
            match->from - n->to <= REACH && !is_bounded(j, n->to, match->from) &&
            !is_taken(j, n, match))
            return 1;
    }
    return 0;
}

static int is_harmless(const struct judging *j, const struct ut__match *match)
{
    for (size_t i = 0; i < j->m.match_count; i++)
        if (row_of(j, i)->kind == UT__ROW_HARMLESS && within(match, &j->m.match[i]))
            return 1;
    return 0;
}

/* "very", "a bit": within the phrase, one or two words before it or just behind it. */
static float emphasis(const struct judging *j, const struct ut__match *match)
{
    float more = 1, less = 1;
    for (size_t i = 0; i < j->m.match_count; i++) {
        const struct ut__row *row = row_of(j, i);
        const struct ut__match *e = &j->m.match[i];
        if (row->kind != UT__ROW_MORE && row->kind != UT__ROW_LESS)
            continue;
        int near = within(e, match) || (e->to < match->from && match->from - e->to <= 2) ||
                   e->from == match->to + 1;
        if (!near || clause_of(j, e->to) != clause_of(j, match->from))
            continue;
        more = row->weight > more ? row->weight : more;
        less = row->weight < less ? row->weight : less;
    }
    return more * less;
}

/* How it is written: in quotes, in capitals, stretched, mistyped, shouted. */
static float manner(const struct judging *j, const struct ut__match *match)
{
    float factor = 1;
    unsigned quoted = 0, stretched = 0, capitals = 0;
    for (int i = match->from < 0 ? 0 : match->from; i <= match->to; i++) {
        quoted |= j->m.seen[i].quoted;
        stretched |= j->m.seen[i].stretched;
        capitals += j->m.seen[i].capitals;
    }
    if (quoted)
        factor *= QUOTED;
    if (stretched)
        factor *= STRETCHED;
    if (capitals >= CAPITALS_MIN)
        factor *= CAPITALS;
    if (match->fuzzy)
        factor *= FUZZY;
    if (j->shouts > 1)
        factor *= SHOUTED;
    return factor;
}

static int came_before(const struct judging *j, const char *phrase)
{
    for (unsigned i = 0; i < j->out->hits; i++)
        if (j->out->hit[i].phrase == phrase)
            return 1;
    return 0;
}

/* Keeps a hit among the strongest. */
static void keep(struct judging *j, const struct ut_words_hit *hit, double charge)
{
    struct ut_words_score *out = j->out;
    unsigned at = out->hits;
    while (at > 0 && j->kept[at - 1] < charge)
        at--;
    if (at == UT_WORDS_HITS_MAX)
        return;
    if (out->hits < UT_WORDS_HITS_MAX)
        out->hits++;
    for (unsigned i = out->hits - 1; i > at; i--) {
        out->hit[i] = out->hit[i - 1];
        j->kept[i] = j->kept[i - 1];
    }
    out->hit[at] = *hit;
    j->kept[at] = charge;
}

static void count_hit(struct judging *j, const struct ut__match *match, float weight)
{
    const struct ut__row *row = &j->m.words->rows[match->row];
    const struct ut__seen *first = &j->m.seen[match->from < 0 ? 0 : match->from];
    struct ut_words_hit hit = {.phrase = j->m.words->texts + row->text,
                               .kind = (enum ut_words_kind)row->kind,
                               .weight = weight,
                               .from = first->from,
                               .len = j->m.seen[match->to].to - first->from};
    double charge = -log1p(-(double)weight);
    if (came_before(j, hit.phrase))
        charge *= (double)AGAIN_IN_LINE;
    else
        keep(j, &hit, charge);
    if (row->kind == UT_WORDS_PRAISE)
        j->praise += charge;
    else
        j->charge += charge;
}

static float weight_of(const struct judging *j, const struct ut__match *match)
{
    float w = j->m.words->rows[match->row].weight * emphasis(j, match) * manner(j, match);
    return w < WEIGHT_MAX ? w : WEIGHT_MAX;
}

/*
 * Counts what the stretch holds, the heaviest phrase first and none that overlaps it. `before`:
 * phrases that begin from this word on stay for the next stretch.
 */
static void settle(struct judging *j, int before)
{
    float weight[UT__MATCHES_MAX];
    for (size_t i = 0; i < j->m.match_count; i++) {
        const struct ut__match *match = &j->m.match[i];
        int counts = is_charge(row_of(j, i)) && match->from < before && match->to >= 0 &&
                     !is_harmless(j, match) && !is_negated(j, match);
        weight[i] = counts ? weight_of(j, match) : 0;
    }
    for (;;) {
        size_t best = 0;
        for (size_t i = 0; i < j->m.match_count; i++)
            if (weight[i] > weight[best])
                best = i;
        if (j->m.match_count == 0 || weight[best] <= 0)
            return;
        count_hit(j, &j->m.match[best], weight[best]);
        const struct ut__match chosen = j->m.match[best];
        for (size_t i = 0; i < j->m.match_count; i++)
            if (j->m.match[i].from <= chosen.to && j->m.match[i].to >= chosen.from)
                weight[i] = 0;
    }
}

/* A sentence longer than the stretch goes on in the next one. */
static void make_room(struct judging *j)
{
    if (j->m.count < UT__STRETCH_WORDS)
        return;
    int before = UT__STRETCH_WORDS - UT__STRETCH_KEPT;
    settle(j, before);
    /* What was counted must not be counted again. */
    size_t kept = 0;
    for (size_t i = 0; i < j->m.match_count; i++)
        if (!is_charge(row_of(j, i)) || j->m.match[i].from >= before)
            j->m.match[kept++] = j->m.match[i];
    j->m.match_count = kept;
    ut__match_slide(&j->m);
}

static void end_sentence(struct judging *j)
{
    settle(j, UT__STRETCH_WORDS);
    ut__match_clear(&j->m);
    j->shouts = 0;
}

static int writes_accents(const char *text, size_t len)
{
    struct ut__fold f;
    struct ut__text_token t;
    size_t words = 0, accented = 0;
    ut__fold_init(&f, text, len);
    while (ut__fold_next(&f, &t) != UT__TOKEN_END && words < 64) {
        words += t.kind == UT__TOKEN_WORD;
        accented += t.kind == UT__TOKEN_WORD && t.marks_len > 0;
    }
    return accented * 4 >= words && accented > 0;
}

static void read_text(struct judging *j, const char *text, size_t len)
{
    struct ut__fold f;
    struct ut__text_token t, next;
    uint8_t clause = 0, quoted = 0;
    unsigned outside = 0;
    ut__fold_init(&f, text, len);
    ut__fold_next(&f, &t);
    while (t.kind != UT__TOKEN_END) {
        ut__fold_next(&f, &next);
        if (t.kind == UT__TOKEN_STOP) {
            j->shouts += t.shout;
            if (next.kind != UT__TOKEN_STOP)
                end_sentence(j);
        } else if (t.kind == UT__TOKEN_CLAUSE) {
            clause++;
        } else if (t.kind == UT__TOKEN_QUOTE) {
            /* A line that is quoted as a whole is the writer's own. */
            quoted = !quoted && outside > 1;
        } else {
            make_room(j);
            outside += !quoted;
            j->out->words++;
            ut__match_push(&j->m, &t,
                           (struct ut__seen){.from = t.from,
                                             .to = t.to,
                                             .clause = clause,
                                             .quoted = quoted,
                                             .stretched = t.stretched,
                                             .capitals = t.letters > 1 && t.capitals == t.letters
                                                             ? t.letters
                                                             : 0});
        }
        t = next;
    }
    end_sentence(j);
}

void ut_words_judge(const struct ut_words *words, const char *text, size_t len,
                    struct ut_words_score *out)
{
    struct judging j = {.out = out};
    *out = (struct ut_words_score){.score = 0};
    j.m.words = words;
    j.m.bare = !words->accents_by_line || !writes_accents(text, len);
    read_text(&j, text, len);
    double praise = -expm1(-j.praise), score = -expm1(-j.charge);
    out->praise = (float)praise;
    out->score = (float)(score * (1 - (double)PRAISE_PULL * praise));
    for (unsigned i = 0; i < out->hits; i++) {
        double sum = out->hit[i].kind == UT_WORDS_PRAISE ? 0 : j.charge;
        out->hit[i].share = sum > 0 ? (float)(j.kept[i] / sum) : 0;
    }
}
