/* SPDX-License-Identifier: MIT */
/* Calls off the wire, from frames to the daemon's port: who is who, what is not heard, and how they end. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "ingress/sniff/wire.h"

enum { RAW_IP = 101, PACKETS = 20 };

struct ut__port_call {
    struct ut__port_open open;
    uint32_t lines, packets[2], last_seq;
    struct ut__call_info told; /* By update. */
    int held, updates, sets;
    uint8_t roles[2], codec[2];
};

/* The daemon: one call at a time. */
static struct {
    struct ut__port_call call;
    int refuse, opened, is_open, closed;
    char reason[32];
} served;

static struct ut__wire *wire;
static int64_t now_us;

static void keep_line(uint32_t i, const struct ut__port_line *line)
{
    served.call.roles[i] = line->role;
    served.call.codec[i] = line->rtp.formats[0].codec;
}

static int port_open(void *state, struct ut__port_call **out, const struct ut__port_open *open)
{
    (void)state;
    if (served.refuse)
        return UT_ETOOBIG;
    assert_false(served.is_open);
    served.call = (struct ut__port_call){.open = *open, .lines = open->line_count};
    for (uint32_t i = 0; i < open->line_count; i++)
        keep_line(i, &open->lines[i]);
    served.opened++;
    served.is_open = 1;
    *out = &served.call;
    return 0;
}

static int port_packet(struct ut__port_call *call, uint32_t line, const uint8_t *rtp, size_t len,
                       int64_t arrival_us)
{
    assert_true(served.is_open && line < call->lines && len == 12 + 160 && arrival_us <= now_us);
    uint32_t seq = (uint32_t)rtp[2] << 8 | rtp[3];
    assert_true(seq >= call->last_seq); /* What was kept comes first. */
    call->last_seq = seq;
    call->packets[line]++;
    return 1;
}

static void port_update(struct ut__port_call *call, const struct ut__call_info *info, int on_hold)
{
    call->updates++;
    call->held = on_hold;
    if (info)
        call->told = *info;
}

static int port_set_line(struct ut__port_call *call, uint32_t index,
                         const struct ut__port_line *line)
{
    assert_true(index < 2 && line->fd == -1);
    if (served.refuse)
        return UT_EUNSUPPORTED;
    call->sets++;
    call->lines = index < call->lines ? call->lines : index + 1;
    keep_line(index, line);
    return 0;
}

static void port_close(struct ut__port_call *call, const char *reason)
{
    assert_true(served.is_open && call == &served.call);
    served.is_open = 0;
    served.closed++;
    snprintf(served.reason, sizeof served.reason, "%s", reason);
}

static const char *port_id(const struct ut__port_call *call)
{
    return call->open.info.id;
}

static const struct ut__port port = {.open = port_open,
                                     .packet = port_packet,
                                     .update = port_update,
                                     .set_line = port_set_line,
                                     .close = port_close,
                                     .id = port_id};

static void begin(const char *rule)
{
    struct ut__sip_rule r;
    memset(&served, 0, sizeof served);
    now_us = 1000000;
    assert_int_equal(rule ? ut__sip_rule_parse(&r, rule) : 0, 0);
    assert_int_equal(ut__wire_create(&wire, &port, &r, rule != NULL), 0);
}

static struct ut__wire_stats end(void)
{
    struct ut__wire_stats stats;
    ut__wire_get_stats(wire, &stats);
    ut__wire_destroy(wire);
    assert_false(served.is_open);
    return stats;
}

/* A datagram from one host of 192.0.2 to another, in IPv4 alone. */
static void datagram(uint8_t from, uint16_t from_port, uint8_t to, uint16_t to_port,
                     const void *bytes, size_t n)
{
    uint8_t ip[1600] = {0x45,
                        0,
                        (uint8_t)((28 + n) >> 8),
                        (uint8_t)(28 + n),
                        0,
                        1,
                        0,
                        0,
                        64,
                        17,
                        0,
                        0,
                        192,
                        0,
                        2,
                        from,
                        192,
                        0,
                        2,
                        to};
    const uint8_t udp[8] = {(uint8_t)(from_port >> 8), (uint8_t)from_port,
                            (uint8_t)(to_port >> 8),   (uint8_t)to_port,
                            (uint8_t)((8 + n) >> 8),   (uint8_t)(8 + n)};
    memcpy(ip + 20, udp, 8);
    memcpy(ip + 28, bytes, n);
    ut__wire_take(wire, RAW_IP, ip, 28 + n, now_us);
}

