/* SPDX-License-Identifier: MIT */
#ifndef UT_RTP_STREAM_H
#define UT_RTP_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/*
 * One RTP stream (RFC 3550): packets with their arrival times in, 8 kHz samples in media time out.
 *
 *     packet -> header -> source validation -> jitter buffer -> decoder -> 8 kHz -> out
 *
 * Pure: no socket, no clock, no thread; the daemon and the replay of captures use it alike. Time is
 * microseconds of any clock that goes forward, the same one for all streams of a call. Output is
 * continuous from the call's origin on: what is missing comes as UT__RTP_LOST, UT__RTP_CONCEALED or
 * UT__RTP_SILENCE, so that two streams of a call stay side by side whatever happens to either.
 *
 *     ut__rtp_stream_create(&s, &cfg, sink, arg);
 *     ut__rtp_stream_set_origin(s, arrival of the call's first packet in any stream);
 *     for each packet, in order of arrival:
 *         ut__rtp_stream_advance(s, arrival);   // each stream of the call, the silent ones too
 *         ut__rtp_stream_push(s, packet, len, arrival);
 *     ut__rtp_stream_flush(s);
 */

enum ut__rtp_codec {
    UT__RTP_NONE,
    UT__RTP_PCMU,
    UT__RTP_PCMA,
    UT__RTP_G722,
    UT__RTP_GSM,
    UT__RTP_OPUS,
    UT__RTP_L16,
    UT__RTP_CN,    /* Comfort noise, RFC 3389. */
    UT__RTP_EVENT, /* Telephone events, RFC 4733: the digit's time passes as silence. */
    UT__RTP_G726,
    UT__RTP_AMR, /* When libopencore-amrnb was there; */
    UT__RTP_G729 /* and libbcg729, when it was asked for. */
};

enum {                             /* Variants of a format. */
       UT__RTP_G726_BITS = 7,      /* Mask of G.726's bits a sample: 2 to 5. */
       UT__RTP_G726_AAL2 = 1 << 3, /* Packed from the top of a byte (ITU-T I.366.2). */
       UT__RTP_AMR_ALIGNED = 1     /* Octet-aligned payloads. */
};

enum {
    UT__RTP_FORMATS_MAX = 12,
    UT__RTP_OUT_HZ = 8000,
    UT__RTP_PTIME_MAX_MS = 200 /* Longer packets are malformed. */
};

/* What a payload type means, from the SDP. */
struct ut__rtp_format {
    uint8_t pt;       /* 0..127 */
    uint8_t codec;    /* enum ut__rtp_codec */
    uint8_t channels; /* 1 or 2; two are averaged. */
    uint32_t rate_hz; /* The RTP clock of the rtpmap: 8000 for G722, 48000 for Opus. */
    uint32_t variant; /* UT__RTP_G726_..., UT__RTP_AMR_...; else 0. */
};

struct ut__rtp_config {
    struct ut__rtp_format formats[UT__RTP_FORMATS_MAX];
    uint32_t format_count;
};

enum ut__rtp_kind {
    UT__RTP_AUDIO,     /* pcm: [n] decoded samples. */
    UT__RTP_CONCEALED, /* pcm: [n] made up in place of lost ones. */
    UT__RTP_LOST,      /* pcm: NULL; n samples were lost. */
    UT__RTP_SILENCE    /* pcm: NULL; n samples that the sender did not send: DTX, digits, hold. */
};

/* Takes what comes out; called from within push, advance and flush. pcm is -1..1 at 8 kHz. */
typedef void ut__rtp_sink_h(void *arg, enum ut__rtp_kind kind, const float *pcm, size_t n);

struct ut__rtp_stats {
    uint64_t packets;    /* Taken as belonging to the stream. */
    uint64_t lost;       /* Never came, by sequence number. */
    uint64_t late;       /* Came after their time had been given out. */
    uint64_t duplicates; /* The same sequence number again. */
    uint64_t reordered;  /* Came after a later one and were put in their place. */
    uint64_t malformed;  /* No RTP, or a payload that its codec refuses. */
    uint64_t unknown_pt; /* A payload type that the SDP does not name. */
    uint64_t foreign;    /* Another SSRC that did not prove itself, or before validation. */
    uint64_t resets;     /* The SSRC changed, or timestamps jumped. */
    uint64_t rtcp;       /* RTCP on the same port; ignored. */
    uint64_t concealed_samples, lost_samples, silence_samples, audio_samples;
    uint64_t skew_samples;  /* Put in or left out to follow the sender's clock, in 8 kHz samples. */
    uint32_t net_jitter_us; /* RFC 3550, section 6.4.1. */
    uint32_t ssrc;
    uint8_t pt;         /* The last one. */
    uint8_t strange_pt; /* The last one that the SDP does not name. */
};

struct ut__rtp_stream;

/**
 * Creates a stream and the decoders of its formats. All of its memory is had here.
 * cfg: copied. Returns 0, UT_EINVAL for no or bad formats, UT_EUNSUPPORTED for a codec that is not
 * built in, UT_ENOMEM. destroy takes NULL.
 */
int ut__rtp_stream_create(struct ut__rtp_stream **out, const struct ut__rtp_config *cfg,
                          ut__rtp_sink_h *sink, void *arg) UT_MUST_CHECK;
void ut__rtp_stream_destroy(struct ut__rtp_stream *s);

/** The time that is position 0 of the call; before the first packet. Else the first packet's. */
void ut__rtp_stream_set_origin(struct ut__rtp_stream *s, int64_t origin_us);

/** Goes on where another stream of the same role stopped: position in samples at 8 kHz. */
void ut__rtp_stream_set_position(struct ut__rtp_stream *s, uint64_t position);
/** Samples given out so far, from the origin on. */
uint64_t ut__rtp_stream_position(const struct ut__rtp_stream *s);

/** On hold nothing is expected: the time that passes is UT__RTP_SILENCE, not UT__RTP_LOST. */
void ut__rtp_stream_set_hold(struct ut__rtp_stream *s, int on_hold);

/** Packets are missed from now on, though none came yet: their time is lost, and no silence. */
void ut__rtp_stream_expect(struct ut__rtp_stream *s);

/**
 * A packet came in another stream of the same call: the way is open. A sender who is
 * silent may send nothing (VAD without comfort noise), so that time without packets is silence while
 * others are heard, up to some seconds, and for one who paused before and went on with the next
 * number for longer.
 */
void ut__rtp_stream_heard_beside(struct ut__rtp_stream *s, int64_t arrival_us);

/** Takes one packet, anything that came in on the port. No allocation, no system call. */
void ut__rtp_stream_push(struct ut__rtp_stream *s, const uint8_t *packet, size_t len_bytes,
                         int64_t arrival_us);

/** Time passes: what has waited long enough is given out, and a silent stream is filled up. */
void ut__rtp_stream_advance(struct ut__rtp_stream *s, int64_t now_us);

/** The stream is over: gives out all that waits. */
void ut__rtp_stream_flush(struct ut__rtp_stream *s);

void ut__rtp_stream_get_stats(const struct ut__rtp_stream *s, struct ut__rtp_stats *out);

/**
 * The rate at which samples come by the clock, where it is not the one that the format says: 16 kHz
 * sound under the name of PCMU. It would be heard as another voice, so its time is given out as
 * UT__RTP_LOST. 0: they keep the time, or it is not known yet. *says_hz: the format's.
 */
uint32_t ut__rtp_stream_seems_hz(const struct ut__rtp_stream *s, uint32_t *says_hz);

/** Seconds of what was given out last that may be of another rate; 0: none is. As ut__pace_off_s. */
float ut__rtp_stream_off_s(const struct ut__rtp_stream *s);

/**
 * 1: samples keep the time, and timestamps run by another clock than the format says, such as 16000 Hz
 * for G.722; they are placed by that clock, and heard. *seems_hz: 0 where they stand still.
 */
int ut__rtp_stream_off_clock(const struct ut__rtp_stream *s, uint32_t *says_hz, uint32_t *seems_hz);

/** What a payload type is in this stream: enum ut__rtp_codec; UT__RTP_NONE: nobody named it. */
uint8_t ut__rtp_stream_codec(const struct ut__rtp_stream *s, uint8_t pt);

/** The static payload types of RFC 3551 that are known here; 1 when pt is one. */
int ut__rtp_format_static(struct ut__rtp_format *out, uint8_t pt);

/** Takes an fmtp of the format. Returns 1, or 0 when payloads of that kind are not read. */
int ut__rtp_format_params(struct ut__rtp_format *f, const char *params, size_t len);

/** The package that would bring a codec that this build lacks, by its name in an rtpmap; NULL:
    none would. */
const char *ut__rtp_codec_package(const char *name);

/** The name of a static payload type that is not decoded here, "G729"; NULL: none. */
const char *ut__rtp_static_name(uint8_t pt);

/** Adds the static payload types that are not in use: what a sender may change to unasked. */
void ut__rtp_formats_add_static(struct ut__rtp_config *cfg);

/** A format by its rtpmap: "PCMU", 8000, 1; any case. Returns 1, or 0 when it is not known. */
int ut__rtp_format_named(struct ut__rtp_format *out, uint8_t pt, const char *name, size_t name_len,
                         uint32_t rate_hz, uint8_t channels);

#endif
