/* SPDX-License-Identifier: MIT */
/* Packets that are lost, late, doubled, reordered, renumbered or drifting: the time stays right. */
#include "unit/unit.h"

#include <math.h>
#include <stdlib.h>

#include "audio/g711.h"
#include "rtp/stream.h"

enum { PTIME = 160, PTIME_US = 20000, PCM_MAX = 8000 * 70 };

static struct {
    float pcm[PCM_MAX];
    uint8_t kind[PCM_MAX];
    size_t n, of[4];
} out;

static struct ut__rtp_stream *s;
static int64_t now_us;

static void take(void *arg, enum ut__rtp_kind kind, const float *pcm, size_t n)
{
    (void)arg;
    assert_true(kind == UT__RTP_AUDIO || kind == UT__RTP_CONCEALED ? pcm != NULL : pcm == NULL);
    for (size_t i = 0; i < n && out.n < PCM_MAX; i++, out.n++) {
        out.pcm[out.n] = pcm ? pcm[i] : 0.0f;
        out.kind[out.n] = (uint8_t)kind;
        if (pcm)
            assert_true(isfinite(pcm[i]) && fabsf(pcm[i]) <= 1.0f);
    }
    out.of[kind] += n;
}

static void begin(const char *codec)
{
    struct ut__rtp_config cfg = {.format_count = 3};
    uint32_t rate = strcmp(codec, "opus") == 0 ? 48000 : 8000;
    assert_true(ut__rtp_format_named(&cfg.formats[0], 0, codec, strlen(codec), rate, 1));
    assert_true(ut__rtp_format_named(&cfg.formats[1], 13, "CN", 2, 8000, 1));
    assert_true(ut__rtp_format_named(&cfg.formats[2], 101, "telephone-event", 15, 8000, 1));
    memset(&out, 0, sizeof out);
    now_us = 5000000;
    assert_int_equal(ut__rtp_stream_create(&s, &cfg, take, NULL), 0);
}

static struct ut__rtp_stats end(void)
{
    struct ut__rtp_stats st;
    ut__rtp_stream_flush(s);
    ut__rtp_stream_get_stats(s, &st);
    assert_int_equal(ut__rtp_stream_position(s), out.n);
    ut__rtp_stream_destroy(s);
    return st;
}

/* A 400 Hz tone whose phase tells the sample's time. */
static float tone(uint32_t t)
{
    return 0.25f * sinf(2.0f * 3.14159265f * 400.0f * (float)(t % 8000) / 8000.0f);
}

static void send_raw(uint8_t pt, int marker, uint16_t seq, uint32_t ts, uint32_t ssrc,
                     const uint8_t *payload, size_t n, int64_t at_us)
{
    uint8_t p[1500] = {0x80,
                       (uint8_t)(pt | marker << 7),
                       (uint8_t)(seq >> 8),
                       (uint8_t)seq,
                       (uint8_t)(ts >> 24),
                       (uint8_t)(ts >> 16),
                       (uint8_t)(ts >> 8),
                       (uint8_t)ts,
                       (uint8_t)(ssrc >> 24),
                       (uint8_t)(ssrc >> 16),
                       (uint8_t)(ssrc >> 8),
                       (uint8_t)ssrc};
    memcpy(p + 12, payload, n);
    ut__rtp_stream_advance(s, at_us);
    ut__rtp_stream_push(s, p, n + 12, at_us);
}

/* Packet number i of the tone: sequence number and timestamp from the given begin on. */
static void send_tone(uint32_t i, uint16_t seq0, uint32_t ts0, uint32_t ssrc, int64_t at_us)
{
    float pcm[PTIME];
    uint8_t payload[PTIME];
    for (uint32_t k = 0; k < PTIME; k++)
        pcm[k] = tone(i * PTIME + k);
    ut__ulaw_encode(payload, pcm, PTIME);
    send_raw(0, 0, (uint16_t)(seq0 + i), ts0 + i * PTIME, ssrc, payload, PTIME, at_us);
}

static int64_t due(uint32_t i)
{
    return now_us + (int64_t)i * PTIME_US;
}

