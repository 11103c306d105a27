/* SPDX-License-Identifier: MIT */
/* Reports that come by themselves. */

#include "supervise/channels/mail/reports.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/put_file.h"
#include "base/slurp.h"
#include "mail/kept.h"
#include "supervise/channels/mail/timetable.h"
#include "supervise/hand.h"

enum {
    PATH_BYTES = 4096,
    LOOK_S = 1, /* The wall clock may be set at any time. */
    SEND_MS = 10000,
    RETRY_S = 2,
    RETRY_MAX_S = 900,
    HOUR_MS = 3600000,
    DONE_MAX = 32,
    DONE_NONE = -1
};

struct ut__reports {
    struct ut__report_row row[UT__REPORTS_MAX]; /* [count] */
    size_t count;
    char *url, *from, *user, *password;
    const struct ut__edge_host *host;
    char dir[PATH_BYTES]; /* Of what waits and what is done. */
    struct ut__hand *hand;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    _Atomic int ended;
    int64_t retry_us; /* Nothing is tried before. */
    int64_t retry_s;
    char why[UT__CONFIG_WHY_MAX]; /* What failed; "": nothing. */
    int told, dropped;            /* The problem is shown; a report was refused for good. */
};

/* ---- what is done ---- */

static int done_path(const struct ut__reports *r, const struct ut__report_row *row, char *path)
{
    int n = snprintf(path, PATH_BYTES, "%s/%s.last", r->dir, row->id);
    return n > 0 && n < PATH_BYTES ? 0 : ENAMETOOLONG;
}

/* When the report that was made last was due. */
static int64_t read_done(const struct ut__reports *r, const struct ut__report_row *row)
{
    char path[PATH_BYTES], *text = NULL;
    size_t len = 0;
    if (done_path(r, row, path) || ut__slurp(&text, &len, path, DONE_MAX))
        return DONE_NONE;
    int64_t ms = strtoll(text, NULL, 10);
    free(text);
    return ms > 0 ? ms : DONE_NONE;
}

static int write_done(const struct ut__reports *r, const struct ut__report_row *row, int64_t ms)
{
    char path[PATH_BYTES], text[DONE_MAX];
    int n = snprintf(text, sizeof text, "%lld\n", (long long)ms);
    int err = done_path(r, row, path);
    if (!err && mkdir(r->dir, 0700) != 0 && errno != EEXIST)
        err = errno;
    return err ? err : ut__put_file_private(path, text, (size_t)n);
}

/* ---- one report ---- */

/* For the receivers, where it waits for the mail server. */
static int keep(const struct ut__reports *r, const struct ut__report_row *row, int64_t due_ms,
                const struct ut__report_texts *texts)
{
    char name[UT__KEPT_NAME_MAX];
    struct ut__text message = {.len = 0};
    char *subject = strndup(texts->text, strcspn(texts->text, "\n"));
    snprintf(name, sizeof name, "report-%lld-%s", (long long)(due_ms / 1000), row->id);
    message.failed = !subject;
    if (subject)
        ut__mail_write(&message, &(struct ut__mail){.from = r->from,
                                                    .to = (const char *const *)row->to,
                                                    .to_count = row->to_count,
                                                    .subject = subject,
                                                    .text = texts->text,
                                                    .html = texts->page,
                                                    .csv = texts->table,
                                                    .csv_name = "report.csv",
                                                    .id = name,
                                                    .time_ms = ut__wall_ms()});
    int err = message.failed ? ENOMEM : ut__kept_put(r->dir, name, &message);
    ut__text_free(&message);
    free(subject);
    return err;
}

static void day_of(char day[16], int64_t ms)
{
    time_t s = (time_t)(ms / 1000);
    struct tm tm = {.tm_mday = 1};
    (void)localtime_r(&s, &tm);
    (void)strftime(day, 16, "%Y-%m-%d", &tm);
}

