/* SPDX-License-Identifier: MIT */
/* Actions: what is refused at the start, and what a call's values cannot do; what a PBX answers by. */

#include <stdio.h>
#include <string.h>

#include "supervise/auth.h"
#include "supervise/help/action.h"
#include "supervise/help/block.h"
#include "unit/unit.h"

#define LOGIN "help-login"

static const char hostile[] = "a/../b?x=1#&\r\nAction: Hangup@evil \"<\xc3\xa9%00";
static const struct ut__help_values good = {
    "c-1", "ana", "Q&1", "n", "s", "k", "bea@x", "1001", "a@b;to-tag=c>d;from-tag=e"};

static const char *const wrong[] = {"",
                                    "Listen",
                                    "=tel:1",
                                    "a\nb=tel:1",
                                    "a=",
                                    "a=tel:",
                                    "a=javascript:alert(1)",
                                    "a=http://pbx/{call}",
                                    "a=https://",
                                    "a=https://{agent}/x",
                                    "a=https://pbx.example.com{call}",
                                    "a=https://user@pbx/",
                                    "a=https://pbx/{caller}",
                                    "a=https://pbx/{call",
                                    "a=https://pbx/}",
                                    "a=https://pbx/\r\nX: 1",
                                    "a=https://pbx/a b",
                                    "a=https://pbx/%4",
                                    "a=https://pbx/\"x",
                                    "a=sip:{agent}",
                                    "a=sip:spy@{queue}",
                                    "a=tel:1 role=viewer",
                                    "a=tel:1 role=",
                                    "a=tel:1 queue=|",
                                    "a=tel:1 timeout=21",
                                    "a=tel:1 login-file=x",
                                    "a=tel:1 later",
                                    "a=POST",
                                    "a=POST tel:1",
                                    "a=POST http://pbx.example.com/",
                                    "a=POST https://{agent}/",
                                    "a=POST https://pbx/ header-file=/none",
                                    "a=POST https://pbx/ timeout=0",
                                    "a=POST https://pbx/ {\"a\":{call}}",
                                    "a=POST https://pbx/ {\"a\":\"{call}\"",
                                    "a=POST https://pbx/ {\"a\":\"{call}\"} x",
                                    "a=GET https://pbx/ {\"a\":\"{call}\"}",
                                    "a=AMI 127.0.0.1:5038 Action: Ping",
                                    "a=AMI {agent}:5038 login-file=" LOGIN " Action: Ping",
                                    "a=AMI 127.0.0.1 login-file=" LOGIN " Action: Ping",
                                    "a=AMI 127.0.0.1:5038 login-file=" LOGIN,
                                    "a=AMI 127.0.0.1:5038 login-file=" LOGIN " Ping",
                                    "a=AMI 127.0.0.1:5038 login-file=" LOGIN
                                    " Action: Ping; ActionID: 1",
                                    "a=AMI 127.0.0.1:5038 login-file=" LOGIN " Action: Ping; x",
                                    "a=AMI 127.0.0.1:5038 login-file=" LOGIN " Action: {agnt}",
                                    "a=AMI 127.0.0.1:5038 login-file=" LOGIN " Action: P\r\nx: y",
                                    "a=ESL 127.0.0.1:8021 login-file=" LOGIN " uuid_kill {call}",
                                    "a=ESL 127.0.0.1:8021 login-file=" LOGIN,
                                    "a=MESSAGE sip:{agent}@pbx",
                                    "a=REFER sip:{agent}@pbx",
                                    "a=REFER sip:{agent}@pbx sip:{phone}",
                                    "a=INVITE sip:{phone}@pbx",
                                    "a=INVITE sip:{phone}@pbx sip:x@{agent}",
                                    "a=tel:\xc3\xa9"};

