/* SPDX-License-Identifier: MIT */
/* A whole file in memory. */

#include "base/slurp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP = 1 << 16 };

/* Reads to the end; *bytes grows. Returns 0 or an errno; *bytes is the caller's either way. */
static int read_all(FILE *f, char **bytes, size_t *len, size_t max)
{
    size_t cap = 0;
    for (;;) {
        if (cap - *len < STEP) {
            cap = cap * 2 + 2 * STEP;
            char *more = realloc(*bytes, cap + 1);
            if (!more)
                return ENOMEM;
            *bytes = more;
        }
        errno = 0;
        size_t n = fread(*bytes + *len, 1, cap - *len, f);
        *len += n;
        if (*len > max)
            return EFBIG;
        if (n == 0) {
            (*bytes)[*len] = '\0';
            return ferror(f) ? (errno ? errno : EIO) : 0;
        }
    }
}

int ut__slurp(char **out, size_t *len, const char *path, size_t max)
{
    int standard = strcmp(path, "-") == 0;
    errno = 0;
    FILE *f = standard ? stdin : fopen(path, "rb");
    if (!f)
        return errno ? errno : EIO;
    char *bytes = NULL;
    size_t n = 0;
    int err = read_all(f, &bytes, &n, max);
    if (!standard)
        fclose(f);
    if (err) {
        free(bytes);
        return err;
    }
    *out = bytes;
    *len = n;
    return 0;
}
