/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdlib.h>

#include "unit/media_sink.h"

#define ID "e160e428-53e2-487c-977d-96989bf5c99d"
#define OFFERS                                                                                     \
    "[{\"type\":\"audio\",\"format\":\"PCMU\",\"channels\":[\"external\"],\"rate\":8000},"         \
    "{\"type\":\"audio\",\"format\":\"PCMU\",\"channels\":[\"external\",\"internal\"],"            \
    "\"rate\":8000},{\"type\":\"audio\",\"format\":\"PCMU\",\"channels\":[\"internal\"],"          \
    "\"rate\":8000}]"

struct fixture {
    struct recorder r;
    struct ut__media_sink sink;
    void *state;
    int seq;
};

static void begin(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    f->sink = recorder_sink(&f->r);
    f->state = calloc(1, ut__media_audiohook.state_bytes);
    assert_non_null(f->state);
    ut__media_audiohook.init(f->state, &f->sink, "");
}

static void tell(struct fixture *f, const char *type, const char *position, const char *parameters)
{
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "{\"version\":\"2\",\"id\":\"" ID "\",\"type\":\"%s\",\"seq\":%d,"
                   "\"serverseq\":0,\"position\":\"%s\",\"parameters\":%s}",
                   type, ++f->seq, position, parameters);
    ut__media_audiohook.text(f->state, text, strlen(text));
}

static void open_with(struct fixture *f, const char *conversation, const char *offers)
{
    char parameters[1500];
    (void)snprintf(parameters, sizeof parameters,
                   "{\"organizationId\":\"d7934305-0972-4844-938e-9060eef73d05\","
                   "\"conversationId\":\"%s\",\"participant\":{\"id\":\"883efee8\",\"ani\":"
                   "\"+15550100\",\"aniName\":\"\",\"dnis\":\"+15550199\"},\"media\":%s}",
                   conversation, offers);
    tell(f, "open", "PT0S", parameters);
}

static void end(struct fixture *f)
{
    ut__media_audiohook.destroy(f->state);
    free(f->state);
}

static void a_session(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    open_with(&f, "090eaa2f", OFFERS);
    assert_string_equal(
        f.r.text, "open 090eaa2f 8000 8000 queue= agent= caller=+15550100\n"
                  "say {\"version\":\"2\",\"id\":\"" ID "\",\"type\":\"opened\",\"seq\":1,"
                  "\"clientseq\":1,\"parameters\":{\"startPaused\":false,\"media\":[{\"type\":"
                  "\"audio\",\"format\":\"PCMU\",\"channels\":[\"external\",\"internal\"],"
                  "\"rate\":8000}]}}\n");
    f.r.len = 0;
    /* Pairs, cut in the middle. */
    ut__media_audiohook.binary(f.state, (const uint8_t *)"cacac", 5);
    ut__media_audiohook.binary(f.state, (const uint8_t *)"aca", 3);
    assert_string_equal(f.r.text, "caller 1 2 63\nagent 1 2 61\ncaller 1 1 63\nagent 1 1 61\n"
                                  "caller 1 1 63\nagent 1 1 61\n");
    f.r.len = 0;
    tell(&f, "ping", "PT0.0005S", "{\"rtt\":\"PT0.1S\"}");
    tell(&f, "paused", "PT0.0005S", "{}");
    ut__media_audiohook.binary(f.state, (const uint8_t *)"caca", 4);
    tell(&f, "resumed", "PT0.0005S", "{\"start\":\"PT0.0005S\",\"discarded\":\"PT1M2.5S\"}");
    tell(&f, "discarded", "PT62.5005S", "{\"start\":\"PT62.5005S\",\"discarded\":\"PT2S\"}");
    tell(&f, "update", "PT64.5005S", "{\"language\":\"es-ES\"}");
    tell(&f, "ping", "PT1M5.5005S", "{}");
    tell(&f, "close", "PT65.5005S", "{\"reason\":\"end\"}");
    assert_string_equal(
        f.r.text,
        "say {\"version\":\"2\",\"id\":\"" ID "\",\"type\":\"pong\",\"seq\":2,\"clientseq\":2,"
        "\"parameters\":{}}\n"
        "hold 1\ngap 0 500000\ngap 1 500000\nhold 0\ngap 0 16000\ngap 1 16000\n"
        "gap 0 8000\ngap 1 8000\n"
        "say {\"version\":\"2\",\"id\":\"" ID "\",\"type\":\"pong\",\"seq\":3,\"clientseq\":7,"
        "\"parameters\":{}}\n"
        "say {\"version\":\"2\",\"id\":\"" ID "\",\"type\":\"closed\",\"seq\":4,\"clientseq\":8,"
        "\"parameters\":{}}\n"
        "close 1000 close\n");
    end(&f);
}

