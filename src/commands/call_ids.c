/* SPDX-License-Identifier: MIT */
/* Names of calls from names of files, each used once: a hash table of the names so far. */

#include "commands/call_ids.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_BYTES = 96, STEM_BYTES = 80 };

struct names {
    const char **slots;
    size_t mask;
};

/* FNV-1a (Fowler, Noll, Vo 1991). */
static size_t hash(const char *s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
    return (size_t)(h ^ h >> 32);
}

/* Takes a name; 0 when it was taken already. */
static int claim(struct names *names, const char *id)
{
    size_t i = hash(id) & names->mask;
    while (names->slots[i]) {
        if (strcmp(names->slots[i], id) == 0)
            return 0;
        i = (i + 1) & names->mask;
    }
    names->slots[i] = id;
    return 1;
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
    struct names names = {.slots = calloc(slots, sizeof names.slots[0]), .mask = slots - 1};
    char *mem = malloc(n ? n * ID_BYTES : 1);
    if (!names.slots || !mem) {
        free(names.slots);
        free(mem);
        return UT_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        char *id = mem + i * ID_BYTES;
        put_stem(id, paths[i]);
        size_t stem = strlen(id);
        for (unsigned k = 2; !claim(&names, id); k++)
            snprintf(id + stem, ID_BYTES - stem, "-%u", k);
        ids[i] = id;
    }
    free(names.slots);
    *memory = mem;
    return 0;
}