static void test_link(void **state)
{
    (void)state;
    static const struct {
        const char *text, *agent, *url;
        int err;
    } cases[] = {
        {"Listen=sip:spy-{agent}@pbx.example.com", "ana", "sip:spy-ana@pbx.example.com", 0},
        {"Call=tel:{agent}", "+1 55", "tel:%2B1%2055", 0},
        {"Open=https://pbx.example.com:8443/c/{call}?a={agent}&q={queue}#x", hostile,
         "https://pbx.example.com:8443/c/c-1?a=a%2F..%2Fb%3Fx%3D1%23%26%0D%0AAction%3A%20Hangup%40"
         "evil%20%22%3C%C3%A9%2500&q=Q%261#x",
         0},
        {"Open=https://pbx/{agent}/{call}", "", NULL, UT_EINVAL},
        {"Open=https://pbx/{agent}/{call}", "..", NULL, UT_EMALFORMED},
        {"Open=https://pbx/x/.{agent}", ".", NULL, UT_EMALFORMED},
        {"Open=https://pbx/{agent}", "...", "https://pbx/...", 0}};
    struct ut__action action;
    char why[256];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        why[0] = '\0';
        assert_int_equal(ut__action_read(&action, wrong[i], why, sizeof why), UT_EINVAL);
        assert_true(why[0]);
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__text url = {0}, text = {0};
        const char *name = "";
        struct ut__help_values values = good;
        values.agent = cases[i].agent;
        assert_int_equal(ut__action_read(&action, cases[i].text, why, sizeof why), 0);
        assert_int_equal(ut__action_fill(&action, &values, &url, &text, &name), cases[i].err);
        if (cases[i].url)
            assert_string_equal(url.buf, cases[i].url);
        if (cases[i].err == UT_EINVAL)
            assert_string_equal(name, "agent");
        if (cases[i].err == UT_EMALFORMED)
            assert_null(name);
        ut__text_free(&url);
        ut__text_free(&text);
        ut__action_clear(&action);
    }
}

/* A command to a PBX takes what no letter of can end a word, a line or a quote; others are refused. */
static void test_command(void **state)
{
    (void)state;
    static const char ami[] =
        "Whisper=AMI 127.0.0.1:5038 role=admin queue=a%20b|c login-file=" LOGIN
        " Action: Originate; Channel: PJSIP/{phone}; Data: PJSIP/{agent.user},qw";
    static const char *const refused[] = {
        "a,qE", "a\r\nAction: x", "a b",   "\"a\"", "'a'", "a;b", "a&b", "a/b", "a@b", "${a}",
        "a|b",  "\xc3\xa9",       "a\\nb", "(a)",   "a:b", "<a>", "a=b"};
    static const char *const taken[] = {"ana", "1001", "+34.91-2_x", "sip:ana@evil,host"};
    struct ut__action a;
    struct ut__help_values values = good;
    struct ut__text target, text;
    const char *name;
    char why[256], want[160];
    assert_int_equal(ut__action_read(&a, ami, why, sizeof why), 0);
    assert_string_equal(a.secret, "admin:s3cret");
    assert_true(ut__scope_has(a.queues, "a b") && ut__scope_has(a.queues, "c"));
    assert_true(ut__action_for_role(&a, UT__ROLE_ADMIN));
    assert_false(ut__action_for_role(&a, UT__ROLE_SUPERVISOR));
    for (size_t i = 0; i < sizeof refused / sizeof refused[0] + sizeof taken / sizeof taken[0];
         i++) {
        size_t n = sizeof refused / sizeof refused[0];
        values.agent = i < n ? refused[i] : taken[i - n];
        if (strchr(values.agent, '@') && i < n)
            values.phone = values.agent, values.agent = "ana";
        else
            values.phone = "1001";
        target = text = (struct ut__text){0};
        assert_int_equal(ut__action_fill(&a, &values, &target, &text, &name),
                         i < n ? UT_EMALFORMED : 0);
        snprintf(want, sizeof want,
                 "Action: Originate\r\nChannel: PJSIP/1001\r\nData: PJSIP/%s,qw\r\n",
                 strstr(values.agent, "sip:") ? "ana" : values.agent);
        if (i >= n)
            assert_string_equal(text.buf, want);
        assert_string_equal(target.buf, "127.0.0.1:5038");
        ut__text_free(&target);
        ut__text_free(&text);
    }
    ut__action_clear(&a);
}

/* A body stays JSON, and says what the values are. */
static void test_body(void **state)
{
    (void)state;
    struct ut__action a;
    struct ut__help_values values = good;
    struct ut__text target = {0}, text = {0};
    const char *name;
    char why[256];
    values.agent = "\"},\\{call}\r\n\xc3\xa9\xff";
    assert_int_equal(
        ut__action_read(&a, "Ticket=POST https://crm/ timeout=2 {\"a\": [\"{agent}\", {}]}", why,
                        sizeof why),
        0);
    assert_int_equal(ut__action_fill(&a, &values, &target, &text, &name), 0);
    assert_string_equal(text.buf,
                        "{\"a\": [\"\\\"},\\\\{call}\\u000d\\u000a\xc3\xa9\xef\xbf\xbd\", {}]}");
    ut__text_free(&target);
    ut__text_free(&text);
    ut__action_clear(&a);
}

