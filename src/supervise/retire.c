/* SPDX-License-Identifier: MIT */
/*
 * A node that leaves for good:
 *
 *     record: the next of its calls, its timeline sealed -> bus, its stream of those -> handed -> the next
 *     none is left, none goes on, no alert is open, all is told -> it may leave
 */

#include "supervise/retire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/ask.h"
#include "supervise/channels/bus.h"
#include "supervise/problems.h"
#include "supervise/state.h"

enum { AGAIN_MS = 15000 };

static int64_t now_ms(void)
{
    return ut__clock_mono_us() / 1000;
}

static void ask_next(struct ut__supervise *sv);

static void on_next(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    json_t *root = answer->json ? json_loads(answer->json, 0, NULL) : NULL;
    int64_t after = (int64_t)json_integer_value(json_object_get(root, "after"));
    const char *key = ut__json_text(root, "key");
    sv->retire.sent_ms = 0;
    sv->retire.alerts = (uint32_t)json_integer_value(json_object_get(root, "alerts"));
    sv->retire.waiting = (uint32_t)json_integer_value(json_object_get(root, "waiting"));
    if (root && !after) {
        /* What ended in the last second may not be written yet: twice in turn. */
        int empty = sv->wall.local == 0 && !sv->retire.alerts && !sv->retire.waiting;
        sv->retire.done = sv->retire.empty && empty;
        sv->retire.empty = empty != 0;
    } else if (*key) {
        sv->retire.empty = 0;
        sv->retire.sent_ms = now_ms();
        ut__bus_hand(sv->bus, key, after, ut__json_text(root, "value"));
    } else if (after) { /* One that cannot be told. */
        sv->retire.after = after;
        ask_next(sv);
    }
    json_decref(root);
}

static void ask_next(struct ut__supervise *sv)
{
    char args[48];
    snprintf(args, sizeof args, "{\"after\":%lld}", (long long)sv->retire.after);
    if (ut__ask(sv, UT__LEDGER_RETIRE, args, on_next, sv) == 0)
        sv->retire.sent_ms = now_ms();
}

int ut__retire_take(struct ut__supervise *sv, const char *kind, const json_t *root)
{
    int64_t row = (int64_t)json_integer_value(json_object_get(root, "row"));
    if (strcmp(kind, "not_handed") == 0) {
        snprintf(sv->retire.why, sizeof sv->retire.why, "%s", ut__json_text(root, "why"));
        return 1;
    }
    if (strcmp(kind, "handed") != 0)
        return 0;
    sv->retire.why[0] = '\0';
    if (row <= sv->retire.after) /* Sent twice. */
        return 1;
    sv->retire.after = row;
    sv->retire.kept++;
    ask_next(sv);
    return 1;
}

int ut__supervise_retire(struct ut__supervise *sv)
{
    if (!sv->bus || ut__problem_is(sv, "node_not_joined"))
        return 0;
    if (!sv->retire.on)
        sv->retire = (struct ut__retire){.on = 1};
    return 1;
}

int ut__supervise_retires(const struct ut__supervise *sv)
{
    return sv->retire.on && !sv->retire.done;
}

void ut__retire_tick(struct ut__supervise *sv)
{
    struct ut__retire *r = &sv->retire;
    char message[320];
    if (!r->on)
        return;
    if (r->done) {
        snprintf(message, sizeof message, "This node has handed %u calls to NATS, and may leave.",
                 r->kept);
        ut__problem_raise(sv, "retired", message, "Start it no more.");
        return;
    }
    const char *remedy = "Leave it alone until it has.";
    int n =
        snprintf(message, sizeof message, "This node hands its calls to NATS: %u so far.", r->kept);
    if (r->why[0]) {
        snprintf(message + n, sizeof message - (size_t)n, " NATS does not take more: %s.", r->why);
        remedy = "Give JetStream room: the stream whose name ends in _kept wants a higher limit of "
                 "bytes (nats stream edit), or its server more disk.";
    } else if (r->alerts) {
        snprintf(message + n, sizeof message - (size_t)n, " %u of its alerts %s open.", r->alerts,
                 r->alerts == 1 ? "is" : "are");
        remedy = "Resolve them, on whatever node, or wait until they expire.";
    } else if (r->waiting) {
        snprintf(message + n, sizeof message - (size_t)n, " %u letters and changes are to be told.",
                 r->waiting);
    }
    ut__problem_raise(sv, "retiring", message, remedy);
    if (ut__bus_connected(sv->bus) && (!r->sent_ms || now_ms() - r->sent_ms > AGAIN_MS))
        ask_next(sv);
}
