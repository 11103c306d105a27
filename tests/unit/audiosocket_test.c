/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "ingress/audiosocket/frame.h"

#define READ(f, text) ut__audiosocket_read((f), (const uint8_t *)(text), sizeof(text) - 1)

static void reads_each_type(void **state)
{
    (void)state;
    static const uint32_t rates[] = {8000, 12000, 16000, 24000, 32000, 44100, 48000, 96000, 192000};
    struct ut__audiosocket_frame f;
    for (uint8_t i = 0; i < 9; i++) {
        const uint8_t message[] = {(uint8_t)(0x10 + i), 0, 4, 1, 2, 3, 4, 99};
        assert_int_equal(ut__audiosocket_read(&f, message, sizeof message), 7);
        assert_int_equal(f.rate_hz, rates[i]);
        assert_int_equal(f.len_bytes, 4);
        assert_ptr_equal(f.payload, message + 3);
    }
    assert_int_equal(READ(&f, "\0\0\0"), 3);
    assert_int_equal(f.type, UT__AUDIOSOCKET_HANGUP);
    assert_int_equal(f.rate_hz, 0);
    assert_int_equal(READ(&f, "\x01\0\x10"
                              "0123456789abcdef"),
                     19);
    assert_memory_equal(f.payload, "0123456789abcdef", 16);
    assert_int_equal(READ(&f, "\x03\0\x01"
                              "5"),
                     4);
    assert_int_equal(READ(&f, "\xff\0\x01\x04"), 4);
    assert_int_equal(READ(&f, "\xff\0\0"), 3);
    assert_int_equal(READ(&f, "\x77\0\x02"
                              "hi"),
                     5); /* Unknown: passed on. */
}

static void asks_for_more_or_refuses(void **state)
{
    (void)state;
    struct ut__audiosocket_frame f;
    assert_int_equal(ut__audiosocket_read(&f, (const uint8_t *)"", 0), UT_ETRUNCATED);
    assert_int_equal(READ(&f, "\x10\x01"), UT_ETRUNCATED);
    assert_int_equal(READ(&f, "\x10\x01\x40"
                              "12"),
                     UT_ETRUNCATED);
    assert_int_equal(READ(&f, "\x10\0\x03"
                              "123"),
                     UT_EMALFORMED); /* Half a sample. */
    assert_int_equal(READ(&f, "\0\0\x01"
                              "x"),
                     UT_EMALFORMED);
    assert_int_equal(READ(&f, "\x01\0\x0f"), UT_EMALFORMED);
    assert_int_equal(READ(&f, "\x03\0\x02"
                              "12"),
                     UT_EMALFORMED);
    assert_int_equal(READ(&f, "\xff\0\x02"
                              "12"),
                     UT_EMALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_each_type),
                                       cmocka_unit_test(asks_for_more_or_refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
