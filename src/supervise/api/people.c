/* SPDX-License-Identifier: MIT */
/* Signing in and out, tokens, the access log; and the routes that answer of themselves. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <undertone/version.h>

#include "base/clock.h"
#include "supervise/api/assets.h"
#include "supervise/api/replies.h"
#include "supervise/api/routes.h"
#include "supervise/ask.h"
#include "supervise/health.h"

enum { COOKIE_MAX = 256, SCHEMA = 1, API = 1 };

static void put_may(struct ut__text *t, enum ut__role role)
{
    static const struct {
        const char *name;
        unsigned roles;
    } rights[] = {{"read", UT__MAY_READ},    {"history", UT__MAY_HISTORY}, {"act", UT__MAY_ACT},
                  {"note", UT__MAY_NOTE},    {"configure", UT__MAY_ADMIN}, {"erase", UT__MAY_ADMIN},
                  {"tokens", UT__MAY_ADMIN}, {"own", UT__MAY_OWN}};
    int n = 0;
    ut__text_key(t, "may");
    ut__text_raw(t, "[");
    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++)
        if ((unsigned)role & rights[i].roles) {
            ut__text_raw(t, n++ ? "," : "");
            ut__text_str(t, rights[i].name);
        }
    ut__text_raw(t, "]");
}

static void put_queues_of(struct ut__text *t, const char *key, const char *scope)
{
    json_t *names = ut__scope_to_json(scope);
    char *json = names ? json_dumps(names, JSON_COMPACT) : NULL;
    ut__text_key(t, key);
    ut__text_raw(t, json ? json : "[]");
    free(json);
    json_decref(names);
}

static void put_queues(struct ut__text *t, const char *scope)
{
    put_queues_of(t, "queues", scope);
}

/* The actions that somebody may use, and of those that are for some queues alone, which. */
static void put_actions(struct ut__text *t, const struct ut__supervise *sv, enum ut__role role)
{
    int n = 0;
    ut__text_key(t, "actions");
    ut__text_raw(t, "[");
    for (uint32_t i = 0; i < sv->action_count; i++)
        if (ut__action_for_role(&sv->actions[i], role)) {
            ut__text_raw(t, n++ ? "," : "");
            ut__text_str(t, sv->actions[i].name);
        }
    ut__text_raw(t, "]");
    ut__text_key(t, "action_queues");
    ut__text_raw(t, "{");
    for (uint32_t i = 0; i < sv->action_count; i++)
        if (sv->actions[i].queues[0] && ut__action_for_role(&sv->actions[i], role))
            put_queues_of(t, sv->actions[i].name, sv->actions[i].queues);
    ut__text_raw(t, "}");
}

static void reply_session(struct ut__request *r, const struct ut__who *who, const char *headers)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{");
    ut__text_kbool(&t, "signed_in", who != NULL);
    ut__text_kbool(&t, "open", ut__auth_open(r->sv->auth));
    ut__text_kstr(&t, "name", who ? who->name : NULL);
    ut__text_kstr(&t, "role", who ? ut__role_name(who->role) : NULL);
    put_queues(&t, who ? who->queues : "");
    ut__text_kbool(&t, "proxy", who && who->proxy);
    ut__text_kbool(&t, "room", ut__feed_room(r->sv->feed));
    if (who && who->expires_ms)
        ut__text_kint(&t, "expires_ms", who->expires_ms);
    else
        ut__text_knull(&t, "expires_ms");
    ut__text_kstr(&t, "node", r->sv->cfg.node);
    ut__text_kbool(&t, "recordings", r->sv->cfg.recordings != NULL);
    ut__text_kbool(&t, "demo", r->sv->cfg.demo);
    put_may(&t, who ? who->role : UT__ROLE_NONE);
    put_actions(&t, r->sv, who ? who->role : UT__ROLE_NONE);
    ut__text_raw(&t, "}");
    ut__request_text(r, &t, headers);
}

