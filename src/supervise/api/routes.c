/* SPDX-License-Identifier: MIT */
/* The table of the API, and the way of a request through it: route, role, origin, arguments. */

#include "supervise/api/routes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_string.h"
#include "supervise/api/pages.h"
#include "supervise/api/replies.h"
#include "supervise/ask.h"

#define PREFIX "/api/v1"

enum { BODY_MAX = 65536 };

/* A row: what is not named, a route does without. */
#define ROUTE(how, path, may, ...)                                                                 \
    {                                                                                              \
        .method = how, .pattern = path, .roles = may, __VA_ARGS__                                  \
    }
#define TEXT(n)                                                                                    \
    {                                                                                              \
        n, UT__PARAM_TEXT                                                                          \
    }
#define INT(n)                                                                                     \
    {                                                                                              \
        n, UT__PARAM_INT                                                                           \
    }
#define NUM(n)                                                                                     \
    {                                                                                              \
        n, UT__PARAM_NUM                                                                           \
    }
#define PAGE   INT("limit"), TEXT("cursor")
#define WINDOW INT("from_ms"), INT("to_ms")

const struct ut__route ut__routes[] = {
    ROUTE("GET", "/calls", UT__MAY_READ, ut__serve_calls, .op = UT__LEDGER_CALLS,
          .access = "list_calls",
          .params = {TEXT("state"), TEXT("queue"), TEXT("agent"), TEXT("q"), TEXT("caller"),
                     NUM("min_peak"), TEXT("alerted"), TEXT("rescued"), TEXT("origin"),
                     TEXT("marked"), TEXT("tag"), TEXT("reason"), TEXT("follow_up"), TEXT("sort"),
                     WINDOW, PAGE}),
    ROUTE("GET", "/calls/{}", UT__MAY_READ, ut__serve_call, .op = UT__LEDGER_CALL, .part = "call",
          .access = "read_call"),
    ROUTE("DELETE", "/calls/{}", UT__MAY_ADMIN, ut__serve_marked, .op = UT__LEDGER_ERASE_CALL,
          .part = "call", .access = "erase_call"),
    ROUTE("GET", "/calls/{}/scores", UT__MAY_READ, ut__serve_ledger, .op = UT__LEDGER_SCORES,
          .part = "call", .access = "read_call",
          .params = {NUM("from_s"), NUM("to_s"), INT("step_s")}),
    ROUTE("GET", "/calls/{}/turns", UT__MAY_READ, ut__serve_part, .op = UT__LEDGER_CALL,
          .part = "call", .access = "read_call", .verb = "turns"),
    ROUTE("GET", "/calls/{}/alerts", UT__MAY_READ, ut__serve_part, .op = UT__LEDGER_CALL,
          .part = "call", .access = "read_call", .verb = "alert_list"),
    ROUTE("GET", "/calls/{}/timeline", UT__MAY_READ, ut__serve_call, .op = UT__LEDGER_TIMELINE,
          .part = "call", .access = "read_call"),
    ROUTE("POST", "/calls/{}/lines", UT__MAY_SEND, ut__serve_lines, .part = "call", .verb = "call"),
    ROUTE("GET", "/calls/{}/lines", UT__MAY_READ, ut__serve_ledger, .op = UT__LEDGER_LINES,
          .part = "call", .access = "read_lines", .params = {PAGE}),
    ROUTE("GET", "/lines", UT__MAY_READ, ut__serve_ledger, .op = UT__LEDGER_LINES_FIND,
          .access = "find_lines", .params = {TEXT("q"), TEXT("queue"), WINDOW, PAGE}),
    ROUTE("GET", "/faq", UT__MAY_HISTORY, ut__serve_ledger, .op = UT__LEDGER_FAQ,
          .access = "read_faq"),
    ROUTE("POST", "/conversations/{}/lines", UT__MAY_SEND, ut__serve_lines, .part = "call",
          .verb = "conversation"),
    ROUTE("GET", "/alerts", UT__MAY_READ, ut__serve_alerts, .op = UT__LEDGER_ALERTS,
          .access = "list_alerts",
          .params = {TEXT("state"), TEXT("queue"), TEXT("agent"), WINDOW, PAGE}),
    ROUTE("GET", "/alerts/{}", UT__MAY_READ, ut__serve_alert, .op = UT__LEDGER_ALERT,
          .part = "alert", .access = "read_alert"),
    ROUTE("GET", "/alerts/{}/life", UT__MAY_READ, ut__serve_ledger, .op = UT__LEDGER_LIFE,
          .part = "alert", .access = "read_alert"),
    ROUTE("POST", "/alerts/{}/acknowledge", UT__MAY_ACT, ut__serve_act, .op = UT__LEDGER_ACT,
          .part = "alert", .access = "acknowledge", .verb = "acknowledge"),
    ROUTE("POST", "/alerts/{}/note", UT__MAY_NOTE, ut__serve_act, .op = UT__LEDGER_ACT,
          .part = "alert", .access = "note", .verb = "note"),
    ROUTE("POST", "/alerts/{}/resolve", UT__MAY_ACT, ut__serve_act, .op = UT__LEDGER_ACT,
          .part = "alert", .access = "resolve", .verb = "resolve"),
    ROUTE("POST", "/alerts/{}/hand-over", UT__MAY_ACT, ut__serve_act, .op = UT__LEDGER_ACT,
          .part = "alert", .access = "hand_over", .verb = "hand_over"),
    ROUTE("POST", "/alerts/{}/verdict", UT__MAY_NOTE, ut__serve_act, .op = UT__LEDGER_ACT,
          .part = "alert", .access = "judge", .verb = "judge"),
    ROUTE("POST", "/calls/{}/missed", UT__MAY_NOTE, ut__serve_marked, .op = UT__LEDGER_MISSED_ADD,
          .part = "call", .access = "mark_missed"),
    ROUTE("POST", "/calls/{}/feedback", UT__MAY_NOTE, ut__serve_marked,
          .op = UT__LEDGER_FEEDBACK_ADD, .part = "call", .access = "add_feedback"),
    ROUTE("DELETE", "/missed/{}", UT__MAY_NOTE, ut__serve_ledger, .op = UT__LEDGER_MISSED_DROP,
          .part = "id", .access = "drop_missed"),
    ROUTE("POST", "/calls/{}/marks", UT__MAY_NOTE, ut__serve_marked, .op = UT__LEDGER_MARK_ADD,
          .part = "call", .access = "mark_call"),
    ROUTE("DELETE", "/marks/{}", UT__MAY_NOTE, ut__serve_ledger, .op = UT__LEDGER_MARK_DROP,
          .part = "id", .access = "drop_mark"),
    ROUTE("POST", "/calls/{}/follow-ups", UT__MAY_NOTE, ut__serve_marked,
          .op = UT__LEDGER_FOLLOW_UP_ADD, .part = "call", .access = "add_follow_up"),
    ROUTE("POST", "/follow-ups/{}/done", UT__MAY_NOTE, ut__serve_marked,
          .op = UT__LEDGER_FOLLOW_UP_DONE, .part = "id", .access = "end_follow_up"),
    ROUTE("GET", "/follow-ups", UT__MAY_HISTORY, ut__serve_ledger, .op = UT__LEDGER_FOLLOW_UPS,
          .params = {TEXT("who"), TEXT("state"), PAGE}),
    ROUTE("GET", "/disputes", UT__MAY_HISTORY, ut__serve_ledger, .op = UT__LEDGER_DISPUTES,
          .access = "list_disputes"),
    ROUTE("POST", "/disputes/{}/done", UT__MAY_ACT, ut__serve_marked, .op = UT__LEDGER_DISPUTE_DONE,
          .part = "id", .access = "answer_dispute"),
    ROUTE("GET", "/searches", UT__MAY_HISTORY, ut__serve_marked, .op = UT__LEDGER_SEARCHES),
    ROUTE("PUT", "/searches/{}", UT__MAY_HISTORY, ut__serve_marked, .op = UT__LEDGER_SEARCH_SET,
          .part = "name"),
    ROUTE("DELETE", "/searches/{}", UT__MAY_HISTORY, ut__serve_marked, .op = UT__LEDGER_SEARCH_DROP,
          .part = "name"),
    ROUTE("GET", "/precision", UT__MAY_HISTORY, ut__serve_ledger, .op = UT__LEDGER_PRECISION,
          .access = "read_precision", .params = {TEXT("by"), TEXT("queue"), WINDOW}),
    ROUTE("GET", "/trends", UT__MAY_HISTORY, ut__serve_ledger, .op = UT__LEDGER_TRENDS,
          .access = "read_trends", .params = {TEXT("by"), TEXT("queue"), WINDOW}),
    ROUTE("GET", "/outcomes", UT__MAY_HISTORY, ut__serve_ledger, .op = UT__LEDGER_OUTCOMES,
          .access = "read_outcomes", .params = {TEXT("by"), WINDOW}),
    ROUTE("GET", "/exposure", UT__MAY_HISTORY, ut__serve_ledger, .op = UT__LEDGER_EXPOSURE,
          .access = "read_exposure", .params = {TEXT("agent"), WINDOW}),
    ROUTE("POST", "/baselines/erase", UT__MAY_ADMIN, ut__serve_marked,
          .op = UT__LEDGER_ERASE_BASELINE, .access = "erase_baseline"),
    ROUTE("POST", "/callers/erase", UT__MAY_ADMIN, ut__serve_marked, .op = UT__LEDGER_ERASE_CALLER,
          .access = "erase_caller"),
    ROUTE("GET", "/thresholds", UT__MAY_HISTORY, ut__serve_thresholds),
    ROUTE("GET", "/proposals", UT__MAY_HISTORY, ut__serve_proposals, .op = UT__LEDGER_PROPOSALS,
          .access = "read_proposals"),
    ROUTE("POST", "/thresholds/{}/undo", UT__MAY_ADMIN, ut__serve_marked,
          .op = UT__LEDGER_THRESHOLD_UNDO, .part = "queue", .access = "undo_threshold"),
    ROUTE("PUT", "/thresholds/{}", UT__MAY_ADMIN, ut__serve_threshold_put,
          .access = "set_threshold"),
    ROUTE("DELETE", "/thresholds/{}", UT__MAY_ADMIN, ut__serve_threshold_drop,
          .access = "unset_threshold"),
    ROUTE("GET", "/sites", UT__MAY_HISTORY, ut__serve_sites),
    ROUTE("PUT", "/sites/{}", UT__MAY_ADMIN, ut__serve_site_put, .access = "set_site"),
    ROUTE("DELETE", "/sites/{}", UT__MAY_ADMIN, ut__serve_site_reset, .access = "reset_site"),
    ROUTE("GET", "/sites/{}/profile", UT__MAY_HISTORY, ut__serve_site_text, .part = "queue",
          .access = "export_site", .params = {TEXT("checksum")}),
    ROUTE("GET", "/rules", UT__MAY_HISTORY, ut__serve_rules_list),
    ROUTE("POST", "/rules", UT__MAY_ADMIN, ut__serve_rule_set, .access = "set_rule"),
    ROUTE("POST", "/rules/try", UT__MAY_ADMIN, ut__serve_rule_try, .op = UT__LEDGER_RULE_TRY,
          .access = "try_rule"),
    ROUTE("DELETE", "/rules/{}", UT__MAY_ADMIN, ut__serve_rule_drop, .access = "drop_rule"),
    ROUTE("GET", "/channels", UT__MAY_HISTORY, ut__serve_channels),
    ROUTE("GET", "/dead-letters", UT__MAY_HISTORY, ut__serve_ledger, .op = UT__LEDGER_DEAD,
          .params = {TEXT("channel"), PAGE}),
    ROUTE("POST", "/dead-letters/{}/resend", UT__MAY_ADMIN, ut__serve_ledger,
          .op = UT__LEDGER_DEAD_RESEND, .part = "id", .access = "resend"),
    ROUTE("DELETE", "/dead-letters/{}", UT__MAY_ADMIN, ut__serve_ledger, .op = UT__LEDGER_DEAD_DROP,
          .part = "id", .access = "drop_letter"),
    ROUTE("GET", "/access-log", UT__MAY_ADMIN, ut__serve_ledger, .op = UT__LEDGER_ACCESS,
          .access = "read_access", .params = {WINDOW, PAGE}),
    ROUTE("GET", "/knowledge", UT__MAY_READ, ut__serve_ledger, .op = UT__LEDGER_ARTICLE_FIND,
          .params = {TEXT("q"), TEXT("language"), TEXT("queue")}),
    ROUTE("GET", "/own", UT__MAY_OWN, ut__serve_own),
    ROUTE("GET", "/own/figures", UT__MAY_OWN, ut__serve_own_figures, .op = UT__LEDGER_OUTCOMES),
    ROUTE("GET", "/own/disputes", UT__MAY_OWN, ut__serve_own_disputes, .op = UT__LEDGER_DISPUTES),
    ROUTE("POST", "/own/disputes", UT__MAY_OWN, ut__serve_own_dispute, .op = UT__LEDGER_DISPUTE_ADD,
          .access = "dispute_figure"),
    ROUTE("GET", "/own/knowledge", UT__MAY_OWN, ut__serve_own_knowledge,
          .op = UT__LEDGER_ARTICLE_FIND),
    ROUTE("GET", "/calls/{}/knowledge", UT__MAY_READ, ut__serve_knowledge,
          .op = UT__LEDGER_ARTICLE_FIND, .part = "call"),
    ROUTE("GET", "/articles", UT__MAY_READ, ut__serve_ledger, .op = UT__LEDGER_ARTICLES),
    ROUTE("POST", "/articles/{}/mark", UT__MAY_NOTE, ut__serve_ledger,
          .op = UT__LEDGER_ARTICLE_MARK, .part = "article"),
    ROUTE("GET", "/quiets", UT__MAY_READ, ut__serve_quiets),
    ROUTE("POST", "/quiets", UT__MAY_ACT, ut__serve_quiet_set, .access = "set_quiet"),
    ROUTE("GET", "/calls/{}/recording", UT__MAY_HISTORY, ut__serve_recording,
          .op = UT__LEDGER_RECORDING, .part = "call"),
    ROUTE("POST", "/calls/{}/help", UT__MAY_ACT, ut__serve_help, .part = "call"),
    ROUTE("GET", "/people", UT__MAY_ACT, ut__serve_people),
    ROUTE("GET", "/tokens", UT__MAY_ADMIN, ut__serve_tokens),
    ROUTE("POST", "/tokens", UT__MAY_ADMIN, ut__serve_token_add, .access = "add_token"),
    ROUTE("DELETE", "/tokens/{}", UT__MAY_ADMIN, ut__serve_token_drop, .access = "drop_token"),
    ROUTE("POST", "/drain", UT__MAY_ADMIN, ut__serve_drain, .access = "drain"),
    ROUTE("POST", "/invite", UT__MAY_ADMIN, ut__serve_invite, .access = "invite_node"),
    ROUTE("POST", "/join", UT__MAY_ADMIN, ut__serve_join, .access = "join"),
    ROUTE("GET", "/erasures", UT__MAY_ADMIN, ut__serve_erasures, .access = "list_erasures",
          .params = {PAGE}),
    ROUTE("POST", "/login", 0, ut__serve_login),
    ROUTE("POST", "/logout", 0, ut__serve_logout),
    ROUTE("GET", "/session", 0, ut__serve_session),
    ROUTE("GET", "/health", UT__MAY_READ, ut__serve_health),
    ROUTE("GET", "/version", 0, ut__serve_version),
    ROUTE("GET", "/openapi.json", 0, ut__serve_openapi),
};
const unsigned ut__route_count = sizeof ut__routes / sizeof ut__routes[0];

