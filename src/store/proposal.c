/* SPDX-License-Identifier: MIT */
/*
 * The threshold that a queue's own calls and verdicts speak for. Each call has the highest evidence that
 * the alert rule saw in it: at a threshold below that it would have alerted. What people said of its
 * alerts tells whether that would have been right; of an alert without a verdict it is expected from the
 * queue's precision; and where nobody marked a miss an alert that was never raised is taken for false.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interval.h"
#include "store/args.h"
#include "store/desk.h"
#include "store/proposal.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"

enum { POINTS = 61, JUDGED_LEAST = 20, HOURS_LEAST = 10 };
#define LOG_ODDS_MIN    0.0
#define LOG_ODDS_STEP   0.1
#define BUDGET_PER_100H 20.0 /* Where none was set. */
#define DRIFT_SHIFT     0.05 /* Of a mean peak: less than that is nothing to tell of. */
static const int64_t DAY_MS = 86400000, DAYS = 30, DAYS_RECENT = 7;

/* A call that has ended. */
struct call {
    char queue[64];
    double top, hours, peak;
    int right; /* 1, 0; -1: no verdict. */
    int alerted, missed, recent;
};

static void fill_call(void *row, sqlite3_stmt *st)
{
    struct call *c = row;
    ut__sql_column(st, 0, c->queue, sizeof c->queue);
    c->top = sqlite3_column_double(st, 1);
    c->hours = sqlite3_column_double(st, 2) / 3600;
    c->peak = sqlite3_column_double(st, 3);
    c->right = sqlite3_column_type(st, 4) == SQLITE_NULL ? -1 : sqlite3_column_int(st, 4);
    c->alerted = sqlite3_column_int(st, 5) > 0;
    c->missed = sqlite3_column_int(st, 6);
    c->recent = sqlite3_column_int(st, 7);
}

/* What is known of one queue. */
struct sums {
    double hours, judged, right, missed;
    double peaks[2], squares[2], calls[2]; /* Before, and of late. */
    double said[2], good[2];
};

static struct sums sum(const struct call *c, size_t n)
{
    struct sums s = {0};
    for (size_t i = 0; i < n; i++) {
        s.hours += c[i].hours;
        s.judged += c[i].right >= 0;
        s.right += c[i].right == 1;
        s.missed += c[i].missed;
        s.calls[c[i].recent]++;
        s.peaks[c[i].recent] += c[i].peak;
        s.squares[c[i].recent] += c[i].peak * c[i].peak;
        s.said[c[i].recent] += c[i].right >= 0;
        s.good[c[i].recent] += c[i].right == 1;
    }
    return s;
}

/* The mean peak of a part with its interval. */
static struct ut__interval peaks(const struct sums *s, int part, double *mean)
{
    double n = s->calls[part];
    *mean = n > 0 ? s->peaks[part] / n : 0;
    return ut__mean_interval(*mean, n > 1 ? (s->squares[part] - n * *mean * *mean) / (n - 1) : 0,
                             n);
}

/* What has left its band of late, against the weeks before; NULL: nothing. */
static const char *drift_of(const struct sums *s)
{
    double before_mean, late_mean;
    struct ut__interval before = ut__wilson(s->good[0], s->said[0]);
    struct ut__interval late = ut__wilson(s->good[1], s->said[1]);
    if (late.high < before.low || late.low > before.high)
        return "precision";
    before = peaks(s, 0, &before_mean);
    late = peaks(s, 1, &late_mean);
    if (s->calls[0] >= JUDGED_LEAST && s->calls[1] >= JUDGED_LEAST &&
        fabs(late_mean - before_mean) > DRIFT_SHIFT &&
        (late.high < before.low || late.low > before.high))
        return "scores";
    return NULL;
}

static double rounded(double x, double unit)
{
    return round(x * unit) / unit;
}

/* A point of the curve: what a threshold would have given in 100 hours. */
static json_t *point(const struct call *c, size_t n, const struct sums *s, double at, double *wrong)
{
    double alerts = 0, expected = 1 - (s->right + 0.5) / (s->judged + 1);
    *wrong = 0;
    for (size_t i = 0; i < n; i++) {
        if (c[i].top < at)
            continue;
        alerts++;
        if (c[i].right == 1 || c[i].missed)
            continue;
        *wrong += c[i].right < 0 && c[i].alerted ? expected : 1;
    }
    double per = s->hours > 0 ? 100 / s->hours : 0;
    *wrong *= per;
    return json_pack("{sf sf sf}", "threshold", rounded(at, 1e4), "alerts",
                     rounded(alerts * per, 10), "false", rounded(*wrong, 10));
}

