/* SPDX-License-Identifier: MIT */
/* Leases to stand in for nodes that died: a key of the node's name, which one node can create. */

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "supervise/channels/nats/nats.h"

enum { RENEW_US = 5000000, STILL_US = 1500000 };

static struct ut__bus_standin *place_of(struct ut__bus *bus, const char *node)
{
    struct ut__bus_standin *room = NULL;
    for (int i = 0; i < UT__BUS_STANDINS_MAX; i++) {
        if (strcmp(bus->standin[i].node, node) == 0)
            return &bus->standin[i];
        if (!bus->standin[i].revision && (!room || room->node[0]))
            room = &bus->standin[i];
    }
    if (room)
        memset(room, 0, sizeof *room);
    return room;
}

static void tell(const struct ut__bus *bus, const char *node, int held)
{
    json_t *root = json_pack("{ss ss sb}", "kind", "stood_in", "node", node, "held", held);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    bus->host->kept(bus->host->arg, text);
}

/* Whether the node has put its lease no more, by what the broker has: where it has, it is we who did not hear. */
static int is_still(struct ut__bus *bus, struct ut__bus_standin *s, const char *node)
{
    kvEntry *entry = NULL;
    natsStatus st = kvStore_Get(&entry, bus->nodes, node);
    uint64_t lease = st == NATS_OK ? kvEntry_Revision(entry) : 0;
    int64_t now = ut__clock_mono_us();
    kvEntry_Destroy(entry);
    if (st != NATS_OK && st != NATS_NOT_FOUND)
        return 0;
    if (!s->still_us || s->lease != lease || !s->node[0]) {
        snprintf(s->node, sizeof s->node, "%s", node);
        s->lease = lease;
        s->still_us = now;
    }
    return now - s->still_us >= STILL_US;
}

void ut__bus_standin(struct ut__bus *bus, const char *node, int on)
{
    struct ut__bus_standin *s = place_of(bus, node);
    int64_t now = ut__clock_mono_us();
    int had = s && s->revision;
    if (!s || (!on && !had) || (on && had && now - s->put_us < RENEW_US) ||
        (on && !had && !is_still(bus, s, node)))
        return;
    natsStatus st =
        !on   ? kvStore_Delete(bus->standins, node)
        : had ? kvStore_UpdateString(&s->revision, bus->standins, node, bus->self, s->revision)
              : kvStore_CreateString(&s->revision, bus->standins, node, bus->self);
    int held = on && st == NATS_OK;
    if (held) {
        snprintf(s->node, sizeof s->node, "%s", node);
        s->put_us = now;
    } else {
        memset(s, 0, sizeof *s);
    }
    if (held != had)
        tell(bus, node, held);
}
