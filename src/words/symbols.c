/* SPDX-License-Identifier: MIT */
/* Hash tables of a list: symbols by their spelling, edges by node and symbol. */

#include <stdlib.h>
#include <string.h>

#include "words/list.h"

int ut__words_room(void **array, size_t *cap, size_t count, size_t size)
{
    if (count < *cap)
        return 0;
    size_t more = *cap ? *cap * 2 : 64;
    void *bigger = realloc(*array, more * size);
    if (!bigger)
        return UT_ENOMEM;
    *array = bigger;
    *cap = more;
    return 0;
}

uint64_t ut__words_hash(uint64_t h, const void *bytes, size_t n)
{
    const uint8_t *b = bytes;
    for (size_t i = 0; i < n; i++)
        h = (h ^ b[i]) * 1099511628211u;
    return h;
}

/* The low bits of FNV follow the last byte too closely for a table of a power of two. */
static size_t spread(uint64_t h, size_t cap)
{
    h ^= h >> 32;
    h *= 0x9e3779b97f4a7c15u;
    return (size_t)(h >> 20) & (cap - 1);
}

size_t ut__symbol_key(uint8_t *key, enum ut__symbol_kind kind, const struct ut__text_token *t)
{
    size_t n = 0;
    key[n++] = (uint8_t)kind;
    memcpy(key + n, t->plain, t->plain_len);
    n += t->plain_len;
    if ((kind == UT__SYMBOL_WORD || kind == UT__SYMBOL_COMMON) && t->marks_len) {
        key[n++] = 0;
        memcpy(key + n, t->marks, t->marks_len);
        n += t->marks_len;
    }
    return n;
}

uint32_t ut__symbol_find(const struct ut_words *w, uint64_t hash, const uint8_t *key, size_t len)
{
    if (!w->symbol_slot_cap)
        return UT__NONE;
    size_t mask = w->symbol_slot_cap - 1;
    for (size_t i = spread(hash, w->symbol_slot_cap); w->symbol_slots[i]; i = (i + 1) & mask) {
        if (w->symbol_slots[i] >> 32 != hash >> 32)
            continue;
        uint32_t symbol = (uint32_t)w->symbol_slots[i];
        const struct ut__symbol *s = &w->symbols[symbol];
        if (s->len == len && memcmp(w->keys + s->key, key, len) == 0)
            return symbol;
    }
    return UT__NONE;
}

static void put_slot(struct ut_words *w, uint32_t symbol)
{
    const struct ut__symbol *s = &w->symbols[symbol];
    uint64_t hash = ut__words_hash(UT__HASH_START, w->keys + s->key, s->len);
    size_t i = spread(hash, w->symbol_slot_cap);
    while (w->symbol_slots[i])
        i = (i + 1) & (w->symbol_slot_cap - 1);
    w->symbol_slots[i] = hash >> 32 << 32 | symbol;
}

static int grow_slots(struct ut_words *w)
{
    size_t cap = w->symbol_slot_cap ? w->symbol_slot_cap * 2 : 1024;
    uint64_t *slots = calloc(cap, sizeof slots[0]);
    if (!slots)
        return UT_ENOMEM;
    free(w->symbol_slots);
    w->symbol_slots = slots;
    w->symbol_slot_cap = cap;
    for (uint32_t i = UT__SYMBOL_FIRST; i < w->symbol_count; i++)
        put_slot(w, i);
    return 0;
}

uint32_t ut__symbol_add(struct ut_words *w, const uint8_t *key, size_t len)
{
    uint64_t hash = ut__words_hash(UT__HASH_START, key, len);
    uint32_t found = ut__symbol_find(w, hash, key, len);
    if (found != UT__NONE)
        return found;
    if (w->symbol_count * 2 >= w->symbol_slot_cap && grow_slots(w) != 0)
        return UT__NONE;
    while (w->symbol_count < UT__SYMBOL_FIRST) { /* Those without a spelling. */
        if (ut__words_room((void **)&w->symbols, &w->symbol_cap, w->symbol_count,
                           sizeof w->symbols[0]))
            return UT__NONE;
        w->symbols[w->symbol_count++] = (struct ut__symbol){.key = UT__NONE};
    }
    if (ut__words_room((void **)&w->symbols, &w->symbol_cap, w->symbol_count, sizeof w->symbols[0]))
        return UT__NONE;
    while (w->key_cap - w->key_len < len)
        if (ut__words_room((void **)&w->keys, &w->key_cap, w->key_cap, 1))
            return UT__NONE;
    memcpy(w->keys + w->key_len, key, len);
    uint32_t symbol = (uint32_t)w->symbol_count++;
    w->symbols[symbol] = (struct ut__symbol){(uint32_t)w->key_len, (uint32_t)len};
    w->key_len += len;
    put_slot(w, symbol);
    return symbol;
}

static size_t edge_slot(const struct ut_words *w, uint32_t node, uint32_t symbol)
{
    return spread(((uint64_t)node << 32 | symbol) * 0xff51afd7ed558ccdu, w->edge_cap);
}

static void put_edge(struct ut_words *w, struct ut__list_edge edge)
{
    size_t i = edge_slot(w, edge.node, edge.symbol);
    while (w->edges[i].child)
        i = (i + 1) & (w->edge_cap - 1);
    w->edges[i] = edge;
}

static int grow_edges(struct ut_words *w)
{
    struct ut__list_edge *old = w->edges;
    size_t cap = w->edge_cap;
    struct ut__list_edge *edges = calloc(cap ? cap * 2 : 1024, sizeof edges[0]);
    if (!edges)
        return UT_ENOMEM;
    w->edges = edges;
    w->edge_cap = cap ? cap * 2 : 1024;
    for (size_t i = 0; i < cap; i++)
        if (old[i].child)
            put_edge(w, old[i]);
    free(old);
    return 0;
}

int ut__edge_add(struct ut_words *w, uint32_t node, uint32_t symbol, uint32_t child)
{
    if (w->edge_count * 2 >= w->edge_cap && grow_edges(w) != 0)
        return UT_ENOMEM;
    for (size_t at = ut__edge_find(w, node, symbol); at != SIZE_MAX; at = ut__edge_next(w, at))
        if (w->edges[at].child == child)
            return 0;
    put_edge(w, (struct ut__list_edge){node, symbol, child});
    w->edge_count++;
    w->nodes[node].inner = 1;
    return 0;
}

static size_t probe(const struct ut_words *w, size_t i, uint32_t node, uint32_t symbol)
{
    for (; w->edges[i].child; i = (i + 1) & (w->edge_cap - 1))
        if (w->edges[i].node == node && w->edges[i].symbol == symbol)
            return i;
    return SIZE_MAX;
}

size_t ut__edge_find(const struct ut_words *w, uint32_t node, uint32_t symbol)
{
    return w->edge_cap ? probe(w, edge_slot(w, node, symbol), node, symbol) : SIZE_MAX;
}

size_t ut__edge_next(const struct ut_words *w, size_t slot)
{
    const struct ut__list_edge *e = &w->edges[slot];
    return probe(w, (slot + 1) & (w->edge_cap - 1), e->node, e->symbol);
}
