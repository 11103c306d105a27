/* SPDX-License-Identifier: MIT */
#include "store/sums.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { VALUES_MAX = 12 };

struct sum {
    double sum;
    int64_t n;
};

struct group {
    char *name;
    int64_t rows;
    struct sum of[VALUES_MAX];
    struct group *next;
};

/* SQLite gives it zeroed. */
struct sums {
    void *by_name; /* Of tsearch(). */
    struct group *first, *last;
    int values;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct group *)a)->name, ((const struct group *)b)->name);
}

static void free_group(void *group)
{
    free(((struct group *)group)->name);
    free(group);
}

/* Made where it is missing; NULL: no memory. */
static struct group *group_of(struct sums *s, char *name)
{
    struct group sought = {.name = name};
    struct group **found = tfind(&sought, &s->by_name, compare);
    if (found)
        return *found;
    struct group *g = calloc(1, sizeof *g);
    if (g)
        g->name = strdup(name);
    if (!g || !g->name || !tsearch(g, &s->by_name, compare)) {
        if (g)
            free_group(g);
        return NULL;
    }
    *(s->last ? &s->last->next : &s->first) = g;
    s->last = g;
    return g;
}

static void step(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    struct sums *s = sqlite3_aggregate_context(ctx, sizeof *s);
    char *name = (char *)sqlite3_value_text(argv[0]);
    struct group *g = s && name ? group_of(s, name) : NULL;
    if (!g) {
        sqlite3_result_error_nomem(ctx);
        return;
    }
    s->values = argc - 1 < VALUES_MAX ? argc - 1 : VALUES_MAX;
    g->rows++;
    for (int i = 0; i < s->values; i++) {
        if (sqlite3_value_type(argv[i + 1]) == SQLITE_NULL)
            continue;
        g->of[i].sum += sqlite3_value_double(argv[i + 1]);
        g->of[i].n++;
    }
}

static void write_group(struct ut__text *t, const struct group *g, int values)
{
    ut__text_raw(t, t->len > 1 ? ",[" : "[");
    ut__text_str(t, g->name);
    ut__text_printf(t, ",%lld", (long long)g->rows);
    for (int i = 0; i < values; i++) {
        ut__text_printf(t, ",%.17g,", g->of[i].sum);
        if (g->of[i].n)
            ut__text_printf(t, "%.17g", g->of[i].sum / (double)g->of[i].n);
        else
            ut__text_raw(t, "null");
    }
    ut__text_raw(t, "]");
}

/* Called for a query that was broken off, too. */
static void end(sqlite3_context *ctx)
{
    struct sums *s = sqlite3_aggregate_context(ctx, 0);
    struct ut__text t = {0};
    ut__text_raw(&t, "[");
    for (const struct group *g = s ? s->first : NULL; g; g = g->next)
        write_group(&t, g, s->values);
    ut__text_raw(&t, "]");
    if (t.failed)
        sqlite3_result_error_nomem(ctx);
    else
        sqlite3_result_text64(ctx, t.buf, t.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    ut__text_free(&t);
    if (s)
        tdestroy(s->by_name, free_group);
}

int ut__sql_sums(sqlite3 *db)
{
    return sqlite3_create_function(db, "ut_sums", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                   NULL, step, end);
}