/* Every sample of sound stands at its time, within G.711's step. */
static void check_places(size_t from, size_t to)
{
    for (size_t t = from; t < to && t < out.n; t++) {
        if (out.kind[t] == UT__RTP_AUDIO)
            assert_true(fabsf(out.pcm[t] - tone((uint32_t)t)) < 0.02f);
    }
}

/* Numbers and timestamps wrap in the middle. */
/* What an SDP may bring, and no stream is made of. */
static void test_refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t count;
        struct ut__rtp_format f;
    } rows[] = {{0, {0, UT__RTP_PCMU, 1, 8000, 0}},
                {UT__RTP_FORMATS_MAX + 1, {0, UT__RTP_PCMU, 1, 8000, 0}},
                {1, {128, UT__RTP_PCMU, 1, 8000, 0}},
                {1, {0, UT__RTP_NONE, 1, 8000, 0}},
                {1, {96, UT__RTP_L16, 1, 7999, 0}},
                {1, {96, UT__RTP_L16, 1, 48001, 0}},
                {1, {96, UT__RTP_L16, 1, 4000000000, 0}},
                {1, {96, UT__RTP_G726, 1, 8000, 7}}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ut__rtp_config cfg = {.formats = {rows[i].f}, .format_count = rows[i].count};
        struct ut__rtp_stream *none = NULL;
        assert_int_equal(ut__rtp_stream_create(&none, &cfg, take, NULL), UT_EINVAL);
        assert_null(none);
    }
    ut__rtp_stream_destroy(NULL);
    begin("PCMU");
    assert_int_equal(ut__rtp_stream_codec(s, 0), UT__RTP_PCMU);
    assert_int_equal(ut__rtp_stream_codec(s, 101), UT__RTP_EVENT);
    assert_int_equal(ut__rtp_stream_codec(s, 77), UT__RTP_NONE);
    (void)end();
}

static void test_lossless(void **state)
{
    (void)state;
    begin("PCMU");
    for (uint32_t i = 0; i < 200; i++)
        send_tone(i, 65500, 0xfffff000u, 7, due(i));
    struct ut__rtp_stats st = end();
    assert_int_equal(out.n, 200 * PTIME);
    assert_int_equal(out.of[UT__RTP_AUDIO], out.n);
    assert_int_equal(st.lost + st.late + st.resets + st.duplicates + st.skew_samples, 0);
    check_places(0, out.n);
}

/* A third is lost at random: no sample is out of place, what is missing is flagged. */
static void test_loss(void **state)
{
    (void)state;
    begin("PCMU");
    srand(1);
    uint32_t lost = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        if (i > 1 && i < 998 && rand() % 10 < 3)
            lost++;
        else
            send_tone(i, 1, 0, 7, due(i));
    }
    struct ut__rtp_stats st = end();
    assert_int_equal(out.n, 1000 * PTIME);
    assert_int_equal(st.lost, lost);
    assert_int_equal(out.of[UT__RTP_CONCEALED] + out.of[UT__RTP_LOST], lost * PTIME);
    assert_int_equal(out.of[UT__RTP_SILENCE], 0);
    assert_true(out.of[UT__RTP_CONCEALED] > out.of[UT__RTP_LOST]);
}

/* The concealment of a steady tone goes on with the tone: right pitch, some level. */
static void test_conceal(void **state)
{
    (void)state;
    begin("PCMU");
    for (uint32_t i = 0; i < 50; i++) {
        if (i != 25)
            send_tone(i, 1, 0, 7, due(i));
    }
    end();
    double dot = 0, own = 0, ref = 0;
    for (uint32_t t = 25 * PTIME; t < 26 * PTIME; t++) {
        assert_int_equal(out.kind[t], UT__RTP_CONCEALED);
        dot += (double)(out.pcm[t] * tone(t));
        own += (double)(out.pcm[t] * out.pcm[t]);
        ref += (double)(tone(t) * tone(t));
    }
    assert_true(dot / sqrt(own * ref) > 0.95);
    assert_true(own > 0.25 * ref);
}

