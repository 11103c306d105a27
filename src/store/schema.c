/* SPDX-License-Identifier: MIT */
/* The tables, their version and migrations, and what can be wrong with a data folder. */

#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/functions.h"
#include "store/past_watch.h"
#include "store/sharing.h"
#include "store/sql.h"
#include "store/store.h"

enum {
    PATH_BYTES = 4096,
    BUSY_MS = 5000,
    PAGE_BYTES = 4096,
    CHECK_MAX_BYTES = 256 << 20 /* A larger file is not read through at every start. */
};

/* Version 1. A migration from version n is one more text in this list. */
static const char *const migrations[UT__STORE_SCHEMA] = {
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
    "CREATE TABLE calls(id INTEGER PRIMARY KEY, call TEXT NOT NULL UNIQUE, node TEXT NOT NULL,"
    " source TEXT NOT NULL, queue TEXT NOT NULL, agent TEXT NOT NULL, has_agent INTEGER NOT NULL,"
    " caller_key TEXT, started_ms INTEGER NOT NULL, ended_ms INTEGER, end_reason TEXT,"
    " threshold REAL NOT NULL DEFAULT 0, scored INTEGER NOT NULL DEFAULT 0, peak REAL,"
    " end_stress REAL, peak_end REAL, recovery REAL, duration_s REAL, alerts INTEGER NOT NULL"
    " DEFAULT 0, recovered INTEGER, elevated_s INTEGER NOT NULL DEFAULT 0, alert_s INTEGER NOT NULL"
    " DEFAULT 0, baseline TEXT NOT NULL DEFAULT 'none', summary TEXT, turns TEXT);"
    "CREATE INDEX calls_started ON calls(started_ms);"
    "CREATE INDEX calls_queue ON calls(queue, started_ms);"
    "CREATE INDEX calls_agent ON calls(agent, started_ms);"
    "CREATE INDEX calls_caller ON calls(caller_key) WHERE caller_key IS NOT NULL;"
    "CREATE INDEX calls_live ON calls(id) WHERE ended_ms IS NULL;"
    "CREATE TABLE scores(call_id INTEGER NOT NULL, t REAL NOT NULL, stress REAL, arousal REAL,"
    " valence REAL, confidence REAL, state INTEGER NOT NULL, why INTEGER NOT NULL, talk INTEGER NOT"
    " NULL, level REAL, speech REAL, f0 REAL, effort REAL, rate REAL, harshness REAL, variation"
    " REAL, PRIMARY KEY(call_id, t)) WITHOUT ROWID;"
    "CREATE TABLE alerts(id INTEGER PRIMARY KEY, alert TEXT NOT NULL UNIQUE, call_id INTEGER NOT"
    " NULL, n INTEGER NOT NULL, t REAL NOT NULL, stress REAL NOT NULL, for_s REAL NOT NULL,"
    " reasons TEXT NOT NULL, text TEXT NOT NULL, state TEXT NOT NULL, cleared INTEGER NOT NULL"
    " DEFAULT 0, escalated_ms INTEGER, assigned_to TEXT, raised_ms INTEGER NOT NULL, due_ms INTEGER"
    " NOT NULL, acknowledged_ms INTEGER, acknowledged_by TEXT, cleared_ms INTEGER, cleared_t REAL,"
    " resolved_ms INTEGER, resolved_by TEXT, expired_ms INTEGER, outcome TEXT, agents TEXT NOT NULL"
    " DEFAULT '[]');"
    "CREATE INDEX alerts_call ON alerts(call_id);"
    "CREATE INDEX alerts_open ON alerts(state) WHERE state IN ('raised', 'acknowledged');"
    "CREATE INDEX alerts_raised ON alerts(raised_ms);"
    "CREATE TABLE life(id INTEGER PRIMARY KEY, alert_id INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
    " action TEXT NOT NULL, by TEXT, text TEXT);"
    "CREATE INDEX life_alert ON life(alert_id);"
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, alert_id"
    " INTEGER NOT NULL, action TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, created_ms"
    " INTEGER NOT NULL, due_ms INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, first_ms"
    " INTEGER, last_ms INTEGER, dead INTEGER NOT NULL DEFAULT 0, error TEXT, UNIQUE(channel, key));"
    "CREATE INDEX outbox_due ON outbox(channel, dead, due_ms);"
    "CREATE TABLE tokens(name TEXT PRIMARY KEY, role TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,"
    " created_ms INTEGER NOT NULL, last_used_ms INTEGER) WITHOUT ROWID;"
    "CREATE TABLE sessions(hash TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL,"
    " expires_ms INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE thresholds(queue TEXT PRIMARY KEY, threshold REAL, budget REAL, set_by TEXT,"
    " set_ms INTEGER) WITHOUT ROWID;"
    "CREATE TABLE baselines(caller_key TEXT PRIMARY KEY, blob TEXT NOT NULL, set_ms INTEGER NOT"
    " NULL) WITHOUT ROWID;"
    "CREATE TABLE access(id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, who TEXT NOT NULL,"
    " role TEXT NOT NULL, action TEXT NOT NULL, what TEXT NOT NULL);"
    "CREATE INDEX access_time ON access(time_ms);",
    /* Version 2: the letters of one alert are found, and some are put off by their receiver. */
    "ALTER TABLE outbox ADD COLUMN held INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX outbox_alert ON outbox(alert_id);",
    /* Version 3: articles, their passages, and what finds them. */
    "CREATE TABLE articles(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL,"
    " language TEXT NOT NULL, queue TEXT NOT NULL DEFAULT '', pinned INTEGER NOT NULL DEFAULT 0,"
    " helped INTEGER NOT NULL DEFAULT 0, dismissed INTEGER NOT NULL DEFAULT 0, set_ms INTEGER NOT"
    " NULL);"
    "CREATE TABLE passages(id INTEGER PRIMARY KEY, article_id INTEGER NOT NULL, text TEXT NOT"
    " NULL);"
    "CREATE INDEX passages_article ON passages(article_id);"
    "CREATE VIRTUAL TABLE passages_en USING fts5(title, text, tokenize = 'porter unicode61"
    " remove_diacritics 2');"
    "CREATE VIRTUAL TABLE passages_any USING fts5(title, text, tokenize = 'unicode61"
    " remove_diacritics 2', prefix = '6');",
    /* Version 4: how urgent the rule that raised an alert called it; NULL: a voice raised it. */
    "ALTER TABLE alerts ADD COLUMN severity TEXT;",
    /* Imported recordings by their bytes, the one of a call, and what is said of calls. Of a
     * recording whose calls were erased the hash alone is left, so that it stays out. */
    "CREATE TABLE recordings(hash TEXT PRIMARY KEY, path TEXT NOT NULL, size INTEGER NOT NULL,"
    " mtime_ms INTEGER NOT NULL, link TEXT) WITHOUT ROWID;"
    "CREATE INDEX recordings_path ON recordings(path);"
    "ALTER TABLE calls ADD COLUMN recording TEXT;"
    "CREATE INDEX calls_recording ON calls(recording) WHERE recording IS NOT NULL;"
    "CREATE TABLE tags(call_id INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY"
    " KEY(call_id, name)) WITHOUT ROWID;"
    "CREATE INDEX tags_name ON tags(name, value);",
    /* Version 6: who sees which queues, until when, who came by a proxy, and what is quiet. */
    "ALTER TABLE tokens ADD COLUMN queues TEXT;"
    "ALTER TABLE tokens ADD COLUMN expires_ms INTEGER;"
    "CREATE TABLE people(name TEXT PRIMARY KEY, role TEXT NOT NULL, queues TEXT, seen_ms INTEGER "
    "NOT"
    " NULL) WITHOUT ROWID;"
    "CREATE TABLE quiets(kind TEXT NOT NULL, name TEXT NOT NULL, until_ms INTEGER NOT NULL, by TEXT"
    " NOT NULL, why TEXT NOT NULL, set_ms INTEGER NOT NULL, PRIMARY KEY(kind, name)) WITHOUT "
    "ROWID;",
    /* Version 7: verdicts and who gave them, calls whose alert was missed, what callers said
     * themselves, thresholds as they were, and the evidence that the alert rule saw. */
    "ALTER TABLE alerts ADD COLUMN judged_ms INTEGER;"
    "ALTER TABLE alerts ADD COLUMN judged_by TEXT;"
    "ALTER TABLE alerts ADD COLUMN judged_source TEXT;"
    "UPDATE alerts SET judged_ms = resolved_ms, judged_by = resolved_by WHERE outcome IS NOT NULL;"
    "ALTER TABLE life ADD COLUMN outcome TEXT;"
    "UPDATE life SET outcome = (SELECT outcome FROM alerts WHERE id = alert_id) WHERE action ="
    " 'resolved';"
    "CREATE TABLE missed(id INTEGER PRIMARY KEY, call_id INTEGER NOT NULL, t REAL NOT NULL, time_ms"
    " INTEGER NOT NULL, by TEXT NOT NULL, source TEXT, note TEXT);"
    "CREATE INDEX missed_call ON missed(call_id);"
    "CREATE TABLE feedback(id INTEGER PRIMARY KEY, call_id INTEGER NOT NULL, time_ms INTEGER NOT"
    " NULL, by TEXT NOT NULL, source TEXT NOT NULL, share REAL NOT NULL, score REAL NOT NULL, best"
    " REAL NOT NULL, worst REAL NOT NULL, text TEXT, UNIQUE(call_id, source));"
    "CREATE TABLE threshold_steps(id INTEGER PRIMARY KEY, queue TEXT NOT NULL, time_ms INTEGER NOT"
    " NULL, by TEXT NOT NULL, threshold REAL, budget REAL, was_threshold REAL, was_budget REAL,"
    " was_by TEXT, was_ms INTEGER, why TEXT);"
    "ALTER TABLE scores ADD COLUMN evidence REAL;",
    /* Version 8: how stressed a caller was at the start, and whether there was an episode. */
    "ALTER TABLE calls ADD COLUMN arrival REAL;"
    "ALTER TABLE calls ADD COLUMN episodes INTEGER NOT NULL DEFAULT 0;"
    "UPDATE calls SET episodes = coalesce(json_array_length(summary, '$.episodes'), 0), arrival ="
    " (SELECT avg(stress) FROM (SELECT stress FROM scores WHERE call_id = calls.id AND stress IS "
    "NOT"
    " NULL ORDER BY t LIMIT 10));"
    "CREATE INDEX calls_episodes ON calls(queue, started_ms) WHERE episodes > 0;",
    /* Version 9: the highest evidence of a call, by which thresholds are tried on the record. */
    "ALTER TABLE calls ADD COLUMN top_evidence REAL;",
    /* Version 10: operators' rules, and of an alert that one raised: which, and the channels that it
     * leaves by, each ended by a line feed. */
    "CREATE TABLE rules(name TEXT PRIMARY KEY, text TEXT NOT NULL, live INTEGER NOT NULL, set_by "
    "TEXT"
    " NOT NULL, set_ms INTEGER NOT NULL) WITHOUT ROWID;"
    "ALTER TABLE alerts ADD COLUMN rule TEXT;"
    "ALTER TABLE alerts ADD COLUMN channels TEXT;",
    /* Version 11: what people set, as nodes share it (sharing.c); due: the others have not got it. */
    "CREATE TABLE shared(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL"
    " DEFAULT '', revision INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0, lost TEXT,"
    " lost_ms INTEGER);"
    "CREATE INDEX shared_due ON shared(id) WHERE due;"
    "CREATE INDEX shared_lost ON shared(lost_ms) WHERE lost_ms IS NOT NULL;"
    "INSERT INTO shared(key, value, due) SELECT 'threshold.' || hex(queue), json_object('kind',"
    " 'threshold', 'name', queue, 'value', json_object('threshold', threshold, 'budget', budget,"
    " 'set_by', set_by, 'set_ms', set_ms)), 1 FROM thresholds;"
    "INSERT INTO shared(key, value, due) SELECT 'rule.' || hex(name), json_object('kind', 'rule',"
    " 'name', name, 'value', json_object('text', text, 'live', live, 'set_by', set_by, 'set_ms',"
    " set_ms)), 1 FROM rules;",
    /* Version 12: what people write beside calls and moments of them, what somebody is to do about a
     * call, and searches that somebody keeps. */
    "CREATE TABLE marks(id INTEGER PRIMARY KEY, call_id INTEGER NOT NULL, t REAL, kind TEXT NOT"
    " NULL, text TEXT, time_ms INTEGER NOT NULL, by TEXT NOT NULL);"
    "CREATE INDEX marks_call ON marks(call_id);"
    "CREATE TABLE follow_ups(id INTEGER PRIMARY KEY, call_id INTEGER NOT NULL, who TEXT NOT NULL,"
    " due_ms INTEGER NOT NULL, text TEXT, by TEXT NOT NULL, time_ms INTEGER NOT NULL, done_ms"
    " INTEGER, done_by TEXT);"
    "CREATE INDEX follow_ups_call ON follow_ups(call_id);"
    "CREATE INDEX follow_ups_open ON follow_ups(due_ms) WHERE done_ms IS NULL;"
    "CREATE TABLE searches(owner TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL, set_ms"
    " INTEGER NOT NULL, PRIMARY KEY(owner, name)) WITHOUT ROWID;",
    /* Version 13: what was said, where it is kept, its words, and the questions made of it. */
    "CREATE TABLE lines(id INTEGER PRIMARY KEY, call_id INTEGER NOT NULL, t REAL NOT NULL, who TEXT"
    " NOT NULL, language TEXT NOT NULL, text TEXT NOT NULL);"
    "CREATE INDEX lines_call ON lines(call_id);"
    "CREATE VIRTUAL TABLE lines_words USING fts5(text, content = 'lines', content_rowid = 'id',"
    " tokenize = 'unicode61 remove_diacritics 2', prefix = '4');"
    "CREATE TABLE faq(id INTEGER PRIMARY KEY, made_ms INTEGER NOT NULL, lines INTEGER NOT NULL,"
    " questions TEXT NOT NULL);",
    /* Version 14: tokens, which nodes share as well. */
    "INSERT INTO shared(key, value, due) SELECT 'token.' || hex(name), json_object('kind',"
    " 'token', 'name', name, 'value', json_object('role', role, 'hash', hash, 'created_ms',"
    " created_ms, 'queues', queues, 'expires_ms', expires_ms)), 1 FROM tokens;",
    /* Version 15: what other nodes keep as well (past.c): calls that have ended and baselines. elsewhere:
     * the call is of another node, and exposed its [minute, alert seconds]; changes, told: how often it
     * changed, and which of these the others have; purges: what is to go from the bus. */
    "ALTER TABLE calls ADD COLUMN elsewhere INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE calls ADD COLUMN changes INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE calls ADD COLUMN told INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE calls ADD COLUMN exposed TEXT;"
    "CREATE INDEX calls_untold ON calls(ended_ms) WHERE changes > told AND NOT elsewhere;"
    "ALTER TABLE baselines ADD COLUMN told INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX baselines_untold ON baselines(set_ms) WHERE set_ms > told;"
    "CREATE TABLE purges(key TEXT PRIMARY KEY) WITHOUT ROWID;",
    /* Version 16: what a search looks at of a call, beside one another. */
    "DROP INDEX calls_started;"
    "CREATE INDEX calls_started ON calls(started_ms, ended_ms, source, queue, agent, call);",
    /* Version 17: where the charged phrases of a line lie, [from, bytes, kind] each; NULL: nowhere. */
    "ALTER TABLE lines ADD COLUMN hits TEXT;",
    /* Version 18: whether the call was on hold, second by second; NULL: not known, as of imports. */
    "ALTER TABLE scores ADD COLUMN held INTEGER;",
    /* Version 19: figures of their own that agents dispute. */
    "CREATE TABLE disputes(id INTEGER PRIMARY KEY, agent TEXT NOT NULL, figure TEXT NOT NULL, value"
    " REAL, text TEXT NOT NULL, by TEXT NOT NULL, time_ms INTEGER NOT NULL, done_ms INTEGER,"
    " done_by TEXT, answer TEXT);",
    /* Version 20: the evidence of words beside a voice, and when a line began to count; NULL: no
     * word was judged. */
    "ALTER TABLE scores ADD COLUMN words REAL;"
    "ALTER TABLE lines ADD COLUMN counted REAL;",
    /* Version 21: passages of other languages than English by trigrams of folded text. */
    "CREATE VIRTUAL TABLE passages_tri USING fts5(title, text, tokenize = 'trigram');"
    "INSERT INTO passages_tri(rowid, title, text) SELECT p.id, ut_folded(a.title), "
    "ut_folded(p.text)"
    " FROM passages p JOIN articles a ON a.id = p.article_id WHERE a.language NOT LIKE 'en%';"
    "DROP TABLE passages_any;",
    /* Version 22: what is usual in a queue (sites.c). mode NULL: that of '*', all queues. learnt: the
     * profile that is being learnt, which need not be enough yet; applied: the checksum of the one that
     * calls begin with, whose text is in site_profiles, as are those before it; aside: what cannot be
     * used. site_callers: how many calls of a caller were learnt from. */
    "CREATE TABLE sites(queue TEXT PRIMARY KEY, mode TEXT, set_by TEXT, set_ms INTEGER, reset_ms"
    " INTEGER, learnt TEXT, applied TEXT, aside TEXT) WITHOUT ROWID;"
    "INSERT INTO sites(queue, mode) VALUES('*', 'learn');"
    "CREATE TABLE site_profiles(queue TEXT NOT NULL, checksum TEXT NOT NULL, text TEXT NOT NULL,"
    " from_ms INTEGER NOT NULL, until_ms INTEGER, PRIMARY KEY(queue, checksum)) WITHOUT ROWID;"
    "CREATE TABLE site_callers(queue TEXT NOT NULL, caller_key TEXT NOT NULL, calls INTEGER NOT"
    " NULL, last_ms INTEGER NOT NULL, PRIMARY KEY(queue, caller_key)) WITHOUT ROWID;"
    "ALTER TABLE calls ADD COLUMN site TEXT;",
    /* Version 23: what searches, outcome and trends look at of a call, beside one another. */
    "DROP INDEX calls_started;"
    "CREATE INDEX calls_started ON calls(started_ms, ended_ms, source, queue, agent, call, scored,"
    " peak, end_stress, peak_end, recovery, recovered, episodes, alerts, arrival);",
};

