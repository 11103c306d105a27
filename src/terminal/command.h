/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_COMMAND_H
#define UT_TERMINAL_COMMAND_H

/*
 * The commands of the program: one file each, listed in main.c.
 *
 * argv[0] is the command's name. Each returns an exit status.
 */

enum ut__exit {
    UT__EXIT_DONE = 0,
    UT__EXIT_FAILED = 1,  /* Some file or peer failed; the others were done. */
    UT__EXIT_USAGE = 2,   /* The command line or the configuration is wrong; nothing was done. */
    UT__EXIT_UNSCORED = 3 /* Nothing could be scored. */
};

struct ut__command {
    const char *name;
    const char *summary; /* One line for --help. */
    int (*run)(int argc, char **argv);
};

int ut__replay_main(int argc, char **argv);
int ut__listen_main(int argc, char **argv);
int ut__devices_main(int argc, char **argv);
int ut__features_main(int argc, char **argv);
int ut__score_main(int argc, char **argv);
int ut__tune_main(int argc, char **argv);
int ut__words_main(int argc, char **argv);
int ut__faq_main(int argc, char **argv);
int ut__serve_main(int argc, char **argv);
int ut__erase_main(int argc, char **argv);
int ut__token_main(int argc, char **argv);

#endif
