/* SPDX-License-Identifier: MIT */
#ifndef UT_RTP_AMR_H
#define UT_RTP_AMR_H

#include <stddef.h>
#include <stdint.h>

/*
 * AMR (3GPP TS 26.071), narrow band: payloads of RFC 4867 taken apart, bandwidth-efficient or
 * octet-aligned, one channel, without CRC, interleaving and sorting. The decoder is
 * libopencore-amrnb's; taking apart needs no library. Pure.
 */

enum {
    UT__AMR_FRAME_SAMPLES = 160, /* 20 ms. */
    UT__AMR_FRAMES_MAX = 10,     /* Of a packet: UT__RTP_PTIME_MAX_MS. */
    UT__AMR_STORED_MAX = 32      /* Bytes of a frame in a file, with its head. */
};

/* A frame as RFC 4867, section 5.3, stores it: a byte of type and quality, then the speech bits. */
struct ut__amr_frame {
    uint8_t bytes[UT__AMR_STORED_MAX];
    uint8_t is_bad; /* 1: damaged on the way, says the sender. */
};

/** The frames of a payload. out: NULL to count only, or [UT__AMR_FRAMES_MAX]. Returns how many; 0:
    malformed. */
size_t ut__amr_unpack(struct ut__amr_frame *out, const uint8_t *payload, size_t len,
                      int is_aligned);

/** Bytes of a stored frame, its head among them, by that head; 0: no such type. */
size_t ut__amr_stored_bytes(uint8_t head);

struct ut__amr;

/* Without libopencore-amrnb create gives NULL, as it does without memory. */
#ifdef UT_WITH_AMR
enum { UT__AMR_BUILT_IN = 1 };
#else
enum { UT__AMR_BUILT_IN = 0 };
#endif
struct ut__amr *ut__amr_create(void);
void ut__amr_destroy(struct ut__amr *a);

/** A stored frame to linear: [UT__AMR_FRAME_SAMPLES]. */
void ut__amr_decode(struct ut__amr *a, int16_t *linear, const struct ut__amr_frame *frame);

#endif
