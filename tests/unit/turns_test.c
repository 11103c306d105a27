/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "call/turns.h"

/* Speech of both channels for some frames. */
static void talk(struct ut__turns *turns, int caller, int agent, int frames)
{
    for (int i = 0; i < frames; i++)
        (void)ut__turns_push(turns, caller, agent);
}

/* Spurts last as long as their speech, less the 120 ms that begin one and plus the 300 ms that end
 * it. */
static void counts_turns_and_seconds(void **state)
{
    (void)state;
    struct ut__turns turns;
    struct ut_turns out;
    ut__turns_init(&turns, 1);
    talk(&turns, 0, 1, 300);
    talk(&turns, 0, 0, 50);
    talk(&turns, 1, 0, 200);
    talk(&turns, 0, 0, 400);
    talk(&turns, 0, 1, 100);
    ut__turns_get(&turns, 10.5, &out);
    assert_int_equal(out.caller_turns, 1);
    assert_int_equal(out.agent_turns, 2);
    assert_float_equal(out.caller_talk_s, 2.0, 0.25);
    assert_float_equal(out.agent_talk_s, 4.0, 0.35);
    assert_float_equal(out.longest_silence_s, 3.8, 0.15);
    assert_int_equal(out.long_silences, 1);
    assert_float_equal(out.talk_over_s, 0, 0);
    assert_float_equal(out.listening_ratio, 0.333f, 0.04);
    assert_int_equal(out.caller_interruptions + out.agent_interruptions, 0);
}

static void an_interruption_takes_the_turn(void **state)
{
    (void)state;
    struct ut__turns turns;
    struct ut_turns out;
    ut__turns_init(&turns, 1);
    talk(&turns, 0, 1, 200);
    talk(&turns, 1, 1, 60); /* The caller breaks in, the agent gives way. */
    talk(&turns, 1, 0, 200);
    ut__turns_get(&turns, 4.6, &out);
    assert_int_equal(out.caller_interruptions, 1);
    assert_int_equal(out.agent_interruptions, 0);
    assert_float_equal(out.talk_over_s, 0.6, 0.25);
}

static void a_back_channel_interrupts_nobody(void **state)
{
    (void)state;
    struct ut__turns turns;
    struct ut_turns out;
    ut__turns_init(&turns, 1);
    talk(&turns, 0, 1, 200);
    talk(&turns, 1, 1, 20);
    talk(&turns, 0, 1, 300);
    ut__turns_get(&turns, 5.2, &out);
    assert_int_equal(out.caller_interruptions, 0);
    assert_int_equal(out.caller_turns, 0);
    assert_int_equal(out.agent_turns, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_turns_and_seconds),
        cmocka_unit_test(an_interruption_takes_the_turn),
        cmocka_unit_test(a_back_channel_interrupts_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
