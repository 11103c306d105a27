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

/* As programs between us and a vendor make them. */
static void texts_by_another_way(void **state)
{
    (void)state;
    struct recorder r;
    run(&r, "", "{\"SampleRate\":16000,\"MIXTYPE\":\"mono\",\"UUID\":\"F1\"}", "\x11\0", 2, 2);
    assert_string_equal(r.text, "open F1 16000 0 queue= agent= caller=\ncaller 0 2 11\n");
    static const struct {
        const char *bytes;
        int is_text;
    } rows[] = {{"{\"event\":\"start\"}", 1},
                {"\xef\xbb\xbf{} ", 1},
                {"{\"event\":", 0},
                {"MEDIA_START format:ulaw", 1},
                {"MEDIA_START", 0},
                {"[1]", 0},
                {"{{{{", 0},
                {"", 0},
                {"\xef\xbb", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint8_t *bytes = (const uint8_t *)rows[i].bytes;
        size_t len = strlen(rows[i].bytes);
        assert_int_equal(ut__media_is_text(bytes, len), rows[i].is_text);
    }
    size_t len = 5;
    assert_int_equal(ut__media_text((const uint8_t *)"{\"a\":", &len)[0], '{');
    assert_int_equal(len, 5);
    len = 5;
    assert_memory_equal(ut__media_text((const uint8_t *)"\xef\xbb\xbf{}", &len), "{}", 2);
    assert_int_equal(len, 2);
}

static void what_cannot_be_scored_is_refused(void **state)
{
    (void)state;
    struct recorder r;
    run(&r, "", "{\"sampleRate\":8000,\"mixType\":\"mixed\"}", "\x11\0", 2, 2);
    assert_string_equal(
        r.text, "close 1008 mixed voices are not scored: fork with mixType mono or stereo\n");
    static const char *const rates[] = {"4000", "7999", "96001", "104000", "0"};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        char meta[64];
        (void)snprintf(meta, sizeof meta, "{\"sampleRate\":%s,\"mixType\":\"mono\"}", rates[i]);
        run(&r, "sampleRate=7", meta, "\x11\0", 2, 2);
        assert_non_null(strstr(r.text, "close 1003"));
        assert_int_equal(r.heard[UT_ROLE_CALLER], 0);
    }
    run(&r, "", "{\"event\":\"MEDIA_START\",\"format\":\"opus\"}", "\x11\0", 2, 2);
    assert_string_equal(
        r.text, "close 1003 the format opus is not read: choose slin, slin16, ulaw or alaw\n");
    run(&r, "format=g722", "MEDIA_START connection_id:1", "\x11\0", 2, 2);
    assert_string_equal(
        r.text, "close 1003 the format g722 is not read: choose slin, slin16, ulaw or alaw\n");
}

/* As each sender's documents have it. */
static void the_dialects(void **state)
{
    (void)state;
    static const struct {
        const char *query, *first, *opened;
    } cases[] = {
        {"",
         "{\"event\":\"websocket:connected\",\"content-type\":\"audio/l16;rate=16000\","
         "\"caller_id\":\"447700900000\"}",
         "open  16000 0 queue= agent= caller=447700900000\ncaller 0 4 11\n"},
        {"",
         "MEDIA_START connection_id:c-1 channel:WebSocket/media/0x1 format:ulaw "
         "optimal_frame_size:160 ptime:20",
         "open c-1 8000 0 queue= agent= caller=\ncaller 1 4 11\n"},
        {"",
         "MEDIA_START connection_id:c-2 channel:W channel_id:a.7 format:slin16 "
         "optimal_frame_size:640\n",
         "open a.7 16000 0 queue= agent= caller=\ncaller 0 4 11\n"},
        {"",
         "{\"event\":\"MEDIA_START\",\"connection_id\":\"c-3\",\"channel\":\"W\","
         "\"format\":\"alaw\",\"optimal_frame_size\":160,\"ptime\":20}",
         "open c-3 8000 0 queue= agent= caller=\ncaller 2 4 11\n"},
        {"?sampleRate=16000&mixType=stereo", "testing",
         "open  16000 16000 queue= agent= caller=\ncaller 0 2 11\nagent 0 2 22\n"},
        {"?format=ulaw&mixType=stereo", "{\"age\":1,\"callSid\":\"m-1\"}",
         "open m-1 8000 8000 queue= agent= caller=\ncaller 1 2 11\nagent 1 2 00\n"},
        {"notsampleRate=16000&format=slin44", NULL,
         "open  44100 0 queue= agent= caller=\ncaller 0 4 11\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct recorder r;
        run(&r, cases[i].query, cases[i].first, "\x11\0\x22\0", 4, 4);
        assert_string_equal(r.text, cases[i].opened);
    }
}

static void names_of_codings(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int coding;
        uint32_t rate_hz;
    } cases[] = {
        {"audio/x-mulaw", UT__MEDIA_ULAW, 0},
        {"audio/PCMU", UT__MEDIA_ULAW, 0},
        {"audio/x-mulaw;rate=8000", UT__MEDIA_ULAW, 8000},
        {"PCMA", UT__MEDIA_ALAW, 0},
        {"audio/x-l16", UT__MEDIA_S16LE, 0},
        {"L16@24000h", UT__MEDIA_S16LE, 24000},
        {"audio/l16; rate=16000", UT__MEDIA_S16LE, 16000},
        {"raw/slin", UT__MEDIA_S16LE, 0},
        {"base64", UT__MEDIA_S16LE, 0},
        {"slin192", UT__MEDIA_S16LE, 192000},
        {"G722", UT__MEDIA_G722, 0},
        {"slin17", -1, 0},
        {"opus", -1, 0},
        {"", -1, 0},
        {"audio/", -1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__media_format f = {UT__MEDIA_ULAW, 7};
        int err = ut__media_format_read(&f, cases[i].name);
        assert_int_equal(err, cases[i].coding < 0 ? -1 : 0);
        assert_int_equal(f.coding, cases[i].coding < 0 ? UT__MEDIA_ULAW : cases[i].coding);
        assert_int_equal(f.rate_hz, cases[i].coding < 0 ? 7 : cases[i].rate_hz);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stereo_is_taken_apart_however_it_is_cut),
                                       cmocka_unit_test(mono_and_what_the_query_says),
                                       cmocka_unit_test(texts_by_another_way),
                                       cmocka_unit_test(what_cannot_be_scored_is_refused),
                                       cmocka_unit_test(the_dialects),
                                       cmocka_unit_test(names_of_codings)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
