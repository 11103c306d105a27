/* SPDX-License-Identifier: MIT */
/*
 * Questions about calls that another node took: its seconds are there alone, and what is said of it is
 * written there, so that all have it from one hand.
 *
 *     ledger: elsewhere -> bus, PREFIX.to.NODE: asked -> its ledger -> bus: answered -> who asked
 *     its node is away, or silent -> what it handed to the bus when it left for good
 *                                 -> what is known here, or a refusal that says so
 */

#include "supervise/elsewhere.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/channels/bus.h"
#include "supervise/private.h"
#include "supervise/state.h"

enum {
    WAIT_MS = 5000,
    ANSWER_MAX = 360 * 1024,
    STEP_MAX = 256,
    CARRIED_MAX = 256,
    KEY_BYTES = 400
};

/* What may be asked of another node. */
static const struct {
    enum ut__ledger_op op;
    const char *name;
    int reads;
} ops[] = {{UT__LEDGER_TIMELINE, "timeline", 1},
           {UT__LEDGER_SCORES, "scores", 1},
           {UT__LEDGER_LINES, "lines", 1},
           {UT__LEDGER_ACT, "act", 0},
           {UT__LEDGER_MISSED_ADD, "missed", 0},
           {UT__LEDGER_FEEDBACK_ADD, "feedback", 0},
           {UT__LEDGER_MARK_ADD, "mark", 0},
           {UT__LEDGER_FOLLOW_UP_ADD, "follow_up", 0},
           {UT__LEDGER_MISSED_DROP, "missed_drop", 0},
           {UT__LEDGER_MARK_DROP, "mark_drop", 0},
           {UT__LEDGER_FOLLOW_UP_DONE, "follow_up_done", 0}};
enum { OPS = sizeof ops / sizeof ops[0] };

/* A question on its way. */
struct ut__carried {
    struct ut__carried *next;
    struct ut__supervise *sv;
    size_t op; /* In `ops`; OPS: one that is never carried. */
    char *args;
    char node[UT__NODE_BYTES];
    char key[KEY_BYTES];  /* Under which its node may have handed it over; "": it was asked for. */
    int64_t id, until_ms; /* Steady clock. */
    uint8_t fetching;
    ut__answered *fn;
    void *arg;
};

static void end(struct ut__carried *c, struct ut__answer *answer)
{
    c->fn(c->arg, answer);
    free(c->args);
    free(c);
}

static void fail(struct ut__carried *c)
{
    char message[160];
    struct ut__answer answer = {0};
    snprintf(message, sizeof message, "Node %.63s, which has the call, does not answer.", c->node);
    ut__answer_fail(&answer, UT__LEDGER_AWAY, message,
                    "Try again when it is back: /api/v1/health tells which nodes are there.");
    end(c, &answer);
    ut__answer_free(&answer);
}

static void on_known(void *arg, struct ut__answer *answer)
{
    end(arg, answer);
}

/* As hex() of the record writes it. */
static void put_hex(char *out, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *text; text++) {
        *out++ = hex[(unsigned char)*text >> 4];
        *out++ = hex[(unsigned char)*text & 15];
    }
    *out = '\0';
}

static void name_key(struct ut__carried *c, const char *call)
{
    char node[2 * UT__NODE_BYTES], name[2 * UT__CALL_ID_MAX];
    if (strlen(call) >= UT__CALL_ID_MAX || !ops[c->op].reads)
        return;
    put_hex(node, c->node);
    put_hex(name, call);
    snprintf(c->key, sizeof c->key, "call.%s.%s", node, name);
}

static void keep_waiting(struct ut__carried *c)
{
    c->until_ms = ut__clock_mono_us() / 1000 + WAIT_MS;
    c->next = c->sv->carried;
    c->sv->carried = c;
    c->sv->carried_count++;
}

/* Perhaps it was handed over; else what is known here will do. */
static void fall_back(struct ut__carried *c)
{
    if (c->key[0] && !c->fetching && c->sv->bus && ut__bus_connected(c->sv->bus) &&
        c->sv->carried_count < CARRIED_MAX) {
        c->fetching = 1;
        c->id = 0;
        ut__bus_fetch(c->sv->bus, c->key);
        keep_waiting(c);
        return;
    }
    json_t *args = ops[c->op].reads ? json_loads(c->args, 0, NULL) : NULL;
    if (args)
        json_object_set_new(args, "here", json_true());
    char *text = args ? json_dumps(args, JSON_COMPACT) : NULL;
    json_decref(args);
    if (!text || ut__ask(c->sv, ops[c->op].op, text, on_known, c))
        fail(c);
    free(text);
}

static int is_there(const struct ut__supervise *sv, const char *node)
{
    for (uint32_t i = 0; i < sv->node_count; i++)
        if (strcmp(sv->nodes[i].name, node) == 0)
            return sv->nodes[i].alive && sv->bus && ut__bus_connected(sv->bus);
    return 0;
}

