/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "rtp/pace.h"

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
        {8000, 240, 20000, 0}, /* Half as fast again: that takes longer. */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__pace p;
        int64_t now_us = 5;
        ut__pace_init(&p, cases[i].says_hz);
        send(&p, &now_us, cases[i].samples, cases[i].apart_us, SECOND_US * 3 / 2);
        assert_int_equal(p.seems_hz, 0);
        send(&p, &now_us, cases[i].samples, cases[i].apart_us, SECOND_US);
        assert_int_equal(p.seems_hz, cases[i].seems_hz);
        /* All of it: as many samples as came. */
        float whole_s = (float)(p.total + cases[i].samples) / (float)cases[i].says_hz;
        assert_true(!p.seems_hz || ut__pace_off_s(&p) >= whole_s - .6f);
    }
}

static void a_rate_nearby_is_told_in_six_seconds(void **state)
{
    (void)state;
    static const struct {
        uint32_t says_hz;
        int64_t sent_hz; /* In packets of 20 ms of what is said. */
        uint32_t seems_hz;
    } cases[] = {
        {8000, 11025, 11025},  {8000, 12000, 12000},  {8000, 6000, 6000},    {16000, 12000, 12000},
        {16000, 11025, 11025}, {16000, 22050, 22050}, {16000, 24000, 24000}, {24000, 16000, 16000},
        {48000, 32000, 32000}, {32000, 44100, 44100}, {8000, 8000, 0},       {44100, 48000, 0},
        {48000, 44100, 0},     {8000, 7300, 0}, /* A timer of 20 ms that takes 22. */
        {8000, 6700, 0},       {8000, 10000, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__pace p;
        int64_t now_us = 5;
        size_t samples = cases[i].says_hz / 50;
        int64_t apart_us = (int64_t)samples * SECOND_US / cases[i].sent_hz;
        ut__pace_init(&p, cases[i].says_hz);
        send(&p, &now_us, samples, apart_us, SECOND_US * 4);
        assert_int_equal(p.seems_hz, 0);
        send(&p, &now_us, samples, apart_us, SECOND_US * 2);
        assert_int_equal(p.seems_hz, cases[i].seems_hz);
        send(&p, &now_us, samples, apart_us, SECOND_US * 20);
        assert_int_equal(p.seems_hz, cases[i].seems_hz);
        send(&p, &now_us, samples, 20000, SECOND_US * 4);
        assert_int_equal(p.seems_hz, 0);
    }
}

/* Half of the time at one rate and half at another is on average a third. */
static void a_mean_of_two_rates_is_none(void **state)
{
    (void)state;
    struct ut__pace p;
    int64_t now_us = 5;
    ut__pace_init(&p, 8000);
    for (int i = 0; i < 20; i++) {
        send(&p, &now_us, 160, 20000, SECOND_US);
        send(&p, &now_us, 320, 20000, SECOND_US);
        assert_true(p.seems_hz != 12000);
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
    for (int64_t apart_us = 10000; apart_us < 15000; apart_us += 3333) { /* Twice, or half again. */
        send(&p, &now_us, 160, 20000, 10 * SECOND_US);
        now_us += 6 * SECOND_US;
        send(&p, &now_us, 160, apart_us, 6 * SECOND_US);
        assert_int_equal(p.seems_hz, 0);
        send(&p, &now_us, 160, 20000, 10 * SECOND_US);
        assert_int_equal(p.seems_hz, 0);
    }
}

/* A busy machine sends half of what is due, packet by packet or in spurts, then what is missing: it is late. */
static void who_is_held_up_is_not_slow(void **state)
{
    (void)state;
    for (int64_t before_s = 0; before_s <= 5; before_s += 5) {
        for (int64_t held_s = 2; held_s <= 4; held_s++) {
            for (int spurts = 0; spurts < 3; spurts++) {
                struct ut__pace p;
                int64_t now_us = 5, apart_us = before_s || spurts ? 40000 : 43000;
                ut__pace_init(&p, 8000);
                send(&p, &now_us, 160, 20000, before_s * SECOND_US);
                for (int64_t end = now_us + held_s * SECOND_US; now_us < end;) {
                    int n = spurts == 0 ? 1 : spurts * 7;
                    for (int i = 0; i < n; i++)
                        ut__pace_push(&p, 160, now_us + i * 100);
                    now_us += n * apart_us;
                }
                assert_int_equal(p.seems_hz, 0);
                send(&p, &now_us, 160, 200, SECOND_US / 200 * held_s);
                send(&p, &now_us, 160, 20000, 5 * SECOND_US);
                assert_int_equal(p.seems_hz, 0);
            }
        }
    }
}

/* What was taken for slow, since it was even, is heard again once it has made up for it. */
static void who_has_made_up_for_it_was_late(void **state)
{
    (void)state;
    struct ut__pace p;
    int64_t now_us = 5;
    ut__pace_init(&p, 8000);
    send(&p, &now_us, 160, 40000, 4 * SECOND_US);
    assert_int_equal(p.seems_hz, 4000);
    send(&p, &now_us, 160, 1000, SECOND_US / 10);
    send(&p, &now_us, 160, 20000, SECOND_US);
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
        send(&p, &now_us, 80, 20000, 4 * SECOND_US);
        assert_int_equal(p.seems_hz, 0);
        send(&p, &now_us, 80, 20000, 3 * SECOND_US);
        assert_int_equal(p.seems_hz, 4000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(another_rate_is_told_in_two_seconds),
                                       cmocka_unit_test(a_rate_nearby_is_told_in_six_seconds),
                                       cmocka_unit_test(a_mean_of_two_rates_is_none),
                                       cmocka_unit_test(who_keeps_quiet_is_not_slow),
                                       cmocka_unit_test(who_catches_up_is_not_fast),
                                       cmocka_unit_test(who_is_held_up_is_not_slow),
                                       cmocka_unit_test(who_has_made_up_for_it_was_late),
                                       cmocka_unit_test(a_rate_that_changes_is_told_and_forgotten)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