void ut__problem_set(struct ut__problem *problem, const char *code, const char *remedy,
                     const char *message, ...)
{
    va_list ap;
    va_start(ap, message);
    vsnprintf(problem->message, sizeof problem->message, message, ap);
    va_end(ap);
    snprintf(problem->remedy, sizeof problem->remedy, "%s", remedy);
    problem->code = code;
}

void ut__schema_problem(struct ut__problem *problem, int rc, const char *path)
{
    switch (rc & 0xff) {
    case SQLITE_FULL:
        ut__problem_set(problem, "store_full",
                        "Free space there, or lower --retain; what waits is written then.",
                        "No space is left for %s.", path);
        break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        ut__problem_set(problem, "store_readonly",
                        "Give Undertone's user write permission, or name another folder with "
                        "--data.",
                        "%s cannot be written.", path);
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        ut__problem_set(problem, "store_corrupt",
                        "Stop Undertone, move the file away or put a backup in its place, and "
                        "start again.",
                        "%s is damaged or no database of Undertone.", path);
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        ut__problem_set(problem, "store_busy",
                        "Let only one Undertone use a data folder, and end other programs that "
                        "hold the file.",
                        "%s is locked by another program.", path);
        break;
    default:
        ut__problem_set(problem, "store_failed",
                        "Look at the disk and the system's log; Undertone tries again by itself.",
                        "Writing %s failed: %s.", path, sqlite3_errstr(rc));
        break;
    }
}

