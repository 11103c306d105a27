/* SPDX-License-Identifier: MIT */
/* Each codec carries a tone through: right length, right pitch, right level. */
#include "unit/unit.h"

#include <math.h>

#include <opus/opus.h>
#include <spandsp.h>

#ifdef UT_WITH_AMR
#include <opencore-amrnb/interf_enc.h>
#endif
#ifdef UT_WITH_G729
#include <bcg729/encoder.h>
#endif

#include "rtp/amr.h"
#include "rtp/codec.h"

enum { PACKETS = 50, TONE_HZ = 500 };

static float heard[PACKETS * UT__RTP_PCM_MAX];

static void decode_all(const struct ut__rtp_format *f, uint8_t (*payload)[2000], const size_t *len,
                       size_t each, double purity)
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
    assert_true(at_tone / all > purity);
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
    const struct ut__rtp_format f = {9, UT__RTP_G722, 1, 8000, 0};
    g722_encode_state_t *e = g722_encode_init(NULL, 64000, 0);
    for (size_t i = 0; i < PACKETS; i++) {
        int16_t pcm[320];
        for (size_t k = 0; k < 320; k++)
            pcm[k] = sample(i * 320 + k, 16000);
        len[i] = (size_t)g722_encode(e, payload[i], pcm, 320);
    }
    g722_encode_free(e);
    decode_all(&f, payload, len, 160, 0.95);
}

static void test_gsm(void **state)
{
    (void)state;
    const struct ut__rtp_format f = {3, UT__RTP_GSM, 1, 8000, 0};
    gsm0610_state_t *e = gsm0610_init(NULL, GSM0610_PACKING_VOIP);
    for (size_t i = 0; i < PACKETS; i++) {
        int16_t pcm[320];
        for (size_t k = 0; k < 320; k++)
            pcm[k] = sample(i * 320 + k, 8000);
        len[i] = (size_t)gsm0610_encode(e, payload[i], pcm, 320);
        assert_int_equal(len[i], 66);
    }
    gsm0610_free(e);
    decode_all(&f, payload, len, 320, 0.95);
}

static void test_opus(void **state)
{
    (void)state;
    const struct ut__rtp_format f = {96, UT__RTP_OPUS, 2, 48000, 0};
    int err;
    OpusEncoder *e = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &err);
    for (size_t i = 0; i < PACKETS; i++) {
        int16_t pcm[960];
        for (size_t k = 0; k < 960; k++)
            pcm[k] = sample(i * 960 + k, 48000);
        len[i] = (size_t)opus_encode(e, pcm, 960, payload[i], sizeof payload[i]);
    }
    opus_encoder_destroy(e);
    decode_all(&f, payload, len, 160, 0.95);
}

static void test_l16(void **state)
{
    (void)state;
    const struct ut__rtp_format formats[] = {{11, UT__RTP_L16, 1, 8000, 0},
                                             {97, UT__RTP_L16, 1, 16000, 0}};
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
        decode_all(&formats[r], payload, len, 160, 0.95);
    }
}

static void test_g726(void **state)
{
    (void)state;
    for (uint32_t variant = 2; variant <= 13; variant++) {
        struct ut__rtp_format f = {96, UT__RTP_G726, 1, 8000, variant};
        int bits = (int)(variant & UT__RTP_G726_BITS);
        if (bits < 2 || bits > 5)
            continue;
        g726_state_t *e =
            g726_init(NULL, 8000 * bits, G726_ENCODING_LINEAR,
                      variant & UT__RTP_G726_AAL2 ? G726_PACKING_LEFT : G726_PACKING_RIGHT);
        for (size_t i = 0; i < PACKETS; i++) {
            int16_t pcm[160];
            for (size_t k = 0; k < 160; k++)
                pcm[k] = sample(i * 160 + k, 8000);
            len[i] = (size_t)g726_encode(e, payload[i], pcm, 160);
            assert_int_equal(len[i], 20 * bits);
        }
        g726_free(e);
        decode_all(&f, payload, len, 160, bits == 2 ? 0.8 : 0.95);
    }
}

#ifdef UT_WITH_AMR
static size_t put_bits(uint8_t *out, size_t at, const uint8_t *bits, size_t n)
{
    for (size_t i = 0; i < n; i++, at++)
        out[at / 8] |= (uint8_t)((bits[i / 8] >> (7 - i % 8) & 1) << (7 - at % 8));
    return at;
}

