/* SPDX-License-Identifier: MIT */
/* `undertone erase`: the right to be forgotten. The daemon may be running on the same folder. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "daemon/data_command.h"
#include "terminal/command.h"
#include "terminal/help.h"

static const struct ut__option rows[] = {
    {.name = "data", .value = "DIR", .help = "The record's folder"},
    {.name = "caller",
     .value = "NUMBER",
     .help = "All calls of a caller, with scores, alerts, notes and the baseline"},
    {.name = "call", .value = "ID", .help = "One call"},
    {.name = "baseline", .value = "NUMBER", .help = "A caller's baseline alone"},
    {.name = NULL},
};

static const struct ut__help help = {
    .command = "erase",
    .synopsis = "--data DIR (--caller NUMBER | --call ID | --baseline NUMBER)",
    .about =
        "Erases for good what the record knows. Calls that are still going on stay, and are\n"
        "told (exit status 1).\n\n"
        "--caller - and --baseline - read the number from standard input, so that it is in no\n"
        "list of processes.\n",
    .sets = (const struct ut__option_set[]){{.rows = rows}, {.rows = NULL}},
};

static int read_number(char *buf, size_t cap)
{
    if (!fgets(buf, (int)cap, stdin))
        return 0;
    buf[strcspn(buf, "\r\n")] = '\0';
    return buf[0] != '\0';
}

static int main_erase(int argc, char **argv)
{
    static const struct {
        const char *flag, *key;
        enum ut__ledger_op op;
    } kinds[] = {{"--caller", "caller", UT__LEDGER_ERASE_CALLER},
                 {"--call", "call", UT__LEDGER_ERASE_CALL},
                 {"--baseline", "caller", UT__LEDGER_ERASE_BASELINE}};
    const char *dir = NULL, *value = NULL;
    char number[128];
    int kind = -1;
    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--help") == 0) {
            ut__help(&help);
            return UT__EXIT_DONE;
        }
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;
        int k = 0;
        while (k < 3 && strcmp(argv[i], kinds[k].flag) != 0)
            k++;
        if (next && strcmp(argv[i], "--data") == 0) {
            dir = next;
        } else if (next && k < 3 && kind < 0) {
            kind = k;
            value = next;
        } else {
            fprintf(stderr, "undertone erase: '%s' will not do here; see --help\n", argv[i]);
            return UT__EXIT_USAGE;
        }
    }
    if (!dir || kind < 0) {
        fputs("undertone erase: say where and whom: --data DIR and --caller, --call or "
              "--baseline\n",
              stderr);
        return UT__EXIT_USAGE;
    }
    if (kind != 1 && strcmp(value, "-") == 0) {
        if (!read_number(number, sizeof number)) {
            fputs("undertone erase: no number came on standard input\n", stderr);
            return UT__EXIT_USAGE;
        }
        value = number;
    }
    json_t *args = json_pack("{ss}", kinds[kind].key, value);
    json_t *answer = NULL;
    int status = ut__data_ask("erase", dir, kinds[kind].op, args, &answer);
    if (status == UT__EXIT_DONE)
        printf("erased: %lld\n", (long long)json_integer_value(json_object_get(answer, "erased")));
    long long live = (long long)json_integer_value(json_object_get(answer, "live"));
    if (live > 0) {
        fprintf(stderr,
                "undertone erase: still going on: %lld of this caller's calls; run this again "
                "after their "
                "end; what a crash cut off ends at the next start\n",
                live);
        status = UT__EXIT_FAILED;
    }
    json_decref(answer);
    return status;
}

const struct ut__command ut__command_erase = {
    .name = "erase", .summary = "forget a caller or a call for good", .run = main_erase};
