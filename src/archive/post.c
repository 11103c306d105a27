/* SPDX-License-Identifier: MIT */
/* Reports by mail. */

#define _DEFAULT_SOURCE

#include "archive/post.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/slurp.h"
#include "mail/kept.h"
#include "mail/mail.h"
#include "terminal/command.h"
#include "terminal/message.h"

enum { PATH_BYTES = 4096, PASSWORD_MAX = 1024 };

int ut__post_check(const struct ut__post *post)
{
    if (post->to.count > UT__MAIL_TO_MAX) {
        ut__message("--mail", "takes 32 addresses at most: name a list of your mail server");
        return UT__EXIT_USAGE;
    }
    for (size_t i = 0; i < post->to.count; i++)
        if (!ut__mail_is_address(post->to.items[i])) {
            ut__message("--mail",
                        "takes one address such as qa@example.org, and may be given many times");
            return UT__EXIT_USAGE;
        }
    if (!post->to.count)
        return 0;
    if (!post->from || !ut__mail_is_address(post->from)) {
        ut__message("--mail-from", "must be the sender's address, such as undertone@example.org");
        return UT__EXIT_USAGE;
    }
    if (!post->smtp ||
        (strncmp(post->smtp, "smtp://", 7) != 0 && strncmp(post->smtp, "smtps://", 8) != 0)) {
        ut__message("--smtp", "must be the mail server, such as smtp://mail.example.org:587");
        return UT__EXIT_USAGE;
    }
    return 0;
}

/* The password from its file, without the line end. Returns 0, or an exit status after a message. */
static int read_password(char **out, const struct ut__post *post)
{
    size_t len = 0;
    *out = NULL;
    if (!post->password_file)
        return 0;
    int err = ut__slurp(out, &len, post->password_file, PASSWORD_MAX);
    if (err) {
        ut__message(post->password_file, "the password cannot be read: %s", strerror(err));
        return UT__EXIT_USAGE;
    }
    (*out)[strcspn(*out, "\r\n")] = '\0';
    return 0;
}

/* What is kept holds figures of calls. */
static int folder(char path[PATH_BYTES], const char *dir)
{
    int n = snprintf(path, PATH_BYTES, "%s/mail", dir);
    return n > 0 && n < PATH_BYTES ? 0 : ENAMETOOLONG;
}

static void keep(const char *dir, const char *id, const struct ut__text *message)
{
    char path[PATH_BYTES];
    int err = folder(path, dir);
    if (!err)
        err = ut__kept_put(path, id, message);
    if (err)
        ut__message(path, "the report cannot be kept: %s; it is lost unless you ask for it again",
                    strerror(err));
}

static void tell(void *arg, const char *path, const char *why, int is_dropped)
{
    (void)arg;
    if (is_dropped)
        ut__message(path, "%s; this kept report is dropped", why);
}

/* Sends the kept ones; but `except`, which is about to be written anew. Returns how many are left. */
static size_t send_kept(const struct ut__smtp *smtp, const char *dir, const char *except)
{
    char path[PATH_BYTES];
    return folder(path, dir) ? 0 : ut__kept_send(smtp, path, except, tell, NULL);
}

/* A report of the same span and form is the same message, so that it is kept once. */
static void name_of(char id[UT__KEPT_NAME_MAX], const struct ut__report *r,
                    const struct ut__archive_style *style)
{
    snprintf(id, UT__KEPT_NAME_MAX, "report-%lld-%lld-%d-%s", (long long)(r->from_ms / 1000),
             (long long)(r->to_ms / 1000), (int)style->by, ut__language_name(style->lang));
}

static void write_message(struct ut__text *message, const struct ut__post *post, const char *id,
                          const struct ut__report *report, const struct ut__archive_style *style)
{
    struct ut__text text = {.len = 0}, page = {.len = 0}, table = {.len = 0};
    struct ut__archive_style as = *style;
    as.html = 0;
    ut__archive_put(&text, report, &as);
    as.html = 1;
    ut__archive_put(&page, report, &as);
    ut__archive_rows(&table, report, style->by);
    message->failed = text.failed || page.failed || table.failed;
    char *subject = message->failed ? NULL : strndup(text.buf, strcspn(text.buf, "\n"));
    if (subject) {
        const struct ut__mail mail = {.from = post->from,
                                      .to = (const char *const *)post->to.items,
                                      .to_count = post->to.count,
                                      .subject = subject,
                                      .text = text.buf,
                                      .html = page.buf,
                                      .csv = table.buf,
                                      .csv_name = "report.csv",
                                      .id = id,
                                      .time_ms = ut__wall_ms()};
        ut__mail_write(message, &mail);
    }
    message->failed |= !subject;
    free(subject);
    ut__text_free(&text);
    ut__text_free(&page);
    ut__text_free(&table);
}

int ut__post_send(const struct ut__post *post, const char *dir, const struct ut__report *report,
                  const struct ut__archive_style *style)
{
    struct ut__text message = {.len = 0};
    char id[UT__KEPT_NAME_MAX], why[UT__MAIL_WHY_MAX], *password = NULL;
    int status = read_password(&password, post);
    if (status)
        return status;
    const struct ut__smtp smtp = {.url = post->smtp, .user = post->user, .password = password};
    name_of(id, report, style);
    write_message(&message, post, id, report, style);
    size_t left = send_kept(&smtp, dir, id);
    int err = message.failed ? UT_ENOMEM : ut__mail_send(&smtp, message.buf, why);
    if (err == UT_ENOMEM)
        snprintf(why, sizeof why, "there is no memory for the report");
    if (err)
        ut__message(NULL, "%s", why);
    if (err == UT_EIO)
        keep(dir, id, &message);
    if (left)
        ut__message(dir, "%zu reports wait in its folder mail for the mail server", left);
    ut__text_free(&message);
    free(password);
    return err || left ? UT__EXIT_FAILED : UT__EXIT_DONE;
}
