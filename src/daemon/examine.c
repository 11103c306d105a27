/* SPDX-License-Identifier: MIT */
/* `undertone check` and `undertone repair`: a record that is examined, and one that is saved. */

#include <stdio.h>
#include <string.h>

#include "store/examine.h"
#include "terminal/command.h"
#include "terminal/help.h"

static const struct ut__option rows[] = {
    {.name = "data", .value = "DIR", .help = "The record's folder"},
    {.name = NULL},
};
static const struct ut__option_set sets[] = {{.rows = rows}, {.rows = NULL}};

static const struct ut__help check_help = {
    .command = "check",
    .synopsis = "--data DIR",
    .about = "Reads a record to its end and says what is wrong with it. Exit status 0: it is "
             "whole; 1: it is\n"
             "damaged, or cannot be read. The daemon may be running.\n",
    .sets = sets,
};

static const struct ut__help repair_help = {
    .command = "repair",
    .synopsis = "--data DIR",
    .about =
        "Makes a record anew from what can be read of it, and keeps the damaged one beside it. "
        "Exit\n"
        "status 0: all was saved; 1: some is lost, or nothing was done. Stop the daemon first.\n",
    .sets = sets,
};

static void say(void *arg, const char *text)
{
    printf("%s: %s\n", (const char *)arg, text);
}

static int run(const struct ut__help *help, int argc, char **argv,
               enum ut__examined (*examine)(const char *, ut__examine_say *, void *),
               const char *const ends[3])
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        ut__help(help);
        return UT__EXIT_DONE;
    }
    if (argc != 3 || strcmp(argv[1], "--data") != 0) {
        fprintf(stderr, "undertone %s: say which record: --data DIR\n", help->command);
        return UT__EXIT_USAGE;
    }
    enum ut__examined end = examine(argv[2], say, argv[2]);
    printf("%s: %s\n", argv[2], ends[end]);
    return end == UT__EXAMINED_SOUND ? UT__EXIT_DONE : UT__EXIT_FAILED;
}

static int main_check(int argc, char **argv)
{
    static const char *const ends[] = {
        "the record is whole", "the record is damaged: `undertone repair` saves what can be saved",
        "the record was not examined", "the database is whole: put its own key file back"};
    return run(&check_help, argc, argv, ut__examine, ends);
}

static int main_repair(int argc, char **argv)
{
    static const char *const ends[] = {"all that there was is saved", "what could be read is saved",
                                       "nothing was changed"};
    return run(&repair_help, argc, argv, ut__repair, ends);
}

const struct ut__command ut__command_check = {
    .name = "check", .summary = "examine a record for damage", .run = main_check};
const struct ut__command ut__command_repair = {
    .name = "repair", .summary = "save what can be saved of a damaged record", .run = main_repair};
