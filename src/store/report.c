/* SPDX-License-Identifier: MIT */
/*
 * A report's sums: one pass over the calls of two spans in the order of their starts, one over their
 * alerts. SQLite reads the rows; to group a million of them ten ways would take it minutes.
 */

#include "store/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <undertone/error.h>

#include "store/desk.h"
#include "store/sql.h"
#include "store/store.h"

enum { SLOTS_FIRST = 256, QUARTER_MS = 900000 };

/* Places of groups or callers, by a hash of their name; open addressing. */
struct index {
    uint32_t *slot; /* [slots], a place and 1; 0: free. */
    size_t slots;
};

struct caller {
    uint64_t key;
    uint8_t seen, now,
        stressed; /* In either span; in the later one after an earlier call; so, alerted. */
};

struct pass {
    struct ut__report *r;
    int64_t middle_ms; /* Where the span begins. */
    struct index queues, agents, callers;
    size_t queue_room, agent_room;
    struct caller *caller;
    size_t caller_count, caller_room;
    int64_t quarter;
    int hour; /* Of `quarter`. */
    int no_memory;
    const _Atomic int *ended;
};

static uint64_t hash(const char *s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a. */
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
    return h;
}

static int widen(struct index *x)
{
    size_t slots = x->slots ? 2 * x->slots : SLOTS_FIRST;
    uint32_t *slot = calloc(slots, sizeof slot[0]);
    if (!slot)
        return 0;
    free(x->slot);
    *x = (struct index){slot, slots};
    return 1;
}

/* Room for one more in a list. */
static void *room_for(struct pass *p, void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    size_t more = *room ? 2 * *room : 64;
    void *bigger = realloc(list, more * size);
    p->no_memory |= !bigger;
    *room = bigger ? more : *room;
    return bigger ? bigger : list;
}

static void put_group(struct index *x, const struct ut__report_group *list, uint32_t place)
{
    size_t i = (size_t)hash(list[place].name) & (x->slots - 1);
    while (x->slot[i])
        i = (i + 1) & (x->slots - 1);
    x->slot[i] = place + 1;
}

/* The group of a name, made where it is missing; NULL: no memory. */
static struct ut__report_group *group_of(struct pass *p, struct index *x,
                                         struct ut__report_group **list, size_t *count,
                                         size_t *room, const char *name)
{
    if (2 * (*count + 1) > x->slots) {
        if (!widen(x)) {
            p->no_memory = 1;
            return NULL;
        }
        for (uint32_t i = 0; i < *count; i++)
            put_group(x, *list, i);
    }
    for (size_t i = (size_t)hash(name) & (x->slots - 1); x->slot[i]; i = (i + 1) & (x->slots - 1))
        if (strcmp((*list)[x->slot[i] - 1].name, name) == 0)
            return &(*list)[x->slot[i] - 1];
    *list = room_for(p, *list, *count, room, sizeof **list);
    if (p->no_memory)
        return NULL;
    struct ut__report_group *g = &(*list)[*count];
    *g = (struct ut__report_group){.name = ""};
    snprintf(g->name, sizeof g->name, "%s", name);
    put_group(x, *list, (uint32_t)(*count)++);
    return g;
}

static void put_caller(struct pass *p, uint32_t place)
{
    struct index *x = &p->callers;
    size_t i = (size_t)(p->caller[place].key * UINT64_C(0x9e3779b97f4a7c15)) & (x->slots - 1);
    while (x->slot[i])
        i = (i + 1) & (x->slots - 1);
    x->slot[i] = place + 1;
}

static struct caller *caller_of(struct pass *p, uint64_t key)
{
    struct index *x = &p->callers;
    if (2 * (p->caller_count + 1) > x->slots) {
        if (!widen(x)) {
            p->no_memory = 1;
            return NULL;
        }
        for (uint32_t i = 0; i < p->caller_count; i++)
            put_caller(p, i);
    }
    for (size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15)) & (x->slots - 1); x->slot[i];
         i = (i + 1) & (x->slots - 1))
        if (p->caller[x->slot[i] - 1].key == key)
            return &p->caller[x->slot[i] - 1];
    p->caller = room_for(p, p->caller, p->caller_count, &p->caller_room, sizeof p->caller[0]);
    if (p->no_memory)
        return NULL;
    p->caller[p->caller_count] = (struct caller){.key = key};
    put_caller(p, (uint32_t)p->caller_count);
    return &p->caller[p->caller_count++];
}

static int hour_of(struct pass *p, int64_t ms)
{
    if (ms / QUARTER_MS == p->quarter) /* No zone steps but by quarters. */
        return p->hour;
    time_t s = (time_t)(ms / 1000);
    struct tm tm = {.tm_hour = 0};
    (void)localtime_r(&s, &tm);
    p->quarter = ms / QUARTER_MS;
    p->hour = tm.tm_hour;
    return p->hour;
}