static void a_probe_is_answered_and_not_scored(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    open_with(&f, "00000000-0000-0000-0000-000000000000", OFFERS);
    ut__media_audiohook.binary(f.state, (const uint8_t *)"caca", 4);
    tell(&f, "close", "PT0S", "{\"reason\":\"end\"}");
    assert_null(strstr(f.r.text, "open "));
    assert_non_null(strstr(f.r.text, "\"type\":\"opened\""));
    assert_non_null(strstr(f.r.text, "\"type\":\"closed\""));
    assert_int_equal(f.r.heard[UT_ROLE_CALLER], 0);
    end(&f);
}

static void the_caller_may_be_second_or_alone(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    open_with(&f, "c",
              "[{\"type\":\"audio\",\"format\":\"PCMU\",\"channels\":[\"internal\","
              "\"external\"],\"rate\":8000}]");
    f.r.len = 0;
    ut__media_audiohook.binary(f.state, (const uint8_t *)"acac", 4);
    assert_string_equal(f.r.text, "caller 1 2 63\nagent 1 2 61\n");
    end(&f);
    begin(&f);
    open_with(&f, "c",
              "[{\"type\":\"audio\",\"format\":\"PCMU\",\"channels\":[\"external\"],"
              "\"rate\":8000}]");
    f.r.len = 0;
    ut__media_audiohook.binary(f.state, (const uint8_t *)"ccc", 3);
    assert_string_equal(f.r.text, "caller 1 3 63\n");
    end(&f);
}

static void broken_protocol_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tail;
    } cases[] = {
        {"", "close 1002 a message that is no JSON object with a type\n"},
        {"{}", "close 1002 a message that is no JSON object with a type\n"},
        {"{\"type\":\"open\",\"version\":\"1\",\"id\":\"a\",\"seq\":1,\"serverseq\":0}",
         "leave the version must be 2\n"},
        {"{\"type\":\"open\",\"version\":\"2\",\"seq\":1,\"serverseq\":0}",
         "leave the session id is missing or changed\n"},
        {"{\"type\":\"open\",\"version\":\"2\",\"id\":\"a\",\"seq\":2,\"serverseq\":0}",
         "leave the sequence number does not follow the last one\n"},
        {"{\"type\":\"open\",\"version\":\"2\",\"id\":\"a\",\"seq\":1,\"serverseq\":1}",
         "leave serverseq names a message that was not sent\n"},
        {"{\"type\":\"update\",\"version\":\"2\",\"id\":\"a\",\"seq\":1,\"serverseq\":0}",
         "leave open must come first\n"},
        {"{\"type\":\"open\",\"version\":\"2\",\"id\":\"a\",\"seq\":1,\"serverseq\":0}",
         "leave no PCMU offer with the external channel\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        begin(&f);
        ut__media_audiohook.text(f.state, cases[i].text, strlen(cases[i].text));
        size_t tail = strlen(cases[i].tail);
        assert_true(f.r.len >= tail);
        assert_string_equal(f.r.text + f.r.len - tail, cases[i].tail);
        end(&f);
    }
    struct fixture f;
    begin(&f);
    ut__media_audiohook.binary(f.state, (const uint8_t *)"caca", 4);
    assert_non_null(strstr(f.r.text, "\"type\":\"disconnect\""));
    end(&f);
}

/* The daemon ends the call: disconnect, then the client's close is answered. */
static void an_end_from_above(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    open_with(&f, "c", OFFERS);
    f.r.len = 0;
    ut__media_audiohook.ended(f.state, "shutdown");
    ut__media_audiohook.binary(f.state, (const uint8_t *)"caca", 4);
    tell(&f, "close", "PT0S", "{\"reason\":\"disconnect\"}");
    assert_non_null(strstr(f.r.text, "\"reason\":\"completed\",\"info\":\"shutdown\""));
    assert_non_null(strstr(f.r.text, "leave shutdown\n"));
    assert_non_null(strstr(f.r.text, "\"type\":\"closed\""));
    assert_int_equal(f.r.heard[UT_ROLE_CALLER], 0);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session), cmocka_unit_test(a_probe_is_answered_and_not_scored),
        cmocka_unit_test(the_caller_may_be_second_or_alone),
        cmocka_unit_test(broken_protocol_is_told), cmocka_unit_test(an_end_from_above)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
