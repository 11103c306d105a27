/* SPDX-License-Identifier: MIT */
/*
 * A preload that steps the wall clock: by as many seconds as the file $STEP_CLOCK says at the moment.
 * The monotonic clock goes on, as it does when somebody sets the time. The kernel's stamps of packets
 * step along.
 */

#define _GNU_SOURCE

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t step(void)
{
    const char *path = getenv("STEP_CLOCK");
    char text[32] = "";
    long fd = path ? syscall(SYS_openat, AT_FDCWD, path, O_RDONLY) : -1;
    if (fd < 0)
        return 0;
    (void)syscall(SYS_read, fd, text, sizeof text - 1);
    (void)syscall(SYS_close, fd);
    return strtol(text, NULL, 10);
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    long err = syscall(SYS_clock_gettime, id, ts);
    if (err == 0 && id == CLOCK_REALTIME)
        ts->tv_sec += step();
    return (int)err;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec ts = {0};
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    tv->tv_sec = ts.tv_sec;
    tv->tv_usec = ts.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out)
{
    struct timespec ts = {0};
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    if (out)
        *out = ts.tv_sec;
    return ts.tv_sec;
}

int recvmmsg(int fd, struct mmsghdr *msgs, unsigned n, int flags, struct timespec *timeout)
{
    int got = (int)syscall(SYS_recvmmsg, fd, msgs, n, flags, timeout);
    for (int i = 0; i < got; i++) {
        struct msghdr *m = &msgs[i].msg_hdr;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
            struct timespec ts;
            if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
                continue;
            memcpy(&ts, CMSG_DATA(c), sizeof ts);
            ts.tv_sec += step();
            memcpy(CMSG_DATA(c), &ts, sizeof ts);
        }
    }
    return got;
}
