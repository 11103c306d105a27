/* SPDX-License-Identifier: MIT */
/* The small parts of the supervisor channel: texts, templates, syslog, limits, wall, players. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "contract/severity.h"
#include "net/limit.h"
#include "supervise/auth.h"
#include "supervise/channels/syslog/syslog_text.h"
#include "supervise/channels/template.h"
#include "supervise/feed/alerts.h"
#include "supervise/feed/exposure.h"
#include "supervise/feed/wall.h"
#include "supervise/play.h"
#include "supervise/supervise.h"
#include "unit/unit.h"

static const char notice[] =
    "{\"key\":\"c1-1\",\"time_ms\":1795297543692,\"node\":\"n1\",\"action\":\"raised\",\"by\":null,"
    "\"alert\":{\"alert\":\"c1-1\",\"call\":\"c1\",\"queue\":\"say \\\"hi\\\"\",\"agent\":\"a]b\\\\"
    "\",\"text\":\"pitch 3.1\\nsemitones\",\"state\":\"raised\",\"stress\":0.83,\"t\":3.0}}";

static void test_severity(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        double stress;
        int escalated;
        const char *is;
    } cases[] = {{NULL, 0.8, 0, "medium"},    {NULL, 0.85, 0, "high"}, {NULL, 0.6, 1, "high"},
                 {"low", 0.9, 0, "low"},      {"low", 0.9, 1, "high"}, {"high", 0.1, 0, "high"},
                 {"urgent", 0.8, 0, "medium"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(ut__severity_name(ut__severity_of(ut__severity_named(cases[i].said),
                                                              cases[i].stress, cases[i].escalated)),
                            cases[i].is);
}

static void test_text(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {{"a\"b\\c\n", "\"a\\\"b\\\\c\\u000a\""},
                 {"\xc3\xa9\xe2\x82\xac", "\"\xc3\xa9\xe2\x82\xac\""},
                 {"\xff\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
                 {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
                 {"\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
                 {NULL, "null"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__text t = {0};
        ut__text_str(&t, cases[i].in);
        assert_string_equal(t.buf, cases[i].out);
        ut__text_free(&t);
    }
    struct ut__text t = {0};
    ut__text_raw(&t, "{");
    ut__text_kint(&t, "a", -5);
    ut__text_knum(&t, "b", 0.125, 2);
    ut__text_kbool(&t, "c", 1);
    ut__text_knull(&t, "d");
    ut__text_raw(&t, "}");
    assert_string_equal(t.buf, "{\"a\":-5,\"b\":0.13,\"c\":true,\"d\":null}");
    ut__text_free(&t);
}

static int put_alert(struct ut__alerts *a, const char *id, const char *call, const char *state,
                     const char *queue, const char *severity)
{
    char json[256];
    struct ut__alert_state alert = {.stored = 1};
    snprintf(alert.id, sizeof alert.id, "%s", id);
    snprintf(alert.node, sizeof alert.node, "n1");
    snprintf(alert.call, sizeof alert.call, "%s", call);
    snprintf(alert.state, sizeof alert.state, "%s", state);
    snprintf(alert.queue, sizeof alert.queue, "%s", queue);
    snprintf(alert.severity, sizeof alert.severity, "%s", severity);
    snprintf(json, sizeof json, "{\"alert\":\"%s\",\"state\":\"%s\",\"severity\":\"%s\"}", id,
             state, severity);
    assert_true(ut__alert_set_texts(&alert, json, NULL, NULL));
    int news = ut__alerts_put(a, &alert);
    ut__alert_state_free(&alert);
    return news;
}

static void ids_are(struct ut__text t, const char *expected)
{
    char ids[256] = "";
    for (const char *at = t.buf; (at = strstr(at, "\"alert\":\"")) != NULL;) {
        at += strlen("\"alert\":\"");
        strncat(ids, at, strcspn(at, "\""));
    }
    assert_string_equal(ids, expected);
    ut__text_free(&t);
}

static void alerts_are(const struct ut__alerts *a, const char *expected)
{
    struct ut__text t = {0};
    assert_int_equal(ut__alerts_json(a, "", &t), 0);
    ids_are(t, expected);
}

/* A page of open alerts, the newest first. Returns where the next one begins. */
static uint64_t page_is(const struct ut__alerts *a, const char *queue, uint64_t before,
                        int64_t limit, const char *expected)
{
    struct ut__text t = {0};
    uint64_t next = ut__alerts_page(
        a,
        &(struct ut__alerts_filter){.scope = "", .queue = queue, .before = before, .limit = limit},
        &t);
    ids_are(t, expected);
    return next;
}

