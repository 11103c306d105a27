/* SPDX-License-Identifier: MIT */
/* Answers: headers that every one carries, errors in one form, and who is let in. */

#include "supervise/api/replies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "supervise/ask.h"
#include "supervise/state.h"

enum { HEADERS_MAX = 1536 };

const char *ut__headers(const struct ut__supervise *sv, const char *more, char *buf, size_t cap)
{
    snprintf(buf, cap,
             "X-Content-Type-Options: nosniff\r\n"
             "Referrer-Policy: no-referrer\r\n"
             "X-Frame-Options: DENY\r\n"
             "Cross-Origin-Resource-Policy: same-origin\r\n"
             "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
             "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
             "media-src 'self' blob:%s%s; base-uri 'none'; form-action 'self'; "
             "frame-ancestors 'none'\r\n"
             "%s%s",
             sv->media[0] ? " " : "", sv->media,
             sv->cfg.secure ? "Strict-Transport-Security: max-age=31536000\r\n" : "",
             more ? more : "");
    return buf;
}

static void count(struct ut__supervise *sv, int status)
{
    int class = status / 100;
    sv->requests[class < UT__STATUS_CLASSES ? class : 0]++;
}

static void reply(struct ut__supervise *sv, struct ut__http_exchange *x, int status,
                  const char *type, const char *body, size_t len, const char *headers)
{
    char buf[HEADERS_MAX], more[512];
    snprintf(more, sizeof more, "Cache-Control: no-store\r\n%s", headers ? headers : "");
    count(sv, status);
    ut__http_reply(x, &(struct ut__http_response){.status = status,
                                                  .type = type,
                                                  .headers = ut__headers(sv, more, buf, sizeof buf),
                                                  .body = body,
                                                  .len_bytes = len});
}

void ut__reply_json(struct ut__supervise *sv, struct ut__http_exchange *x, int status,
                    const char *json, size_t len, const char *headers)
{
    reply(sv, x, status, "application/json", json, len, headers);
}

void ut__reply_file(struct ut__supervise *sv, struct ut__http_exchange *x, const char *name,
                    const char *text)
{
    char headers[160];
    snprintf(headers, sizeof headers, "Content-Disposition: attachment; filename=\"%s\"\r\n", name);
    reply(sv, x, 200, "text/plain; charset=utf-8", text, strlen(text), headers);
}

void ut__reply_error(struct ut__supervise *sv, struct ut__http_exchange *x, int status,
                     const char *code, const char *message, const char *remedy, const char *headers)
{
    struct ut__text t = {0};
    /* Not the message, nor a path that is none of ours: they may repeat a number or a key. */
    UT__LOG(UT__LOG_DEBUG, "request refused", ut__log_int("status", status),
            ut__log_str("code", code),
            ut__log_str("path", status == 404 ? "" : ut__http_request(x)->path));
    ut__text_raw(&t, "{\"error\":{");
    ut__text_kstr(&t, "code", code);
    ut__text_kstr(&t, "message", message);
    ut__text_kstr(&t, "remedy", remedy);
    ut__text_raw(&t, "}}");
    ut__reply_json(sv, x, status, t.failed ? "{}" : t.buf, t.failed ? 2 : t.len, headers);
    ut__text_free(&t);
}

void ut__reply_refusal(struct ut__supervise *sv, struct ut__http_exchange *x,
                       enum ut__ledger_status status, const char *message, const char *remedy)
{
    static const struct {
        int status;
        const char *code;
    } map[] = {
        [UT__LEDGER_OK] = {500, "internal"},         [UT__LEDGER_BAD] = {400, "bad_request"},
        [UT__LEDGER_NOT_FOUND] = {404, "not_found"}, [UT__LEDGER_CONFLICT] = {409, "conflict"},
        [UT__LEDGER_AWAY] = {503, "unavailable"},    [UT__LEDGER_ELSEWHERE] = {409, "conflict"}};
    ut__reply_error(sv, x, map[status].status, map[status].code,
                    message ? message : "The record cannot be read or written now.",
                    remedy ? remedy : "Try again in a moment; /api/v1/health tells more.",
                    status == UT__LEDGER_AWAY ? "Retry-After: 1\r\n" : NULL);
}

