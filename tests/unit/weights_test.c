/* SPDX-License-Identifier: MIT */
/* The weights of the features' networks: what is built in, and files that are none. */
#include "unit/unit.h"

#include <stdlib.h>

#include "base/crc32.h"
#include "features/weights.h"

static const uint8_t *shipped;
static size_t shipped_len;
static struct ut_analysis *an;

static int set_up(void **state)
{
    (void)state;
    shipped = ut__weights_default(&shipped_len);
    an = aligned_alloc(_Alignof(struct ut_analysis), sizeof *an);
    return an ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    free(an);
    return 0;
}

static uint8_t *copy_of(size_t len)
{
    uint8_t *bytes = malloc(len + !len); /* Exact, so that a sanitizer sees any read past it. */
    assert_non_null(bytes);
    memcpy(bytes, shipped, len);
    return bytes;
}

static void put_u32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static void seal(uint8_t *bytes, size_t len)
{
    put_u32(bytes + 20, ut__crc32(ut__crc32(0, bytes, 20), bytes + 24, len - 24));
}

static void test_shipped(void **state)
{
    (void)state;
    memset(an, 0, sizeof *an);
    assert_int_equal(ut__weights_read(an, shipped, shipped_len), 0);
    /* One of each network, as they were fitted. */
    assert_float_equal(an->speech.tune[UT__ACTIVITY_ENTER], 0.1f, 0);
    assert_float_equal(an->syllables.tune[UT__SYLLABLES_SCALE], 0.21097f, 0);
    assert_float_equal(an->rate.tune[UT__RATE_POWER], 1.3f, 0);
    assert_float_not_equal(an->pitch.near[2 * UT__PITCH_NEAR], 0, 0);
    /* What pads a row stays 0. */
    assert_float_equal(an->pitch.output[0][UT__PITCH_OUTPUTS], 0, 0);
}

static void test_fields(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint32_t value;
        int err;
    } cases[] = {
        {0, 0x4f4d5455, UT_EMAGIC}, /* "UTMO", a model's. */
        {8, 2, UT_EVERSION},        {12, 2, UT_EFEATURESET},
        {16, 100, UT_EMALFORMED},   {16, 1u << 30, UT_ETRUNCATED},
        {24, 10, UT_ESHAPE},        {24, UINT32_MAX, UT_ESHAPE},
        {64, 0, UT_ESHAPE},         {64 + 16, 7, UT_ESHAPE},
        {64 + 20, 0, UT_ESHAPE},    {64 + 24, 0xfffffff0u, UT_ETRUNCATED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *bytes = copy_of(shipped_len);
        put_u32(bytes + cases[i].at, cases[i].value);
        seal(bytes, shipped_len);
        assert_int_equal(ut__weights_read(an, bytes, shipped_len), cases[i].err);
        free(bytes);
    }
}

static void test_values(void **state)
{
    (void)state;
    static const uint32_t bad[] = {0x7fc00000u, 0x7f800000u, 0xff800000u}; /* NaN, infinities. */
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t *bytes = copy_of(shipped_len);
        put_u32(bytes + shipped_len - 4, bad[i]);
        assert_int_equal(ut__weights_read(an, bytes, shipped_len), UT_ECHECKSUM);
        seal(bytes, shipped_len);
        assert_int_equal(ut__weights_read(an, bytes, shipped_len), UT_EMALFORMED);
        free(bytes);
    }
}

static void test_damage(void **state)
{
    (void)state;
    uint8_t *bytes = copy_of(shipped_len);
    for (size_t i = 0; i < shipped_len; i += i < 512 ? 1 : 997) {
        bytes[i] ^= 0x40;
        assert_int_not_equal(ut__weights_read(an, bytes, shipped_len), 0);
        bytes[i] ^= 0x40;
    }
    free(bytes);
    for (size_t len = 0; len < shipped_len; len += len < 512 ? 1 : 997) {
        bytes = copy_of(len);
        assert_int_not_equal(ut__weights_read(an, bytes, len), 0);
        if (len > 64) { /* A cut that the head knows of. */
            put_u32(bytes + 16, (uint32_t)len);
            seal(bytes, len);
            assert_int_equal(ut__weights_read(an, bytes, len), UT_ETRUNCATED);
        }
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
