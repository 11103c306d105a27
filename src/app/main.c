/* SPDX-License-Identifier: MIT */
/* The program: one file a command; this one finds the command. */

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <undertone/version.h>

#include "app/manual.h"
#include "app/parts.h"
#include "terminal/command.h"
#include "terminal/message.h"

static void print_version(void)
{
    printf("undertone %s\nbuilt in: %s\n", ut_version(), ut__parts_in);
    for (const struct ut__part_out *p = ut__parts_out; p->name; p++)
        printf("left out: %s (%s)\n", p->name, p->why);
}

/* A command that another build has. */
static const struct ut__part_out *left_out(const char *command)
{
    static const char *const of[][2] = {
        {"devices", "listen"}, {"drain", "serve"},  {"token", "serve"},
        {"erase", "serve"},    {"check", "serve"},  {"repair", "serve"},
        {"import", "serve"},   {"report", "serve"}, {"faq", "words"}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
        if (strcmp(command, of[i][0]) == 0)
            command = of[i][1];
    for (const struct ut__part_out *p = ut__parts_out; p->name; p++)
        if (strcmp(command, p->name) == 0)
            return p;
    return NULL;
}

static void print_help(FILE *out)
{
    fputs("Undertone tells how stressed a telephone caller sounds, from the voice alone.\n\n"
          "usage: undertone COMMAND [OPTION...] [ARGUMENT...]\n"
          "       undertone --version | --help | COMMAND --help\n\n"
          "commands:\n",
          out);
    for (size_t i = 0; ut__commands[i]; i++)
        fprintf(out, "  %-10s %s\n", ut__commands[i]->name, ut__commands[i]->summary);
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
        ut__message("standard output", "%s", strerror(errno));
        return UT__EXIT_FAILED;
    }
    return status;
}

/*
 * Where one of the three is closed at the start, the next file that is opened would get its number,
 * and the log would be written into it. What takes its place here refuses instead.
 */
static void hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/*
 * A core, or a debugger of another process of this user, would hold callers' voices and keys.
 * serve --core-dumps allows both again.
 */
static void keep_memory_private(void)
{
    struct rlimit lim;
    if (getrlimit(RLIMIT_CORE, &lim) == 0) {
        lim.rlim_cur = 0;
        setrlimit(RLIMIT_CORE, &lim);
    }
    prctl(PR_SET_DUMPABLE, 0);
}

int main(int argc, char **argv)
{
    /* Only the character type: numbers keep their '.' in every locale. */
    setlocale(LC_CTYPE, "");
    /* A reader that goes away is an error of the write, told with its remedy, not a silent end. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* A file at its limit is a write that fails. */
    hold_standard_streams();
    keep_memory_private();

    if (argc >= 2 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
        print_version();
        return flush_output(UT__EXIT_DONE);
    }
    if (argc >= 2 && strcmp(argv[1], "--manual") == 0)
        return flush_output(ut__manual(argc - 1, argv + 1));
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_help(stdout);
        return flush_output(UT__EXIT_DONE);
    }
    for (size_t i = 0; argc >= 2 && ut__commands[i]; i++) {
        if (strcmp(argv[1], ut__commands[i]->name) == 0)
            return flush_output(ut__commands[i]->run(argc - 1, argv + 1));
    }
    const struct ut__part_out *out = argc >= 2 ? left_out(argv[1]) : NULL;
    if (out)
        fprintf(stderr, "undertone: '%s' was left out of this build: %s\n", argv[1], out->why);
    else if (argc >= 2)
        fprintf(stderr, "undertone: there is no command '%s'; undertone --help lists them\n",
                argv[1]);
    else
        print_help(stderr);
    return UT__EXIT_USAGE;
}