/* The sums that a call goes into: of all, its queue, its agent, its hour. Returns how many. */
static int sums_of(struct pass *p, sqlite3_stmt *st, int queue, int64_t ms,
                   struct ut__report_counts *out[4])
{
    struct ut__report *r = p->r;
    int now = ms >= p->middle_ms, n = 0;
    struct ut__report_group *g[3];
    g[0] = group_of(p, &p->queues, &r->queue, &r->queues, &p->queue_room,
                    (const char *)sqlite3_column_text(st, queue));
    g[1] = group_of(p, &p->agents, &r->agent, &r->agents, &p->agent_room,
                    (const char *)sqlite3_column_text(st, queue + 1));
    g[2] = &r->hour[hour_of(p, ms)];
    out[n++] = now ? &r->now : &r->before;
    for (int i = 0; i < 3 && !p->no_memory; i++)
        out[n++] = now ? &g[i]->now : &g[i]->before;
    return n;
}

/* ---- calls ---- */

enum {
    CALL,
    QUEUE,
    AGENT,
    KEY,
    STARTED,
    IMPORTED,
    SCORED,
    PEAK,
    END,
    PEAK_END,
    RECOVERY,
    DURATION,
    ALERTS,
    ELEVATED,
    ALERT,
    SUMMARY
};
static const char calls_sql[] =
    "SELECT call, queue, agent, caller_key, started_ms, source = 'import', scored, peak, "
    "end_stress,"
    " peak_end, recovery, duration_s, alerts, elevated_s, alert_s, iif(scored, NULL, summary) FROM"
    " calls WHERE started_ms >= ?1 AND started_ms < ?2 AND ended_ms IS NOT NULL ORDER BY "
    "started_ms";

static enum ut_why why_of(const char *summary)
{
    const char *at = summary ? strstr(summary, "\"why\":\"") : NULL;
    for (int why = UT_WHY_ROLE; at && why < UT_WHY_COUNT; why++) {
        const char *name = ut_why_name((enum ut_why)why);
        if (strncmp(at + 7, name, strlen(name)) == 0)
            return (enum ut_why)why;
    }
    return UT_WHY_SPEECH; /* It ended before a word was said of it. */
}

static void add_call(struct ut__report_counts *c, sqlite3_stmt *st, enum ut_why why)
{
    double peak = sqlite3_column_double(st, PEAK);
    c->calls++;
    c->imported += sqlite3_column_int(st, IMPORTED) != 0;
    c->call_s += sqlite3_column_double(st, DURATION);
    c->elevated_s += sqlite3_column_double(st, ELEVATED);
    c->alert_s += sqlite3_column_double(st, ALERT);
    if (!sqlite3_column_int(st, SCORED)) {
        c->why[why]++;
        return;
    }
    c->scored++;
    c->alerted += sqlite3_column_int(st, ALERTS) > 0;
    c->peak_sum += peak;
    c->peak_squares += peak * peak;
    c->end_sum += sqlite3_column_double(st, END);
}

static void copy(char *out, size_t cap, sqlite3_stmt *st, int column)
{
    const char *text = (const char *)sqlite3_column_text(st, column);
    snprintf(out, cap, "%s", text ? text : "");
}

/* Into the best by `value`, highest first. Keeps the earlier of two that are alike. */
static void keep_best(struct ut__report_call *list, size_t *count, sqlite3_stmt *st, int value)
{
    double v = sqlite3_column_double(st, value);
    size_t at = *count;
    while (at > 0 && (value == PEAK_END ? list[at - 1].peak_end : list[at - 1].recovery) < v)
        at--;
    if (at == UT__REPORT_CALLS_MAX)
        return;
    size_t last = *count < UT__REPORT_CALLS_MAX ? (*count)++ : UT__REPORT_CALLS_MAX - 1;
    memmove(&list[at + 1], &list[at], (last - at) * sizeof list[0]);
    struct ut__report_call *c = &list[at];
    *c = (struct ut__report_call){.started_ms = sqlite3_column_int64(st, STARTED),
                                  .peak = sqlite3_column_double(st, PEAK),
                                  .end = sqlite3_column_double(st, END),
                                  .peak_end = sqlite3_column_double(st, PEAK_END),
                                  .recovery = sqlite3_column_double(st, RECOVERY),
                                  .alerts = sqlite3_column_int64(st, ALERTS)};
    copy(c->call, sizeof c->call, st, CALL);
    copy(c->queue, sizeof c->queue, st, QUEUE);
    copy(c->agent, sizeof c->agent, st, AGENT);
}

