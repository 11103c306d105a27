/* SPDX-License-Identifier: MIT */
/* What does not ring for a while. */

#include "supervise/feed/quiets.h"

#include <stdio.h>
#include <string.h>

#include "supervise/scope.h"

int ut__quiet_is_kind(const char *kind)
{
    return strcmp(kind, "call") == 0 || strcmp(kind, "agent") == 0 || strcmp(kind, "queue") == 0;
}

static void drop(struct ut__quiets *q, uint32_t i)
{
    q->list[i] = q->list[--q->count];
    memcpy(q->queues[i], q->queues[q->count], sizeof q->queues[i]);
}

int ut__quiets_put(struct ut__quiets *q, const struct ut__quiet *quiet, const char *queue)
{
    for (uint32_t i = q->count; i-- > 0;)
        if (strcmp(q->list[i].kind, quiet->kind) == 0 && strcmp(q->list[i].name, quiet->name) == 0)
            drop(q, i);
    if (!quiet->until_ms)
        return 1;
    if (q->count == UT__QUIETS_MAX)
        return 0;
    snprintf(q->queues[q->count], sizeof q->queues[0], "%s", queue);
    q->list[q->count++] = *quiet;
    return 1;
}

void ut__quiets_expire(struct ut__quiets *q, int64_t now_ms)
{
    for (uint32_t i = q->count; i-- > 0;)
        if (q->list[i].until_ms <= now_ms)
            drop(q, i);
}

void ut__quiet_json(const struct ut__quiet *quiet, struct ut__text *out)
{
    ut__text_kstr(out, "kind", quiet->kind);
    ut__text_kstr(out, "name", quiet->name);
    ut__text_kint(out, "until_ms", quiet->until_ms);
    ut__text_kstr(out, "by", quiet->by);
    ut__text_kstr(out, "why", quiet->why);
    ut__text_kint(out, "set_ms", quiet->set_ms);
}

void ut__quiets_json(const struct ut__quiets *q, const char *scope, struct ut__text *out)
{
    int n = 0;
    ut__text_raw(out, "[");
    for (uint32_t i = 0; i < q->count; i++) {
        if (q->queues[i][0] && !ut__scope_has(scope, q->queues[i]))
            continue;
        ut__text_raw(out, n++ ? ",{" : "{");
        ut__quiet_json(&q->list[i], out);
        ut__text_raw(out, "}");
    }
    ut__text_raw(out, "]");
}