/* The newest state keeps the place of the first; what ended goes, what is open stays. */
static void test_alerts(void **state)
{
    (void)state;
    static struct ut__alerts a;
    assert_int_equal(put_alert(&a, "A", "c1", "raised", "q", "medium"), 1);
    assert_int_equal(put_alert(&a, "B", "c1", "raised", "", "medium"), 1);
    assert_int_equal(put_alert(&a, "C", "c2", "expired", "", "medium"), 1);
    assert_int_equal(put_alert(&a, "", "c2", "raised", "", "medium"), 0);
    assert_int_equal(put_alert(&a, "B", "c1", "raised", "", "medium"), 0);
    assert_int_equal(put_alert(&a, "B", "c1", "resolved", "", "medium"), 1);
    assert_int_equal(ut__alerts_count(&a, "raised"), 1);
    assert_int_equal(ut__alerts_count(&a, "resolved"), 1);
    alerts_are(&a, "ABC");
    assert_int_equal(page_is(&a, NULL, 0, 9, "A"), 0);
    assert_int_equal(page_is(&a, "q2", 0, 9, ""), 0);
    assert_string_equal(ut__alerts_find(&a, "n1", "B")->state, "resolved");
    assert_string_equal(ut__alerts_find(&a, "n2", "B")->node, "n1");
    assert_null(ut__alerts_find(&a, "n1", "D"));
    ut__alerts_call_ended(&a, "n2", "c1");
    alerts_are(&a, "ABC");
    ut__alerts_call_ended(&a, "n1", "c1");
    alerts_are(&a, "AC");
    assert_int_equal(put_alert(&a, "B", "c3", "raised", "q", "medium"), 1);
    assert_int_equal(put_alert(&a, "D", "c3", "acknowledged", "q", "medium"), 1);
    uint64_t next = page_is(&a, NULL, 0, 2, "DB");
    assert_int_equal(put_alert(&a, "E", "c4", "raised", "", "medium"), 1); /* Meanwhile. */
    assert_int_equal(page_is(&a, NULL, next, 2, "A"), 0);
    next = page_is(&a, "q", 0, 1, "D");
    next = page_is(&a, "q", next, 1, "B");
    assert_int_equal(page_is(&a, "q", next, 1, "A"), 0);
    ut__alerts_erase_call(&a, "n2", "c1");
    ut__alerts_erase_call(&a, "n1", "c1");
    alerts_are(&a, "CBDE");
    ut__alerts_forget(&a, "n1", "D");
    alerts_are(&a, "CBE");
    assert_int_equal(put_alert(&a, "B", "c3", "raised", "", "high"), 1);
    assert_int_equal(put_alert(&a, "E", "c4", "raised", "x", "low"), 1);
    assert_int_equal(ut__alerts_waiting(&a, "high"), 1);
    assert_int_equal(ut__alerts_waiting(&a, "low"), 1);
    /* The same call at another node: two alerts of one name. */
    struct ut__alert_state other = {.id = "B", .node = "n2", .call = "c3", .state = "raised"};
    assert_true(ut__alert_set_texts(&other, "{\"alert\":\"B\"}", NULL, NULL));
    assert_int_equal(ut__alerts_put(&a, &other), 1);
    ut__alert_state_free(&other);
    alerts_are(&a, "CBEB");
    assert_string_equal(ut__alerts_find(&a, "n2", "B")->node, "n2");
    assert_string_equal(ut__alerts_find(&a, "n1", "B")->node, "n1");
    ut__alerts_release(&a);
    assert_int_equal(a.count, 0);
    assert_null(a.last);
}

