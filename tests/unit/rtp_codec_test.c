/* SPDX-License-Identifier: MIT */
/* Each codec carries a tone through: right length, right pitch, right level. */
#include "unit/unit.h"

#include <math.h>

#include <opus/opus.h>
#include <spandsp.h>

#include "rtp/codec.h"

enum { PACKETS = 50, TONE_HZ = 500 };

static float heard[PACKETS * UT__RTP_PCM_MAX];

static void decode_all(const struct ut__rtp_format *f, uint8_t (*payload)[2000], const size_t *len,
                       size_t each)
{
    struct ut__rtp_decoder *d;
    size_t n = 0;
    assert_int_equal(ut__rtp_decoder_create(&d, f), 0);
    for (int i = 0; i < PACKETS; i++) {
        assert_int_equal(ut__rtp_decoder_duration(d, payload[i], len[i]), each);
        n += ut__rtp_decoder_run(d, heard + n, payload[i], len[i]);
    }
    /* A resampler keeps a few samples back. */
    assert_in_range(n, PACKETS * each - 40, PACKETS * each);
    ut__rtp_decoder_destroy(d);
    /* The second half, when filters and coders have settled: the share of energy at the tone. */
    double re = 0, im = 0, all = 0;
    for (size_t i = n / 2; i < n; i++) {
        double w = 2 * 3.141592653589793 * TONE_HZ * (double)i / 8000;
        re += (double)heard[i] * cos(w);
        im += (double)heard[i] * sin(w);
        all += (double)heard[i] * (double)heard[i];
    }
    double count = (double)(n - n / 2);
    double at_tone = 2 * (re * re + im * im) / count;
    assert_true(at_tone / all > 0.95);
    assert_true(sqrt(all / count) > 0.12 && sqrt(all / count) < 0.24); /* 0.25 peak: 0.177. */
}

static int16_t sample(size_t t, int rate_hz)
{
    return (int16_t)lrint(8192 * sin(2 * 3.141592653589793 * TONE_HZ * (double)t / rate_hz));
}

static uint8_t payload[PACKETS][2000];
static size_t len[PACKETS];

static void test_g722(void **state)
{
    (void)state;
    const struct ut__rtp_format f = {9, UT__RTP_G722, 1, 8000};
    g722_encode_state_t *e = g722_encode_init(NULL, 64000, 0);
    for (size_t i = 0; i < PACKETS; i++) {
        int16_t pcm[320];
        for (size_t k = 0; k < 320; k++)
            pcm[k] = sample(i * 320 + k, 16000);
        len[i] = (size_t)g722_encode(e, payload[i], pcm, 320);
    }
    g722_encode_free(e);
    decode_all(&f, payload, len, 160);
}

static void test_gsm(void **state)
{
    (void)state;
    const struct ut__rtp_format f = {3, UT__RTP_GSM, 1, 8000};
    gsm0610_state_t *e = gsm0610_init(NULL, GSM0610_PACKING_VOIP);
    for (size_t i = 0; i < PACKETS; i++) {
        int16_t pcm[320];
        for (size_t k = 0; k < 320; k++)
            pcm[k] = sample(i * 320 + k, 8000);
        len[i] = (size_t)gsm0610_encode(e, payload[i], pcm, 320);
        assert_int_equal(len[i], 66);
    }
    gsm0610_free(e);
    decode_all(&f, payload, len, 320);
}

static void test_opus(void **state)
{
    (void)state;
    const struct ut__rtp_format f = {96, UT__RTP_OPUS, 2, 48000};
    int err;
    OpusEncoder *e = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &err);
    for (size_t i = 0; i < PACKETS; i++) {
        int16_t pcm[960];
        for (size_t k = 0; k < 960; k++)
            pcm[k] = sample(i * 960 + k, 48000);
        len[i] = (size_t)opus_encode(e, pcm, 960, payload[i], sizeof payload[i]);
    }
    opus_encoder_destroy(e);
    decode_all(&f, payload, len, 160);
}

static void test_l16(void **state)
{
    (void)state;
    const struct ut__rtp_format formats[] = {{11, UT__RTP_L16, 1, 8000},
                                             {97, UT__RTP_L16, 1, 16000}};
    for (int r = 0; r < 2; r++) {
        size_t n = (size_t)formats[r].rate_hz / 50;
        for (size_t i = 0; i < PACKETS; i++) {
            for (size_t k = 0; k < n; k++) {
                int16_t v = sample(i * n + k, (int)formats[r].rate_hz);
                payload[i][2 * k] = (uint8_t)((uint16_t)v >> 8);
                payload[i][2 * k + 1] = (uint8_t)v;
            }
            len[i] = n * 2;
        }
        decode_all(&formats[r], payload, len, 160);
    }
}

/* Payloads that are none of the codec's. */
static void test_refused(void **state)
{
    (void)state;
    static const struct {
        struct ut__rtp_format f;
        size_t len;
    } cases[] = {
        {{0, UT__RTP_PCMU, 1, 8000}, 0},   {{0, UT__RTP_PCMU, 1, 8000}, 1601},
        {{3, UT__RTP_GSM, 1, 8000}, 32},   {{11, UT__RTP_L16, 1, 8000}, 161},
        {{96, UT__RTP_OPUS, 1, 48000}, 0},
    };
    static const uint8_t bytes[2000] = {0xff};
    float pcm[UT__RTP_PCM_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__rtp_decoder *d;
        assert_int_equal(ut__rtp_decoder_create(&d, &cases[i].f), 0);
        assert_int_equal(ut__rtp_decoder_run(d, pcm, bytes, cases[i].len), 0);
        ut__rtp_decoder_destroy(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_g722), cmocka_unit_test(test_gsm),     cmocka_unit_test(test_opus),
        cmocka_unit_test(test_l16),  cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