static int put_file(const struct ut__report_row *row, const struct ut__report_wish *wish,
                    const char *ending, const char *text)
{
    static const char *const bys[] = {"queue", "agent", "hour"};
    char path[PATH_BYTES], from[16], to[16];
    day_of(from, wish->from_ms);
    day_of(to, wish->to_ms - 1);
    int n = snprintf(path, sizeof path, "%s/undertone-%s-%s-%s-%s.%s", row->folder, from, to,
                     bys[row->by], row->language, ending);
    return n > 0 && n < PATH_BYTES ? ut__put_file(path, text, strlen(text)) : ENAMETOOLONG;
}

/* Where the row wants it. Returns 0, or an errno with the reason kept. */
static int put(struct ut__reports *r, const struct ut__report_row *row, int64_t due_ms,
               const struct ut__report_wish *wish, const struct ut__report_texts *texts)
{
    int err = row->folder ? put_file(row, wish, "html", texts->page) : keep(r, row, due_ms, texts);
    if (!err && row->folder)
        err = put_file(row, wish, "csv", texts->table);
    if (!err)
        err = write_done(r, row, due_ms);
    if (err)
        snprintf(r->why, sizeof r->why, "%.200s: a report cannot be written: %s",
                 row->folder ? row->folder : r->dir, strerror(err));
    return err;
}

static void make(struct ut__reports *r, const struct ut__report_row *row, int64_t due_ms)
{
    struct ut__report_texts texts = {NULL, NULL, NULL};
    struct ut__report_wish wish = {.by = row->by, .language = row->language, .ended = &r->ended};
    ut__report_row_span(row, due_ms, &wish.from_ms, &wish.to_ms);
    if (r->host->write_report(r->host->arg, &wish, &texts, r->why, sizeof r->why) != 0)
        return;
    if (put(r, row, due_ms, &wish, &texts) == 0) {
        r->dropped = 0;
        UT__LOG(UT__LOG_INFO, "a report is written",
                ut__log_str("for", row->folder ? row->folder : "mail"));
    }
    free(texts.text);
    free(texts.page);
    free(texts.table);
}

/*
 * Makes it where it is due. A row that is new, and a clock that stood days ahead, begin with what comes next.
 * Where the clocks are set back a due time may come out an hour apart.
 */
static void look_at(struct ut__reports *r, const struct ut__report_row *row)
{
    const int64_t now = ut__wall_ms(), due = ut__report_row_due(row, now), done = read_done(r, row);
    if (done == DONE_NONE || done > now + 24 * (int64_t)HOUR_MS) {
        int err = write_done(r, row, due);
        if (err)
            snprintf(r->why, sizeof r->why, "%.200s cannot be written: %s", r->dir, strerror(err));
    } else if (due > done + 2 * (int64_t)HOUR_MS) {
        make(r, row, due);
    }
}

/* ---- the thread ---- */

static void on_told(void *arg, const char *path, const char *why, int is_dropped)
{
    struct ut__reports *r = arg;
    snprintf(r->why, sizeof r->why, "%s", why);
    r->dropped |= is_dropped;
    UT__LOG(is_dropped ? UT__LOG_ERROR : UT__LOG_WARN,
            is_dropped ? "a report is dropped" : "a report waits for the mail server",
            ut__log_str("file", path), ut__log_str("why", why));
}

static void send_all(struct ut__reports *r)
{
    const struct ut__smtp smtp = {
        .url = r->url, .user = r->user, .password = r->password, .wait_ms = SEND_MS};
    if (r->url)
        (void)ut__kept_send(&smtp, r->dir, NULL, on_told, r);
}

static void on_hub(void *arg, void *data)
{
    const struct ut__reports *r = arg;
    char *why_take = data;
    ut__edge_problem(r->host, "report_failed", why_take,
                     "It is tried again by itself: look at the mail server, or at the folder.");
    free(why_take);
}

static void on_dropped(void *arg, void *data)
{
    (void)arg;
    free(data);
}

