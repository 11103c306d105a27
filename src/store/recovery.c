/* SPDX-License-Identifier: MIT */
/* Recovery after an episode by agent or queue, adjusted for where and how callers arrived. */

#include "store/recovery.h"

#include <stdlib.h>
#include <string.h>

#include "base/interval.h"
#include "base/text.h"
#include "store/sql.h"

static const int64_t DAYS_30_MS = 30 * (int64_t)86400000;

/* A call with an episode. */
struct call {
    char queue[64], agent[64];
    double recovery, arrival;
};

static void fill_call(void *row, sqlite3_stmt *st)
{
    struct call *c = row;
    ut__sql_column(st, 0, c->queue, sizeof c->queue);
    ut__sql_column(st, 1, c->agent, sizeof c->agent);
    c->recovery = sqlite3_column_double(st, 2);
    c->arrival = sqlite3_column_double(st, 3);
}

static int read_calls(sqlite3 *db, const char *queue, int64_t from_ms, int64_t to_ms,
                      const char *scope, struct call **calls, uint32_t *n)
{
    static const char sql[] =
        "SELECT queue, agent, recovery, coalesce(arrival, peak) FROM calls WHERE episodes > 0 AND"
        " recovery IS NOT NULL AND ended_ms IS NOT NULL AND started_ms BETWEEN ?1 AND ?2 AND (?3 IS"
        " NULL OR queue = ?3) AND (?4 IS NULL OR queue IN (SELECT value FROM json_each(?4))) ORDER"
        " BY queue, agent";
    void *rows = NULL;
    int rc = ut__sql_rows(db, &rows, n, sizeof **calls, fill_call, sql, "iiss", from_ms, to_ms,
                          queue, scope);
    *calls = rows;
    return rc;
}

/* Means of the calls [from, to). */
static void means(const struct call *c, size_t from, size_t to, double *recovery, double *arrival)
{
    *recovery = *arrival = 0;
    for (size_t i = from; i < to; i++) {
        *recovery += c[i].recovery / (double)(to - from);
        *arrival += c[i].arrival / (double)(to - from);
    }
}

/* The end of the calls from `from` on that share a queue, or a queue and an agent. */
static size_t run_end(const struct call *c, size_t from, size_t n, int of_agent)
{
    size_t to = from + 1;
    while (to < n && strcmp(c[from].queue, c[to].queue) == 0 &&
           (!of_agent || strcmp(c[from].agent, c[to].agent) == 0))
        to++;
    return to;
}

/* How recovery goes with the stress at the start, other things being equal: among the calls of the same
 * people in the same queue, so that who gets which calls does not count. */
static double slope_of(const struct call *c, size_t n)
{
    double cross = 0, square = 0, r, a;
    for (size_t from = 0, to; from < n; from = to) {
        to = run_end(c, from, n, 1);
        means(c, from, to, &r, &a);
        for (size_t i = from; i < to; i++) {
            cross += (c[i].arrival - a) * (c[i].recovery - r);
            square += (c[i].arrival - a) * (c[i].arrival - a);
        }
    }
    return square > 1e-9 ? cross / square : 0;
}

/* Replaces each call's recovery by its adjusted one: as it would be at the mean arrival of all and, within
 * queues, with the queues' means alike. Returns the mean of all. */
static double adjust(struct call *c, size_t n, int within)
{
    double slope = slope_of(c, n), all_r, all_a, r, a;
    means(c, 0, n, &all_r, &all_a);
    for (size_t from = 0, to; from < n; from = to) {
        to = run_end(c, from, n, 0);
        means(c, from, to, &r, &a);
        for (size_t i = from; i < to; i++)
            c[i].recovery +=
                within ? all_r - r - slope * (c[i].arrival - a) : -slope * (c[i].arrival - all_a);
    }
    return all_r;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct ut__recovery *)a)->name, ((const struct ut__recovery *)b)->name);
}

static int by_mean(const void *a, const void *b)
{
    const struct ut__recovery *x = *(struct ut__recovery *const *)a,
                              *y = *(struct ut__recovery *const *)b;
    return (x->mean < y->mean) - (x->mean > y->mean);
}