/* Neighbours swapped, every tenth doubled, one far too late. */
static void test_order(void **state)
{
    (void)state;
    begin("PCMU");
    for (uint32_t i = 0; i < 300; i += 2) {
        send_tone(i + 1, 1, 0, 7, due(i + 1));
        send_tone(i, 1, 0, 7, due(i + 1) + 3000);
        if (i % 10 == 0)
            send_tone(i, 1, 0, 7, due(i + 1) + 4000);
    }
    send_tone(100, 1, 0, 7, due(300));
    struct ut__rtp_stats st = end();
    /* The call begins with the packet that came first, which was the second. */
    assert_in_range(out.n, 299 * PTIME, 300 * PTIME);
    assert_int_equal(out.of[UT__RTP_LOST] + out.of[UT__RTP_CONCEALED], 0);
    assert_int_equal(st.lost, 0);
    assert_true(st.reordered >= 149);
    assert_true(st.duplicates >= 29);
    assert_int_equal(st.late, 1);
}

/* Another SSRC goes on after 2 s: one packet proves it, the time is kept. */
static void test_ssrc(void **state)
{
    (void)state;
    begin("PCMU");
    for (uint32_t i = 0; i < 100; i++)
        send_tone(i, 1, 0, 7, due(i));
    for (uint32_t i = 100; i < 200; i++)
        send_tone(i, 30000, 777000, 8, due(i));
    struct ut__rtp_stats st = end();
    assert_int_equal(out.n, 200 * PTIME);
    assert_int_equal(st.resets, 1);
    assert_int_equal(st.foreign, 1);
    check_places(0, out.n);
}

/* A stranger who interferes with packets of other SSRCs changes nothing. */
static void test_stranger(void **state)
{
    (void)state;
    begin("PCMU");
    for (uint32_t i = 0; i < 100; i++) {
        send_tone(i, 1, 0, 7, due(i));
        send_tone(i, 1, 5, 9, due(i) + 1000);
    }
    struct ut__rtp_stats st = end();
    assert_int_equal(out.n, 100 * PTIME);
    assert_int_equal(st.foreign, 100);
    check_places(0, out.n);
}

/* The timestamps jump by an hour, both ways: the arrival tells the place. */
static void test_jump(void **state)
{
    (void)state;
    begin("PCMU");
    for (uint32_t i = 0; i < 300; i++)
        send_tone(i, 1, i < 100 ? 0 : i < 200 ? 28800000u : 4000u, 7, due(i));
    struct ut__rtp_stats st = end();
    assert_int_equal(out.n, 300 * PTIME);
    assert_int_equal(st.resets, 2);
    assert_int_equal(out.of[UT__RTP_AUDIO], out.n);
    check_places(0, out.n);
}

/* Timestamps that run away from the clock in small steps do not take the call's time with them. */
static void test_runaway(void **state)
{
    (void)state;
    static const uint32_t steps[] = {2 * PTIME, 7900};
    uint8_t payload[PTIME];
    memset(payload, 0xff, sizeof payload);
    for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++) {
        begin("PCMU");
        for (uint32_t i = 0; i < 500; i++)
            send_raw(0, 0, (uint16_t)i, i * steps[k], 7, payload, PTIME, due(i));
        end();
        /* Ten seconds, and the packets before the clock is known. */
        assert_in_range(out.n, 500 * PTIME, 500 * PTIME + 8000 + PTIME);
        assert_int_equal(out.of[UT__RTP_AUDIO], 500 * PTIME);
    }
}