int ut__refuse_origin(struct ut__supervise *sv, struct ut__http_exchange *x)
{
    if (ut__auth_same_origin(sv->auth, x))
        return 0;
    ut__reply_error(sv, x, 403, "bad_origin", "The request comes from another site.",
                    "Open Undertone's own page, by the address that its listener was given.", NULL);
    return 1;
}

int ut__refuse_unknown(struct ut__supervise *sv, struct ut__http_exchange *x)
{
    if (ut__auth_known(sv->auth))
        return 0;
    ut__reply_error(
        sv, x, 503, "tokens_away",
        "Nobody can be let in: the tokens in the data folder cannot be read.",
        "Try again in a moment; if it stays so, Undertone's log says what is wrong with "
        "the folder.",
        "Retry-After: 1\r\n");
    return 1;
}

/* The proxy named somebody who is not let in. */
static void refuse_proxied(struct ut__supervise *sv, struct ut__http_exchange *x,
                           enum ut__refusal why)
{
    static const struct {
        const char *code, *message, *remedy;
    } told[] = {
        [UT__REFUSED_FORGED] = {"forged_header",
                                "A header that signs people in came from an address that is no "
                                "trusted proxy.",
                                "Open the page by the proxy; if this address is the proxy's, name "
                                "it in trusted-proxy."},
        [UT__REFUSED_NAME] = {"bad_name", "The proxy names somebody by a name that will not do.",
                              "Have it send 1 to 64 letters, digits, . _ @ + or -."},
        [UT__REFUSED_GROUP] = {"no_group",
                               "You are signed in, but none of your groups may use "
                               "Undertone.",
                               "Ask an administrator for a line auth-group = GROUP=ROLE."},
    };
    if (why == UT__REFUSED_FORGED)
        ut__log_access(sv, &(struct ut__who){0}, "forged_header", ut__http_request(x)->peer);
    ut__reply_error(sv, x, 403, told[why].code, told[why].message, told[why].remedy, NULL);
}

/* Who has come by the proxy can be handed an alert from now on. */
static void meet(struct ut__supervise *sv, const struct ut__who *who)
{
    if (!ut__auth_met(sv->auth, who))
        return;
    struct ut__inquiry q = {.kind = UT__INQUIRE_PERSON_MET};
    ut__inquiry_text(q.person.name, sizeof q.person.name, who->name);
    ut__inquiry_text(q.person.role, sizeof q.person.role, ut__role_name(who->role));
    memcpy(q.person.queues, who->queues, sizeof q.person.queues);
    (void)sv->ledger.inquire(sv->ledger.state, &q, NULL, NULL);
    ut__log_access(sv, who, "login", "proxy");
}

int ut__admit(struct ut__supervise *sv, struct ut__http_exchange *x, unsigned role_mask,
              struct ut__who *who)
{
    if (ut__refuse_unknown(sv, x))
        return 0;
    if (!ut__auth_who(sv->auth, x, ut__wall_ms(), who)) {
        if (who->refused) {
            refuse_proxied(sv, x, who->refused);
            return 0;
        }
        ut__reply_error(sv, x, 401, "unauthorized",
                        "Nobody is signed in, or the token or session is not good any more.",
                        "Sign in, or send Authorization: Bearer with a token of "
                        "`undertone token add`.",
                        "WWW-Authenticate: Bearer\r\n");
        return 0;
    }
    if (who->proxy)
        meet(sv, who);
    if ((unsigned)who->role & role_mask)
        return 1;
    ut__reply_error(sv, x, 403, "forbidden", "Your role may not do that.",
                    "Ask an administrator for a token of another role.", NULL);
    return 0;
}

int ut__supervise_may_ingest(struct ut__supervise *sv, const struct ut__http_exchange *x)
{
    struct ut__who who;
    return ut__http_header(x, "Authorization") && ut__auth_who(sv->auth, x, ut__wall_ms(), &who) &&
           who.role == UT__ROLE_INGEST;
}
