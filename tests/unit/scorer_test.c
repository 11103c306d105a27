/* SPDX-License-Identifier: MIT */
/* Utterances cut out of the sample call, scored one by one. */
#include "unit/unit.h"

#include <math.h>

#include <undertone/undertone.h>

#include "unit/sample_call.h"

enum { RATE = 8000, CALM_FROM = 0, CALM_TO = 30 * RATE, ANGRY_FROM = 40 * RATE };

static struct sample_call sc;
static struct ut_model *model;
static struct ut_scorer *scorer;

static struct ut_utterance score(size_t from, size_t to, size_t piece)
{
    struct ut_utterance out;
    for (size_t at = from; at < to; at += piece)
        ut_scorer_push(scorer, sc.channel[0] + at, to - at < piece ? to - at : piece);
    ut_scorer_score(scorer, &out);
    return out;
}

static void an_utterance_is_judged_by_itself(void **state)
{
    (void)state;
    ut_scorer_forget(scorer);
    struct ut_utterance a = score(CALM_FROM, CALM_TO, 160),
                        other = score(ANGRY_FROM, sc.frames, 160),
                        again = score(CALM_FROM, CALM_TO, 160);
    assert_int_equal(a.why, UT_WHY_NONE);
    assert_int_equal(other.why, UT_WHY_NONE);
    assert_memory_equal(&a, &again, sizeof a); /* Nothing of the one before is left. */
    assert_true(a.stress >= 0 && a.stress <= 1 && a.arousal >= 0 && a.arousal <= 1);
    assert_true(a.speech_s > 2 && a.speech_s < 30);
}

static void pieces_do_not_matter(void **state)
{
    (void)state;
    ut_scorer_forget(scorer);
    struct ut_utterance a = score(CALM_FROM, CALM_TO, 160);
    static const size_t pieces[] = {1, 79, 81, 4000, CALM_TO};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct ut_utterance b = score(CALM_FROM, CALM_TO, pieces[i]);
        assert_memory_equal(&a, &b, sizeof a);
    }
}

static void a_baseline_changes_the_score_and_is_forgotten(void **state)
{
    (void)state;
    ut_scorer_forget(scorer);
    struct ut_utterance without = score(ANGRY_FROM, sc.frames, 160);
    ut_scorer_push(scorer, sc.channel[0] + CALM_FROM, CALM_TO - CALM_FROM);
    assert_int_equal(ut_scorer_enrol(scorer), 1);
    struct ut_utterance angry = score(ANGRY_FROM, sc.frames, 160),
                        calm = score(CALM_FROM, CALM_TO, 160);
    assert_true(fabsf(angry.stress - without.stress) > 1e-6f);
    assert_true(angry.stress > calm.stress);
    assert_true(angry.arousal > calm.arousal);
    ut_scorer_forget(scorer);
    struct ut_utterance again = score(ANGRY_FROM, sc.frames, 160);
    assert_memory_equal(&again, &without, sizeof again);
}

static void too_little_speech_is_no_score(void **state)
{
    (void)state;
    static const float silence[RATE];
    ut_scorer_forget(scorer);
    struct ut_utterance out = score(0, 0, 1);
    assert_int_equal(out.why, UT_WHY_SPEECH);
    ut_scorer_push(scorer, silence, RATE);
    ut_scorer_score(scorer, &out);
    assert_int_equal(out.why, UT_WHY_SPEECH);
    assert_true(out.stress <= 0 && out.arousal <= 0);
    ut_scorer_push(scorer, silence, RATE);
    assert_int_equal(ut_scorer_enrol(scorer), 0);
}

static void bad_arguments(void **state)
{
    (void)state;
    struct ut_scorer *none = NULL;
    assert_int_equal(ut_scorer_create(&none, model, 0), UT_EINVAL);
    assert_int_equal(ut_scorer_create(&none, model, 7999), UT_EINVAL);
    assert_int_equal(ut_scorer_create(&none, NULL, RATE), UT_EINVAL);
    assert_null(none);
    ut_scorer_destroy(NULL);
}

static int set_up(void **state)
{
    (void)state;
    return sample_call_read(&sc) || ut_model_create_default(&model) ||
           ut_scorer_create(&scorer, model, RATE);
}

static int tear_down(void **state)
{
    (void)state;
    ut_scorer_destroy(scorer);
    ut_model_destroy(model);
    sample_call_free(&sc);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_utterance_is_judged_by_itself),
        cmocka_unit_test(pieces_do_not_matter),
        cmocka_unit_test(a_baseline_changes_the_score_and_is_forgotten),
        cmocka_unit_test(too_little_speech_is_no_score),
        cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
