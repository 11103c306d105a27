/* SPDX-License-Identifier: MIT */
/* The language of a text, by the words that each language uses most. */

#include "words/list.h"

enum { WORDS_MAX = 200, LISTS_MAX = 16, LEAST_SHARE = 5 /* One word in five. */ };

static int knows(const struct ut_words *w, enum ut__symbol_kind kind,
                 const struct ut__text_token *t)
{
    uint8_t key[UT__KEY_MAX];
    size_t n = ut__symbol_key(key, kind, t);
    return ut__symbol_find(w, ut__words_hash(UT__HASH_START, key, n), key, n) != UT__NONE;
}

int ut__is_common(const struct ut_words *w, const struct ut__text_token *t)
{
    return knows(w, UT__SYMBOL_COMMON, t)                             ? 2
           : t->marks_len == 0 && knows(w, UT__SYMBOL_COMMON_BARE, t) ? 1
                                                                      : 0;
}

int ut_words_guess(const struct ut_words *const *lists, size_t n, const char *text, size_t len)
{
    unsigned known[LISTS_MAX] = {0}, words = 0;
    struct ut__fold f;
    struct ut__text_token t;
    n = n < LISTS_MAX ? n : LISTS_MAX;
    ut__fold_init(&f, text, len);
    while (words < WORDS_MAX && ut__fold_next(&f, &t) != UT__TOKEN_END) {
        if (t.kind != UT__TOKEN_WORD || t.plain_len == 0)
            continue;
        words++;
        for (size_t i = 0; i < n; i++)
            known[i] += (unsigned)ut__is_common(lists[i], &t);
    }
    int best = -1;
    for (size_t i = 0; i < n; i++)
        if (known[i] * LEAST_SHARE >= words * 2 && known[i] > 0 &&
            (best < 0 || known[i] > known[best]))
            best = (int)i;
    return best;
}
