/* SPDX-License-Identifier: MIT */
/*
 * Names of calls from names of files, each used once.
 *
 * Files of one name in several folders each get a piece of their path's hash, so that a call's name
 * does not depend on which of them comes first. Only a path that is given twice is counted.
 */

#include "commands/call_ids.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_BYTES = 96, STEM_BYTES = 80 };

/* A hash table of the names so far. */
struct slot {
    const char *id;
    const char *path; /* Of who took it first. */
    int is_shared;    /* By another path. */
};

struct names {
    struct slot *slots;
    size_t mask;
};

/* FNV-1a (Fowler, Noll, Vo 1991). */
static uint64_t hash(const char *s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
    return h ^ h >> 32;
}

/* The slot of a name: its own, or the free one where it would be. */
static struct slot *find(const struct names *names, const char *id)
{
    size_t i = (size_t)hash(id) & names->mask;
    while (names->slots[i].id && strcmp(names->slots[i].id, id) != 0)
        i = (i + 1) & names->mask;
    return &names->slots[i];
}

/* Takes a name; 0 when it was taken already. */
static int claim(const struct names *names, const char *id)
{
    struct slot *slot = find(names, id);
    if (slot->id)
        return 0;
    slot->id = id;
    return 1;
}

/* "./a.wav" is "a.wav". */
static const char *plain(const char *path)
{
    while (path[0] == '.' && path[1] == '/')
        path += 2 + strspn(path + 2, "/");
    return path;
}

/* Notes which names several paths would have. */
static void note(const struct names *names, const char *id, const char *path)
{
    struct slot *slot = find(names, id);
    if (!slot->id)
        *slot = (struct slot){.id = id, .path = path};
    else if (strcmp(plain(slot->path), plain(path)) != 0)
        slot->is_shared = 1;
}

static void put_stem(char *id, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t len = dot && dot > name ? (size_t)(dot - name) : strlen(name);
    if (strcmp(path, "-") == 0) {
        name = "stdin";
        len = 5;
    }
    size_t n = 0;
    for (size_t i = 0; i < len && n < STEM_BYTES; i++) {
        char c = name[i];
        int fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '.' || c == '_' || c == '@' || c == '-';
        id[n++] = fine ? c : '_';
    }
    if (n == 0)
        id[n++] = '_';
    id[n] = '\0';
}

int ut__call_ids(const char **ids, char **memory, char *const *paths, size_t n)
{
    size_t slots = 16;
    while (slots < 2 * n)
        slots *= 2;
    struct names stems = {.slots = calloc(slots, sizeof stems.slots[0]), .mask = slots - 1};
    struct names names = {.slots = calloc(slots, sizeof names.slots[0]), .mask = slots - 1};
    char *mem = malloc(n ? n * ID_BYTES : 1), *stem = malloc(n ? n * ID_BYTES : 1);
    int err = !stems.slots || !names.slots || !mem || !stem ? UT_ENOMEM : 0;
    for (size_t i = 0; !err && i < n; i++) {
        put_stem(stem + i * ID_BYTES, paths[i]);
        note(&stems, stem + i * ID_BYTES, paths[i]);
    }
    for (size_t i = 0; !err && i < n; i++) {
        char *id = mem + i * ID_BYTES;
        snprintf(id, ID_BYTES, "%s", stem + i * ID_BYTES);
        size_t len = strlen(id);
        if (find(&stems, id)->is_shared) {
            snprintf(id + len, ID_BYTES - len, "-%08x", (unsigned)hash(plain(paths[i])));
            len = strlen(id);
        }
        for (unsigned k = 2; !claim(&names, id); k++)
            snprintf(id + len, ID_BYTES - len, "-%u", k);
        ids[i] = id;
    }
    free(stems.slots);
    free(names.slots);
    free(stem);
    if (err)
        free(mem);
    else
        *memory = mem;
    return err;
}