/* A message of 1001 at host 1 (RTP at 4000), who calls 2002 at host 2 (RTP at 5000). */
static void say(int who, const char *start, const char *method, const char *sdp)
{
    char text[1400], body[600] = "";
    if (*sdp)
        snprintf(body, sizeof body, "v=0\r\nc=IN IP4 192.0.2.%d\r\n%s", who, sdp);
    int n = snprintf(text, sizeof text,
                     "%s\r\nFrom: <sip:1001@x>;tag=A\r\nTo: <sip:2002@x>%s\r\nCall-ID: one@x\r\n"
                     "CSeq: 1 %s\r\n%s\r\n%s",
                     start, who == 2 ? ";tag=B" : "", method,
                     *sdp ? "Content-Type: application/sdp\r\n" : "", body);
    datagram((uint8_t)who, 5060, (uint8_t)(3 - who), 5060, text, (size_t)n);
}

static void call(const char *caller_sdp, const char *agent_sdp)
{
    say(1, "INVITE sip:2002@x SIP/2.0", "INVITE", caller_sdp);
    say(2, "SIP/2.0 200 OK", "INVITE", agent_sdp);
}

/* Packets from both, 20 ms apart, that are nobody else's. */
static void talk(uint16_t first, int packets, int voices)
{
    for (uint16_t n = first; n < first + packets; n++) {
        for (int v = 0; v < voices; v++) {
            uint8_t rtp[12 + 160] = {0x80, 0, (uint8_t)(n >> 8), (uint8_t)n};
            rtp[11] = (uint8_t)(v + 1);
            rtp[6] = (uint8_t)(n * 160 >> 8);
            rtp[7] = (uint8_t)(n * 160);
            for (int i = 0; i < 160; i++)
                rtp[12 + i] = (uint8_t)(n * 31 + i * i * (v + 3));
            datagram((uint8_t)(1 + v), v ? 5000 : 4000, (uint8_t)(2 - v), v ? 4000 : 5000, rtp,
                     sizeof rtp);
        }
        now_us += 20000;
    }
}

#define CALLER "m=audio 4000 RTP/AVP 0\r\n"
#define AGENT  "m=audio 5000 RTP/AVP 0\r\n"

static void a_call_from_its_invite_to_its_bye(void **state)
{
    (void)state;
    begin("order:1=caller");
    call(CALLER, AGENT);
    talk(0, PACKETS, 2);
    assert_int_equal(served.opened, 1);
    assert_string_equal(served.call.open.info.id, "one@x");
    assert_string_equal(served.call.open.info.source, "sniff");
    assert_string_equal(served.call.open.info.caller, "1001");
    assert_string_equal(served.call.open.info.agent, "2002");
    assert_true(served.call.roles[0] == UT_ROLE_CALLER && served.call.roles[1] == UT_ROLE_AGENT);
    /* What came before it was known whose leg it is has not been lost. */
    assert_true(served.call.packets[0] == PACKETS && served.call.packets[1] == PACKETS);
    say(1, "BYE sip:2002@x SIP/2.0", "BYE", "");
    assert_string_equal(served.reason, "bye");
    struct ut__wire_stats stats = end();
    assert_true(stats.calls == 1 && stats.encrypted == 0 && stats.unread == 0);
    assert_int_equal(stats.packets, 3 + 2 * PACKETS);
}

static void nobody_is_the_caller_without_a_rule(void **state)
{
    (void)state;
    begin(NULL);
    call(CALLER, AGENT);
    talk(0, PACKETS, 2);
    assert_true(served.call.roles[0] == UT_ROLE_COUNT && served.call.roles[1] == UT_ROLE_COUNT);
    /* Rules that SIGHUP brings hold from the next change of a call on. */
    struct ut__sip_rule rule;
    assert_int_equal(ut__sip_rule_parse(&rule, "aor:sip:2*=agent"), 0);
    assert_int_equal(ut__wire_set_rules(wire, &rule, 1), 0);
    call(CALLER "a=sendonly\r\n", AGENT "a=recvonly\r\n");
    assert_true(served.call.roles[0] == UT_ROLE_CALLER && served.call.roles[1] == UT_ROLE_AGENT);
    assert_string_equal(served.call.told.agent, "2002");
    (void)end();
    assert_string_equal(served.reason, "lost");
}

static void what_is_encrypted_is_counted_once_and_not_heard(void **state)
{
    (void)state;
    begin("order:1=caller");
    call("m=audio 4000 RTP/SAVP 0\r\n", "m=audio 5000 RTP/SAVP 0\r\n");
    talk(0, PACKETS, 2);
    assert_int_equal(served.opened, 0);
    assert_int_equal(end().encrypted, 1);
}

