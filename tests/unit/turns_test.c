/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "call/turns.h"
#include "unit/signal.h"

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

/* Speech of one voice, syllables at 4 Hz over noise, as it is heard from one place to another. */
static void hear(struct ut_frame *frame, size_t frames, float from_s, float to_s, float hz)
{
    static float f0[SIGNAL_MAX], x[SIGNAL_MAX];
    size_t n = frames * UT_HOP_SAMPLES;
    uint32_t seed = (uint32_t)hz;
    for (size_t i = 0; i < n; i++)
        f0[i] = hz * (1 + 0.15f * sinf((float)i / 1700));
    signal_voice(x, f0, n);
    for (size_t i = 0; i < n; i++) {
        float t = (float)i / UT_RATE_HZ - from_s, open = sinf(3.1415927f * 4 * t);
        float loud = t >= 0 && t < to_s - from_s ? 0.15f + 0.85f * open * open : 0;
        x[i] = loud * x[i] + 0.0006f * signal_normal(&seed);
    }
    assert_int_equal(signal_frames(frame, x, n), frames);
}

/* From sound: the agent talks from 1 to 5 s, the caller for 2 s from some time after, or before. */
static void what_is_heard_is_counted_as_well(void **state)
{
    (void)state;
    enum { HEARD = SIGNAL_MAX / UT_HOP_SAMPLES };
    static struct ut_frame caller[HEARD], agent[HEARD];
    static const struct {
        float gap_s;
        uint32_t interruptions, long_silences;
    } cases[] = {{-3.2f, 0, 0}, {-2.9f, 1, 0}, {-2, 1, 0},   {-0.3f, 1, 0},
                 {-0.1f, 0, 0}, {0.1f, 0, 0},  {2.9f, 0, 0}, {3.1f, 0, 1}};
    hear(agent, HEARD, 1, 5, 120);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        float gap_s = cases[c].gap_s, begin_s = 5 + gap_s;
        hear(caller, HEARD, begin_s, gap_s < 0 ? 7 : begin_s + 2, 210);
        struct ut__turns turns;
        struct ut_turns out;
        ut__turns_init(&turns, 1);
        size_t frames = (size_t)(100 * (gap_s < 0 ? 7 : begin_s + 2)) - 10;
        for (size_t i = 0; i < frames; i++)
            (void)ut__turns_push(&turns, caller[i].speech, agent[i].speech);
        ut__turns_get(&turns, (double)frames / 100, &out);
        assert_int_equal(out.caller_interruptions, cases[c].interruptions);
        assert_int_equal(out.long_silences, cases[c].long_silences);
        assert_float_equal(out.talk_over_s, fmaxf(-gap_s, 0), 0.07f);
        if (gap_s > 1)
            assert_float_equal(out.longest_silence_s, gap_s, 0.07f);
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
        cmocka_unit_test(what_is_heard_is_counted_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
