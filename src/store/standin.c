/* SPDX-License-Identifier: MIT */
/* Steps of alerts whose node died: letters alone, for the record that they belong to takes them itself, later. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/args.h"
#include "store/life.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"

static char *letter(const struct ut__store *s, json_t *args, const char *key)
{
    json_t *root = json_pack(
        "{ss sO ss sO sO sO sO}", "key", key, "time_ms", json_object_get(args, "time_ms"), "node",
        s->node, "action", json_object_get(args, "action"), "by", json_object_get(args, "by"),
        "text", json_object_get(args, "text"), "alert", json_object_get(args, "alert"));
    char *body = root ? json_dumps(root, UT__JSON) : NULL;
    json_decref(root);
    return body;
}

/* As where the alert was raised: a rule may have named the channels. Older nodes do not tell them. */
static int leaves_by(const json_t *names, const char *channel)
{
    size_t i;
    json_t *name;
    json_array_foreach(names, i, name)
    {
        if (json_is_string(name) && strcmp(json_string_value(name), channel) == 0)
            return 1;
    }
    return !json_is_array(names);
}

int ut__q_hold(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    (void)args;
    (void)out;
    s->hold_us = ut__clock_mono_us() + UT__HOLD_US;
    return SQLITE_OK;
}

int ut__q_stand_in(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    const char *action = ut__arg_text(args, "action"), *alert = ut__arg_text(args, "alert_id");
    unsigned bit = action ? (unsigned)ut__life_named(action) : 0;
    char key[UT__ALERT_ID_MAX + UT__NODE_MAX + 64];
    json_t *of = json_object_get(args, "alert");
    const char *node = ut__arg_text(of, "node");
    int64_t now = ut__arg_int(args, "time_ms", 0);
    if (!bit || !alert || now <= 0)
        return ut__fail(out, UT__LEDGER_BAD, "The step is incomplete.",
                        "Give action, alert_id, time_ms and alert.");
    if (node && strlen(node) < UT__NODE_MAX &&
        (bit == UT__LIFE_ESCALATED || bit == UT__LIFE_EXPIRED))
        ut__life_due_key(key, sizeof key, alert, action,
                         ut__arg_int(of, "asked_ms", ut__arg_int(of, "raised_ms", 0)), node);
    else
        snprintf(key, sizeof key, "%.150s-%.16s-%lld@%s.%s", alert, action, (long long)now, s->node,
                 s->life);
    char *body = letter(s, args, key);
    int rc = body ? SQLITE_OK : SQLITE_NOMEM;
    for (uint32_t i = 0; i < s->cfg.channel_count && rc == SQLITE_OK; i++)
        if (s->cfg.channels[i].actions & bit &&
            leaves_by(json_object_get(of, "channels"), s->cfg.channels[i].name))
            rc = ut__sql_run(s->db,
                             "INSERT OR IGNORE INTO outbox(channel, alert_id, action, key, body,"
                             " created_ms, due_ms) VALUES(?1,0,?2,?3,?4,?5,?5)",
                             "ssssi", s->cfg.channels[i].name, action, key, body, now);
    ut__tell(s, UT__LEDGER_CHANGED_OUTBOX, NULL);
    free(body);
    return rc;
}
