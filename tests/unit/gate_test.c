/* SPDX-License-Identifier: MIT */
/* The gate of the second ear: what it spares, and that lateness changes nothing. */
#include "unit/unit.h"

#include "stress/gate.h"

enum { BLOCK = 50 };

/* So many windows, one a block, told of this log odds. */
static int run(struct ut__gate *gate, int blocks, float first)
{
    int open = 0;
    for (int i = 0; i < blocks; i++) {
        gate->now += BLOCK;
        open += ut__gate_open(gate);
        ut__gate_tell(gate, gate->now, first);
    }
    return open;
}

static void calm_speech_is_spared_after_the_first_windows(void **state)
{
    (void)state;
    struct ut__gate gate = {0};
    assert_int_equal(run(&gate, 30, -3), UT__GATE_FIRST);
    /* In doubt it opens as soon as an update of that is old enough. */
    assert_int_equal(run(&gate, 3, 0), 0);
    assert_int_equal(run(&gate, 10, 0), 10);
    assert_int_equal(run(&gate, 10, -3), 3);
}

static void who_is_never_told_is_in_doubt(void **state)
{
    (void)state;
    struct ut__gate gate = {0};
    for (int i = 0; i < 3 * UT__GATE_FIRST; i++) {
        gate.now += BLOCK;
        assert_int_equal(ut__gate_open(&gate), 1);
    }
}

/* Live the first ear may be behind, or not: the same windows are heard. */
static void it_opens_alike_however_late_the_updates_are(void **state)
{
    (void)state;
    struct ut__gate early = {0}, late = {0};
    uint64_t told = 0;
    for (uint64_t block = 1; block <= 200; block++) {
        early.now = late.now = block * BLOCK;
        for (; told + 1 < block && (told + 1) * BLOCK + UT__GATE_LATE_FRAMES <= late.now; told++)
            ut__gate_tell(&late, (told + 1) * BLOCK, (told + 1) % 7 < 4 ? -2.0f : 1.0f);
        assert_int_equal(ut__gate_open(&early), ut__gate_open(&late));
        ut__gate_tell(&early, block * BLOCK, block % 7 < 4 ? -2.0f : 1.0f);
    }
    assert_in_range(early.heard, 50, 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calm_speech_is_spared_after_the_first_windows),
        cmocka_unit_test(who_is_never_told_is_in_doubt),
        cmocka_unit_test(it_opens_alike_however_late_the_updates_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
