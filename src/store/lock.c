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
static int lock_one(int fd)
{
    if (fd < 0)
        return -2;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return errno == EWOULDBLOCK ? -1 : -2;
}

int ut__lock_take(struct ut__lock *lock, const char *dir, long *pid)
{
    char path[PATH_BYTES], text[32] = "";
    int n = snprintf(path, sizeof path, "%s/lock", dir);
    *lock = (struct ut__lock){-1, -1};
    *pid = 0;
    (void)mkdir(dir, 0700);
    if (n < 0 || (size_t)n >= sizeof path)
        return -2;
    lock->folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    lock->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    int folder = lock_one(lock->folder), file = lock_one(lock->file);
    if (folder == -1 || file == -1) {
        if (read(lock->file, text, sizeof text - 1) > 0)
            *pid = strtol(text, NULL, 10);
        ut__lock_release(lock);
        return -1;
    }
    if (folder && file) {
        ut__lock_release(lock);
        return -2;
    }
    /* A number that cannot be written, as on a full disk, is missed by people alone. */
    n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(lock->file, 0) == 0)
        (void)!pwrite(lock->file, text, (size_t)n, 0);
    return 0;
}

void ut__lock_release(struct ut__lock *lock)
{
    if (lock->folder >= 0)
        close(lock->folder);
    if (lock->file >= 0)
        close(lock->file);
    *lock = (struct ut__lock){-1, -1};
}
