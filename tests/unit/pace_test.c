/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "live/pace.h"

enum { SECOND_US = 1000000 };

/* Packets of so many samples at an even distance, for a while. */
static void send(struct ut__pace *p, int64_t *now_us, size_t samples, int64_t apart_us,
                 int64_t for_us)
{
    for (int64_t end = *now_us + for_us; *now_us < end; *now_us += apart_us)
        ut__pace_push(p, samples, *now_us);
}

static void another_rate_is_told_in_two_seconds(void **state)
{
    (void)state;
    static const struct {
        uint32_t says_hz;
        size_t samples;
        int64_t apart_us;
        uint32_t seems_hz;
    } cases[] = {
        {8000, 160, 20000, 0},       {8000, 320, 20000, 16000}, {16000, 160, 20000, 8000},
        {8000, 80, 20000, 4000},     {8000, 1600, 200000, 0},   {8000, 3200, 200000, 16000},
        {16000, 1600, 200000, 8000}, {8000, 480, 20000, 24000}, {8000, 960, 20000, 48000},
        {48000, 160, 20000, 8000},   {44100, 441, 10000, 0},    {16000, 240, 20000, 0},
        {8000, 240, 20000, 0}, /* Half as fast again: somebody in a hurry. */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__pace p;
        int64_t now_us = 5;
        ut__pace_init(&p, cases[i].says_hz);
        send(&p, &now_us, cases[i].samples, cases[i].apart_us, SECOND_US * 3 / 2);
        assert_int_equal(p.seems_hz, 0);
        send(&p, &now_us, cases[i].samples, cases[i].apart_us, SECOND_US);
        assert_int_equal(p.seems_hz, cases[i].seems_hz);
    }
}

static void who_keeps_quiet_is_not_slow(void **state)
{
    (void)state;
    struct ut__pace p;
    int64_t now_us = 5;
    ut__pace_init(&p, 8000);
    for (int i = 0; i < 100; i++) { /* Speech and silence by turns, half of the time each. */
        send(&p, &now_us, 160, 20000, SECOND_US / 5 * (1 + i % 3));
        now_us += SECOND_US / 5 * (1 + i % 3);
        assert_int_equal(p.seems_hz, 0);
    }
}

static void who_catches_up_is_not_fast(void **state)
{
    (void)state;
    struct ut__pace p;
    int64_t now_us = 5;
    ut__pace_init(&p, 8000);
    send(&p, &now_us, 160, 20000, 10 * SECOND_US);
    now_us += 6 * SECOND_US;
    send(&p, &now_us, 160, 10000, 6 * SECOND_US);
    assert_int_equal(p.seems_hz, 0);
    send(&p, &now_us, 160, 20000, 10 * SECOND_US);
    assert_int_equal(p.seems_hz, 0);
}

static void a_rate_that_changes_is_told_and_forgotten(void **state)
{
    (void)state;
    struct ut__pace p;
    int64_t now_us = 5;
    ut__pace_init(&p, 8000);
    for (int i = 0; i < 3; i++) {
        send(&p, &now_us, 160, 20000, 5 * SECOND_US);
        assert_int_equal(p.seems_hz, 0);
        send(&p, &now_us, 320, 20000, 5 * SECOND_US);
        assert_int_equal(p.seems_hz, 16000);
        send(&p, &now_us, 160, 20000, 5 * SECOND_US);
        assert_int_equal(p.seems_hz, 0);
        send(&p, &now_us, 80, 20000, 5 * SECOND_US);
        assert_int_equal(p.seems_hz, 4000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(another_rate_is_told_in_two_seconds),
                                       cmocka_unit_test(who_keeps_quiet_is_not_slow),
                                       cmocka_unit_test(who_catches_up_is_not_fast),
                                       cmocka_unit_test(a_rate_that_changes_is_told_and_forgotten)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
