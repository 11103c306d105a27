/* SPDX-License-Identifier: MIT */
/*
 * What nodes say to each other alone: sealed under their key, by the record that has it. A name is bound in, of the
 * kind, who speaks and to whom, so that nothing serves for anything else.
 */

#include "supervise/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/channels/bus.h"
#include "supervise/state.h"

enum { NAME_BYTES = 2 * UT__NODE_BYTES + 32, NONCE_AT = 2 };

static json_t *seal(const struct ut__supervise *sv, const char *name, const char *text)
{
    char *sealed = sv->ledger.seal(sv->ledger.state, name, text);
    json_t *event = sealed ? json_pack("{ss}", "sealed", sealed) : NULL;
    free(sealed);
    return event;
}

static json_t *open_it(const struct ut__supervise *sv, const char *name, const json_t *event)
{
    const char *sealed = ut__json_text(event, "sealed");
    char *text = *sealed ? sv->ledger.unseal(sv->ledger.state, name, sealed) : NULL;
    json_t *root = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    free(text);
    return root;
}

static void name_it(char name[NAME_BYTES], const char *kind, const char *from, const char *to)
{
    snprintf(name, NAME_BYTES, "%.16s %.*s %.*s", kind, UT__NODE_BYTES, from, UT__NODE_BYTES, to);
}

void ut__private_tell(struct ut__supervise *sv, const char *node, const char *kind,
                      const char *json)
{
    char name[NAME_BYTES];
    name_it(name, kind, sv->cfg.node, node);
    json_t *event = seal(sv, name, json);
    char *text = event ? json_dumps(event, JSON_COMPACT) : NULL;
    if (text)
        ut__bus_tell(sv->bus, node, kind, text);
    free(text);
    json_decref(event);
}

json_t *ut__private_told(struct ut__supervise *sv, const char *node, const char *kind,
                         const json_t *event)
{
    char name[NAME_BYTES];
    name_it(name, kind, node, sv->cfg.node);
    return open_it(sv, name, event);
}

char *ut__private_order(struct ut__supervise *sv, const char *node, const json_t *order)
{
    char name[NAME_BYTES];
    char *text = json_dumps(order, JSON_COMPACT), *out = NULL;
    name_it(name, "order", "", node);
    json_t *event = text ? seal(sv, name, text) : NULL;
    if (event && json_object_set_new(event, "node", json_string(node)) == 0)
        out = json_dumps(event, JSON_COMPACT);
    json_decref(event);
    free(text);
    return out;
}

json_t *ut__private_ordered(struct ut__supervise *sv, const char *node, const json_t *event)
{
    char name[NAME_BYTES];
    name_it(name, "order", "", node);
    return open_it(sv, name, event);
}

int ut__private_heard(struct ut__supervise *sv, const json_t *event)
{
    const char *sealed = ut__json_text(event, "sealed");
    int64_t now = ut__clock_mono_us() / 1000;
    struct ut__heard *room = NULL;
    if (strlen(sealed) < NONCE_AT + sizeof room->nonce)
        return 1;
    for (size_t i = 0; i < UT__HEARD_MAX; i++) {
        struct ut__heard *h = &sv->heard[i];
        if (h->until_ms <= now)
            room = h;
        else if (memcmp(h->nonce, sealed + NONCE_AT, sizeof h->nonce) == 0)
            return 1;
    }
    if (!room)
        return 1;
    memcpy(room->nonce, sealed + NONCE_AT, sizeof room->nonce);
    room->until_ms = now + 2 * UT__PRIVATE_GOOD_MS;
    return 0;
}
