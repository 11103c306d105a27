/* SPDX-License-Identifier: MIT */
/* Payloads to samples. */

#include "rtp/codec.h"

#include <stdlib.h>
#include <string.h>

#include <opus/opus.h>
#include <spandsp.h>

#include "audio/g711.h"
#include "audio/resample.h"
#include "rtp/amr.h"

#ifdef UT_WITH_G729
#include <bcg729/decoder.h>
#endif

enum {
    GSM_BYTES = 33, /* Of one frame, RFC 3551, section 4.5.8.1. */
    GSM_SAMPLES = 160,
    OPUS_STEP = UT__RTP_OUT_HZ / 400 /* Opus makes up multiples of 2.5 ms. */
};

#ifdef UT_WITH_G729
enum {
    G729_BYTES = 10, /* Of a frame of 10 ms; comfort noise may end a packet: RFC 3551, 4.5.6. */
    G729_NOISE_BYTES = 2,
    G729_SAMPLES = 80
};
#endif

struct ut__rtp_decoder {
    struct ut__rtp_format f;
    g722_decode_state_t *g722;
    gsm0610_state_t *gsm;
    OpusDecoder *opus;
    g726_state_t *g726;
    struct ut__amr *amr;
#ifdef UT_WITH_G729
    bcg729DecoderChannelContextStruct *g729;
#endif
    struct ut__resample *resample;
    int16_t linear[UT__RTP_PCM_MAX];
    float wide[UT__RESAMPLE_CHUNK];
};

static int g726_bits(const struct ut__rtp_decoder *d)
{
    return (int)(d->f.variant & UT__RTP_G726_BITS);
}

static int create_parts(struct ut__rtp_decoder *d)
{
    int err = 0;
    switch ((enum ut__rtp_codec)d->f.codec) {
    case UT__RTP_PCMU:
    case UT__RTP_PCMA:
        return 0;
    case UT__RTP_G722:
        d->g722 = g722_decode_init(NULL, 64000, G722_SAMPLE_RATE_8000);
        return d->g722 ? 0 : UT_ENOMEM;
    case UT__RTP_GSM:
        d->gsm = gsm0610_init(NULL, GSM0610_PACKING_VOIP);
        return d->gsm ? 0 : UT_ENOMEM;
    case UT__RTP_OPUS:
        d->opus = opus_decoder_create(UT__RTP_OUT_HZ, 1, &err);
        return d->opus ? 0 : UT_ENOMEM;
    case UT__RTP_L16:
        return ut__resample_create(&d->resample, d->f.rate_hz);
    case UT__RTP_G726:
        if (g726_bits(d) < 2 || g726_bits(d) > 5)
            return UT_EINVAL;
        d->g726 =
            g726_init(NULL, 8000 * g726_bits(d), G726_ENCODING_LINEAR,
                      d->f.variant & UT__RTP_G726_AAL2 ? G726_PACKING_LEFT : G726_PACKING_RIGHT);
        return d->g726 ? 0 : UT_ENOMEM;
    case UT__RTP_AMR:
        d->amr = ut__amr_create();
        return d->amr ? 0 : UT__AMR_BUILT_IN ? UT_ENOMEM : UT_EUNSUPPORTED;
#ifdef UT_WITH_G729
    case UT__RTP_G729:
        d->g729 = initBcg729DecoderChannel();
        return d->g729 ? 0 : UT_ENOMEM;
#else
    case UT__RTP_G729:
        return UT_EUNSUPPORTED;
#endif
    default:
        return UT_EINVAL;
    }
}

