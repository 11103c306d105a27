/* SPDX-License-Identifier: MIT */
/* What the commands on a data folder share. */

#include "daemon/data_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "terminal/command.h"

enum { PATH_BYTES = 4096 };

/* A name that is mistyped must not pass for a folder in which there is nothing to forget. */
static int has_record(const char *command, const char *dir)
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/undertone.db", dir);
    if (n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0)
        return 1;
    fprintf(stderr,
            "undertone %s: %s: no database of Undertone is in this folder, or it may not be read; "
            "name the one that "
            "`undertone serve --data` has\n",
            command, dir);
    return 0;
}

static int refuse(const char *command, const char *message, const char *remedy)
{
    fprintf(stderr, "undertone %s: %s %s\n", command, message ? message : "It cannot be done.",
            remedy ? remedy : "");
    return UT__EXIT_FAILED;
}

int ut__data_ask(const char *command, const char *dir, enum ut__ledger_op op, json_t *args_take,
                 json_t **answer)
{
    if (op != UT__LEDGER_ARTICLE_PUT && !has_record(command, dir)) {
        json_decref(args_take);
        *answer = NULL;
        return UT__EXIT_FAILED;
    }
    char *args = args_take ? json_dumps(args_take, JSON_COMPACT) : NULL;
    struct ut__answer out = {.status = UT__LEDGER_AWAY};
    if (args)
        ut__store_once(dir, op, args, &out);
    free(args);
    json_decref(args_take);
    int status = UT__EXIT_DONE;
    *answer = NULL;
    if (out.status == UT__LEDGER_OK) {
        json_t *json = out.json ? json_loads(out.json, 0, NULL) : NULL;
        *answer = json ? json : json_object();
    } else {
        status = refuse(command, out.message, out.remedy);
    }
    ut__answer_free(&out);
    return status;
}

int ut__data_inquire(const char *command, const char *dir, const struct ut__inquiry *inquiry,
                     struct ut__answer *answer)
{
    *answer = (struct ut__answer){.status = UT__LEDGER_AWAY};
    if (inquiry->kind != UT__INQUIRE_TOKEN_ADD && !has_record(command, dir))
        return UT__EXIT_FAILED;
    ut__store_inquire_once(dir, inquiry, answer);
    if (answer->status == UT__LEDGER_OK)
        return UT__EXIT_DONE;
    return refuse(command, answer->message, answer->remedy);
}