/* Two frames a packet, laid out as RFC 4867, section 4.3 or 4.4, says. */
static void test_amr(void **state)
{
    (void)state;
    static const size_t bits_of[] = {95, 103, 118, 134, 148, 159, 204, 244};
    for (int mode = MR475; mode <= MR122; mode++) {
        for (uint32_t aligned = 0; aligned < 2; aligned++) {
            const struct ut__rtp_format f = {96, UT__RTP_AMR, 1, 8000, aligned};
            void *e = Encoder_Interface_init(0);
            for (size_t i = 0; i < PACKETS; i++) {
                uint8_t stored[2][32];
                const uint8_t cmr = 0xf0,
                              toc[2] = {(uint8_t)(0x80 | mode << 3 | 4), (uint8_t)(mode << 3 | 4)};
                for (size_t k = 0; k < 2; k++) {
                    int16_t pcm[160];
                    for (size_t t = 0; t < 160; t++)
                        pcm[t] = sample(i * 320 + k * 160 + t, 8000);
                    int n = Encoder_Interface_Encode(e, (enum Mode)mode, pcm, stored[k], 0);
                    assert_int_equal(n, ut__amr_stored_bytes(stored[k][0]));
                }
                memset(payload[i], 0, sizeof payload[i]);
                size_t at = put_bits(payload[i], 0, &cmr, aligned ? 8 : 4);
                for (size_t k = 0; k < 2; k++)
                    at = put_bits(payload[i], at, &toc[k], aligned ? 8 : 6);
                for (size_t k = 0; k < 2; k++) {
                    at = put_bits(payload[i], at, stored[k] + 1, bits_of[mode]);
                    at = aligned ? (at + 7) / 8 * 8 : at;
                }
                len[i] = (at + 7) / 8;
            }
            Encoder_Interface_exit(e);
            decode_all(&f, payload, len, 320, 0.9);
        }
    }
}
#endif

/* An fmtp that asks for what is not read, and one that names the layout. */
static void test_amr_params(void **state)
{
    (void)state;
    static const struct {
        const char *params;
        int taken;
        uint32_t variant;
    } rows[] = {{"", 1, 0},
                {"octet-align=1", 1, UT__RTP_AMR_ALIGNED},
                {"mode-set=0,2; octet-align=1;crc=0", 1, UT__RTP_AMR_ALIGNED},
                {"mode-change-period=2;octet-align=0", 1, 0},
                {"octet-align=1;crc=1", 0, UT__RTP_AMR_ALIGNED},
                {"octet-align=1; interleaving=4", 0, UT__RTP_AMR_ALIGNED},
                {"robust-sorting=1", 0, 0},
                {"not-octet-align=1", 1, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ut__rtp_format f = {96, UT__RTP_AMR, 1, 8000, 0};
        assert_int_equal(ut__rtp_format_params(&f, rows[i].params, strlen(rows[i].params)),
                         rows[i].taken);
        assert_int_equal(f.variant, rows[i].variant);
    }
}

/* Payloads that say more than they hold. */
static void test_amr_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len, frames;
        int aligned;
    } rows[] = {
        {"", 0, 0, 0},
        {"\xf0", 1, 0, 0},
        {"\xf0\x7c", 2, 1, 1},              /* No data. */
        {"\xf0\x4c", 2, 0, 1},              /* Type 9: of another coder. */
        {"\xf0\x04 twelve byte", 13, 0, 1}, /* 4.75 kbit/s wants 12 of its 11. */
        {"\xf0\x04 twelve bytes", 14, 1, 1},
        {"\xf0\xfc\xfc\xfc\xfc\xfc\xfc\xfc\xfc\xfc\xfc\x7c", 12, 0, 1}, /* Eleven frames. */
        {"\xff\xff\xff\xff\xff\xff", 6, 0, 0},                          /* A list without an end. */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ut__amr_frame frames[UT__AMR_FRAMES_MAX];
        assert_int_equal(
            ut__amr_unpack(frames, (const uint8_t *)rows[i].bytes, rows[i].len, rows[i].aligned),
            rows[i].frames);
    }
}

#ifdef UT_WITH_G729
static void test_g729(void **state)
{
    (void)state;
    const struct ut__rtp_format f = {18, UT__RTP_G729, 1, 8000, 0};
    bcg729EncoderChannelContextStruct *e = initBcg729EncoderChannel(0);
    for (size_t i = 0; i < PACKETS; i++) {
        len[i] = 0;
        for (size_t k = 0; k < 2; k++) {
            int16_t pcm[80];
            uint8_t n = 0;
            for (size_t t = 0; t < 80; t++)
                pcm[t] = sample(i * 160 + k * 80 + t, 8000);
            bcg729Encoder(e, pcm, payload[i] + len[i], &n);
            len[i] += n;
        }
    }
    closeBcg729EncoderChannel(e);
    decode_all(&f, payload, len, 160, 0.9);
}
#endif

