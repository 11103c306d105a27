/* SPDX-License-Identifier: MIT */
/* Messages that wait for the mail server. */

#include "mail/kept.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/put_file.h"
#include "base/slurp.h"

enum { PATH_BYTES = 4096, NAME_ROOM = 64, MESSAGE_MAX = 64 << 20 };
#define KEPT ".eml"

static int path_of(char path[PATH_BYTES], const char *dir, const char *name, const char *end)
{
    int n = snprintf(path, PATH_BYTES, "%s/%s%s", dir, name, end);
    return n > 0 && n < PATH_BYTES - NAME_ROOM ? 0 : ENAMETOOLONG;
}

int ut__kept_put(const char *dir, const char *name, const struct ut__text *message)
{
    char path[PATH_BYTES];
    int err = path_of(path, dir, name, KEPT);
    if (!err && mkdir(dir, 0700) != 0 && errno != EEXIST)
        err = errno;
    return err ? err : ut__put_file_private(path, message->buf, message->len);
}

/* 1 for a name that ut__kept_put gave, but for those that begin with `except`. */
static int is_kept(const char *name, const char *except)
{
    size_t n = strlen(name), end = strlen(KEPT);
    return n > end && n < UT__KEPT_NAME_MAX + end && strcmp(name + n - end, KEPT) == 0 &&
           !(except && strncmp(name, except, strlen(except)) == 0);
}

/* Returns 0 when it is gone, else why not. */
static int send_one(const struct ut__smtp *smtp, const char *path, ut__kept_told *told, void *arg)
{
    char why[UT__MAIL_WHY_MAX], *message = NULL;
    size_t len = 0;
    int failed = ut__slurp(&message, &len, path, MESSAGE_MAX);
    if (failed)
        snprintf(why, sizeof why, "it cannot be read: %s", strerror(failed));
    int err = failed ? UT_EIO : ut__mail_send(smtp, message, why);
    free(message);
    if (err)
        told(arg, path, why, err == UT_EINVAL);
    if (err != UT_EIO)
        unlink(path);
    return err == UT_EIO ? err : 0;
}

size_t ut__kept_send(const struct ut__smtp *smtp, const char *dir, const char *except,
                     ut__kept_told *told, void *arg)
{
    char path[PATH_BYTES];
    size_t left = 0;
    DIR *d = opendir(dir);
    const struct dirent *entry;
    int is_ours = d && flock(dirfd(d), LOCK_EX | LOCK_NB) == 0, is_away = 0;
    while (is_ours && (entry = readdir(d)) != NULL) {
        if (!is_kept(entry->d_name, except) || path_of(path, dir, entry->d_name, ""))
            continue;
        is_away = is_away || send_one(smtp, path, told, arg);
        left += is_away != 0;
    }
    if (d)
        closedir(d);
    return left;
}
