/* SPDX-License-Identifier: MIT */
/*
 * Mistakes of one letter, found by deletion (Garbe 2012, "SymSpell"): two words are one edit apart
 * only if they are equal after at most one letter is left out of each.
 */

#include <stdlib.h>
#include <string.h>

#include "words/list.h"

/*
 * Hashes of a word without each of its letters, in one go: the sum of letter times BASE to the
 * place, modulo 2^64, from which a letter is taken out by what stands before and behind it.
 */
static const uint64_t BASE = 0x9e3779b97f4a7c15u,
                      UNBASE = 0xf1de83e19937733du; /* BASE * UNBASE = 1 */

struct without {
    uint64_t before, behind, place;
    const char *word;
    size_t len, skip;
};

static struct without without_begin(const char *word, size_t len)
{
    struct without h = {.place = 1, .word = word, .len = len};
    uint64_t place = 1;
    for (size_t i = 0; i < len; i++, place *= BASE)
        h.behind += (uint64_t)(uint8_t)word[i] * place;
    return h;
}

/* The hash without letter `skip`, which counts on to len: then it is the whole word's. Never 0. */
static uint64_t without_next(struct without *h)
{
    if (h->skip < h->len) {
        uint64_t here = (uint64_t)(uint8_t)h->word[h->skip++] * h->place;
        h->behind -= here;
        uint64_t hash = h->before + h->behind * UNBASE;
        h->before += here;
        h->place *= BASE;
        return hash ? hash : 1;
    }
    return h->before ? h->before : 1;
}

static size_t slot_of(const struct ut_words *w, uint64_t hash)
{
    hash ^= hash >> 29;
    return (size_t)(hash * UNBASE >> 24) & (w->deletion_cap - 1);
}

static void put(struct ut_words *w, struct ut__deletion d)
{
    size_t mask = w->deletion_cap - 1, i = slot_of(w, d.hash);
    while (w->deletions[i].hash)
        i = (i + 1) & mask;
    w->deletions[i] = d;
}

static int grow(struct ut_words *w)
{
    struct ut__deletion *old = w->deletions;
    size_t cap = w->deletion_cap, more = cap ? cap * 2 : 1024;
    struct ut__deletion *bigger = calloc(more, sizeof bigger[0]);
    if (!bigger)
        return UT_ENOMEM;
    w->deletions = bigger;
    w->deletion_cap = more;
    for (size_t i = 0; i < cap; i++)
        if (old[i].hash)
            put(w, old[i]);
    free(old);
    return 0;
}

int ut__fuzzy_add(struct ut_words *w, uint32_t symbol, const char *word, size_t len)
{
    if (len < UT__FUZZY_MIN)
        return 0;
    struct without h = without_begin(word, len);
    for (size_t skip = 0; skip <= len; skip++) {
        if (w->deletion_count * 2 >= w->deletion_cap && grow(w) != 0)
            return UT_ENOMEM;
        put(w, (struct ut__deletion){without_next(&h), symbol});
        w->deletion_count++;
    }
    return 0;
}

/* 1 when one insertion, deletion, replacement or swap of neighbours makes a into b. */
static int one_edit(const char *a, size_t n, const char *b, size_t m)
{
    size_t i = 0, shorter = n < m ? n : m;
    while (i < shorter && a[i] == b[i])
        i++;
    if (n == m) {
        if (i + 1 < n && a[i] == b[i + 1] && a[i + 1] == b[i] &&
            memcmp(a + i + 2, b + i + 2, n - i - 2) == 0)
            return 1;
        return i < n && memcmp(a + i + 1, b + i + 1, n - i - 1) == 0;
    }
    if (n == m + 1)
        return memcmp(a + i + 1, b + i, m - i) == 0;
    return m == n + 1 && memcmp(a + i, b + i + 1, n - i) == 0;
}

uint32_t ut__fuzzy_find(const struct ut_words *w, const char *word, size_t len)
{
    if (!w->deletion_cap || len < UT__FUZZY_MIN)
        return UT__NONE;
    size_t mask = w->deletion_cap - 1;
    struct without without = without_begin(word, len);
    for (size_t skip = 0; skip <= len; skip++) {
        uint64_t h = without_next(&without);
        for (size_t i = slot_of(w, h); w->deletions[i].hash; i = (i + 1) & mask) {
            if (w->deletions[i].hash != h)
                continue;
            const struct ut__symbol *s = &w->symbols[w->deletions[i].symbol];
            const char *other = (const char *)w->keys + s->key + 1;
            const uint8_t *accents = memchr(other, 0, s->len - 1);
            size_t n = accents ? (size_t)((const char *)accents - other) : s->len - 1;
            /* Who mistypes rarely does so in the first letter, and other words differ there. */
            if (other[0] == word[0] && one_edit(word, len, other, n))
                return w->deletions[i].symbol;
        }
    }
    return UT__NONE;
}
