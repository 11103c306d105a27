/* SPDX-License-Identifier: MIT */
/* Nodes of one house: how one joins, and which have forgotten whom. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/api/routes.h"
#include "supervise/channels/bus.h"
#include "supervise/shared.h"

/* In the place of a sealed key, it tells all nodes to forget it. */
#define USED "0 used"

static int has_bus(struct ut__request *r)
{
    if (r->sv->bus && ut__bus_connected(r->sv->bus))
        return 1;
    ut__request_error(r, 503, "unavailable", "This node is on no NATS now.",
                      "Give it one with --nats, or wait until NATS is back.", NULL);
    return 0;
}

/* The sealed key goes to the bus, the secret to who asked: neither is of use without the other. */
static void on_sealed(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    json_t *root = ut__request_loaded(r, answer);
    char key[sizeof((struct ut__sealed *)0)->key];
    if (!root)
        return;
    const char *sealed = ut__json_text(root, "sealed");
    snprintf(key, sizeof key, UT__SEALED_KEY "%.8s", strchr(sealed, ' ') + 1);
    ut__bus_put(r->sv->bus, key, 0, sealed);
    json_object_del(root, "sealed");
    ut__request_value(r, root);
}

void ut__serve_invite(struct ut__request *r)
{
    if (has_bus(r))
        ut__request_ask(r, UT__LEDGER_JOIN_SEAL, on_sealed);
}

static void on_joined(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    json_t *root = ut__request_loaded(r, answer);
    if (!root)
        return;
    for (int i = 0; i < UT__SEALED_MAX; i++)
        if (r->sv->sealed[i].key[0] &&
            strcmp(r->sv->sealed[i].text, ut__json_text(root, "opened")) == 0) {
            ut__bus_put(r->sv->bus, r->sv->sealed[i].key, r->sv->sealed[i].revision, USED);
            r->sv->sealed[i].key[0] = '\0';
        }
    json_decref(root);
    ut__bus_anew(r->sv->bus);
    ut__request_value(r, json_pack("{ss}", "node", r->sv->cfg.node));
}

void ut__serve_join(struct ut__request *r)
{
    json_t *list = json_array();
    if (!has_bus(r)) {
        json_decref(list);
        return;
    }
    for (int i = 0; i < UT__SEALED_MAX; i++)
        if (r->sv->sealed[i].key[0])
            json_array_append_new(list, json_string(r->sv->sealed[i].text));
    json_object_set(r->args, "secret", json_object_get(r->body, "secret"));
    json_object_set_new(r->args, "sealed", list);
    ut__request_ask(r, UT__LEDGER_JOIN_OPEN, on_joined);
}

/* Nodes that are known and have left no receipt. */
static json_t *waiting(const struct ut__supervise *sv, const json_t *receipts)
{
    json_t *names = json_array();
    for (uint32_t i = 0; i < sv->node_count; i++) {
        size_t k;
        const json_t *one;
        int has = 0;
        json_array_foreach(receipts, k, one) has |=
            strcmp(ut__json_text(one, "node"), sv->nodes[i].name) == 0;
        if (!has)
            json_array_append_new(names, json_string(sv->nodes[i].name));
    }
    return names;
}

static void on_erasures(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    json_t *root = ut__request_loaded(r, answer), *one;
    size_t i;
    json_array_foreach(json_object_get(root, "erasures"), i, one)
        json_object_set_new(one, "waiting", waiting(r->sv, json_object_get(one, "nodes")));
    if (root)
        ut__request_value(r, root);
}

void ut__serve_erasures(struct ut__request *r)
{
    ut__request_ask(r, UT__LEDGER_ERASURES, on_erasures);
}
