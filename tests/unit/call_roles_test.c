/* SPDX-License-Identifier: MIT */
/* Calls in which it becomes known late who is who. */
#include "unit/unit.h"

#include <math.h>

#include <undertone/undertone.h>

#include "unit/sample_model.h"

enum { RATE = 8000, BLOCK = 160, SCORES_MAX = 200 };

struct told {
    struct ut_score score[SCORES_MAX];
    size_t scores, raised, cleared;
    double raised_s;
    struct ut_turns turns;
    struct ut_summary summary;
};

static struct told t;

static struct ut_call *create(void)
{
    struct ut_call_config cfg = ut_call_config_default();
    struct ut_call *call = NULL;
    cfg.agent_rate_hz = RATE;
    assert_int_equal(ut_call_create(&call, model, &cfg), 0);
    t = (struct told){.scores = 0};
    return call;
}

static void listen(struct ut_call *call)
{
    struct ut_event ev;
    while (ut_call_read(call, &ev)) {
        if (ev.type == UT_EVENT_SCORE) {
            assert_true(t.scores < SCORES_MAX);
            assert_true(fabs(ev.u.score.t_s - (double)(t.scores + 1)) < 1e-9);
            t.score[t.scores++] = ev.u.score;
        } else if (ev.type == UT_EVENT_ALERT && ev.u.alert.action == UT_ALERT_RAISED) {
            t.raised++;
            t.raised_s = ev.u.alert.t_s;
        } else if (ev.type == UT_EVENT_ALERT) {
            t.cleared++;
        } else if (ev.type == UT_EVENT_TURNS) {
            t.turns = ev.u.turns;
        } else {
            t.summary = ev.u.summary;
        }
    }
}

/* Seconds [from, to) of the sample: what goes to the caller's channel and to the agent's; NULL:
 * nothing. */
static void push(struct ut_call *call, const float *caller, const float *agent, size_t from_s,
                 size_t to_s)
{
    for (size_t at = from_s * RATE; at < to_s * RATE; at += BLOCK) {
        if (caller)
            ut_call_push(call, UT_ROLE_CALLER, caller + at, BLOCK);
        if (agent)
            ut_call_push(call, UT_ROLE_AGENT, agent + at, BLOCK);
        listen(call);
    }
}

static void end(struct ut_call *call)
{
    ut_call_end(call);
    listen(call);
    ut_call_destroy(call);
}

static size_t seconds(void)
{
    return sc.frames / RATE;
}

/* Whole seconds that were told with a reason. */
static size_t count(enum ut_why why, size_t from, size_t to)
{
    size_t n = 0;
    for (size_t i = from; i < to && i < t.scores; i++)
        n += t.score[i].why == why;
    return n;
}

static void a_caller_known_late_is_scored_from_then_on(void **state)
{
    (void)state;
    static const size_t late_s[] = {0, 1, 3, 20};
    double on_time_s = 0;
    for (size_t i = 0; i < sizeof late_s / sizeof late_s[0]; i++) {
        size_t at = late_s[i];
        struct ut_call *call = create();
        size_t all = seconds();
        assert_int_equal(ut_call_set_roles(call, 0, 1), 0);
        push(call, sc.channel[0], sc.channel[1], 0, at); /* The caller's is ignored. */
        assert_int_equal(ut_call_set_roles(call, 1, 1), 0);
        push(call, sc.channel[0], sc.channel[1], at, all);
        end(call);
        /* The look-ahead is 100 ms: the last second is told when it is known. */
        assert_int_equal(count(UT_WHY_ROLE, 0, t.scores), at ? at - 1 : 0);
        assert_int_equal(count(UT_WHY_GAP, 0, t.scores), 0);
        assert_int_equal(t.raised, 1);
        assert_true(fabs(t.summary.duration_s - (double)all) < 1e-9);
        on_time_s = at == 0 ? t.raised_s : on_time_s;
        print_message("known at %zu s: alert at %.1f s\n", at, t.raised_s);
        assert_true(fabs(t.raised_s - on_time_s) < 6);
        /* Turns are of the time in which it was known whose they are. */
        assert_true(t.turns.caller_talk_s + t.turns.agent_talk_s + t.turns.silence_s -
                        t.turns.talk_over_s <=
                    (float)(all - at) + 0.2f);
    }
}

