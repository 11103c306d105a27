/* SPDX-License-Identifier: MIT */
/* Addresses by template: checked when the program starts, filled when a button is pressed. */

#include "supervise/help/link.h"

#include <stdio.h>
#include <string.h>

enum { NAMES = 7 };

static const char *const names[NAMES] = {"call",   "agent",      "queue", "node",
                                         "source", "caller_key", "by"};

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static int is_among(char c, const char *set)
{
    return c && (strchr(letters, c) || strchr(set, c));
}

/* The {name} at p: its index and length with braces; -1 for none there is. */
static int name_at(const char *p, size_t *len)
{
    *len = strcspn(p, "}") + 1;
    for (int i = 0; i < NAMES; i++)
        if (*len == strlen(names[i]) + 2 && p[*len - 1] == '}' &&
            strncmp(p + 1, names[i], *len - 2) == 0)
            return i;
    return -1;
}

static int fault(char *why, size_t cap, const char *what)
{
    snprintf(why, cap, "%s", what);
    return UT_EINVAL;
}

/* The scheme, and of https the host: written out, since values may not choose where it leads. */
static int check_target(const char *url, char *why, size_t cap)
{
    if (strncmp(url, "tel:", 4) == 0 && url[4])
        return 0;
    if (strncmp(url, "https://", 8) == 0) {
        const char *host = url + 8;
        size_t n = strcspn(host, "/?#");
        for (size_t i = 0; i < n; i++)
            if (!is_among(host[i], ".-:[]"))
                return fault(why, cap,
                             "the host of an https address must be written out, as in "
                             "Open=https://pbx.example.com/calls/{call}");
        return n ? 0 : fault(why, cap, "the https address names no host");
    }
    if (strncmp(url, "sip:", 4) == 0 || strncmp(url, "sips:", 5) == 0) {
        const char *at = strchr(url, '@');
        if (at && at[1] && !memchr(at, '{', strcspn(at, ";?")))
            return 0;
        return fault(why, cap,
                     "a sip address needs an @ and its host written out, as in "
                     "Listen=sip:spy-{agent}@pbx.example.com");
    }
    return fault(why, cap, "the address must begin with https://, tel:, sip: or sips:");
}

static int check_url(const char *url, char *why, size_t cap)
{
    size_t len = 1;
    if (check_target(url, why, cap))
        return UT_EINVAL;
    for (const char *p = url; *p; p += len) {
        len = 1;
        if (*p == '{') {
            if (name_at(p, &len) >= 0)
                continue;
            snprintf(why, cap,
                     "{%.*s} is no name: there are {call} {agent} {queue} {node} {source} "
                     "{caller_key} {by}; the caller's number is not kept",
                     (int)strcspn(p + 1, "}") < 24 ? (int)strcspn(p + 1, "}") : 24, p + 1);
            return UT_EINVAL;
        }
        if (*p == '%' && (strspn(p + 1, "0123456789ABCDEFabcdef") < 2))
            return fault(why, cap, "a % in an address must be followed by two hexadecimal digits");
        if (!is_among(*p, "-._~:/?#[]@!$&'()*+,;=%"))
            return fault(why, cap,
                         "an address has letters, digits and -._~:/?#[]@!$&'()*+,;= alone; write "
                         "others as %XX");
    }
    return 0;
}

int ut__help_link_read(struct ut__help_link *out, const char *text, char *why, size_t why_cap)
{
    const char *equals = strchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : 0;
    if (len == 0 || len >= sizeof out->name || text[0] == ' ' || text[len - 1] == ' ')
        return fault(why, why_cap,
                     "give a name of 1 to 39 bytes and an address: Listen=sip:spy-{agent}@pbx");
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return fault(why, why_cap, "the name has a control character");
    if (strlen(equals + 1) >= sizeof out->url)
        return fault(why, why_cap, "the address is longer than 511 bytes");
    if (check_url(equals + 1, why, why_cap))
        return UT_EINVAL;
    memcpy(out->name, text, len);
    out->name[len] = '\0';
    snprintf(out->url, sizeof out->url, "%s", equals + 1);
    return 0;
}

static void put_encoded(struct ut__text *out, const char *value)
{
    for (; *value; value++)
        if (is_among(*value, "-._~"))
            ut__text_bytes(out, value, 1);
        else
            ut__text_printf(out, "%%%02X", (unsigned)(unsigned char)*value);
}

/* A browser takes such a segment as a step up, however it is encoded. */
static int steps(const char *url)
{
    for (const char *p = strchr(url, '/'); p && *p == '/'; p += 1 + strcspn(p + 1, "/?#")) {
        size_t n = strcspn(p + 1, "/?#");
        if ((n == 1 || n == 2) && strspn(p + 1, ".") >= n)
            return 1;
    }
    return 0;
}

int ut__help_link_fill(const struct ut__help_link *link, const struct ut__help_values *values,
                       struct ut__text *out, const char **missing)
{
    const char *const v[NAMES] = {values->call,   values->agent,      values->queue, values->node,
                                  values->source, values->caller_key, values->by};
    size_t len;
    for (const char *p = link->url; *p; p += len) {
        int i = *p == '{' ? name_at(p, &len) : -1;
        if (i < 0) {
            len = 1;
            ut__text_bytes(out, p, 1);
        } else if (!v[i][0]) {
            *missing = names[i];
            return UT_EINVAL;
        } else {
            put_encoded(out, v[i]);
        }
    }
    if (out->failed || !out->buf)
        return UT_ENOMEM;
    return steps(out->buf) ? UT_EMALFORMED : 0;
}
