/* SPDX-License-Identifier: MIT */
/* Signing in and out, tokens, the access log; and the routes that answer of themselves. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <undertone/version.h>

#include "base/clock.h"
#include "supervise/api/assets.h"
#include "supervise/api/routes.h"

enum { COOKIE_MAX = 256, SCHEMA = 1, API = 1 };

static void put_may(struct ut__text *t, enum ut__role role)
{
    static const struct {
        const char *name;
        unsigned roles;
    } rights[] = {{"read", UT__MAY_READ},   {"history", UT__MAY_HISTORY}, {"act", UT__MAY_ACT},
                  {"note", UT__MAY_NOTE},   {"configure", UT__MAY_ADMIN}, {"erase", UT__MAY_ADMIN},
                  {"tokens", UT__MAY_ADMIN}};
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

static void reply_session(struct ut__request *r, const struct ut__who *who, const char *headers)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{");
    ut__text_kbool(&t, "signed_in", who != NULL);
    ut__text_kbool(&t, "open", ut__auth_open(r->sv->auth));
    ut__text_kstr(&t, "name", who ? who->name : NULL);
    ut__text_kstr(&t, "role", who ? ut__role_name(who->role) : NULL);
    if (who && who->expires_ms)
        ut__text_kint(&t, "expires_ms", who->expires_ms);
    else
        ut__text_knull(&t, "expires_ms");
    ut__text_kstr(&t, "node", r->sv->cfg.node);
    ut__text_kbool(&t, "demo", r->sv->cfg.demo);
    put_may(&t, who ? who->role : UT__ROLE_NONE);
    ut__text_raw(&t, "}");
    ut__request_text(r, &t, headers);
}

void ut__serve_session(struct ut__request *r)
{
    if (ut__refuse_unknown(r->sv, r->x)) {
        ut__request_free(r);
        return;
    }
    int in = ut__auth_who(r->sv->auth, r->x, ut__wall_ms(), &r->who);
    struct ut__who who = r->who;
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
    char cookie[COOKIE_MAX], headers[COOKIE_MAX + 64], args[512];
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
    if (!ut__auth_token(sv->auth, token, &r->who)) {
        wrong_token(r);
        return;
    }
    int64_t expires = ut__wall_ms() + (int64_t)sv->cfg.session_hours * 3600000;
    if (ut__auth_begin(sv->auth, &r->who, expires, cookie, sizeof cookie - 32)) {
        ut__request_error(r, 503, "unavailable", "No session can be made now.",
                          "Try again in a moment.", NULL);
        return;
    }
    snprintf(headers, sizeof headers, "Set-Cookie: %s; Max-Age=%u\r\n", cookie,
             sv->cfg.session_hours * 3600U);
    snprintf(args, sizeof args,
             "{\"hash\":\"%s\",\"name\":\"%s\",\"role\":\"%s\",\"expires_ms\":%lld}", r->who.hash,
             r->who.name, ut__role_name(r->who.role), (long long)expires);
    (void)sv->ledger.ask(sv->ledger.state, UT__LEDGER_SESSION_ADD, args, NULL, NULL);
    ut__log_access(sv, &r->who, "login", "");
    struct ut__who who = r->who;
    reply_session(r, &who, headers);
    OPENSSL_cleanse(cookie, sizeof cookie);
    OPENSSL_cleanse(headers, sizeof headers);
}

void ut__serve_logout(struct ut__request *r)
{
    struct ut__supervise *sv = r->sv;
    char cookie[COOKIE_MAX], headers[COOKIE_MAX + 16], args[128];
    int in = ut__auth_who(sv->auth, r->x, ut__wall_ms(), &r->who);
    if (in && r->who.session) {
        snprintf(args, sizeof args, "{\"hash\":\"%s\"}", r->who.hash);
        (void)sv->ledger.ask(sv->ledger.state, UT__LEDGER_SESSION_DROP, args, NULL, NULL);
        ut__log_access(sv, &r->who, "logout", "");
    }
    ut__auth_end(sv->auth, &r->who, cookie, sizeof cookie);
    snprintf(headers, sizeof headers, "Set-Cookie: %s\r\n", cookie);
    reply_session(r, NULL, headers);
}

static void on_tokens(void *arg, enum ut__ledger_status status, const char *json)
{
    struct ut__request *r = arg;
    json_t *root = ut__request_loaded(r, status, json), *item;
    size_t i;
    if (!root)
        return;
    json_array_foreach(json_object_get(root, "tokens"), i, item) json_object_del(item, "hash");
    ut__request_value(r, root);
}

void ut__serve_tokens(struct ut__request *r)
{
    ut__request_ask(r, UT__LEDGER_TOKENS, on_tokens);
}

/* Those whom an alert can be handed to: names and roles, nothing of their tokens. */
static void on_people(void *arg, enum ut__ledger_status status, const char *json)
{
    struct ut__request *r = arg;
    json_t *root = ut__request_loaded(r, status, json), *item;
    size_t i;
    if (!root)
        return;
    json_t *people = json_array();
    json_array_foreach(json_object_get(root, "tokens"), i, item)
    {
        json_t *name = json_object_get(item, "name"), *role = json_object_get(item, "role");
        const char *word = json_string_value(role);
        if (word && ((unsigned)ut__role_of(word) & UT__MAY_ACT))
            json_array_append_new(people, json_pack("{sO sO}", "name", name, "role", role));
    }
    json_decref(root);
    ut__request_value(r, json_pack("{so}", "people", people));
}

