/* SPDX-License-Identifier: MIT */
/* The program: one file a command; this one finds the command. */

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <undertone/version.h>

#include "terminal/command.h"

static const struct ut__command commands[] = {
    {"replay", "print what a supervisor would have seen of recorded calls", ut__replay_main},
    {"features", "print what is measured of a channel, a CSV line for each 10 ms",
     ut__features_main},
    {"score", "score utterances one by one, for evaluation", ut__score_main},
    {"tune", "fit the alert threshold to an archive of calls and a budget of alerts",
     ut__tune_main},
    {"listen", "score a softphone's call on devices of this machine", ut__listen_main},
    {"words", "find charged phrases in chats, mails and transcripts", ut__words_main},
    {"faq", "rank what callers ask in chats, mails and transcripts", ut__faq_main},
    {"devices", "list the devices that listen can take sound from", ut__devices_main},
    {"serve", "take live calls and score all of them at once", ut__serve_main},
    {"token", "make, list and withdraw the tokens of supervisors", ut__token_main},
    {"erase", "forget a caller or a call for good", ut__erase_main},
    {NULL, NULL, NULL},
};

static void print_help(FILE *out)
{
    fputs("Undertone tells how stressed a telephone caller sounds, from the voice alone.\n\n"
          "usage: undertone COMMAND [OPTION...] [ARGUMENT...]\n"
          "       undertone --version | --help | COMMAND --help\n\n"
          "commands:\n",
          out);
    for (const struct ut__command *c = commands; c->name; c++)
        fprintf(out, "  %-10s %s\n", c->name, c->summary);
    fputs("\nExit status: 0 done; 1 something failed, the rest was done; 2 usage; "
          "3 nothing could be scored.\n",
          out);
}

/* What was printed is on its way, or the exit status says that it is not. */
static int flush_output(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (status == UT__EXIT_DONE || status == UT__EXIT_UNSCORED) {
        perror("undertone: standard output");
        return UT__EXIT_FAILED;
    }
    return status;
}

int main(int argc, char **argv)
{
    /* Only the character type: numbers keep their '.' in every locale. */
    setlocale(LC_CTYPE, "");
    /* A reader that goes away is an error of the write, told with its remedy, not a silent end. */
    signal(SIGPIPE, SIG_IGN);

    if (argc >= 2 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
        printf("undertone %s\n", ut_version());
        return flush_output(UT__EXIT_DONE);
    }
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_help(stdout);
        return flush_output(UT__EXIT_DONE);
    }
    for (const struct ut__command *c = commands; argc >= 2 && c->name; c++) {
        if (strcmp(argv[1], c->name) == 0)
            return flush_output(c->run(argc - 1, argv + 1));
    }
    if (argc >= 2)
        fprintf(stderr, "undertone: there is no command '%s'; undertone --help lists them\n",
                argv[1]);
    else
        print_help(stderr);
    return UT__EXIT_USAGE;
}
