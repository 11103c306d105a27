/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "ingress/pcap/signalling.h"

static int read(struct ut__signal *s, const char *text)
{
    return ut__signal_read(s, (const uint8_t *)text, strlen(text));
}

static void reads_an_invite(void **state)
{
    (void)state;
    struct ut__signal s;
    assert_int_equal(read(&s, "INVITE sip:agent@192.0.2.2 SIP/2.0\r\n"
                              "From: \"A\" <sip:a@x>;tag=77;x=y\r\nCall-ID: one@x\r\n"
                              "Content-Type: application/sdp\r\n\r\n"
                              "v=0\r\nc=IN IP4 192.0.2.9\r\nm=video 4002 RTP/AVP 99\r\n"
                              "c=IN IP4 192.0.2.8\r\n"
                              "m=audio 4000 RTP/AVP 0 96 18\r\nc=IN IP4 192.0.2.1/127\r\n"
                              "a=rtpmap:96 opus/48000/2\r\nm=audio 4004 RTP/AVP 8\r\n"),
                     1);
    assert_string_equal(s.call_id, "one@x");
    assert_string_equal(s.from_tag, "77");
    assert_true(s.is_request && s.is_invite && s.has_media && !s.is_encrypted);
    assert_int_equal(s.media.port, 4000);
    assert_memory_equal(s.media.ip, "\xc0\0\2\1", 4);
    assert_int_equal(s.format_count, 2);
    assert_int_equal(s.formats[0].codec, UT_RTP_PCMU);
    assert_int_equal(s.formats[1].codec, UT_RTP_OPUS);
    assert_int_equal(s.formats[1].pt, 96);
}

static void reads_short_headers_answers_and_ipv6(void **state)
{
    (void)state;
    struct ut__signal s;
    assert_int_equal(read(&s, "SIP/2.0 200 OK\nf: <sip:a@x>;tag=1\ni:two\nc: application/sdp\n\n"
                              "c=IN IP6 2001:db8::1\nm=audio 6000 RTP/SAVP 8\n"),
                     1);
    assert_true(!s.is_request && s.has_media && s.is_encrypted);
    assert_string_equal(s.call_id, "two");
    assert_int_equal(s.media.version, 6);
    assert_int_equal(s.formats[0].codec, UT_RTP_PCMA);
}

static void refuses_what_is_none(void **state)
{
    (void)state;
    struct ut__signal s;
    static const char *const none[] = {
        "", "\x80\0\0\1 an RTP packet, nearly", "GET / HTTP/1.1\r\nCall-ID: x\r\n\r\n",
        "INVITE sip:a SIP/2.0\r\nno call id here\r\n\r\n", "SIP/2.0 200 OK\r\n\r\nCall-ID: late"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_int_equal(read(&s, none[i]), 0);
    assert_int_equal(read(&s, "BYE sip:a@b SIP/2.0\r\nCall-ID: x\r\nContent-Type: application/sdp"
                              "\r\n\r\nm=audio 70000 RTP/AVP 0\r\nc=IN IP4 300.0.0.1\r\n"),
                     1);
    assert_false(s.has_media);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_an_invite),
                                       cmocka_unit_test(reads_short_headers_answers_and_ipv6),
                                       cmocka_unit_test(refuses_what_is_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
