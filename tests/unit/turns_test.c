/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "call/turns.h"

/* Speech of both channels for some frames. */
static void talk(struct ut__turns *turns, int caller, int agent, int frames)
{
    for (int i = 0; i < frames; i++)
        (void)ut__turns_push(turns, caller, agent);
}

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
    assert_float_equal(out.caller_talk_s, 2.0, 1e-5);
    assert_float_equal(out.agent_talk_s, 4.0, 1e-5);
    assert_float_equal(out.longest_silence_s, 4.0, 1e-5);
    assert_float_equal(out.silence_s, 4.5, 1e-5);
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
    assert_float_equal(out.talk_over_s, 0.6, 1e-5);
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

/* Eleven handovers, from none to 150 ms apart, and up to 200 ms over each other. */
static void where_turns_meet_nobody_interrupts(void **state)
{
    (void)state;
    for (int gap = -20; gap <= 15; gap += 5) {
        struct ut__turns turns;
        struct ut_turns out;
        ut__turns_init(&turns, 1);
        for (int i = 0; i < 12; i++) {
            talk(&turns, i % 2 == 0, i % 2, 200 - (gap < 0 && i < 11 ? -gap : 0));
            if (gap > 0)
                talk(&turns, 0, 0, gap);
            else if (i < 11)
                talk(&turns, 1, 1, -gap);
        }
        ut__turns_get(&turns, 24, &out);
        assert_int_equal(out.caller_turns, 6);
        assert_int_equal(out.agent_turns, 6);
        assert_int_equal(out.caller_interruptions + out.agent_interruptions, 0);
        assert_float_equal(out.talk_over_s, gap < 0 ? -0.11f * (float)gap : 0, 1e-4);
    }
}

static void overlaps_to_three_seconds_interrupt(void **state)
{
    (void)state;
    static const struct {
        int over;
        uint32_t interruptions;
    } cases[] = {{10, 0}, {30, 1}, {100, 1}, {200, 1}, {300, 1}, {400, 0}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct ut__turns turns;
        struct ut_turns out;
        ut__turns_init(&turns, 1);
        talk(&turns, 1, 0, 300);
        talk(&turns, 1, 1, cases[c].over);
        talk(&turns, 0, 1, 200);
        ut__turns_get(&turns, 10, &out);
        assert_int_equal(out.agent_interruptions, cases[c].interruptions);
        assert_int_equal(out.caller_interruptions, 0);
    }
}

/* Frames of: the other's talk before, both, a pause of whoever breaks in, both again, the end. */
static void every_bound_of_an_interruption_is_a_frame(void **state)
{
    (void)state;
    static const struct {
        int held, over, pause, again, after;
        uint32_t interruptions;
    } cases[] = {
        {50, 200, 0, 0, 100, 1},   {49, 200, 0, 0, 100, 0},   /* Who has talked for 0.5 s. */
        {300, 20, 0, 0, 100, 0},   {300, 21, 0, 0, 100, 1},   /* More than 0.2 s, */
        {300, 300, 0, 0, 100, 1},  {300, 301, 0, 0, 100, 0},  /* and 3 s at most. */
        {300, 50, 0, 0, 50, 1},    {300, 50, 0, 0, 49, 0},    /* A second, all in all. */
        {300, 90, 30, 15, 100, 1}, {300, 90, 31, 15, 100, 0}, /* After over 0.3 s it begins anew, */
        {300, 90, 31, 90, 50, 1},                             /* and may be one by itself. */
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct ut__turns turns;
        struct ut_turns out;
        ut__turns_init(&turns, 1);
        talk(&turns, 1, 0, cases[c].held);
        talk(&turns, 1, 1, cases[c].over);
        talk(&turns, 1, 0, cases[c].pause);
        talk(&turns, 1, 1, cases[c].again);
        talk(&turns, 0, 1, cases[c].after);
        ut__turns_get(&turns, 10, &out);
        if (out.agent_interruptions != cases[c].interruptions)
            fail_msg("case %zu: %u", c, out.agent_interruptions);
        assert_int_equal(out.caller_interruptions, 0);
    }
}

/* "mhm" in a pause, and "yes, I see" while the other talks on: one turn, as without. */
static void back_channels_split_no_turn(void **state)
{
    (void)state;
    struct ut__turns turns;
    struct ut_turns out;
    ut__turns_init(&turns, 1);
    talk(&turns, 1, 0, 200);
    talk(&turns, 0, 1, 40);
    talk(&turns, 1, 0, 200);
    talk(&turns, 1, 1, 90);
    talk(&turns, 1, 0, 200);
    ut__turns_get(&turns, 7.3, &out);
    assert_int_equal(out.caller_turns, 1);
    assert_int_equal(out.agent_turns, 0);
    talk(&turns, 0, 1, 60); /* An answer of its own. */
    ut__turns_get(&turns, 7.9, &out);
    assert_int_equal(out.agent_turns, 1);
}

static void three_seconds_are_three_seconds(void **state)
{
    (void)state;
    for (int frames = 299; frames <= 301; frames++) {
        struct ut__turns turns;
        struct ut_turns out;
        ut__turns_init(&turns, 1);
        talk(&turns, 1, 0, 100);
        talk(&turns, 0, 0, frames);
        talk(&turns, 0, 1, 100);
        ut__turns_get(&turns, 5, &out);
        assert_int_equal(out.long_silences, frames >= 300);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_turns_and_seconds),
        cmocka_unit_test(an_interruption_takes_the_turn),
        cmocka_unit_test(a_back_channel_interrupts_nobody),
        cmocka_unit_test(where_turns_meet_nobody_interrupts),
        cmocka_unit_test(overlaps_to_three_seconds_interrupt),
        cmocka_unit_test(every_bound_of_an_interruption_is_a_frame),
        cmocka_unit_test(back_channels_split_no_turn),
        cmocka_unit_test(three_seconds_are_three_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