/* The newest pages of live calls' scores come back from the system's cache as fast as they need. */
#define CACHE_KIB "512"

static int set_pragmas(sqlite3 *db, uint64_t max_bytes)
{
    char sql[96];
    int rc = sqlite3_exec(db,
                          "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL;"
                          "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
                          "PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=1000;"
                          "PRAGMA cache_size=-" CACHE_KIB ";"
                          "PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=67108864;",
                          NULL, NULL, NULL);
    if (rc == SQLITE_OK && max_bytes > 0) {
        snprintf(sql, sizeof sql, "PRAGMA max_page_count=%llu",
                 (unsigned long long)(max_bytes / PAGE_BYTES + 1));
        rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    }
    return rc;
}

static int migrate(sqlite3 *db, int64_t version)
{
    char sql[64];
    int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (int64_t v = version; v < UT__STORE_SCHEMA && rc == SQLITE_OK; v++)
        rc = sqlite3_exec(db, migrations[v], NULL, NULL, NULL);
    snprintf(sql, sizeof sql, "PRAGMA user_version=%d; COMMIT", UT__STORE_SCHEMA);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

static void tell_migrated(sqlite3 *db, const char *path, int64_t from, int64_t began_us)
{
    static const char *const counted[] = {
        "SELECT count(*) FROM calls", "SELECT count(*) FROM alerts",
        "SELECT count(*) FROM thresholds", "SELECT count(*) FROM tokens"};
    int64_t n[4] = {0};
    for (int i = 0; i < 4; i++)
        (void)ut__sql_int(db, &n[i], counted[i], "");
    UT__LOG(UT__LOG_WARN, "the record is of this version now: an older one does not read it",
            ut__log_str("path", path), ut__log_int("from_schema", from),
            ut__log_int("schema", UT__STORE_SCHEMA), ut__log_int("calls", n[0]),
            ut__log_int("alerts", n[1]), ut__log_int("thresholds", n[2]),
            ut__log_int("tokens", n[3]),
            ut__log_int("took_ms", (ut__clock_mono_us() - began_us) / 1000));
}

/* Brings the tables to this version. Returns an SQLite code; a newer version fills *problem. */
static int upgrade(sqlite3 *db, const char *path, struct ut__problem *problem)
{
    int64_t version = 0, tables = 0;
    int rc = ut__sql_int(db, &version, "PRAGMA user_version", "");
    if (rc == SQLITE_OK)
        rc = ut__sql_int(db, &tables, "SELECT count(*) FROM sqlite_schema", "");
    if (rc != SQLITE_OK)
        return rc;
    if (version > UT__STORE_SCHEMA) {
        ut__problem_set(problem, "store_newer",
                        "Use the newer Undertone, or name another folder with --data.",
                        "%s was written by a newer Undertone (schema %lld, this one knows %d).",
                        path, (long long)version, UT__STORE_SCHEMA);
        return SQLITE_ERROR;
    }
    if (version < 0 || (version == 0 && tables > 0))
        return SQLITE_NOTADB;
    if (version == UT__STORE_SCHEMA)
        return SQLITE_OK;
    int64_t began_us = ut__clock_mono_us();
    rc = migrate(db, version);
    if (rc == SQLITE_OK && version)
        tell_migrated(db, path, version, began_us);
    return rc;
}

static int check_file(sqlite3 *db, const char *path)
{
    struct stat st;
    char *text = NULL;
    if (stat(path, &st) || st.st_size > CHECK_MAX_BYTES)
        return SQLITE_OK;
    int rc = ut__sql_text(db, &text, "PRAGMA quick_check(1)", "");
    if (rc == SQLITE_OK && text && strcmp(text, "ok") != 0)
        rc = SQLITE_CORRUPT;
    free(text);
    return rc;
}

/* A key file that was swapped would hash the same caller to another key without anybody noticing.
 */
static int check_key(sqlite3 *db, uint8_t key[UT__KEY_BYTES], const char *dir,
                     struct ut__problem *problem)
{
    char id[UT__KEY_ID_MAX], *stored = NULL;
    ut__key_id(key, id);
    int rc = ut__sql_run(db, "INSERT OR IGNORE INTO meta VALUES('key_id', ?)", "s", id);
    if (rc == SQLITE_OK)
        rc = ut__sql_text(db, &stored, "SELECT value FROM meta WHERE name='key_id'", "");
    /* It was about to take the key of other nodes when it ended: the record has it already. */
    if (rc == SQLITE_OK && stored && strcmp(stored, id) != 0 && ut__key_take_next(dir, stored, key))
        memcpy(id, stored, sizeof id);
    if (rc == SQLITE_OK && (!stored || strcmp(stored, id) != 0)) {
        ut__problem_set(problem, "key_wrong",
                        "Put the key file back that belongs to this database, or move the "
                        "database away to begin anew.",
                        "%s/key is not the key that the database there was made with.", dir);
        rc = SQLITE_AUTH;
    }
    free(stored);
    return rc;
}

static sqlite3 *open_memory(uint8_t key[UT__KEY_BYTES], struct ut__problem *problem)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open(":memory:", &db);
    if (rc == SQLITE_OK)
        rc = ut__sql_functions(db);
    if (rc == SQLITE_OK)
        rc = migrate(db, 0);
    if (rc == SQLITE_OK)
        rc = ut__sharing_begin(db);
    if (rc == SQLITE_OK)
        rc = ut__past_watch(db);
    if (rc == SQLITE_OK && ut__key_random(key, UT__KEY_BYTES) == 0)
        return db;
    ut__schema_problem(problem, rc, "the database in memory");
    sqlite3_close(db);
    return NULL;
}

