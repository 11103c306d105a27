/* SPDX-License-Identifier: MIT */
/*
 * Calls that have ended and baselines, which all nodes keep.
 *
 *     record: due -> bus -> its stream -> all nodes, this one too: then it is due no more
 *     bus: a batch -> record -> bus: the next, or the same again where the record could not take it
 *
 * Here things are only carried: what is lost on the way is still due.
 */

#include "supervise/past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/ask.h"
#include "supervise/channels/bus.h"
#include "supervise/problems.h"
#include "supervise/state.h"

enum { AGAIN_MS = 5000, STUCK_MS = 30000 };

static int64_t now_ms(void)
{
    return ut__clock_mono_us() / 1000;
}

static void on_due(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    json_t *root = answer->json ? json_loads(answer->json, 0, NULL) : NULL, *one;
    json_t *due = json_object_get(root, "due");
    size_t i;
    sv->past.asked = 0;
    json_array_foreach(json_object_get(root, "purges"), i, one)
        ut__bus_purge(sv->bus, json_string_value(one));
    json_array_foreach(due, i, one)
        ut__bus_past_put(sv->bus, ut__json_text(one, "key"), ut__json_text(one, "value"));
    sv->past.sent = (int64_t)json_array_size(due);
    sv->past.sent_ms = now_ms();
    if (!sv->past.sent)
        sv->past.quiet_ms = 0;
    else if (!sv->past.quiet_ms)
        sv->past.quiet_ms = now_ms();
    json_decref(root);
}

static void ask_due(struct ut__supervise *sv)
{
    if (!sv->past.asked && ut__ask(sv, UT__LEDGER_PAST_DUE, "{}", on_due, sv) == 0)
        sv->past.asked = 1;
}

/* Where the record has read to: the bus goes on from there. */
static void on_from(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    json_t *root = answer->json ? json_loads(answer->json, 0, NULL) : NULL;
    const json_t *after = json_object_get(root, "after");
    if (json_is_integer(after) && json_integer_value(after) >= 0) {
        sv->past.reading = 1;
        sv->past.handed_ms = 0;
        ut__bus_past_from(sv->bus, (int64_t)json_integer_value(after));
    }
    json_decref(root);
}

static void ask_from(struct ut__supervise *sv)
{
    json_t *root = json_pack("{ss}", "stream", sv->past.stream);
    char *args = root ? json_dumps(root, JSON_COMPACT) : NULL;
    if (args)
        (void)ut__ask(sv, UT__LEDGER_PAST_FROM, args, on_from, sv);
    free(args);
    json_decref(root);
}

static void on_taken(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    json_t *root = answer->json ? json_loads(answer->json, 0, NULL) : NULL;
    int64_t told = (int64_t)json_integer_value(json_object_get(root, "told"));
    int64_t after = (int64_t)json_integer_value(json_object_get(root, "after"));
    json_decref(root);
    if (!root)
        return; /* The tick asks where the record stands. */
    sv->past.handed_ms = 0;
    ut__bus_past_from(sv->bus, after);
    if (!told)
        return;
    sv->past.quiet_ms = 0;
    sv->past.sent -= told;
    if (sv->past.sent <= 0)
        ask_due(sv);
}

static void tell_stuck(struct ut__supervise *sv, const char *why)
{
    char message[320];
    snprintf(
        message, sizeof message,
        "Calls that have ended do not get to the other nodes: NATS does not keep them%s%.160s.",
        *why ? ": " : "", why);
    ut__problem_raise(sv, "past_waits", message,
                      "Look at JetStream's room and at the stream whose name ends in _past (nats "
                      "stream info); what waits is told when NATS takes it.");
}

int ut__past_take(struct ut__supervise *sv, const char *kind, const json_t *root, const char *json)
{
    const char *stream = ut__json_text(root, "stream");
    if (strcmp(kind, "past") == 0) {
        sv->past.handed_ms = now_ms();
        (void)ut__ask(sv, UT__LEDGER_PAST_TAKE, json, on_taken, sv);
    } else if (strcmp(kind, "purged") == 0) {
        (void)sv->ledger.ask(sv->ledger.state, UT__LEDGER_PAST_PURGED, json, NULL, NULL);
    } else if (strcmp(kind, "past_stream") == 0) {
        sv->past = (struct ut__past){.asked = sv->past.asked};
        snprintf(sv->past.stream, sizeof sv->past.stream, "%s", stream);
        if (*stream)
            ask_from(sv);
        else
            tell_stuck(sv, ut__json_text(root, "why"));
    } else {
        return 0;
    }
    return 1;
}

void ut__past_tick(struct ut__supervise *sv)
{
    struct ut__past *p = &sv->past;
    int64_t now = now_ms();
    if (!sv->bus || !ut__bus_connected(sv->bus) || !p->stream[0])
        return;
    if (!p->reading || (p->handed_ms && now - p->handed_ms > AGAIN_MS))
        ask_from(sv);
    if (p->sent <= 0 || now - p->sent_ms > AGAIN_MS)
        ask_due(sv);
    if (p->quiet_ms && now - p->quiet_ms > STUCK_MS)
        tell_stuck(sv, "");
    else
        ut__problem_clear(sv, "past_waits");
}
