/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SOUND_HEAD_H
#define UT_INGRESS_SOUND_HEAD_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the first bytes of a sound file say of it. libsndfile reads the file; this is for what it
 * does not tell: how much sound the header promised, and which number of it cannot be right.
 */

enum { UT__SOUND_HEAD_BYTES = 8192 /* More of a file is not looked at. */ };

enum ut__sound_kind {
    UT__SOUND_UNKNOWN = 0,
    UT__SOUND_EMPTY,
    UT__SOUND_TEXT, /* Printable from end to end: nothing that was recorded. */
    UT__SOUND_WAV,  /* RIFF, RIFX or RF64. */
    UT__SOUND_AIFF,
    UT__SOUND_AU,
    UT__SOUND_FLAC,
    UT__SOUND_OGG,
    UT__SOUND_MP3,
    UT__SOUND_PCAP,   /* A capture, pcap or pcapng. */
    UT__SOUND_AMR,    /* Narrow band, one channel. */
    UT__SOUND_PACKED, /* Compressed, whatever is in it: `foreign` names what unpacks it. */
    UT__SOUND_FOREIGN /* Known, and not readable here: `foreign` names it. */
};

struct ut__sound_head {
    enum ut__sound_kind kind;
    const char *foreign; /* Static. Of UT__SOUND_FOREIGN, and of Ogg where it is Speex: its name. */
    uint8_t is_ascii;    /* Of UT__SOUND_TEXT: no byte has its top bit; half of A-law's do. */
    uint8_t has_format;  /* 1: the next three hold. */
    uint8_t is_open;     /* 1: the size is left open on purpose, as by who cannot seek back. */
    uint8_t is_big_endian;
    uint32_t channels;
    uint32_t rate_hz;
    uint32_t format_tag; /* WAVE format tag; 0 in other kinds. */
    uint64_t data_at;    /* Offset of the first sample byte; 0: not seen. */
    uint64_t data_bytes; /* Bytes of samples that the header promises; 0: not said (a stream). */
};

/*
 * Looks at the head of a file.
 *
 * bytes: [len], hostile; len is the whole file when it is smaller than UT__SOUND_HEAD_BYTES.
 * Never fails: what cannot be understood is left at 0. Any thread; no allocation.
 */
void ut__sound_head(struct ut__sound_head *head, const uint8_t *bytes, size_t len);

#endif
