/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "alert/rule.h"

static const struct ut_alert_config config = {
    .threshold = 0.9f, .clear_threshold = 0.4f, .clear_speech_s = 2, .hold_off_s = 10};

static void raises_once_and_clears_after_calm_speech(void **state)
{
    (void)state;
    struct ut__rule rule;
    ut__rule_init(&rule, &config);
    static const struct {
        double t_s;
        float evidence;
        enum ut__rule_action action;
    } steps[] = {
        {1, 0.3f, UT__RULE_NOTHING},     {2, 0.5f, UT__RULE_NOTHING},
        {3, 0.89f, UT__RULE_NOTHING},    {4, 0.9f, UT__RULE_RAISE},
        {5, 0.99f, UT__RULE_NOTHING},    {6, 0.3f, UT__RULE_NOTHING},
        {7, 0.5f, UT__RULE_NOTHING},     {8, 0.1f, UT__RULE_NOTHING},
        {9, 0.1f, UT__RULE_NOTHING},     {10, 0.1f, UT__RULE_NOTHING},
        {11, 0.1f, UT__RULE_CLEAR},      {12, 0.95f, UT__RULE_NOTHING},
        {20.9, 0.95f, UT__RULE_NOTHING}, {21, 0.95f, UT__RULE_RAISE},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        assert_int_equal(ut__rule_push(&rule, steps[i].t_s, 0.5f, steps[i].evidence),
                         steps[i].action);
}

static void onset_is_when_evidence_began_to_rise(void **state)
{
    (void)state;
    struct ut__rule rule;
    ut__rule_init(&rule, &config);
    (void)ut__rule_push(&rule, 1, 0.5f, 0.5f);
    (void)ut__rule_push(&rule, 2, 0.5f, 0.2f);
    (void)ut__rule_push(&rule, 3, 0.5f, 0.6f);
    assert_int_equal(ut__rule_push(&rule, 5, 0.5f, 0.95f), UT__RULE_RAISE);
    assert_float_equal(rule.onset_s, 3, 0);
}

static void what_rose_before_a_hold_is_no_onset(void **state)
{
    (void)state;
    static const struct {
        double back_s, onset_s;
    } holds[] = {{24, 5}, {304, 304}}; /* The agent talks a while; music for five minutes. */
    for (size_t i = 0; i < sizeof holds / sizeof holds[0]; i++) {
        struct ut__rule rule;
        ut__rule_init(&rule, &config);
        (void)ut__rule_push(&rule, 4, 0.5f, 0.3f);
        (void)ut__rule_push(&rule, 5, 0.5f, 0.6f);
        (void)ut__rule_push(&rule, holds[i].back_s, 0.5f, 0.7f);
        assert_int_equal(ut__rule_push(&rule, holds[i].back_s + 1, 0.5f, 0.95f), UT__RULE_RAISE);
        assert_float_equal(rule.onset_s, holds[i].onset_s, 0);
        /* What stands, stands: nobody was calm meanwhile. */
        assert_int_equal(ut__rule_push(&rule, holds[i].back_s + 400, 0.5f, 0.95f),
                         UT__RULE_NOTHING);
        assert_float_equal(rule.onset_s, holds[i].onset_s, 0);
    }
}

static void zero_fields_take_the_defaults(void **state)
{
    (void)state;
    struct ut__rule rule;
    struct ut_alert_config bare = {.threshold = 0.8f}, def = ut_alert_config_default();
    assert_float_equal(def.threshold, 0, 0); /* The model's own. */
    def.threshold = 0.8f;
    ut__rule_init(&rule, &bare);
    assert_memory_equal(&rule.cfg, &def, sizeof def);
    struct ut_alert_config low = {.threshold = 0.1f, .clear_threshold = 0.5f};
    ut__rule_init(&rule, &low);
    assert_float_equal(rule.cfg.clear_threshold, 0.1f, 0);
}

static void by_default_a_second_below_even_odds_clears(void **state)
{
    (void)state;
    struct ut__rule rule;
    struct ut_alert_config def = ut_alert_config_default();
    def.threshold = 0.99f;
    ut__rule_init(&rule, &def);
    assert_int_equal(ut__rule_push(&rule, 1, 0.5f, 0.995f), UT__RULE_RAISE);
    assert_int_equal(ut__rule_push(&rule, 2, 0.5f, 0.49f), UT__RULE_NOTHING);
    assert_int_equal(ut__rule_push(&rule, 3, 0.5f, 0.51f), UT__RULE_NOTHING);
    assert_int_equal(ut__rule_push(&rule, 4, 0.5f, 0.49f), UT__RULE_NOTHING);
    assert_int_equal(ut__rule_push(&rule, 5, 0.5f, 0.49f), UT__RULE_CLEAR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raises_once_and_clears_after_calm_speech),
        cmocka_unit_test(onset_is_when_evidence_began_to_rise),
        cmocka_unit_test(what_rose_before_a_hold_is_no_onset),
        cmocka_unit_test(zero_fields_take_the_defaults),
        cmocka_unit_test(by_default_a_second_below_even_odds_clears),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
