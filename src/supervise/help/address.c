/* SPDX-License-Identifier: MIT */
/* Addresses of actions: what they may be, checked when the program starts. */

#include <stdio.h>
#include <string.h>

#include "supervise/channels/target.h"
#include "supervise/help/action.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static int is_among(char c, const char *set)
{
    return c && (strchr(letters, c) || strchr(set, c));
}

static int fault(char *why, size_t cap, const char *what)
{
    snprintf(why, cap, "%s", what);
    return UT_EINVAL;
}

/* Written out, since a value may not choose where it leads. */
static int check_host(const char *host, char *why, size_t cap)
{
    size_t n = strcspn(host, "/?#");
    for (size_t i = 0; i < n; i++)
        if (!is_among(host[i], ".-:[]"))
            return fault(why, cap,
                         "the host of an https address must be written out, as in "
                         "Open=https://pbx.example.com/calls/{call}");
    return n ? 0 : fault(why, cap, "the https address names no host");
}

static int check_sip(const char *url, char *why, size_t cap)
{
    const char *at = strchr(url, '@');
    if ((strncmp(url, "sip:", 4) == 0 || strncmp(url, "sips:", 5) == 0) && at && at[1] &&
        !memchr(at, '{', strcspn(at, ";?")))
        return 0;
    return fault(why, cap,
                 "a sip address needs an @ and its host written out, as in "
                 "Listen=sip:spy-{agent}@pbx.example.com");
}

/* HOST:PORT, for AMI and ESL. */
static int check_place(const char *place, char *why, size_t cap)
{
    const char *colon = strrchr(place, ':');
    size_t n = 0;
    while (is_among(place[n], ".-:[]"))
        n++;
    if (colon && colon > place && !place[n] &&
        strspn(colon + 1, "0123456789") == strlen(colon + 1) && colon[1] && strlen(colon) <= 6)
        return 0;
    return fault(why, cap,
                 "AMI and ESL need a host and a port after them, as in Whisper=AMI 127.0.0.1:5038 "
                 "login-file=FILE Action: Originate; ...");
}

static int check_target(const char *url, enum ut__help_way way, char *why, size_t cap)
{
    int sip = strncmp(url, "sip:", 4) == 0 || strncmp(url, "sips:", 5) == 0;
    if (way == UT__HELP_SIP || (way == UT__HELP_LINK && sip))
        return check_sip(url, why, cap);
    if (way == UT__HELP_LINK && strncmp(url, "tel:", 4) == 0 && url[4])
        return 0;
    if (strncmp(url, "https://", 8) == 0)
        return check_host(url + 8, why, cap);
    if (way == UT__HELP_HTTP)
        return ut__target_check_url(url)
                   ? 0
                   : fault(why, cap,
                           "the address must begin with https:// (http:// is for this machine "
                           "alone): give it an address with TLS");
    return fault(why, cap, "the address must begin with https://, tel:, sip: or sips:");
}

int ut__action_refers(const struct ut__action *a)
{
    return strcmp(a->method, "REFER") == 0 || strcmp(a->method, "INVITE") == 0;
}

int ut__action_check_address(const char *url, enum ut__help_way way, char *why, size_t cap)
{
    if (way == UT__HELP_AMI || way == UT__HELP_ESL)
        return check_place(url, why, cap);
    if (check_target(url, way, why, cap) || ut__help_check_names(url, why, cap))
        return UT_EINVAL;
    for (const char *p = url; *p; p++) {
        if (*p == '%' && (strspn(p + 1, "0123456789ABCDEFabcdef") < 2))
            return fault(why, cap, "a % in an address must be followed by two hexadecimal digits");
        if (!is_among(*p, "-._~:/?#[]@!$&'()*+,;=%{}"))
            return fault(why, cap,
                         "an address has letters, digits and -._~:/?#[]@!$&'()*+,;= alone; write "
                         "others as %XX");
    }
    return 0;
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

int ut__action_fill(const struct ut__action *a, const struct ut__help_values *values,
                    struct ut__text *target, struct ut__text *text, const char **name)
{
    int address = a->way != UT__HELP_AMI && a->way != UT__HELP_ESL;
    enum ut__help_place place = a->way == UT__HELP_HTTP ? UT__HELP_IN_JSON
                                : address               ? UT__HELP_IN_TEXT
                                                        : UT__HELP_IN_COMMAND;
    if (ut__action_refers(a))
        place = UT__HELP_IN_ADDRESS;
    int err = ut__help_fill(a->target, UT__HELP_IN_ADDRESS, values, target, name);
    if (!err)
        err = ut__help_fill(a->text, place, values, text, name);
    if (!err && address && steps(target->buf)) {
        *name = NULL;
        err = UT_EMALFORMED;
    }
    return err;
}
