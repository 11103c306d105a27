/* SPDX-License-Identifier: MIT */
/*
 * The sd_notify protocol: a datagram to the socket that $NOTIFY_SOCKET names. Sockets that are handed
 * over begin at descriptor 3; $LISTEN_PID and $WATCHDOG_PID tell whom they are for.
 */

#include "daemon/notify.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/re.h"

enum { FIRST_HANDED = 3, HANDED_MAX = 16 };

void ut__notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = path ? strlen(path) : 0;
    if (len < 2 || len >= sizeof to.sun_path)
        return;
    memcpy(to.sun_path, path, len);
    if (to.sun_path[0] == '@')
        to.sun_path[0] = '\0'; /* The abstract name space. */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    /* Nobody there to be told is no fault of ours. */
    ssize_t n = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
                       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    (void)n;
    close(fd);
}

/* A number of the environment; 0 when it is none. */
static uint64_t number(const char *name)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : 0;
}

uint64_t ut__notify_watchdog_ms(void)
{
    uint64_t pid = number("WATCHDOG_PID");
    return pid && pid != (uint64_t)getpid() ? 0 : number("WATCHDOG_USEC") / 2000;
}

int ut__notify_socket(const char *address)
{
    struct sa wanted, bound;
    uint64_t count = number("LISTEN_FDS");
    if (number("LISTEN_PID") != (uint64_t)getpid() || sa_decode(&wanted, address, strlen(address)))
        return -1;
    for (int fd = FIRST_HANDED; fd < FIRST_HANDED + (int)(count < HANDED_MAX ? count : HANDED_MAX);
         fd++) {
        struct sockaddr_storage at;
        socklen_t len = sizeof at;
        int listens = 0;
        socklen_t one = sizeof listens;
        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &one) || !listens ||
            getsockname(fd, (struct sockaddr *)&at, &len) ||
            sa_set_sa(&bound, (struct sockaddr *)&at) || !sa_cmp(&bound, &wanted, SA_ALL))
            continue;
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        return fd;
    }
    return -1;
}
