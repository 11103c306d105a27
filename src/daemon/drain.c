/* SPDX-License-Identifier: MIT */
/* `undertone drain`: a daemon of this machine takes no new calls, and leaves when those there are have ended. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/leave.h"
#include "store/schema.h"
#include "store/sql.h"
#include "terminal/command.h"
#include "terminal/help.h"

enum { PATH_BYTES = 4096 };

static const struct ut__option rows[] = {
    {.name = "data", .value = "DIR", .help = "The daemon that has this record's folder"},
    {.name = "pid", .value = "N", .help = "The daemon of this process number"},
    {.name = "retire", .help = "It leaves for good: hand its calls to the other nodes first"},
    {.name = "no-wait", .help = "Do not wait until it has left"},
    {.name = NULL},
};

static const struct ut__help help = {
    .command = "drain",
    .synopsis = "--data DIR [--retire] | --pid N [--no-wait]",
    .about =
        "Has a daemon of this machine take no new calls, and waits until it has left: calls that "
        "go on are\nscored to their end. New INVITEs and media WebSockets get 503 with "
        "Retry-After, SIP OPTIONS\nand /readyz too, so that balancers turn to other nodes. "
        "SIGUSR1 does the same, and\nPOST /api/v1/drain of an administrator from elsewhere. Exit "
        "status 0: it has left.\n\n"
        "With --retire the node leaves its house for good. The timelines of its calls go to NATS, "
        "where "
        "the other\nnodes find them; it waits until its alerts are answered and all is told. It "
        "must "
        "have joined the\nothers: undertone-nodes(7).\n\n"
        "SIGTERM drains for drain-seconds at most; a second one ends the calls with their "
        "summaries.\n",
    .sets = (const struct ut__option_set[]){{.rows = rows}, {.rows = NULL}},
};

/* Who holds the folder's lock: the file may name a process that is long gone. */
static long holder(const char *dir)
{
    char path[PATH_BYTES], text[32] = "";
    int n = snprintf(path, sizeof path, "%s/lock", dir);
    int fd = n > 0 && (size_t)n < sizeof path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (fd < 0) {
        fprintf(stderr,
                "undertone drain: %s: %s; name the folder that `undertone serve --data` has, and "
                "ask as its user or root\n",
                dir, errno == ENOENT ? "no daemon has ever run in it" : strerror(errno));
        return 0;
    }
    int is_held = flock(fd, LOCK_SH | LOCK_NB) != 0;
    long pid = is_held && read(fd, text, sizeof text - 1) > 0 ? strtol(text, NULL, 10) : 0;
    close(fd);
    if (pid <= 0)
        fprintf(stderr, "undertone drain: %s: no daemon has this folder now\n", dir);
    return pid;
}

/* A number of the record's table `meta`, or of what an SQL makes of it; -1: it cannot be read, which has been said. */
static int64_t ask_record(const char *dir, const char *sql)
{
    struct ut__problem problem = {0};
    int64_t value = 0;
    sqlite3 *db = ut__schema_of(dir, &problem);
    if (db && ut__sql_int(db, &value, sql, "") != SQLITE_OK)
        ut__schema_problem(&problem, sqlite3_errcode(db), dir);
    if (problem.code)
        fprintf(stderr, "undertone drain: %s %s\n", problem.message, problem.remedy);
    sqlite3_close(db);
    return problem.code ? -1 : value;
}

static int64_t retired_ms(const char *dir)
{
    return ask_record(dir, "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'retired'");
}

/* Whether it has anybody to hand its calls to. */
static int has_joined(const char *dir)
{
    int64_t joined =
        ask_record(dir, "SELECT count(*) FROM meta h JOIN meta k ON h.value = k.value WHERE"
                        " h.name = 'house' AND k.name = 'key_id'");
    if (joined == 0)
        fprintf(
            stderr,
            "undertone drain: %s: this node has not joined others, so nobody would take its calls; "
            "drain it without --retire, or let it join: undertone-nodes(7)\n",
            dir);
    return joined > 0;
}

static int drain(long pid, int retires, int wait)
{
    siginfo_t info = {.si_signo = SIGUSR1};
    info.si_code = SI_QUEUE;
    info.si_value.sival_int = retires ? UT__DRAIN_RETIRES : 0;
    info.si_pid = getpid();
    info.si_uid = getuid();
    int fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
    if (fd < 0 || syscall(SYS_pidfd_send_signal, fd, SIGUSR1, &info, 0) != 0) {
        fprintf(stderr, "undertone drain: process %ld: %s\n", pid,
                errno == ESRCH ? "it is not there any more" : strerror(errno));
        if (fd >= 0)
            close(fd);
        return UT__EXIT_FAILED;
    }
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (wait && poll(&p, 1, -1) < 0 && errno == EINTR)
        ;
    close(fd);
    return UT__EXIT_DONE;
}

/* One that left without it, stopped twice say, has its calls still. */
static int retire(const char *dir, long pid, int wait)
{
    int64_t before = retired_ms(dir);
    if (before < 0 || !has_joined(dir))
        return UT__EXIT_FAILED;
    if (wait)
        fputs("undertone drain: it hands its calls over; its page and its log tell how far it is\n",
              stderr);
    int status = drain(pid, 1, wait);
    if (status != UT__EXIT_DONE || !wait || retired_ms(dir) > before)
        return status;
    fprintf(
        stderr,
        "undertone drain: it has left, and has not handed over all of its calls: keep %s, start it "
        "again with NATS, and retire it then\n",
        dir);
    return UT__EXIT_FAILED;
}

static int main_drain(int argc, char **argv)
{
    const char *dir = NULL, *number = NULL;
    char *rest = NULL;
    int wait = 1, retires = 0, ok = 1;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        ut__help(&help);
        return UT__EXIT_DONE;
    }
    for (int i = 1; i < argc && ok; i++) {
        if (strcmp(argv[i], "--no-wait") == 0)
            wait = 0;
        else if (strcmp(argv[i], "--retire") == 0)
            retires = 1;
        else if (i + 1 < argc && strcmp(argv[i], "--data") == 0)
            dir = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "--pid") == 0)
            number = argv[++i];
        else
            ok = 0;
    }
    long pid = number ? strtol(number, &rest, 10) : 0;
    if (!ok || !dir == !number || (retires && !dir) ||
        (number && (*rest || pid <= 0 || pid > INT32_MAX))) {
        fputs("undertone drain: say which daemon: --data DIR, or --pid N; --retire wants --data\n",
              stderr);
        return UT__EXIT_USAGE;
    }
    if (dir && (pid = holder(dir)) <= 0)
        return UT__EXIT_FAILED;
    return retires ? retire(dir, pid, wait) : drain(pid, 0, wait);
}

const struct ut__command ut__command_drain = {.name = "drain",
                                              .summary =
                                                  "let a daemon's calls end, and take no new ones",
                                              .run = main_drain};