/* Timestamps by another clock than the format's, with a pause: all is heard in its place, and it is known. */
static void test_another_clock(void **state)
{
    (void)state;
    static const struct {
        const char *codec;
        uint32_t step, seems_hz;
        int is_off;
    } rows[] = {{"PCMU", 320, 16000, 1}, {"PCMU", 80, 4000, 1}, {"PCMU", 960, 48000, 1},
                {"PCMU", 1, 50, 1},      {"PCMU", 0, 0, 1},     {"G722", 320, 16000, 1},
                {"PCMU", 160, 0, 0},     {"G722", 160, 0, 0}};
    enum { PAUSE = 100, ALL = 600 };
    uint8_t payload[PTIME];
    memset(payload, 0xff, sizeof payload);
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        uint32_t says_hz, seems_hz;
        begin(rows[k].codec);
        for (uint32_t i = 0, seq = 0; i < ALL; i++) {
            if (i >= 200 && i < 200 + PAUSE)
                ut__rtp_stream_heard_beside(s, due(i));
            else
                send_raw(0, 0, (uint16_t)seq++, i * rows[k].step, 7, payload, PTIME, due(i));
            ut__rtp_stream_advance(s, due(i));
            assert_true(i > 40 || !ut__rtp_stream_off_clock(s, &says_hz, &seems_hz));
            assert_true(i < 60 ||
                        ut__rtp_stream_off_clock(s, &says_hz, &seems_hz) == rows[k].is_off);
        }
        assert_int_equal(says_hz, 8000);
        assert_int_equal(seems_hz, rows[k].seems_hz);
        end();
        /* A pause without timestamps ends when it is known. */
        uint32_t late = rows[k].step ? 4 : 15;
        assert_in_range(out.n, (ALL - late) * PTIME, (ALL + 15) * PTIME);
        assert_in_range(out.of[UT__RTP_AUDIO], (ALL - PAUSE - late) * PTIME, (ALL - PAUSE) * PTIME);
        assert_int_equal(out.of[UT__RTP_LOST], 0);
    }
}

/* Who sends a packet of each eight while nobody speaks counts by the right clock. */
static void test_sparse_packets_are_no_other_clock(void **state)
{
    (void)state;
    uint8_t payload[PTIME];
    uint32_t says_hz, seems_hz;
    memset(payload, 0xff, sizeof payload);
    begin("PCMU");
    for (uint32_t i = 0; i < 100; i++) {
        send_raw(0, 0, (uint16_t)i, i * 8 * PTIME, 7, payload, PTIME, due(i * 8));
        assert_false(ut__rtp_stream_off_clock(s, &says_hz, &seems_hz));
    }
    end();
    assert_int_equal(out.of[UT__RTP_AUDIO], 100 * PTIME);
    assert_int_equal(out.of[UT__RTP_SILENCE], 99 * 7 * PTIME);
}

/* The sender stops and its timestamps go on: silence, not loss. */
static void test_dtx(void **state)
{
    (void)state;
    static const uint8_t noise = 60;
    begin("PCMU");
    for (uint32_t i = 0; i < 50; i++)
        send_tone(i, 1, 0, 7, due(i));
    send_raw(13, 0, 51, 50 * PTIME, 7, &noise, 1, due(50));
    for (uint32_t i = 50; i < 150; i++)
        ut__rtp_stream_advance(s, due(i));
    for (uint32_t i = 150; i < 200; i++)
        send_tone(i, (uint16_t)(1 - 99), 0, 7, due(i));
    struct ut__rtp_stats st = end();
    assert_int_equal(out.n, 200 * PTIME);
    assert_int_equal(st.lost, 0);
    assert_int_equal(out.of[UT__RTP_SILENCE], 100 * PTIME);
    check_places(0, out.n);
}

/* Opus says that it will send no more for a while: silence, not loss. */
static void test_opus_dtx(void **state)
{
    (void)state;
    static const uint8_t nothing[] = {0x08}; /* SILK, narrow band, 20 ms, and not a bit of it. */
    begin("opus");
    for (uint32_t i = 0; i < 182; i++) {
        ut__rtp_stream_advance(s, due(i));
        if (i % 20 < 2) /* Every 400 ms, as encoders do. */
            send_raw(0, 0, (uint16_t)(i / 20 * 2 + i % 20), i * 960, 7, nothing, 1, due(i));
    }
    struct ut__rtp_stats st = end();
    assert_int_equal(st.lost, 0);
    assert_int_equal(out.of[UT__RTP_LOST] + out.of[UT__RTP_CONCEALED], 0);
    assert_int_equal(out.of[UT__RTP_AUDIO], 20 * PTIME);
    assert_int_equal(out.n, 182 * PTIME);
}