static int load_key(const char *dir, uint8_t key[UT__KEY_BYTES], struct ut__problem *problem)
{
    if (mkdir(dir, 0700) && errno != EEXIST) {
        ut__problem_set(problem, "store_readonly",
                        "Make the folder, give Undertone's user write permission, or name another "
                        "one with --data.",
                        "The data folder %s cannot be made: %s.", dir, strerror(errno));
        return -1;
    }
    int err = ut__key_load(dir, key);
    if (err == UT_EMALFORMED)
        ut__problem_set(problem, "key_wrong",
                        "It must be a plain file of 32 bytes with mode 0600: put the right one "
                        "back.",
                        "%s/key is no key file of Undertone, or others may read it.", dir);
    else if (err)
        ut__problem_set(problem, "store_readonly",
                        "Give Undertone's user write permission there, or name another folder "
                        "with --data.",
                        "%s/key can be neither read nor made.", dir);
    return err;
}

/*
 * A key without its database is a volume that was not mounted, or a file that was lost. A new one would
 * know no token, and a caller's kept hash no caller.
 */
static int check_record(const char *dir, const char *path, struct ut__problem *problem)
{
    char key_path[PATH_BYTES];
    struct stat st;
    int n = snprintf(key_path, sizeof key_path, "%s/key", dir);
    if (n < 0 || (size_t)n >= sizeof key_path || stat(key_path, &st) != 0)
        return 0;
    if (stat(path, &st) == 0 && st.st_size > 0)
        return 0;
    ut__problem_set(problem, "store_missing",
                    "Mount the volume or put the backup back, and start again; to begin anew, with "
                    "new tokens, move the key file away.",
                    "%s/key is there, and the database that it belongs to is not.", dir);
    return UT_EINVAL;
}

