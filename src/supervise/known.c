/* SPDX-License-Identifier: MIT */
/* What the hub knows of the record: who may, thresholds, how it fares. Read at the start, and when it changes. */

#include "supervise/known.h"

#include <stdlib.h>
#include <string.h>

#include "supervise/api/routes.h"
#include "supervise/ask.h"
#include "supervise/health.h"
#include "supervise/messages.h"
#include "supervise/state.h"

static void on_sessions(void *arg, struct ut__answer *answer)
{
    const struct ut__supervise *sv = arg;
    ut__auth_set_sessions(sv->auth, answer);
}

static void on_people(void *arg, struct ut__answer *answer)
{
    const struct ut__supervise *sv = arg;
    ut__auth_set_people(sv->auth, answer);
}

static int has_quiet(const struct ut__quiet *list, uint32_t count, const struct ut__quiet *q,
                     int as_long)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(list[i].kind, q->kind) == 0 && strcmp(list[i].name, q->name) == 0 &&
            (!as_long || list[i].until_ms == q->until_ms))
            return 1;
    return 0;
}

/* Another node has set or ended it, or it is from before a restart. */
static void take_quiet(struct ut__supervise *sv, const struct ut__quiet *q)
{
    int is_call = strcmp(q->kind, "call") == 0;
    const struct ut__card *c = is_call ? ut__wall_find(&sv->wall, NULL, q->name) : NULL;
    const char *queue = c ? c->queue : strcmp(q->kind, "queue") == 0 ? q->name : "";
    if (ut__quiets_put(&sv->quiets, q, queue))
        ut__say_quiet(sv, q, queue);
}

static void on_quiets(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    if (answer->status != UT__LEDGER_OK)
        return;
    for (uint32_t i = sv->quiets.count; i-- > 0;) {
        struct ut__quiet q = sv->quiets.list[i];
        if (has_quiet(answer->quiets, answer->count, &q, 0))
            continue;
        q.until_ms = 0;
        take_quiet(sv, &q);
    }
    for (uint32_t i = 0; i < answer->count; i++)
        if (!has_quiet(sv->quiets.list, sv->quiets.count, &answer->quiets[i], 1))
            take_quiet(sv, &answer->quiets[i]);
}

/* What was told of before a restart is not told again: the minutes count as they did then. */
static void on_exposed(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    for (uint32_t i = 0; i < answer->count && answer->status == UT__LEDGER_OK; i++)
        for (uint32_t k = 0; k < answer->exposed[i].seconds; k++)
            (void)ut__exposure_add(&sv->exposure, answer->exposed[i].agent,
                                   answer->exposed[i].minute, sv->cfg.break_min);
}

static int same_problems(const struct ut__record_state *a, const struct ut__record_state *b)
{
    return a && a->problem_count == b->problem_count &&
           memcmp(a->problems, b->problems, sizeof a->problems) == 0;
}

static void on_state(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    if (answer->status != UT__LEDGER_OK)
        return;
    int changed = !same_problems(sv->store_state, answer->state);
    free(sv->store_state);
    sv->store_state = ut__answer_take(answer);
    if (changed)
        ut__say_health(sv);
}

static void on_loads(void *arg, struct ut__answer *answer)
{
    ut__loads_take(arg, answer);
}

static ut__answered *reader_of(enum ut__inquiry_kind kind)
{
    switch (kind) {
    case UT__INQUIRE_TOKENS:
        return ut__known_tokens;
    case UT__INQUIRE_SESSIONS:
        return on_sessions;
    case UT__INQUIRE_PEOPLE:
        return on_people;
    case UT__INQUIRE_QUIETS:
        return on_quiets;
    case UT__INQUIRE_EXPOSED:
        return on_exposed;
    case UT__INQUIRE_THRESHOLDS:
        return ut__known_thresholds;
    case UT__INQUIRE_RULES:
        return ut__known_rules;
    case UT__INQUIRE_SITES:
        return ut__known_sites;
    case UT__INQUIRE_STATE:
        return on_state;
    case UT__INQUIRE_CHANNELS:
        return on_loads;
    default:
        return NULL;
    }
}

void ut__known_read(struct ut__supervise *sv, enum ut__inquiry_kind kind)
{
    (void)ut__inquire(sv, &(struct ut__inquiry){.kind = kind}, reader_of(kind), sv);
}

int ut__known_first(struct ut__supervise *sv)
{
    static const enum ut__inquiry_kind first[] = {
        UT__INQUIRE_TOKENS, UT__INQUIRE_SESSIONS, UT__INQUIRE_PEOPLE,
        UT__INQUIRE_QUIETS, UT__INQUIRE_EXPOSED,  UT__INQUIRE_THRESHOLDS,
        UT__INQUIRE_RULES,  UT__INQUIRE_SITES,    UT__INQUIRE_STATE};
    int err = 0;
    for (size_t i = 0; i < sizeof first / sizeof first[0] && !err; i++)
        err = ut__inquire_now(sv, &(struct ut__inquiry){.kind = first[i]}, reader_of(first[i]), sv);
    return err;
}
