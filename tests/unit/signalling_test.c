/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "ingress/pcap/signalling.h"
#include "ingress/pcap/tcp.h"

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
    assert_string_equal(s.from, "sip:a@x");
    assert_true(s.is_request && s.method == UT__SIGNAL_INVITE && s.line_count == 2);
    assert_true(!s.is_recording && !s.lines[0].is_secret);
    assert_int_equal(s.lines[0].at.port, 4000);
    assert_memory_equal(s.lines[0].at.ip, "\xc0\0\2\1", 4);
    assert_int_equal(s.lines[1].at.port, 4004);
    const struct ut__signal_media *m = &s.lines[0].media;
    assert_int_equal(m->formats[0].codec, UT__RTP_PCMU);
    assert_int_equal(m->formats[1].codec, UT__RTP_OPUS);
    assert_int_equal(m->formats[1].pt, 96);
    assert_int_equal(s.lines[1].media.formats[0].codec, UT__RTP_PCMA);
}

static void reads_short_headers_answers_and_ipv6(void **state)
{
    (void)state;
    struct ut__signal s;
    assert_int_equal(read(&s, "SIP/2.0 200 OK\nf: <sip:a@x>;tag=1\ni:two\nc: application/sdp\n\n"
                              "c=IN IP6 2001:db8::1\nm=audio 6000 RTP/SAVP 8\n"),
                     1);
    assert_true(!s.is_request && s.status == 200 && s.line_count == 1 && s.lines[0].is_secret);
    assert_string_equal(s.call_id, "two");
    assert_int_equal(s.lines[0].at.version, 6);
    assert_int_equal(s.lines[0].media.formats[0].codec, UT__RTP_PCMA);
}

static void reads_multipart_and_hold(void **state)
{
    (void)state;
    struct ut__signal s;
    assert_int_equal(
        read(&s, "INVITE sip:srs@x SIP/2.0\r\nFrom: <sip:a@x>;tag=1\r\nCall-ID: rec\r\n"
                 "Require: siprec\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n"
                 "--b\r\nContent-Type: application/rs-metadata+xml\r\n\r\n<recording/>\r\n"
                 "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP4 192.0.2.1\r\n"
                 "a=sendonly\r\nm=audio 4000 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 8\r\n"
                 "a=inactive\r\n--b--\r\nm=audio 9 RTP/AVP 9\r\n"),
        1);
    assert_true(s.is_recording && s.line_count == 2);
    assert_int_equal(s.metadata_len, strlen("<recording/>\r"));
    assert_memory_equal(s.metadata, "<recording/>", 12);
    assert_true(s.lines[0].sends && !s.lines[0].receives && s.lines[0].at.port == 4000);
    assert_true(!s.lines[1].sends && !s.lines[1].receives && s.lines[1].at.port == 4002);
    /* The old way to hold: no address. */
    read(&s, "INVITE sip:b@x SIP/2.0\r\nCall-ID: x\r\nc: application/sdp\r\n\r\n"
             "c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n");
    assert_true(s.lines[0].sends && !s.lines[0].receives && !s.lines[0].at.version);
}

static void tells_what_is_not_decoded(void **state)
{
    (void)state;
    struct ut__signal s;
    read(&s, "SIP/2.0 200 OK\r\nCall-ID: x\r\nCSeq: 7 INVITE\r\nTo: <sip:b@x>;tag=9\r\n"
             "Content-Type: application/sdp\r\n\r\nm=audio 4000 RTP/AVP 0 97\r\n"
             "a=rtpmap:97 iLBC-and-a-long-name/8000\r\na=rtpmap:0 SPEEX/16000\r\na=label:3\r\n"
             "a=crypto:1 x inline:y\r\n");
    const struct ut__signal_line *l = &s.lines[0];
    assert_true(s.method == UT__SIGNAL_INVITE && s.cseq == 7 && l->has_crypto);
    assert_string_equal(s.to_tag, "9");
    assert_string_equal(l->label, "3");
    assert_int_equal(l->media.format_count, 0); /* The rtpmap took the static meaning away. */
    assert_int_equal(l->media.other_count, 2);
    assert_string_equal(l->media.others[0].name, "iLBC-and-a-long");
    assert_int_equal(l->media.others[1].pt, 0);
}