/* The calls of one name each into one row. list: [n]. Returns how many rows there are. */
static size_t gather(struct ut__recovery *list, const struct call *c, size_t n, int by_agent)
{
    size_t rows = 0;
    for (size_t i = 0; i < n; i++) {
        list[i] = (struct ut__recovery){
            .n = 1, .sum = c[i].recovery, .sum_square = c[i].recovery * c[i].recovery};
        memcpy(list[i].name, by_agent ? c[i].agent : c[i].queue, sizeof list[i].name);
    }
    qsort(list, n, sizeof list[0], by_name);
    for (size_t i = 0; i < n; i++) {
        if (rows && strcmp(list[rows - 1].name, list[i].name) == 0) {
            list[rows - 1].n++;
            list[rows - 1].sum += list[i].sum;
            list[rows - 1].sum_square += list[i].sum_square;
        } else {
            list[rows++] = list[i];
        }
    }
    return rows;
}

static int rank(struct ut__recovery *list, size_t n)
{
    struct ut__recovery **sorted = calloc(n + 1, sizeof *sorted);
    size_t ranked = 0;
    if (!sorted)
        return SQLITE_NOMEM;
    for (size_t i = 0; i < n; i++) {
        struct ut__recovery *r = &list[i];
        double count = r->n;
        r->mean = r->sum / count;
        double variance = r->n > 1 ? (r->sum_square - count * r->mean * r->mean) / (count - 1) : 0;
        struct ut__interval x = ut__mean_interval(r->mean, variance, count);
        r->low = x.low;
        r->high = x.high;
        if (r->n >= UT__RECOVERY_LEAST && r->name[0])
            sorted[ranked++] = r;
    }
    qsort(sorted, ranked, sizeof *sorted, by_mean);
    for (size_t i = 0; i < ranked; i++)
        sorted[i]->rank = (uint32_t)i + 1;
    free(sorted);
    return SQLITE_OK;
}

static int recovery_of(sqlite3 *db, int by_agent, const char *queue, int64_t from_ms, int64_t to_ms,
                       const char *scope, struct ut__recovery **list, size_t *n, double *mean)
{
    struct call *calls = NULL;
    uint32_t count = 0;
    *list = NULL;
    *n = 0;
    int rc = read_calls(db, queue, from_ms, to_ms, scope, &calls, &count);
    if (rc == SQLITE_OK && count) {
        *mean = adjust(calls, count, by_agent);
        *list = calloc(count, sizeof **list);
        rc = *list ? SQLITE_OK : SQLITE_NOMEM;
    }
    if (rc == SQLITE_OK && count) {
        *n = gather(*list, calls, count, by_agent);
        rc = rank(*list, *n);
    }
    free(calls);
    return rc;
}

int ut__recovery(sqlite3 *db, int by_agent, int64_t from_ms, int64_t to_ms, const char *scope,
                 struct ut__recovery **list, size_t *n, double *mean)
{
    *mean = 0;
    return recovery_of(db, by_agent, NULL, from_ms, to_ms, scope, list, n, mean);
}

int ut__recovery_good(sqlite3 *db, const char *queue, const char *except, int64_t now_ms,
                      char **json)
{
    struct ut__recovery *list = NULL;
    size_t n = 0;
    double mean = 0;
    struct ut__text names = {0};
    int rc = recovery_of(db, 1, queue, now_ms - DAYS_30_MS, now_ms, NULL, &list, &n, &mean);
    uint32_t found = 0;
    ut__text_raw(&names, "[");
    for (uint32_t next = 1; rc == SQLITE_OK && next <= n; next++)
        for (size_t i = 0; i < n && found < UT__RECOVERY_SUGGESTED; i++)
            if (list[i].rank == next && list[i].low > mean && strcmp(list[i].name, except) != 0) {
                ut__text_raw(&names, found++ ? "," : "");
                ut__text_str(&names, list[i].name);
            }
    ut__text_raw(&names, "]");
    if (names.failed)
        ut__text_free(&names);
    *json = names.buf;
    free(list);
    return rc == SQLITE_OK && !*json ? SQLITE_NOMEM : rc;
}
