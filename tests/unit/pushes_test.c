/* SPDX-License-Identifier: MIT */
/* The events depend on the samples alone, never on how they were cut into pushes. */
#include "unit/unit.h"

#include <undertone/undertone.h>

#include "unit/sample_model.h"

enum {
    PUSH_MAX = 4000,
    LINES_MAX = 1 << 20, /* Bytes of JSON of one call. */
    ALONE_S = 22 /* Caller alone in one push: no more events than wait without being read. */
};

static size_t read_lines(struct ut_call *call, char *lines, size_t len)
{
    struct ut_event ev;
    while (ut_call_read(call, &ev)) {
        assert_true(len + UT_JSON_MAX < LINES_MAX);
        int n = ut_event_to_json(lines + len, LINES_MAX - len, "id", &ev);
        assert_true(n > 0);
        len += (size_t)n;
        lines[len++] = '\n';
    }
    lines[len] = '\0';
    return len;
}

/* A size from 1 to PUSH_MAX, small ones as often as large ones; reproducible. */
static size_t push_size(uint32_t *seed, size_t fixed)
{
    if (fixed)
        return fixed;
    *seed = *seed * 1664525u + 1013904223u;
    size_t limit = (size_t)1 << (*seed >> 28) % 13;
    return 1 + (*seed >> 8) % (limit < PUSH_MAX ? limit : PUSH_MAX);
}

/* Runs the call; fixed: samples of each push, 0 for sizes by chance. Returns lines to be freed. */
static char *run(uint32_t rate_hz, int channels, size_t frames, size_t fixed, uint32_t seed)
{
    struct ut_call_config cfg = ut_call_config_default();
    cfg.caller_rate_hz = rate_hz;
    cfg.agent_rate_hz = channels == 2 ? rate_hz : 0;
    struct ut_call *call;
    assert_int_equal(ut_call_create(&call, model, &cfg), 0);
    char *lines = malloc(LINES_MAX);
    assert_non_null(lines);
    size_t len = 0;
    for (size_t at = 0; at < frames;) {
        size_t n = push_size(&seed, fixed);
        n = n < frames - at ? n : frames - at;
        ut_call_push(call, UT_ROLE_CALLER, sc.channel[0] + at, n);
        if (channels == 2)
            ut_call_push(call, UT_ROLE_AGENT, sc.channel[1] + at, n);
        at += n;
        len = read_lines(call, lines, len);
    }
    ut_call_end(call);
    read_lines(call, lines, len);
    ut_call_destroy(call);
    return lines;
}

static void same_events_however_it_is_cut(void **state)
{
    (void)state;
    static const uint32_t rates[] = {8000, 11025, 44100};
    static const size_t sizes[] = {1, 79, 80, 81, 160, 999, 4000, 0, 0};
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        char *want = run(rates[r], 2, sc.frames, 800, 1);
        assert_non_null(strstr(want, "summary"));
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            char *got = run(rates[r], 2, sc.frames, sizes[i], (uint32_t)i);
            assert_string_equal(got, want);
            free(got);
        }
        free(want);
    }
}

static void same_events_in_one_push(void **state)
{
    (void)state;
    size_t frames = (size_t)ALONE_S * 8000;
    assert_true(frames <= sc.frames);
    char *want = run(8000, 1, frames, 80, 1), *got = run(8000, 1, frames, frames, 1);
    assert_string_equal(got, want);
    free(want);
    free(got);
}

static void same_events_twice(void **state)
{
    (void)state;
    char *a = run(8000, 2, sc.frames, 160, 1), *b = run(8000, 2, sc.frames, 160, 1);
    assert_string_equal(a, b);
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_events_however_it_is_cut),
        cmocka_unit_test(same_events_in_one_push),
        cmocka_unit_test(same_events_twice),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
