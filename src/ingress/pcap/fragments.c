/* SPDX-License-Identifier: MIT */
#include "ingress/pcap/fragments.h"

#include <stdlib.h>
#include <string.h>

#include <undertone/error.h>

enum { BLOCK = 8 };

static void drop(struct ut__fragmented *g)
{
    free(g->bytes);
    g->bytes = NULL;
    g->cap = 0;
    g->used = 0;
}

static void give_up(struct ut__fragments *f, struct ut__fragmented *g)
{
    if (g->used && !g->spoilt)
        f->incomplete++;
    drop(g);
}

void ut__fragments_clear(struct ut__fragments *f)
{
    for (int i = 0; f->table && i < UT__FRAGMENTED_MAX; i++)
        give_up(f, &f->table[i]);
    free(f->table);
    free(f->whole);
    f->table = NULL;
    f->whole = NULL;
}

static int is_of(const struct ut__fragmented *g, const struct ut__datagram *d)
{
    return g->id == d->id && g->protocol == d->protocol &&
           ut__address_same(&g->from, &d->from, 0) && ut__address_same(&g->to, &d->to, 0);
}

/* The datagram of a fragment; a new one in a free place, or in that of the oldest. */
static struct ut__fragmented *find(struct ut__fragments *f, const struct ut__datagram *d,
                                   int64_t time_us)
{
    struct ut__fragmented *place = NULL;
    for (int i = 0; i < UT__FRAGMENTED_MAX; i++) {
        struct ut__fragmented *g = &f->table[i];
        int64_t age_us = time_us - g->since_us;
        if (g->used && (age_us > UT__FRAGMENTED_US || age_us < -UT__FRAGMENTED_US))
            give_up(f, g);
        if (g->used && is_of(g, d))
            return g;
        if (!place || (place->used && (!g->used || g->since_us < place->since_us)))
            place = g;
    }
    give_up(f, place);
    *place = (struct ut__fragmented){.from = d->from,
                                     .to = d->to,
                                     .id = d->id,
                                     .protocol = d->protocol,
                                     .used = 1,
                                     .since_us = time_us};
    return place;
}

static int reserve(struct ut__fragmented *g, size_t wanted)
{
    if (wanted <= g->cap)
        return 0;
    size_t cap = wanted < 4096 ? 4096 : UT__FRAGMENTED_BYTES;
    uint8_t *more = realloc(g->bytes, cap);
    if (!more)
        return UT_ENOMEM;
    g->bytes = more;
    g->cap = cap;
    return 0;
}

/* How many of the blocks [first, first + n) are there already. */
static size_t count(const struct ut__fragmented *g, size_t first, size_t n)
{
    size_t there = 0;
    for (size_t i = first; i < first + n; i++)
        there += (size_t)(g->has[i / 8] >> (i % 8)) & 1u;
    return there;
}

/* 1: it fits to what is there; 0: it lies; -1: it says nothing new. */
static int judge(const struct ut__fragmented *g, const struct ut__datagram *d)
{
    size_t end = (size_t)d->offset + d->len, blocks = (d->len + BLOCK - 1) / BLOCK;
    if (d->len == 0 || end > UT__FRAGMENTED_BYTES - 1 || (d->more && d->len % BLOCK))
        return 0;
    if (g->total && (end > g->total || (!d->more && end != g->total)))
        return 0;
    if (!d->more && end < g->highest)
        return 0;
    size_t there = count(g, d->offset / BLOCK, blocks);
    if (there == 0)
        return 1;
    return there == blocks && memcmp(g->bytes + d->offset, d->payload, d->len) == 0 ? -1 : 0;
}

int ut__fragments_take(struct ut__fragments *f, const struct ut__datagram *d, int64_t time_us,
                       const uint8_t **bytes, size_t *len)
{
    if (!f->table)
        f->table = calloc(UT__FRAGMENTED_MAX, sizeof *f->table);
    if (!f->table)
        return UT_ENOMEM;
    struct ut__fragmented *g = find(f, d, time_us);
    if (g->spoilt)
        return 0;
    int fits = judge(g, d);
    if (fits == 0) {
        /* Kept, without its bytes, so that the rest of it does not begin another. */
        f->refused++;
        drop(g);
        g->used = g->spoilt = 1;
    }
    if (fits != 1)
        return 0;
    size_t end = (size_t)d->offset + d->len;
    if (reserve(g, end))
        return UT_ENOMEM;
    memcpy(g->bytes + d->offset, d->payload, d->len);
    for (size_t i = d->offset / BLOCK; i * BLOCK < end; i++, g->blocks++)
        g->has[i / 8] |= (uint8_t)(1u << (i % 8));
    g->highest = end > g->highest ? end : g->highest;
    if (!d->more)
        g->total = end;
    if (!g->total || g->blocks != (g->total + BLOCK - 1) / BLOCK)
        return 0;
    /* d may lie in the whole before this one: a tunnel's datagram may be cut up as well. */
    free(f->whole);
    *bytes = f->whole = g->bytes;
    *len = g->total;
    g->bytes = NULL;
    drop(g);
    return 1;
}
