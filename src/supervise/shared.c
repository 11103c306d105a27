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
#include "supervise/elsewhere.h"
#include "supervise/problems.h"
#include "supervise/signed.h"
#include "supervise/state.h"

static const char *what_it_is(const char *kind)
{
    static const struct {
        const char *kind, *words;
    } known[] = {{"threshold", "Threshold of queue"},
                 {"rule", "Rule"},
                 {"site", "Choice for the profile of queue"},
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

static void tell_stranger(struct ut__supervise *sv, int is)
{
    if (is != ut__problem_is(sv, "node_not_joined"))
        ut__signed_anew(sv);
    if (is)
        ut__problem_raise(sv, "node_not_joined",
                          "This node has another key than the nodes on its NATS: settings, people "
                          "and forgotten callers of theirs are not its own.",
                          "If it is one of them, let it join: undertone-nodes(7). If not, give it "
                          "another --nats-prefix.");
    else
        ut__problem_clear(sv, "node_not_joined");
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
    tell_stranger(sv, json_is_true(json_object_get(root, "stranger")));
    tell_lost(sv, json_object_get(root, "lost"));
    json_decref(root);
}

void ut__shared_send(struct ut__supervise *sv)
{
    if (!sv->bus || !ut__bus_connected(sv->bus))
        return;
    if (sv->share_again)
        ut__bus_anew(sv->bus);
    sv->share_again = 0;
    (void)ut__ask(sv, UT__LEDGER_SHARED_DUE, "{}", on_due, sv);
}

void ut__shared_tick(struct ut__supervise *sv)
{
    for (int i = 0; i < UT__SEALED_MAX && sv->bus; i++)
        if (sv->sealed[i].key[0] && strtoll(sv->sealed[i].text, NULL, 10) < ut__wall_ms()) {
            ut__bus_drop(sv->bus, sv->sealed[i].key);
            sv->sealed[i].key[0] = '\0';
        }
}

static struct ut__sealed *sealed_of(struct ut__supervise *sv, const char *key)
{
    for (int i = 0; i < UT__SEALED_MAX; i++)
        if (strcmp(sv->sealed[i].key, key) == 0)
            return &sv->sealed[i];
    return NULL;
}

static void keep_sealed(struct ut__supervise *sv, const char *key, const char *text,
                        int64_t revision)
{
    struct ut__sealed *s = sealed_of(sv, key);
    if (!s)
        s = &sv->sealed[sv->sealed_next++ % UT__SEALED_MAX];
    snprintf(s->key, sizeof s->key, "%s", key);
    snprintf(s->text, sizeof s->text, "%s", text);
    s->revision = revision;
}

/* The key for a new node, sealed. One that was used, or holds no more, goes. */
static void take_sealed(struct ut__supervise *sv, json_t *list)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        const char *key = ut__json_text(entry, "key"), *sealed = ut__json_text(entry, "value");
        if (strncmp(key, UT__SEALED_KEY, sizeof UT__SEALED_KEY - 1) == 0 &&
            strlen(sealed) < sizeof sv->sealed[0].text && strlen(key) < sizeof sv->sealed[0].key)
            keep_sealed(sv, key, sealed,
                        (int64_t)json_integer_value(json_object_get(entry, "revision")));
    }
    ut__shared_tick(sv);
}

/* What the record has not taken is heard once more, with all settings. */
static void on_taken(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    sv->share_again |= answer->status == UT__LEDGER_AWAY;
}

void ut__shared_take(struct ut__supervise *sv, const char *json, const json_t *root)
{
    const char *kind = ut__json_text(root, "kind");
    if (sv->started && (ut__past_take(sv, kind, root, json) || ut__retire_take(sv, kind, root) ||
                        ut__elsewhere_fetched(sv, kind, root)))
        return;
    int is_bucket = strcmp(kind, "bucket") == 0;
    take_sealed(sv, json_object_get(root, "list"));
    if (sv->started && ut__ask(sv, is_bucket ? UT__LEDGER_SHARED_BUCKET : UT__LEDGER_SHARED_TAKE,
                               json, on_taken, sv))
        sv->share_again = 1;
    if (is_bucket)
        sv->share_due = 1;
}
