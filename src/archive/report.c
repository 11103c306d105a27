/* SPDX-License-Identifier: MIT */
/* undertone report: what a span of the record comes to, beside the span before it. */

#define _DEFAULT_SOURCE /* localtime_r. */

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "archive/meta.h"
#include "archive/post.h"
#include "base/clock.h"
#include "base/put_file.h"
#include "export/report/archive.h"
#include "store/report.h"
#include "terminal/command.h"
#include "terminal/help.h"
#include "terminal/message.h"
#include "terminal/option_table.h"

enum { WEEK_DAYS = 7 };

struct wishes {
    char *data, *from, *to, *html, *csv, *base_url;
    int by, language;
    struct ut__post post;
};

static const char *const bys[] = {"queue", "agent", "hour", NULL};
static const char *const languages[] = {"en", "es", "vi", NULL};

static const struct ut__option rows[] = {
    {.name = "data",
     .kind = UT__OPTION_TEXT,
     .offset = offsetof(struct wishes, data),
     .value = "DIR",
     .help = "the record's folder"},
    {.name = "from",
     .kind = UT__OPTION_TEXT,
     .offset = offsetof(struct wishes, from),
     .value = "DAY",
     .help = "first day, such as 2026-11-23, or a time (default: seven days back)"},
    {.name = "to",
     .kind = UT__OPTION_TEXT,
     .offset = offsetof(struct wishes, to),
     .value = "DAY",
     .help = "last day, which is part of it, or a time, which is not (default: yesterday)"},
    {.name = "by",
     .kind = UT__OPTION_CHOICE,
     .offset = offsetof(struct wishes, by),
     .choices = bys,
     .value = "queue|agent|hour",
     .help = "what the table has rows of",
     .fallback = "queue"},
    {.name = "language",
     .kind = UT__OPTION_CHOICE,
     .offset = offsetof(struct wishes, language),
     .choices = languages,
     .value = "en|es|vi",
     .help = "of the report",
     .fallback = "en"},
    {.name = "html",
     .kind = UT__OPTION_TEXT,
     .offset = offsetof(struct wishes, html),
     .value = "FILE",
     .help = "write the report as a page; - is standard output"},
    {.name = "csv",
     .kind = UT__OPTION_TEXT,
     .offset = offsetof(struct wishes, csv),
     .value = "FILE",
     .help = "write its table for programs; - is standard output"},
    {.name = "base-url",
     .kind = UT__OPTION_TEXT,
     .offset = offsetof(struct wishes, base_url),
     .value = "URL",
     .help = "of the supervisors' page, for links to calls"},
#ifdef UT_HAVE_MAIL
    {.name = "mail",
     .kind = UT__OPTION_LIST,
     .offset = offsetof(struct wishes, post.to),
     .value = "ADDRESS",
     .help =
         "send the report there, as text and as a page, with its table; may be given many times"},
    {.name = "mail-from",
     .kind = UT__OPTION_TEXT,
     .offset = offsetof(struct wishes, post.from),
     .value = "ADDRESS",
     .help = "the sender"},
    {.name = "smtp",
     .kind = UT__OPTION_TEXT,
     .offset = offsetof(struct wishes, post.smtp),
     .value = "URL",
     .help =
         "the mail server, with TLS where it has it: smtp://mail.example.org:587; smtps:// always"},
    {.name = "smtp-user",
     .kind = UT__OPTION_TEXT,
     .offset = offsetof(struct wishes, post.user),
     .value = "NAME",
     .help = "who signs in there"},
    {.name = "smtp-password-file",
     .kind = UT__OPTION_TEXT,
     .offset = offsetof(struct wishes, post.password_file),
     .value = "FILE",
     .help = "with the password; then the connection must have TLS"},
#endif
    {.name = NULL},
};

static const struct ut__help help = {
    .command = "report",
    .synopsis = "--data DIR [OPTION...]",
    .about =
        "Tells what a span of the record comes to, beside the span of the same length before it: "
        "calls,\n"
        "the share that was scored and why not; alerts, answers in time, verdicts; the five "
        "hardest "
        "calls\n"
        "by peak and end; rescued calls to praise; queues and hours that heat up; callers who came "
        "back\n"
        "stressed; what agents had to listen to; drift. Shares have 95 % intervals, and a change "
        "is "
        "told\n"
        "only where its interval excludes none. As text, or as a page for mail and paper.\n\n"
        "A daemon may be using the record; imported calls count as others do, and are counted "
        "apart.\n"
#ifdef UT_HAVE_MAIL
        "\nBy mail: what the server does not take now is kept in the record's folder `mail` and "
        "goes "
        "first\nthe next time. undertone-report.timer of systemd's, in share/undertone and "
        "installed by "
        "the Debian\npackage but not enabled, does so on Monday mornings and tries again every "
        "quarter of "
        "an hour.\nOr the daemon does: `report = mon 07:00 queue to qa@example.org` in "
        "undertone.conf(5).\n\n"
#endif
        "Over a record of 1,000,000 calls it takes 2.8 s of a processor's time "
        "(tools/bench-report).\n",
    .sets = (const struct ut__option_set[]){{.rows = rows}, {.rows = NULL}},
    .examples =
        "  undertone report --data /var/lib/undertone\n"
#ifdef UT_HAVE_MAIL
        "  undertone report --data /var/lib/undertone --mail qa@example.org --mail-from "
        "undertone@example.org --smtp smtp://mail.example.org\n"
#endif
        "  undertone report --data /var/lib/undertone --from 2026-11-01 --to 2026-11-30 --by hour "
        "--html november.html\n",
};

