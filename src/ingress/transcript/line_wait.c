/* SPDX-License-Identifier: MIT */
/* A list by the time at which lines were said. */

#include "ingress/transcript/line_wait.h"

#include <stdlib.h>
#include <string.h>

int ut__line_wait_put(struct ut__line_wait *w, const struct ut__waiting *one, const char *text)
{
    size_t len = strlen(text);
    if (w->count == UT__LINES_WAIT_MAX)
        return UT_ETOOBIG;
    struct ut__waiting *copy = malloc(sizeof *copy + len + 1), **at = &w->first;
    if (!copy)
        return UT_ENOMEM;
    *copy = *one;
    memcpy(copy->text, text, len + 1);
    while (*at && (*at)->said_s <= one->said_s)
        at = &(*at)->next;
    copy->next = *at;
    *at = copy;
    w->count++;
    return 0;
}

struct ut__waiting *ut__line_wait_take(struct ut__line_wait *w, double t_s)
{
    struct ut__waiting *one = w->first;
    if (!one || one->said_s > t_s)
        return NULL;
    w->first = one->next;
    w->count--;
    return one;
}

void ut__line_wait_clear(struct ut__line_wait *w)
{
    while (w->first) {
        struct ut__waiting *one = w->first;
        w->first = one->next;
        free(one);
    }
    w->count = 0;
}
