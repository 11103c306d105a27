/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "ingress/rtpengine/bencode.h"
#include "ingress/rtpengine/call_query.h"

static int parse(struct ut__bencode *b, const char *text)
{
    return ut__bencode_parse(b, text, strlen(text));
}

static void test_read(void **state)
{
    (void)state;
    struct ut__bencode top, b, item;
    size_t at = 0;
    assert_int_equal(parse(&top, "d5:callsl2:ab0:e6:result2:ok1:zi-42ee"), 0);
    assert_true(ut__bencode_get(&top, "result", &b) && ut__bencode_is(&b, "ok"));
    assert_true(ut__bencode_get(&top, "z", &b));
    assert_int_equal(b.number, -42);
    assert_false(ut__bencode_get(&top, "ok", &b)); /* A value is no key. */
    assert_true(ut__bencode_get(&top, "calls", &b));
    assert_true(ut__bencode_next(&b, &at, &item) && ut__bencode_is(&item, "ab"));
    assert_true(ut__bencode_next(&b, &at, &item) && ut__bencode_is(&item, ""));
    assert_false(ut__bencode_next(&b, &at, &item));
}

static void test_bad(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int err;
    } cases[] = {
        {"", UT_ETRUNCATED},
        {"i42", UT_ETRUNCATED},
        {"ie", UT_EMALFORMED},
        {"i-e", UT_EMALFORMED},
        {"5:abc", UT_ETRUNCATED},
        {"-1:a", UT_EMALFORMED},
        {"l1:a", UT_ETRUNCATED},
        {"d1:ae", UT_EMALFORMED},
        {"di1ei2ee", UT_EMALFORMED},
        {"i1ei2e", UT_EMALFORMED},
        {"e", UT_EMALFORMED},
        {"9999999999999999999:a", UT_EMALFORMED},
        {"llllllllllllllllllllllllllllllllllll", UT_ETOOBIG},
    };
    struct ut__bencode b;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(parse(&b, cases[i].text), cases[i].err);
}

static void test_write(void **state)
{
    (void)state;
    char buf[64];
    struct ut__bencode_out o = {.buf = buf, .cap = sizeof buf};
    ut__bencode_put(&o, "d");
    ut__bencode_put_pair(&o, "command", "list");
    ut__bencode_put_text(&o, "n", 1);
    ut__bencode_put_int(&o, -7);
    ut__bencode_put(&o, "e");
    assert_false(o.full);
    assert_int_equal(o.len, 24);
    assert_memory_equal(buf, "d7:command4:list1:ni-7ee", 24);
    o.cap = o.len;
    ut__bencode_put(&o, "x");
    assert_true(o.full);
}

#define STREAM(port, packets)                                                                      \
    "d8:endpointd4:porti" port "ee5:flagsl3:RTPe5:statsd7:packetsi" packets "eee"
#define PARTY(tag, flags, stream)                                                                  \
    "d6:mediasld5:flagsl" flags "e7:streamsl" stream "eee3:tag" tag "e"

/* A call of two, one of whom is on hold, with our subscription beside them. */
static void test_query(void **state)
{
    (void)state;
    static const char text[] =
        "d11:last signali1700000000e4:tagsd"
        "1:a" PARTY("1:a", "4:send", STREAM("4000", "12")) "1:b" PARTY(
            "1:b", "",
            STREAM("4002",
                   "30")) "3:sub" PARTY("3:sub", "4:send",
                                        STREAM(
                                            "4004",
                                            "0")) "1:x" PARTY("0:", "4:send",
                                                              STREAM(
                                                                  "4006",
                                                                  "5")) "1:y" PARTY("1:y", "4:send",
                                                                                    STREAM(
                                                                                        "0",
                                                                                        "7")) "ee";
    struct ut__bencode b;
    struct ut__rtpengine_query q;
    assert_int_equal(parse(&b, text), 0);
    ut__rtpengine_query_read(&q, &b, "sub");
    assert_int_equal(q.parties, 2);
    assert_int_equal(q.held, 1);
    assert_int_equal(q.packets, 12 + 30 + 7);
    assert_int_equal(q.last_signal, 1700000000);
}

/* What is not of the shape that rtpengine gives counts for nothing. */
static void test_query_of_another_shape(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "d4:tagsi1ee",
        "d4:tagsd1:ai1eee",
        "d4:tagsd1:ad3:tagi1eeee",
        "d4:tagsd1:ad6:mediasi1e3:tag1:aeee",
        "d4:tagsd1:ad6:mediasli1ee3:tag1:aeee",
        "d4:tagsd1:ad6:mediasld7:streamsi1eee3:tag1:aeee",
        "d4:tagsd1:ad6:mediasld7:streamsli1eeee3:tag1:aeee",
        "d4:tagsd1:ad6:mediasld5:flagsi1e7:streamsld8:endpointd4:porti9ee5:flagsi1eeeee3:tag1:aeee",
        "d4:tagsd1:ad6:mediasld7:streamsld8:endpointi1e5:flagsl3:RTPe5:statsi1eeeee3:tag1:aeee",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ut__bencode b;
        struct ut__rtpengine_query q;
        assert_int_equal(parse(&b, texts[i]), 0);
        ut__rtpengine_query_read(&q, &b, "");
        assert_int_equal(q.parties, 0);
        assert_int_equal(q.packets, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_query_of_another_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
