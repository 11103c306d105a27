/* SPDX-License-Identifier: MIT */
/* What is usual at a site: what calls teach, what is settled, and its text. */
#include "unit/unit.h"

#include <math.h>
#include <stdio.h>

#include <undertone/site.h>

#include "base/crc32.h"
#include "stress/filter.h"
#include "stress/model.h"
#include "unit/sample_model.h"

enum { MIDDLE = UT_SITE_SHIFTS / 2 };

/* A call whose evidence comes as near to an alert at a shift as an ordinary one's does at `later`
 * more of it. */
static struct ut_habit habit(float usual, int later)
{
    struct ut_habit h = {.call_s = 60, .speech_s = 20, .usual = usual};
    for (int i = 0; i < UT_SITE_SHIFTS; i++) {
        int at = i - later < 0 ? 0 : i - later >= UT_SITE_SHIFTS ? UT_SITE_SHIFTS - 1 : i - later;
        h.near[i] = fminf(model->site[at] / 60, 1);
    }
    return h;
}

static struct ut_site_memory heard(size_t calls, float usual, int later)
{
    struct ut_site_memory m = {.calls = 0};
    struct ut_habit h = habit(usual, later);
    for (size_t i = 0; i < calls; i++) {
        h.usual = usual + (i % 2 ? 0.5f : -0.5f);
        ut_site_learn(&m, &h);
    }
    return m;
}

static void too_little_settles_nothing(void **state)
{
    (void)state;
    struct ut_site site = {.shift = 7};
    struct ut_site_memory m = heard(UT_SITE_CALLS_MIN - 1, -1, 0);
    assert_int_equal(ut_site_settle(&site, &m, model), UT_EINVAL);
    struct ut_habit mute = habit(-1, 0);
    mute.speech_s = UT_SITE_CALL_MIN_S - 0.5f;
    for (int i = 0; i < 1000; i++)
        ut_site_learn(&m, &mute);
    assert_int_equal(m.calls, UT_SITE_CALLS_MIN - 1);
    assert_int_equal(ut_site_settle(&site, &m, model), UT_EINVAL);
    assert_float_equal(site.shift, 7, 0);
    m = heard(UT_SITE_CALLS_MIN, -1, 0);
    assert_int_equal(ut_site_settle(&site, &m, model), 0);
}

static void a_site_like_the_models_changes_nothing(void **state)
{
    (void)state;
    struct ut_site site;
    struct ut_site_memory m = heard(600, model->tune[UT__TUNE_OWN_PRIOR], 0);
    assert_int_equal(ut_site_settle(&site, &m, model), 0);
    assert_float_equal(site.shift, 0, 1e-3);
    assert_float_equal(site.usual, model->tune[UT__TUNE_OWN_PRIOR], 1e-3);
    assert_float_equal(site.usual_error, 0.5f / sqrtf(600), 1e-3);
}

/* A quiet site is heard more keenly, a lively one less; more of it moves more, to the bound. */
static void the_shift_follows_the_site(void **state)
{
    (void)state;
    struct ut_site few, many, lively, odd;
    struct ut_site_memory m = heard(40, -1, 2);
    assert_int_equal(ut_site_settle(&few, &m, model), 0);
    m = heard(6000, -1, 2);
    assert_int_equal(ut_site_settle(&many, &m, model), 0);
    assert_true(few.shift > 0.02f && few.shift < many.shift);
    assert_float_equal(many.shift, ut__site_shift(MIDDLE + 2), 0.05);
    m = heard(6000, -1, -2);
    assert_int_equal(ut_site_settle(&lively, &m, model), 0);
    assert_float_equal(lively.shift, -0.15f, 1e-4); /* Two steps would keep the rate. */
    m = heard(6000, -40, 8);
    assert_int_equal(ut_site_settle(&odd, &m, model), 0);
    assert_true(odd.shift <= 0.75f);
    assert_true(odd.usual >= model->tune[UT__TUNE_OWN_PRIOR] - 2.001f);
}

