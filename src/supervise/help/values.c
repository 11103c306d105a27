/* SPDX-License-Identifier: MIT */
/* Names in an action's texts, and the values that take their place. */

#include "supervise/help/values.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json_string.h"

enum { NAMES = 11, VALUE_MAX = 512 };

static const char *const names[NAMES] = {"call",    "agent",  "agent.user", "queue",
                                         "node",    "source", "caller_key", "by",
                                         "by.user", "phone",  "replaces"};

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const char *ut__help_name_at(const char *p, size_t *len)
{
    *len = strcspn(p, "}") + 1;
    for (int i = 0; i < NAMES; i++)
        if (*len == strlen(names[i]) + 2 && p[0] == '{' && p[*len - 1] == '}' &&
            strncmp(p + 1, names[i], *len - 2) == 0)
            return names[i];
    return NULL;
}

int ut__help_check_names(const char *text, char *why, size_t why_cap)
{
    size_t len = 1;
    for (const char *p = text; *p; p += len) {
        len = 1;
        if ((*p != '{' && *p != '}') || ut__help_name_at(p, &len))
            continue;
        size_t shown = strcspn(p + 1, "}");
        snprintf(why, why_cap,
                 "{%.*s} is no name: there are {call} {agent} {agent.user} {queue} {node} {source} "
                 "{caller_key} {by} {by.user} {phone} {replaces}; the caller's number is not kept",
                 (int)(shown < 24 ? shown : 24), p + 1);
        return UT_EINVAL;
    }
    return 0;
}

int ut__help_is_plain(const char *value)
{
    size_t n = strspn(value, letters);
    while (value[n] && strchr("._+-", value[n]))
        n += 1 + strspn(value + n + 1, letters);
    return *value && !value[n];
}

void ut__help_user(const char *value, char *out, size_t cap)
{
    if (strncasecmp(value, "sip:", 4) == 0)
        value += 4;
    else if (strncasecmp(value, "sips:", 5) == 0)
        value += 5;
    snprintf(out, cap, "%.*s", (int)strcspn(value, "@"), value);
}

static void value_of(const char *name, const struct ut__help_values *v, char *out, size_t cap)
{
    const char *const values[NAMES] = {v->call, v->agent,  v->agent,      v->queue,
                                       v->node, v->source, v->caller_key, v->by,
                                       v->by,   v->phone,  v->replaces};
    int i = 0;
    while (i < NAMES - 1 && names[i] != name)
        i++;
    if (strchr(name, '.'))
        ut__help_user(values[i], out, cap);
    else
        snprintf(out, cap, "%s", values[i]);
}

static void put_encoded(struct ut__text *out, const char *value)
{
    for (; *value; value++)
        if (strchr(letters, *value) || strchr("-._~", *value))
            ut__text_bytes(out, value, 1);
        else
            ut__text_printf(out, "%%%02X", (unsigned)(unsigned char)*value);
}

static void put_json(struct ut__text *out, const char *value)
{
    char one[UT__JSON_CHAR_MAX];
    for (size_t len = strlen(value), taken; len; value += taken, len -= taken)
        ut__text_bytes(out, one, ut__json_char(one, value, len, &taken));
}

static int put(struct ut__text *out, enum ut__help_place place, char *value)
{
    if (place == UT__HELP_IN_ADDRESS) {
        put_encoded(out, value);
        return 0;
    }
    if (place == UT__HELP_IN_JSON) {
        put_json(out, value);
        return 0;
    }
    if (place == UT__HELP_IN_COMMAND && !ut__help_is_plain(value))
        return UT_EMALFORMED;
    for (char *p = value; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
    ut__text_raw(out, value);
    return 0;
}

int ut__help_fill(const char *text, enum ut__help_place place, const struct ut__help_values *values,
                  struct ut__text *out, const char **name)
{
    char value[VALUE_MAX];
    size_t len;
    ut__text_raw(out, "");
    for (const char *p = text; *p; p += len) {
        const char *found = *p == '{' ? ut__help_name_at(p, &len) : NULL;
        if (!found) {
            len = 1;
            ut__text_bytes(out, p, 1);
            continue;
        }
        *name = found;
        value_of(found, values, value, sizeof value);
        if (!value[0])
            return UT_EINVAL;
        if (put(out, place, value))
            return UT_EMALFORMED;
    }
    return out->failed ? UT_ENOMEM : 0;
}
