/* SPDX-License-Identifier: MIT */
/* undertone tune in a build that keeps no record. */

#include <stddef.h>

#include "commands/tune.h"
#include "terminal/command.h"

static int main_tune(int argc, char **argv)
{
    return ut__tune_main(argc, argv, NULL);
}

const struct ut__command ut__command_tune = {
    .name = "tune", .summary = UT__TUNE_SUMMARY, .run = main_tune};