void ut__serve_session(struct ut__request *r)
{
    if (ut__refuse_unknown(r->sv, r->x)) {
        ut__request_free(r);
        return;
    }
    struct ut__who who;
    if (r->sv->cfg.auth_header && ut__http_header(r->x, r->sv->cfg.auth_header)) {
        /* Whom the proxy names gets an answer that says what is wrong, and no form. */
        if (ut__admit(r->sv, r->x, UT__MAY_READ | UT__MAY_OWN, &who))
            reply_session(r, &who, NULL);
        else
            ut__request_free(r);
        return;
    }
    int in = ut__auth_who(r->sv->auth, r->x, ut__wall_ms(), &who);
    reply_session(r, in ? &who : NULL, NULL);
}

static void wrong_token(struct ut__request *r)
{
    int64_t now = ut__clock_mono_us() / 1000;
    ut__limit_failed(&r->sv->limit, ut__http_request(r->x)->peer, now);
    ut__log_access(r->sv, &(struct ut__who){0}, "login_failed", "");
    ut__request_error(r, 401, "unauthorized", "The token is not known here.",
                      "Check it, or have one made with `undertone token add`.", NULL);
}

void ut__serve_login(struct ut__request *r)
{
    struct ut__supervise *sv = r->sv;
    char cookie[COOKIE_MAX], headers[COOKIE_MAX + 64];
    const char *token = json_string_value(json_object_get(r->body, "token"));
    int64_t now = ut__clock_mono_us() / 1000;
    int wait = ut__limit_wait_s(&sv->limit, ut__http_request(r->x)->peer, now);
    if (ut__refuse_unknown(sv, r->x)) {
        ut__request_free(r);
        return;
    }
    if (wait > 0) {
        snprintf(headers, sizeof headers, "Retry-After: %d\r\n", wait);
        ut__request_error(r, 429, "too_many", "Too many wrong tokens from your address.",
                          "Wait a minute and try again.", headers);
        return;
    }
    if (!token || strlen(token) > UT__VALUE_MAX) {
        ut__request_error(r, 400, "bad_request", "The token is missing or too long.",
                          "Send {\"token\":\"...\"}.", NULL);
        return;
    }
    if (!ut__auth_token(sv->auth, token, ut__wall_ms(), &r->who)) {
        wrong_token(r);
        return;
    }
    int64_t expires = ut__wall_ms() + (int64_t)sv->cfg.session_hours * 3600000;
    if (r->who.expires_ms && r->who.expires_ms < expires)
        expires = r->who.expires_ms;
    if (ut__auth_begin(sv->auth, &r->who, expires, cookie, sizeof cookie - 32)) {
        ut__request_error(r, 503, "unavailable", "No session can be made now.",
                          "Try again in a moment.", NULL);
        return;
    }
    snprintf(headers, sizeof headers, "Set-Cookie: %s; Max-Age=%u\r\n", cookie,
             sv->cfg.session_hours * 3600U);
    struct ut__inquiry q = {.kind = UT__INQUIRE_SESSION_ADD, .session.expires_ms = expires};
    memcpy(q.session.hash, r->who.hash, sizeof q.session.hash);
    memcpy(q.session.name, r->who.name, sizeof q.session.name);
    snprintf(q.session.role, sizeof q.session.role, "%s", ut__role_name(r->who.role));
    (void)sv->ledger.inquire(sv->ledger.state, &q, NULL, NULL);
    ut__log_access(sv, &r->who, "login", "");
    struct ut__who who = r->who;
    reply_session(r, &who, headers);
    OPENSSL_cleanse(cookie, sizeof cookie);
    OPENSSL_cleanse(headers, sizeof headers);
}

void ut__serve_logout(struct ut__request *r)
{
    struct ut__supervise *sv = r->sv;
    char cookie[COOKIE_MAX], headers[COOKIE_MAX + 16];
    int in = ut__auth_who(sv->auth, r->x, ut__wall_ms(), &r->who);
    if (in && r->who.session) {
        struct ut__inquiry q = {.kind = UT__INQUIRE_SESSION_DROP};
        memcpy(q.hash, r->who.hash, sizeof q.hash);
        (void)sv->ledger.inquire(sv->ledger.state, &q, NULL, NULL);
        ut__log_access(sv, &r->who, "logout", "");
    }
    ut__auth_end(sv->auth, &r->who, cookie, sizeof cookie);
    snprintf(headers, sizeof headers, "Set-Cookie: %s\r\n", cookie);
    reply_session(r, NULL, headers);
}