/* A body of a built-in template, as JSON where it is. */
static json_t *filled(enum ut__webhook_template which, const char *base_url, const char *body,
                      struct ut__text *out)
{
    char why[512];
    const char *text = ut__template_text(which, base_url != NULL);
    assert_int_equal(ut__template_check(text, why, sizeof why), 0);
    assert_int_equal(
        ut__template_fill(text, body, &(struct ut__template_with){base_url, "R0"}, out), 0);
    return json_loads(out->buf, 0, NULL);
}

static const char pager[] =
    "{\"key\":\"k\",\"time_ms\":1795297543692,\"node\":\"n1\",\"action\":\"resolved\",\"by\":"
    "\"eva\","
    "\"text\":\"a note\",\"alert\":{\"alert\":\"c1-1\",\"call\":\"c1\",\"node\":\"n1\",\"queue\":"
    "\"<!channel> [x](http://e.example)\",\"agent\":\"<@U1>\",\"text\":\"a & b\",\"state\":"
    "\"resolved\",\"severity\":\"high\",\"outcome\":\"helped\",\"stress\":0.83,\"t\":3.0}}";

/* What is markup to Slack or Teams is no markup when it is a queue's name: `<!channel>` pages a company. */
static void test_templates_are_quiet(void **state)
{
    (void)state;
    struct ut__text out = {0};
    json_t *json = filled(UT__WEBHOOK_SLACK, "https://u.example", pager, &out);
    const char *mrkdwn = json_string_value(json_object_get(
        json_object_get(json_array_get(json_object_get(json, "blocks"), 0), "text"), "text"));
    assert_string_equal(
        mrkdwn, "*An alert was resolved*\na &amp; b\n<https://u.example/#/call/c1|Open the call>");
    const char *fallback = json_string_value(json_object_get(json, "text"));
    assert_null(strchr(fallback, '<'));
    assert_non_null(strstr(fallback, "&lt;!channel&gt;"));
    json_decref(json);
    ut__text_free(&out);
    json = filled(UT__WEBHOOK_TEAMS, "https://u.example", pager, &out);
    assert_non_null(strstr(out.buf, "Action.OpenUrl"));
    assert_null(strstr(out.buf, "[x](http"));
    json_decref(json);
    ut__text_free(&out);
    json = filled(UT__WEBHOOK_TEAMS, NULL, pager, &out);
    assert_null(strstr(out.buf, "Action.OpenUrl"));
    json_decref(json);
    ut__text_free(&out);
}

/* Who manages incidents hears of one by one name: triggered, acknowledged, resolved. */
static void test_templates_of_incidents(void **state)
{
    (void)state;
    struct ut__text out = {0};
    json_t *json = filled(UT__WEBHOOK_PAGERDUTY, "https://u.example", pager, &out);
    const json_t *payload = json_object_get(json, "payload");
    assert_string_equal(json_string_value(json_object_get(json, "event_action")), "resolve");
    assert_string_equal(json_string_value(json_object_get(json, "dedup_key")), "c1-1@n1");
    assert_string_equal(json_string_value(json_object_get(json, "routing_key")), "R0");
    assert_string_equal(json_string_value(json_object_get(payload, "severity")), "critical");
    assert_string_equal(json_string_value(json_object_get(payload, "timestamp")),
                        "2026-11-21T21:45:43.692Z");
    json_decref(json);
    ut__text_free(&out);
    json = filled(UT__WEBHOOK_OPSGENIE, NULL, pager, &out);
    assert_string_equal(json_string_value(json_object_get(json, "priority")), "P1");
    assert_string_equal(json_string_value(json_object_get(json, "alias")), "c1-1@n1");
    assert_string_equal(json_string_value(json_object_get(json, "note")), "a note");
    json_decref(json);
    ut__text_free(&out);
    assert_int_equal(
        ut__template_json(pager, &(struct ut__template_with){"https://u.example", NULL}, &out), 0);
    assert_non_null(strstr(out.buf, "\"time\":\"2026-11-21T21:45:43.692Z\""));
    assert_non_null(strstr(out.buf, "https://u.example/api/v1/alerts/c1-1/acknowledge"));
    ut__text_free(&out);
}