/* Nobody moves much alone, however long the call and whatever was heard in it. */
static void one_call_moves_little(void **state)
{
    (void)state;
    struct ut_site before, after;
    struct ut_site_memory m = heard(200, -1, 0);
    assert_int_equal(ut_site_settle(&before, &m, model), 0);
    struct ut_habit loud = {.call_s = 3600, .speech_s = 3600, .usual = 90};
    for (int i = 0; i < UT_SITE_SHIFTS; i++)
        loud.near[i] = 1;
    ut_site_learn(&m, &loud);
    assert_int_equal(ut_site_settle(&after, &m, model), 0);
    assert_true(fabsf(after.usual - before.usual) < 0.1f);
    assert_true(fabsf(after.shift - before.shift) < 0.2f);
    loud.usual = NAN;
    struct ut_site_memory same = m;
    ut_site_learn(&m, &loud);
    loud.usual = 0;
    loud.speech_s = NAN;
    ut_site_learn(&m, &loud);
    assert_memory_equal(&m, &same, sizeof m);
}

/* Where calls with alerts are left out, they are left out of the model's, too: a site like the model's still
 * changes nothing, while the plain settling would hear it more keenly. */
static void leaving_alerts_out_shifts_nothing(void **state)
{
    (void)state;
    struct ut_site plain, unalerted;
    struct ut_site_memory m = {.calls = 0};
    for (int c = 0; c < 6000; c++) {
        struct ut_habit h =
            habit(-1, 0); /* A minute; 0.3 of the model's near an hour are alerts'. */
        for (int i = 0; i < UT_SITE_SHIFTS; i++)
            h.near[i] *= 1 - 0.3f / fmaxf(model->site[MIDDLE], model->site[i]);
        ut_site_learn(&m, &h);
    }
    assert_int_equal(ut_site_settle(&plain, &m, model), 0);
    assert_int_equal(ut_site_settle_unalerted(&unalerted, &m, model), 0);
    assert_float_equal(unalerted.shift, 0, 0.01);
    assert_true(plain.shift > 0.05f);
    assert_float_equal(unalerted.usual, plain.usual, 0);
    m.calls = UT_SITE_CALLS_MIN - 1;
    assert_int_equal(ut_site_settle_unalerted(&unalerted, &m, model), UT_EINVAL);
}

static void fading_keeps_what_is_settled(void **state)
{
    (void)state;
    struct ut_site before, after;
    struct ut_site_memory m = heard(2000, -1, 1);
    assert_int_equal(ut_site_settle(&before, &m, model), 0);
    ut_site_fade(&m, 0.5);
    assert_int_equal(m.calls, 1000);
    assert_int_equal(ut_site_settle(&after, &m, model), 0);
    assert_float_equal(after.usual, before.usual, 1e-3);
    assert_true(after.usual_error > before.usual_error);
}

static void the_text_says_the_same_again(void **state)
{
    (void)state;
    char text[UT_SITE_TEXT_MAX], again[UT_SITE_TEXT_MAX];
    struct ut_site site, back = {.shift = 7};
    struct ut_site_memory m = heard(100, -1.37f, 1);
    assert_int_equal(ut_site_settle(&site, &m, model), 0);
    int n = ut_site_write(&site, model, text, sizeof text);
    assert_true(n > 0 && (size_t)n < sizeof text);
    assert_int_equal(ut_site_write(&site, model, again, (size_t)n), UT_ENOSPC);
    for (int i = 0; i < n; i++) {
        assert_int_not_equal(ut_site_read(&back, model, text, (size_t)i), 0);
        text[i] ^= 1;
        assert_int_not_equal(ut_site_read(&back, model, text, (size_t)n), 0);
        text[i] ^= 1;
    }
    assert_float_equal(back.shift, 7, 0);
    assert_int_equal(ut_site_read(&back, model, text, (size_t)n), 0);
    assert_memory_equal(&back.shift, &site.shift, sizeof site.shift);
    assert_memory_equal(&back.usual, &site.usual, sizeof site.usual);
    assert_int_equal(ut_site_write(&back, model, again, sizeof again), n);
    assert_memory_equal(text, again, (size_t)n);
    snprintf(again, sizeof again, "checksum %08x\n", (unsigned)back.checksum);
    assert_non_null(strstr(text, again));
}

