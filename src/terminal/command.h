/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_COMMAND_H
#define UT_TERMINAL_COMMAND_H

/*
 * The commands of the program: one file each, listed in main.c.
 *
 * argv[0] is the command's name. Each returns an exit status.
 */

enum ut_exit {
    UT_EXIT_DONE = 0,
    UT_EXIT_FAILED = 1,  /* Some file or peer failed; the others were done. */
    UT_EXIT_USAGE = 2,   /* The command line or the configuration is wrong; nothing was done. */
    UT_EXIT_UNSCORED = 3 /* Nothing could be scored. */
};

struct ut_command {
    const char *name;
    const char *summary; /* One line for --help. */
    int (*run)(int argc, char **argv);
};

int ut_replay_main(int argc, char **argv);
int ut_listen_main(int argc, char **argv);
int ut_devices_main(int argc, char **argv);
int ut_features_main(int argc, char **argv);
int ut_score_main(int argc, char **argv);
int ut_tune_main(int argc, char **argv);
int ut_serve_main(int argc, char **argv);
int ut_erase_main(int argc, char **argv);
int ut_token_main(int argc, char **argv);

#endif
