/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdlib.h>

#include <undertone/call.h>

#include "stress/baseline.h"

enum { CRC = 0x1234 };

static void fill(float *vector, float value)
{
    for (int i = 0; i < UT__VECTOR; i++)
        vector[i] = value;
}

static void weights_decide_the_mean(void **state)
{
    (void)state;
    struct ut__baseline bl = {0};
    float vector[UT__VECTOR], measures[UT_REASON_COUNT] = {1, 2, 3, 4, 5};
    fill(vector, 1);
    ut__baseline_add(&bl, vector, measures, 2, 1);
    fill(vector, 5);
    ut__baseline_add(&bl, vector, NULL, 2, 0.5f);
    assert_float_equal(bl.vector[0], 2.3333333f, 1e-5);
    assert_float_equal(bl.speech_s, 3, 1e-6);
    assert_float_equal(bl.measures[4], 5, 1e-6);
    assert_float_equal(bl.measures_s, 2, 1e-6);
    ut__baseline_add(&bl, vector, NULL, 2, 0);
    assert_float_equal(bl.speech_s, 3, 1e-6);
    ut__usual_hear(&bl.usual, &bl.usual_n, -2, 1);
    ut__usual_hear(&bl.usual, &bl.usual_n, 1, 0.5f);
    ut__usual_hear(&bl.usual, &bl.usual_n, 50, 0);
    assert_float_equal(bl.usual, -1, 1e-6);
    assert_float_equal(bl.usual_n, 1.5f, 1e-6);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    struct ut__baseline bl = {0};
    float vector[UT__VECTOR];
    fill(vector, 1);
    for (int i = 0; i < 100000; i++)
        ut__baseline_add(&bl, vector, NULL, 0.5f, 1);
    fill(vector, 2);
    for (int i = 0; i < 120; i++)
        ut__baseline_add(&bl, vector, NULL, 0.5f, 1);
    for (int i = 0; i < 100000; i++)
        ut__usual_hear(&bl.usual, &bl.usual_n, -1, 1);
    for (int i = 0; i < 120; i++)
        ut__usual_hear(&bl.usual, &bl.usual_n, 0, 1);
    assert_true(bl.usual > -0.2f && bl.usual < -0.05f);
    /* A minute of another voice moves the mean of half a minute's memory most of the way. */
    assert_true(bl.vector[0] > 1.8f && bl.vector[0] < 1.95f);
    assert_true(ut__baseline_trust(&bl) > 0.9f);
}

/* What a blob brings back: all but how loud the caller was on the line of then. */
static struct ut__baseline as_kept(const struct ut__baseline *bl)
{
    struct ut__baseline kept = *bl;
    kept.level_s = kept.vector[UT__VECTOR_LEVEL] = 0;
    return kept;
}

static void the_blob_survives_and_damage_is_found(void **state)
{
    (void)state;
    struct ut__baseline bl = {0}, back = {0};
    float vector[UT__VECTOR], measures[UT_REASON_COUNT] = {12, -3, 4, -11, 2};
    uint8_t blob[2048];
    assert_int_equal(ut__baseline_write(&bl, CRC, blob, sizeof blob), 0);
    fill(vector, 0.25f);
    ut__baseline_add(&bl, vector, measures, 4, 1);
    ut__usual_hear(&bl.usual, &bl.usual_n, -1.5f, 7);
    assert_int_equal(ut__baseline_write(&bl, CRC, blob, 10), UT_ENOSPC);
    int len = ut__baseline_write(&bl, CRC, blob, sizeof blob);
    assert_true(len > 0 && len <= UT_BASELINE_MAX_BYTES);
    const struct ut__baseline kept = as_kept(&bl);
    assert_int_equal(ut__baseline_read(&back, CRC, blob, (size_t)len), 0);
    assert_memory_equal(&back, &kept, sizeof kept);
    assert_int_equal(ut__baseline_read(&back, CRC + 1, blob, (size_t)len), UT_EFEATURESET);
    for (int i = 0; i < len; i++) {
        assert_int_not_equal(ut__baseline_read(&back, CRC, blob, (size_t)i), 0);
        blob[i] ^= 1;
        assert_int_not_equal(ut__baseline_read(&back, CRC, blob, (size_t)len), 0);
        blob[i] ^= 1;
    }
    assert_memory_equal(&back, &kept, sizeof kept);
    blob[4] = 1; /* Of a version that kept no usual log odds. */
    assert_int_equal(ut__baseline_read(&back, CRC, blob, (size_t)len), UT_EVERSION);
}

