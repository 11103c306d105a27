/* SPDX-License-Identifier: MIT */
/* A webhook as it stands in the configuration. */

#include "supervise/channels/webhook/setting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "contract/ledger.h"
#include "contract/option.h"
#include "supervise/auth.h"

enum { FILE_MAX = 16384 };

static const struct {
    const char *name;
    enum ut__life bit;
} actions[] = {
    {"raised", UT__LIFE_RAISED},           {"cleared", UT__LIFE_CLEARED},
    {"escalated", UT__LIFE_ESCALATED},     {"acknowledged", UT__LIFE_ACKNOWLEDGED},
    {"handed_over", UT__LIFE_HANDED_OVER}, {"noted", UT__LIFE_NOTED},
    {"resolved", UT__LIFE_RESOLVED},       {"judged", UT__LIFE_JUDGED},
    {"expired", UT__LIFE_EXPIRED},         {"all", UT__LIFE_ALL},
};

void ut__webhook_setting_clear(struct ut__webhook_setting *w)
{
    free(w->url);
    if (w->secret)
        OPENSSL_cleanse(w->secret, strlen(w->secret));
    free(w->secret);
    free(w->ca_file);
    free(w->own);
    *w = (struct ut__webhook_setting){0};
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

static int read_actions(struct ut__webhook_setting *w, const char *list, char *why, size_t cap)
{
    while (*list) {
        size_t len = strcspn(list, "+"), i = 0;
        while (i < sizeof actions / sizeof actions[0] &&
               (strlen(actions[i].name) != len || strncmp(actions[i].name, list, len) != 0))
            i++;
        if (i == sizeof actions / sizeof actions[0]) {
            snprintf(why, cap,
                     "webhook: on=%.60s: give raised, cleared, escalated, acknowledged, "
                     "handed_over, noted, resolved, judged, expired or all, joined by +",
                     list);
            return UT_EINVAL;
        }
        w->actions |= (uint32_t)actions[i].bit;
        list += len + (list[len] == '+');
    }
    return 0;
}

static int read_part(struct ut__webhook_setting *w, const char *part, char *why, size_t cap)
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
        int known = ut__template_named(value);
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

/* Without TLS a webhook may go to this machine alone. */
static int check_url(const char *url, char *why, size_t cap)
{
    if (url && strncasecmp(url, "https://", 8) == 0 && url[8])
        return 0;
    if (url && strncasecmp(url, "http://", 7) == 0) {
        char host[256];
        size_t n = strcspn(url + 7, "/?#");
        if (n > 0 && n < sizeof host && !memchr(url + 7, '@', n)) {
            memcpy(host, url + 7, n);
            host[n] = '\0';
            if (ut__http_is_loopback(host))
                return 0;
        }
    }
    snprintf(why, cap,
             "a webhook's address must begin with https:// (http:// is for this machine alone): "
             "give it an address with TLS");
    return UT_EINVAL;
}

static int check(const struct ut__webhook_setting *w, const char *text, char *why, size_t cap)
{
    char wrong[UT__CONFIG_WHY_MAX] = "";
    int err = check_url(w->url, wrong, sizeof wrong);
    if (!err && w->template == UT__WEBHOOK_OWN)
        err = ut__template_check(w->own, wrong, sizeof wrong);
    /* The file is named; the address is not, for it may hold a secret. */
    const char *file = w->own ? strstr(text, "template=") : NULL;
    if (err && file)
        snprintf(why, cap, "%.*s: %s", (int)strcspn(file, ","), file, wrong);
    else if (err)
        snprintf(why, cap, "webhook: %s", wrong);
    return err;
}

int ut__webhook_setting_read(struct ut__webhook_setting *out, const char *text, char *why,
                             size_t why_cap)
{
    *out = (struct ut__webhook_setting){0};
    char *copy = strdup(text);
    int err = copy ? 0 : UT_ENOMEM;
    snprintf(why, why_cap, "there is no memory left");
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
    if (!err && !out->actions)
        out->actions = UT__LIFE_RAISED | UT__LIFE_ESCALATED | UT__LIFE_CLEARED;
    if (!err)
        err = check(out, text, why, why_cap);
    if (err)
        ut__webhook_setting_clear(out);
    return err;
}

int ut__webhook_setting_check(const char *text, char *why, size_t why_cap)
{
    struct ut__webhook_setting w;
    int err = ut__webhook_setting_read(&w, text, why, why_cap);
    if (!err)
        ut__webhook_setting_clear(&w);
    return err;
}
