/* SPDX-License-Identifier: MIT */
/*
 * libnats on a clock that does not step.
 *
 * libnats 3.4 reckons its waits from the wall clock: after a clock that was an hour ahead is set right, a wait of
 * a second takes an hour, and so do leases, pings and the end of the daemon. It asks for the time and waits by
 * exported functions of its own, through the table that the dynamic linker fills; those of the same name in the
 * program go first, as with libre's (net/loop.c).
 *
 * It also waits without end for a broker that is silent in the midst of a TLS handshake, the one time that it makes
 * a socket block: that one is given a limit.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "base/clock.h"
#include "supervise/channels/nats/nats.h"

enum { HANDSHAKE_S = 5 }; /* For each answer of the broker in it. */

/* libnats's own: its time, in milliseconds, and so many more. */
int64_t nats_setTargetTime(int64_t timeout_ms);
natsStatus natsCondition_TimedWait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t timeout_ms);
natsStatus natsCondition_AbsoluteTimedWait(pthread_cond_t *cond, pthread_mutex_t *lock,
                                           int64_t end_ms);
natsStatus natsSock_SetBlocking(int fd, bool blocking);

int64_t nats_Now(void)
{
    return ut__clock_mono_us() / 1000;
}

natsStatus natsCondition_TimedWait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t timeout_ms)
{
    static const int64_t longest_ms = INT64_C(1) << 40; /* Some waits have no end. */
    if (timeout_ms <= 0)
        return NATS_TIMEOUT;
    if (timeout_ms > longest_ms)
        timeout_ms = longest_ms;
    int64_t end_us = ut__clock_mono_us() + timeout_ms * 1000;
    struct timespec end = {.tv_sec = end_us / 1000000, .tv_nsec = end_us % 1000000 * 1000};
    int err = pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &end);
    return err == 0 ? NATS_OK : err == ETIMEDOUT ? NATS_TIMEOUT : NATS_SYS_ERROR;
}

natsStatus natsCondition_AbsoluteTimedWait(pthread_cond_t *cond, pthread_mutex_t *lock,
                                           int64_t end_ms)
{
    return natsCondition_TimedWait(cond, lock, end_ms - nats_setTargetTime(0));
}

natsStatus natsSock_SetBlocking(int fd, bool blocking)
{
    const struct timeval most = {.tv_sec = HANDSHAKE_S};
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) != 0)
        return NATS_SYS_ERROR;
    if (blocking && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) != 0 ||
                     setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) != 0))
        return NATS_SYS_ERROR;
    return NATS_OK;
}

int ut__nats_clock_is_ours(void)
{
    int64_t ahead_ms = nats_setTargetTime(0) - ut__clock_mono_us() / 1000;
    return ahead_ms > -60000 && ahead_ms < 60000;
}
