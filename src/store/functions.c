/* SPDX-License-Identifier: MIT */
/* What our SQL can call: names of the JSON Lines, severity, verdicts, intervals. */

#include "store/functions.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/event.h>

#include "base/interval.h"
#include "base/text.h"
#include "contract/severity.h"
#include "store/match.h"
#include "store/sums.h"

static const char *state_name(int v)
{
    return v >= UT_STATE_ABSTAIN && v <= UT_STATE_ALERT ? ut_state_name((enum ut_state)v) : NULL;
}

static const char *why_name(int v)
{
    return v > UT_WHY_NONE && v < UT_WHY_COUNT ? ut_why_name((enum ut_why)v) : NULL;
}

static const char *talk_name(int v)
{
    return v >= UT_TALK_NONE && v <= UT_TALK_BOTH ? ut_talk_name((enum ut_talk)v) : NULL;
}

/* SQL functions ut_state(n), ut_why(n), ut_talk(n): the names of the JSON Lines; else null. */
static void sql_name(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    const char *(*name)(int) = *(const char *(*const *)(int))sqlite3_user_data(ctx);
    (void)argc;
    const char *text = name(sqlite3_value_int(argv[0]));
    if (text)
        sqlite3_result_text(ctx, text, -1, SQLITE_STATIC);
}

/* ut_severity(said, stress, escalated) */
static void sql_severity(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    const char *said = (const char *)sqlite3_value_text(argv[0]);
    (void)argc;
    sqlite3_result_text(
        ctx,
        ut__severity_name(ut__severity_of(ut__severity_named(said), sqlite3_value_double(argv[1]),
                                          sqlite3_value_int(argv[2]))),
        -1, SQLITE_STATIC);
}

/* ut_names(list): names ended by line feeds, as a JSON array; else null. */
static void sql_names(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    const char *list = (const char *)sqlite3_value_text(argv[0]);
    char *copy = list ? strdup(list) : NULL, *rest = copy;
    struct ut__text t = {0};
    (void)argc;
    for (char *name; copy && (name = strsep(&rest, "\n")) != NULL && *name;) {
        ut__text_raw(&t, t.len ? "," : "[");
        ut__text_str(&t, name);
    }
    ut__text_raw(&t, t.len ? "]" : "null");
    if (!t.failed)
        sqlite3_result_text(ctx, t.buf, -1, SQLITE_TRANSIENT);
    ut__text_free(&t);
    free(copy);
}

/* ut_right(outcome): 1 where there was something to tell of, 0 for a false alarm; else null. */
static void sql_right(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    const char *outcome = (const char *)sqlite3_value_text(argv[0]);
    (void)argc;
    if (outcome && strcmp(outcome, "other") != 0)
        sqlite3_result_int(ctx, strcmp(outcome, "false_alarm") != 0);
}

/* ut_wilson(k, n, end): the low (0) or high (1) end of the interval of k of n, in thousandths. */
static void sql_wilson(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    double n = sqlite3_value_double(argv[1]);
    struct ut__interval x = ut__wilson(sqlite3_value_double(argv[0]), n);
    (void)argc;
    if (n > 0)
        sqlite3_result_double(ctx,
                              round((sqlite3_value_int(argv[2]) ? x.high : x.low) * 1e3) / 1e3);
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* 1 when `text` holds `sought`; letters of ASCII are the same in either case, as SQLite's lower() has them. */
static int holds(const char *text, const char *sought)
{
    for (const char first = fold(sought[0]); *text; text++) {
        size_t n = 0;
        if (fold(*text) != first)
            continue;
        while (sought[n] && fold(text[n]) == fold(sought[n]))
            n++;
        if (!sought[n])
            return 1;
    }
    return !sought[0];
}

/* ut_has(sought, text...): 1 when one of the texts holds it. */
static void sql_has(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    const char *sought = (const char *)sqlite3_value_text(argv[0]);
    int found = 0;
    for (int i = 1; i < argc && sought && !found; i++) {
        const char *text = (const char *)sqlite3_value_text(argv[i]);
        found = text && holds(text, sought);
    }
    sqlite3_result_int(ctx, found);
}

/* ut_folded(text): words without case and accents, for the index of trigrams. */
static void sql_folded(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    const char *text = (const char *)sqlite3_value_text(argv[0]);
    char *folded = ut__match_folded(text ? text : "");
    (void)argc;
    if (folded)
        sqlite3_result_text(ctx, folded, -1, free);
    else
        sqlite3_result_error_nomem(ctx);
}

int ut__sql_functions(sqlite3 *db)
{
    static const struct {
        const char *sql;
        const char *(*name)(int);
    } fns[] = {{"ut_state", state_name}, {"ut_why", why_name}, {"ut_talk", talk_name}};
    static const struct {
        const char *sql;
        int args;
        void (*fn)(sqlite3_context *, int, sqlite3_value **);
    } more[] = {{"ut_folded", 1, sql_folded}, {"ut_has", -1, sql_has},
                {"ut_names", 1, sql_names},   {"ut_severity", 3, sql_severity},
                {"ut_right", 1, sql_right},   {"ut_wilson", 3, sql_wilson}};
    int rc = SQLITE_OK;
    for (size_t i = 0; i < sizeof fns / sizeof fns[0] && rc == SQLITE_OK; i++)
        rc = sqlite3_create_function(db, fns[i].sql, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                     (void *)(uintptr_t)&fns[i].name, sql_name, NULL, NULL);
    for (size_t i = 0; i < sizeof more / sizeof more[0] && rc == SQLITE_OK; i++)
        rc = sqlite3_create_function(db, more[i].sql, more[i].args,
                                     SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, more[i].fn, NULL,
                                     NULL);
    return rc == SQLITE_OK ? ut__sql_sums(db) : rc;
}