/* Two layouts of AMR, and one that is not read. */
static void reads_parameters_of_a_format(void **state)
{
    (void)state;
    struct ut__signal s;
    struct ut__rtp_format f;
    if (!ut__rtp_format_named(&f, 96, "AMR", 3, 8000, 1))
        skip(); /* Not built in. */
    read(&s, "SIP/2.0 200 OK\r\nCall-ID: x\r\nContent-Type: application/sdp\r\n\r\n"
             "m=audio 4000 RTP/AVP 96 97 98\r\na=rtpmap:96 AMR/8000\r\n"
             "a=fmtp:96 mode-set=7; octet-align=1\r\na=rtpmap:97 AMR/8000/1\r\n"
             "a=rtpmap:98 AMR/8000\r\na=fmtp:98 octet-align=1; interleaving=30\r\n");
    const struct ut__signal_media *m = &s.lines[0].media;
    assert_int_equal(m->format_count, 2);
    assert_true(m->formats[0].variant == UT__RTP_AMR_ALIGNED && m->formats[1].variant == 0);
    assert_true(m->other_count == 1 && m->others[0].pt == 98);
}

/* Messages over TCP, cut anywhere: each comes out once, whole, in order. */
static int take_message(void *arg, const uint8_t *message, size_t len)
{
    char *all = arg;
    assert_int_equal(message[len - 1], '.');
    memcpy(all + strlen(all), message, 3);
    return 0;
}

static void puts_tcp_together(void **state)
{
    (void)state;
    static const char two[] = "\r\n\r\nBYE sip:a SIP/2.0\r\nContent-Length: 5\r\n\r\nbody."
                              "SIP/2.0 200 OK\r\nl: 1\r\n\r\n.";
    static struct ut__tcp t;
    struct ut__datagram d = {.from = {.version = 4, .port = 1}, .to = {.version = 4, .port = 2}};
    for (size_t cut = 24; cut < sizeof two - 1; cut++) {
        char all[16] = "";
        d = (struct ut__datagram){.from = d.from, .to = d.to, .seq = (uint32_t)-30, .syn = 1};
        assert_int_equal(ut__tcp_take(&t, &d, take_message, all), 0);
        d.syn = 0;
        /* The second piece overlaps the first by a byte, the third one is sent again. */
        const size_t from[] = {4, cut - 1, 4}, to[] = {cut, sizeof two - 1, cut};
        for (int i = 0; i < 3; i++) {
            d.payload = (const uint8_t *)two + from[i];
            d.len = to[i] - from[i];
            d.seq = (uint32_t)-30 + 1 + (uint32_t)from[i];
            assert_int_equal(ut__tcp_take(&t, &d, take_message, all), 0);
        }
        /* What is no SIP, and what is behind a hole, begins nothing. */
        d.payload = (const uint8_t *)"\x16\x03\x01 nothing of ours here, and long enough";
        d.len = 40;
        d.seq += 1000;
        assert_int_equal(ut__tcp_take(&t, &d, take_message, all), 0);
        assert_string_equal(all, "BYESIP");
    }
    ut__tcp_clear(&t);
}

/* The rest of a message is missing from the capture: the next one, in two segments, is read. */
static void goes_on_behind_a_hole(void **state)
{
    (void)state;
    static const char cut[] = "INVITE sip:a SIP/2.0\r\nContent-Length: 500\r\n\r\n";
    static const char next[] = "BYE sip:a SIP/2.0\r\nContent-Length: 5\r\n\r\nbody.";
    static struct ut__tcp t;
    char all[16] = "";
    const struct ut__datagram segments[] = {
        {.payload = (const uint8_t *)cut, .len = sizeof cut - 1, .seq = 1},
        {.payload = (const uint8_t *)next, .len = 30, .seq = 1000},
        {.payload = (const uint8_t *)next + 30, .len = sizeof next - 1 - 30, .seq = 1030}};
    for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++)
        assert_int_equal(ut__tcp_take(&t, &segments[i], take_message, all), 0);
    assert_string_equal(all, "BYE");
    ut__tcp_clear(&t);
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
    assert_true(s.line_count == 1 && !s.lines[0].at.port && !s.lines[0].at.version);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_an_invite),
                                       cmocka_unit_test(reads_short_headers_answers_and_ipv6),
                                       cmocka_unit_test(reads_multipart_and_hold),
                                       cmocka_unit_test(tells_what_is_not_decoded),
                                       cmocka_unit_test(reads_parameters_of_a_format),
                                       cmocka_unit_test(puts_tcp_together),
                                       cmocka_unit_test(goes_on_behind_a_hole),
                                       cmocka_unit_test(refuses_what_is_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