static void on_tokens(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    struct ut__text t = {0};
    if (ut__request_failed(r, answer))
        return;
    ut__text_raw(&t, "{\"tokens\":[");
    for (uint32_t i = 0; i < answer->count; i++) {
        const struct ut__token *token = &answer->tokens[i];
        ut__text_raw(&t, i ? ",{" : "{");
        ut__text_kstr(&t, "name", token->name);
        ut__text_kstr(&t, "role", token->role);
        put_queues(&t, token->queues);
        if (token->expires_ms)
            ut__text_kint(&t, "expires_ms", token->expires_ms);
        else
            ut__text_knull(&t, "expires_ms");
        ut__text_kint(&t, "created_ms", token->created_ms);
        if (token->last_used_ms)
            ut__text_kint(&t, "last_used_ms", token->last_used_ms);
        else
            ut__text_knull(&t, "last_used_ms");
        ut__text_raw(&t, "}");
    }
    ut__text_raw(&t, "]}");
    ut__request_text(r, &t, NULL);
}

void ut__serve_tokens(struct ut__request *r)
{
    ut__request_inquire(r, &(struct ut__inquiry){.kind = UT__INQUIRE_TOKENS}, on_tokens);
}

/* The queues that two people see both; returns 0 when there is none. */
static int common(char out[UT__SCOPE_BYTES], const char *a, const char *b)
{
    out[0] = '\0';
    if (!*a || !*b) {
        memcpy(out, *a ? a : b, UT__SCOPE_BYTES);
        return 1;
    }
    for (const char *at = a; *at; at += strcspn(at, "\n") + 1) {
        char queue[UT__SCOPE_BYTES];
        snprintf(queue, sizeof queue, "%.*s", (int)strcspn(at, "\n"), at);
        if (ut__scope_has(b, queue))
            (void)ut__scope_add(out, queue);
    }
    return out[0] != '\0';
}

struct people {
    struct ut__text t;
    const char *scope; /* Of who asks. */
};

static void put_person(void *arg, const struct ut__who *who)
{
    struct people *p = arg;
    char queues[UT__SCOPE_BYTES];
    if (!((unsigned)who->role & UT__MAY_ACT) || !common(queues, p->scope, who->queues))
        return;
    ut__text_raw(&p->t, p->t.buf[p->t.len - 1] == '[' ? "{" : ",{");
    ut__text_kstr(&p->t, "name", who->name);
    ut__text_kstr(&p->t, "role", ut__role_name(who->role));
    put_queues(&p->t, who->queues[0] ? queues : "");
    ut__text_raw(&p->t, "}");
}

/* Those whom an alert can be handed to: names, roles and queues, nothing of their tokens. */
void ut__serve_people(struct ut__request *r)
{
    struct people p = {.scope = r->who.queues};
    ut__text_raw(&p.t, "{\"people\":[");
    if (p.t.buf)
        ut__auth_each(r->sv->auth, ut__wall_ms(), put_person, &p);
    ut__text_raw(&p.t, "]}");
    ut__request_text(r, &p.t, NULL);
}

void ut__known_tokens(void *arg, struct ut__answer *answer)
{
    ut__auth_set_tokens(((struct ut__supervise *)arg)->auth, answer);
}

/* The token itself is in the request's arguments until its answer is sent. */
static void on_token_added(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    if (ut__request_failed(r, answer))
        return;
    ut__request_known(r, json_incref(r->args), UT__INQUIRE_TOKENS, ut__known_tokens);
}

/* A token from a body, without its hash. Returns 0 when the body will not do. */
static int read_token(const json_t *body, struct ut__token *out)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    const char *role = json_string_value(json_object_get(body, "role"));
    const json_t *expires = json_object_get(body, "expires_ms");
    out->expires_ms = (int64_t)json_integer_value(expires);
    if (!ut__auth_good_name(name) || !ut__supervise_is_role(role) ||
        !ut__scope_from_json(out->queues, json_object_get(body, "queues")) ||
        (out->queues[0] && ut__role_of(role) == UT__ROLE_ADMIN) ||
        (expires && !json_is_null(expires) && out->expires_ms <= ut__wall_ms()))
        return 0;
    snprintf(out->name, sizeof out->name, "%s", name);
    snprintf(out->role, sizeof out->role, "%s", role);
    return 1;
}