/* What call and alert are named there, or by what a row is known; who does it is of this node. */
static json_t *args_there(const struct ut__carried *c, const json_t *where)
{
    static const char *const named[] = {"call", "alert", "made_ms", "made_by", "nth"};
    json_t *args = json_loads(c->args, 0, NULL);
    const char *by = ut__json_text(args, "by");
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        json_t *name = json_object_get(where, named[i]);
        if (name && !json_is_null(name))
            json_object_set(args, named[i], name);
    }
    if (*by)
        json_object_set_new(args, "by", json_sprintf("%s@%s", by, c->sv->cfg.node));
    return args;
}

static void carry(struct ut__carried *c, const json_t *where)
{
    struct ut__supervise *sv = c->sv;
    snprintf(c->node, sizeof c->node, "%s", ut__json_text(where, "node"));
    /* No answer to a process before this one is for it. */
    sv->carried_ids = sv->carried_ids ? sv->carried_ids + 1 : ut__clock_wall_us();
    c->id = sv->carried_ids;
    name_key(c, ut__json_text(where, "call"));
    json_t *event =
        json_pack("{sI sI ss so}", "id", (json_int_t)c->id, "time_ms", (json_int_t)ut__wall_ms(),
                  "op", ops[c->op].name, "args", args_there(c, where));
    char *json = event ? json_dumps(event, UT__JSON) : NULL;
    json_decref(event);
    if (!json || !is_there(sv, c->node) || sv->carried_count >= CARRIED_MAX) {
        free(json);
        fall_back(c);
        return;
    }
    ut__private_tell(sv, c->node, "asked", json);
    free(json);
    keep_waiting(c);
}

static void on_here(void *arg, struct ut__answer *answer)
{
    struct ut__carried *c = arg;
    json_t *where = answer->status == UT__LEDGER_ELSEWHERE && c->op < OPS && answer->json
                        ? json_loads(answer->json, 0, NULL)
                        : NULL;
    if (where)
        carry(c, where);
    else
        end(c, answer);
    json_decref(where);
}

int ut__elsewhere_ask(struct ut__supervise *sv, enum ut__ledger_op op, const char *args,
                      ut__answered *fn, void *arg)
{
    struct ut__carried *c = calloc(1, sizeof *c);
    if (!c)
        return UT_ENOMEM;
    *c = (struct ut__carried){.sv = sv, .fn = fn, .arg = arg, .args = strdup(args)};
    while (c->op < OPS && ops[c->op].op != op)
        c->op++;
    int err = c->args ? ut__ask(sv, op, args, on_here, c) : UT_ENOMEM;
    if (err) {
        free(c->args);
        free(c);
    }
    return err;
}

/* ---- of another node ---- */

struct asked {
    struct ut__supervise *sv;
    char node[UT__NODE_BYTES];
    int64_t id, step;
    size_t op;
    json_t *args;
};

static void drop_asked(struct asked *a)
{
    json_decref(a->args);
    free(a);
}

static void answer_there(const struct asked *a, const struct ut__answer *answer)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{");
    ut__text_kint(&t, "id", a->id);
    ut__text_kint(&t, "status", answer->status);
    ut__text_kstr(&t, "message", answer->message);
    ut__text_kstr(&t, "remedy", answer->remedy);
    if (answer->json) {
        ut__text_key(&t, "answer");
        ut__text_raw(&t, answer->json);
    }
    ut__text_raw(&t, "}");
    if (!t.failed)
        ut__private_tell(a->sv, a->node, "answered", t.buf);
    ut__text_free(&t);
}

static int ask_for(struct asked *a);

/* A long call's seconds are given in steps, and its lines fewer a page, so that they fit a message. */
static void on_asked(void *arg, struct ut__answer *answer)
{
    struct asked *a = arg;
    if (answer->json && strlen(answer->json) > ANSWER_MAX && ops[a->op].reads &&
        a->step < STEP_MAX) {
        a->step *= 4;
        if (ops[a->op].op == UT__LEDGER_LINES)
            json_object_set_new(a->args, "limit", json_integer(2 * STEP_MAX / a->step));
        else
            json_object_set_new(a->args, "step_s", json_integer(a->step));
        if (ask_for(a))
            drop_asked(a);
        return;
    }
    answer_there(a, answer);
    drop_asked(a);
}

static int ask_for(struct asked *a)
{
    char *args = json_dumps(a->args, JSON_COMPACT);
    int err = args ? ut__ask(a->sv, ops[a->op].op, args, on_asked, a) : UT_ENOMEM;
    free(args);
    return err;
}