/* Shows what failed, or that nothing does any more. */
static void tell(struct ut__reports *r)
{
    int is_wrong = r->why[0] != '\0';
    if (is_wrong == r->told || (!is_wrong && r->dropped))
        return;
    char *why = is_wrong ? strdup(r->why) : NULL;
    if ((is_wrong && !why) || ut__hand_over(r->hand, on_hub, on_dropped, r, why)) {
        free(why);
        return;
    }
    r->told = is_wrong;
}

static void look(struct ut__reports *r)
{
    r->why[0] = '\0';
    for (size_t i = 0; i < r->count && !r->ended; i++)
        look_at(r, &r->row[i]);
    if (!r->ended)
        send_all(r);
    if (r->ended)
        return;
    tell(r);
    r->retry_s = !r->why[0] ? 0 : !r->retry_s ? RETRY_S : 2 * r->retry_s;
    if (r->retry_s > RETRY_MAX_S)
        r->retry_s = RETRY_MAX_S;
    r->retry_us = ut__clock_mono_us() + r->retry_s * 1000000;
}

static void nap(struct ut__reports *r)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_S;
    pthread_mutex_lock(&r->lock);
    if (!r->ended)
        (void)pthread_cond_timedwait(&r->wake, &r->lock, &until);
    pthread_mutex_unlock(&r->lock);
}

static void *run(void *arg)
{
    struct ut__reports *r = arg;
    while (!r->ended) {
        if (ut__clock_mono_us() >= r->retry_us)
            look(r);
        nap(r);
    }
    return NULL;
}

/* ---- start and stop ---- */

static void release(struct ut__reports *r)
{
    for (size_t i = 0; i < r->count; i++)
        ut__report_row_clear(&r->row[i]);
    if (r->password)
        explicit_bzero(r->password, strlen(r->password));
    free(r->url);
    free(r->from);
    free(r->user);
    free(r->password);
    ut__hand_destroy(r->hand);
    free(r);
}

/* 1 when the text was copied, or is none. */
static int copy(char **out, const char *text)
{
    *out = text ? strdup(text) : NULL;
    return !text || *out;
}

static int fill(struct ut__reports *r, const struct ut__option_list *rows,
                const struct ut__mail_way *way, char *why, size_t cap)
{
    int n = snprintf(r->dir, sizeof r->dir, "%s/mail", r->host->data);
    if (n < 0 || n >= (int)sizeof r->dir) {
        snprintf(why, cap, "data: the folder's name is too long for reports");
        return UT_ETOOBIG;
    }
    for (size_t i = 0; i < rows->count; i++) {
        int err = ut__report_row_read(&r->row[i], rows->items[i], why, cap);
        if (err)
            return err;
        r->count = i + 1;
    }
    snprintf(why, cap, "there is no memory left");
    int ok = copy(&r->url, way->smtp) && copy(&r->from, way->from) && copy(&r->user, way->user) &&
             copy(&r->password, way->password);
    return ok ? ut__hand_create(&r->hand) : UT_ENOMEM;
}

static int start_thread(struct ut__reports *r)
{
    pthread_condattr_t attr;
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->wake, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&r->thread, NULL, run, r) == 0)
        return 0;
    pthread_cond_destroy(&r->wake);
    pthread_mutex_destroy(&r->lock);
    return UT_ENOMEM;
}

int ut__reports_start(struct ut__reports **out, const struct ut__option_list *rows,
                      const struct ut__mail_way *way, const struct ut__edge_host *host, char *why,
                      size_t cap)
{
    if (!host->data || !host->write_report) {
        snprintf(why, cap, "report: there is no record to tell of; name its folder with data");
        return UT_EINVAL;
    }
    struct ut__reports *r = calloc(1, sizeof *r);
    snprintf(why, cap, "there is no memory left");
    if (!r)
        return UT_ENOMEM;
    r->host = host;
    int err = fill(r, rows, way, why, cap);
    if (!err)
        err = start_thread(r);
    if (err)
        release(r);
    else
        *out = r;
    return err;
}

void ut__reports_stop(struct ut__reports *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->ended = 1;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->wake);
    pthread_mutex_destroy(&r->lock);
    release(r);
}