static void see_call(struct pass *p, sqlite3_stmt *st)
{
    struct ut__report *r = p->r;
    int64_t ms = sqlite3_column_int64(st, STARTED);
    int scored = sqlite3_column_int(st, SCORED),
        alerted = scored && sqlite3_column_int(st, ALERTS) > 0;
    enum ut_why why = scored ? UT_WHY_NONE : why_of((const char *)sqlite3_column_text(st, SUMMARY));
    struct ut__report_counts *sums[4];
    int n = sums_of(p, st, QUEUE, ms, sums);
    for (int i = 0; i < n; i++)
        add_call(sums[i], st, why);
    const char *key = (const char *)sqlite3_column_text(st, KEY);
    struct caller *caller = key ? caller_of(p, strtoull(key, NULL, 16)) : NULL;
    if (ms >= p->middle_ms && caller && caller->seen) {
        caller->now = 1;
        caller->stressed |= alerted != 0;
    }
    if (caller)
        caller->seen = 1;
    if (ms < p->middle_ms || !scored)
        return;
    keep_best(r->worst, &r->worst_count, st, PEAK_END);
    if (alerted && sqlite3_column_double(st, END) < sqlite3_column_double(st, PEAK) / 2) {
        r->rescued_all++;
        keep_best(r->rescued, &r->rescued_count, st, RECOVERY);
    }
}

/* ---- alerts ---- */

static const char alerts_sql[] =
    "SELECT c.queue, c.agent, c.started_ms, c.source = 'import', a.acknowledged_ms IS NOT NULL,"
    " a.acknowledged_ms IS NOT NULL AND (a.escalated_ms IS NULL OR a.acknowledged_ms <"
    " a.escalated_ms), " UT__SQL_RIGHT " AS right"
    " FROM alerts a CROSS JOIN calls c ON c.id = a.call_id WHERE a.raised_ms >= ?1 AND a.raised_ms "
    "<"
    " ?2 + 86400000 AND c.started_ms >= ?1 AND c.started_ms < ?2 AND c.ended_ms IS NOT NULL";

static void see_alert(struct pass *p, sqlite3_stmt *st)
{
    struct ut__report_counts *sums[4];
    int n = sums_of(p, st, 0, sqlite3_column_int64(st, 2), sums);
    int live = !sqlite3_column_int(st, 3), judged = sqlite3_column_type(st, 6) != SQLITE_NULL;
    for (int i = 0; i < n; i++) {
        sums[i]->alerts += (unsigned)live;
        sums[i]->answered += live && sqlite3_column_int(st, 4);
        sums[i]->in_time += live && sqlite3_column_int(st, 5);
        sums[i]->verdicts += (unsigned)judged;
        sums[i]->right += judged && sqlite3_column_int(st, 6);
    }
}

static int each(struct pass *p, sqlite3 *db, const char *sql,
                void (*see)(struct pass *p, sqlite3_stmt *st))
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(st, 1, 2 * p->r->from_ms - p->r->to_ms);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(st, 2, p->r->to_ms);
    while (rc == SQLITE_OK && !p->no_memory && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        see(p, st);
        rc = p->ended && *p->ended ? SQLITE_INTERRUPT : SQLITE_OK;
    }
    sqlite3_finalize(st);
    return p->no_memory ? SQLITE_NOMEM : rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int by_name(const void *a, const void *b)
{
    const struct ut__report_group *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static int read_all(struct pass *p, sqlite3 *db)
{
    struct ut__report *r = p->r;
    int rc = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL); /* Both passes see one state. */
    if (rc == SQLITE_OK)
        rc = each(p, db, calls_sql, see_call);
    if (rc == SQLITE_OK)
        rc = each(p, db, alerts_sql, see_alert);
    for (size_t i = 0; i < p->caller_count; i++) {
        r->returning += p->caller[i].now;
        r->returned += p->caller[i].stressed;
    }
    if (r->queues)
        qsort(r->queue, r->queues, sizeof r->queue[0], by_name);
    if (r->agents)
        qsort(r->agent, r->agents, sizeof r->agent[0], by_name);
    for (int i = 0; i < UT__REPORT_HOURS; i++)
        snprintf(r->hour[i].name, sizeof r->hour[i].name, "%02d", i);
    return rc;
}

int ut__report_read(struct ut__report *report, const char *dir, const _Atomic int *ended,
                    struct ut__problem *problem)
{
    struct pass p = {
        .r = report, .middle_ms = report->from_ms, .quarter = INT64_MIN, .ended = ended};
    sqlite3 *db = ut__schema_of(dir, problem);
    if (!db)
        return UT_EIO;
    int rc = sqlite3_exec(db, "PRAGMA mmap_size=4294967296", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = read_all(&p, db);
    sqlite3_close(db);
    free(p.queues.slot);
    free(p.agents.slot);
    free(p.callers.slot);
    free(p.caller);
    if (rc != SQLITE_OK)
        ut__schema_problem(problem, rc, dir);
    return rc == SQLITE_OK ? 0 : UT_EIO;
}

void ut__report_free(struct ut__report *report)
{
    free(report->queue);
    free(report->agent);
    report->queue = report->agent = NULL;
    report->queues = report->agents = 0;
}
