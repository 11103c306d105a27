/* SPDX-License-Identifier: MIT */
/* What a worker does with the media of one call. */

#include "unit/unit.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ingress/rtp/socket.h"
#include "live/live_call.h"
#include "live/worker_media.h"
#include "net/re.h"

enum { KEY_BYTES = 30, TAG_BYTES = 10, PACKETS = 20, STEP = 160 };

static const enum srtp_suite suite = SRTP_AES_CM_128_HMAC_SHA1_80;
static const uint8_t key[KEY_BYTES] = "thirty bytes of key and salt!";

/* A sender of SRTP whose sequence numbers are about to begin anew. */
struct sender {
    struct srtp *srtp;
    int fd;
    struct sockaddr_in to;
    uint32_t number;
    size_t identifier; /* Bytes. */
    int is_mute;       /* Counts, and sends nothing. */
};

/* A key's identifier, before the tag. */
static size_t add_identifier(uint8_t *bytes, size_t len, size_t identifier)
{
    memmove(bytes + len - TAG_BYTES + identifier, bytes + len - TAG_BYTES, TAG_BYTES);
    memset(bytes + len - TAG_BYTES, 7, identifier);
    return len + identifier;
}

static void send_some(struct sender *s)
{
    for (int i = 0; i < PACKETS; i++, s->number++) {
        uint32_t ts = s->number * STEP;
        uint8_t bytes[12 + STEP + 32] = {0x80, 0, (uint8_t)(s->number >> 8), (uint8_t)s->number};
        for (int k = 0; k < 4; k++)
            bytes[4 + k] = (uint8_t)(ts >> (24 - 8 * k));
        memset(bytes + 12, 0xff, STEP);
        struct mbuf mb = {.buf = bytes, .size = sizeof bytes, .end = 12 + STEP};
        assert_int_equal(srtp_encrypt(s->srtp, &mb), 0);
        mb.end = add_identifier(bytes, mb.end, s->identifier);
        if (s->is_mute)
            continue;
        assert_int_equal(
            sendto(s->fd, bytes, mb.end, 0, (const struct sockaddr *)&s->to, sizeof s->to), mb.end);
    }
}

static uint64_t receive(struct ut__batch *batch, struct ut__live_line *line)
{
    struct ut__rtp_stats stats;
    while (ut__media_receive(batch, line, 1000000))
        ;
    ut__rtp_stream_get_stats(line->rtp, &stats);
    return stats.packets;
}

/* Hold and resume change the line; the key stays, and so must its count of 65536 packets each. */
static void test_srtp_goes_on(void **state)
{
    (void)state;
    struct ut_model *model;
    struct ut__batch *batch;
    struct ut__live_call *lc;
    struct ut_alert_config alert = ut_alert_config_default();
    struct sender s = {.number = 65536 - PACKETS / 2};
    socklen_t len = sizeof s.to;
    assert_int_equal(ut_model_create_default(&model), 0);
    assert_int_equal(ut__batch_create(&batch), 0);
    assert_int_equal(srtp_alloc(&s.srtp, suite, key, KEY_BYTES, 0), 0);
    struct ut__port_open open = {.line_count = 1};
    struct ut__port_line *line = &open.lines[0];
    *line = (struct ut__port_line){
        .fd = ut__rtp_bind("127.0.0.1", 0), .srtp_suite = suite, .srtp_key_bytes = KEY_BYTES};
    line->rtp.format_count = (uint32_t)ut__rtp_format_static(&line->rtp.formats[0], 0);
    memcpy(line->srtp_key, key, KEY_BYTES);
    s.fd = ut__rtp_bind("127.0.0.1", 0);
    assert_true(line->fd >= 0 && s.fd >= 0);
    assert_int_equal(getsockname(line->fd, (struct sockaddr *)&s.to, &len), 0);
    assert_int_equal(ut__live_call_create(&lc, model, &alert, NULL, &open), 0);
    send_some(&s);
    assert_int_equal(receive(batch, &lc->lines[0]), PACKETS);

    struct ut__live_line next;
    line->fd = -1;
    line->srtp_goes_on = 1;
    assert_int_equal(ut__live_line_make(&next, lc, 0, line), 0);
    ut__media_set_line(lc, 0, &next);
    send_some(&s);
    assert_int_equal(receive(batch, &lc->lines[0]), PACKETS);
    assert_int_equal(lc->lines[0].foreign, 0);

    /* Another key, with an identifier in each packet: the count goes on with it as well. */
    static const uint8_t other[KEY_BYTES] = "another key of thirty bytes!!";
    const uint32_t number = s.number;
    mem_deref(s.srtp);
    assert_int_equal(srtp_alloc(&s.srtp, suite, other, KEY_BYTES, 0), 0);
    s.number = 65536 - PACKETS;
    s.is_mute = 1;
    while (s.number < number)
        send_some(&s);
    s.is_mute = 0;
    s.identifier = line->srtp_mki_bytes = 4;
    line->srtp_goes_on = 0;
    memcpy(line->srtp_key, other, KEY_BYTES);
    assert_int_equal(ut__live_line_make(&next, lc, 0, line), 0);
    ut__media_set_line(lc, 0, &next);
    send_some(&s);
    assert_int_equal(receive(batch, &lc->lines[0]), PACKETS);
    assert_int_equal(lc->lines[0].srtp_failed, 0);
    assert_int_equal(lc->lines[0].srtp_rolls, 1);

    ut__live_call_destroy(lc);
    ut__batch_destroy(batch);
    ut_model_destroy(model);
    mem_deref(s.srtp);
    close(s.fd);
}