void ut__serve_people(struct ut__request *r)
{
    ut__request_ask(r, UT__LEDGER_TOKENS, on_people);
}

/* The token itself is in the request's arguments until its answer is sent. */
static void on_token_added(void *arg, enum ut__ledger_status status, const char *json)
{
    struct ut__request *r = arg;
    if (status != UT__LEDGER_OK) {
        ut__request_fail(r, status, json);
        return;
    }
    json_object_del(r->args, "hash");
    char *text = json_dumps(r->args, JSON_COMPACT);
    ut__request_json(r, text ? text : "{}", NULL);
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
}

static int good_name(const char *name)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-";
    size_t n = name ? strspn(name, letters) : 0;
    return n > 0 && n < UT__NAME_MAX && !name[n];
}

void ut__serve_token_add(struct ut__request *r)
{
    const char *name = json_string_value(json_object_get(r->body, "name"));
    const char *role = json_string_value(json_object_get(r->body, "role"));
    char token[64], hash[65], args[512];
    if (!good_name(name) || !ut__supervise_is_role(role)) {
        ut__request_error(r, 400, "bad_request", "name or role will not do.",
                          "Give a name of letters, digits, . _ @ - and one of the roles viewer, "
                          "supervisor, qa, admin, ingest.",
                          NULL);
        return;
    }
    if (ut__supervise_make_token(token, hash)) {
        ut__request_fail(r, UT__LEDGER_AWAY, "{}");
        return;
    }
    json_object_set_new(r->args, "name", json_string(name));
    json_object_set_new(r->args, "role", json_string(role));
    json_object_set_new(r->args, "token", json_string(token));
    snprintf(args, sizeof args, "{\"name\":\"%s\",\"role\":\"%s\",\"hash\":\"%s\"}", name, role,
             hash);
    if (ut__ask(r->sv, UT__LEDGER_TOKEN_ADD, args, on_token_added, r))
        ut__request_fail(r, UT__LEDGER_AWAY, "{}");
    OPENSSL_cleanse(token, sizeof token);
}

void ut__serve_health(struct ut__request *r)
{
    struct ut__text t = {0};
    ut__health_json(r->sv, &t);
    ut__request_text(r, &t, NULL);
}

static void on_queued(void *arg, enum ut__ledger_status status, const char *json)
{
    struct ut__request *r = arg;
    struct ut__text t = {0};
    json_t *root = status == UT__LEDGER_OK ? json_loads(json, 0, NULL) : NULL, *item;
    size_t i;
    if (root) {
        json_decref(r->sv->queued);
        r->sv->queued = json_object();
        json_array_foreach(json_object_get(root, "channels"), i, item)
        {
            const char *name = json_string_value(json_object_get(item, "name"));
            if (name)
                json_object_set(r->sv->queued, name, item);
        }
    }
    json_decref(root);
    ut__text_raw(&t, "{\"channels\":");
    ut__channels_json(r->sv, &t);
    ut__text_raw(&t, "}");
    ut__request_text(r, &t, NULL);
}

void ut__serve_channels(struct ut__request *r)
{
    ut__request_ask(r, UT__LEDGER_CHANNELS, on_queued);
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