/* One that was asked long ago may be somebody's who has recorded it. */
static int is_of_now(const struct asked *a, const json_t *event)
{
    int64_t asked_ms = (int64_t)json_integer_value(json_object_get(event, "time_ms"));
    int64_t off_ms = llabs(ut__wall_ms() - asked_ms);
    struct ut__answer answer = {0};
    char message[160];
    if (off_ms <= UT__PRIVATE_GOOD_MS)
        return 1;
    snprintf(message, sizeof message, "The clocks of %.63s and of this node are too far apart.",
             a->sv->cfg.node);
    ut__answer_fail(&answer, UT__LEDGER_AWAY, message,
                    "Set both by NTP: requests between nodes are good for a minute.");
    answer_there(a, &answer);
    ut__answer_free(&answer);
    return 0;
}

void ut__elsewhere_asked(struct ut__supervise *sv, const char *node, const json_t *event)
{
    json_t *args = json_object_get(event, "args");
    const char *name = ut__json_text(event, "op");
    size_t op = 0;
    while (op < OPS && strcmp(ops[op].name, name) != 0)
        op++;
    struct asked *a = op < OPS && json_is_object(args) && strlen(node) < UT__NODE_BYTES
                          ? calloc(1, sizeof *a)
                          : NULL;
    if (!a)
        return;
    *a = (struct asked){.sv = sv, .op = op, .step = 1, .args = json_incref(args)};
    a->id = (int64_t)json_integer_value(json_object_get(event, "id"));
    snprintf(a->node, sizeof a->node, "%s", node);
    if (!is_of_now(a, event) || ask_for(a))
        drop_asked(a);
}

/* Takes the first of that id and node, or that ends by then, from the list. */
static struct ut__carried *take(struct ut__supervise *sv, const char *node, int64_t id,
                                int64_t until_ms)
{
    struct ut__carried **at = &sv->carried;
    while (*at && ((node && ((*at)->id != id || strcmp((*at)->node, node) != 0)) ||
                   (*at)->until_ms > until_ms))
        at = &(*at)->next;
    struct ut__carried *c = *at;
    if (c) {
        *at = c->next;
        sv->carried_count--;
    }
    return c;
}

void ut__elsewhere_answered(struct ut__supervise *sv, const char *node, const json_t *event)
{
    struct ut__carried *c =
        take(sv, node, (int64_t)json_integer_value(json_object_get(event, "id")), INT64_MAX);
    json_int_t status = json_integer_value(json_object_get(event, "status"));
    struct ut__answer answer = {0};
    if (!c)
        return;
    if (status == UT__LEDGER_OK)
        answer.json = json_dumps(json_object_get(event, "answer"), UT__JSON);
    else
        ut__answer_fail(&answer,
                        status > 0 && status <= UT__LEDGER_AWAY ? (enum ut__ledger_status)status
                                                                : UT__LEDGER_AWAY,
                        json_string_value(json_object_get(event, "message")),
                        json_string_value(json_object_get(event, "remedy")));
    end(c, &answer);
    ut__answer_free(&answer);
}

/* Each is what its node would have answered: a timeline, the scores in it, or the lines beside it. */
static json_t *read_kept(const struct ut__carried *c, const json_t *root)
{
    const char *sealed = json_string_value(json_object_get(root, "value"));
    char *text = sealed ? c->sv->ledger.unseal(c->sv->ledger.state, c->key, sealed) : NULL;
    json_t *line = text ? json_loads(text, 0, NULL) : NULL;
    json_t *lines = json_incref(json_object_get(line, UT__KEPT_LINES));
    json_object_del(line, UT__KEPT_LINES);
    json_t *kept = json_incref(ops[c->op].op == UT__LEDGER_SCORES  ? json_object_get(line, "scores")
                               : ops[c->op].op == UT__LEDGER_LINES ? lines
                                                                   : line);
    json_decref(lines);
    json_decref(line);
    free(text);
    return kept;
}

int ut__elsewhere_fetched(struct ut__supervise *sv, const char *kind, const json_t *root)
{
    const char *key = ut__json_text(root, "key");
    if (strcmp(kind, "fetched") != 0)
        return 0;
    for (struct ut__carried **at = &sv->carried; *at;) {
        struct ut__carried *c = *at;
        if (!c->fetching || strcmp(c->key, key) != 0) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        sv->carried_count--;
        json_t *kept = read_kept(c, root);
        struct ut__answer answer = {.json = kept ? json_dumps(kept, UT__JSON) : NULL};
        json_decref(kept);
        if (answer.json)
            end(c, &answer);
        else
            fall_back(c);
        ut__answer_free(&answer);
    }
    return 1;
}

void ut__elsewhere_expire(struct ut__supervise *sv, int all)
{
    struct ut__carried *c;
    while ((c = take(sv, NULL, 0, all ? INT64_MAX : ut__clock_mono_us() / 1000)) != NULL) {
        if (all)
            fail(c);
        else
            fall_back(c);
    }
}