/* A compiler may write the ring by whole cache lines, as with -march=native: each call's must lie
 * as its type says. Of several, or one could by chance. */
static void test_aligned(void **state)
{
    (void)state;
    struct ut_model *model;
    struct ut__live_call *lc[8];
    struct ut_alert_config alert = ut_alert_config_default();
    const struct ut__port_open open = {.caller_rate_hz = 8000};
    assert_int_equal(ut_model_create_default(&model), 0);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(ut__live_call_create(&lc[i], model, &alert, NULL, &open), 0);
        assert_int_equal((uintptr_t)&lc[i]->pushed % _Alignof(struct ut__ring), 0);
    }
    for (size_t i = 0; i < 8; i++)
        ut__live_call_destroy(lc[i]);
    ut_model_destroy(model);
}

/* A worker that comes late finds packets of a call that seems to have gone silent. */
static void test_late_worker(void **state)
{
    (void)state;
    enum { TIMEOUT_US = 5000000 };
    struct ut_model *model;
    struct ut__batch *batch;
    struct ut__live_call *lc;
    struct ut_alert_config alert = ut_alert_config_default();
    struct sockaddr_in to;
    socklen_t len = sizeof to;
    assert_int_equal(ut_model_create_default(&model), 0);
    assert_int_equal(ut__batch_create(&batch), 0);
    struct ut__port_open open = {.line_count = 1};
    struct ut__port_line *line = &open.lines[0];
    *line = (struct ut__port_line){.fd = ut__rtp_bind("127.0.0.1", 0)};
    line->rtp.format_count = (uint32_t)ut__rtp_format_static(&line->rtp.formats[0], 0);
    assert_int_equal(getsockname(line->fd, (struct sockaddr *)&to, &len), 0);
    assert_int_equal(ut__live_call_create(&lc, model, &alert, NULL, &open), 0);
    int fd = ut__rtp_bind("127.0.0.1", 0);
    for (uint8_t n = 0; n < 2 * UT__BATCH + 3; n++) {
        const uint8_t bytes[12 + STEP] = {
            0x80, 0, 0, n, 0, 0, (uint8_t)(n * STEP >> 8), (uint8_t)(n * STEP)};
        assert_int_equal(
            sendto(fd, bytes, sizeof bytes, 0, (const struct sockaddr *)&to, sizeof to),
            sizeof bytes);
    }
    const int64_t now_us = 10000000;
    assert_int_equal(ut__media_is_gone(batch, lc, now_us, TIMEOUT_US), 0);
    assert_int_equal(receive(batch, &lc->lines[0]), 2 * UT__BATCH + 3);
    assert_int_equal(ut__media_is_gone(batch, lc, now_us, TIMEOUT_US), 0);
    assert_int_equal(ut__media_is_gone(batch, lc, now_us + TIMEOUT_US, TIMEOUT_US), 1);
    ut__live_call_destroy(lc);
    ut__batch_destroy(batch);
    ut_model_destroy(model);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_srtp_goes_on),
                                       cmocka_unit_test(test_aligned),
                                       cmocka_unit_test(test_late_worker)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
