/* SPDX-License-Identifier: MIT */
/* The live calls by id. */

#define _POSIX_C_SOURCE 200809L

#include "live/call_table.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SUFFIX_MAX = 12 }; /* "-" and a 32-bit number. */

/* FNV-1a: ids of one peer share long prefixes, which it mixes well enough for buckets. */
static uint32_t hash(const char *id)
{
    uint32_t h = 2166136261u;
    for (; *id; id++)
        h = (h ^ (unsigned char)*id) * 16777619u;
    return h % UT__CALL_TABLE_BUCKETS;
}

struct ut__call_entry *ut__call_table_find(const struct ut__call_table *t, const char *id)
{
    struct ut__call_entry *e = t->buckets[hash(id)];
    while (e && strcmp(e->id, id) != 0)
        e = e->next;
    return e;
}

static int may_stand(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("._:@-", c));
}

void ut__call_table_add(struct ut__call_table *t, struct ut__call_entry *entry, const char *wanted)
{
    char base[UT__CALL_ID_MAX - SUFFIX_MAX];
    size_t n = 0;
    for (; wanted[n] && n + 1 < sizeof base; n++)
        base[n] = may_stand(wanted[n]) ? wanted[n] : '-';
    base[n] = '\0';
    snprintf(entry->id, sizeof entry->id, "%s", base[0] ? base : "call");
    for (uint32_t i = 2; ut__call_table_find(t, entry->id); i++)
        snprintf(entry->id, sizeof entry->id, "%s-%u", base[0] ? base : "call", (unsigned)i);
    uint32_t h = hash(entry->id);
    entry->next = t->buckets[h];
    t->buckets[h] = entry;
    t->count++;
}

void ut__call_table_remove(struct ut__call_table *t, struct ut__call_entry *entry)
{
    struct ut__call_entry **at = &t->buckets[hash(entry->id)];
    while (*at && *at != entry)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = entry->next;
    entry->next = NULL;
    t->count--;
}

void ut__call_id_make(char id[UT__CALL_ID_MAX], const char *source, int64_t started_ms,
                      uint32_t random)
{
    time_t sec = (time_t)(started_ms / 1000);
    struct tm tm;
    char when[32] = "0";
    if (gmtime_r(&sec, &tm))
        strftime(when, sizeof when, "%Y%m%dT%H%M%S", &tm);
    snprintf(id, UT__CALL_ID_MAX, "%.40s-%s-%08x", source[0] ? source : "call", when,
             (unsigned)random);
}
