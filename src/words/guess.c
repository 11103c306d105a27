/* SPDX-License-Identifier: MIT */
/* The language of a text, by the words that each language uses most. */

#include "words/list.h"

enum { WORDS_MAX = 200, LISTS_MAX = 16, LEAST_SHARE = 5 /* One word in five. */ };

int ut_words_guess(const struct ut_words *const *lists, size_t n, const char *text, size_t len)
{
    unsigned known[LISTS_MAX] = {0}, words = 0;
    struct ut__fold f;
    struct ut__token t;
    uint8_t key[UT__KEY_MAX];
    n = n < LISTS_MAX ? n : LISTS_MAX;
    ut__fold_init(&f, text, len);
    while (words < WORDS_MAX && ut__fold_next(&f, &t) != UT__TOKEN_END) {
        if (t.kind != UT__TOKEN_WORD || t.plain_len == 0)
            continue;
        words++;
        size_t k = ut__symbol_key(key, UT__SYMBOL_COMMON, &t);
        uint64_t hash = ut__words_hash(UT__HASH_START, key, k);
        for (size_t i = 0; i < n; i++)
            known[i] += ut__symbol_find(lists[i], hash, key, k) != UT__NONE;
    }
    int best = -1;
    for (size_t i = 0; i < n; i++)
        if (known[i] * LEAST_SHARE >= words && known[i] > 0 && (best < 0 || known[i] > known[best]))
            best = (int)i;
    return best;
}
