/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <undertone/json.h>

#include "call/spoken.h"

static const char said[] = "Third time I call. I will cancel my contract!";

static void say(struct ut__spoken *s, double t_s, const char *text)
{
    struct ut_words *list;
    struct ut_words_score score;
    assert_int_equal(ut_words_create_default(&list, "en"), 0);
    ut_words_judge(list, text, strlen(text), &score);
    ut__spoken_line(s, t_s, text, &score);
    ut_words_destroy(list);
}

/* A second of the voice; returns what its score says of words. */
static float hear(struct ut__spoken *s, double t_s, float stress)
{
    struct ut_alert_event before;
    struct ut_event ev = {.type = UT_EVENT_SCORE};
    ev.u.score = (struct ut_score){.t_s = t_s,
                                   .stress = stress,
                                   .state = UT_STATE_CALM,
                                   .has_delta = 1,
                                   .delta = {[UT_REASON_F0] = 4, [UT_REASON_EFFORT] = -1}};
    assert_int_equal(ut__spoken_amend(s, &ev, &before), UT__SPOKEN_TELL);
    return ev.u.score.has_words ? ev.u.score.words : -1;
}

static enum ut__spoken_end voice(struct ut__spoken *s, double t_s, enum ut_alert_action action,
                                 struct ut_event *ev, struct ut_alert_event *before)
{
    *ev = (struct ut_event){.type = UT_EVENT_ALERT};
    ev->u.alert = (struct ut_alert_event){.t_s = t_s,
                                          .n = 1,
                                          .action = action,
                                          .stress = .8f,
                                          .text = "pitch 4.0 semitones above",
                                          .reason_count = 1,
                                          .reasons = {{UT_REASON_F0, 4, 1}}};
    return ut__spoken_amend(s, ev, before);
}

static float shares(const struct ut_alert_event *a)
{
    float sum = 0;
    for (uint32_t i = 0; i < a->reason_count; i++)
        sum += a->reasons[i].share;
    for (uint32_t i = 0; i < a->phrase_count; i++)
        sum += a->phrases[i].share;
    return sum;
}

static void words_alone_need_the_whole_threshold(void **state)
{
    (void)state;
    struct ut__spoken s;
    struct ut_alert_event a;
    ut__spoken_init(&s, .8f, UT__SPOKEN_FIRST_N);
    assert_true(hear(&s, 1, .1f) < 0);
    say(&s, 2, said);
    assert_true(hear(&s, 2, .1f) > .6f);
    assert_int_equal(ut__spoken_ask(&s, 2, &a), 0);
    say(&s, 3, "My lawyer will sue you.");
    assert_int_equal(ut__spoken_ask(&s, 3, &a), 1);
    assert_int_equal(a.n, UT__SPOKEN_FIRST_N);
    assert_true(a.of_words && a.reason_count == 0 && a.phrase_count >= 3);
    assert_float_equal(shares(&a), 1, 1e-5);
    assert_memory_equal(a.text, "words: \xe2\x80\x9c", 10);
    assert_int_equal(ut__spoken_ask(&s, 600, &a), 1);
    assert_int_equal(a.action, UT_ALERT_CLEARED);
}

static void together_one_alert_has_the_reasons_of_both(void **state)
{
    (void)state;
    struct ut__spoken s;
    struct ut_alert_event a, before;
    struct ut_event ev;
    ut__spoken_init(&s, .8f, UT__SPOKEN_FIRST_N);
    for (int t = 1; t < 10; t++)
        hear(&s, t, .9f);
    say(&s, 10, said);
    assert_int_equal(ut__spoken_ask(&s, 10, &a), 1);
    assert_int_equal(a.reason_count, 1);
    assert_float_equal(shares(&a), 1, 1e-5);
    assert_string_equal(a.text, "pitch 4.0 semitones above this caller's own, and: \xe2\x80\x9c"
                                "cancel my contract\xe2\x80\x9d (threat to leave), \xe2\x80\x9c"
                                "Third time\xe2\x80\x9d (not the first contact)");
    /* The voice's own, and its end, are no second alert; this one stands as long. */
    assert_int_equal(voice(&s, 12, UT_ALERT_RAISED, &ev, &before), UT__SPOKEN_DROP);
    assert_int_equal(ut__spoken_ask(&s, 900, &a), 0);
    assert_int_equal(voice(&s, 901, UT_ALERT_CLEARED, &ev, &before), UT__SPOKEN_DROP);
    assert_int_equal(ut__spoken_ask(&s, 901, &a), 1);
    assert_int_equal(a.action, UT_ALERT_CLEARED);
    assert_int_equal(voice(&s, 950, UT_ALERT_RAISED, &ev, &before), UT__SPOKEN_TELL);
    assert_int_equal(ev.u.alert.phrase_count, 0);
}

static void the_voice_takes_the_place_of_words_alone(void **state)
{
    (void)state;
    struct ut__spoken s;
    struct ut_alert_event a, before;
    struct ut_event ev;
    char json[UT_JSON_MAX];
    ut__spoken_init(&s, .5f, UT__SPOKEN_FIRST_N);
    say(&s, 5, said);
    assert_int_equal(ut__spoken_ask(&s, 5, &a), 1);
    assert_int_equal(voice(&s, 8, UT_ALERT_RAISED, &ev, &before), UT__SPOKEN_BEFORE);
    assert_true(before.action == UT_ALERT_CLEARED && before.n == UT__SPOKEN_FIRST_N);
    assert_float_equal(shares(&ev.u.alert), 1, 1e-5);
    assert_true(ut_event_to_json(json, sizeof json, "c", &ev) > 0);
    assert_non_null(strstr(json, "\"unit\":\"semitones\",\"share\":0."));
    assert_non_null(strstr(json, "},{\"feature\":\"words\",\"phrase\":\"cancel my contract\","
                                 "\"kind\":\"leave\",\"share\":0."));
    assert_non_null(strstr(json, "above, and: \xe2\x80\x9c"));
    assert_int_equal(ut__spoken_ask(&s, 9, &a), 0); /* One at a time. */
}

/* Whatever was said, the sentence holds whole phrases and the JSON fits. */
static void the_longest_alert_fits(void **state)
{
    (void)state;
    struct ut_event ev = {.type = UT_EVENT_ALERT};
    struct ut_alert_event *a = &ev.u.alert;
    char json[UT_JSON_MAX], id[128];
    memset(id, '\x01', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    memset(a->text, '\x01', sizeof a->text - 1);
    memset(a->rule, '\x01', sizeof a->rule - 1);
    a->reason_count = UT_REASONS_MAX;
    a->phrase_count = UT_PHRASES_MAX;
    a->fact_count = UT_FACTS_MAX;
    for (int i = 0; i < UT_PHRASES_MAX; i++)
        memset(a->phrases[i].text, '\x01', UT_PHRASE_MAX - 1);
    assert_true(ut_event_to_json(json, sizeof json, id, &ev) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_alone_need_the_whole_threshold),
        cmocka_unit_test(together_one_alert_has_the_reasons_of_both),
        cmocka_unit_test(the_voice_takes_the_place_of_words_alone),
        cmocka_unit_test(the_longest_alert_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
