/* SPDX-License-Identifier: MIT */
/* The lock of a data folder. */

#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

int ut__lock_take(const char *dir, long *pid)
{
    char path[PATH_BYTES], text[32] = "";
    int n = snprintf(path, sizeof path, "%s/lock", dir);
    *pid = 0;
    (void)mkdir(dir, 0700);
    int fd = n > 0 && (size_t)n < sizeof path
                 ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)
                 : -1;
    if (fd < 0)
        return -2;
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        int taken = errno == EWOULDBLOCK;
        if (taken && read(fd, text, sizeof text - 1) > 0)
            *pid = strtol(text, NULL, 10);
        close(fd);
        return taken ? -1 : -2;
    }
    /* A number that cannot be written, as on a full disk, is missed by people alone. */
    n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) == 0)
        (void)!pwrite(fd, text, (size_t)n, 0);
    return fd;
}
