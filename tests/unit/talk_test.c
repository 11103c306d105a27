/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "unit/unit.h"

#include "ingress/pcap/captured_talk.h"

/* A message of one line of SDP; by: 0 the caller, 1 the other one. */
static unsigned say(struct ut__captured_talk *t, const char *start, const char *method,
                    const char *headers, const char *sdp)
{
    char text[2048];
    struct ut__signal s;
    int n =
        snprintf(text, sizeof text,
                 "%s\r\nFrom: <sip:a@x>;tag=A\r\nTo: <sip:b@x>\r\nCall-ID: c\r\n"
                 "CSeq: 1 %s\r\n%s%s\r\n%s",
                 start, method, headers, sdp[0] ? "Content-Type: application/sdp\r\n" : "", sdp);
    assert_int_equal(ut__signal_read(&s, (const uint8_t *)text, (size_t)n), 1);
    if (!t->has_sip)
        ut__talk_begin(t, &s, 1000);
    assert_true(ut__talk_is_of(t, &s));
    return ut__talk_take(t, &s, 2000);
}

#define INVITE           "INVITE sip:b@x SIP/2.0", "INVITE"
#define OK               "SIP/2.0 200 OK", "INVITE"
#define HEAD             "v=0\r\nc=IN IP4 192.0.2.1\r\n"
#define LINE(port, name) "m=audio " port " RTP/AVP 96\r\na=rtpmap:96 " name "/8000\r\n"

static int codec_of(const struct ut__captured_talk *t, int party)
{
    struct ut__rtp_config cfg;
    ut__talk_formats(&cfg, t, party);
    return cfg.formats[0].codec;
}

static void an_offer_holds_once_it_is_answered(void **state)
{
    (void)state;
    struct ut__captured_talk t = {.has_sip = 0};
    assert_int_equal(say(&t, INVITE, "", HEAD LINE("4000", "PCMU")),
                     UT__TALK_PLACES | UT__TALK_MEDIA);
    assert_int_equal(say(&t, OK, "", HEAD LINE("5000", "PCMU")), UT__TALK_PLACES | UT__TALK_MEDIA);
    assert_int_equal(say(&t, INVITE, "", HEAD LINE("4000", "PCMA")), 0);
    assert_int_equal(codec_of(&t, 1), UT__RTP_PCMU);
    assert_int_equal(say(&t, "SIP/2.0 488 No", "INVITE", "", ""), 0);
    assert_int_equal(say(&t, OK, "", HEAD LINE("5000", "PCMU")), 0);
    assert_int_equal(codec_of(&t, 1), UT__RTP_PCMU);
    say(&t, INVITE, "", HEAD LINE("4000", "PCMA"));
    assert_int_equal(say(&t, OK, "", HEAD LINE("5000", "PCMA")), UT__TALK_MEDIA);
    assert_int_equal(codec_of(&t, 0), UT__RTP_PCMA);
    assert_int_equal(codec_of(&t, 1), UT__RTP_PCMA);
    /* The offer in the answer, the answer in the ACK. */
    say(&t, INVITE, "", "");
    say(&t, OK, "", HEAD LINE("5000", "L16"));
    assert_int_equal(say(&t, "ACK sip:b@x SIP/2.0", "ACK", "", HEAD LINE("4000", "L16")),
                     UT__TALK_MEDIA);
    assert_int_equal(codec_of(&t, 1), UT__RTP_L16);
    assert_int_equal(say(&t, "BYE sip:b@x SIP/2.0", "BYE", "", ""), UT__TALK_ENDED);
}

static void a_refusal_ends_what_nobody_has_answered(void **state)
{
    (void)state;
    struct ut__captured_talk t = {.has_sip = 0};
    say(&t, INVITE, "", HEAD LINE("4000", "PCMU"));
    assert_int_equal(say(&t, "SIP/2.0 407 Who", "INVITE", "", ""), 0);
    assert_int_equal(say(&t, "SIP/2.0 486 Busy", "INVITE", "", ""), UT__TALK_ENDED);
    t = (struct ut__captured_talk){.has_sip = 0};
    say(&t, INVITE, "", HEAD LINE("4000", "PCMU"));
    say(&t, OK, "", HEAD LINE("5000", "PCMU"));
    assert_int_equal(say(&t, "SIP/2.0 486 Busy", "INVITE", "", ""), 0);
    assert_int_equal(say(&t, "CANCEL sip:b@x SIP/2.0", "CANCEL", "", ""), 0); /* Of a re-INVITE. */
    t = (struct ut__captured_talk){.has_sip = 0};
    say(&t, INVITE, "", HEAD LINE("4000", "PCMU"));
    assert_int_equal(say(&t, "CANCEL sip:b@x SIP/2.0", "CANCEL", "", ""), UT__TALK_ENDED);
}

static void places_and_holds(void **state)
{
    (void)state;
    struct ut__captured_talk t = {.has_sip = 0};
    say(&t, INVITE, "", HEAD "m=audio 0 RTP/AVP 0\r\n" LINE("4000", "PCMU"));
    assert_true(t.parties[0].endpoint_count == 1 && t.parties[0].endpoints[0].port == 4000);
    say(&t, OK, "", HEAD LINE("5000", "PCMU"));
    for (int i = 0; i < 9; i++) {
        char sdp[200];
        snprintf(sdp, sizeof sdp, HEAD "m=audio %d RTP/AVP 0\r\n", 6000 + i);
        assert_true(say(&t, INVITE, "", sdp) & UT__TALK_PLACES);
    }
    /* The newest last; one that comes back is the newest again. */
    assert_int_equal(t.parties[0].endpoint_count, UT__ENDPOINTS_MAX);
    assert_int_equal(t.parties[0].endpoints[3].port, 6008);
    say(&t, INVITE, "", HEAD "m=audio 6006 RTP/AVP 0\r\na=sendonly\r\n");
    assert_int_equal(t.parties[0].endpoints[3].port, 6006);
    assert_int_equal(t.parties[0].endpoints[2].port, 6008);
    assert_true(!t.parties[0].held && t.parties[1].held);
}

static void recordings_are_known_by_their_directions(void **state)
{
    (void)state;
    struct ut__captured_talk t = {.has_sip = 0};
    say(&t, INVITE, "",
        HEAD "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\nm=audio 4002 RTP/AVP 0\r\n"
             "a=sendonly\r\n");
    assert_false(t.is_recording);
    say(&t, OK, "",
        HEAD "m=audio 7000 RTP/AVP 0\r\na=recvonly\r\nm=audio 7002 RTP/AVP 0\r\n"
             "a=recvonly\r\n");
    assert_true(t.is_recording && t.lines == 2);
    assert_int_equal(t.parties[1].endpoints[0].port, 7000); /* There party 0's voice goes. */
    assert_int_equal(t.parties[0].endpoints[0].port, 7002);
    /* Hold in a call between two is no recording. */
    t = (struct ut__captured_talk){.has_sip = 0};
    say(&t, INVITE, "", HEAD "m=audio 4000 RTP/AVP 0\r\n");
    say(&t, OK, "", HEAD "m=audio 5000 RTP/AVP 0\r\n");
    say(&t, INVITE, "", HEAD "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n");
    say(&t, OK, "", HEAD "m=audio 5000 RTP/AVP 0\r\na=recvonly\r\n");
    assert_false(t.is_recording);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_offer_holds_once_it_is_answered),
                                       cmocka_unit_test(a_refusal_ends_what_nobody_has_answered),
                                       cmocka_unit_test(places_and_holds),
                                       cmocka_unit_test(recordings_are_known_by_their_directions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
