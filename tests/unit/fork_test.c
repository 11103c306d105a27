/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdlib.h>

#include "unit/media_sink.h"

static void run(struct recorder *r, const char *query, const char *first, const char *bytes,
                size_t len, size_t step)
{
    memset(r, 0, sizeof *r);
    struct ut__media_sink sink = recorder_sink(r);
    void *state = calloc(1, ut__media_fork.state_bytes);
    assert_non_null(state);
    ut__media_fork.init(state, &sink, query);
    if (first)
        ut__media_fork.text(state, first, strlen(first));
    for (size_t i = 0; i < len; i += step)
        ut__media_fork.binary(state, (const uint8_t *)bytes + i, step < len - i ? step : len - i);
    ut__media_fork.text(state, "{\"event\":\"dtmf\"}", 16);
    ut__media_fork.destroy(state);
    free(state);
}

static void stereo_is_taken_apart_however_it_is_cut(void **state)
{
    (void)state;
    struct recorder r;
    static const char meta[] = "{\"callSid\":\"J1\",\"from\":\"+15550100\",\"sampleRate\":16000,"
                               "\"mixType\":\"stereo\",\"queue\":\"care\"}";
    for (size_t step = 1; step <= 16; step++) {
        run(&r, "", meta, "\x11\0\x22\0\x33\0\x44\0\x55\0\x66\0\x77\0\x01\0", 16, step);
        assert_int_equal(r.heard[UT_ROLE_CALLER], 8);
        assert_int_equal(r.heard[UT_ROLE_AGENT], 8);
        assert_non_null(strstr(r.text, "open J1 16000 16000 queue=care agent= caller=+15550100\n"));
    }
    assert_non_null(strstr(r.text, "caller 0 8 11\nagent 0 8 22\n"));
}

static void mono_and_what_the_query_says(void **state)
{
    (void)state;
    struct recorder r;
    run(&r, "", "{\"sampleRate\":8000,\"mixType\":\"mono\",\"uuid\":\"F1\"}", "\x11\0\x22\0", 4, 4);
    assert_string_equal(r.text, "open F1 8000 0 queue= agent= caller=\ncaller 0 4 11\n");
    run(&r, "sampleRate=48000&mixType=stereo", NULL, "\x11\0\x22\0", 4, 4);
    assert_string_equal(r.text,
                        "open  48000 48000 queue= agent= caller=\ncaller 0 2 11\nagent 0 2 22\n");
    run(&r, "", NULL, "\x11\0", 2, 2);
    assert_string_equal(r.text, "open  8000 0 queue= agent= caller=\ncaller 0 2 11\n");
}

static void what_cannot_be_scored_is_refused(void **state)
{
    (void)state;
    struct recorder r;
    run(&r, "", "{\"sampleRate\":8000,\"mixType\":\"mixed\"}", "\x11\0", 2, 2);
    assert_string_equal(
        r.text, "close 1008 mixed voices are not scored: fork with mixType mono or stereo\n");
    static const char *const rates[] = {"4000", "11025", "44100", "104000", "0"};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        char meta[64];
        (void)snprintf(meta, sizeof meta, "{\"sampleRate\":%s,\"mixType\":\"mono\"}", rates[i]);
        run(&r, "sampleRate=7", meta, "\x11\0", 2, 2);
        assert_non_null(strstr(r.text, "close 1003"));
        assert_int_equal(r.heard[UT_ROLE_CALLER], 0);
    }
    run(&r, "", "hello", "\x11\0", 2, 2);
    assert_string_equal(r.text, "close 1002 the first message is no JSON object\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stereo_is_taken_apart_however_it_is_cut),
                                       cmocka_unit_test(mono_and_what_the_query_says),
                                       cmocka_unit_test(what_cannot_be_scored_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
