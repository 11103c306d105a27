/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <math.h>

#include "call/echo.h"
#include "unit/signal.h"

enum { SECOND = 100, FRAMES = 20 * SECOND, NOISE = -65 };

/* Levels as speech has them: syllables of 120 to 300 ms, and now and then a pause. */
static void talk(float *dbfs, uint32_t seed)
{
    for (int i = 0; i < FRAMES;) {
        int n = 12 + (int)(9 * fabsf(signal_normal(&seed)));
        float top = -20 + 5 * signal_normal(&seed);
        int pause = fabsf(signal_normal(&seed)) > 1.5f;
        for (int k = 0; k < n && i < FRAMES; k++, i++)
            dbfs[i] = pause ? -90 : top - 25 * fabsf(2 * (float)k / (float)n - 1);
    }
}

static float sum_db(float a, float b)
{
    return 10 * log10f(powf(10, a / 10) + powf(10, b / 10));
}

/* One frame of both levels, which stand on noise; what sounds 10 dB over it is speech. Returns 1 where
 * that is the caller's own. */
static int is_heard(struct ut__echo *echo, float caller, float caller_noise, float agent)
{
    const struct ut__echo_frame f = {.caller_dbfs = sum_db(caller, caller_noise),
                                     .caller_noise_dbfs = caller_noise,
                                     .agent_dbfs = sum_db(agent, NOISE),
                                     .agent_noise_dbfs = NOISE,
                                     .caller_speech = caller > caller_noise + 10,
                                     .agent_speech = agent > NOISE + 10};
    return ut__echo_push(echo, &f) == UT__ECHO_NONE && f.caller_speech;
}

/* The agent's loudspeaker is turned up and down, and the call moved to another line. */
static void an_echo_that_changes_is_echo_again_within_a_second(void **state)
{
    (void)state;
    static float agent[FRAMES];
    static const struct {
        float db;
        int delay;
    } part[] = {{-15, 6}, {-30, 6}, {-12, 6}, {-20, 30}, {-20, 10}};
    struct ut__echo echo;
    ut__echo_init(&echo);
    for (size_t p = 0; p < sizeof part / sizeof part[0]; p++) {
        int heard = 0;
        talk(agent, (uint32_t)p + 1);
        for (int i = 0; i < FRAMES; i++) {
            float from = i < part[p].delay ? -90 : agent[i - part[p].delay];
            heard += is_heard(&echo, from + part[p].db, NOISE, agent[i]);
        }
        if (heard > (p == 3 ? 2 * SECOND : SECOND))
            fail_msg("echo %zu: %d frames were taken for the caller", p, heard);
    }
}

/* Whoever talks at the same time, and weaker, is heard all the same, before and after an echo. */
static void who_talks_over_an_echo_is_heard(void **state)
{
    (void)state;
    static float agent[FRAMES], caller[FRAMES];
    struct ut__echo echo;
    ut__echo_init(&echo);
    int spoken = 0, heard = 0;
    for (int p = 0; p < 6; p++) {
        talk(agent, 11 + (uint32_t)p);
        talk(caller, 31 + (uint32_t)p);
        for (int i = 0; i < FRAMES; i++) {
            float own = p % 2 ? caller[i] - 10 : -90, from = i < 6 ? -90 : agent[i - 6] - 30;
            int own_heard = is_heard(&echo, sum_db(own, from), NOISE, agent[i]);
            if (own > from + 10 && own > NOISE + 10) {
                spoken++;
                heard += own_heard;
            }
        }
    }
    if ((float)heard < 0.93f * (float)spoken)
        fail_msg("%d of %d frames were heard", heard, spoken);
}

/* Soft speech over noise that comes and goes, and an agent who says nothing: what is compared ends
 * at the louder noise, and moves with it. */
static void noise_that_moves_is_no_mixture(void **state)
{
    (void)state;
    static float caller[FRAMES];
    struct ut__echo echo;
    ut__echo_init(&echo);
    talk(caller, 7);
    for (int i = 0; i < FRAMES; i++) {
        int first = i < SECOND / 2;
        (void)is_heard(&echo, first ? -53 : caller[i] - 20, first ? -64 : -51, -90);
        assert_false(echo.mixed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_echo_that_changes_is_echo_again_within_a_second),
        cmocka_unit_test(who_talks_over_an_echo_is_heard),
        cmocka_unit_test(noise_that_moves_is_no_mixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