static void test_names(void **state)
{
    (void)state;
    struct ut__rtp_format f;
    assert_int_equal(ut__rtp_format_named(&f, 97, "aal2-g726-24", 12, 8000, 1), 1);
    assert_int_equal(f.variant, UT__RTP_G726_AAL2 | 3);
    assert_int_equal(ut__rtp_format_named(&f, 97, "AMR", 3, 16000, 1), 0);
    /* What is built in wants no package; what is not names it, and is no format. */
    assert_true((ut__rtp_codec_package("AMR") == NULL) ==
                ut__rtp_format_named(&f, 97, "AMR", 3, 8000, 1));
    assert_true((ut__rtp_codec_package("G729") == NULL) == ut__rtp_format_static(&f, 18));
    assert_null(ut__rtp_codec_package("iLBC"));
    assert_string_equal(ut__rtp_static_name(4), "G723");
    assert_string_equal(ut__rtp_static_name(18), "G729");
    assert_null(ut__rtp_static_name(96));
    assert_int_equal(ut__rtp_format_named(&f, 128, "PCMU", 4, 8000, 1), 0);
    assert_int_equal(ut__rtp_format_named(&f, 96, "PCMU", 4, 8000, 3), 0);
    assert_int_equal(ut__rtp_format_named(&f, 96, "opus", 4, 48000, 0), 1);
    assert_int_equal(f.channels, 1);
}

static size_t decode_one(const struct ut__rtp_format *f, const uint8_t *bytes, size_t n, float *pcm)
{
    struct ut__rtp_decoder *d;
    assert_int_equal(ut__rtp_decoder_create(&d, f), 0);
    size_t made = ut__rtp_decoder_run(d, pcm, bytes, n);
    ut__rtp_decoder_destroy(d);
    return made;
}

/* G.711, tables 1a to 2b: the least and the greatest amplitude of either sign. */
static void test_g711(void **state)
{
    (void)state;
    static const struct ut__rtp_format formats[] = {{0, UT__RTP_PCMU, 1, 8000, 0},
                                                    {8, UT__RTP_PCMA, 1, 8000, 0}};
    static const uint8_t codes[2][4] = {{0xff, 0x7f, 0x80, 0x00}, {0xd5, 0x55, 0xaa, 0x2a}};
    static const float values[2][4] = {{0, 0, 32124, -32124}, {8, -8, 32256, -32256}};
    for (int k = 0; k < 2; k++) {
        float pcm[UT__RTP_PCM_MAX];
        assert_int_equal(decode_one(&formats[k], codes[k], 4, pcm), 4);
        for (int i = 0; i < 4; i++)
            assert_float_equal(pcm[i] * 32768.0f, values[k][i], 0.01f);
    }
}

/* The mean of both channels; 44.1 kHz comes out at 8. */
static void test_stereo(void **state)
{
    (void)state;
    static const struct ut__rtp_format slow = {96, UT__RTP_L16, 2, 8000, 0},
                                       fast = {10, UT__RTP_L16, 2, 44100, 0};
    uint8_t bytes[882 * 4];
    float pcm[UT__RTP_PCM_MAX];
    for (size_t i = 0; i < sizeof bytes; i += 4)
        memcpy(bytes + i, "\x40\0\xe0\0", 4); /* 1/2 and -1/4. */
    assert_in_range(decode_one(&slow, bytes, 4 * 160, pcm), 120, 160);
    assert_float_equal(pcm[100], 0.125f, 0.002f);
    assert_in_range(decode_one(&fast, bytes, sizeof bytes, pcm), 120, 160);
    assert_float_equal(pcm[100], 0.125f, 0.002f);
    assert_int_equal(decode_one(&slow, bytes, 4 * 160 - 2, pcm), 0); /* Half a frame. */
}