/* A day begins at midnight here; as the last one it ends at the next. */
static int read_moment(int64_t *ms, const char *text, int is_end)
{
    struct tm tm = {.tm_isdst = -1};
    int n = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n) < 3 || text[n])
        return ut__meta_time(ms, text);
    char midnight[40];
    snprintf(midnight, sizeof midnight, "%s 00:00:00", text);
    int err = ut__meta_time(ms, midnight);
    if (err || !is_end)
        return err;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    tm.tm_mday++;
    *ms = (int64_t)mktime(&tm) * 1000;
    return 0;
}

/* Midnight, some days before today's. */
static int64_t midnight(int days_back)
{
    time_t now = (time_t)(ut__wall_ms() / 1000);
    struct tm tm;
    (void)localtime_r(&now, &tm);
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    tm.tm_mday -= days_back;
    tm.tm_isdst = -1;
    return (int64_t)mktime(&tm) * 1000;
}

static int read_span(struct ut__report *r, const struct wishes *w)
{
    r->to_ms = midnight(0);
    if (w->to && read_moment(&r->to_ms, w->to, 1) != 0) {
        ut__message("--to",
                    "takes a day such as 2026-11-29, or a time such as 2026-11-29T18:00:00");
        return UT__EXIT_USAGE;
    }
    r->from_ms = w->to ? r->to_ms - WEEK_DAYS * INT64_C(86400000) : midnight(WEEK_DAYS);
    if (w->from && read_moment(&r->from_ms, w->from, 0) != 0) {
        ut__message("--from",
                    "takes a day such as 2026-11-23, or a time such as 2026-11-23T18:00:00");
        return UT__EXIT_USAGE;
    }
    if (r->from_ms < r->to_ms)
        return 0;
    ut__message("--from", "lies after the end: the first day comes first");
    return UT__EXIT_USAGE;
}

static int read_wishes(struct wishes *w, const struct ut__option_set *sets, int argc, char **argv)
{
    char why[UT__CONFIG_WHY_MAX];
    int err = ut__config_defaults(sets, why, sizeof why);
    for (int i = 1; i < argc && !err; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            ut__help(&help);
            return UT__EXIT_DONE;
        }
        const char *name = strncmp(argv[i], "--", 2) == 0 ? argv[i] + 2 : "";
        size_t len = strcspn(name, "=");
        const struct ut__option *o = ut__option_find(sets, name, len, NULL);
        const char *value = o && name[len] ? name + len + 1 : o && i + 1 < argc ? argv[++i] : NULL;
        if (!value) {
            ut__message(argv[i],
                        o ? "needs a value; undertone report --help tells which"
                          : "no such option of report; undertone report --help lists them");
            return UT__EXIT_USAGE;
        }
        err = ut__config_set(sets, o->name, value, why, sizeof why);
    }
    if (err) {
        ut__message(NULL, "%s", why);
        return UT__EXIT_USAGE;
    }
    if (w->data)
        return -1;
    ut__message(NULL, "report needs --data DIR, the record's folder");
    return UT__EXIT_USAGE;
}

/* To a file, or to standard output. */
static int put(const char *path, const struct ut__text *t)
{
    int err = t->failed ? ENOMEM : 0;
    if (!err && strcmp(path, "-") == 0)
        err = fwrite(t->buf, 1, t->len, stdout) == t->len && fflush(stdout) == 0 ? 0 : errno;
    else if (!err)
        err = ut__put_file(path, t->buf, t->len);
    if (!err)
        return 0;
    ut__message(path, "the report cannot be written: %s; name another file", strerror(err));
    return UT__EXIT_FAILED;
}

static int write_all(const struct ut__report *r, const struct wishes *w)
{
    struct ut__archive_style style = {.lang = (enum ut__language)w->language,
                                      .by = (enum ut__report_by)w->by,
                                      .base_url = w->base_url};
    struct ut__text text = {.len = 0}, page = {.len = 0}, table = {.len = 0};
    int status = 0;
#ifdef UT_HAVE_MAIL
    if (w->post.to.count)
        status = ut__post_send(&w->post, w->data, r, &style);
#endif
    if (!w->html && !w->csv && !w->post.to.count) {
        ut__archive_put(&text, r, &style);
        status = put("-", &text);
    }
    if (w->html) {
        style.html = 1;
        ut__archive_put(&page, r, &style);
        int err = put(w->html, &page);
        status = err ? err : status;
    }
    if (w->csv) {
        ut__archive_rows(&table, r, style.by);
        int err = put(w->csv, &table);
        status = err ? err : status;
    }
    ut__text_free(&text);
    ut__text_free(&page);
    ut__text_free(&table);
    return status;
}

static int main_report(int argc, char **argv)
{
    struct wishes w = {.by = 0};
    const struct ut__option_set sets[] = {{.rows = rows, .values = &w}, {.rows = NULL}};
    struct ut__report r = {.from_ms = 0};
    struct ut__problem problem = {0};
    int status = read_wishes(&w, sets, argc, argv);
    if (status == -1)
        status = read_span(&r, &w);
#ifdef UT_HAVE_MAIL
    if (status == 0 && r.to_ms)
        status = ut__post_check(&w.post);
#endif
    if (status == 0 && r.to_ms) {
        if (ut__report_read(&r, w.data, NULL, &problem) == 0) {
            status = write_all(&r, &w);
        } else {
            ut__message(NULL, "%s %s", problem.message, problem.remedy);
            status = UT__EXIT_FAILED;
        }
        ut__report_free(&r);
    }
    ut__config_clear(sets);
    return status;
}

const struct ut__command ut__command_report = {
    .name = "report", .summary = "tell what a week of the record comes to", .run = main_report};
