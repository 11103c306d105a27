/* SPDX-License-Identifier: MIT */
/*
 *     {"mac":"64 digits","kind","node","life","n","at",...}: the digits are of all that follows them
 *
 * life names the process, n counts what it said, at is its clock. A name whose lease was of this house speaks signed
 * from then on, and no number twice; an older life than the last is somebody's who has recorded it.
 */

#include "supervise/signed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/nodes.h"
#include "supervise/problems.h"
#include "supervise/state.h"

enum { DIGITS = 64, TELL_MS = 600000 };

static const char head[] = "{\"mac\":\"", tail[] = "\",";

void ut__supervise_sign(struct ut__supervise *sv, const char *text, char out[65])
{
    sv->ledger.sign(sv->ledger.state, text, out);
}

static int is_signed(struct ut__supervise *sv, const char *text)
{
    char mac[DIGITS + 1];
    const char *digits = text + strlen(head), *rest = digits + DIGITS + strlen(tail);
    if (strlen(text) < strlen(head) + DIGITS + strlen(tail) ||
        strncmp(text, head, strlen(head)) != 0 || strncmp(digits + DIGITS, tail, strlen(tail)) != 0)
        return 0;
    ut__supervise_sign(sv, rest, mac);
    int differs = 0;
    for (int i = 0; i < DIGITS; i++) /* In as long whatever they are. */
        differs |= mac[i] ^ digits[i];
    return !differs;
}

static int64_t number_of(const json_t *root, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(root, key));
}

static enum ut__trust refuse(struct ut__supervise *sv, const char *node)
{
    snprintf(sv->false_node, sizeof sv->false_node, "%s", node);
    sv->false_ms = ut__clock_mono_us() / 1000;
    return UT__TRUST_FALSE;
}

/* Of a process that we know as the newest of that name, or of one after it. */
static int is_newer_life(const struct ut__node *n, int64_t at_ms)
{
    int64_t now = ut__clock_mono_us() / 1000, off_ms = llabs(ut__wall_ms() - at_ms);
    return at_ms > n->at_ms ||
           (now - n->heard_ms > UT__PRIVATE_GOOD_MS && off_ms <= UT__PRIVATE_GOOD_MS);
}

enum ut__trust ut__signed_lease(struct ut__supervise *sv, const char *node, const char *text,
                                const json_t *lease)
{
    struct ut__node *n = ut__node_find(sv, node);
    int64_t number = number_of(lease, "n"), at_ms = number_of(lease, "time_ms");
    if (!is_signed(sv, text) || strcmp(ut__json_text(lease, "node"), node) != 0)
        return n && n->is_ours ? refuse(sv, node) : UT__TRUST_OPEN;
    if (n && n->is_ours) {
        int same = strcmp(n->instance, ut__json_text(lease, "instance")) == 0;
        if (same && number == n->lease_n) /* Heard once more, after an outage. */
            return UT__TRUST_OURS;
        if (same ? number < n->lease_n : !is_newer_life(n, at_ms))
            return refuse(sv, node);
        if (!same)
            n->said_n = 0;
    } else if ((n = ut__node_add(sv, node)) == NULL) {
        return UT__TRUST_FALSE;
    }
    n->is_ours = 1;
    n->lease_n = number;
    n->at_ms = at_ms;
    return UT__TRUST_OURS;
}

enum ut__trust ut__signed_said(struct ut__supervise *sv, const char *text, const json_t *root)
{
    const char *node = ut__json_text(root, "node");
    struct ut__node *n = ut__node_find(sv, node);
    if (!is_signed(sv, text))
        return n && n->is_ours ? refuse(sv, node) : UT__TRUST_OPEN;
    /* Alerts are kept, and come once more; what is sealed is good once by itself. */
    const char *kind = ut__json_text(root, "kind");
    if (!n || strcmp(kind, "alert") == 0 || strcmp(kind, "asked") == 0 ||
        strcmp(kind, "answered") == 0)
        return UT__TRUST_OURS;
    if (strcmp(n->instance, ut__json_text(root, "life")) != 0) /* Its lease is yet to come. */
        return !n->is_ours || is_newer_life(n, number_of(root, "at")) ? UT__TRUST_OURS
                                                                      : refuse(sv, node);
    if (number_of(root, "n") <= n->said_n)
        return refuse(sv, node);
    n->said_n = number_of(root, "n");
    return UT__TRUST_OURS;
}

void ut__signed_anew(struct ut__supervise *sv)
{
    for (uint32_t i = 0; i < sv->node_count; i++)
        sv->nodes[i].is_ours = 0;
}

void ut__signed_tick(struct ut__supervise *sv)
{
    char message[200];
    if (!sv->false_ms || ut__clock_mono_us() / 1000 - sv->false_ms > TELL_MS) {
        ut__problem_clear(sv, "bus_false");
        return;
    }
    snprintf(
        message, sizeof message,
        "Somebody on NATS speaks by the name of %.63s without the nodes' key, or repeats what it "
        "said: that is left alone.",
        sv->false_node);
    ut__problem_raise(
        sv, "bus_false", message,
        "See who has credentials for this NATS: undertone-nodes(7). A machine that was set "
        "up anew under this name is to join first.");
}
