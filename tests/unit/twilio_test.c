/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdlib.h>

#include "unit/media_sink.h"

#define CONNECTED "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}"
#define START                                                                                      \
    "{\"event\":\"start\",\"sequenceNumber\":\"1\",\"start\":{\"streamSid\":\"MZ1\","              \
    "\"accountSid\":\"AC1\",\"callSid\":\"CA1\",\"tracks\":[\"inbound\",\"outbound\"],"            \
    "\"mediaFormat\":{\"encoding\":\"audio/x-mulaw\",\"sampleRate\":8000,\"channels\":1},"         \
    "\"customParameters\":{\"queue\":\"sales\",\"agent\":\"Ana\",\"caller\":\"+15550100\"}},"      \
    "\"streamSid\":\"MZ1\"}"
#define TELNYX                                                                                     \
    "{\"event\":\"start\",\"sequence_number\":\"1\",\"start\":{\"call_control_id\":\"v2:T1\","     \
    "\"from\":\"+13122010094\",\"media_format\":{\"encoding\":\"PCMA\",\"sample_rate\":8000,"      \
    "\"channels\":1}},\"stream_id\":\"32DE0DEA\"}"

struct fixture {
    struct recorder r;
    struct ut__media_sink sink;
    void *state;
};

static void begin(struct fixture *f, const char *query)
{
    memset(&f->r, 0, sizeof f->r);
    f->sink = recorder_sink(&f->r);
    f->state = calloc(1, ut__media_twilio.state_bytes);
    assert_non_null(f->state);
    ut__media_twilio.init(f->state, &f->sink, query);
}

static void say(struct fixture *f, const char *text)
{
    ut__media_twilio.text(f->state, text, strlen(text));
}

/* "AAAA" decodes to three zero bytes; "AQID" to 1 2 3. */
static void media(struct fixture *f, const char *track, int chunk, int at_ms, const char *payload)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   "{\"event\":\"media\",\"sequenceNumber\":\"%d\",\"media\":{\"track\":\"%s\","
                   "\"chunk\":\"%d\",\"timestamp\":\"%d\",\"payload\":\"%s\"},\"streamSid\":"
                   "\"MZ1\"}",
                   chunk + 1, track, chunk, at_ms, payload);
    say(f, text);
}

static void end(struct fixture *f, const char *expected)
{
    assert_string_equal(f->r.text, expected);
    ut__media_twilio.destroy(f->state);
    free(f->state);
}

static void a_call_with_both_tracks(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "");
    say(&f, CONNECTED);
    say(&f, START);
    media(&f, "inbound", 1, 5, "AQID");
    media(&f, "outbound", 1, 5, "AgID");
    say(&f, "{\"event\":\"dtmf\",\"dtmf\":{\"track\":\"inbound_track\",\"digit\":\"1\"}}");
    say(&f, "{\"event\":\"mark\",\"mark\":{\"name\":\"x\"}}");
    say(&f, "{\"event\":\"stop\",\"stop\":{\"accountSid\":\"AC1\",\"callSid\":\"CA1\"}}");
    end(&f, "open CA1 8000 8000 queue=sales agent=Ana caller=+15550100\n"
            "caller 1 3 01\nagent 1 3 02\nclose 1000 stop\n");
}

static void telnyx_comes_out_of_order(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "");
    say(&f, CONNECTED);
    say(&f, TELNYX);
    media(&f, "inbound", 1, 0, "AQAA");
    media(&f, "inbound", 3, 0, "AwAA");
    media(&f, "inbound", 4, 0, "BAAA");
    media(&f, "inbound", 2, 0, "AgAA");
    media(&f, "inbound", 2, 0, "AgAA"); /* Twice. */
    media(&f, "inbound", 6, 0, "BgAA");
    say(&f, "{\"event\":\"stop\"}"); /* What waits is given out. */
    end(&f, "open v2:T1 8000 8000 queue= agent= caller=+13122010094\n"
            "caller 2 3 01\ncaller 2 3 02\ncaller 2 3 03\ncaller 2 3 04\ncaller 2 3 06\n"
            "close 1000 stop\n");
}

