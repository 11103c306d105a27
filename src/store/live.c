/* SPDX-License-Identifier: MIT */
/* The live calls, as the thread of the store counts them. */

#include "store/live.h"

#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "store/state.h"

static uint32_t bucket(const char *id)
{
    return ut__crc32(0, id, strlen(id)) % UT__CALL_BUCKETS;
}

struct ut__live *ut__live_find(struct ut__store *s, const char *id)
{
    struct ut__live *l = s->live[bucket(id)];
    while (l && strcmp(l->id, id) != 0)
        l = l->next;
    return l;
}

struct ut__live *ut__live_add(struct ut__store *s, const char *id, int64_t row)
{
    struct ut__live *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    memcpy(l->id, id, strnlen(id, sizeof l->id - 1));
    l->row = row;
    l->next = s->live[bucket(id)];
    s->live[bucket(id)] = l;
    return l;
}

void ut__live_drop(struct ut__store *s, const char *id)
{
    struct ut__live **at = &s->live[bucket(id)];
    while (*at && strcmp((*at)->id, id) != 0)
        at = &(*at)->next;
    struct ut__live *l = *at;
    if (!l)
        return;
    *at = l->next;
    free(l);
}
