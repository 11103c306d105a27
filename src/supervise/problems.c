/* SPDX-License-Identifier: MIT */
/* What is wrong now, each with its remedy, until it is well again. */

#include "supervise/problems.h"

#include <stdio.h>
#include <string.h>

#include "supervise/messages.h"
#include "supervise/state.h"

static struct ut__problem_report *entry(struct ut__supervise *sv, const char *code)
{
    for (int i = 0; i < UT__PROBLEMS_MAX; i++)
        if (sv->problems[i].since_ms && strcmp(sv->problems[i].code, code) == 0)
            return &sv->problems[i];
    return NULL;
}

int ut__problem_is(struct ut__supervise *sv, const char *code)
{
    return entry(sv, code) != NULL;
}

void ut__problem_raise(struct ut__supervise *sv, const char *code, const char *message,
                       const char *remedy)
{
    struct ut__problem_report *p = entry(sv, code);
    int fresh = p == NULL;
    for (int i = 0; i < UT__PROBLEMS_MAX && !p; i++)
        if (!sv->problems[i].since_ms)
            p = &sv->problems[i];
    if (!p || (!fresh && strcmp(p->message, message) == 0))
        return;
    snprintf(p->code, sizeof p->code, "%s", code);
    snprintf(p->message, sizeof p->message, "%s", message);
    snprintf(p->remedy, sizeof p->remedy, "%s", remedy);
    if (fresh)
        p->since_ms = ut__wall_ms();
    if (sv->started)
        ut__say_health(sv);
}

void ut__problem_clear(struct ut__supervise *sv, const char *code)
{
    struct ut__problem_report *p = entry(sv, code);
    if (!p)
        return;
    p->since_ms = 0;
    if (sv->started)
        ut__say_health(sv);
}

void ut__supervise_problem(struct ut__supervise *sv, const char *code, const char *message,
                           const char *remedy)
{
    if (message)
        ut__problem_raise(sv, code, message, remedy);
    else
        ut__problem_clear(sv, code);
}