static void a_chunk_that_never_comes_is_a_gap(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "?caller=outbound");
    say(&f, CONNECTED);
    say(&f, START);
    media(&f, "outbound", 1, 0, "AQAA");
    for (int n = 51; n < 67; n++)
        media(&f, "outbound", n, n * 20, "BwAA");
    assert_non_null(strstr(f.r.text, "caller 1 3 01\ngap 0 8160\ncaller 1 3 07\n"));
    assert_null(strstr(f.r.text, "agent 1"));
    ut__media_twilio.destroy(f.state);
    free(f.state);
}

/* Numbers from 0, as some implementations have them. */
static void numbers_from_zero(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "");
    say(&f, CONNECTED);
    say(&f, START);
    media(&f, "inbound", 0, 0, "AQAA");
    media(&f, "inbound", 1, 0, "AgAA");
    media(&f, "inbound", 1000000000, 0, "AwAA");
    end(&f, "open CA1 8000 8000 queue=sales agent=Ana caller=+15550100\n"
            "caller 1 3 01\ncaller 1 3 02\n");
}

static void broken_protocol_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second, *third, *tail;
    } cases[] = {
        {"", "", "", "close 1002 a message that is no JSON object with an event\n"},
        {"[]", "", "", "close 1002 a message that is no JSON object with an event\n"},
        {"{\"event\":\"mark\"}", "", "", "close 1002 connected or start must come first\n"},
        {CONNECTED, "{\"event\":\"start\"}", "", "close 1002 start is out of order or empty\n"},
        {CONNECTED, START, START, "close 1002 start is out of order or empty\n"},
        {CONNECTED, "{\"event\":\"media\"}", "",
         "close 1002 media is out of order or not base64 of up to 500 ms\n"},
        {CONNECTED, START, "{\"event\":\"media\",\"media\":{\"payload\":\"A*==\"}}",
         "close 1002 media is out of order or not base64 of up to 500 ms\n"},
        {CONNECTED, START, "{\"event\":\"media\",\"media\":{\"payload\":\"AAA\"}}",
         "close 1002 media is out of order or not base64 of up to 500 ms\n"},
        {CONNECTED, "{\"event\":\"start\",\"start\":{\"mediaFormat\":{\"encoding\":\"OPUS\"}}}", "",
         "close 1003 OPUS at 8000 Hz is not read: choose PCMU, PCMA, G722 (8000 Hz) or L16 (8000 "
         "to 96000)\n"},
        {CONNECTED,
         "{\"event\":\"start\",\"start\":{\"mediaFormat\":{\"encoding\":\"PCMU\","
         "\"sampleRate\":16000}}}",
         "",
         "close 1003 PCMU at 16000 Hz is not read: choose PCMU, PCMA, G722 (8000 Hz) or L16 (8000 "
         "to 96000)\n"},
        {CONNECTED, "{\"event\":\"start\",\"start\":{\"mediaFormat\":{\"encoding\":\"L16\"}}}",
         "{\"event\":\"media\",\"media\":{\"payload\":\"AAAA\"}}",
         "close 1002 media is out of order or not base64 of up to 500 ms\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        begin(&f, "");
        say(&f, cases[i].first);
        say(&f, cases[i].second);
        say(&f, cases[i].third);
        const char *close = strstr(f.r.text, "close");
        assert_non_null(close);
        assert_string_equal(close, cases[i].tail);
        say(&f, START); /* Nothing more is taken. */
        assert_string_equal(strstr(f.r.text, "close"), cases[i].tail);
        ut__media_twilio.destroy(f.state);
        free(f.state);
    }
}

