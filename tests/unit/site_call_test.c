/* SPDX-License-Identifier: MIT */
/* A call and the profile with which it begins. */
#include "unit/unit.h"

#include <stdlib.h>

#include <undertone/undertone.h>

#include "unit/sample_model.h"

/* What the sample's first 12 s give; site, late: a profile for the call, and one for its model once it is there. */
static char *events_of(const struct ut_site *site, const struct ut_site *late, int late_roles)
{
    enum { SECONDS = 12, CAP = 1 << 16 };
    struct ut_call *call;
    struct ut_call_config cfg = ut_call_config_default();
    char *text = malloc(CAP), json[UT_JSON_MAX];
    size_t len = 0;
    cfg.agent_rate_hz = UT_RATE_HZ;
    assert_int_equal(ut_call_create(&call, model, &cfg), 0);
    if (site)
        assert_int_equal(ut_call_set_site(call, site), 0);
    ut_model_set_site(model, late);
    if (late_roles) {
        assert_int_equal(ut_call_set_roles(call, 0, 1), 0);
        ut_call_push(call, UT_ROLE_AGENT, sc.channel[1], UT_RATE_HZ);
        assert_int_equal(ut_call_set_roles(call, 1, 1), 0);
    }
    for (size_t s = 0; s < SECONDS; s++)
        for (int c = 0; c < 2; c++)
            ut_call_push(call, (enum ut_role)c, sc.channel[c] + s * UT_RATE_HZ, UT_RATE_HZ);
    assert_int_equal(ut_call_set_site(call, site), UT_EINVAL);
    ut_call_end(call);
    while (ut_call_read_json(call, "c", json, sizeof json) > 0)
        len += (size_t)snprintf(text + len, CAP - len, "%s\n", json);
    assert_true(len > 1000 && len < CAP - 1);
    ut_call_destroy(call);
    ut_model_set_site(model, NULL);
    return text;
}

/* Whatever its model learns meanwhile, a call keeps the profile with which it began: so a replay with that
 * profile gives its bytes. */
static void a_call_keeps_its_profile(void **state)
{
    (void)state;
    const struct ut_site site = {.shift = 0.5f, .usual = -2}, other = {.shift = -0.75f};
    for (int late_roles = 0; late_roles < 2; late_roles++) {
        char *none = events_of(NULL, NULL, late_roles), *own = events_of(&site, NULL, late_roles);
        char *kept = events_of(&site, &other, late_roles),
             *bare = events_of(NULL, &other, late_roles);
        ut_model_set_site(model, &site);
        char *replayed = events_of(NULL, &site, late_roles);
        assert_string_not_equal(none, own);
        assert_string_equal(own, kept);
        assert_string_equal(own, replayed);
        assert_string_equal(none, bare);
        free(replayed);
        free(none);
        free(own);
        free(kept);
        free(bare);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_keeps_its_profile),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
