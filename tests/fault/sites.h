/* SPDX-License-Identifier: MIT */
/*
 * Who asks for memory: a site is our whole chain of calls with the innermost frames, whoever's they are. A life
 * asks tens of thousands of times from some thousand sites, so that each can be refused once in a night.
 *
 * A site is the same number in every run of one program: addresses count from where their file was loaded.
 */
#ifndef UT_FAULT_SITES_H
#define UT_FAULT_SITES_H

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unwind.h>

enum { SITES_MAX = 1 << 14, SITE_FRAMES_MAX = 64 };
enum { SITE_NONE, SITE_LEARN }; /* Instead of a site to refuse. */

/* Lives in zeroed memory, which a test in another process may share: alloc_test.py knows this layout. */
struct sites {
    _Atomic int64_t count; /* Pieces of memory that were asked for. */
    _Atomic uint64_t
        refuse; /* The site whose next piece is refused, once; or SITE_NONE, SITE_LEARN. */
    _Atomic int64_t from;  /* Whose the pieces before this one are is not asked: that takes time. */
    _Atomic int64_t inner; /* So many innermost frames tell sites apart, beside all of ours. */
    _Atomic int64_t known, refused;
    struct {
        _Atomic uint64_t site;
        int64_t first; /* The first of its pieces. */
    } site[SITES_MAX];
};

struct sites_walk {
    uint64_t site;
    int64_t inner, depth;
};

static inline _Unwind_Reason_Code sites__frame(struct _Unwind_Context *context, void *arg)
{
    struct sites_walk *w = arg;
    struct dl_find_object in;
    uint64_t at = _Unwind_GetIP(context);
    int ours = 0;
    if (!_dl_find_object((void *)at, &in)) {
        at -= (uint64_t)in.dlfo_link_map->l_addr;
        ours = in.dlfo_link_map == _r_debug.r_map;
    }
    if (ours || w->depth < w->inner)
        w->site = (w->site ^ at) * 0x9E3779B97F4A7C15U, w->site ^= w->site >> 29;
    return ++w->depth < SITE_FRAMES_MAX ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static inline void sites__learn(struct sites *t, uint64_t site, int64_t n)
{
    for (uint64_t i = site, tries = 0; tries < SITES_MAX; i++, tries++) {
        uint64_t is = 0;
        if (atomic_compare_exchange_strong(&t->site[i % SITES_MAX].site, &is, site)) {
            t->site[i % SITES_MAX].first = n;
            atomic_fetch_add(&t->known, 1);
            return;
        }
        if (is == site)
            return;
    }
}

/* Counts a piece; returns 1 when it is to be refused. Allocates nothing. */
static inline int sites_refuse(struct sites *t)
{
    int64_t n = atomic_fetch_add(&t->count, 1);
    uint64_t refuse = atomic_load(&t->refuse);
    struct sites_walk w = {.inner = atomic_load(&t->inner)};
    if (refuse == SITE_NONE || n < atomic_load(&t->from))
        return 0;
    _Unwind_Backtrace(sites__frame, &w);
    w.site += w.site <= SITE_LEARN ? 2 : 0;
    if (refuse == SITE_LEARN)
        sites__learn(t, w.site, n);
    if (w.site != refuse || !atomic_compare_exchange_strong(&t->refuse, &refuse, SITE_NONE))
        return 0;
    atomic_fetch_add(&t->refused, 1);
    return 1;
}

#endif