/* The database's first bytes: for its owner alone, in whatever folder. SQLite gives its log the
 * same mode. A file that is there keeps the mode that somebody gave it. */
static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

sqlite3 *ut__schema_open(const char *dir, uint8_t key[UT__KEY_BYTES], uint64_t max_bytes,
                         struct ut__problem *problem)
{
    char path[PATH_BYTES];
    sqlite3 *db = NULL;
    if (!dir)
        return open_memory(key, problem);
    int n = snprintf(path, sizeof path, "%s/undertone.db", dir);
    if (n < 0 || (size_t)n >= sizeof path) {
        ut__problem_set(problem, "store_readonly", "Name a shorter folder with --data.",
                        "The path of the data folder is too long.");
        return NULL;
    }
    problem->code = NULL;
    if (check_record(dir, path, problem) || load_key(dir, key, problem))
        return NULL;
    make_file(path);
    int rc = sqlite3_open_v2(
        path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(db, BUSY_MS);
    if (rc == SQLITE_OK)
        rc = ut__sql_functions(db);
    if (rc == SQLITE_OK)
        rc = set_pragmas(db, max_bytes);
    if (rc == SQLITE_OK)
        rc = check_file(db, path);
    if (rc == SQLITE_OK)
        rc = upgrade(db, path, problem);
    if (rc == SQLITE_OK)
        rc = check_key(db, key, dir, problem);
    if (rc == SQLITE_OK)
        rc = ut__sharing_begin(db);
    if (rc == SQLITE_OK)
        rc = ut__past_watch(db);
    if (rc == SQLITE_OK)
        return db;
    if (!problem->code)
        ut__schema_problem(problem, rc, path);
    sqlite3_close(db);
    return NULL;
}

sqlite3 *ut__schema_reader(const char *path)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(db, BUSY_MS);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "PRAGMA query_only=ON; PRAGMA cache_size=-" CACHE_KIB, NULL, NULL,
                          NULL);
    if (rc == SQLITE_OK)
        rc = ut__sql_functions(db);
    if (rc == SQLITE_OK)
        return db;
    sqlite3_close(db);
    return NULL;
}