/* The network is cut for 3 s: a gap of that length, made known while it lasts. */
static void test_outage(void **state)
{
    (void)state;
    begin("PCMU");
    for (uint32_t i = 0; i < 50; i++)
        send_tone(i, 1, 0, 7, due(i));
    for (uint32_t i = 50; i < 200; i++)
        ut__rtp_stream_advance(s, due(i));
    assert_int_equal(out.n, 200 * PTIME - PTIME - 2400);
    for (uint32_t i = 200; i < 250; i++)
        send_tone(i, 1, 0, 7, due(i));
    end();
    assert_int_equal(out.n, 250 * PTIME);
    assert_int_equal(out.of[UT__RTP_AUDIO], 100 * PTIME);
    check_places(0, 50 * PTIME);
    check_places(201 * PTIME, out.n); /* After the cross-fade. */
}

/* Jitter of up to 80 ms, which also reorders: nothing is lost or out of place. */
static void test_jitter(void **state)
{
    (void)state;
    struct {
        int64_t at;
        uint32_t i;
    } q[500];
    begin("PCMU");
    srand(2);
    for (uint32_t i = 0; i < 500; i++) {
        q[i].i = i;
        q[i].at = due(i) + (i < 2 ? 0 : rand() % 80000);
        for (uint32_t k = i; k > 0 && q[k].at < q[k - 1].at; k--) {
            int64_t at = q[k].at;
            uint32_t n = q[k].i;
            q[k] = q[k - 1];
            q[k - 1].at = at;
            q[k - 1].i = n;
        }
    }
    for (uint32_t i = 0; i < 500; i++)
        send_tone(q[i].i, 1, 0, 7, q[i].at);
    struct ut__rtp_stats st = end();
    assert_int_equal(out.n, 500 * PTIME);
    assert_int_equal(st.lost + st.late, 0);
    assert_int_equal(out.of[UT__RTP_AUDIO], out.n);
    check_places(0, out.n);
}

/* A sender's clock is 300 ppm fast or slow for a minute: the stream ends when the call does. */
static void test_skew(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        begin("PCMU");
        uint32_t packets = 3400;
        int64_t period_ns = 20000000 - sign * 6000;
        for (uint32_t i = 0; i < packets; i++)
            send_tone(i, 1, 0, 7, now_us + (int64_t)i * period_ns / 1000);
        struct ut__rtp_stats st = end();
        int64_t wall = packets * period_ns / 125000; /* Samples by the receiver's clock. */
        assert_true(llabs((int64_t)out.n - wall) <= 160);
        assert_true(st.skew_samples >= 80);
        assert_int_equal(st.resets, 0);
    }
}

/* A digit: its time passes as silence. */
static void test_event(void **state)
{
    (void)state;
    begin("PCMU");
    for (uint32_t i = 0; i < 50; i++)
        send_tone(i, 1, 0, 7, due(i));
    for (uint32_t i = 0; i < 8; i++) {
        uint8_t event[4] = {5, 10, (uint8_t)((i + 1) * PTIME >> 8), (uint8_t)((i + 1) * PTIME)};
        send_raw(101, i == 0, (uint16_t)(51 + i), 50 * PTIME, 7, event, 4, due(50 + i));
    }
    for (uint32_t i = 58; i < 100; i++)
        send_tone(i, 1, 0, 7, due(i));
    struct ut__rtp_stats st = end();
    assert_int_equal(out.n, 100 * PTIME);
    assert_int_equal(out.of[UT__RTP_SILENCE], 8 * PTIME);
    assert_int_equal(st.lost, 0);
    check_places(0, out.n);
}

/* What is no RTP, of another version, of a payload type that nobody named, RTCP. */
static void test_garbage(void **state)
{
    (void)state;
    uint8_t p[64] = {0};
    begin("PCMU");
    ut__rtp_stream_push(s, p, 0, now_us);
    ut__rtp_stream_push(s, p, sizeof p, now_us);
    p[0] = 0x8f; /* Fifteen CSRCs, which are not there. */
    ut__rtp_stream_push(s, p, 30, now_us);
    p[0] = 0xa0; /* Padding of no bytes. */
    ut__rtp_stream_push(s, p, 30, now_us);
    p[0] = 0x80;
    p[1] = 18;
    ut__rtp_stream_push(s, p, 32, now_us);
    p[1] = 200;
    ut__rtp_stream_push(s, p, 32, now_us);
    struct ut__rtp_stats st = end();
    assert_int_equal(st.malformed, 4);
    assert_int_equal(st.unknown_pt, 1);
    assert_int_equal(st.rtcp, 1);
    assert_int_equal(st.packets, 0);
    assert_int_equal(out.n, 0);
}

