/* SPDX-License-Identifier: MIT */
/*
 * Profiles of what is usual in a queue, and what people chose for them.
 *
 *     off     nothing is learnt or applied; what was learnt stays
 *     learn   learnt and shown, applied to nothing
 *     apply   calls begin with what was learnt, once it is enough; renewed when it has moved
 *     frozen  calls begin with what it was then; nothing more is learnt
 *
 * '*' is the profile of all calls, and its choice is that of queues without one.
 */

#include "store/sites.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/args.h"
#include "store/questions.h"
#include "store/shared.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"

enum { QUEUES_MAX = 256, WHY_BYTES = 200 };
/* A profile that is applied is renewed by such steps, so that calls of a day begin alike. */
#define STEP_SHIFT 0.05f
#define STEP_USUAL 0.1f

static void fill_stored(void *row, sqlite3_stmt *st)
{
    struct ut__site_stored *r = row;
    ut__sql_column(st, 0, r->wish.queue, sizeof r->wish.queue);
    ut__sql_column(st, 1, r->wish.mode, sizeof r->wish.mode);
    ut__sql_column(st, 2, r->mode, sizeof r->mode);
    ut__sql_column(st, 3, r->wish.set_by, sizeof r->wish.set_by);
    r->wish.set_ms = sqlite3_column_int64(st, 4);
    ut__sql_column(st, 5, r->learnt, sizeof r->learnt);
    ut__sql_column(st, 6, r->checksum, sizeof r->checksum);
    ut__sql_column(st, 7, r->applied, sizeof r->applied);
    r->aside = sqlite3_column_int(st, 8) != 0;
}

#define SELECT                                                                                     \
    "SELECT s.queue, s.mode, coalesce(s.mode, (SELECT mode FROM sites WHERE queue = '*')),"        \
    " s.set_by, s.set_ms, s.learnt, s.applied, p.text, s.aside IS NOT NULL FROM sites s LEFT JOIN" \
    " site_profiles p ON p.queue = s.queue AND p.checksum = s.applied"

int ut__site_load(struct ut__store *s, const char *queue, struct ut__site_stored *out, int *found)
{
    void *rows = NULL;
    uint32_t count = 0;
    int rc = ut__sql_rows(s->db, &rows, &count, sizeof *out, fill_stored,
                          SELECT " WHERE s.queue = ?", "s", queue);
    *found = rc == SQLITE_OK && count == 1;
    if (*found)
        *out = *(struct ut__site_stored *)rows;
    free(rows);
    return rc;
}

int ut__site_add(struct ut__store *s, const char *queue)
{
    return ut__sql_run(s->db,
                       "INSERT OR IGNORE INTO sites(queue) SELECT ?1 WHERE (SELECT count(*) FROM"
                       " sites) <= ?2",
                       "si", queue, (int64_t)QUEUES_MAX);
}

int ut__site_of(const struct ut__store *s, const char *text, struct ut_site *out)
{
    struct ut_site read;
    *out = (struct ut_site){.shift = 0};
    if (!text[0])
        return 0;
    int err = s->cfg.model ? ut_site_read(&read, s->cfg.model, text, strlen(text)) : UT_EFEATURESET;
    if (err)
        return err;
    out->memory = read.memory;
    return ut_site_settle_unalerted(out, &read.memory, s->cfg.model) == 0;
}

/* As it stands in the text, whoever settled it. */
static int read_applied(const struct ut__store *s, const char *text, struct ut_site *out)
{
    *out = (struct ut_site){.shift = 0};
    return text[0] && s->cfg.model && ut_site_read(out, s->cfg.model, text, strlen(text)) == 0;
}

/* ---- what is asked ---- */

static void tell_row(const struct ut__store *s, const struct ut__site_stored *from,
                     struct ut__site_row *to)
{
    to->wish = from->wish;
    memcpy(to->mode, from->mode, sizeof to->mode);
    to->enough = ut__site_of(s, from->learnt, &to->learnt) > 0;
    to->applies = (uint8_t)read_applied(s, from->applied, &to->applied);
    to->aside = from->aside;
    if (to->applies)
        memcpy(to->checksum, from->checksum, sizeof to->checksum);
}

/* Those of one queue, or of all. */
static int list(struct ut__store *s, const char *queue, struct ut__answer *out)
{
    void *rows = NULL;
    uint32_t count = 0;
    int rc = ut__sql_rows(s->db, &rows, &count, sizeof(struct ut__site_stored), fill_stored,
                          SELECT " WHERE s.queue = coalesce(?1, s.queue) ORDER BY s.queue <> '*',"
                                 " s.queue",
                          "s", queue);
    struct ut__site_row *told = calloc(count ? count : 1, sizeof *told);
    for (uint32_t i = 0; told && i < count; i++)
        tell_row(s, (struct ut__site_stored *)rows + i, &told[i]);
    free(rows);
    if (rc == SQLITE_OK && !told)
        rc = SQLITE_NOMEM;
    out->sites = told;
    out->count = rc == SQLITE_OK ? count : 0;
    return rc;
}

