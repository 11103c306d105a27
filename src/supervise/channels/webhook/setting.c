/* SPDX-License-Identifier: MIT */
/* A webhook as it stands in the configuration. */

#include "supervise/channels/webhook/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/glob.h"
#include "base/json.h"
#include "contract/ledger.h"
#include "contract/option.h"
#include "contract/severity.h"
#include "contract/stream.h"
#include "supervise/channels/target.h"

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
    char *secrets[] = {w->secret, w->headers, w->routing};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        if (secrets[i])
            OPENSSL_cleanse(secrets[i], strlen(secrets[i]));
        free(secrets[i]);
    }
    free(w->ca_file);
    free(w->own);
    free(w->queues);
    free(w->agents);
    *w = (struct ut__webhook_setting){0};
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

static int read_severities(struct ut__webhook_setting *w, const char *list, char *why, size_t cap)
{
    while (*list) {
        char word[16] = "";
        size_t len = strcspn(list, "+");
        if (len < sizeof word)
            memcpy(word, list, len);
        enum ut__severity s = ut__severity_named(word);
        if (s == UT__SEVERITIES) {
            snprintf(why, cap, "webhook: severity=%.60s: give low, medium or high, joined by +",
                     list);
            return UT_EINVAL;
        }
        w->severities |= 1u << s;
        list += len + (list[len] == '+');
    }
    return 0;
}

static int read_text(char **out, const char *value)
{
    free(*out);
    *out = strdup(value);
    return *out ? 0 : UT_ENOMEM;
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
    if (IS("on"))
        return read_actions(w, value, why, cap);
    if (IS("severity"))
        return read_severities(w, value, why, cap);
    if (IS("secret-file"))
        return read_secret(&w->secret, value, why, cap);
    if (IS("routing-key-file"))
        return read_secret(&w->routing, value, why, cap);
    if (IS("header-file"))
        return read_secret(&w->headers, value, why, cap)
                   ? UT_EINVAL
                   : ut__target_check_headers(w->headers, why, cap);
    if (IS("queue"))
        return read_text(&w->queues, value);
    if (IS("agent"))
        return read_text(&w->agents, value);
    if (IS("ca"))
        return read_text(&w->ca_file, value);
    if (IS("template"))
        return read_template(w, value, why, cap);
#undef IS
    snprintf(why, cap,
             "webhook: '%.60s' is not known; write URL[,template=slack][,on=raised+cleared]"
             "[,queue=Q][,agent=A][,severity=high][,secret-file=FILE][,header-file=FILE]"
             "[,routing-key-file=FILE][,ca=FILE]",
             part);
    return UT_EINVAL;
}

/* Is the text one of the patterns? */
static int is_among(const char *patterns, const char *text)
{
    char one[UT__CALL_LABEL_MAX + 32];
    for (; patterns && *patterns; patterns += *patterns == '+') {
        size_t len = strcspn(patterns, "+");
        snprintf(one, sizeof one, "%.*s", (int)(len < sizeof one ? len : sizeof one - 1), patterns);
        if (ut__glob(one, text))
            return 1;
        patterns += len;
    }
    return !patterns;
}

int ut__webhook_setting_wants(const struct ut__webhook_setting *w, const char *notice)
{
    if (!w->queues && !w->agents && !w->severities)
        return 1;
    json_t *root = json_loads(notice, 0, NULL);
    const json_t *alert = json_object_get(root, "alert");
    enum ut__severity s = ut__severity_named(ut__json_text(alert, "severity"));
    int wants = is_among(w->queues, ut__json_text(alert, "queue")) &&
                is_among(w->agents, ut__json_text(alert, "agent")) &&
                (!w->severities || (s < UT__SEVERITIES && (w->severities >> s & 1u)));
    json_decref(root);
    return wants;
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
    if (!err && !out->actions)
        out->actions = UT__LIFE_RAISED | UT__LIFE_ESCALATED |
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
