/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SOURCE_H
#define UT_INGRESS_SOURCE_H

/*
 * One recorded call as a source of samples: a sound file, or a pair of streams in a capture.
 *
 *     ut__source_open -> struct ut__source -> read, read, ... -> 0 at the end -> close
 *
 * One implementation a file: file.c (libsndfile), pcap (RTP). A source belongs to one thread.
 * Messages are plain English without the file's name and without a line end; whoever prints puts
 * the name before them.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "ingress/sound_head.h"

enum {
    UT_SOURCE_CHANNELS_MAX = 64, /* More than any call recorder writes; bounds the memory. */
    UT_SOURCE_MESSAGE_MAX = 400,
    UT_SOURCE_NAME_MAX = 64,
    UT_SOURCE_BLOCK_MS = 100 /* A block is no longer; the channels take turns. */
};

/* A message for people: what is wrong or odd, and the remedy. Empty when there is none. */
struct ut__source_message {
    char text[UT_SOURCE_MESSAGE_MAX];
};

/* How headerless sound is coded. */
enum ut__raw_encoding {
    UT__RAW_NONE = 0, /* Has a header, or its file name tells (.ulaw .alaw .gsm .raw). */
    UT__RAW_ULAW,
    UT__RAW_ALAW,
    UT__RAW_S16LE,
    UT__RAW_S16BE,
    UT__RAW_S8,
    UT__RAW_U8,
    UT__RAW_S24LE,
    UT__RAW_S32LE,
    UT__RAW_F32LE,
    UT__RAW_GSM, /* GSM 06.10 frames of 33 bytes. */
    UT__RAW_VOX  /* OKI/Dialogic ADPCM. */
};

struct ut__source_config {
    enum ut__raw_encoding raw_encoding; /* Other than none: the input has no header. */
    uint32_t raw_rate_hz;               /* 0: 8000. */
    uint32_t raw_channels;              /* 0: 1. */
    uint32_t part;                      /* Which call of the file, from 0; see `parts`. */
};

/* What is known before the first sample. */
struct ut__source_info {
    uint32_t channels; /* 1..UT_SOURCE_CHANNELS_MAX. */
    uint32_t parts;    /* Calls in this file, 1 or more; open it again with the next part. */
    uint32_t caller;   /* Channel of the caller, from 1, when the file itself says so; else 0. */
    uint32_t agent;    /* Likewise. */
    uint32_t rate_hz[UT_SOURCE_CHANNELS_MAX]; /* Of each channel, 8000..96000. */
    uint32_t roles_unknown; /* 1: no custom tells who is on which channel; somebody must say. */
    uint32_t is_mixed;      /* 1: its one channel holds both people, says the file itself. */
    double duration_s;      /* As the file declares it; 0: not known. */
    char format[UT_SOURCE_NAME_MAX]; /* For people: "WAV, G.711 mu-law". */
};

/* Consecutive samples of one channel. */
struct ut__source_block {
    uint32_t channel; /* From 0. */
    const float *pcm; /* [n], -1..1, the source's until the next read; NULL: n samples were lost. */
    size_t n;
};

struct ut__source {
    struct ut__source_info info;
    void *state;

    /* Returns 1 with a block, 0 at the end, UT_E... with *msg set when reading failed midway. At
     * the end *msg may hold a note, such as a recording that is cut off. */
    int (*read)(void *state, struct ut__source_block *block, struct ut__source_message *msg);
    void (*close)(void *state);
};

/*
 * Opens a path ("-" is standard input) with the implementation that knows its kind.
 *
 * Returns 0, or UT_E... with *msg set and *src untouched. Allocates; no thread.
 */
int ut__source_open(struct ut__source *src, const char *path, const struct ut__source_config *cfg,
                    struct ut__source_message *msg) UT_MUST_CHECK;

/* Releases a source that was opened; a zeroed one is fine. */
void ut__source_close(struct ut__source *src);

/* A path that was opened and looked at, for the implementations. */
struct ut__source_input {
    int fd;              /* At its beginning. The implementation takes it over, also on failure. */
    int regular;         /* 1: a file with a size; 0: a pipe, which cannot be sought in. */
    uint64_t size_bytes; /* Of a regular file. */
    const char *path;    /* For its ending; "-" is standard input. */
    struct ut__sound_head head; /* Of a regular file. */
};

/* The implementations; ut__source_open chooses by the head. */
int ut__source_file(struct ut__source *src, const struct ut__source_input *in,
                    const struct ut__source_config *cfg,
                    struct ut__source_message *msg) UT_MUST_CHECK;

int ut__source_amr(struct ut__source *src, const struct ut__source_input *in,
                   struct ut__source_message *msg) UT_MUST_CHECK;

/* Sets a message as printf does. Returns err, so that a failing path is one line. */
int ut__source_say(struct ut__source_message *msg, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
