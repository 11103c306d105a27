/* SPDX-License-Identifier: MIT */
/* a=crypto, with the example of RFC 4568, section 6.1. */
#include "unit/unit.h"

#include <stdio.h>

#include "ingress/sdp/sdes.h"

#define KEY "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"

static void test_parse(void **state)
{
    (void)state;
    static const char *const good[] = {
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY,
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20",
        "1 AES_CM_128_HMAC_SHA1_80  inline:" KEY "|1048576",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20 WSH=128 UNENCRYPTED_SRTCP",
    };
    struct ut__sdes s;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(ut__sdes_parse(&s, good[i]), 0);
        assert_int_equal(s.tag, 1);
        assert_int_equal(s.key_bytes, 30);
        assert_memory_equal(s.key, "YS___semctl () {\t220;}\n}\nunles", 30);
    }
}

static void test_identifier(void **state)
{
    (void)state;
    struct ut__sdes s;
    assert_int_equal(ut__sdes_parse(&s, "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|1:4"), 0);
    assert_int_equal(s.mki_bytes, 4);
    assert_int_equal(ut__sdes_parse(&s, "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1066:2"), 0);
    assert_int_equal(s.mki_bytes, 2);
    assert_int_equal(s.key_bytes, 30);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int err;
    } cases[] = {
        {"", UT_EMALFORMED},
        {"x AES_CM_128_HMAC_SHA1_80 inline:" KEY, UT_EMALFORMED},
        {"1 AES_CM_128_HMAC_SHA1_80 " KEY, UT_EMALFORMED},
        {"1 AES_CM_128_HMAC_SHA1_80 inline:AAAA", UT_EMALFORMED},
        {"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY KEY KEY KEY, UT_EMALFORMED},
        {"1 F8_128_HMAC_SHA1_80 inline:" KEY, UT_EUNSUPPORTED},
        {"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|1:0", UT_EUNSUPPORTED},
        {"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|1:129", UT_EUNSUPPORTED},
        {"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|1:4|x", UT_EUNSUPPORTED},
        {"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|1:4x", UT_EUNSUPPORTED},
        {"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY " UNENCRYPTED_SRTP", UT_EUNSUPPORTED},
        {"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY ";inline:" KEY, UT_EUNSUPPORTED},
    };
    struct ut__sdes s;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(ut__sdes_parse(&s, cases[i].value), cases[i].err);
}

/* What is printed for each suite is read back the same. */
static void test_round(void **state)
{
    (void)state;
    char text[160];
    struct ut__sdes a, s;
    assert_int_equal(ut__sdes_parse(&a, "7 AES_CM_128_HMAC_SHA1_32 inline:" KEY), 0);
    assert_int_equal(ut__sdes_print(&a, text, sizeof text), 0);
    assert_string_equal(text, "7 AES_CM_128_HMAC_SHA1_32 inline:" KEY);
    assert_int_equal(ut__sdes_parse(&s, text), 0);
    assert_memory_equal(s.key, a.key, a.key_bytes);
    assert_int_equal(ut__sdes_print(&a, text, 20), UT_ENOSPC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_identifier),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
