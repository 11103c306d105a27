/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <math.h>

#include "audio/g711.h"

/* Every code decodes to a value that encodes to itself; mu-law has two zeros. */
static void every_code_survives_the_round_trip(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t code = (uint8_t)c, back;
        float x;
        ut__alaw_decode(&x, &code, 1);
        ut__alaw_encode(&back, &x, 1);
        assert_int_equal(back, code);
        ut__ulaw_decode(&x, &code, 1);
        ut__ulaw_encode(&back, &x, 1);
        assert_int_equal(back, code == 0x7f ? 0xff : code);
    }
}

/* Values of tables 1a and 2a of G.711, scaled to full scale = 1. */
static void known_values(void **state)
{
    (void)state;
    float x;
    ut__ulaw_decode(&x, (const uint8_t[]){0x00}, 1);
    assert_float_equal(x, -8031.0f / 8192, 1e-6);
    ut__ulaw_decode(&x, (const uint8_t[]){0x80}, 1);
    assert_float_equal(x, 8031.0f / 8192, 1e-6);
    ut__ulaw_decode(&x, (const uint8_t[]){0xff}, 1);
    assert_float_equal(x, 0, 1e-9);
    ut__alaw_decode(&x, (const uint8_t[]){0xd5}, 1);
    assert_float_equal(x, 1.0f / 4096, 1e-6);
    ut__alaw_decode(&x, (const uint8_t[]){0xaa}, 1);
    assert_float_equal(x, 4032.0f / 4096, 1e-6);
}

static void hostile_values_are_clamped(void **state)
{
    (void)state;
    const float in[] = {NAN, INFINITY, -INFINITY, 2, -2};
    uint8_t code[5];
    ut__ulaw_encode(code, in, 5);
    assert_int_equal(code[0], 0xff);
    assert_int_equal(code[1], 0x80);
    assert_int_equal(code[2], 0x00);
    ut__alaw_encode(code, in, 5);
    assert_int_equal(code[1], 0xaa);
    assert_int_equal(code[2], 0x2a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_code_survives_the_round_trip),
                                       cmocka_unit_test(known_values),
                                       cmocka_unit_test(hostile_values_are_clamped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
