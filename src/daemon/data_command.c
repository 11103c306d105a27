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

int ut__data_ask(const char *command, const char *dir, enum ut__ledger_op op, json_t *args_take,
                 json_t **answer)
{
    if (op != UT__LEDGER_TOKEN_ADD && op != UT__LEDGER_ARTICLE_PUT && !has_record(command, dir)) {
        json_decref(args_take);
        *answer = NULL;
        return UT__EXIT_FAILED;
    }
    char *args = args_take ? json_dumps(args_take, JSON_COMPACT) : NULL, *text = NULL;
    int status = args ? ut__store_once(dir, op, args, &text) : UT__LEDGER_AWAY;
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    *answer = NULL;
    free(args);
    free(text);
    json_decref(args_take);
    if (status == UT__LEDGER_OK) {
        *answer = json ? json : json_object();
        return UT__EXIT_DONE;
    }
    const char *message = json_string_value(json_object_get(json, "message"));
    const char *remedy = json_string_value(json_object_get(json, "remedy"));
    fprintf(stderr, "undertone %s: %s %s\n", command, message ? message : "It cannot be done.",
            remedy ? remedy : "");
    json_decref(json);
    return UT__EXIT_FAILED;
}
