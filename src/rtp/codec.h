/* SPDX-License-Identifier: MIT */
#ifndef UT_RTP_CODEC_H
#define UT_RTP_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "rtp/stream.h"

/*
 * Payloads to 8 kHz samples: G.711 (ITU-T G.711), G.722's lower band and GSM 06.10 (spandsp), Opus
 * (libopus, decoding to 8 kHz itself) and L16 (RFC 3551, through the resampler).
 */

enum { UT__RTP_PCM_MAX = UT__RTP_OUT_HZ / 1000 * UT__RTP_PTIME_MAX_MS };

struct ut__rtp_decoder;

/** For one format; codecs CN and EVENT have none. Returns 0, UT_EINVAL, UT_ENOMEM. Allocates. */
int ut__rtp_decoder_create(struct ut__rtp_decoder **out,
                           const struct ut__rtp_format *f) UT_MUST_CHECK;
void ut__rtp_decoder_destroy(struct ut__rtp_decoder *d);

/** Samples at 8 kHz that a payload lasts; 0: it is malformed or too long. */
size_t ut__rtp_decoder_duration(const struct ut__rtp_decoder *d, const uint8_t *payload,
                                size_t len);

/** Decodes to pcm: [UT__RTP_PCM_MAX]; returns the samples, 0 for a payload that is refused. */
size_t ut__rtp_decoder_run(struct ut__rtp_decoder *d, float *pcm, const uint8_t *payload,
                           size_t len);

/**
 * Makes up n lost samples by the codec's own means, with what the next packet tells of them (Opus's
 * in-band FEC) when next is not NULL. Returns n, or 0 where the codec has no such means.
 */
size_t ut__rtp_decoder_conceal(struct ut__rtp_decoder *d, float *pcm, size_t n, const uint8_t *next,
                               size_t next_len);

/** Bytes of 10 ms of payload, about: the jitter buffer's block. */
uint32_t ut__rtp_codec_block_bytes(const struct ut__rtp_format *f);

#endif
