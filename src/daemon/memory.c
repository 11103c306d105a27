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

/* The bytes of {"blob":"<hexadecimal>"}, which is all that the store answers; 0 for null. */
static size_t read_blob(const char *json, uint8_t *out, size_t cap)
{
    static const char head[] = "{\"blob\":\"";
    const char *hex = strncmp(json, head, sizeof head - 1) == 0 ? json + sizeof head - 1 : "";
    size_t digits = strspn(hex, "0123456789abcdef"), n = digits / 2;
    if (n > cap || digits % 2 || strcmp(hex + digits, "\"}") != 0)
        return 0;
    for (size_t i = 0; i < n; i++) {
        const char byte[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    return n;
}

/* In the store's thread. */
static void on_blob(void *arg, enum ut__ledger_status status, const char *json)
{
    struct question *q = arg;
    q->len = status == UT__LEDGER_OK ? read_blob(json, q->blob, sizeof q->blob) : 0;
    /* Where the queue is full the call gives up waiting, and the question goes at the end. */
    (void)mqueue_push(q->memory->answers, 0, q);
}

static int recall(void *arg, const char *caller, const char *call)
{
    struct ut__serve_memory *m = arg;
    char key[UT__CALLER_KEY_MAX], args[64];
    struct question *q = calloc(1, sizeof *q);
    if (!q)
        return 0;
    ut__store_caller_key(m->store, caller, key);
    q->memory = m;
    snprintf(q->call, sizeof q->call, "%s", call);
    snprintf(args, sizeof args, "{\"caller_key\":\"%s\"}", key);
    q->next = m->asked;
    m->asked = q;
    if (key[0] && ut__store_ask(m->store, UT__LEDGER_BASELINE_GET, args, on_blob, q) == 0)
        return 1;
    forget(m, q);
    return 0;
}

static void keep(void *arg, const char *caller, const uint8_t *baseline, size_t len)
{
    const struct ut__serve_memory *m = arg;
    char key[UT__CALLER_KEY_MAX], args[2 * UT_BASELINE_MAX_BYTES + 64];
    ut__store_caller_key(m->store, caller, key);
    int n = snprintf(args, sizeof args, "{\"caller_key\":\"%s\",\"blob\":\"", key);
    for (size_t i = 0; i < len; i++)
        n += snprintf(args + n, sizeof args - (size_t)n, "%02x", baseline[i]);
    snprintf(args + n, sizeof args - (size_t)n, "\"}");
    if (key[0])
        (void)ut__store_ask(m->store, UT__LEDGER_BASELINE_PUT, args, NULL, NULL);
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
