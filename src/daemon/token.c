/* SPDX-License-Identifier: MIT */
/* `undertone token`: who may. The token is printed once; the folder keeps its hash alone. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "daemon/data_command.h"
#include "supervise/supervise.h"
#include "terminal/command.h"
#include "terminal/help.h"

enum { NAME_MAX_BYTES = 64 };

static const struct ut__option rows[] = {
    {.name = "data", .value = "DIR", .help = "The record's folder"},
    {.name = "role", .value = "ROLE", .help = "viewer, supervisor, qa, admin or ingest"},
    {.name = NULL},
};

static const struct ut__help help = {
    .command = "token",
    .synopsis = "add NAME --role ROLE --data DIR | list --data DIR | drop NAME --data DIR",
    .about = "Makes, lists and withdraws the tokens that supervisors sign in with. A token is "
             "printed once;\nthe folder keeps its hash alone.\n\n"
             "A viewer sees the wall; a supervisor acts and sees history as well; qa sees history "
             "and adds\nnotes; an admin may do all; ingest sends media alone.\n",
    .sets = (const struct ut__option_set[]){{.rows = rows}, {.rows = NULL}},
};

static int usage(void)
{
    fputs("usage: undertone token add NAME --role viewer|supervisor|qa|admin|ingest --data DIR\n"
          "       undertone token list --data DIR\n"
          "       undertone token drop NAME --data DIR\n",
          stderr);
    return UT__EXIT_USAGE;
}

static int add(const char *dir, const char *name, const char *role)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-";
    char token[64];
    struct ut__inquiry q = {.kind = UT__INQUIRE_TOKEN_ADD};
    struct ut__answer answer;
    if (strspn(name, letters) != strlen(name) || strlen(name) > NAME_MAX_BYTES ||
        !ut__supervise_is_role(role)) {
        fputs("undertone token: a name has 1 to 64 letters, digits, . _ @ or -; a role is one of "
              "viewer, supervisor, qa, admin, ingest\n",
              stderr);
        return UT__EXIT_USAGE;
    }
    if (ut__supervise_make_token(token, q.token.hash)) {
        fputs("undertone token: the system gives no random bytes; try again\n", stderr);
        return UT__EXIT_FAILED;
    }
    snprintf(q.token.name, sizeof q.token.name, "%s", name);
    snprintf(q.token.role, sizeof q.token.role, "%s", role);
    int status = ut__data_inquire("token", dir, &q, &answer);
    if (status == UT__EXIT_DONE)
        printf("%s\n", token);
    OPENSSL_cleanse(token, sizeof token);
    ut__answer_free(&answer);
    return status;
}

static int list(const char *dir)
{
    struct ut__answer answer;
    int status =
        ut__data_inquire("token", dir, &(struct ut__inquiry){.kind = UT__INQUIRE_TOKENS}, &answer);
    for (uint32_t i = 0; i < answer.count; i++)
        printf("%s %s\n", answer.tokens[i].name, answer.tokens[i].role);
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
    const char *dir = NULL, *role = NULL, *name = NULL;
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "--help") == 0) {
        ut__help(&help);
        return UT__EXIT_DONE;
    }
    for (int i = 2; i < argc; i++) {
        if (i + 1 < argc && strcmp(argv[i], "--data") == 0)
            dir = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "--role") == 0)
            role = argv[++i];
        else if (argv[i][0] != '-' && !name)
            name = argv[i];
        else
            return usage();
    }
    if (dir && name && role && strcmp(verb, "add") == 0)
        return add(dir, name, role);
    if (dir && !name && strcmp(verb, "list") == 0)
        return list(dir);
    if (dir && name && strcmp(verb, "drop") == 0)
        return drop(dir, name);
    return usage();
}

const struct ut__command ut__command_token = {
    .name = "token",
    .summary = "make, list and withdraw the tokens of supervisors",
    .run = main_token};