sqlite3 *ut__schema_of(const char *dir, struct ut__problem *problem)
{
    char path[PATH_BYTES];
    int64_t version = 0;
    int n = snprintf(path, sizeof path, "%s/undertone.db", dir);
    sqlite3 *db = n > 0 && (size_t)n < sizeof path ? ut__schema_reader(path) : NULL;
    int rc = db ? ut__sql_int(db, &version, "PRAGMA user_version", "") : SQLITE_CANTOPEN;
    if (rc == SQLITE_OK && version == UT__STORE_SCHEMA)
        return db;
    if (rc == SQLITE_OK)
        ut__problem_set(problem, "store_version",
                        "Start `undertone serve` or import once with this version on it.",
                        "%s is of another version of Undertone.", path);
    else
        ut__schema_problem(problem, rc, path);
    sqlite3_close(db);
    return NULL;
}

/* The name of a file for SQLite with its options, "file:...?mode=ro". Returns 0 when it is too
 * long. */
static int file_uri(char *out, size_t cap, const char *path, const char *options)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t n = (size_t)snprintf(out, cap, "file:");
    for (const char *p = path; *p && n + 4 < cap; p++) {
        unsigned char c = (unsigned char)*p;
        int plain = c > ' ' && c < 0x7f && !strchr("%?#", c);
        out[n++] = plain ? *p : '%';
        if (!plain) {
            out[n++] = hex[c >> 4];
            out[n++] = hex[c & 15];
        }
    }
    return n + 4 < cap && n + (size_t)snprintf(out + n, cap - n, "%s", options) < cap;
}

