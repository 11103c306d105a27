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

/* Returns 0; -1 when another has it, -2 when it cannot be had. */
static int lock(int fd)
{
    if (fd < 0)
        return -2;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return errno == EWOULDBLOCK ? -1 : -2;
}

int ut__lock_take(const char *dir, long *pid)
{
    char path[PATH_BYTES], text[32] = "";
    int n = snprintf(path, sizeof path, "%s/lock", dir);
    *pid = 0;
    (void)mkdir(dir, 0700);
    if (n < 0 || (size_t)n >= sizeof path)
        return -2;
    /* The folder itself, which nobody can remove by mistake; some network's disks lock files alone. */
    int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    int taken = lock(folder), kept = folder, other = file;
    if (taken == -2) {
        kept = file;
        other = folder;
        taken = lock(file);
    }
    if (taken == -1 && read(file, text, sizeof text - 1) > 0)
        *pid = strtol(text, NULL, 10);
    /* A number that cannot be written, as on a full disk, is missed by people alone. */
    n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (taken == 0 && ftruncate(file, 0) == 0)
        (void)!pwrite(file, text, (size_t)n, 0);
    if (other >= 0)
        close(other);
    if (taken && kept >= 0)
        close(kept);
    return taken ? taken : kept;
}
