/* SPDX-License-Identifier: MIT */
/* Addresses of actions: what is refused at the start, and what a call's values cannot do. */

#include <string.h>

#include "supervise/help/link.h"
#include "unit/unit.h"

static void test_help_link(void **state)
{
    (void)state;
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
                                        "a=tel:\xc3\xa9"};
    static const char hostile[] = "a/../b?x=1#&\r\nAction: Hangup@evil \"<\xc3\xa9%00";
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
    struct ut__help_link link;
    char why[256];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        why[0] = '\0';
        assert_int_equal(ut__help_link_read(&link, wrong[i], why, sizeof why), UT_EINVAL);
        assert_true(why[0]);
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__text url = {0};
        const char *missing = "";
        const struct ut__help_values values = {"c-1", cases[i].agent, "Q&1", "n", "s", "k", "bea"};
        assert_int_equal(ut__help_link_read(&link, cases[i].text, why, sizeof why), 0);
        assert_int_equal(ut__help_link_fill(&link, &values, &url, &missing), cases[i].err);
        if (cases[i].url)
            assert_string_equal(url.buf, cases[i].url);
        assert_string_equal(missing, cases[i].err == UT_EINVAL ? "agent" : "");
        ut__text_free(&url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_help_link)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