int ut__i_sites(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    (void)q;
    return list(s, NULL, out);
}

static int too_little(const struct ut__store *s, const struct ut__site_stored *row,
                      struct ut__answer *out)
{
    struct ut_site site;
    char why[WHY_BYTES];
    (void)ut__site_of(s, row->learnt, &site);
    snprintf(
        why, sizeof why,
        "%u calls with %.0f s of caller speech are too few: a profile needs %d calls and %d s.",
        (unsigned)site.memory.calls, site.memory.speech_s, UT_SITE_CALLS_MIN, UT_SITE_SPEECH_MIN_S);
    return ut__fail(out, UT__LEDGER_CONFLICT, why,
                    "Wait until more calls without alerts have ended, or have undertone adapt read "
                    "an archive.");
}

static int unknown_queue(struct ut__answer *out)
{
    return ut__fail(out, UT__LEDGER_NOT_FOUND, "Nothing is known of such a queue.",
                    "Ask /api/v1/sites for those there are; \"*\" is all of them.");
}

int ut__i_site_text(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    struct ut__site_profile *p = calloc(1, sizeof *p);
    struct ut__site_stored row;
    struct ut_site site;
    int found = 0, rc = p ? ut__site_load(s, q->profile.queue, &row, &found) : SQLITE_NOMEM;
    out->profiles = p;
    if (rc != SQLITE_OK)
        return rc;
    *p = q->profile;
    if (!found)
        return unknown_queue(out);
    if (p->checksum[0]) {
        char *text = NULL;
        rc = ut__sql_text(s->db, &text,
                          "SELECT text FROM site_profiles WHERE queue = ? AND checksum = ?", "ss",
                          p->queue, p->checksum);
        ut__inquiry_text(p->text, sizeof p->text, text);
        free(text);
        if (rc == SQLITE_OK && !p->text[0])
            return ut__fail(out, UT__LEDGER_NOT_FOUND, "No call began with such a profile.",
                            "Give a checksum as /api/v1/calls/CALL tells it in `site`.");
    } else if (read_applied(s, row.applied, &site)) {
        memcpy(p->text, row.applied, sizeof p->text);
    } else if (ut__site_of(s, row.learnt, &site) > 0) {
        memcpy(p->text, row.learnt, sizeof p->text);
    } else {
        return too_little(s, &row, out);
    }
    out->count = 1;
    return rc;
}

/* ---- what is applied ---- */

/* text: "": from now on nothing is. */
static int put_applied(struct ut__store *s, const struct ut__site_stored *row, const char *text)
{
    char sum[UT__SITE_SUM_MAX] = "";
    const char *at = strstr(text, "checksum ");
    if (at)
        snprintf(sum, sizeof sum, "%s", at + sizeof "checksum " - 1);
    int64_t now = ut__wall_ms();
    ut__tell(s, UT__LEDGER_CHANGED_SITES, NULL);
    int rc =
        ut__sql_run(s->db, "UPDATE site_profiles SET until_ms = ? WHERE queue = ? AND checksum = ?",
                    "iss", now, row->wish.queue, row->checksum);
    if (rc == SQLITE_OK && sum[0])
        rc = ut__sql_run(s->db,
                         "INSERT INTO site_profiles VALUES(?, ?, ?, ?, NULL) ON CONFLICT DO UPDATE"
                         " SET until_ms = NULL",
                         "sssi", row->wish.queue, sum, text, now);
    return rc == SQLITE_OK ? ut__sql_run(s->db, "UPDATE sites SET applied = ? WHERE queue = ?",
                                         "ss", sum[0] ? sum : NULL, row->wish.queue)
                           : rc;
}

static int moved(const struct ut_site *from, const struct ut_site *to)
{
    return fabsf(to->shift - from->shift) >= STEP_SHIFT ||
           fabsf(to->usual - from->usual) >= STEP_USUAL;
}

int ut__site_hold_to_choice(struct ut__store *s, const char *queue)
{
    struct ut__site_stored row;
    struct ut_site learnt, applied;
    int found, rc = ut__site_load(s, queue, &row, &found);
    if (rc != SQLITE_OK || !found)
        return rc;
    int frozen = strcmp(row.mode, "frozen") == 0;
    if (!frozen && strcmp(row.mode, "apply") != 0)
        return row.checksum[0] ? put_applied(s, &row, "") : SQLITE_OK;
    int is = read_applied(s, row.applied, &applied);
    if (ut__site_of(s, row.learnt, &learnt) <= 0 || (is && (frozen || !moved(&applied, &learnt))))
        return SQLITE_OK;
    return put_applied(s, &row, row.learnt);
}

