/* SPDX-License-Identifier: MIT */
/* A hash table of conversations. */

#include "commands/talks.h"

#include <stdlib.h>

uint64_t ut__talk_id(const char *file, const char *conversation)
{
    uint64_t h = 1469598103934665603u; /* FNV-1a */
    for (const char *p = *conversation ? conversation : file; *p; p++)
        h = (h ^ (uint8_t)*p) * 1099511628211u;
    return h ? h : 1;
}

static struct ut__talk *slot_of(struct ut__talk *slots, size_t cap, uint64_t id)
{
    size_t i = (size_t)(id * 0x9e3779b97f4a7c15u >> 20) & (cap - 1);
    while (slots[i].id && slots[i].id != id)
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

struct ut__talk *ut__talk_of(struct ut__talks *talks, uint64_t id)
{
    if (talks->count * 2 >= talks->cap) {
        size_t cap = talks->cap ? talks->cap * 2 : 64;
        struct ut__talk *more = calloc(cap, sizeof more[0]);
        if (!more)
            return NULL;
        for (size_t i = 0; i < talks->cap; i++)
            if (talks->slots[i].id)
                *slot_of(more, cap, talks->slots[i].id) = talks->slots[i];
        free(talks->slots);
        talks->slots = more;
        talks->cap = cap;
    }
    struct ut__talk *t = slot_of(talks->slots, talks->cap, id);
    if (!t->id) {
        talks->count++;
        *t = (struct ut__talk){.id = id, .last_s = -UT__TALK_STEP_S};
    }
    return t;
}

void ut__talks_free(struct ut__talks *talks)
{
    free(talks->slots);
    *talks = (struct ut__talks){.count = 0};
}
