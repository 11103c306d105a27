/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdlib.h>

#include "commands/legs.h"

enum { RATE_HZ = 8000 };

/* Seconds of a leg: loud where it speaks, else nearly silent. */
static void speak(struct ut__legs *legs, enum ut_role role, int loud, double seconds)
{
    float pcm[RATE_HZ / 10];
    for (size_t i = 0; i < sizeof pcm / sizeof pcm[0]; i++)
        pcm[i] = (i % 2 ? 1 : -1) * (loud ? 0.2f : 1e-4f);
    for (int i = 0; i < (int)(seconds * 10 + 0.5); i++)
        ut__legs_push(legs, role, pcm, sizeof pcm / sizeof pcm[0]);
}

/* Turns of 5 s and less by turns, the agent's first; each leg delayed by its own. */
static void converse(struct ut__legs *legs, double caller_late_s, double agent_late_s)
{
    *legs = (struct ut__legs){.rate_hz = {RATE_HZ, RATE_HZ}};
    speak(legs, UT_ROLE_CALLER, 0, caller_late_s);
    speak(legs, UT_ROLE_AGENT, 0, agent_late_s);
    for (int i = 0; i < 12; i++) {
        double seconds = 3 + i % 3;
        speak(legs, UT_ROLE_AGENT, i % 2 == 0, seconds);
        speak(legs, UT_ROLE_CALLER, i % 2 == 1, seconds);
        speak(legs, UT_ROLE_AGENT, 0, 0.3);
        speak(legs, UT_ROLE_CALLER, 0, 0.3);
    }
}

static void notes_are(struct ut__legs *legs, const char *silent, const char *late,
                      const char *swapped)
{
    const char *const want[] = {silent, late, swapped};
    char text[UT__LEGS_TEXT_MAX];
    for (int i = 0; i < 3; i++) {
        int got = ut__legs_note(legs, i, text);
        assert_int_equal(got, want[i] != NULL);
        if (want[i])
            assert_non_null(strstr(text, want[i]));
    }
    assert_int_equal(ut__legs_note(legs, 3, text), -1);
    ut__legs_free(legs);
}

static void a_leg_that_is_late(void **state)
{
    (void)state;
    struct ut__legs legs;
    converse(&legs, 0, 0);
    notes_are(&legs, NULL, NULL, NULL);
    converse(&legs, 0, 3);
    notes_are(&legs, NULL, "the agent's leg looks about 3 s late", NULL);
    converse(&legs, 2, 0);
    notes_are(&legs, NULL, "the caller's leg looks about 2 s late", NULL);
    converse(&legs, 0.5, 0);
    notes_are(&legs, NULL, NULL, NULL);
}

/* The agent's voice in a silent caller's leg sounds when the agent's does; moved by a turn it would not. */
static void an_echo_makes_no_leg_late(void **state)
{
    (void)state;
    for (int echoes = 0; echoes < 2; echoes++) {
        struct ut__legs legs = {.rate_hz = {RATE_HZ, RATE_HZ}, .echoes = echoes};
        for (int i = 0; i < 12; i++) {
            for (int role = 0; role < UT_ROLE_COUNT; role++) {
                speak(&legs, (enum ut_role)role, 1, 4);
                speak(&legs, (enum ut_role)role, 0, 5);
            }
        }
        notes_are(&legs, NULL, echoes ? NULL : "leg looks about", NULL);
    }
}

static void an_agent_who_is_never_heard(void **state)
{
    (void)state;
    struct ut__legs legs = {.rate_hz = {RATE_HZ, RATE_HZ}};
    speak(&legs, UT_ROLE_AGENT, 0, 60);
    speak(&legs, UT_ROLE_CALLER, 0, 20);
    speak(&legs, UT_ROLE_CALLER, 1, 20);
    speak(&legs, UT_ROLE_CALLER, 0, 20);
    notes_are(&legs, "the agent is silent throughout", NULL, NULL);
}

/* Two hours are kept of each leg; who speaks after them was not silent throughout. */
static void an_agent_who_comes_late(void **state)
{
    (void)state;
    struct ut__legs legs = {.rate_hz = {RATE_HZ, RATE_HZ}};
    speak(&legs, UT_ROLE_CALLER, 0, 20);
    speak(&legs, UT_ROLE_CALLER, 1, 20);
    speak(&legs, UT_ROLE_AGENT, 0, 7200);
    assert_int_equal(legs.leg[UT_ROLE_AGENT].steps, 72000);
    speak(&legs, UT_ROLE_AGENT, 1, 10);
    assert_int_equal(legs.leg[UT_ROLE_AGENT].steps, 72000);
    notes_are(&legs, NULL, NULL, NULL);
}

/* The agent's side greets, plays music and speaks on; who is on hold says nothing meanwhile. */
static void channels_that_look_swapped(void **state)
{
    (void)state;
    for (int swapped = 0; swapped < 2; swapped++) {
        struct ut__legs legs = {.rate_hz = {RATE_HZ, RATE_HZ}};
        enum ut_role greets = swapped ? UT_ROLE_CALLER : UT_ROLE_AGENT;
        enum ut_role called = swapped ? UT_ROLE_AGENT : UT_ROLE_CALLER;
        speak(&legs, greets, 0, 1);
        speak(&legs, greets, 1, 4);
        speak(&legs, called, 0, 5);
        speak(&legs, greets, 0, 3);
        speak(&legs, called, 1, 3);
        speak(&legs, greets, 1, 12);
        speak(&legs, called, 0, 12);
        for (int t = 9; swapped && t <= 20; t++)
            ut__legs_music(&legs, t);
        speak(&legs, greets, 0, 9);
        speak(&legs, called, 1, 9);
        notes_are(&legs, NULL, NULL, swapped ? "the channels look swapped: 12 s of music" : NULL);
    }
}

static void without_an_agent_nothing_is_said(void **state)
{
    (void)state;
    struct ut__legs legs = {.rate_hz = {RATE_HZ, 0}};
    char text[UT__LEGS_TEXT_MAX];
    speak(&legs, UT_ROLE_CALLER, 1, 60);
    ut__legs_push(&legs, UT_ROLE_CALLER, NULL, 8000);
    assert_int_equal(ut__legs_note(&legs, 0, text), -1);
    ut__legs_free(&legs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_leg_that_is_late),
                                       cmocka_unit_test(an_echo_makes_no_leg_late),
                                       cmocka_unit_test(an_agent_who_is_never_heard),
                                       cmocka_unit_test(an_agent_who_comes_late),
                                       cmocka_unit_test(channels_that_look_swapped),
                                       cmocka_unit_test(without_an_agent_nothing_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
