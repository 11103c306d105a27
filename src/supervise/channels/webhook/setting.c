/* SPDX-License-Identifier: MIT */
/* A webhook as it stands in the configuration. */

#include "supervise/channels/webhook/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "contract/ledger.h"
#include "contract/option.h"
#include "supervise/channels/target.h"

void ut__webhook_setting_clear(struct ut__webhook_setting *w)
{
    free(w->url);
    char *secrets[] = {w->secret, w->headers, w->routing};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        if (secrets[i])
            OPENSSL_cleanse(secrets[i], strlen(secrets[i]));
        free(secrets[i]);
    }
    free(w->ca_file);
    free(w->own);
    ut__channel_filter_clear(&w->filter);
    *w = (struct ut__webhook_setting){0};
}

static int read_secret(char **out, const char *path, char *why, size_t cap)
{
    free(*out);
    *out = ut__target_read_file(path, why, cap);
    return *out ? 0 : UT_EINVAL;
}

static int read_template(struct ut__webhook_setting *w, const char *value, char *why, size_t cap)
{
    int known = ut__template_named(value);
    w->template = known >= 0 ? (enum ut__webhook_template)known : UT__WEBHOOK_OWN;
    return known >= 0 ? 0 : read_secret(&w->own, value, why, cap);
}

static int read_part(struct ut__webhook_setting *w, const char *part, char *why, size_t cap)
{
    const char *value = strchr(part, '=');
    size_t name = value ? (size_t)(value++ - part) : 0;
#define IS(n) (name == sizeof(n) - 1 && strncmp(part, n, name) == 0)
    if (IS("secret-file"))
        return read_secret(&w->secret, value, why, cap);
    if (IS("routing-key-file"))
        return read_secret(&w->routing, value, why, cap);
    if (IS("header-file"))
        return read_secret(&w->headers, value, why, cap)
                   ? UT_EINVAL
                   : ut__target_check_headers(w->headers, why, cap);
    if (IS("ca")) {
        free(w->ca_file);
        w->ca_file = strdup(value);
        return w->ca_file ? 0 : UT_ENOMEM;
    }
    if (IS("template"))
        return read_template(w, value, why, cap);
#undef IS
    int err = ut__channel_filter_read(&w->filter, part, why, cap);
    if (err <= 0)
        return err;
    snprintf(why, cap,
             "webhook: '%.60s' is not known; write URL[,template=slack][,on=raised+cleared]"
             "[,queue=Q][,agent=A][,severity=high][,secret-file=FILE][,header-file=FILE]"
             "[,routing-key-file=FILE][,ca=FILE]",
             part);
    return UT_EINVAL;
}

static int check(const struct ut__webhook_setting *w, const char *text, char *why, size_t cap)
{
    char wrong[UT__CONFIG_WHY_MAX] = "";
    int err = 0;
    if (!ut__target_check_url(w->url)) {
        snprintf(wrong, sizeof wrong,
                 "a webhook's address must begin with https:// (http:// is for this machine "
                 "alone): give it an address with TLS");
        err = UT_EINVAL;
    }
    if (!err && w->template == UT__WEBHOOK_PAGERDUTY && !w->routing) {
        snprintf(wrong, sizeof wrong, "template=pagerduty needs routing-key-file=FILE");
        err = UT_EINVAL;
    }
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
    int incidents = out->template == UT__WEBHOOK_PAGERDUTY || out->template == UT__WEBHOOK_OPSGENIE;
    if (!err && !out->filter.actions)
        out->filter.actions =
            UT__LIFE_RAISED | UT__LIFE_ESCALATED |
            (incidents ? UT__LIFE_ACKNOWLEDGED | UT__LIFE_RESOLVED | UT__LIFE_EXPIRED
                       : UT__LIFE_CLEARED);
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
