/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_COMMAND_H
#define UT_TERMINAL_COMMAND_H

/*
 * The commands of the program: one file each, which holds `const struct ut__command
 * ut__command_NAME`, and a line ut_command(NAME) beside the file in CMakeLists.txt.
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

/** The commands that are built in; NULL ends them. CMake writes it, from ut_command(NAME). */
extern const struct ut__command *const ut__commands[];

#endif