static void test_templates(void **state)
{
    (void)state;
    char why[512];
    for (int which = UT__WEBHOOK_SLACK; which < UT__WEBHOOK_OWN; which++)
        for (int linked = 0; linked < 2; linked++) {
            struct ut__text out = {0};
            json_t *json = filled((enum ut__webhook_template)which,
                                  linked ? "https://u.example" : NULL, notice, &out);
            assert_true(which == UT__WEBHOOK_TEXT ? json == NULL : json != NULL);
            assert_true((strstr(out.buf, "https://u.example/#/call/c1") != NULL) == linked);
            json_decref(json);
            ut__text_free(&out);
        }
    static const char *const bad[] = {"{{nothing}}", "{\"a\":{{stress}", "{\"a\":\"{{text}}\"",
                                      "x {{alert", "[{{text}}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        why[0] = '\0';
        assert_int_equal(ut__template_check(bad[i], why, sizeof why), UT_EMALFORMED);
        assert_true(strlen(why) > 10);
    }
    assert_string_equal(ut__template_type("{{text}}"), "text/plain; charset=utf-8");
    assert_string_equal(ut__template_type(" {\"a\":1}"), "application/json");
}

static void test_syslog(void **state)
{
    (void)state;
    struct ut__text t = {0};
    assert_int_equal(ut__syslog_line(notice, "n1", 42, &t), 0);
    assert_string_equal(
        t.buf,
        "<132>1 2026-11-21T21:45:43.692Z n1 undertone 42 raised [undertone@32473"
        " key=\"c1-1\" alert=\"c1-1\" call=\"c1\" queue=\"say \\\"hi\\\"\" agent=\"a\\]b\\\\\""
        " state=\"raised\" stress=\"0.830\"] pitch 3.1 semitones");
    ut__text_free(&t);
    assert_int_equal(ut__syslog_line("{", "n1", 42, &t), UT_EMALFORMED);
    ut__text_free(&t);
}

static void test_limit(void **state)
{
    (void)state;
    static struct ut__limit l;
    for (int i = 0; i < UT__LIMIT_TRIES; i++) {
        assert_int_equal(ut__limit_wait_s(&l, "192.0.2.1:1000", 100), 0);
        ut__limit_failed(&l, "192.0.2.1:1001", 100);
    }
    assert_int_equal(ut__limit_wait_s(&l, "192.0.2.1:5", 100), 60);
    assert_int_equal(ut__limit_wait_s(&l, "192.0.2.2:5", 100), 0);
    assert_int_equal(ut__limit_wait_s(&l, "192.0.2.1:5", 60100), 0);
    for (int i = 0; i < UT__LIMIT_TRIES; i++)
        ut__limit_failed(&l, "[2001:db8::1]:7", 100);
    assert_int_equal(ut__limit_wait_s(&l, "[2001:db8::1]:8", 100), 60);
    /* Who has one address of IPv6 has all of its network. */
    assert_int_equal(ut__limit_wait_s(&l, "[2001:db8::ffff:1]:8", 100), 60);
    assert_int_equal(ut__limit_wait_s(&l, "2001:db8:0:0:1:2:3:4", 100), 60);
    assert_int_equal(ut__limit_wait_s(&l, "[2001:db8:0:1::1]:8", 100), 0);
    for (int i = 0; i < UT__LIMIT_TRIES; i++)
        ut__limit_failed(&l, "[::ffff:192.0.2.7]:7", 100);
    assert_int_equal(ut__limit_wait_s(&l, "[::ffff:192.0.2.7]:9", 100), 60);
    assert_int_equal(ut__limit_wait_s(&l, "[::ffff:192.0.2.8]:9", 100), 0);
}