static void a_refusal_is_asked_again_after_five_seconds(void **state)
{
    (void)state;
    begin("order:1=caller");
    served.refuse = 1;
    call(CALLER, AGENT);
    talk(0, PACKETS, 2);
    served.refuse = 0;
    talk(PACKETS, PACKETS, 2);
    assert_int_equal(served.opened, 0);
    talk(2 * PACKETS, 250, 2);
    assert_int_equal(served.opened, 1);
    /* Nor is a call begun anew at once that the daemon has ended. */
    served.is_open = 0;
    served.call.open.ended(served.call.open.arg, "no media");
    talk(2 * PACKETS + 250, 200, 2);
    assert_int_equal(served.opened, 1);
    talk(2 * PACKETS + 450, 60, 2);
    assert_int_equal(served.opened, 2);
    (void)end();
}

static void hold_and_another_codec_reach_the_lines(void **state)
{
    (void)state;
    begin("order:1=caller");
    call(CALLER, AGENT);
    talk(0, PACKETS, 2);
    assert_int_equal(served.call.codec[0], UT__RTP_PCMU);
    call("m=audio 4000 RTP/AVP 8\r\na=sendonly\r\n", "m=audio 5000 RTP/AVP 8\r\na=recvonly\r\n");
    assert_int_equal(served.call.codec[0], UT__RTP_PCMA);
    assert_true(served.call.sets >= 2);
    call("m=audio 4000 RTP/AVP 8\r\na=inactive\r\n", "m=audio 5000 RTP/AVP 8\r\na=inactive\r\n");
    assert_int_equal(served.call.held, 1);
    call("m=audio 4000 RTP/AVP 8\r\n", "m=audio 5000 RTP/AVP 8\r\n");
    assert_int_equal(served.call.held, 0);
    /* A change that cannot be followed leaves the call as it is. */
    served.refuse = 1;
    call(CALLER, AGENT);
    assert_true(served.is_open && served.call.codec[0] == UT__RTP_PCMA);
    (void)end();
}

/* The same voices once more, by way of a PBX: shown once. */
static void another_leg_is_not_shown_twice(void **state)
{
    (void)state;
    begin("order:1=caller");
    call(CALLER, AGENT);
    char text[800];
    for (int k = 0; k < 2; k++) {
        const char *sdp = k ? "v=0\r\nc=IN IP4 192.0.2.3\r\nm=audio 6000 RTP/AVP 0\r\n"
                            : "v=0\r\nc=IN IP4 192.0.2.2\r\nm=audio 5002 RTP/AVP 0\r\n";
        int n =
            snprintf(text, sizeof text,
                     "%s\r\nFrom: <sip:1001@x>;tag=C\r\nTo: <sip:3003@x>%s\r\nCall-ID: two@x\r\n"
                     "CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\r\n%s",
                     k ? "SIP/2.0 200 OK" : "INVITE sip:3003@x SIP/2.0", k ? ";tag=D" : "", sdp);
        datagram(k ? 3 : 2, 5060, k ? 2 : 3, 5060, text, (size_t)n);
    }
    for (uint16_t n = 0; n < 2 * PACKETS; n++) {
        talk(n, 1, 1);
        uint8_t rtp[12 + 160] = {
            0x80, 0, 0, (uint8_t)n, 0, 0, (uint8_t)(n * 160 >> 8), (uint8_t)(n * 160)};
        for (int i = 0; i < 160; i++)
            rtp[12 + i] = (uint8_t)(n * 31 + i * i * 3);
        datagram(2, 5002, 3, 6000, rtp, sizeof rtp);
    }
    assert_int_equal(served.opened, 1);
    assert_string_equal(served.call.open.info.id, "one@x");
    struct ut__wire_stats stats = end();
    assert_true(stats.calls == 1 && stats.other_legs == 1);
}

/* Cut frames and other links are counted; a call of which nothing comes any more is let go. */
static void what_is_not_read_and_what_is_over(void **state)
{
    (void)state;
    begin("order:1=caller");
    static const uint8_t cut[] = {0x45, 0,   0, 60, 0, 1,   0, 0, 64, 17, 0,
                                  0,    192, 0, 2,  1, 192, 0, 2, 2,  1,  2};
    ut__wire_take(wire, RAW_IP, cut, sizeof cut, now_us);
    call(CALLER, AGENT);
    talk(0, PACKETS, 2);
    ut__wire_tick(wire, now_us + 1000000);
    assert_true(served.is_open);
    ut__wire_tick(wire, now_us + 3600 * (int64_t)1000000);
    assert_string_equal(served.reason, "lost");
    assert_int_equal(end().unread, 1);
    ut__wire_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_from_its_invite_to_its_bye),
        cmocka_unit_test(nobody_is_the_caller_without_a_rule),
        cmocka_unit_test(what_is_encrypted_is_counted_once_and_not_heard),
        cmocka_unit_test(a_refusal_is_asked_again_after_five_seconds),
        cmocka_unit_test(hold_and_another_codec_reach_the_lines),
        cmocka_unit_test(another_leg_is_not_shown_twice),
        cmocka_unit_test(what_is_not_read_and_what_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
