/* SPDX-License-Identifier: MIT */
/* The aggregate ut_sums: what GROUP BY would tell. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/sums.h"

static char *ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    char *text = strdup((const char *)sqlite3_column_text(st, 0));
    assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
    return text;
}

static void assert_answer(sqlite3 *db, const char *sql, const char *expected)
{
    char *text = ask(db, sql);
    assert_string_equal(text, expected);
    free(text);
}

static void sums_by_name_without_nulls(void **state)
{
    sqlite3 *db = *state;
    assert_answer(
        db,
        "SELECT ut_sums(n, v, w) FROM (SELECT 'sales' AS n, 1 AS v, NULL AS w"
        " UNION ALL SELECT 'a \"b\"', 4, NULL UNION ALL SELECT 'sales', 0.5, 3"
        " UNION ALL SELECT '', 2, NULL)",
        "[[\"sales\",2,1.5,0.75,3,3],[\"a \\\"b\\\"\",1,4,4,0,null],[\"\",1,2,2,0,null]]");
}

static void no_rows_are_no_names(void **state)
{
    assert_answer(*state, "SELECT ut_sums('a', 1) WHERE 0", "[]");
}

static void tells_what_group_by_tells(void **state)
{
    static const char rows[] = "WITH RECURSIVE r(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM r"
                               " WHERE i < 49999), t AS (SELECT 'agent ' || (i * 7919 % 3001) AS n,"
                               " iif(i % 5, i % 97, NULL) AS v FROM r) ";
    char ours[512], theirs[512];
    snprintf(ours, sizeof ours,
             "%s SELECT json_group_array(json_array(value->>0, value->>1, value->>2,"
             " round(value->>3, 9))) FROM (SELECT value FROM json_each((SELECT ut_sums(n, v)"
             " FROM t)) ORDER BY value->>0)",
             rows);
    snprintf(theirs, sizeof theirs,
             "%s SELECT json_group_array(json_array(n, k, s, round(a, 9))) FROM (SELECT n,"
             " count(*) AS k, sum(v) AS s, avg(v) AS a FROM t GROUP BY n ORDER BY n)",
             rows);
    char *expected = ask(*state, theirs);
    assert_true(strlen(expected) > 3001 * 10);
    assert_answer(*state, ours, expected);
    free(expected);
}

/* A query that ends early leaves nothing behind: the address sanitizer would tell. */
static void a_query_may_be_broken_off(void **state)
{
    sqlite3 *db = *state;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT ut_sums(v, abs(w)) FROM (SELECT 'a' AS v, 1 AS w"
                                        " UNION ALL SELECT 'b', -9223372036854775807 - 1)",
                                        -1, &st, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ERROR); /* abs() of the least number. */
    assert_int_equal(sqlite3_finalize(st), SQLITE_ERROR);
}

static int open_db(void **state)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    *state = db;
    return ut__sql_sums(db);
}

static int close_db(void **state)
{
    return sqlite3_close(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sums_by_name_without_nulls, open_db, close_db),
        cmocka_unit_test_setup_teardown(no_rows_are_no_names, open_db, close_db),
        cmocka_unit_test_setup_teardown(tells_what_group_by_tells, open_db, close_db),
        cmocka_unit_test_setup_teardown(a_query_may_be_broken_off, open_db, close_db),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
