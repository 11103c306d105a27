/* SPDX-License-Identifier: MIT */
/* Arguments of questions, and short answers. */

#include "store/args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/state.h"

enum { PAGE = 50, PAGE_MAX = 500 };

const char *ut__arg_text(json_t *args, const char *name)
{
    return json_string_value(json_object_get(args, name));
}

int64_t ut__arg_int(json_t *args, const char *name, int64_t dflt)
{
    const json_t *v = json_object_get(args, name);
    return json_is_integer(v) ? (int64_t)json_integer_value(v) : dflt;
}

double ut__arg_num(json_t *args, const char *name, double dflt)
{
    const json_t *v = json_object_get(args, name);
    return json_is_number(v) ? json_number_value(v) : dflt;
}

int ut__arg_page(json_t *args, int64_t dflt, int64_t *limit, int64_t *cursor,
                 struct ut__answer *out)
{
    const char *text = ut__arg_text(args, "cursor");
    *limit = ut__arg_int(args, "limit", PAGE);
    *cursor = text ? strtoll(text, NULL, 10) : dflt;
    if (*limit >= 1 && *limit <= PAGE_MAX && *cursor >= 0)
        return 1;
    (void)ut__fail(out, UT__LEDGER_BAD, "limit or cursor makes no sense.",
                   "Give a limit of 1 to 500, and as cursor what `next` said.");
    return 0;
}

int ut__arg_note(json_t *args, const char *name, size_t max, const char **text,
                 struct ut__answer *out)
{
    *text = ut__arg_text(args, name);
    if (*text && !(*text)[0])
        *text = NULL;
    if (!*text || strlen(*text) <= max)
        return 1;
    (void)ut__fail(out, UT__LEDGER_BAD, "A text is too long.",
                   "Give a note of at most 2000 bytes and a source of at most 63.");
    return 0;
}

int ut__fail(struct ut__answer *out, enum ut__ledger_status status, const char *message,
             const char *remedy)
{
    ut__answer_fail(out, status, message, remedy);
    return 0;
}

int ut__count(struct ut__answer *out, const char *name, int64_t n)
{
    char text[96];
    snprintf(text, sizeof text, "{\"%s\":%lld}", name, (long long)n);
    out->json = strdup(text);
    return 0;
}

int ut__found(struct ut__answer *out, char *json_take, const char *message)
{
    if (!json_take)
        return ut__fail(out, UT__LEDGER_NOT_FOUND, message, "Look at the list of those there are.");
    out->json = json_take;
    return 0;
}
