/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "ingress/pcap/relay.h"

static struct ut__address host(uint8_t n)
{
    return (struct ut__address){.version = 4, .ip = {192, 0, 2, n}, .port = 4000};
}

/* Packet number `n` of a voice, from host to host. */
static void say(struct ut__relays *r, struct ut__relay_leg *leg, uint8_t from, uint8_t to, int n,
                int delay_ms)
{
    uint8_t payload[160];
    struct ut__address a = host(from), b = host(to);
    for (int i = 0; i < 160; i++)
        payload[i] = (uint8_t)(n * 31 + i * i);
    ut__relays_take(r, leg, &a, &b, payload, sizeof payload, (n * 20 + delay_ms) * 1000LL);
}

static void the_later_leg_is_told(void **state)
{
    (void)state;
    struct ut__relays *r = ut__relays_create();
    struct ut__relay_leg first = {.serial = 1, .first_us = 10},
                         second = {.serial = 2, .first_us = 20};
    assert_non_null(r);
    for (int n = 0; n < 12; n++) {
        assert_int_equal(ut__leg_kind_of(&second), n < 5 ? UT__LEG_UNKNOWN : UT__LEG_OTHER);
        say(r, &first, 1, 2, n, 0);
        say(r, &second, 2, 3, n, 5);
    }
    assert_int_equal(ut__leg_kind_of(&first), UT__LEG_OWN);
    /* Once nothing of it is a copy any more, as after a transfer, it stands for itself. */
    for (int n = 100; n < 400; n++)
        say(r, &second, 2, 3, n, 0);
    assert_int_not_equal(ut__leg_kind_of(&second), UT__LEG_OTHER);
    ut__relays_destroy(r);
}

static void music_for_many_is_no_leg(void **state)
{
    (void)state;
    struct ut__relays *r = ut__relays_create();
    struct ut__relay_leg a = {.serial = 1, .first_us = 10}, b = {.serial = 2, .first_us = 20};
    struct ut__relay_leg c = {.serial = 3, .first_us = 30};
    static const uint8_t silence[160];
    struct ut__address two = host(2), three = host(3), four = host(4);
    for (int n = 0; n < 50; n++) {
        say(r, &a, 9, 1, n, 0); /* The PBX plays the same to two. */
        say(r, &b, 9, 2, n, 1);
        ut__relays_take(r, &a, &two, &three, silence, sizeof silence, n * 20000);
        ut__relays_take(r, &c, &three, &four, silence, sizeof silence, n * 20000);
    }
    assert_int_equal(ut__leg_kind_of(&a), UT__LEG_OWN);
    assert_int_equal(ut__leg_kind_of(&b), UT__LEG_OWN);
    assert_int_equal(ut__leg_kind_of(&c), UT__LEG_UNKNOWN);
    /* And what comes a second later is an echo of something else. */
    for (int n = 100; n < 150; n++) {
        say(r, &a, 1, 2, n, 0);
        say(r, &c, 2, 3, n - 50, 1000);
    }
    assert_int_equal(c.hits, 0);
    ut__relays_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_later_leg_is_told),
                                       cmocka_unit_test(music_for_many_is_no_leg)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
