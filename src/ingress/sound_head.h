/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SOUND_HEAD_H
#define UT_INGRESS_SOUND_HEAD_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the first bytes of a sound file say of it. libsndfile reads the file; this is for what it
 * does not tell: how much sound the header promised, and which number of it cannot be right.
 */

enum { UT_SOUND_HEAD_BYTES = 8192 /* More of a file is not looked at. */ };

enum ut_sound_kind {
    UT_SOUND_UNKNOWN = 0,
    UT_SOUND_EMPTY,
    UT_SOUND_TEXT, /* Printable from end to end: nothing that was recorded. */
    UT_SOUND_WAV,  /* RIFF, RIFX or RF64. */
    UT_SOUND_AIFF,
    UT_SOUND_AU,
    UT_SOUND_FLAC,
    UT_SOUND_OGG,
    UT_SOUND_MP3,
    UT_SOUND_PCAP,   /* A capture, pcap or pcapng. */
    UT_SOUND_FOREIGN /* Known, and not readable here: MP4, Matroska, ASF. */
};

struct ut_sound_head {
    enum ut_sound_kind kind;
    uint8_t has_format; /* 1: the next three hold. */
    uint32_t channels;
    uint32_t rate_hz;
    uint32_t format_tag; /* WAVE format tag; 0 in other kinds. */
    uint64_t data_at;    /* Offset of the first sample byte; 0: not seen. */
    uint64_t data_bytes; /* Bytes of samples that the header promises; 0: not said (a stream). */
};

/*
 * Looks at the head of a file.
 *
 * bytes: [len], hostile; len is the whole file when it is smaller than UT_SOUND_HEAD_BYTES.
 * Never fails: what cannot be understood is left at 0. Any thread; no allocation.
 */
void ut_sound_head(struct ut_sound_head *head, const uint8_t *bytes, size_t len);

#endif