/* Two streams of a call, the second of which begins 1.5 s later: side by side all the same. */
static void test_origin(void **state)
{
    (void)state;
    begin("PCMU");
    ut__rtp_stream_set_origin(s, now_us - 1500000);
    for (uint32_t i = 0; i < 50; i++)
        send_tone(i, 1, 0, 7, due(i));
    end();
    assert_int_equal(out.n, 12000 + 50 * PTIME);
    assert_int_equal(out.of[UT__RTP_SILENCE], 12000);
}

/* The delay grows by half a second for good, as when a route changes. */
static void test_delay_step(void **state)
{
    (void)state;
    begin("PCMU");
    for (uint32_t i = 0; i < 100; i++)
        send_tone(i, 1, 0, 7, due(i));
    for (uint32_t i = 100; i < 200; i++)
        send_tone(i, 1, 0, 7, due(i) + 500000);
    struct ut__rtp_stats st = end();
    assert_true(st.late < 10);
    assert_true(out.of[UT__RTP_AUDIO] > 185 * PTIME);
}

/* The network holds everything for 2 s and lets it go at once: nothing is put in or lost. */
static void test_burst(void **state)
{
    (void)state;
    begin("PCMU");
    for (uint32_t i = 0; i < 300; i++)
        send_tone(i, 1, 0, 7, i >= 100 && i < 200 ? due(200) : due(i));
    struct ut__rtp_stats st = end();
    assert_int_equal(st.lost, 0);
    assert_true(st.resets <= 1);
    /* What was filled up meanwhile is not given again: no more than the outage is lost of it. */
    assert_in_range(out.n, 300 * PTIME, 300 * PTIME + 100 * PTIME);
    assert_true(out.of[UT__RTP_AUDIO] >= 190 * PTIME);
}

/* Packets that bring more samples than their time has are heard for three seconds at most and then told
 * for what they are, whatever their timestamps say; what merely is late or lost is heard. */
static void test_another_rate(void **state)
{
    (void)state;
    static const struct {
        size_t bytes;          /* Of a packet, */
        uint32_t step;         /* how far its timestamp goes on, */
        uint32_t every, burst; /* one of so many comes, so many at a time, */
        uint32_t seems_hz;
    } cases[] = {
        {160, 160, 1, 1, 0},     {160, 160, 2, 1, 0}, {160, 160, 1, 40, 0}, {320, 320, 1, 1, 16000},
        {320, 160, 1, 1, 16000}, {160, 320, 1, 1, 0}, {80, 80, 1, 1, 4000}, {320, 320, 2, 1, 16000},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        uint8_t payload[320];
        uint32_t says_hz;
        memset(payload, 0x55, sizeof payload);
        begin("PCMU");
        for (uint32_t i = 0; i < 400; i++)
            if (i % cases[k].every == 0)
                send_raw(0, 0, (uint16_t)i, i * cases[k].step, 7, payload, cases[k].bytes,
                         due(i + cases[k].burst - 1 - i % cases[k].burst));
        assert_int_equal(ut__rtp_stream_seems_hz(s, &says_hz), cases[k].seems_hz);
        assert_int_equal(says_hz, 8000);
        if (cases[k].seems_hz)
            assert_true(out.of[UT__RTP_AUDIO] <= 7 * 8000 && out.of[UT__RTP_LOST] >= 3 * 8000);
        (void)end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_lossless),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_conceal),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_ssrc),
        cmocka_unit_test(test_stranger),
        cmocka_unit_test(test_jump),
        cmocka_unit_test(test_dtx),
        cmocka_unit_test(test_outage),
        cmocka_unit_test(test_jitter),
        cmocka_unit_test(test_skew),
        cmocka_unit_test(test_event),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_delay_step),
        cmocka_unit_test(test_burst),
        cmocka_unit_test(test_runaway),
        cmocka_unit_test(test_another_clock),
        cmocka_unit_test(test_sparse_packets_are_no_other_clock),
        cmocka_unit_test(test_opus_dtx),
        cmocka_unit_test(test_another_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
