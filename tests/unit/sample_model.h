/* SPDX-License-Identifier: MIT */
#ifndef UT_TESTS_SAMPLE_MODEL_H
#define UT_TESTS_SAMPLE_MODEL_H

/* The sample call and the built-in model, there for all tests of a file: give set_up and tear_down
 * to cmocka_run_group_tests. */

#include <undertone/model.h>

#include "sample_call.h"

static struct sample_call sc;
static struct ut_model *model;

static int set_up(void **state)
{
    (void)state;
    return sample_call_read(&sc) || ut_model_create_default(&model);
}

static int tear_down(void **state)
{
    (void)state;
    ut_model_destroy(model);
    sample_call_free(&sc);
    return 0;
}

#endif
