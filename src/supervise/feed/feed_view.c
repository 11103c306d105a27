/* SPDX-License-Identifier: MIT */
/* What clients of one role and the same queues see, made once for all of them. */

#include "supervise/feed/feed_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { SNAPSHOT_KEEP_MS = 250 };

struct ut__feed_view *ut__feed_view_join(struct ut__feed *f, const struct ut__who *who)
{
    struct ut__feed_view *v = f->views;
    const char *scope = who->only[0] ? who->only : who->queues;
    while (v && (v->role != (unsigned)who->role || strcmp(v->scope, scope) != 0))
        v = v->next;
    if (!v && (v = calloc(1, sizeof *v)) != NULL) {
        v->role = (unsigned)who->role;
        snprintf(v->scope, sizeof v->scope, "%s", scope);
        v->next = f->views;
        f->views = v;
    }
    if (v)
        v->clients++;
    return v;
}

void ut__feed_view_leave(struct ut__feed *f, struct ut__feed_view *v)
{
    struct ut__feed_view **at = &f->views;
    if (--v->clients > 0)
        return;
    while (*at != v)
        at = &(*at)->next;
    *at = v->next;
    ut__text_free(&v->snapshot);
    ut__text_free(&v->batch.text);
    free(v);
}

int ut__feed_view_sees(const struct ut__feed_view *v, const struct ut__feed_message *m)
{
    return (m->roles & v->role) && (!m->queue || ut__scope_has(v->scope, m->queue)) &&
           (!m->before || !ut__scope_has(v->scope, m->before));
}

const struct ut__feed_view *ut__feed_view_snapshot(struct ut__feed *f, struct ut__feed_view *v,
                                                   uint64_t from)
{
    int64_t now = ut__clock_mono_us() / 1000;
    if (v->snapshot.len && v->snapshot_id + 1 >= f->first && v->snapshot_id + 1 >= from &&
        (v->snapshot_id == f->newest || now - v->snapshot_ms < SNAPSHOT_KEEP_MS))
        return v;
    ut__text_free(&v->snapshot);
    f->owner.snapshot(f->owner.arg, v->scope, &v->snapshot);
    v->snapshot_id = f->newest;
    v->snapshot_ms = now;
    return v;
}

const struct ut__feed_batch *ut__feed_view_batch(struct ut__feed *f, struct ut__feed_view *v,
                                                 uint64_t from)
{
    struct ut__feed_batch *b = &v->batch;
    if (b->next && b->from == from && b->upto == f->newest)
        return b;
    ut__text_free(&b->text);
    *b = (struct ut__feed_batch){.from = from, .next = from, .upto = f->newest};
    while (b->next <= f->newest && b->text.len < UT__FEED_BATCH) {
        const struct ut__feed_message *m = &f->ring[b->next++ % UT__FEED_MESSAGES];
        if (!ut__feed_view_sees(v, m))
            continue;
        ut__text_raw(&b->text, b->count++ ? "," : "[");
        ut__text_bytes(&b->text, m->text, m->len);
    }
    if (b->count)
        ut__text_raw(&b->text, "]");
    return b;
}