static json_t *propose(const struct call *c, size_t n, double budget, double most)
{
    struct sums s = sum(c, n);
    json_t *curve = json_array(), *chosen = NULL;
    int few = s.judged < JUDGED_LEAST || s.hours < HOURS_LEAST, within = 1;
    for (int i = POINTS - 1; i >= 0; i--) {
        double wrong, at = 1 / (1 + exp(-(LOG_ODDS_MIN + i * LOG_ODDS_STEP)));
        if (at > most)
            continue;
        json_t *p = point(c, n, &s, at, &wrong);
        json_array_insert_new(curve, 0, p);
        within = within && wrong <= budget;
        if (within)
            chosen = p;
    }
    struct ut__interval w = ut__wilson(s.right, s.judged);
    const char *drift = drift_of(&s);
    return json_pack("{ss si sf sf sf sf sf sf sf sO? so ss?}", "queue", c->queue, "calls", (int)n,
                     "hours", rounded(s.hours, 10), "judged", s.judged, "right", s.right, "low",
                     rounded(w.low, 1e3), "high", rounded(w.high, 1e3), "missed", s.missed,
                     "budget", budget, "proposed", few ? NULL : chosen, "curve", curve, "drift",
                     drift);
}

static void fill_number(void *row, sqlite3_stmt *st)
{
    *(double *)row = sqlite3_column_double(st, 0);
}

static int budget_of(sqlite3 *db, const char *queue, double *budget)
{
    void *rows = NULL;
    uint32_t n = 0;
    *budget = BUDGET_PER_100H;
    int rc =
        ut__sql_rows(db, &rows, &n, sizeof *budget, fill_number,
                     "SELECT budget FROM thresholds WHERE queue IN (?1, '*') AND budget IS NOT NULL"
                     " ORDER BY queue = '*' LIMIT 1",
                     "s", queue);
    if (rc == SQLITE_OK && n)
        *budget = *(double *)rows;
    free(rows);
    return rc;
}

/* What is asked for. */
struct wish {
    const char *scope; /* Of queues, a JSON array; NULL: all. */
    double most;       /* No threshold above this. */
    double budget;     /* For every queue; 0: each its own. */
};

static int write_all(sqlite3 *db, const struct wish *wish, char **json)
{
    static const char sql[] =
        "SELECT c.queue, c.top_evidence, coalesce(c.duration_s, 0), coalesce(c.peak, 0), (SELECT"
        " max(" UT__SQL_RIGHT ") FROM alerts a WHERE a.call_id = c.id), c.alerts, EXISTS(SELECT 1"
        " FROM " UT__SQL_MISSES
        " m WHERE m.call_id = c.id), c.started_ms > ?2 FROM calls c WHERE c.ended_ms IS NOT NULL"
        " AND c.started_ms > ?1 AND c.top_evidence IS NOT NULL AND (?3 IS NULL OR c.queue IN "
        "(SELECT"
        " value FROM json_each(?3))) ORDER BY c.queue";
    void *rows = NULL;
    uint32_t n = 0;
    int64_t now = ut__wall_ms();
    int rc = ut__sql_rows(db, &rows, &n, sizeof(struct call), fill_call, sql, "iis",
                          now - DAYS * DAY_MS, now - DAYS_RECENT * DAY_MS, wish->scope);
    const struct call *c = rows;
    json_t *list = json_array();
    for (size_t from = 0, to; rc == SQLITE_OK && from < n; from = to) {
        double budget = wish->budget;
        for (to = from + 1; to < n && strcmp(c[from].queue, c[to].queue) == 0;)
            to++;
        if (budget <= 0)
            rc = budget_of(db, c[from].queue, &budget);
        if (rc == SQLITE_OK && c[from].queue[0])
            json_array_append_new(list, propose(c + from, to - from, budget, wish->most));
    }
    free(rows);
    json_t *root = json_pack("{si si so}", "judged_least", JUDGED_LEAST, "hours_least", HOURS_LEAST,
                             "rows", list);
    *json =
        rc == SQLITE_OK && root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(root);
    return rc == SQLITE_OK && !*json ? SQLITE_NOMEM : rc;
}

int ut__q_proposals(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    double most = ut__arg_num(args, "max", 1);
    return write_all(
        s->db, &(struct wish){.scope = ut__arg_text(args, "scope"), .most = most > 0 ? most : 1},
        &out->json);
}

char *ut__proposals_read(const char *dir, double most, double budget, struct ut__problem *problem)
{
    char *json = NULL;
    sqlite3 *db = ut__schema_of(dir, problem);
    int rc =
        db ? write_all(db, &(struct wish){.most = most, .budget = budget}, &json) : SQLITE_CANTOPEN;
    sqlite3_close(db);
    if (db && rc != SQLITE_OK)
        ut__schema_problem(problem, rc, dir);
    return json;
}
