/* SPDX-License-Identifier: MIT */
/* Sums over blocks against values worked out by hand. */
#include "unit/unit.h"

#include <math.h>

#include "stress/segment.h"

/* A frame of a voice at 200 Hz, an octave over 100 Hz, with 5 syllables a second. */
static struct ut_frame voiced_frame(void)
{
    struct ut_frame f = {.speech = 1,
                         .voiced = 1,
                         .f0_hz = 200,
                         .alpha_ratio_db = -7,
                         .hnr_db = 11,
                         .rate_syll_s = 5};
    return f;
}

/* Units at every fourth frame, in turns base + i and base + i + 2. */
static int push(struct ut__segment *seg, int i, float base)
{
    float unit[UT__ENC3];
    struct ut_frame f = voiced_frame();
    for (int u = 0; u < UT__ENC3; u++)
        unit[u] = base + (float)u + (float)(i / 4 % 2) * 2;
    if (i % 4 == 0)
        ut__segment_add(seg, unit);
    int last = ut__segment_last(seg), complete = ut__segment_push(seg, &f);
    assert_int_equal(last, complete);
    return complete;
}

static struct ut__segment seg;
static struct ut__segment_sums all, sums;

static void means_and_spreads(void **state)
{
    (void)state;
    float vector[UT__VECTOR];
    ut__segment_init(&seg, &all);
    int blocks = 0;
    for (int i = 0; i < 4 * UT__BLOCK_FRAMES; i++)
        blocks += push(&seg, i, 1);
    assert_int_equal(blocks, 4);
    ut__segment_recent(&seg, &sums);
    assert_int_equal(sums.frames, 4 * UT__BLOCK_FRAMES);
    assert_int_equal(ut__segment_vector(&sums, vector), 1);
    for (int u = 0; u < UT__ENC3; u++) {
        assert_float_equal(vector[u], 1 + (float)u + 1, 1e-3); /* Midway between the two. */
        assert_float_equal(vector[UT__ENC3 + u], 1, 5e-3);     /* Each is 1 away from it. */
    }
}

static void measures_in_units_of_people(void **state)
{
    (void)state;
    float m[UT_REASON_COUNT];
    ut__segment_init(&seg, &all);
    for (int i = 0; i < 100; i++)
        push(&seg, i, 0);
    ut__segment_recent(&seg, &sums);
    assert_int_equal(ut__segment_measures(&sums, m), 1);
    assert_float_equal(m[UT_REASON_F0], 12, 1e-3);
    assert_float_equal(m[UT_REASON_EFFORT], -7, 1e-3);
    assert_float_equal(m[UT_REASON_RATE], 5, 1e-3);
    assert_float_equal(m[UT_REASON_HARSHNESS], -11, 1e-3);
    assert_float_equal(m[UT_REASON_VARIATION], 0, 2e-2);
}

static void too_little_is_said_to_be_too_little(void **state)
{
    (void)state;
    float vector[UT__VECTOR], m[UT_REASON_COUNT];
    ut__segment_init(&seg, &all);
    for (int i = 0; i < UT__SEGMENT_MIN_FRAMES - 1; i++)
        push(&seg, i, 0);
    ut__segment_whole(&seg, &sums);
    assert_int_equal(ut__segment_vector(&sums, vector), 0);
    push(&seg, 0, 0);
    ut__segment_whole(&seg, &sums);
    assert_int_equal(ut__segment_vector(&sums, vector), 1);
    struct ut_frame unvoiced = {.speech = 1};
    ut__segment_init(&seg, &all);
    for (int i = 0; i < 200; i++)
        ut__segment_push(&seg, &unvoiced);
    ut__segment_recent(&seg, &sums);
    assert_int_equal(ut__segment_measures(&sums, m), 0);
    assert_int_equal(ut__segment_vector(&sums, vector), 0); /* No unit at all. */
}

/* Only the last blocks count for the recent, all of them for the whole. */
static void what_is_old_is_left_out(void **state)
{
    (void)state;
    float vector[UT__VECTOR];
    ut__segment_init(&seg, &all);
    for (int i = 0; i < 4 * UT__BLOCK_FRAMES; i++)
        push(&seg, i, 100);
    for (int i = 0; i < UT__SEGMENT_BLOCKS * UT__BLOCK_FRAMES; i++)
        push(&seg, i, 0);
    ut__segment_recent(&seg, &sums);
    assert_int_equal(sums.frames, UT__SEGMENT_BLOCKS * UT__BLOCK_FRAMES);
    assert_int_equal(ut__segment_vector(&sums, vector), 1);
    assert_float_equal(vector[0], 1, 0.05);
    ut__segment_whole(&seg, &sums);
    assert_int_equal(sums.frames, (UT__SEGMENT_BLOCKS + 4) * UT__BLOCK_FRAMES);
    assert_int_equal(ut__segment_vector(&sums, vector), 1);
    assert_float_equal(vector[0], 1 + 100.0f * 4 / (UT__SEGMENT_BLOCKS + 4), 0.5);
}

/* The next block begins in the place of the oldest: what is recent then is a block less. */
static void the_oldest_gives_way(void **state)
{
    (void)state;
    ut__segment_init(&seg, NULL);
    for (int i = 0; i < (UT__SEGMENT_BLOCKS + 2) * UT__BLOCK_FRAMES; i++) {
        uint32_t complete = (uint32_t)(push(&seg, i, 0) ? i + 1 : i) / UT__BLOCK_FRAMES;
        uint32_t room = UT__SEGMENT_BLOCKS - ((i + 1) % UT__BLOCK_FRAMES != 0);
        ut__segment_recent(&seg, &sums);
        assert_int_equal(sums.frames, (complete < room ? complete : room) * UT__BLOCK_FRAMES);
        assert_float_equal(sums.sum[UT__SUM_VOICED], (float)sums.frames, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_and_spreads),
        cmocka_unit_test(measures_in_units_of_people),
        cmocka_unit_test(too_little_is_said_to_be_too_little),
        cmocka_unit_test(what_is_old_is_left_out),
        cmocka_unit_test(the_oldest_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
