/* SPDX-License-Identifier: MIT */
/* What a client of /ws and /events hears first, and what it may order. */

#include "supervise/commands.h"

#include <stdlib.h>
#include <string.h>

#include <undertone/version.h>

#include "base/json.h"
#include "supervise/acts.h"
#include "supervise/ask.h"
#include "supervise/health.h"
#include "supervise/state.h"

static void hello(void *arg, const struct ut__who *who, int resumed, struct ut__text *t)
{
    const struct ut__supervise *sv = arg;
    ut__text_raw(t, "{\"type\":\"hello\"");
    ut__text_kint(t, "v", 1);
    ut__text_kstr(t, "version", UT_VERSION_TEXT);
    ut__text_kstr(t, "node", sv->cfg.node);
    ut__text_kstr(t, "name", who->name);
    ut__text_kstr(t, "role", ut__role_name(who->role));
    ut__text_kbool(t, "resumed", resumed);
    ut__text_kint(t, "heartbeat_s", UT__HEARTBEAT_S);
    ut__text_kbool(t, "demo", sv->cfg.demo);
    ut__text_raw(t, "}");
}

static void snapshot(void *arg, const char *scope, struct ut__text *t)
{
    struct ut__supervise *sv = arg;
    int n = 0;
    ut__text_raw(t, "{\"type\":\"snapshot\"");
    ut__text_key(t, "calls");
    ut__text_raw(t, "[");
    for (const struct ut__card *c = sv->wall.first; c; c = c->next) {
        if (c->ended || !ut__scope_has(scope, c->queue))
            continue;
        if (n++)
            ut__text_raw(t, ",");
        ut__wall_json(c, t);
    }
    ut__text_raw(t, "]");
    ut__text_key(t, "alerts");
    unsigned left = ut__alerts_json(&sv->alerts, scope, t);
    if (left)
        ut__text_kint(t, "alerts_more", left);
    ut__quiets_expire(&sv->quiets, ut__wall_ms());
    ut__text_key(t, "quiets");
    ut__quiets_json(&sv->quiets, scope, t);
    ut__text_key(t, "health");
    ut__health_json(sv, t);
    ut__text_raw(t, "}");
}

/* A command under way: the client may be gone when its answer comes. */
struct command {
    struct ut__supervise *sv;
    uint64_t client;
    json_t *ref;
};

static void answer(struct command *c, const char *alert, const char *code, const char *message,
                   const char *remedy)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{\"type\":\"answer\"");
    char *ref = json_dumps(c->ref, UT__JSON | JSON_ENCODE_ANY);
    ut__text_key(&t, "ref");
    ut__text_raw(&t, ref ? ref : "null");
    free(ref);
    ut__text_kbool(&t, "ok", alert != NULL);
    if (alert) {
        ut__text_key(&t, "alert");
        ut__text_raw(&t, alert);
    } else {
        ut__text_key(&t, "error");
        ut__text_raw(&t, "{");
        ut__text_kstr(&t, "code", code);
        ut__text_kstr(&t, "message", message);
        ut__text_kstr(&t, "remedy", remedy);
        ut__text_raw(&t, "}");
    }
    ut__text_raw(&t, "}");
    ut__feed_answer(c->sv->feed, c->client, "answer", &t);
    ut__text_free(&t);
    json_decref(c->ref);
    free(c);
}

static void on_acted(void *arg, struct ut__answer *a)
{
    static const char *const codes[] = {"", "bad_request", "not_found", "conflict", "unavailable"};
    if (a->status == UT__LEDGER_OK)
        answer(arg, a->json ? a->json : "null", NULL, NULL, NULL);
    else
        answer(arg, NULL, codes[a->status], a->message ? a->message : "",
               a->remedy ? a->remedy : "");
}

/* As the same acts over REST; what is no act, or no name of an alert, is refused and not kept. */
static void log_act(struct ut__supervise *sv, const struct ut__who *who, const char *verb,
                    const char *alert)
{
    static const char *const acts[] = {"acknowledge", "note", "resolve", "hand_over", "judge"};
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        if (strcmp(verb, acts[i]) == 0 && strlen(alert) < UT__ALERT_ID_MAX)
            ut__log_access(sv, who, verb, alert);
}

static void command(void *arg, uint64_t client, const struct ut__who *who, const char *json,
                    size_t len)
{
    struct ut__supervise *sv = arg;
    struct command *c = calloc(1, sizeof *c);
    json_t *body = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
    const char *verb = ut__json_text(body, "do");
    int notes = strcmp(verb, "note") == 0 || strcmp(verb, "judge") == 0;
    unsigned roles = notes ? UT__MAY_NOTE : UT__MAY_ACT;
    if (!c) {
        json_decref(body);
        return;
    }
    *c = (struct command){.sv = sv, .client = client};
    const json_t *ref = json_object_get(body, "ref");
    c->ref = json_is_string(ref) || json_is_number(ref) ? json_copy((json_t *)(uintptr_t)ref)
                                                        : json_null();
    if (!*verb || !*ut__json_text(body, "alert"))
        answer(c, NULL, "bad_request", "The command is no JSON object with `do` and `alert`.",
               "Send one as the OpenAPI file's Command describes it.");
    else if (!((unsigned)who->role & roles))
        answer(c, NULL, "forbidden", "Your role may not do that.",
               "Ask an administrator for another role.");
    else {
        log_act(sv, who, verb, ut__json_text(body, "alert"));
        if (ut__act(sv, who, verb, ut__json_text(body, "alert"), body, on_acted, c))
            answer(c, NULL, "unavailable", "Too much waits to be written.",
                   "Try again in a moment.");
    }
    json_decref(body);
}

static int still(void *arg, const struct ut__who *who)
{
    struct ut__supervise *sv = arg;
    return ut__auth_still(sv->auth, who, ut__wall_ms());
}

struct ut__feed_owner ut__feed_owner_of(struct ut__supervise *sv)
{
    return (struct ut__feed_owner){
        .arg = sv, .hello = hello, .snapshot = snapshot, .command = command, .still = still};
}
