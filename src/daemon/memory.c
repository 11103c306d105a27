/* SPDX-License-Identifier: MIT */
/* Returning callers' baselines. */

#include "daemon/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/call.h>

#include "net/re.h"

/* A question on its way: in the list until it is answered in the hub. */
struct question {
    struct question *next;
    struct ut__serve_memory *memory;
    char call[UT__CALL_ID_MAX];
    uint8_t blob[UT_BASELINE_MAX_BYTES]; /* Written by the store's thread, before it is queued. */
    size_t len;
};

struct ut__serve_memory {
    struct ut__hub *hub;
    struct ut__store *store;
    struct mqueue *answers;
    struct question *asked;
};

static void forget(struct ut__serve_memory *m, struct question *q)
{
    struct question **at = &m->asked;
    while (*at && *at != q)
        at = &(*at)->next;
    if (*at)
        *at = q->next;
    free(q);
}

static void on_answer(int id, void *data, void *arg)
{
    struct ut__serve_memory *m = arg;
    struct question *q = data;
    (void)id;
    ut__hub_recalled(m->hub, q->call, q->blob, q->len);
    forget(m, q);
}

/* In the store's thread. */
static void on_baseline(void *arg, struct ut__answer *answer)
{
    struct question *q = arg;
    const struct ut__stored_baseline *b = answer->count ? &answer->baselines[0] : NULL;
    q->len = b ? b->len_bytes : 0;
    memcpy(q->blob, b ? b->bytes : q->blob, q->len);
    /* Where the queue is full the call gives up waiting, and the question goes at the end. */
    (void)mqueue_push(q->memory->answers, 0, q);
}

static int recall(void *arg, const char *caller, const char *call)
{
    struct ut__serve_memory *m = arg;
    struct ut__inquiry inquiry = {.kind = UT__INQUIRE_BASELINE};
    struct question *q = calloc(1, sizeof *q);
    if (!q)
        return 0;
    char *key = inquiry.baseline.caller_key;
    ut__store_caller_key(m->store, caller, key);
    q->memory = m;
    snprintf(q->call, sizeof q->call, "%s", call);
    q->next = m->asked;
    m->asked = q;
    if (key[0] && ut__store_inquire(m->store, &inquiry, on_baseline, q) == 0)
        return 1;
    forget(m, q);
    return 0;
}

static void keep(void *arg, const char *caller, const uint8_t *baseline, size_t len)
{
    const struct ut__serve_memory *m = arg;
    struct ut__inquiry q = {.kind = UT__INQUIRE_BASELINE_KEEP};
    if (len > sizeof q.baseline.bytes)
        return;
    ut__store_caller_key(m->store, caller, q.baseline.caller_key);
    q.baseline.len_bytes = (uint16_t)len;
    memcpy(q.baseline.bytes, baseline, len);
    if (q.baseline.caller_key[0])
        (void)ut__store_inquire(m->store, &q, NULL, NULL);
}

int ut__serve_memory_create(struct ut__serve_memory **out, struct ut__hub *hub,
                            struct ut__store *store)
{
    struct ut__serve_memory *m = calloc(1, sizeof *m);
    if (!m || mqueue_alloc(&m->answers, on_answer, m)) {
        free(m);
        return UT_ENOMEM;
    }
    m->hub = hub;
    m->store = store;
    ut__hub_set_memory(hub, &(struct ut__hub_memory){m, recall, keep});
    *out = m;
    return 0;
}

void ut__serve_memory_stop(struct ut__serve_memory *m)
{
    if (m)
        ut__hub_set_memory(m->hub, NULL);
}

void ut__serve_memory_destroy(struct ut__serve_memory *m)
{
    if (!m)
        return;
    mem_deref(m->answers);
    while (m->asked)
        forget(m, m->asked);
    free(m);
}
