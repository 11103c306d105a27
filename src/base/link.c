/* SPDX-License-Identifier: MIT */
/* Where players find a recording. */

#define _POSIX_C_SOURCE 200809L /* localtime_r. */

#include "base/link.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct writer {
    char *out;
    size_t n, cap;
    int is_url;
};

static int put(struct writer *w, char c)
{
    if (w->n + 1 >= w->cap)
        return UT_ENOSPC;
    w->out[w->n++] = c;
    w->out[w->n] = '\0';
    return 0;
}

static int put_value(struct writer *w, const char *value)
{
    static const char hex[] = "0123456789ABCDEF";
    int err = 0;
    for (const char *p = value; *p && !err; p++) {
        unsigned char c = (unsigned char)*p;
        int plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    strchr("/._-~", c);
        if (!w->is_url || plain)
            err = put(w, *p);
        else if (!(err = put(w, '%')) && !(err = put(w, hex[c >> 4])))
            err = put(w, hex[c & 15]);
    }
    return err;
}

static int put_name(struct writer *w, const char *name, size_t len, const struct ut__link *link)
{
    const char *slash = strrchr(link->path, '/');
    char date[16] = "";
    time_t s = (time_t)(link->started_ms / 1000);
    struct tm tm;
    if (localtime_r(&s, &tm))
        (void)strftime(date, sizeof date, "%Y-%m-%d", &tm);
    const struct {
        const char *name, *value;
    } known[] = {{"path", link->path},   {"name", slash ? slash + 1 : link->path},
                 {"call", link->call},   {"queue", link->queue},
                 {"agent", link->agent}, {"date", date}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == len && memcmp(known[i].name, name, len) == 0)
            return put_value(w, known[i].value);
    return UT_EINVAL;
}

int ut__link_write(char *out, size_t cap, const char *template, const struct ut__link *link)
{
    struct writer w = {.out = out, .cap = cap, .is_url = strstr(template, "://") != NULL};
    int err = cap ? 0 : UT_ENOSPC;
    if (cap)
        out[0] = '\0';
    for (const char *p = template; *p && !err; p++) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (*p == '{' && !end)
            return UT_EINVAL;
        err = end ? put_name(&w, p + 1, (size_t)(end - p - 1), link) : put(&w, *p);
        p = end ? end : p;
    }
    return err;
}
