/* SPDX-License-Identifier: MIT */
/* The timeline for people, line by line, from events with known numbers. */
#include "unit/unit.h"

#include <stdio.h>

#include "terminal/print.h"

static char text[8192];

static void collect(void *state, const char *bytes, size_t n)
{
    (void)state;
    size_t used = strlen(text);
    assert_true(used + n < sizeof text);
    memcpy(text + used, bytes, n);
    text[used + n] = '\0';
}

static const struct ut__print_out out = {.write = collect};
static const struct ut__print_call call = {.id = "c1",
                                           .file = "c1.wav",
                                           .format = "WAV",
                                           .channels = 2,
                                           .caller_channel = 1,
                                           .agent_channel = 2,
                                           .rate_hz = 8000,
                                           .duration_s = 61.25};

static void begin(struct ut__print *p, int json, int color)
{
    text[0] = '\0';
    const struct ut__print_style style = {.json = json, .color = color};
    ut__print_begin(p, &out, &style, &call);
}

static void score(struct ut__print *p, double t, enum ut_talk talk, enum ut_state state,
                  float stress)
{
    struct ut_event ev = {.type = UT_EVENT_SCORE};
    ev.u.score = (struct ut_score){.t_s = t, .talk = talk, .state = state, .stress = stress};
    ev.u.score.why = state == UT_STATE_ABSTAIN ? UT_WHY_SPEECH : UT_WHY_NONE;
    if (state > UT_STATE_CALM) {
        ev.u.score.has_delta = 1;
        ev.u.score.delta[UT_REASON_F0] = 3;
        ev.u.score.delta[UT_REASON_RATE] = .2f;
        ev.u.score.delta[UT_REASON_EFFORT] = 5;
    }
    ut__print_event(p, &ev);
}

static void a_line_for_each_turn(void **state)
{
    (void)state;
    struct ut__print p;
    begin(&p, 0, 0);
    score(&p, 1, UT_TALK_AGENT, UT_STATE_ABSTAIN, 0);
    score(&p, 2, UT_TALK_AGENT, UT_STATE_ABSTAIN, 0);
    score(&p, 3, UT_TALK_CALLER, UT_STATE_CALM, .1f);
    score(&p, 4, UT_TALK_CALLER, UT_STATE_CALM, .25f);
    score(&p, 5, UT_TALK_AGENT, UT_STATE_CALM, .2f);
    score(&p, 6, UT_TALK_CALLER, UT_STATE_ELEVATED, .5f);
    score(&p, 7, UT_TALK_AGENT, UT_STATE_ELEVATED, .5f);
    struct ut_event ev = {.type = UT_EVENT_SUMMARY};
    ut__print_event(&p, &ev);
    assert_string_equal(text, "c1.wav  (1:01, 2 channels, caller on 1, agent on 2, WAV)\n"
                              "     0:00                            the agent speaks\n"
                              "     0:02  #####...............  0.25  calm\n"
                              "     0:04                            the agent speaks\n"
                              "     0:05  ##########..........  0.50  elevated  pitch 3.0 "
                              "semitones up, voice 5 dB stronger\n"
                              "     0:06                            the agent speaks\n"
                              "  not scored: \n\n");
}

static void long_turns_are_split(void **state)
{
    (void)state;
    struct ut__print p;
    begin(&p, 0, 0);
    for (int t = 1; t <= 11; t++)
        score(&p, t, UT_TALK_CALLER, UT_STATE_CALM, .1f);
    assert_non_null(strstr(text, "     0:00  ##"));
    assert_non_null(strstr(text, "     0:05  ##"));
    assert_null(strstr(text, "     0:10  ##"));
}

static void alerts_and_summary(void **state)
{
    (void)state;
    struct ut__print p;
    begin(&p, 0, 1);
    struct ut_event ev = {.type = UT_EVENT_ALERT};
    ev.u.alert =
        (struct ut_alert_event){.t_s = 39.4, .n = 1, .stress = .83f, .text = "pitch up, for 8 s"};
    ut__print_event(&p, &ev);
    assert_non_null(strstr(text, "  \033[1;31mALERT 1  0.83  pitch up, for 8 s\033[0m\n"));
    ev.u.alert.action = UT_ALERT_CLEARED;
    ev.u.alert.for_s = 12;
    ut__print_event(&p, &ev);
    assert_non_null(strstr(text, "alert 1 cleared after 12 s"));
    ev = (struct ut_event){.type = UT_EVENT_SUMMARY};
    ev.u.summary = (struct ut_summary){.scored = 1,
                                       .peak = .91f,
                                       .peak_t_s = 44,
                                       .end = .32f,
                                       .peak_end = .62f,
                                       .recovery = .65f,
                                       .alerts = 1,
                                       .episode_count = 1};
    ev.u.summary.episodes[0] =
        (struct ut_episode){.onset_s = 31, .peak_s = 44, .end_s = 3700, .peak = .91f};
    ut__print_event(&p, &ev);
    assert_non_null(strstr(text, "peak 0.91 at 0:44, end 0.32, peak-end 0.62, recovery 65 %"));
    assert_non_null(strstr(text, "episode 1: 0:31 to 1:01:40, peak 0.91 at 0:44"));
}

/* Who answers the caller is not heard: nothing is said of turns, nor of silence. */
static void a_caller_alone_takes_no_turns(void **state)
{
    (void)state;
    struct ut__print p;
    struct ut_event turns = {.type = UT_EVENT_TURNS}, summary = {.type = UT_EVENT_SUMMARY};
    turns.u.turns =
        (struct ut_turns){.caller_talk_s = 33, .caller_turns = 1, .longest_silence_s = 5.25f};
    for (int agent = 0; agent < 2; agent++) {
        begin(&p, 0, 0);
        p.has_agent = agent;
        ut__print_event(&p, &turns);
        ut__print_event(&p, &summary);
        assert_non_null(strstr(text, agent ? "  caller spoke 33 s in 1 turn, agent 0 s in 0; "
                                           : "  caller spoke 33 s; longest pause 5.2 s\n"));
    }
}

static void json_lines(void **state)
{
    (void)state;
    struct ut__print p;
    begin(&p, 1, 0);
    assert_string_equal(
        text, "{\"type\":\"call\",\"v\":1,\"call\":\"c1\",\"file\":\"c1.wav\",\"channels\":2,"
              "\"caller_channel\":1,\"agent_channel\":2,\"duration_s\":61.25,\"rate_hz\":8000,"
              "\"format\":\"WAV\"}\n");
    text[0] = '\0';
    ut__print_note(&p, "cut \"off\"");
    assert_string_equal(text, "{\"type\":\"note\",\"call\":\"c1\",\"text\":\"cut \\\"off\\\"\"}\n");
    text[0] = '\0';
    score(&p, 1, UT_TALK_CALLER, UT_STATE_ABSTAIN, 0);
    assert_int_equal(strncmp(text, "{\"type\":\"score\",\"call\":\"c1\",\"t\":1.00,", 37), 0);
    assert_int_equal(text[strlen(text) - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_for_each_turn), cmocka_unit_test(long_turns_are_split),
        cmocka_unit_test(alerts_and_summary),   cmocka_unit_test(a_caller_alone_takes_no_turns),
        cmocka_unit_test(json_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