/* Puts a line in place of another one, and a checksum that fits. Returns the length. */
static size_t changed(char *out, size_t cap, const char *text, const char *name, const char *line)
{
    const char *at = strstr(text, name), *end = strchr(at, '\n') + 1;
    const char *sum = strstr(text, "checksum ");
    int n = snprintf(out, cap, "%.*s%s\n%.*s", (int)(at - text), text, line, (int)(sum - end), end);
    assert_true(n > 0 && (size_t)n < cap);
    n += snprintf(out + n, cap - (size_t)n, "checksum %08x\n",
                  (unsigned)ut__crc32(0, out, (size_t)n));
    return (size_t)n;
}

static void what_no_profile_says_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *line;
        int err;
    } cases[] = {
        {"undertone-site", "undertone-site 2", UT_EVERSION},
        {"undertone-site", "undertone-site x", UT_EMALFORMED},
        {"undertone-site", "#!/bin/sh", UT_EMAGIC},
        {"model ", "model 00000000", UT_EFEATURESET},
        {"shift ", "shift nan", UT_EMALFORMED},
        {"shift ", "shift 0.7501", UT_EMALFORMED},
        {"shift ", "shift -9.0000", UT_EMALFORMED},
        {"shift ", "shift 0.1", UT_EMALFORMED},
        {"usual ", "usual 101.0000", UT_EMALFORMED},
        {"usual ", "usual 9999999999999999999999999", UT_EMALFORMED},
        {"calls ", "calls -3", UT_EMALFORMED},
        {"calls ", "hours 3", UT_EMALFORMED},
    };
    char text[UT_SITE_TEXT_MAX], bad[2 * UT_SITE_TEXT_MAX];
    struct ut_site site, back = {.shift = 7};
    struct ut_site_memory m = heard(100, -1, 1);
    assert_int_equal(ut_site_settle(&site, &m, model), 0);
    assert_true(ut_site_write(&site, model, text, sizeof text) > 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = changed(bad, sizeof bad, text, cases[i].name, cases[i].line);
        assert_int_equal(ut_site_read(&back, model, bad, n), cases[i].err);
        assert_float_equal(back.shift, 7, 0);
    }
}

/* The shift moves what is shown and what is believed, in every call from then on. */
static void a_call_takes_the_profile(void **state)
{
    (void)state;
    const struct ut__everybody none = model->all;
    struct ut_site site = {.shift = 0.5f, .usual = -2, .checksum = 0x1a2b3c4d};
    float before = ut__believe(model->tune, &none, 0, 1, -1, 0);
    ut_model_set_site(model, &site);
    float stranger = ut__believe(model->tune, &model->all, 0, 1, -1, 0);
    assert_true(stranger > before);
    assert_int_equal(ut_model_site(model), 0x1a2b3c4d);
    ut_model_set_site(model, NULL);
    assert_int_equal(ut_model_site(model), 0);
    assert_memory_equal(&model->all, &none, sizeof none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_little_settles_nothing),
        cmocka_unit_test(a_site_like_the_models_changes_nothing),
        cmocka_unit_test(the_shift_follows_the_site),
        cmocka_unit_test(one_call_moves_little),
        cmocka_unit_test(leaving_alerts_out_shifts_nothing),
        cmocka_unit_test(fading_keeps_what_is_settled),
        cmocka_unit_test(the_text_says_the_same_again),
        cmocka_unit_test(what_no_profile_says_is_refused),
        cmocka_unit_test(a_call_takes_the_profile),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