/* The one line of a call is the caller's, it turns out; later an agent comes. */
static void one_line_becomes_the_callers(void **state)
{
    (void)state;
    struct ut_call *call = create();
    size_t all = seconds();
    assert_int_equal(ut_call_set_roles(call, 0, 1), 0);
    push(call, NULL, sc.channel[0], 0, 3);
    assert_int_equal(count(UT_WHY_ROLE, 0, 3), 2);
    assert_int_equal(ut_call_set_roles(call, 1, 0), 0);
    push(call, sc.channel[0], NULL, 3, 30);
    assert_true(t.scores >= 29); /* Nobody waits for the agent's channel. */
    assert_int_equal(ut_call_set_roles(call, 1, 1), 0);
    push(call, sc.channel[0], sc.channel[1], 30, all);
    end(call);
    assert_int_equal(t.scores, all);
    assert_int_equal(t.raised, 1);
    assert_int_equal(count(UT_WHY_GAP, 0, t.scores), 0);
    assert_true(t.turns.agent_talk_s > 1);
}

/* Samples of another rate come from 20 s to 30 s: their time is passed as lost, and told as what it is. */
static void another_rate_is_told_as_such(void **state)
{
    (void)state;
    struct ut_call *call = create();
    push(call, sc.channel[0], sc.channel[1], 0, 20);
    ut_call_set_off_rate(call, 4);
    for (size_t s = 20; s < 30; s++) {
        ut_call_push_gap(call, UT_ROLE_CALLER, RATE);
        push(call, NULL, sc.channel[1], s, s + 1);
    }
    ut_call_set_off_rate(call, 0);
    push(call, sc.channel[0], sc.channel[1], 30, seconds());
    end(call);
    assert_true(count(UT_WHY_RATE, 19, 30) >= 9);
    assert_true(count(UT_WHY_RATE, 0, t.scores) <= 11);
    assert_true(count(UT_WHY_GAP, 29, 36) >= 3); /* Then it was so lately. */
    assert_string_equal(ut_why_name(UT_WHY_RATE), "rate");
    assert_int_equal(t.raised, 1);
}

/* Whoever was taken for the caller is not: an alert of theirs does not stand on. */
static void a_caller_who_is_none_is_scored_no_more(void **state)
{
    (void)state;
    struct ut_call *call = create();
    size_t all = seconds(), at = 0;
    for (; at < all && !t.raised; at++)
        push(call, sc.channel[0], sc.channel[1], at, at + 1);
    assert_true(t.raised && !t.cleared);
    assert_int_equal(ut_call_set_roles(call, 0, 1), 0);
    push(call, sc.channel[0], sc.channel[1], at, all);
    end(call);
    assert_int_equal(t.cleared, 1);
    assert_int_equal(count(UT_WHY_ROLE, at + 1, all), all - at - 1);
    for (size_t i = at + 1; i < t.scores; i++)
        assert_int_equal(t.score[i].state, UT_STATE_ABSTAIN);
}

/* Another voice on the caller's channel is measured by itself. */
static void another_caller_begins_anew(void **state)
{
    (void)state;
    uint8_t blob[UT_BASELINE_MAX_BYTES];
    struct ut_call *call = create();
    push(call, sc.channel[0], sc.channel[1], 0, 25);
    assert_true(ut_call_get_baseline(call, blob, sizeof blob) > 0);
    assert_int_equal(ut_call_set_roles(call, 1, 1), 0); /* Nothing new. */
    assert_true(ut_call_get_baseline(call, blob, sizeof blob) > 0);
    assert_int_equal(ut_call_set_roles(call, 0, 1), 0);
    assert_int_equal(ut_call_set_roles(call, 1, 1), 0);
    assert_int_equal(ut_call_get_baseline(call, blob, sizeof blob), 0);
    push(call, sc.channel[0], sc.channel[1], 25, 30);
    assert_int_equal(t.scores, 29); /* The look-ahead is 100 ms. */
    end(call);
}

static void refuses_what_the_call_was_not_made_for(void **state)
{
    (void)state;
    struct ut_call_config cfg = ut_call_config_default();
    struct ut_call *call = NULL;
    assert_int_equal(ut_call_create(&call, model, &cfg), 0);
    assert_int_equal(ut_call_set_roles(call, 1, 1), UT_EINVAL);
    assert_int_equal(ut_call_set_roles(call, 0, 0), UT_EINVAL);
    assert_int_equal(ut_call_set_roles(call, 1, 0), 0);
    ut_call_destroy(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_caller_known_late_is_scored_from_then_on),
        cmocka_unit_test(another_rate_is_told_as_such),
        cmocka_unit_test(one_line_becomes_the_callers),
        cmocka_unit_test(a_caller_who_is_none_is_scored_no_more),
        cmocka_unit_test(another_caller_begins_anew),
        cmocka_unit_test(refuses_what_the_call_was_not_made_for),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
