/* SPDX-License-Identifier: MIT */
/* A webhook as it stands in the configuration. */

#define _POSIX_C_SOURCE 200809L

#include "supervise/channels/webhook/setting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/option.h"

enum { FILE_MAX = 16384 };

static const struct {
    const char *name;
    enum ut__life bit;
} actions[] = {
    {"raised", UT__LIFE_RAISED},
    {"cleared", UT__LIFE_CLEARED},
    {"escalated", UT__LIFE_ESCALATED},
    {"acknowledged", UT__LIFE_ACKNOWLEDGED},
    {"handed_over", UT__LIFE_HANDED_OVER},
    {"noted", UT__LIFE_NOTED},
    {"resolved", UT__LIFE_RESOLVED},
    {"expired", UT__LIFE_EXPIRED},
    {"all", UT__LIFE_ALL},
};

void ut__serve_webhook_clear(struct ut__serve_webhook *w)
{
    free(w->url);
    free(w->secret);
    free(w->ca_file);
    free(w->own);
    *w = (struct ut__serve_webhook){0};
}

static char *read_file(const char *path, char *why, size_t cap)
{
    FILE *f = fopen(path, "rb");
    char *text = malloc(FILE_MAX + 1);
    size_t n = f && text ? fread(text, 1, FILE_MAX + 1, f) : 0;
    if (!f || !text || n == 0 || n > FILE_MAX || memchr(text, 0, n)) {
        snprintf(why, cap, "%.150s: %s; give a text file of 1 to %d bytes", path,
                 f ? "not readable as a text" : strerror(errno), FILE_MAX);
        free(text);
        text = NULL;
    } else {
        while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
            n--;
        text[n] = '\0';
    }
    if (f)
        fclose(f);
    return text;
}

static int read_actions(struct ut__serve_webhook *w, const char *list, char *why, size_t cap)
{
    while (*list) {
        size_t len = strcspn(list, "+"), i = 0;
        while (i < sizeof actions / sizeof actions[0] &&
               (strlen(actions[i].name) != len || strncmp(actions[i].name, list, len) != 0))
            i++;
        if (i == sizeof actions / sizeof actions[0]) {
            snprintf(why, cap,
                     "webhook: on=%.60s: give raised, cleared, escalated, acknowledged, "
                     "handed_over, noted, resolved, expired or all, joined by +",
                     list);
            return UT_EINVAL;
        }
        w->actions |= (uint32_t)actions[i].bit;
        list += len + (list[len] == '+');
    }
    return 0;
}

static int read_part(struct ut__serve_webhook *w, const char *part, char *why, size_t cap)
{
    const char *value = strchr(part, '=');
    value = value ? value + 1 : "";
    if (strncmp(part, "on=", 3) == 0)
        return read_actions(w, value, why, cap);
    if (strncmp(part, "secret-file=", 12) == 0) {
        free(w->secret);
        w->secret = read_file(value, why, cap);
        return w->secret ? 0 : UT_EINVAL;
    }
    if (strncmp(part, "ca=", 3) == 0) {
        free(w->ca_file);
        w->ca_file = strdup(value);
        return w->ca_file ? 0 : UT_ENOMEM;
    }
    if (strncmp(part, "template=", 9) == 0) {
        int known = ut__supervise_template_of(value);
        w->template = known >= 0 ? (enum ut__webhook_template)known : UT__WEBHOOK_OWN;
        if (known >= 0)
            return 0;
        free(w->own);
        w->own = read_file(value, why, cap);
        return w->own ? 0 : UT_EINVAL;
    }
    snprintf(why, cap,
             "webhook: '%.60s' is not known; write URL[,template=slack][,on=raised+cleared]"
             "[,secret-file=FILE][,ca=FILE]",
             part);
    return UT_EINVAL;
}

int ut__serve_webhook_read(struct ut__serve_webhook *out, const char *text, char *why,
                           size_t why_cap)
{
    *out = (struct ut__serve_webhook){0};
    char *copy = strdup(text);
    int err = copy ? 0 : UT_ENOMEM;
    for (char *part = copy, *comma; !err && part; part = comma ? comma + 1 : NULL) {
        comma = strchr(part, ',');
        if (comma)
            *comma = '\0';
        if (!out->url)
            err = (out->url = strdup(part)) ? 0 : UT_ENOMEM;
        else
            err = read_part(out, part, why, why_cap);
    }
    free(copy);
    if (err)
        ut__serve_webhook_clear(out);
    return err;
}

int ut__serve_check_webhook(const char *text, char *why, size_t why_cap)
{
    struct ut__serve_webhook w;
    char wrong[UT__CONFIG_WHY_MAX];
    int err = ut__serve_webhook_read(&w, text, why, why_cap);
    if (err)
        return err;
    const struct ut__webhook_config cfg = {.url = w.url, .own = w.own, .template = w.template};
    err = ut__supervise_check_webhook(&cfg, wrong, sizeof wrong);
    /* The file is named; the address is not, for it may hold a secret. */
    const char *file = w.own ? strstr(text, "template=") : NULL;
    if (err && file)
        snprintf(why, why_cap, "%.*s: %s", (int)strcspn(file, ","), file, wrong);
    else if (err)
        snprintf(why, why_cap, "webhook: %s", wrong);
    ut__serve_webhook_clear(&w);
    return err;
}
