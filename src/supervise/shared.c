/* SPDX-License-Identifier: MIT */
/*
 * What people set, one on all nodes.
 *
 *     record: a setting is due -> bus, if its revision is still the one we knew
 *     bus: as it is now -> record, which takes it over where it is newer
 *
 * The record decides and keeps; here things are only carried. One that the bus did not take, since another
 * node was faster or the broker is away, stays due.
 */

#include "supervise/shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/ask.h"
#include "supervise/channels/bus.h"
#include "supervise/problems.h"
#include "supervise/state.h"

static const char *what_it_is(const char *kind)
{
    static const struct {
        const char *kind, *words;
    } known[] = {{"threshold", "Threshold of queue"},
                 {"rule", "Rule"},
                 {"quiet-call", "Mute of call"},
                 {"quiet-agent", "Mute of agent"},
                 {"quiet-queue", "Mute of queue"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(kind, known[i].kind) == 0)
            return known[i].words;
    return "Setting";
}

/* Who set it; a value that was dropped has nobody's name. */
static const char *who(const json_t *setting)
{
    const char *by = ut__json_text(json_object_get(setting, "value"), "set_by");
    return *by ? by : "somebody who dropped it";
}

static void tell_lost(struct ut__supervise *sv, const json_t *lost)
{
    char message[320];
    const json_t *ours = json_object_get(lost, "lost"), *theirs = json_object_get(lost, "kept");
    if (!json_is_object(ours)) {
        ut__problem_clear(sv, "setting_lost");
        return;
    }
    snprintf(message, sizeof message,
             "%s %.80s was changed on two nodes at once: that of %.64s, on this one, gave way to "
             "that of %.64s.",
             what_it_is(ut__json_text(ours, "kind")), ut__json_text(ours, "name"), who(ours),
             who(theirs));
    ut__problem_raise(sv, "setting_lost", message,
                      "Look at what holds now, and set it again if it should be otherwise.");
}

static void on_due(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    json_t *root = answer->json ? json_loads(answer->json, 0, NULL) : NULL;
    json_t *due = json_object_get(root, "due"), *entry;
    size_t i;
    if (!root)
        return;
    json_array_foreach(due, i, entry)
    {
        ut__bus_put(sv->bus, ut__json_text(entry, "key"),
                    (int64_t)json_integer_value(json_object_get(entry, "revision")),
                    ut__json_text(entry, "value"));
    }
    sv->share_due = json_array_size(due) > 0;
    tell_lost(sv, json_object_get(root, "lost"));
    json_decref(root);
}

void ut__shared_send(struct ut__supervise *sv)
{
    if (sv->bus && ut__bus_connected(sv->bus))
        (void)ut__ask(sv, UT__LEDGER_SHARED_DUE, "{}", on_due, sv);
}

void ut__shared_take(struct ut__supervise *sv, const char *json)
{
    json_t *root = json_loads(json, 0, NULL);
    int is_bucket = strcmp(ut__json_text(root, "kind"), "bucket") == 0;
    if (sv->started)
        (void)sv->ledger.ask(sv->ledger.state,
                             is_bucket ? UT__LEDGER_SHARED_BUCKET : UT__LEDGER_SHARED_TAKE, json,
                             NULL, NULL);
    if (is_bucket)
        sv->share_due = 1;
    json_decref(root);
}
