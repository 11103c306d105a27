/* SPDX-License-Identifier: MIT */
/* A small file, whole or not at all. */

#define _POSIX_C_SOURCE 200809L /* fsync, fileno. */

#include "base/put_file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

/* Where it is written first. */
static int beside(char *part, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return EISDIR;
    int n = snprintf(part, PATH_BYTES, "%s.part", path);
    return n > 0 && n < PATH_BYTES ? 0 : ENAMETOOLONG;
}

static int why(void)
{
    return errno ? errno : EIO;
}

static int fill(FILE *f, const void *bytes, size_t len)
{
    if (fwrite(bytes, 1, len, f) != len || fflush(f) != 0 || fsync(fileno(f)) != 0)
        return why();
    return 0;
}

/* Opens what is beside the file. Returns 0 or an errno. */
static int open_part(FILE **f, char *part, const char *path)
{
    int err = beside(part, path);
    if (err)
        return err;
    errno = 0;
    *f = fopen(part, "wb");
    return *f ? 0 : why();
}

int ut__put_file_check(const char *path)
{
    char part[PATH_BYTES];
    FILE *f;
    int err = open_part(&f, part, path);
    if (err)
        return err;
    fclose(f);
    unlink(part);
    return 0;
}

static int put(const char *path, const void *bytes, size_t len, int is_private)
{
    char part[PATH_BYTES];
    FILE *f;
    int err = open_part(&f, part, path);
    if (err)
        return err;
    errno = 0;
    err = is_private && fchmod(fileno(f), 0600) != 0 ? why() : fill(f, bytes, len);
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
    return put(path, bytes, len, 0);
}

int ut__put_file_private(const char *path, const void *bytes, size_t len)
{
    return put(path, bytes, len, 1);
}