/* On a new line the level says nothing until it is learnt there; then it does again. */
static void the_level_is_the_lines(void **state)
{
    (void)state;
    struct ut__baseline bl = {0}, back = {0};
    float vector[UT__VECTOR], against[UT__VECTOR];
    uint8_t blob[2048];
    fill(vector, 3);
    ut__baseline_add(&bl, vector, NULL, 10, 1);
    fill(vector, 4);
    ut__baseline_against(&bl, vector, 0.25f, against);
    assert_float_equal(against[0], 3, 1e-6);
    assert_float_equal(against[UT__VECTOR_LEVEL], 3, 1e-6);
    int len = ut__baseline_write(&bl, CRC, blob, sizeof blob);
    assert_int_equal(ut__baseline_read(&back, CRC, blob, (size_t)len), 0);
    ut__baseline_against(&back, vector, 0.25f, against);
    assert_float_equal(against[0], 3, 1e-6);
    assert_float_equal(against[UT__VECTOR_LEVEL], 3.75f, 1e-6); /* The mean difference. */
    fill(vector, -2);
    ut__baseline_add(&back, vector, NULL, 30, 1);
    fill(vector, 4);
    ut__baseline_against(&back, vector, 0.25f, against);
    assert_float_equal(against[UT__VECTOR_LEVEL], -2, 0.1);
}

/* A new line may shift what is usual, which is then learnt in seconds, not in half a minute. */
static void the_kept_log_odds_give_way(void **state)
{
    (void)state;
    struct ut__baseline bl = {0}, back = {0};
    float vector[UT__VECTOR];
    uint8_t blob[2048];
    fill(vector, 3);
    ut__baseline_add(&bl, vector, NULL, 10, 1);
    for (int i = 0; i < 1000; i++)
        ut__usual_hear(&bl.usual, &bl.usual_n, -2, 1);
    int len = ut__baseline_write(&bl, CRC, blob, sizeof blob);
    assert_int_equal(ut__baseline_read(&back, CRC, blob, (size_t)len), 0);
    assert_float_equal(back.usual, -2, 1e-4);
    for (int i = 0; i < 20; i++)
        ut__usual_hear(&back.usual, &back.usual_n, 0, 1);
    assert_float_equal(back.usual, -1, 1e-4);
}

/* A blob whose checksum is right and whose values no call could have learnt. */
static void impossible_amounts_of_speech_are_refused(void **state)
{
    (void)state;
    struct ut__baseline good = {0}, back = {0};
    float vector[UT__VECTOR], measures[UT_REASON_COUNT] = {0};
    uint8_t blob[2048];
    fill(vector, 0.25f);
    ut__baseline_add(&good, vector, measures, 100, 1); /* As much as is remembered. */
    int len = ut__baseline_write(&good, CRC, blob, sizeof blob);
    assert_int_equal(ut__baseline_read(&back, CRC, blob, (size_t)len), 0);
    const struct ut__baseline kept = as_kept(&good);
    struct ut__baseline bad[] = {good, good, good, good, good, good};
    bad[0].speech_s = 1e30f;
    bad[1].measures_s = -1; /* Its mean would be divided by zero. */
    bad[2].measures_s = 31;
    bad[3].usual_n = -3;
    bad[4].usual = 1e9f;
    bad[5].vector[7] = 3e38f;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        len = ut__baseline_write(&bad[i], CRC, blob, sizeof blob);
        assert_true(len > 0);
        assert_int_equal(ut__baseline_read(&back, CRC, blob, (size_t)len), UT_EMALFORMED);
        assert_memory_equal(&back, &kept, sizeof back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(impossible_amounts_of_speech_are_refused),
        cmocka_unit_test(weights_decide_the_mean),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(the_level_is_the_lines),
        cmocka_unit_test(the_kept_log_odds_give_way),
        cmocka_unit_test(the_blob_survives_and_damage_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
