/* SPDX-License-Identifier: MIT */
/* Phrases of the last minute, in a ring. */

#include "words/said.h"

#include <string.h>

#include "words/fold.h"
#include "words/phrase_copy.h"

void ut__said_add(struct ut__said *said, double t_s, const char *text,
                  const struct ut_words_score *score)
{
    for (unsigned i = 0; i < score->hits; i++) {
        const struct ut_words_hit *hit = &score->hit[i];
        struct ut__said_phrase *p = &said->phrase[said->count++ % UT__SAID_MAX];
        p->t_s = t_s;
        p->kind = (uint8_t)hit->kind;
        ut__phrase_copy(p->text, text + hit->from, hit->len);
    }
}

static int is_word(const struct ut__text_token *t)
{
    return t->kind != UT__TOKEN_CLAUSE && t->kind != UT__TOKEN_QUOTE && t->kind != UT__TOKEN_STOP;
}

static void next_word(struct ut__fold *f, struct ut__text_token *t)
{
    do
        ut__fold_next(f, t);
    while (t->kind != UT__TOKEN_END && !is_word(t));
}

static int same(const struct ut__text_token *a, const struct ut__text_token *b)
{
    return a->plain_len == b->plain_len && memcmp(a->plain, b->plain, a->plain_len) == 0;
}

/* From this word on, case and accents apart. */
static int goes_on(struct ut__fold text, struct ut__text_token at, const char *asked)
{
    struct ut__fold f;
    struct ut__text_token t;
    ut__fold_init(&f, asked, strlen(asked));
    for (next_word(&f, &t); t.kind != UT__TOKEN_END; next_word(&f, &t)) {
        if (at.kind == UT__TOKEN_END || !same(&at, &t))
            return 0;
        next_word(&text, &at);
    }
    return 1;
}

static int holds(const char *text, const char *asked)
{
    struct ut__fold f;
    struct ut__text_token t;
    if (!*asked)
        return 1;
    ut__fold_init(&f, text, strlen(text));
    for (next_word(&f, &t); t.kind != UT__TOKEN_END; next_word(&f, &t))
        if (goes_on(f, t, asked))
            return 1;
    return 0;
}

const struct ut__said_phrase *ut__said_find(const struct ut__said *said, double t_s,
                                            const struct ut__said_wish *wish)
{
    unsigned kept = !said ? 0 : said->count < UT__SAID_MAX ? said->count : UT__SAID_MAX;
    for (unsigned i = 1; i <= kept; i++) {
        const struct ut__said_phrase *p = &said->phrase[(said->count - i) % UT__SAID_MAX];
        if (t_s - p->t_s < UT__SAID_FOR_S && (wish->kind < 0 || p->kind == wish->kind) &&
            holds(p->text, wish->text))
            return p;
    }
    return NULL;
}

int ut__said_is_known(const struct ut_words *const *lists, size_t n, const char *text)
{
    struct ut_words_score score;
    for (size_t i = 0; i < n; i++) {
        ut_words_judge(lists[i], text, strlen(text), &score);
        if (score.hits)
            return 1;
    }
    return 0;
}

int ut__said_kind(const char *name, size_t len)
{
    for (int k = 0; k < UT_WORDS_KINDS; k++) {
        const char *its = ut_words_kind_name((enum ut_words_kind)k);
        if (strlen(its) == len && memcmp(its, name, len) == 0)
            return k;
    }
    return -1;
}
