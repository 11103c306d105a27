/* SPDX-License-Identifier: MIT */
/* The command of a build without a record. */

#include "commands/faq.h"
#include "terminal/command.h"

static int main_faq(int argc, char **argv)
{
    return ut__faq_main(NULL, argc, argv);
}

const struct ut__command ut__command_faq = {
    .name = "faq", .summary = UT__FAQ_SUMMARY, .run = main_faq};