int ut__rtp_decoder_create(struct ut__rtp_decoder **out, const struct ut__rtp_format *f)
{
    /* Only the decoders that make 16-bit samples need their two buffers. */
    int plain = f->codec == UT__RTP_PCMU || f->codec == UT__RTP_PCMA;
    struct ut__rtp_decoder *d =
        calloc(1, plain ? offsetof(struct ut__rtp_decoder, linear) : sizeof *d);
    if (!d)
        return UT_ENOMEM;
    d->f = *f;
    int err = f->channels < 1 || f->channels > 2 ? UT_EINVAL : create_parts(d);
    if (err) {
        ut__rtp_decoder_destroy(d);
        return err;
    }
    *out = d;
    return 0;
}

void ut__rtp_decoder_destroy(struct ut__rtp_decoder *d)
{
    if (!d)
        return;
    if (d->g722)
        g722_decode_free(d->g722);
    if (d->gsm)
        gsm0610_free(d->gsm);
    if (d->opus)
        opus_decoder_destroy(d->opus);
    if (d->g726)
        g726_free(d->g726);
    ut__amr_destroy(d->amr);
#ifdef UT_WITH_G729
    if (d->g729)
        closeBcg729DecoderChannel(d->g729);
#endif
    ut__resample_destroy(d->resample);
    free(d);
}

size_t ut__rtp_decoder_duration(const struct ut__rtp_decoder *d, const uint8_t *payload, size_t len)
{
    size_t n = 0;
    int samples;
    switch ((enum ut__rtp_codec)d->f.codec) {
    case UT__RTP_PCMU:
    case UT__RTP_PCMA:
    case UT__RTP_G722:
        n = len;
        break;
    case UT__RTP_GSM:
        n = len % GSM_BYTES == 0 ? len / GSM_BYTES * GSM_SAMPLES : 0;
        break;
    case UT__RTP_OPUS:
        samples = len ? opus_packet_get_nb_samples(payload, (opus_int32)len, UT__RTP_OUT_HZ) : 0;
        n = samples > 0 ? (size_t)samples : 0;
        break;
    case UT__RTP_L16:
        if (len % (2u * d->f.channels) == 0)
            n = len / (2u * d->f.channels) * UT__RTP_OUT_HZ / d->f.rate_hz;
        break;
    case UT__RTP_G726:
        n = len * 8 % (size_t)g726_bits(d) == 0 ? len * 8 / (size_t)g726_bits(d) : 0;
        break;
    case UT__RTP_AMR:
        n = ut__amr_unpack(NULL, payload, len, d->f.variant & UT__RTP_AMR_ALIGNED) *
            UT__AMR_FRAME_SAMPLES;
        break;
#ifdef UT_WITH_G729
    case UT__RTP_G729:
        if (len % G729_BYTES == 0 || len % G729_BYTES == G729_NOISE_BYTES)
            n = (len + G729_BYTES - 1) / G729_BYTES * G729_SAMPLES;
        break;
#endif
    default: /* No decoder is made for others. */
        break;
    }
    return n <= UT__RTP_PCM_MAX ? n : 0;
}

static size_t to_float(float *pcm, const int16_t *linear, int n)
{
    for (int i = 0; i < n; i++)
        pcm[i] = (float)linear[i] / 32768.0f;
    return n > 0 ? (size_t)n : 0;
}

static float l16(const uint8_t *p)
{
    return (float)(int16_t)(uint16_t)(p[0] << 8 | p[1]) / 32768.0f;
}

static size_t run_l16(struct ut__rtp_decoder *d, float *pcm, const uint8_t *payload, size_t len)
{
    float out[UT__RESAMPLE_CHUNK + 64];
    size_t channels = d->f.channels, frames = len / (2 * channels), made = 0;
    for (size_t done = 0; done < frames;) {
        size_t run = frames - done < UT__RESAMPLE_CHUNK ? frames - done : UT__RESAMPLE_CHUNK;
        for (size_t i = 0; i < run; i++) {
            const uint8_t *p = payload + (done + i) * 2 * channels;
            d->wide[i] = channels == 2 ? (l16(p) + l16(p + 2)) / 2 : l16(p);
        }
        if (ut__resample_out_max(d->resample) > sizeof out / sizeof out[0])
            return 0;
        size_t n = ut__resample_push(d->resample, out, d->wide, run);
        if (n > UT__RTP_PCM_MAX - made)
            n = UT__RTP_PCM_MAX - made;
        memcpy(pcm + made, out, n * sizeof pcm[0]);
        made += n;
        done += run;
    }
    return made;
}

