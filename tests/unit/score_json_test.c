/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <undertone/json.h>

static void tells_deltas_once_known(void **state)
{
    (void)state;
    char buf[UT_JSON_MAX];
    struct ut_event ev = {.type = UT_EVENT_SCORE};
    ev.u.score = (struct ut_score){.t_s = 12, .stress = 0.41F, .state = UT_STATE_CALM};
    ev.u.score.delta[UT_REASON_F0] = 3.14F;
    ev.u.score.delta[UT_REASON_RATE] = -0.5F;
    assert_true(ut_event_to_json(buf, sizeof buf, "x", &ev) > 0);
    assert_null(strstr(buf, "delta"));
    ev.u.score.has_delta = 1;
    assert_true(ut_event_to_json(buf, sizeof buf, "x", &ev) > 0);
    assert_non_null(strstr(buf, ",\"delta\":{\"f0\":3.1,\"effort\":0.0,\"rate\":-0.5,"
                                "\"harshness\":0.0,\"variation\":0.0}}"));
    ev.u.score.state = UT_STATE_ABSTAIN;
    assert_true(ut_event_to_json(buf, sizeof buf, "x", &ev) > 0);
    assert_null(strstr(buf, "delta"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tells_deltas_once_known)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