/* As each vendor's documents have it: what opens the call, then a message of media. */
static void the_dialects(void **state)
{
    (void)state;
#define MEDIA(head, rest)                                                                          \
    "{" head "\"event\":\"media\",\"media\":{\"payload\":\"EQAiADMARAA=\"" rest "}}"
    static const struct {
        const char *first, *start, *media, *heard;
    } cases[] = {
        {"",
         "{\"sequenceNumber\":0,\"event\":\"start\",\"start\":{\"callId\":\"plivo-1\",\"streamId\":"
         "\"s\","
         "\"accountId\":\"a\",\"tracks\":[\"inbound\"],\"mediaFormat\":{\"encoding\":"
         "\"audio/x-l16\",\"sampleRate\":16000}},\"extra_headers\":\"{}\"}",
         MEDIA("\"sequenceNumber\":1,\"streamId\":\"s\",",
               ",\"track\":\"inbound\",\"chunk\":1,\"timestamp\":\"1700000000000\""),
         "open plivo-1 16000 0 queue= agent= caller=\ncaller 0 8 11\n"},
        {CONNECTED,
         "{\"event\":\"start\",\"sequence_number\":\"1\",\"stream_sid\":\"m\",\"start\":{\"stream_"
         "sid\":"
         "\"m\",\"call_sid\":\"exo-1\",\"account_sid\":\"a\",\"from\":\"09876543210\",\"to\":\"2\","
         "\"custom_parameters\":{\"queue\":\"care\"},\"media_format\":{\"encoding\":\"raw/slin\","
         "\"sample_rate\":\"8000\",\"bit_rate\":\"128kbps\"}}}",
         MEDIA("\"sequence_number\":3,\"stream_sid\":\"m\",", ",\"chunk\":1,\"timestamp\":\"10\""),
         "open exo-1 8000 0 queue=care agent= caller=09876543210\ncaller 0 8 11\n"},
        {"{\"event\":\"connected\",\"version\":\"1.0.0\"}",
         "{\"event\":\"start\",\"start\":{\"call_control_id\":\"v3:T\",\"from\":\"+13\",\"media_"
         "format\":{"
         "\"encoding\":\"G722\",\"sample_rate\":8000,\"channels\":1}},\"stream_id\":\"x\"}",
         MEDIA("", ",\"track\":\"inbound\",\"chunk\":\"1\",\"timestamp\":\"0\""),
         "open v3:T 8000 8000 queue= agent= caller=+13\ncaller 0 16 "},
        {CONNECTED,
         "{\"event\":\"start\",\"start\":{\"callSid\":\"sw-1\",\"tracks\":[\"inbound\","
         "\"outbound\"],"
         "\"mediaFormat\":{\"encoding\":\"L16@24000h\",\"channels\":1}}}",
         MEDIA("", ",\"track\":\"outbound\",\"chunk\":\"1\",\"timestamp\":\"0\""),
         "open sw-1 24000 24000 queue= agent= caller=\nagent 0 8 11\n"},
        {"",
         "{\"eventType\":\"start\",\"metadata\":{\"accountId\":\"5\",\"callId\":\"c-95\","
         "\"streamId\":\"s\","
         "\"streamName\":\"n\",\"tracks\":[{\"name\":\"inbound\",\"mediaFormat\":{\"encoding\":"
         "\"audio/"
         "PCMU\",\"sampleRate\":8000}},{\"name\":\"outbound\",\"mediaFormat\":{\"encoding\":"
         "\"audio/PCMU\",\"sampleRate\":8000}}]},\"streamParams\":{\"queue\":\"sales\"}}",
         "{\"eventType\":\"media\",\"track\":\"outbound\",\"payload\":\"EQAiADMARAA=\"}",
         "open c-95 8000 8000 queue=sales agent= caller=\nagent 1 8 11\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        begin(&f, "");
        if (cases[i].first[0])
            say(&f, cases[i].first);
        say(&f, cases[i].start);
        say(&f, cases[i].media);
        assert_memory_equal(f.r.text, cases[i].heard, strlen(cases[i].heard));
        say(&f, i == 4 ? "{\"eventType\":\"stop\"}" : "{\"event\":\"stop\"}");
        assert_non_null(strstr(f.r.text, "close 1000 stop\n"));
        ut__media_twilio.destroy(f.state);
        free(f.state);
    }
}

static void no_room_and_an_end_from_above(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "");
    f.r.open_result = UT_ETOOBIG;
    say(&f, CONNECTED);
    say(&f, START);
    end(&f, "open CA1 8000 8000 queue=sales agent=Ana caller=+15550100\n"
            "close 1013 no more calls can be taken\n");
    begin(&f, "");
    say(&f, CONNECTED);
    say(&f, START);
    ut__media_twilio.ended(f.state, "shutdown");
    ut__media_twilio.binary(f.state, (const uint8_t *)"x", 1);
    end(&f, "open CA1 8000 8000 queue=sales agent=Ana caller=+15550100\nclose 1000 shutdown\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_call_with_both_tracks),
                                       cmocka_unit_test(telnyx_comes_out_of_order),
                                       cmocka_unit_test(a_chunk_that_never_comes_is_a_gap),
                                       cmocka_unit_test(numbers_from_zero),
                                       cmocka_unit_test(broken_protocol_is_told),
                                       cmocka_unit_test(the_dialects),
                                       cmocka_unit_test(no_room_and_an_end_from_above)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
