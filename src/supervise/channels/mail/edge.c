/* SPDX-License-Identifier: MIT */
/* The edge `mail`: alerts by e-mail, each row of receivers a channel of its own, and reports. */

#include "contract/edge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/channels/mail/outlet.h"
#include "supervise/channels/mail/reports.h"
#include "supervise/channels/mail/timetable.h"
#include "supervise/channels/target.h"

enum { ROWS_MAX = UT__REPORTS_MAX };

struct options {
    struct ut__option_list mail, report;
    char *from, *smtp, *user, *password_file;
};

#define AT(field) .offset = offsetof(struct options, field)

static const struct ut__option rows[] = {
    {.name = "mail",
     .kind = UT__OPTION_LIST,
     AT(mail),
     .check = ut__mail_setting_check,
     .value = "ADDRESS[,...]",
     .help = "Mail alerts: ADDRESS,ADDRESS,on=raised,queue=Q,agent=A,severity=high,template=F; "
             "many times"},
    {.name = "report",
     .kind = UT__OPTION_LIST,
     AT(report),
     .check = ut__report_row_check,
     .value = "WHEN BY to WHOM",
     .help =
         "What undertone report tells, by itself: mon 07:00 queue to qa@example.org,...; daily; "
         "agent, hour; es, vi; or to /FOLDER; many times"},
    {.name = "mail-from",
     .kind = UT__OPTION_TEXT,
     AT(from),
     .value = "ADDRESS",
     .help = "The sender of alerts and reports by mail"},
    {.name = "smtp",
     .kind = UT__OPTION_TEXT,
     AT(smtp),
     .value = "URL",
     .help = "The mail server, with TLS where it has it: smtp://mail.example.org:587; smtps:// "
             "always"},
    {.name = "smtp-user",
     .kind = UT__OPTION_TEXT,
     AT(user),
     .value = "NAME",
     .help = "Who signs in at the mail server"},
    {.name = "smtp-password-file",
     .kind = UT__OPTION_FILE,
     AT(password_file),
     .value = "FILE",
     .help = "With the password; then the connection must have TLS"},
    {.name = NULL},
};

/* 1 when a report goes to receivers. */
static int posts_reports(const struct options *o)
{
    int posts = 0;
    for (size_t i = 0; i < o->report.count; i++) {
        char why[UT__CONFIG_WHY_MAX];
        struct ut__report_row row;
        if (ut__report_row_read(&row, o->report.items[i], why, sizeof why) != 0)
            continue;
        posts |= row.to_count > 0;
        ut__report_row_clear(&row);
    }
    return posts;
}

static int check_way(const struct options *o, char *why, size_t cap)
{
    if (!o->from || !ut__mail_is_address(o->from)) {
        snprintf(why, cap,
                 "mail-from: mail needs the sender's address, such as undertone@example.org");
        return UT_EINVAL;
    }
    if (!o->smtp || strchr(o->smtp, '@') ||
        (strncmp(o->smtp, "smtp://", 7) != 0 && strncmp(o->smtp, "smtps://", 8) != 0)) {
        snprintf(why, cap,
                 "smtp: mail needs its server, such as smtp://mail.example.org:587; who signs in "
                 "stands in smtp-user and smtp-password-file");
        return UT_EINVAL;
    }
    return 0;
}

static int check(const void *config, char *why, size_t cap)
{
    const struct options *o = config;
    if (o->mail.count > ROWS_MAX || o->report.count > UT__REPORTS_MAX) {
        snprintf(why, cap, "%s: there are more than %d; leave some out",
                 o->mail.count > ROWS_MAX ? "mail" : "report", ROWS_MAX);
        return UT_ETOOBIG;
    }
    return o->mail.count || posts_reports(o) ? check_way(o, why, cap) : 0;
}

static int add(size_t number, const char *text, const struct ut__mail_way *way,
               const struct ut__edge_host *host, char *why, size_t cap)
{
    struct ut__mail_setting setting;
    char name[UT__CHANNEL_NAME_MAX];
    void *state = NULL;
    int err = ut__mail_setting_read(&setting, text, why, cap);
    if (err)
        return err;
    uint32_t actions = setting.filter.actions;
    snprintf(name, sizeof name, "mail:%zu", number);
    snprintf(why, cap, "there is no memory left");
    err = ut__mail_create(&state, &setting, way);
    return err ? err : host->add_channel(host->arg, name, actions, &ut__mail_kind, state);
}

static int start(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t cap)
{
    const struct options *o = config;
    char *password = NULL;
    int err = 0;
    if ((o->mail.count || o->report.count) && o->password_file) {
        password = ut__target_read_file(o->password_file, why, cap);
        if (!password)
            return UT_EINVAL;
    }
    const struct ut__mail_way way = {.smtp = o->smtp,
                                     .from = o->from,
                                     .user = o->user,
                                     .password = password,
                                     .base_url = host->base_url};
    for (size_t i = 0; i < o->mail.count && !err; i++)
        err = add(i + 1, o->mail.items[i], &way, host, why, cap);
    struct ut__reports *reports = NULL;
    if (!err && o->report.count)
        err = ut__reports_start(&reports, &o->report, &way, host, why, cap);
    *out = reports;
    if (password)
        explicit_bzero(password, strlen(password));
    free(password);
    return err;
}

static void stop(void *edge)
{
    ut__reports_stop(edge);
}

const struct ut__edge ut__edge_mail = {
    .name = "mail",
    .title = "E-mail",
    .summary =
        "Sends alerts by a mail server, as text, those of one alert in one thread; and reports on "
        "a timetable.",
    .flags = UT__EDGE_OUT,
    .options = rows,
    .config_size = sizeof(struct options),
    .check = check,
    .start = start,
    .stop = stop,
};
