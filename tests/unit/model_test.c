/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include <undertone/model.h>

#include "base/crc32.h"
#include "stress/model.h"

/* The shipped model's bytes; the test changes copies of them. */
static uint8_t *file_bytes;
static size_t file_len;

static int load(void **state)
{
    (void)state;
    FILE *f = fopen(UT_MODEL_FILE, "rb");
    if (!f)
        return -1;
    file_bytes = malloc(4 << 20);
    file_len = file_bytes ? fread(file_bytes, 1, 4 << 20, f) : 0;
    fclose(f);
    return file_len > 1000 ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    free(file_bytes);
    return 0;
}

static int create(const uint8_t *bytes, size_t len)
{
    struct ut_model *model = NULL;
    int err = ut_model_create(&model, bytes, len);
    assert_true(err ? model == NULL : model != NULL);
    ut_model_destroy(model);
    return err;
}

static uint8_t *copy_of_file(void)
{
    uint8_t *bytes = malloc(file_len);
    assert_non_null(bytes);
    memcpy(bytes, file_bytes, file_len);
    return bytes;
}

static void put_u32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

/* Makes the checksum right again, so that what lies behind it is reached. */
static void seal(uint8_t *bytes)
{
    uint32_t crc = ut__crc32(0, bytes, 20);
    put_u32(bytes + 20, ut__crc32(crc, bytes + 24, file_len - 24));
}

static void the_shipped_model_opens(void **state)
{
    (void)state;
    assert_int_equal(create(file_bytes, file_len), 0);
    struct ut_model *model = NULL;
    assert_int_equal(ut_model_create_default(&model), 0);
    assert_true(strlen(ut_model_name(model)) > 0);
    ut_model_destroy(model);
}

static void every_flipped_byte_is_found(void **state)
{
    (void)state;
    uint8_t *bytes = copy_of_file();
    for (size_t i = 0; i < file_len; i += i < 128 ? 1 : 1499) {
        bytes[i] ^= 0x40;
        assert_int_not_equal(create(bytes, file_len), 0);
        bytes[i] ^= 0x40;
    }
    free(bytes);
}

static void every_field_has_its_error(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint32_t value;
        int err;
    } cases[] = {
        {0, 0, UT_EMAGIC},
        {8, 99, UT_EVERSION},
        {12, 99, UT_EFEATURESET},
        {16, 100, UT_EMALFORMED},
        {16, 1u << 30, UT_ETRUNCATED},
        {24, 3, UT_ESHAPE},
        {64, 0, UT_ESHAPE},
        {64 + 16, 7, UT_ESHAPE},
        {64 + 20, 7, UT_ESHAPE},
        {64 + 24, 0xfffffff0u, UT_ETRUNCATED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *bytes = copy_of_file();
        put_u32(bytes + cases[i].at, cases[i].value);
        seal(bytes);
        assert_int_equal(create(bytes, file_len), cases[i].err);
        free(bytes);
    }
}

static void a_weight_that_is_not_finite_is_refused(void **state)
{
    (void)state;
    uint8_t *bytes = copy_of_file();
    put_u32(bytes + file_len - 4, 0x7fc00000u); /* NaN */
    seal(bytes);
    assert_int_equal(create(bytes, file_len), UT_EMALFORMED);
    free(bytes);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t len = 0; len < file_len; len += len < 128 ? 1 : 4999) {
        uint8_t *exact = malloc(len + 1); /* Exact, so that a sanitizer sees any read past it. */
        assert_non_null(exact);
        memcpy(exact, file_bytes, len);
        assert_int_not_equal(create(exact, len), 0);
        free(exact);
    }
}

static void thresholds_follow_the_budget(void **state)
{
    (void)state;
    struct ut_model *model = NULL;
    assert_int_equal(ut_model_create_default(&model), 0);
    float last = 0;
    for (float budget = 5000; budget > 0.01f; budget /= 2) {
        float threshold = ut_model_threshold(model, budget);
        assert_true(threshold >= last && threshold > 0 && threshold < 1);
        last = threshold;
    }
    ut_model_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_model_opens),
        cmocka_unit_test(every_flipped_byte_is_found),
        cmocka_unit_test(every_field_has_its_error),
        cmocka_unit_test(a_weight_that_is_not_finite_is_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(thresholds_follow_the_budget),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
