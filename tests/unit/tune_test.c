/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands/tune.h"

enum { ORDINARY, ESCALATING, CALLS };

static struct ut__tune_archive archive;
static const struct ut_alert_config rule = {
    .threshold = 0.9f, .clear_threshold = 0.2f, .clear_speech_s = 1, .hold_off_s = 2};

/* Calls of 180 s in which the caller speaks half of the time; a step each second. */
static int set_up(void **state)
{
    (void)state;
    archive =
        (struct ut__tune_archive){.call = calloc(CALLS, sizeof archive.call[0]), .calls = CALLS};
    assert_non_null(archive.call);
    for (int c = 0; c < CALLS; c++) {
        struct ut__tune_call *call = &archive.call[c];
        call->duration_s = 180;
        call->onset_s = c == ESCALATING ? 100 : -1;
        call->step_speech_s = 0.5f;
        for (int s = 1; s <= 180; s++) {
            float evidence = c == ORDINARY && s >= 50 && s < 60 ? 0.6f : 0.1f;
            if (c == ESCALATING && s > 100)
                evidence = s > 106 ? 0.95f : 0.5f;
            assert_int_equal(ut__tune_add_step(call, s, evidence), 0);
            assert_int_equal(ut__tune_add_second(call, 0.5f * (float)s), 0);
        }
    }
    archive.labelled = 1;
    ut__tune_sum(&archive);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ut__tune_free(&archive);
    return 0;
}

static void hours_are_added_up(void **state)
{
    (void)state;
    assert_true(fabs(archive.call_h - 0.1) < 1e-9);
    assert_true(fabs(archive.calm_h - 280.0 / 3600) < 1e-9); /* Before the onset alone. */
    assert_true(fabs(archive.speech_h - 0.05) < 1e-6);
    assert_int_equal(archive.escalations, 1);
    assert_true(fabs(ut__tune_speech_at(&archive.call[0], 10.5) - 5.25) < 1e-5);
    assert_true(fabs(ut__tune_speech_at(&archive.call[0], 1000) - 90) < 1e-5);
}

static void a_row_tells_what_the_rule_would_do(void **state)
{
    (void)state;
    struct ut__tune_row row;
    assert_int_equal(ut__tune_row(&row, &archive, &rule, 0.9f), 0);
    assert_int_equal(row.alerts, 0);
    assert_int_equal(row.caught, 1);
    assert_true(fabs(row.delay_s - 7) < 1e-9);
    assert_true(fabs(row.delay_speech_s - 3.5) < 1e-5);
    assert_int_equal(ut__tune_row(&row, &archive, &rule, 0.55f), 0);
    assert_int_equal(row.alerts, 1);
    assert_int_equal(row.calls_alerted, 2);
    assert_true(fabs(row.alerts_per_100h - 100 * 3600 / 280.0) < 1e-6);
    assert_int_equal(ut__tune_row(&row, &archive, &rule, 0.99f), 0);
    assert_int_equal(row.caught, 0);
    assert_true(row.delay_s < 0);
}

static void an_alert_that_comes_late_is_none(void **state)
{
    (void)state;
    struct ut__tune_row row;
    double onset_s = archive.call[ESCALATING].onset_s;
    archive.call[ESCALATING].onset_s = 80; /* 13.5 s of speech before the alert. */
    assert_int_equal(ut__tune_row(&row, &archive, &rule, 0.9f), 0);
    archive.call[ESCALATING].onset_s = onset_s;
    assert_int_equal(row.caught, 0);
    assert_int_equal(row.alerts, 0);
}

/* Garwood's upper limits: 3.689 for no event, 5.572 for one. */
static void intervals_are_exact(void **state)
{
    (void)state;
    struct ut__tune_row row;
    assert_int_equal(ut__tune_row(&row, &archive, &rule, 0.9f), 0);
    assert_true(fabs(row.at_most_per_100h * archive.calm_h / 100 - 3.6889) < 1e-3);
    assert_int_equal(ut__tune_row(&row, &archive, &rule, 0.55f), 0);
    assert_true(fabs(row.at_most_per_100h * archive.calm_h / 100 - 5.5716) < 1e-3);
}

static void the_budget_chooses_the_lowest_that_keeps_it(void **state)
{
    (void)state;
    static struct ut__tune_row rows[UT__TUNE_THRESHOLDS];
    assert_int_equal(ut__tune_rows(rows, &archive, &rule), 0);
    for (int i = 1; i < UT__TUNE_THRESHOLDS; i++)
        assert_true(rows[i].threshold >= rows[i - 1].threshold);
    const struct ut__tune_row *row = ut__tune_choose(rows, 1, 1);
    assert_non_null(row);
    assert_int_equal(row->alerts, 0);
    assert_true(row->threshold > 0.6f && row->threshold < 0.62f);
    assert_ptr_equal(ut__tune_choose(rows, 1e6f, 1), rows);
    assert_null(ut__tune_choose(rows, 1, 0.6f)); /* None that evidence can reach. */
}

static void drawing(void **state)
{
    (void)state;
    static struct ut__tune_row rows[UT__TUNE_THRESHOLDS];
    static char text[1 << 16];
    assert_int_equal(ut__tune_rows(rows, &archive, &rule), 0);
    FILE *out = tmpfile();
    assert_non_null(out);
    ut__tune_write_svg(out, &archive, rows, ut__tune_choose(rows, 1, 1));
    rewind(out);
    size_t n = fread(text, 1, sizeof text - 1, out);
    fclose(out);
    text[n] = '\0';
    assert_non_null(strstr(text, "</svg>"));
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_are_added_up),
        cmocka_unit_test(a_row_tells_what_the_rule_would_do),
        cmocka_unit_test(an_alert_that_comes_late_is_none),
        cmocka_unit_test(intervals_are_exact),
        cmocka_unit_test(the_budget_chooses_the_lowest_that_keeps_it),
        cmocka_unit_test(drawing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