static size_t run_amr(struct ut__rtp_decoder *d, float *pcm, const uint8_t *payload, size_t len)
{
    struct ut__amr_frame frames[UT__AMR_FRAMES_MAX];
    size_t n = ut__amr_unpack(frames, payload, len, d->f.variant & UT__RTP_AMR_ALIGNED);
    for (size_t i = 0; i < n; i++)
        ut__amr_decode(d->amr, d->linear + i * UT__AMR_FRAME_SAMPLES, &frames[i]);
    return to_float(pcm, d->linear, (int)n * UT__AMR_FRAME_SAMPLES);
}

#ifdef UT_WITH_G729
static size_t run_g729(struct ut__rtp_decoder *d, float *pcm, const uint8_t *payload, size_t len)
{
    size_t n = 0;
    for (size_t at = 0; at < len; at += G729_BYTES, n += G729_SAMPLES) {
        size_t left = len - at;
        bcg729Decoder(d->g729, payload + at, (uint8_t)(left < G729_BYTES ? left : G729_BYTES), 0,
                      left < G729_BYTES, 0, d->linear + n);
    }
    return to_float(pcm, d->linear, (int)n);
}
#endif

size_t ut__rtp_decoder_run(struct ut__rtp_decoder *d, float *pcm, const uint8_t *payload,
                           size_t len)
{
    if (ut__rtp_decoder_duration(d, payload, len) == 0)
        return 0;
    switch ((enum ut__rtp_codec)d->f.codec) {
    case UT__RTP_PCMU:
        ut__ulaw_decode(pcm, payload, len);
        return len;
    case UT__RTP_PCMA:
        ut__alaw_decode(pcm, payload, len);
        return len;
    case UT__RTP_G722:
        return to_float(pcm, d->linear, g722_decode(d->g722, d->linear, payload, (int)len));
    case UT__RTP_GSM:
        return to_float(pcm, d->linear, gsm0610_decode(d->gsm, d->linear, payload, (int)len));
    case UT__RTP_OPUS:
        return to_float(
            pcm, d->linear,
            opus_decode(d->opus, payload, (opus_int32)len, d->linear, UT__RTP_PCM_MAX, 0));
    case UT__RTP_L16:
        return run_l16(d, pcm, payload, len);
    case UT__RTP_G726:
        return to_float(pcm, d->linear, g726_decode(d->g726, d->linear, payload, (int)len));
    case UT__RTP_AMR:
        return run_amr(d, pcm, payload, len);
#ifdef UT_WITH_G729
    case UT__RTP_G729:
        return run_g729(d, pcm, payload, len);
#endif
    default:
        return 0;
    }
}

size_t ut__rtp_decoder_conceal(struct ut__rtp_decoder *d, float *pcm, size_t n, const uint8_t *next,
                               size_t next_len)
{
    if (!d->opus || n == 0 || n > UT__RTP_PCM_MAX || n % OPUS_STEP != 0)
        return 0;
    int got = opus_decode(d->opus, next, (opus_int32)(next ? next_len : 0), d->linear, (int)n,
                          next != NULL);
    return to_float(pcm, d->linear, got) == n ? n : 0;
}

uint32_t ut__rtp_codec_block_bytes(const struct ut__rtp_format *f)
{
    switch ((enum ut__rtp_codec)f->codec) {
    case UT__RTP_L16:
        return f->rate_hz / 100 * 2 * f->channels;
    case UT__RTP_OPUS:
        return 160; /* 128 kbit/s. */
    default:
        return 80;
    }
}