static void on_gone(void *arg)
{
    struct ut__request *r = arg;
    r->x = NULL;
}

/* Does path match pattern? The {} takes one part, which goes unescaped into target. */
static int matches(const char *pattern, const char *path, char *target, size_t cap)
{
    const char *hole = strstr(pattern, "{}");
    target[0] = '\0';
    if (!hole)
        return strcmp(pattern, path) == 0;
    size_t head = (size_t)(hole - pattern);
    if (strncmp(pattern, path, head) != 0)
        return 0;
    size_t len = strcspn(path + head, "/");
    if (len == 0 || strcmp(path + head + len, hole + 2) != 0)
        return 0;
    return ut__http_unescape(path + head, len, 0, target, cap) > 0;
}

static const struct ut__route *find(const char *method, const char *path, char *target, size_t cap,
                                    int *other_method)
{
    *other_method = 0;
    for (unsigned i = 0; i < ut__route_count; i++) {
        const struct ut__route *route = &ut__routes[i];
        if (!matches(route->pattern, path, target, cap))
            continue;
        int head = strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0;
        if (head || strcmp(route->method, method) == 0)
            return route;
        *other_method = 1;
    }
    return NULL;
}

/* One query parameter into the question. Returns 0 when it is malformed. */
static int add_param(json_t *args, const struct ut__http_exchange *x, const struct ut__param *p)
{
    char value[UT__VALUE_MAX], *rest = NULL;
    int n = ut__http_query(x, p->name, value, sizeof value);
    json_t *v = NULL;
    if (n == UT_EINVAL)
        return 1;
    if (n < 0)
        return 0;
    errno = 0;
    if (p->kind == UT__PARAM_TEXT) {
        v = json_string(value);
    } else if (p->kind == UT__PARAM_INT) {
        long long i = strtoll(value, &rest, 10);
        v = n > 0 && !*rest && !errno ? json_integer(i) : NULL;
    } else {
        double d = strtod(value, &rest);
        v = n > 0 && !*rest && !errno && d > -1e12 && d < 1e12 ? json_real(d) : NULL;
    }
    return v && json_object_set_new(args, p->name, v) == 0;
}

