/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "ingress/pcap/fragments.h"

static uint8_t wanted[4096];

static int take(struct ut__fragments *f, uint32_t id, size_t offset, size_t len, int more,
                const uint8_t *bytes, int64_t us, size_t *whole)
{
    const uint8_t *out = NULL;
    const struct ut__datagram d = {.from = {.version = 4, .ip = {1}},
                                   .to = {.version = 4, .ip = {2}},
                                   .protocol = 17,
                                   .id = id,
                                   .offset = (uint32_t)offset,
                                   .len = len,
                                   .more = (uint8_t)more,
                                   .payload = bytes};
    int got = ut__fragments_take(f, &d, us, &out, whole);
    if (got == 1)
        assert_memory_equal(out, wanted, *whole);
    return got;
}

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wanted; i++)
        wanted[i] = (uint8_t)(i * 7 + i / 256);
    return 0;
}

static void puts_together_in_any_order(void **state)
{
    (void)state;
    static const int orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
    struct ut__fragments f = {.refused = 0};
    for (uint32_t o = 0; o < 4; o++) {
        size_t whole = 0;
        for (int k = 0; k < 3; k++) {
            size_t at = (size_t)orders[o][k] * 1000, n = at == 2000 ? 513 : 1000;
            assert_int_equal(take(&f, o, at, n, at < 2000, wanted + at, 0, &whole), k == 2);
            if (k < 2) /* The same again says nothing new. */
                assert_int_equal(take(&f, o, at, n, at < 2000, wanted + at, 0, &whole), 0);
        }
        assert_int_equal(whole, 2513);
    }
    ut__fragments_clear(&f);
    assert_true(f.incomplete == 0 && f.refused == 0);
}

static void refuses_what_lies(void **state)
{
    (void)state;
    static const struct {
        size_t offset, len;
        int more;
    } second[] = {
        {792, 16, 1},   /* Over the end of the first. */
        {0, 800, 1},    /* In its place, with other bytes. */
        {400, 100, 1},  /* No multiple of 8, and yet not the last. */
        {65528, 16, 0}, /* Beyond what a datagram can hold. */
        {800, 0, 0},    /* Nothing. */
        {0, 400, 0},    /* Says that it ends where it has gone on. */
    };
    for (size_t i = 0; i < sizeof second / sizeof second[0]; i++) {
        struct ut__fragments f = {.refused = 0};
        size_t whole;
        assert_int_equal(take(&f, 1, 0, 800, 1, wanted, 0, &whole), 0);
        assert_int_equal(
            take(&f, 1, second[i].offset, second[i].len, second[i].more, wanted + 1, 0, &whole), 0);
        assert_int_equal(f.refused, 1);
        /* And nothing makes it good again. */
        assert_int_equal(take(&f, 1, 0, 800, 1, wanted, 0, &whole), 0);
        assert_int_equal(take(&f, 1, 800, 100, 0, wanted + 800, 0, &whole), 0);
        ut__fragments_clear(&f);
        assert_true(f.refused == 1 && f.incomplete == 0);
    }
    struct ut__fragments f = {.refused = 0};
    size_t whole;
    assert_int_equal(take(&f, 1, 800, 100, 0, wanted + 800, 0, &whole), 0);
    assert_int_equal(take(&f, 1, 1600, 100, 0, wanted + 1600, 0, &whole), 0); /* A second end. */
    assert_int_equal(f.refused, 1);
    ut__fragments_clear(&f);
}

static void is_bounded_in_number_and_time(void **state)
{
    (void)state;
    struct ut__fragments f = {.refused = 0};
    size_t whole;
    for (uint32_t id = 0; id < 3 * UT__FRAGMENTED_MAX; id++)
        assert_int_equal(take(&f, id, 0, 800, 1, wanted, id, &whole), 0);
    assert_int_equal(f.incomplete, 2 * UT__FRAGMENTED_MAX);
    /* The newest are there still; the rest of one comes too late. */
    assert_int_equal(take(&f, 3 * UT__FRAGMENTED_MAX - 1, 800, 8, 0, wanted + 800, 1000, &whole),
                     1);
    assert_int_equal(take(&f, 3 * UT__FRAGMENTED_MAX - 2, 800, 8, 0, wanted + 800,
                          UT__FRAGMENTED_US + 1000, &whole),
                     0);
    assert_int_equal(f.incomplete, 3 * UT__FRAGMENTED_MAX - 1);
    ut__fragments_clear(&f);
    assert_int_equal(f.incomplete, 3 * UT__FRAGMENTED_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(puts_together_in_any_order),
                                       cmocka_unit_test(refuses_what_lies),
                                       cmocka_unit_test(is_bounded_in_number_and_time)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
