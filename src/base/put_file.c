/* SPDX-License-Identifier: MIT */
/* A small file, whole or not at all. */

#define _XOPEN_SOURCE 700 /* fsync, fdopen, realpath. */

#include "base/put_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static int why(void)
{
    int err = errno;
    return err ? err : EIO;
}

/*
 * What is to be replaced: the file that a link leads to, so that the link stays. Nothing but a file is:
 * root would turn /dev/stdout into one. Returns 0 or an errno.
 */
static int find_place(char *place, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0) {
        if (!S_ISREG(st.st_mode))
            return S_ISDIR(st.st_mode) ? EISDIR : EEXIST;
        return realpath(path, place) ? 0 : why();
    }
    if (errno != ENOENT)
        return why();
    int n = snprintf(place, PATH_BYTES, "%s", path);
    return n > 0 && n < PATH_BYTES ? 0 : ENAMETOOLONG;
}

/* Where it is written first. */
static int beside(char *part, const char *path)
{
    int n = snprintf(part, PATH_BYTES, "%s.part", path);
    return n > 0 && n < PATH_BYTES ? 0 : ENAMETOOLONG;
}

static int fill(FILE *f, const void *bytes, size_t len)
{
    if (fwrite(bytes, 1, len, f) != len || fflush(f) != 0 || fsync(fileno(f)) != 0)
        return why();
    return 0;
}

/*
 * Opens what is beside the file, which is always new: what lies there already may be another's link, or be
 * open for reading. Returns 0 or an errno.
 */
static int open_part(FILE **f, char *part, const char *path, mode_t mode)
{
    int err = beside(part, path);
    if (err)
        return err;
    errno = 0;
    (void)unlink(part);
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return why();
    *f = fdopen(fd, "wb");
    if (*f)
        return 0;
    close(fd);
    unlink(part);
    return ENOMEM;
}

int ut__put_file_check(const char *path)
{
    char place[PATH_BYTES], part[PATH_BYTES];
    FILE *f;
    int err = find_place(place, path);
    if (!err)
        err = open_part(&f, part, place, 0600);
    if (err)
        return err;
    fclose(f);
    unlink(part);
    return 0;
}

static int put(const char *path, const void *bytes, size_t len, mode_t mode)
{
    char part[PATH_BYTES];
    FILE *f;
    int err = open_part(&f, part, path, mode);
    if (err)
        return err;
    errno = 0;
    err = fill(f, bytes, len);
    if (fclose(f) != 0 && !err)
        err = why();
    if (!err && rename(part, path) != 0)
        err = why();
    if (err)
        unlink(part);
    return err;
}

int ut__put_file(const char *path, const void *bytes, size_t len)
{
    char place[PATH_BYTES];
    int err = find_place(place, path);
    return err ? err : put(place, bytes, len, 0666);
}

int ut__put_file_private(const char *path, const void *bytes, size_t len)
{
    return put(path, bytes, len, 0600);
}
