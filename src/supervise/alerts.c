/* SPDX-License-Identifier: MIT */
/* The alerts that the page shows. */

#include "supervise/alerts.h"

#include <stdlib.h>
#include <string.h>

#include <undertone/error.h>

enum { ALERTS_MAX = 20000 /* A bound on what a foreign node can make us keep. */ };

int ut__alerts_init(struct ut__alerts *a)
{
    a->by_id = json_object();
    return a->by_id ? 0 : UT_ENOMEM;
}

void ut__alerts_release(struct ut__alerts *a)
{
    json_decref(a->by_id);
    a->by_id = NULL;
}

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

int ut__alert_is_open(const json_t *alert)
{
    const char *state = text(alert, "state");
    return strcmp(state, "raised") == 0 || strcmp(state, "acknowledged") == 0;
}

int ut__alerts_put(struct ut__alerts *a, json_t *alert)
{
    const char *id = text(alert, "alert");
    json_t *old = json_object_get(a->by_id, id);
    if (!*id || (old && json_equal(old, alert)) ||
        (!old && json_object_size(a->by_id) >= ALERTS_MAX))
        return 0;
    json_object_set(a->by_id, id, alert);
    return 1;
}

json_t *ut__alerts_find(const struct ut__alerts *a, const char *id)
{
    return json_object_get(a->by_id, id);
}

void ut__alerts_call_ended(struct ut__alerts *a, const char *node, const char *call)
{
    const char *key;
    json_t *alert;
    void *tmp;
    json_object_foreach_safe(a->by_id, tmp, key, alert)
    {
        if (strcmp(text(alert, "call"), call) == 0 && strcmp(text(alert, "node"), node) == 0 &&
            !ut__alert_is_open(alert))
            json_object_del(a->by_id, key);
    }
}

void ut__alerts_erase_call(struct ut__alerts *a, const char *call)
{
    const char *key;
    json_t *alert;
    void *tmp;
    json_object_foreach_safe(a->by_id, tmp, key, alert)
    {
        if (strcmp(text(alert, "call"), call) == 0)
            json_object_del(a->by_id, key);
    }
}

void ut__alerts_json(const struct ut__alerts *a, int open_only, const char *queue,
                     const char *agent, struct ut__text *out)
{
    const char *key;
    json_t *alert;
    int n = 0;
    ut__text_raw(out, "[");
    json_object_foreach(a->by_id, key, alert)
    {
        if ((open_only && !ut__alert_is_open(alert)) ||
            (queue && strcmp(queue, text(alert, "queue")) != 0) ||
            (agent && strcmp(agent, text(alert, "agent")) != 0))
            continue;
        char *json = json_dumps(alert, JSON_COMPACT);
        if (!json)
            continue;
        if (n++)
            ut__text_raw(out, ",");
        ut__text_raw(out, json);
        free(json);
    }
    ut__text_raw(out, "]");
}

unsigned ut__alerts_count(const struct ut__alerts *a, const char *state)
{
    const char *key;
    json_t *alert;
    unsigned n = 0;
    json_object_foreach(a->by_id, key, alert) n += strcmp(text(alert, "state"), state) == 0;
    return n;
}