static void fill_name(void *row, sqlite3_stmt *st)
{
    ut__sql_column(st, 0, row, UT__CALL_LABEL_MAX);
}

/* The choice for all holds for queues without one. */
static int hold_all(struct ut__store *s, const char *queue)
{
    void *rows = NULL;
    uint32_t count = 0;
    int rc = ut__sql_rows(s->db, &rows, &count, UT__CALL_LABEL_MAX, fill_name,
                          "SELECT queue FROM sites WHERE queue = ?1 OR (?1 = '*' AND mode IS NULL)",
                          "s", queue);
    for (uint32_t i = 0; i < count && rc == SQLITE_OK; i++)
        rc = ut__site_hold_to_choice(s, (const char *)rows + (size_t)i * UT__CALL_LABEL_MAX);
    free(rows);
    return rc;
}

/* ---- what people choose ---- */

static int is_mode(const char *mode)
{
    return strcmp(mode, "off") == 0 || strcmp(mode, "learn") == 0 || strcmp(mode, "apply") == 0 ||
           strcmp(mode, "frozen") == 0;
}

/* Its time comes last: it is what the other nodes are told by. */
static int sign(struct ut__store *s, const struct ut__site_wish *w)
{
    return ut__sql_run(s->db, "UPDATE sites SET set_by = ?, set_ms = ? WHERE queue = ?", "sis",
                       w->set_by, w->set_ms, w->queue);
}

static int choose(struct ut__store *s, const struct ut__site_wish *w)
{
    int all = strcmp(w->queue, "*") == 0;
    int rc = ut__sql_run(s->db, "UPDATE sites SET mode = nullif(?, '') WHERE queue = ?", "ss",
                         all && !w->mode[0] ? "learn" : w->mode, w->queue);
    ut__tell(s, UT__LEDGER_CHANGED_SITES, NULL);
    return rc == SQLITE_OK ? hold_all(s, w->queue) : rc;
}

static int can_freeze(const struct ut__store *s, const struct ut__site_stored *row)
{
    struct ut_site site;
    return read_applied(s, row->applied, &site) || ut__site_of(s, row->learnt, &site) > 0;
}

int ut__i_site_set(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    struct ut__site_wish w = q->site;
    struct ut__site_stored row;
    int found;
    if (!w.queue[0] || (w.mode[0] && !is_mode(w.mode)))
        return ut__fail(out, UT__LEDGER_BAD, "The queue or the mode makes no sense.",
                        "Give off, learn, apply or frozen; null for what holds for all queues.");
    int rc = ut__site_add(s, w.queue);
    if (rc == SQLITE_OK)
        rc = ut__site_load(s, w.queue, &row, &found);
    if (rc != SQLITE_OK)
        return rc;
    if (!found)
        return ut__fail(out, UT__LEDGER_BAD, "256 queues are kept apart, and no more.",
                        "Set \"*\": it holds for all others.");
    if (strcmp(w.mode, "frozen") == 0 && !can_freeze(s, &row))
        return too_little(s, &row, out);
    w.set_ms = ut__wall_ms();
    rc = choose(s, &w);
    if (rc == SQLITE_OK)
        rc = sign(s, &w);
    return rc == SQLITE_OK ? list(s, w.queue, out) : rc;
}

/* What is frozen would never be learnt again. */
static int forget(struct ut__store *s, const struct ut__site_stored *row, int64_t reset_ms)
{
    int rc = put_applied(s, row, "");
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db,
                         "UPDATE sites SET learnt = NULL, aside = NULL, reset_ms = ?, mode ="
                         " iif(mode = 'frozen', 'learn', mode) WHERE queue = ?",
                         "is", reset_ms, row->wish.queue);
    return rc == SQLITE_OK ? ut__sql_run(s->db, "DELETE FROM site_callers WHERE queue = ?", "s",
                                         row->wish.queue)
                           : rc;
}

int ut__i_site_reset(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    struct ut__site_wish w = q->site;
    struct ut__site_stored row;
    int found, rc = ut__site_load(s, w.queue, &row, &found);
    if (rc != SQLITE_OK)
        return rc;
    if (!found)
        return unknown_queue(out);
    w.set_ms = ut__wall_ms();
    rc = forget(s, &row, w.set_ms);
    if (rc == SQLITE_OK)
        rc = sign(s, &w);
    return rc;
}

