/* SPDX-License-Identifier: MIT */
/* The queues that somebody sees. */

#include "supervise/scope.h"

#include <string.h>

#include <jansson.h>

#include "contract/stream.h"

int ut__scope_has(const char *scope, const char *queue)
{
    size_t n = strlen(queue);
    if (!*scope)
        return 1;
    for (const char *at = strchr(queue, '\n') ? "" : scope; *at; at += strcspn(at, "\n") + 1)
        if (strncmp(at, queue, n) == 0 && at[n] == '\n')
            return 1;
    return 0;
}

static int is_name(const char *queue)
{
    size_t n = strlen(queue);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)queue[i] < ' ')
            return 0;
    return n > 0 && n < UT__CALL_LABEL_MAX;
}

int ut__scope_add(char scope[UT__SCOPE_BYTES], const char *queue)
{
    size_t n = strlen(queue), len = strlen(scope), count = 0;
    if (!is_name(queue))
        return 0;
    if (*scope && ut__scope_has(scope, queue))
        return 1;
    char *at = scope, *place = NULL;
    for (; *at; at += strcspn(at, "\n") + 1, count++)
        if (!place && strcmp(at, queue) > 0)
            place = at;
    if (len + n + 2 > UT__SCOPE_BYTES || count >= UT__SCOPE_QUEUES)
        return 0;
    place = place ? place : at;
    memmove(place + n + 1, place, strlen(place) + 1);
    memcpy(place, queue, n);
    place[n] = '\n';
    return 1;
}

int ut__scope_from_json(char scope[UT__SCOPE_BYTES], const json_t *names)
{
    const json_t *item;
    size_t i;
    scope[0] = '\0';
    if (names && !json_is_null(names) && !json_is_array(names))
        return 0;
    json_array_foreach(names, i, item)
    {
        const char *name = json_string_value(item);
        if (!name || !ut__scope_add(scope, name))
            return 0;
    }
    return 1;
}

json_t *ut__scope_to_json(const char *scope)
{
    json_t *names = json_array();
    for (const char *at = scope; *at; at += strcspn(at, "\n") + 1)
        json_array_append_new(names, json_stringn(at, strcspn(at, "\n")));
    return names;
}