/* The room that a jitter buffer gives a packet's piece: 10 ms, or what Opus takes at its most. */
static void test_blocks(void **state)
{
    (void)state;
    static const struct {
        struct ut__rtp_format f;
        uint32_t bytes;
    } rows[] = {{{0, UT__RTP_PCMU, 1, 8000, 0}, 80},
                {{96, UT__RTP_OPUS, 2, 48000, 0}, 160},
                {{96, UT__RTP_L16, 1, 16000, 0}, 320},
                {{10, UT__RTP_L16, 2, 44100, 0}, 1764}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ut__rtp_codec_block_bytes(&rows[i].f), rows[i].bytes);
}

/* Payloads that are none of the codec's. */
static void test_refused(void **state)
{
    (void)state;
    static const struct {
        struct ut__rtp_format f;
        size_t len;
    } cases[] = {
        {{0, UT__RTP_PCMU, 1, 8000, 0}, 0},     {{0, UT__RTP_PCMU, 1, 8000, 0}, 1601},
        {{3, UT__RTP_GSM, 1, 8000, 0}, 32},     {{11, UT__RTP_L16, 1, 8000, 0}, 161},
        {{96, UT__RTP_OPUS, 1, 48000, 0}, 0},   {{96, UT__RTP_G726, 1, 8000, 3}, 61},
        {{96, UT__RTP_G726, 1, 8000, 2}, 1000},
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

/* What no decoder is made for. */
static void test_no_decoder(void **state)
{
    (void)state;
    static const struct ut__rtp_format cases[] = {
        {0, UT__RTP_PCMU, 0, 8000, 0},  {0, UT__RTP_PCMU, 3, 8000, 0},
        {96, UT__RTP_G726, 1, 8000, 1}, {96, UT__RTP_G726, 1, 8000, 6},
        {96, 200, 1, 8000, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__rtp_decoder *d = NULL;
        assert_int_equal(ut__rtp_decoder_create(&d, &cases[i]), UT_EINVAL);
        assert_null(d);
    }
    ut__rtp_decoder_destroy(NULL);
    /* What an SDP names, and this build lacks, is told apart from what is nonsense. */
    static const struct ut__rtp_format g729 = {18, UT__RTP_G729, 1, 8000, 0};
    struct ut__rtp_decoder *d = NULL;
    assert_int_equal(ut__rtp_decoder_create(&d, &g729),
                     ut__rtp_codec_package("G729") ? UT_EUNSUPPORTED : 0);
    ut__rtp_decoder_destroy(d);
}

/* Opus makes up what was lost, in steps of its own and no longer than a packet; others cannot. */
static void test_conceal(void **state)
{
    (void)state;
    static const struct ut__rtp_format opus = {96, UT__RTP_OPUS, 2, 48000, 0},
                                       gsm = {3, UT__RTP_GSM, 1, 8000, 0};
    static const uint8_t junk[3] = {0xff, 0xff, 0xff};
    float pcm[UT__RTP_PCM_MAX];
    struct ut__rtp_decoder *d;
    assert_int_equal(ut__rtp_decoder_create(&d, &opus), 0);
    assert_int_equal(ut__rtp_decoder_conceal(d, pcm, 160, NULL, 0), 160);
    assert_int_equal(ut__rtp_decoder_conceal(d, pcm, 160, junk, sizeof junk), 0);
    assert_int_equal(ut__rtp_decoder_conceal(d, pcm, 0, NULL, 0), 0);
    assert_int_equal(ut__rtp_decoder_conceal(d, pcm, 161, NULL, 0), 0);
    assert_int_equal(ut__rtp_decoder_conceal(d, pcm, UT__RTP_PCM_MAX + 20, NULL, 0), 0);
    ut__rtp_decoder_destroy(d);
    assert_int_equal(ut__rtp_decoder_create(&d, &gsm), 0);
    assert_int_equal(ut__rtp_decoder_conceal(d, pcm, 160, NULL, 0), 0);
    ut__rtp_decoder_destroy(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_g722),          cmocka_unit_test(test_gsm),
        cmocka_unit_test(test_opus),
#ifdef UT_WITH_AMR
        cmocka_unit_test(test_amr),
#endif
#ifdef UT_WITH_G729
        cmocka_unit_test(test_g729),
#endif
        cmocka_unit_test(test_g726),          cmocka_unit_test(test_amr_params),
        cmocka_unit_test(test_amr_malformed), cmocka_unit_test(test_names),
        cmocka_unit_test(test_l16),           cmocka_unit_test(test_refused),
        cmocka_unit_test(test_g711),          cmocka_unit_test(test_stereo),
        cmocka_unit_test(test_blocks),        cmocka_unit_test(test_no_decoder),
        cmocka_unit_test(test_conceal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
