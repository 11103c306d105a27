/* SPDX-License-Identifier: MIT */
/* The stream on standard output: an alert, and what comes after it, waits for the record. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <re/re.h>

#include "live/json_sink.h"
#include "unit/unit.h"

static int ends[2];
static char lines[65536];

static struct ut__stream_item item(const char *call, enum ut__stream_kind kind)
{
    struct ut__stream_item it = {.kind = kind};
    snprintf(it.info.id, sizeof it.info.id, "%s", call);
    return it;
}

static void push_alert(const struct ut__sink *sink, const char *call, enum ut_alert_action action)
{
    struct ut__stream_item it = item(call, UT__STREAM_EVENT);
    it.event.type = UT_EVENT_ALERT;
    it.event.u.alert = (struct ut_alert_event){.n = 1, .action = action, .stress = 0.8F};
    sink->push(sink->state, &it);
}

static void push_score(const struct ut__sink *sink, const char *call, double t)
{
    struct ut__stream_item it = item(call, UT__STREAM_EVENT);
    it.event.type = UT_EVENT_SCORE;
    it.event.u.score = (struct ut_score){.t_s = t, .state = UT_STATE_CALM};
    sink->push(sink->state, &it);
}

/* What was written since, as the types of its lines; an alert that is not stored is an A. */
static void written(const char *expected)
{
    char types[512] = "";
    size_t count = 0;
    ssize_t n = read(ends[0], lines, sizeof lines - 1);
    lines[n > 0 ? n : 0] = '\0';
    for (char *line = lines, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        const char *type = strstr(line, "\"type\":\"");
        assert_non_null(type);
        assert_int_equal(end[-1], '}');
        int unstored = strstr(line, ",\"stored\":false}") != NULL;
        if (count + 1 < sizeof types)
            types[count++] = unstored ? 'A' : type[8];
    }
    assert_string_equal(types, expected);
}

static void test_waits_for_the_record(void **state)
{
    (void)state;
    struct ut__json_sink *s = NULL;
    assert_int_equal(ut__json_sink_create(&s, ends[1]), 0);
    struct ut__sink sink = ut__json_sink_get(s);
    push_alert(&sink, "c1", UT_ALERT_RAISED); /* No record: nothing waits. */
    written("a");
    ut__json_sink_wait(s);
    push_score(&sink, "c1", 1.0);
    push_alert(&sink, "c1", UT_ALERT_RAISED);
    push_score(&sink, "c2", 1.0);
    push_alert(&sink, "c2", UT_ALERT_RAISED);
    push_alert(&sink, "c1", UT_ALERT_CLEARED);
    push_score(&sink, "c2", 2.0);
    written("s");
    ut__json_sink_told(s, "c2", 1, 1);
    ut__json_sink_told(s, "c3", 1, 1); /* Nobody's. */
    written("");
    ut__json_sink_told(s, "c1", 1, 0);
    written("Asa");
    push_score(&sink, "c2", 3.0);
    written("");
    ut__json_sink_told(s, "c1", 0, 1);
    written("ass");
    /* More than can wait; and all of it is written at the end. */
    for (int i = 0; i < 300; i++)
        push_alert(&sink, "c4", UT_ALERT_RAISED);
    ssize_t n = read(ends[0], lines, sizeof lines);
    assert_true(n > 0);
    ut__json_sink_destroy(s);
    while ((n = read(ends[0], lines, sizeof lines - 1)) > 0) {
        lines[n] = '\0';
        assert_non_null(strstr(lines, ",\"stored\":false}\n"));
    }
}

static int set_up(void **state)
{
    (void)state;
    return libre_init() || pipe2(ends, O_NONBLOCK | O_CLOEXEC);
}

static int tear_down(void **state)
{
    (void)state;
    libre_close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_waits_for_the_record)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
