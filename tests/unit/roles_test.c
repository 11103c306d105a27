/* SPDX-License-Identifier: MIT */
/* Whose channel is whose, and that nobody is scored by mistake. */
#include "unit/unit.h"

#include "commands/role_option.h"

static void decides(void **state)
{
    (void)state;
    static const struct {
        unsigned channels, file_caller, caller, agent;
        int no_agent, mono_is_caller;
        int err;
        unsigned want_caller, want_agent;
    } cases[] = {
        {1, 0, 0, 0, 0, 0, 0, 0, 0}, /* One channel, nobody said whose. */
        {1, 0, 1, 0, 0, 0, 0, 0,
         0}, /* That the caller is on it is not that it is the caller's alone. */
        {1, 0, 0, 0, 0, 1, 0, 1, 0},         /* Said so. */
        {1, 1, 0, 0, 0, 0, 0, 1, 0},         /* The file says so. */
        {2, 0, 0, 0, 0, 0, 0, 1, 2},         /* Custom. */
        {2, 0, 2, 0, 0, 0, 0, 2, 1},         /* The other way round. */
        {2, 2, 0, 0, 0, 0, 0, 2, 1},         /* As the file says. */
        {2, 2, 1, 0, 0, 0, 0, 1, 2},         /* The operator knows better. */
        {2, 0, 0, 0, 1, 0, 0, 1, 0},         /* No agent. */
        {2, 2, 0, 2, 0, 0, UT_EINVAL, 0, 0}, /* File and operator contradict. */
        {2, 0, 3, 0, 0, 0, UT_EINVAL, 0, 0}, /* Not there. */
        {1, 0, 0, 2, 0, 1, UT_EINVAL, 0, 0}, /* Not there. */
        {4, 0, 0, 0, 0, 0, 0, 1, 0},         /* Of many, nobody is the agent by custom. */
        {4, 0, 3, 4, 0, 0, 0, 3, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__options opt = {.caller_channel = cases[i].caller,
                                  .agent_channel = cases[i].agent,
                                  .no_agent = cases[i].no_agent,
                                  .mono_is_caller = cases[i].mono_is_caller};
        struct ut__source_info info = {.channels = cases[i].channels,
                                       .caller = cases[i].file_caller};
        struct ut__roles roles;
        struct ut__source_message msg;
        assert_int_equal(ut__roles_decide(&roles, &opt, &info, &msg), cases[i].err);
        if (cases[i].err) {
            assert_true(msg.text[0] != '\0');
            continue;
        }
        assert_int_equal(roles.caller, cases[i].want_caller);
        assert_int_equal(roles.agent, cases[i].want_agent);
        assert_int_equal(msg.text[0] != '\0', roles.caller == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(decides)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