/* Another node's frozen profile. One of another model is no use to this one. */
static int take_profile(struct ut__store *s, const struct ut__site_stored *row, const char *text)
{
    struct ut_site site;
    int err = s->cfg.model ? ut_site_read(&site, s->cfg.model, text, strlen(text)) : UT_EFEATURESET;
    if (err == UT_EFEATURESET) {
        int rc = put_applied(s, row, "");
        return rc == SQLITE_OK ? ut__site_set_aside(s, row->wish.queue, text, err) : rc;
    }
    return err ? SQLITE_MISMATCH : put_applied(s, row, text);
}

int ut__site_apply(struct ut__store *s, const char *queue, json_t *value)
{
    const char *mode = ut__arg_text(value, "mode"), *profile = ut__arg_text(value, "profile");
    int64_t reset_ms = ut__arg_int(value, "reset_ms", 0), was_ms = 0;
    struct ut__site_wish w = {.set_ms = ut__arg_int(value, "set_ms", 0)};
    struct ut__site_stored row;
    int found, frozen = mode && strcmp(mode, "frozen") == 0;
    ut__inquiry_text(w.queue, sizeof w.queue, queue);
    ut__inquiry_text(w.mode, sizeof w.mode, mode);
    ut__inquiry_text(w.set_by, sizeof w.set_by, ut__arg_text(value, "set_by"));
    if (!value || !w.queue[0] || w.set_ms <= 0 || (mode && !is_mode(mode)) || frozen != !!profile)
        return SQLITE_MISMATCH;
    int rc = ut__site_add(s, w.queue);
    if (rc == SQLITE_OK)
        rc = ut__site_load(s, w.queue, &row, &found);
    if (rc == SQLITE_OK && !found)
        return SQLITE_MISMATCH;
    if (rc == SQLITE_OK)
        rc = ut__sql_int(s->db, &was_ms, "SELECT coalesce(reset_ms, 0) FROM sites WHERE queue = ?",
                         "s", w.queue);
    if (rc == SQLITE_OK && reset_ms > was_ms)
        rc = forget(s, &row, reset_ms);
    if (rc == SQLITE_OK && frozen)
        rc = take_profile(s, &row, profile);
    if (rc == SQLITE_OK)
        rc = choose(s, &w);
    return rc == SQLITE_OK ? sign(s, &w) : rc;
}

/* ---- over restarts and years ---- */

int ut__site_set_aside(struct ut__store *s, const char *queue, const char *text, int err)
{
    UT__LOG(UT__LOG_WARN, "a site's profile cannot be used and is set aside",
            ut__log_str("queue", queue), ut__log_str("why", ut_strerror(err)));
    ut__tell(s, UT__LEDGER_CHANGED_SITES, NULL);
    return ut__sql_run(s->db, "UPDATE sites SET aside = ? WHERE queue = ?", "ss", text, queue);
}

/* What the text of `column` is worth; nothing is lost of one that is set aside. */
static int check(struct ut__store *s, const char *queue, const char *column, const char *text)
{
    struct ut_site site;
    char sql[64];
    int err = ut__site_of(s, text, &site);
    if (err >= 0)
        return SQLITE_OK;
    int rc = ut__site_set_aside(s, queue, text, err);
    snprintf(sql, sizeof sql, "UPDATE sites SET %s = NULL WHERE queue = ?", column);
    return rc == SQLITE_OK ? ut__sql_run(s->db, sql, "s", queue) : rc;
}

int ut__sites_begin(struct ut__store *s)
{
    void *rows = NULL;
    uint32_t count = 0;
    /* It may have been lost with a page of the file. */
    int rc =
        ut__sql_run(s->db, "INSERT OR IGNORE INTO sites(queue, mode) VALUES('*', 'learn')", "");
    if (rc != SQLITE_OK || !s->cfg.model)
        return rc;
    rc =
        ut__sql_rows(s->db, &rows, &count, sizeof(struct ut__site_stored), fill_stored, SELECT, "");
    for (uint32_t i = 0; i < count && rc == SQLITE_OK; i++) {
        const struct ut__site_stored *row = (struct ut__site_stored *)rows + i;
        rc = check(s, row->wish.queue, "learnt", row->learnt);
        if (rc == SQLITE_OK)
            rc = check(s, row->wish.queue, "applied", row->applied);
    }
    free(rows);
    return rc;
}

int ut__sites_retain(struct ut__store *s, int64_t before_ms)
{
    int rc = ut__sql_run(s->db, "DELETE FROM site_profiles WHERE until_ms < ?", "i", before_ms);
    return rc == SQLITE_OK
               ? ut__sql_run(s->db, "DELETE FROM site_callers WHERE last_ms < ?", "i", before_ms)
               : rc;
}

int ut__sites_forget_caller(struct ut__store *s, const char *caller_key)
{
    return ut__sql_run(s->db, "DELETE FROM site_callers WHERE caller_key = ?", "s", caller_key);
}