static int copy_tokens(sqlite3 *memory, const char *uri)
{
    sqlite3 *file = NULL;
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_open_v2(uri, &file,
                             SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(file, BUSY_MS);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(
            file, "SELECT name, role, hash, created_ms, queues, expires_ms FROM tokens", -1, &st,
            NULL);
    if (rc == SQLITE_ERROR) /* A file of an older version, where tokens saw all queues. */
        rc = sqlite3_prepare_v2(file, "SELECT name, role, hash, created_ms, NULL, NULL FROM tokens",
                                -1, &st, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW)
        rc = ut__sql_run(memory,
                         "INSERT OR REPLACE INTO tokens(name, role, hash, created_ms, queues,"
                         " expires_ms) VALUES(?,?,?,?,?,nullif(?,0))",
                         "sssisi", sqlite3_column_text(st, 0), sqlite3_column_text(st, 1),
                         sqlite3_column_text(st, 2), (int64_t)sqlite3_column_int64(st, 3),
                         sqlite3_column_text(st, 4), (int64_t)sqlite3_column_int64(st, 5));
    sqlite3_finalize(st);
    sqlite3_close(file);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int ut__schema_tokens(sqlite3 *memory, const char *dir)
{
    char path[PATH_BYTES], log[PATH_BYTES + 8], uri[3 * PATH_BYTES];
    struct stat st;
    int n = snprintf(path, sizeof path, "%s/undertone.db", dir);
    if (n < 0 || (size_t)n >= sizeof path)
        return SQLITE_CANTOPEN;
    if (stat(path, &st))
        return errno == ENOENT || errno == ENOTDIR ? SQLITE_OK : SQLITE_CANTOPEN;
    int rc =
        file_uri(uri, sizeof uri, path, "?mode=ro") ? copy_tokens(memory, uri) : SQLITE_CANTOPEN;
    /* In a folder that cannot be written SQLite reads a file alone whose log it need not mind. */
    snprintf(log, sizeof log, "%s-wal", path);
    if (rc != SQLITE_OK && (stat(log, &st) ? errno == ENOENT : st.st_size == 0) &&
        file_uri(uri, sizeof uri, path, "?immutable=1"))
        rc = copy_tokens(memory, uri);
    return rc;
}
