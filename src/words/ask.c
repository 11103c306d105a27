/* SPDX-License-Identifier: MIT */
/* Which sentences of a line ask for something: by a question mark, or by how they begin. */

#include <string.h>

#include "words/match.h"

enum {
    WORDS_MIN = 2,
    OPENING_MAX = 4 /* Words that may stand before the one that asks: "hello, please, ...". */
};

struct asking {
    struct ut__matcher m;
    struct ut_words_span *out;
    size_t cap, count;
    size_t from, to;
    int marked; /* 1: the sentence ends with a question mark. */
    int empty;
};

static int asks(const struct asking *a)
{
    for (size_t i = 0; i < a->m.match_count; i++)
        if (a->m.words->rows[a->m.match[i].row].kind == UT__ROW_ASK &&
            (a->m.words->accents_by_line || a->m.match[i].from <= OPENING_MAX))
            return 1;
    return 0;
}

static void end_sentence(struct asking *a)
{
    if (a->m.count >= WORDS_MIN && (a->marked || asks(a)) && a->count < a->cap)
        a->out[a->count++] = (struct ut_words_span){a->from, a->to - a->from};
    ut__match_clear(&a->m);
    a->marked = 0;
    a->empty = 1;
}

static int is_question_mark(const char *text, const struct ut__text_token *t)
{
    return text[t->from] == '?' ||
           (t->to - t->from == 3 && memcmp(text + t->from, "\xef\xbc\x9f", 3) == 0);
}

size_t ut_words_questions(const struct ut_words *words, const char *text, size_t len,
                          struct ut_words_span *out, size_t cap)
{
    struct asking a = {.out = out, .cap = cap, .empty = 1};
    struct ut__fold f;
    struct ut__text_token t;
    a.m.words = words;
    a.m.bare = 1;
    ut__fold_init(&f, text, len);
    while (ut__fold_next(&f, &t) != UT__TOKEN_END) {
        if (t.kind == UT__TOKEN_STOP) {
            a.marked |= is_question_mark(text, &t);
            if (!a.empty)
                end_sentence(&a);
            continue;
        }
        if (t.kind > UT__TOKEN_SYMBOL)
            continue;
        if (a.m.count == UT__STRETCH_WORDS)
            ut__match_slide(&a.m);
        if (a.empty)
            a.from = t.from;
        a.empty = 0;
        a.to = t.to;
        ut__match_push(&a.m, &t, (struct ut__seen){.from = t.from, .to = t.to});
    }
    if (!a.empty)
        end_sentence(&a);
    return a.count;
}