static void test_exposure(void **state)
{
    (void)state;
    struct ut__exposure *e = calloc(1, sizeof *e);
    double said = 0.0;
    assert_non_null(e);
    for (int s = 0; s < 600; s++)
        said += ut__exposure_add(e, "ana", s / 60, 5);
    assert_float_equal(said, 5.0, 1e-9); /* Told once, when five minutes were full. */
    assert_float_equal(ut__exposure_add(e, "bob", 3, 5), 0.0, 1e-9);
    for (int s = 0; s < 300; s++)
        said += ut__exposure_add(e, "ana", 500 + s / 60, 5);
    assert_float_equal(said, 10.0, 1e-9); /* An hour later all begins anew. */
    free(e);
}

static void test_loopback(void **state)
{
    (void)state;
    static const char *const yes[] = {"127.0.0.1:80", "127.9.9.9", "[::1]:8080", "localhost:1",
                                      "::1"};
    static const char *const no[] = {"0.0.0.0:80", "127.0.0.1.evil.example:80", "[::]:80",
                                     "",           "localhost.evil.example",    "192.0.2.1:80",
                                     "128.0.0.1"};
    char why[300];
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_true(ut__http_is_loopback(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(ut__http_is_loopback(no[i]));
    assert_int_equal(ut__supervise_check_listen("127.0.0.1:80", 0, 0, why, sizeof why), 0);
    assert_int_equal(ut__supervise_check_listen("0.0.0.0:80", 0, 5, why, sizeof why), UT_EINVAL);
    assert_non_null(strstr(why, "--http-cert"));
    assert_int_equal(ut__supervise_check_listen("0.0.0.0:80", 1, 0, why, sizeof why), UT_EINVAL);
    assert_non_null(strstr(why, "token add"));
    assert_int_equal(ut__supervise_check_listen("0.0.0.0:80", 1, 1, why, sizeof why), 0);
}

static void test_tokens(void **state)
{
    (void)state;
    char token[64];
    struct ut__token list[3] = {{.name = "ana", .role = "qa"}, {.name = "x", .role = "god"}};
    struct ut__answer answer = {.status = UT__LEDGER_OK};
    struct ut__auth *a = NULL;
    struct ut__who who;
    assert_int_equal(ut__supervise_make_token(token, list[0].hash), 0);
    assert_int_equal(strlen(token), 46);
    memcpy(list[1].hash, list[0].hash, sizeof list[1].hash);
    const struct ut__auth_config demo = {.demo = 1}, cfg = {.demo = 0};
    assert_int_equal(ut__auth_create(&a, &demo), 0);
    assert_false(ut__auth_open(a)); /* Not before the store has said that there is no token. */
    ut__auth_set_tokens(a, &answer);
    assert_true(ut__auth_open(a));
    assert_null(ut__auth_first_key(a));
    ut__auth_destroy(a);
    assert_int_equal(ut__auth_create(&a, &cfg), 0);
    assert_null(ut__auth_first_key(a));
    ut__auth_set_tokens(a, &answer);
    assert_false(ut__auth_open(a));
    assert_int_equal(ut__auth_token(a, ut__auth_first_key(a), 1, &who), 1);
    assert_int_equal(who.role, UT__ROLE_ADMIN);
    assert_int_equal(ut__auth_still(a, &who, 0), 1);
    answer = (struct ut__answer){.status = UT__LEDGER_OK, .count = 3, .tokens = list};
    ut__auth_set_tokens(a, &answer);
    assert_false(ut__auth_open(a));
    assert_int_equal(ut__auth_token(a, token, 1, &who), 1);
    assert_string_equal(who.name, "ana");
    assert_int_equal(who.role, UT__ROLE_QA);
    token[10] ^= 1;
    assert_int_equal(ut__auth_token(a, token, 1, &who), 0);
    answer = (struct ut__answer){.status = UT__LEDGER_AWAY};
    ut__auth_set_tokens(a, &answer); /* The store is away: nobody is let in, and nothing is open. */
    assert_false(ut__auth_open(a));
    ut__auth_destroy(a);
}

static void test_scope(void **state)
{
    (void)state;
    char scope[UT__SCOPE_BYTES] = "", name[UT__CALL_LABEL_MAX + 1];
    assert_true(ut__scope_has(scope, "any"));
    assert_true(ut__scope_add(scope, "sales"));
    assert_true(ut__scope_add(scope, "billing"));
    assert_true(ut__scope_add(scope, "sales"));
    assert_string_equal(scope, "billing\nsales\n");
    assert_true(ut__scope_has(scope, "sales") && ut__scope_has(scope, "billing"));
    const char *const others[] = {"", "sale", "sales2", "billing\nsales", "ales"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(ut__scope_has(scope, others[i]));
    assert_false(ut__scope_add(scope, "") || ut__scope_add(scope, "a\nb"));
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_false(ut__scope_add(scope, name));
    for (int i = 2; i < UT__SCOPE_QUEUES; i++) {
        snprintf(name, sizeof name, "q%d", i);
        assert_true(ut__scope_add(scope, name));
    }
    assert_false(ut__scope_add(scope, "one more"));
    json_t *list = ut__scope_to_json(scope), *bad = json_pack("[si]", "a", 1);
    char again[UT__SCOPE_BYTES];
    assert_true(ut__scope_from_json(again, list));
    assert_string_equal(again, scope);
    assert_false(ut__scope_from_json(again, bad));
    assert_true(ut__scope_from_json(again, NULL) && !again[0]);
    json_decref(list);
    json_decref(bad);
}

/* The highest role counts, with the queues of the groups that give it. */
static void test_groups(void **state)
{
    (void)state;
    static const char *const lines[] = {"staff=viewer", "billing=supervisor:Billing|Refunds",
                                        "sales=supervisor:Sales", "leads=supervisor",
                                        "cn=a,ou=b=qa:Sales"};
    static const struct {
        const char *list;
        enum ut__role role;
        const char *queues;
    } cases[] = {{"staff", UT__ROLE_VIEWER, ""},
                 {" staff ,billing", UT__ROLE_SUPERVISOR, "Billing\nRefunds\n"},
                 {"sales,billing", UT__ROLE_SUPERVISOR, "Billing\nRefunds\nSales\n"},
                 {"sales,leads", UT__ROLE_SUPERVISOR, ""},
                 {"leads,sales", UT__ROLE_SUPERVISOR, ""},
                 {"", UT__ROLE_NONE, ""},
                 {"staf,staffs,,", UT__ROLE_NONE, ""}};
    static const char *const wrong[] = {
        "",          "staff",     "=viewer",     "staff=god",   "a=ingest",
        "a=admin:q", "a=viewer:", "a=viewer:x|", "a=viewer:|x", "a=viewer:\n"};
    struct ut__auth_group groups[5], one;
    char why[256];
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(ut__auth_read_group(&groups[i], lines[i], why, sizeof why), 0);
    assert_string_equal(groups[4].name, "cn=a,ou=b");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__who who = {0};
        assert_int_equal(ut__auth_by_groups(groups, 4, cases[i].list, &who), cases[i].role != 0);
        assert_int_equal(who.role, cases[i].role);
        assert_string_equal(who.queues, cases[i].queues);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ut__auth_read_group(&one, wrong[i], why, sizeof why), UT_EINVAL);
    struct ut__who who = {0};
    assert_int_equal(ut__auth_read_group(&one, "*=qa", why, sizeof why), 0);
    assert_true(ut__auth_by_groups(&one, 1, "", &who) && who.role == UT__ROLE_QA);
}

/* A call as one node tells it is the same call on another. */
static void test_wall(void **state)
{
    (void)state;
    struct ut__wall *w = calloc(1, sizeof *w);
    assert_non_null(w);
    struct ut__card *c = ut__wall_add(w, "n1", "c1", 1), *r = ut__wall_add(w, "n2", "c1", 0);
    struct ut__call_info info = {.source = "test", .queue = "sales", .started_ms = 5};
    ut__wall_info(c, &info, "0123456789abcdef");
    for (int i = 0; i < 70; i++) {
        struct ut_score s = {.t_s = i,
                             .stress = 0.01F * (float)i,
                             .state = i % 10 == 3 ? UT_STATE_ABSTAIN : UT_STATE_CALM,
                             .why = i % 10 == 3 ? UT_WHY_GAP : UT_WHY_NONE};
        ut__wall_score(c, &s);
    }
    assert_ptr_equal(ut__wall_find(w, NULL, "c1"), c);
    assert_ptr_equal(ut__wall_find(w, "n2", "c1"), r);
    struct ut__text a = {0}, b = {0};
    ut__wall_json(c, &a);
    json_t *json = json_loads(a.buf, 0, NULL);
    assert_non_null(json);
    assert_int_equal(json_array_size(json_object_get(json, "spark")), UT__SPARK);
    assert_string_equal(json_string_value(json_object_get(json, "line")), "gap");
    json_object_set_new(json, "node", json_string("n2"));
    ut__wall_from_json(r, json);
    ut__wall_json(r, &b);
    json_t *again = json_loads(b.buf, 0, NULL);
    json_object_del(json, "line"); /* Told by seconds that the other node has not seen. */
    json_object_del(again, "line");
    assert_true(json_equal(json, again));
    json_decref(json);
    json_decref(again);
    ut__text_free(&a);
    ut__text_free(&b);
    ut__wall_clear(w);
    assert_int_equal(w->count, 0);
    free(w);
}

/* Of a file of 1000 bytes. What is no range that is understood is left to be none. */
static void test_play_range(void **state)
{
    static const struct {
        const char *text;
        int status;
        int64_t from, to;
    } cases[] = {
        {"bytes=0-", 206, 0, 1000},
        {"bytes=10-19", 206, 10, 20},
        {"bytes=-10", 206, 990, 1000},
        {"bytes=-5000", 206, 0, 1000},
        {"bytes=990-5000", 206, 990, 1000},
        {"bytes=999-999", 206, 999, 1000},
        {"bytes=1000-", 416, 0, 0},
        {"bytes=20-10", 200, 0, 0},
        {"bytes=", 200, 0, 0},
        {"bytes=-", 200, 0, 0},
        {"bytes=-0", 200, 0, 0},
        {"bytes=--1", 200, 0, 0},
        {"bytes=1-2-3", 200, 0, 0},
        {"bytes=1-2,4-5", 200, 0, 0},
        {"bytes=99999999999999999999-", 416, 0, 0},
        {"items=0-1", 200, 0, 0},
        {"", 200, 0, 0},
    };
    int64_t from, to;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int status = ut__play_range(cases[i].text, 1000, &from, &to);
        if (status != cases[i].status)
            print_error("%s\n", cases[i].text);
        assert_int_equal(status, cases[i].status);
        if (status == 206) {
            assert_int_equal(from, cases[i].from);
            assert_int_equal(to, cases[i].to);
        }
    }
    assert_int_equal(ut__play_range("bytes=0-", INT64_MAX, &from, &to), 206);
    assert_int_equal(to, UT__PLAY_PIECE);
}

static void test_play_template(void **state)
{
    static const char *const good[][2] = {
        {"/srv/recordings/{date}/{call}.wav", ""},
        {"https://pbx.example:8443/rec/{call}", "https://pbx.example:8443"}};
    static const char *const bad[] = {
        "{path}.wav",           "/{call}.wav",           "/srv/{call}",
        "srv/{call}.wav",       "/srv/{nothing}.wav",    "/srv/{call.wav",
        "https://{call}/x.wav", "javascript://x/{call}", "https://a;script-src *//{call}"};
    char media[64], why[512];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(ut__play_check(good[i][0], media, sizeof media, why, sizeof why), 0);
        assert_string_equal(media, good[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut__play_check(bad[i], media, sizeof media, why, sizeof why), UT_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_severity),
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_templates_are_quiet),
        cmocka_unit_test(test_templates_of_incidents),
        cmocka_unit_test(test_syslog),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_exposure),
        cmocka_unit_test(test_loopback),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_scope),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_wall),
        cmocka_unit_test(test_play_range),
        cmocka_unit_test(test_play_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