/* A dialog stays one header of the address that a phone is to call. */
static void test_replaces(void **state)
{
    (void)state;
    static const char line[] = "Take over=INVITE sip:{phone}@pbx sip:gw@pbx?Replaces={replaces}";
    struct ut__action a;
    struct ut__help_values values = good;
    struct ut__text target = {0}, text = {0};
    const char *name;
    char why[256];
    assert_int_equal(ut__action_read(&a, line, why, sizeof why), 0);
    assert_int_equal(a.timeout_ms, 20000);
    assert_int_equal(ut__action_fill(&a, &values, &target, &text, &name), 0);
    assert_string_equal(target.buf, "sip:1001@pbx");
    assert_string_equal(text.buf, "sip:gw@pbx?Replaces=a%40b%3Bto-tag%3Dc%3Ed%3Bfrom-tag%3De");
    ut__text_free(&text);
    values.replaces = "";
    assert_int_equal(ut__action_fill(&a, &values, &target, &text, &name), UT_EINVAL);
    assert_string_equal(name, "replaces");
    ut__text_free(&target);
    ut__text_free(&text);
    ut__action_clear(&a);
}

/* In a message to people a line stays one line. */
static void test_message(void **state)
{
    (void)state;
    struct ut__action a;
    struct ut__help_values values = good;
    struct ut__text target = {0}, text = {0};
    const char *name;
    char why[256];
    values.queue = "a\r\nb";
    assert_int_equal(ut__action_read(&a,
                                     "Tell=MESSAGE sip:{agent.user}@pbx timeout=2 {by}: {queue}",
                                     why, sizeof why),
                     0);
    assert_int_equal(a.timeout_ms, 2000);
    assert_int_equal(ut__action_fill(&a, &values, &target, &text, &name), 0);
    assert_string_equal(target.buf, "sip:ana@pbx");
    assert_string_equal(text.buf, "bea@x: a  b");
    ut__text_free(&target);
    ut__text_free(&text);
    ut__action_clear(&a);
}

static void test_block(void **state)
{
    (void)state;
    static const char esl[] = "Content-Type: api/response\nContent-Length: 4\n\n+OK\n",
                      ami[] = "Response: Error\r\nactionid: ut-3\r\nMessage:  Extension does not "
                              "exist. \r\n\r\nEvent: x\r\n";
    struct ut__block b;
    char value[40];
    for (size_t n = 0; n < sizeof esl - 1; n++)
        assert_int_equal(ut__block_read(&b, esl, n), 0);
    assert_int_equal(ut__block_read(&b, esl, sizeof esl - 1), sizeof esl - 1);
    assert_memory_equal(b.text + b.head_len, "+OK\n", b.body_len);
    assert_int_equal(ut__block_read(&b, ami, sizeof ami - 1), (int)(strstr(ami, "Event") - ami));
    assert_int_equal(ut__block_get(&b, "Message", value, sizeof value), 1);
    assert_string_equal(value, "Extension does not exist.");
    assert_int_equal(ut__block_get(&b, "ActionID", value, 4), 1);
    assert_string_equal(value, "ut-");
    assert_int_equal(ut__block_get(&b, "Event", value, sizeof value), 0);
    for (const char *const *bad =
             (const char *const[]){"Content-Length: 9000\n\n", "Content-Length: -1\n\n",
                                   "Content-Length: 1x\n\n", NULL};
         *bad; bad++)
        assert_int_equal(ut__block_read(&b, *bad, strlen(*bad)), UT_ETOOBIG);
}

static int write_login(void **state)
{
    FILE *f = fopen(LOGIN, "w");
    (void)state;
    return !f || fputs("admin:s3cret\n", f) < 0 || fclose(f) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link),  cmocka_unit_test(test_command),
        cmocka_unit_test(test_body),  cmocka_unit_test(test_message),
        cmocka_unit_test(test_block), cmocka_unit_test(test_replaces)};
    return cmocka_run_group_tests(tests, write_login, NULL);
}
