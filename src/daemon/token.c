/* SPDX-License-Identifier: MIT */
/* `undertone token`: who may. The token is printed once; the folder keeps its hash alone. */

#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "base/clock.h"
#include "daemon/data_command.h"
#include "supervise/auth.h"
#include "supervise/supervise.h"
#include "terminal/command.h"
#include "terminal/help.h"

enum { DAYS_MAX = 3650 };

static const struct ut__option rows[] = {
    {.name = "data", .value = "DIR", .help = "The record's folder"},
    {.name = "role", .value = "ROLE", .help = "agent, viewer, supervisor, qa, admin or ingest"},
    {.name = "queue",
     .value = "QUEUE",
     .help = "Sees this queue, and others alone that are named as well"},
    {.name = "days", .value = "N", .help = "Is good for so long; for ever without it"},
    {.name = NULL},
};

static const struct ut__help help = {
    .command = "token",
    .synopsis = "add NAME --role ROLE [--queue QUEUE]... [--days N] --data DIR | list --data DIR | "
                "drop NAME --data DIR",
    .about = "Makes, lists and withdraws the tokens that supervisors sign in with. A token is "
             "printed once;\nthe folder keeps its hash alone.\n\n"
             "A viewer sees the wall; a supervisor acts and sees history as well; qa sees history "
             "and adds\nnotes; an admin may do all; ingest sends media alone.\n",
    .sets = (const struct ut__option_set[]){{.rows = rows}, {.rows = NULL}},
};

static int usage(void)
{
    fputs("usage: undertone token add NAME --role viewer|supervisor|qa|admin|ingest\n"
          "                           [--queue QUEUE]... [--days N] --data DIR\n"
          "       undertone token list --data DIR\n"
          "       undertone token drop NAME --data DIR\n",
          stderr);
    return UT__EXIT_USAGE;
}

/* What `token add` is told. */
struct asked {
    const char *dir, *name, *role, *days;
    const char *queues[UT__SCOPE_QUEUES];
    size_t queue_count;
};

/* The token but its hash. Returns NULL, or what will not do. */
static const char *read_asked(const struct asked *a, struct ut__token *out)
{
    char *rest = NULL;
    int ok = 1;
    for (size_t i = 0; i < a->queue_count; i++)
        ok = ok && ut__scope_add(out->queues, a->queues[i]);
    long days = a->days ? strtol(a->days, &rest, 10) : 0;
    if (!ut__auth_good_name(a->name) || !ut__supervise_is_role(a->role))
        return "a name has 1 to 64 letters, digits, . _ @ + or -; a role is one of agent, "
               "viewer, supervisor, qa, admin, ingest";
    if (!ok || (out->queues[0] && strcmp(a->role, "admin") == 0))
        return "a queue's name is too long, or there are more than 32; an administrator sees all "
               "queues: leave --queue out";
    if (a->days && (*rest || days < 1 || days > DAYS_MAX))
        return "--days wants a number of 1 to 3650";
    snprintf(out->name, sizeof out->name, "%s", a->name);
    snprintf(out->role, sizeof out->role, "%s", a->role);
    if (days)
        out->expires_ms = ut__clock_wall_us() / 1000 + days * (int64_t)86400000;
    return NULL;
}

static int add(const struct asked *a)
{
    char token[64];
    struct ut__inquiry q = {.kind = UT__INQUIRE_TOKEN_ADD};
    struct ut__answer answer;
    const char *why = read_asked(a, &q.token);
    if (why) {
        fprintf(stderr, "undertone token: %s\n", why);
        return UT__EXIT_USAGE;
    }
    if (ut__supervise_make_token(token, q.token.hash)) {
        fputs("undertone token: the system gives no random bytes; try again\n", stderr);
        return UT__EXIT_FAILED;
    }
    int status = ut__data_inquire("token", a->dir, &q, &answer);
    if (status == UT__EXIT_DONE)
        printf("%s\n", token);
    OPENSSL_cleanse(token, sizeof token);
    ut__answer_free(&answer);
    return status;
}

/* "2026-11-30", or "-" for never. */
static void print_day(int64_t ms)
{
    time_t s = (time_t)(ms / 1000);
    struct tm tm;
    char day[16] = "-";
    if (ms > 0 && gmtime_r(&s, &tm))
        strftime(day, sizeof day, "%Y-%m-%d", &tm);
    printf(" %s", day);
}

/* "bea supervisor", and behind it until when and which queues, where there is something to say. */
static void print_token(const struct ut__token *t)
{
    printf("%s %s", t->name, t->role);
    if (t->queues[0] || t->expires_ms)
        print_day(t->expires_ms);
    for (const char *at = t->queues; *at; at += strcspn(at, "\n") + 1)
        printf("%s%.*s", at == t->queues ? " " : "|", (int)strcspn(at, "\n"), at);
    puts("");
}

static int list(const char *dir)
{
    struct ut__answer answer;
    int status =
        ut__data_inquire("token", dir, &(struct ut__inquiry){.kind = UT__INQUIRE_TOKENS}, &answer);
    for (uint32_t i = 0; i < answer.count; i++)
        print_token(&answer.tokens[i]);
    ut__answer_free(&answer);
    return status;
}

static int drop(const char *dir, const char *name)
{
    struct ut__inquiry q = {.kind = UT__INQUIRE_TOKEN_DROP};
    struct ut__answer answer;
    ut__inquiry_text(q.name, sizeof q.name, name);
    int status = ut__data_inquire("token", dir, &q, &answer);
    ut__answer_free(&answer);
    return status;
}

static int main_token(int argc, char **argv)
{
    struct asked a = {0};
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "--help") == 0) {
        ut__help(&help);
        return UT__EXIT_DONE;
    }
    for (int i = 2; i < argc; i++) {
        const char *const names[] = {"--data", "--role", "--days"};
        const char **const to[] = {&a.dir, &a.role, &a.days};
        size_t k = 0;
        while (k < 3 && strcmp(argv[i], names[k]) != 0)
            k++;
        if (i + 1 < argc && k < 3)
            *to[k] = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "--queue") == 0 &&
                 a.queue_count < UT__SCOPE_QUEUES)
            a.queues[a.queue_count++] = argv[++i];
        else if (argv[i][0] != '-' && !a.name)
            a.name = argv[i];
        else
            return usage();
    }
    int more = a.role || a.days || a.queue_count;
    if (a.dir && a.name && a.role && strcmp(verb, "add") == 0)
        return add(&a);
    if (a.dir && !a.name && !more && strcmp(verb, "list") == 0)
        return list(a.dir);
    if (a.dir && a.name && !more && strcmp(verb, "drop") == 0)
        return drop(a.dir, a.name);
    return usage();
}

const struct ut__command ut__command_token = {
    .name = "token",
    .summary = "make, list and withdraw the tokens of supervisors",
    .run = main_token};