void ut__serve_token_add(struct ut__request *r)
{
    char token[UT__TOKEN_MAX];
    struct ut__inquiry q = {.kind = UT__INQUIRE_TOKEN_ADD};
    if (!read_token(r->body, &q.token)) {
        ut__request_error(
            r, 400, "bad_request", "name, role, queues or expires_ms will not do.",
            "Give a name of letters, digits, . _ @ + -, one of the roles agent, viewer, "
            "supervisor, qa, "
            "admin, ingest, at most 32 queues and none for an admin, and a time to come.",
            NULL);
        return;
    }
    if (ut__supervise_make_token(token, q.token.hash)) {
        ut__request_unavailable(r);
        return;
    }
    json_object_set_new(r->args, "name", json_string(q.token.name));
    json_object_set_new(r->args, "role", json_string(q.token.role));
    json_object_set_new(r->args, "queues", ut__scope_to_json(q.token.queues));
    if (q.token.expires_ms)
        json_object_set_new(r->args, "expires_ms", json_integer((json_int_t)q.token.expires_ms));
    json_object_set_new(r->args, "token", json_string(token));
    ut__request_inquire(r, &q, on_token_added);
    OPENSSL_cleanse(token, sizeof token);
}

static void on_token_dropped(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    if (!ut__request_failed(r, answer))
        ut__request_known(r, json_pack("{si}", "erased", 1), UT__INQUIRE_TOKENS, ut__known_tokens);
}

void ut__serve_token_drop(struct ut__request *r)
{
    struct ut__inquiry q = {.kind = UT__INQUIRE_TOKEN_DROP};
    ut__inquiry_text(q.name, sizeof q.name, r->target);
    ut__request_inquire(r, &q, on_token_dropped);
}

void ut__serve_drain(struct ut__request *r)
{
    struct ut__supervise *sv = r->sv;
    struct ut__load load = ut__node_load(sv);
    struct ut__text t = {0};
    if (!sv->cfg.drain) {
        ut__request_error(r, 503, "unavailable", "This program does not drain.", "Stop it.", NULL);
        return;
    }
    if (json_is_true(json_object_get(r->body, "retire")) && !ut__supervise_retire(sv)) {
        ut__request_error(r, 409, "conflict", "This node has nobody to hand its calls to.",
                          "It wants NATS, and to have joined: undertone-nodes(7).", NULL);
        return;
    }
    sv->cfg.drain(sv->cfg.arg);
    ut__text_raw(&t, "{");
    ut__text_kstr(&t, "node", sv->cfg.node);
    ut__text_kbool(&t, "draining", 1);
    ut__text_kint(&t, "calls", load.calls + load.talks);
    ut__text_raw(&t, "}");
    ut__request_text(r, &t, NULL);
}

void ut__serve_health(struct ut__request *r)
{
    struct ut__text t = {0};
    ut__health_json(r->sv, &t);
    ut__request_text(r, &t, NULL);
}

static void on_channels(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    struct ut__text t = {0};
    ut__loads_take(r->sv, answer);
    ut__text_raw(&t, "{\"channels\":");
    ut__channels_json(r->sv, &t);
    ut__text_raw(&t, "}");
    ut__request_text(r, &t, NULL);
}

void ut__serve_channels(struct ut__request *r)
{
    ut__request_inquire(r, &(struct ut__inquiry){.kind = UT__INQUIRE_CHANNELS}, on_channels);
}

void ut__serve_version(struct ut__request *r)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{");
    ut__text_kstr(&t, "name", "undertone");
    ut__text_kstr(&t, "version", UT_VERSION_TEXT);
    ut__text_kstr(&t, "model", r->sv->cfg.model ? r->sv->cfg.model : "");
    ut__text_kint(&t, "schema", SCHEMA);
    ut__text_kint(&t, "api", API);
    ut__text_raw(&t, "}");
    ut__request_text(r, &t, NULL);
}

void ut__serve_openapi(struct ut__request *r)
{
    const struct ut__asset *a = ut__asset_find("openapi.json");
    if (r->x && a)
        ut__reply_json(r->sv, r->x, 200, (const char *)a->bytes, a->len, NULL);
    ut__request_free(r);
}