/* Values that only a few words can have. */
static int known_words(json_t *args)
{
    static const char *const words[][11] = {
        {"by", "queue", "agent", "hour", "reason", "day"},
        {"alerted", "yes", "no"},
        {"rescued", "yes"},
        {"origin", "live", "import"},
        {"marked", "any", "stressed", "calm", "note", "tag"},
        {"reason", "f0", "effort", "rate", "harshness", "variation", "words", "rule"},
        {"follow_up", "open", "overdue", "done"},
        {"sort", "newest", "oldest", "peak", "end", "peak_end", "recovery", "length", "alerts"},
        {"state", "live", "ended", "all", "open", "raised", "acknowledged", "resolved", "overdue",
         "done"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *value = json_string_value(json_object_get(args, words[i][0]));
        int known = !value || strcmp(value, "expired") == 0;
        for (int k = 1; k < 11 && words[i][k]; k++)
            known = known || strcmp(value, words[i][k]) == 0;
        if (!known)
            return 0;
    }
    return 1;
}

static int good_page(json_t *args)
{
    const json_t *limit = json_object_get(args, "limit");
    const char *cursor = json_string_value(json_object_get(args, "cursor"));
    return (!limit ||
            (json_integer_value(limit) >= 1 && json_integer_value(limit) <= UT__PAGE_MAX)) &&
           (!cursor ||
            (*cursor && strlen(cursor) < 19 && cursor[strspn(cursor, "0123456789")] == '\0'));
}

static int read_args(struct ut__request *r)
{
    r->args = json_object();
    int ok = r->args != NULL;
    for (int i = 0; ok && i < UT__PARAMS_MAX && r->route->params[i].name; i++)
        ok = add_param(r->args, r->x, &r->route->params[i]);
    if (ok && r->route->part)
        ok = json_object_set_new(r->args, r->route->part, json_string(r->target)) == 0;
    return ok && known_words(r->args) && good_page(r->args);
}

/* Returns 0, or the status of a body that will not do. */
static int read_body(struct ut__request *r, const struct ut__http_request *req)
{
    const char *type = ut__http_header(r->x, "Content-Type");
    if (strcmp(r->route->method, "POST") != 0 && strcmp(r->route->method, "PUT") != 0)
        return 0;
    if (req->body_len_bytes > BODY_MAX)
        return 413;
    if (req->body_len_bytes == 0) {
        r->body = json_object();
        return r->body ? 0 : 400;
    }
    /* A form of a foreign page cannot send this type without being asked for leave. */
    if (!type || strncmp(type, "application/json", 16) != 0)
        return 400;
    r->body =
        json_loadb((const char *)req->body, req->body_len_bytes, JSON_REJECT_DUPLICATES, NULL);
    return json_is_object(r->body) ? 0 : 400;
}

static void serve(struct ut__request *r, const struct ut__http_request *req)
{
    int status = read_body(r, req);
    if (status == 413)
        ut__request_error(r, 413, "too_large", "The body is larger than 64 KiB.", "Send less.",
                          NULL);
    else if (status)
        ut__request_error(r, 400, "bad_request",
                          "The body is no JSON object, or its Content-Type is not "
                          "application/json.",
                          "Send one as the OpenAPI file describes it.", NULL);
    else if (!read_args(r))
        ut__request_error(r, 400, "bad_request",
                          "A query parameter is malformed, too long or unknown in its value.",
                          "See the OpenAPI file for what it may be.", NULL);
    else
        r->route->serve(r);
}

static int is_utf8(const char *text)
{
    size_t left = strlen(text);
    while (left) {
        size_t n = ut__utf8_length(text, left);
        if (n == 0)
            return 0;
        text += n;
        left -= n;
    }
    return 1;
}

static void on_request(struct ut__http_exchange *x, const struct ut__http_request *req, void *arg)
{
    struct ut__supervise *sv = arg;
    char target[UT__VALUE_MAX];
    int other;
    struct ut__who who = {0};
    const struct ut__route *route =
        find(req->method, req->path + sizeof PREFIX - 1, target, sizeof target, &other);
    if (!route) {
        if (other)
            ut__reply_error(sv, x, 405, "method", "This path does not take that method.",
                            "See the OpenAPI file for those it takes.", NULL);
        else if (ut__admit(sv, x, UT__MAY_READ, &who))
            ut__reply_error(sv, x, 404, "unknown_route", "There is no such path in the API.",
                            "See /api/v1/openapi.json for those there are.", NULL);
        return;
    }
    if (ut__refuse_origin(sv, x) || (route->roles && !ut__admit(sv, x, route->roles, &who)))
        return;
    if (!is_utf8(target)) {
        ut__reply_error(sv, x, 400, "bad_request", "The name in this address is no UTF-8.",
                        "Take the name as the API gives it, in UTF-8, percent-encoded.", NULL);
        return;
    }
    struct ut__request *r = calloc(1, sizeof *r);
    if (!r) {
        ut__reply_error(sv, x, 503, "unavailable", "There is no memory for this request.",
                        "Try again in a moment.", NULL);
        return;
    }
    r->sv = sv;
    r->x = x;
    r->route = route;
    r->who = who;
    memcpy(r->target, target, sizeof r->target);
    ut__http_on_gone(x, on_gone, r);
    if (route->access)
        ut__log_access(sv, &who, route->access, target);
    serve(r, req);
}

int ut__routes_register(struct ut__supervise *sv)
{
    static const char *const pages[] = {"/",        "/static/", "/ws",    "/events",
                                        "/metrics", "/healthz", "/readyz"};
    int err = ut__http_route(sv->http, PREFIX, on_request, sv);
    for (size_t i = 0; i < sizeof pages / sizeof pages[0] && !err; i++)
        err = ut__http_route(sv->http, pages[i], ut__page_request, sv);
    return err;
}
