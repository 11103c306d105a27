/* SPDX-License-Identifier: MIT */
/*
 * What calls that end teach of their queue, and of all calls.
 *
 * Every step begins and ends with the text in the record: so a restart changes nothing, and the same
 * calls in the same order give the same bytes. A call with an alert teaches nothing, whoever raised it.
 */

#include <stdlib.h>
#include <string.h>

#include "store/questions.h"
#include "store/sites.h"
#include "store/sql.h"
#include "store/state.h"

enum {
    CALLER_CALLS = 2, /* So many calls of one caller teach, until the memory fades. */
    CALLS_FULL = 2000 /* In the memory; then it fades, so that a site may change. */
};
#define KEEP 0.9 /* Of the memory, each time: an older call counts half after some 1,300 more. */

/* An ended call, as the record has it. */
struct lesson {
    char queue[UT__CALL_LABEL_MAX], caller_key[UT__CALLER_KEY_MAX];
    int alerted;
    struct ut_habit habit;
};

static void fill_lesson(void *row, sqlite3_stmt *st)
{
    struct lesson *l = row;
    ut__sql_column(st, 0, l->queue, sizeof l->queue);
    ut__sql_column(st, 1, l->caller_key, sizeof l->caller_key);
    l->alerted = sqlite3_column_int(st, 2);
}

static int write_learnt(struct ut__store *s, const char *queue, const struct ut_site_memory *memory)
{
    char text[UT_SITE_TEXT_MAX];
    struct ut_site site = {.memory = *memory};
    int n = ut_site_write(&site, s->cfg.model, text, sizeof text);
    /* Settled from what the text holds: whoever reads it settles to the same. */
    if (n > 0 && ut__site_of(s, text, &site) > 0)
        n = ut_site_write(&site, s->cfg.model, text, sizeof text);
    return n > 0 ? ut__sql_run(s->db, "UPDATE sites SET learnt = ? WHERE queue = ?", "ss", text,
                               queue)
                 : SQLITE_OK;
}

/* Counts a caller's call. *may: 0 when enough of them have taught. Of callers without a number each call
 * is another caller's. */
static int count_caller(struct ut__store *s, const char *queue, const char *key, int *may)
{
    *may = 1;
    if (!key[0])
        return SQLITE_OK;
    int rc = ut__sql_run(s->db,
                         "INSERT INTO site_callers VALUES(?1, ?2, 1, ?3) ON CONFLICT DO UPDATE SET"
                         " calls = calls + 1, last_ms = ?3 WHERE calls < ?4",
                         "ssii", queue, key, ut__wall_ms(), (int64_t)CALLER_CALLS);
    *may = sqlite3_changes(s->db) > 0;
    return rc;
}

static int fade(struct ut__store *s, const char *queue, struct ut_site_memory *memory)
{
    if (memory->calls < CALLS_FULL)
        return SQLITE_OK;
    ut_site_fade(memory, KEEP);
    return ut__sql_run(s->db, "DELETE FROM site_callers WHERE queue = ?", "s", queue);
}

static int teach(struct ut__store *s, const char *queue, const struct lesson *l)
{
    struct ut__site_stored row;
    struct ut_site site;
    int found = 0, may = 0, rc = ut__site_add(s, queue);
    if (rc == SQLITE_OK)
        rc = ut__site_load(s, queue, &row, &found);
    if (rc != SQLITE_OK || !found ||
        (strcmp(row.mode, "learn") != 0 && strcmp(row.mode, "apply") != 0))
        return rc;
    int err = ut__site_of(s, row.learnt, &site);
    if (err < 0) /* Another program has written there. */
        rc = ut__site_set_aside(s, queue, row.learnt, err);
    uint32_t before = site.memory.calls;
    ut_site_learn(&site.memory, &l->habit);
    if (rc == SQLITE_OK && site.memory.calls > before)
        rc = count_caller(s, queue, l->caller_key, &may);
    if (rc != SQLITE_OK || !may)
        return rc;
    rc = fade(s, queue, &site.memory);
    if (rc == SQLITE_OK)
        rc = write_learnt(s, queue, &site.memory);
    return rc == SQLITE_OK ? ut__site_hold_to_choice(s, queue) : rc;
}

int ut__i_site_learn(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    struct lesson *l = NULL;
    void *rows = NULL;
    uint32_t count = 0;
    (void)out;
    /* While the disk takes no alerts nobody knows whether there was one. */
    if (!s->cfg.model || s->unwritten)
        return SQLITE_OK;
    int rc = ut__sql_rows(s->db, &rows, &count, sizeof *l, fill_lesson,
                          "SELECT queue, caller_key, EXISTS(SELECT 1 FROM alerts WHERE call_id ="
                          " calls.id) FROM calls WHERE call = ? AND NOT elsewhere",
                          "s", q->taught.call);
    l = rows;
    if (rc == SQLITE_OK && count == 1 && !l->alerted) {
        l->habit = q->taught.habit;
        rc = teach(s, "*", l);
        if (rc == SQLITE_OK && l->queue[0] && strcmp(l->queue, "*") != 0)
            rc = teach(s, l->queue, l);
    }
    free(rows);
    return rc;
}
