/* SPDX-License-Identifier: MIT */
/*
 * Heads of sound files: RIFF WAVE (Microsoft and IBM, "Multimedia Programming Interface and Data
 * Specifications 1.0", 1991; EBU Tech 3306 for RF64), AIFF (Apple, 1989), AU (Sun).
 */

#include "ingress/sound_head.h"

#include <string.h>

enum {
    CHUNK_HEAD = 8,
    CHUNKS_MAX = 64,           /* A recorder writes fewer than ten. */
    FMT_BYTES = 16,            /* Of a WAVE format chunk, at least. */
    COMM_RATE_AT = 8,          /* Of AIFF's COMM: the rate as an 80-bit float. */
    COMM_BYTES = 18,           /* Of AIFF's COMM, at least. */
    AU_HEAD = 24,              /* Of an AU file. */
    TS_BYTES = 188,            /* Of a packet of an MPEG transport stream. */
    TEXT_BYTES = 512,          /* As many are looked at to tell a text. */
    EXTENDED_BIAS = 16383 + 63 /* Exponent of an 80-bit float whose mantissa is an integer. */
};
#define SIZE_OPEN UINT32_C(0xffffffff) /* Written by programs that cannot seek back; */
/* so are 0x7ffff000 (sox), 0x7fffffff and others near two and four GiB, which no call has. */
#define SIZE_STREAM UINT32_C(0x7fff0000)

/* Bytes with the order of their numbers. */
struct view {
    const uint8_t *bytes;
    size_t len;
    int big_endian;
};

static uint32_t u32(const struct view *v, size_t at)
{
    const uint8_t *p = v->bytes + at;
    if (v->big_endian)
        return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static uint32_t u16(const struct view *v, size_t at)
{
    const uint8_t *p = v->bytes + at;
    return v->big_endian ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static int tag_is(const struct view *v, size_t at, const char *tag)
{
    return at + 4 <= v->len && memcmp(v->bytes + at, tag, 4) == 0;
}

/* An 80-bit float that is a whole number of hertz; others give 0, which is no rate. */
static uint32_t extended(const struct view *v, size_t at)
{
    int exponent = (int)(u16(v, at) & 0x7fff) - EXTENDED_BIAS;
    uint64_t mantissa = (uint64_t)u32(v, at + 2) << 32 | u32(v, at + 6);
    if (exponent > 0 || exponent <= -64)
        return 0;
    mantissa >>= -exponent;
    return mantissa > UINT32_MAX ? UINT32_MAX : (uint32_t)mantissa;
}

static void wav_format(struct ut__sound_head *head, const struct view *v, size_t at, uint32_t size)
{
    if (size < FMT_BYTES || at + FMT_BYTES > v->len)
        return;
    head->has_format = 1;
    head->format_tag = u16(v, at);
    head->channels = u16(v, at + 2);
    head->rate_hz = u32(v, at + 4);
}

static void aiff_format(struct ut__sound_head *head, const struct view *v, size_t at, uint32_t size)
{
    if (size < COMM_BYTES || at + COMM_BYTES > v->len)
        return;
    head->has_format = 1;
    head->channels = u16(v, at);
    head->rate_hz = extended(v, at + COMM_RATE_AT);
}

/* Walks the chunks until the samples begin. */
static void chunks(struct ut__sound_head *head, const struct view *v)
{
    int wav = head->kind == UT__SOUND_WAV;
    uint64_t at = 12;
    for (int n = 0; n < CHUNKS_MAX && at + CHUNK_HEAD <= v->len; n++) {
        size_t here = (size_t)at;
        uint32_t size = u32(v, here + 4);
        if (wav && tag_is(v, here, "fmt ")) {
            wav_format(head, v, here + CHUNK_HEAD, size);
        } else if (!wav && tag_is(v, here, "COMM")) {
            aiff_format(head, v, here + CHUNK_HEAD, size);
        } else if (tag_is(v, here, wav ? "data" : "SSND")) {
            head->data_at = at + CHUNK_HEAD + (wav ? 0 : CHUNK_HEAD);
            head->is_open = size >= SIZE_STREAM;
            head->data_bytes = head->is_open ? 0 : size;
            if (!wav && head->data_bytes >= CHUNK_HEAD)
                head->data_bytes -= CHUNK_HEAD;
            return;
        }
        at += CHUNK_HEAD + (uint64_t)size + (size & 1);
    }
}

static void au(struct ut__sound_head *head, const struct view *v)
{
    if (v->len < AU_HEAD)
        return;
    head->has_format = 1;
    head->data_at = u32(v, 4);
    head->data_bytes = u32(v, 8) == SIZE_OPEN ? 0 : u32(v, 8);
    head->rate_hz = u32(v, 16);
    head->channels = u32(v, 20);
}

/* The second frame of ADTS begins where the first one says. */
static int adts_follows(const struct view *v)
{
    size_t len = (size_t)(v->bytes[3] & 3) << 11 | (size_t)v->bytes[4] << 3 | v->bytes[5] >> 5;
    return len >= 7 && len + 1 < v->len && v->bytes[len] == 0xff &&
           (v->bytes[len + 1] & 0xf6) == 0xf0;
}

/* Of one letter alone nobody writes a text, and A-law is silent by it. */
static int is_ascii(const uint8_t *bytes, size_t len)
{
    int letters = len == 1;
    for (size_t i = 0; i < len && i < TEXT_BYTES; i++) {
        if (bytes[i] & 0x80)
            return 0;
        letters |= bytes[i] != bytes[0];
    }
    return letters;
}

static int is_text(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len && i < TEXT_BYTES; i++) {
        uint8_t c = bytes[i];
        if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f)
            return 0;
    }
    return 1;
}

/* Kinds that are known by their first bytes alone. */
static enum ut__sound_kind magic(struct ut__sound_head *head, const struct view *v)
{
    static const struct {
        const char *bytes;
        size_t at, len;
        enum ut__sound_kind kind;
        const char *foreign;
    } known[] = {
        {"fLaC", 0, 4, UT__SOUND_FLAC, NULL},
        {"Speex   ", 28, 8, UT__SOUND_OGG, "Speex"},
        {"OggS", 0, 4, UT__SOUND_OGG, NULL},
        {"ID3", 0, 3, UT__SOUND_MP3, NULL},
        {"\xd4\xc3\xb2\xa1", 0, 4, UT__SOUND_PCAP, NULL},
        {"\xa1\xb2\xc3\xd4", 0, 4, UT__SOUND_PCAP, NULL},
        {"\x4d\x3c\xb2\xa1", 0, 4, UT__SOUND_PCAP, NULL}, /* Nanoseconds. */
        {"\xa1\xb2\x3c\x4d", 0, 4, UT__SOUND_PCAP, NULL},
        {"\x0a\x0d\x0d\x0a", 0, 4, UT__SOUND_PCAP, NULL}, /* pcapng. */
        {"\x1f\x8b", 0, 2, UT__SOUND_PACKED, "gunzip"},
        {"\x28\xb5\x2f\xfd", 0, 4, UT__SOUND_PACKED, "unzstd"},
        {"\xfd"
         "7zXZ",
         0, 5, UT__SOUND_PACKED, "unxz"},
        {"BZh", 0, 3, UT__SOUND_PACKED, "bunzip2"},
        {"PK\x03\x04", 0, 4, UT__SOUND_PACKED, "unzip"},
        {"ftyp", 4, 4, UT__SOUND_FOREIGN, "MP4, M4A or 3GP"},
        {"\x1a\x45\xdf\xa3", 0, 4, UT__SOUND_FOREIGN, "Matroska or WebM"},
        {"\x30\x26\xb2\x75", 0, 4, UT__SOUND_FOREIGN, "WMA"},
        {"#!AMR\n", 0, 6, UT__SOUND_AMR, NULL},
        {"#!AMR-WB", 0, 8, UT__SOUND_FOREIGN, "AMR-WB"},
        {"#!AMR", 0, 5, UT__SOUND_FOREIGN, "AMR of several channels"},
        {"#!SILK", 0, 6, UT__SOUND_FOREIGN, "SILK"},
        {"#!SILK", 1, 6, UT__SOUND_FOREIGN, "SILK"}, /* WeChat and QQ put a byte before it. */
        {"AVI ", 8, 4, UT__SOUND_FOREIGN, "AVI"},
        {"FLV\x01", 0, 4, UT__SOUND_FOREIGN, "Flash video"},
        {".RMF", 0, 4, UT__SOUND_FOREIGN, "RealMedia"},
        {"\x02"
         "dss",
         0, 4, UT__SOUND_FOREIGN, "DSS"},
        {"\x03"
         "dss",
         0, 4, UT__SOUND_FOREIGN, "DSS"},
        {"\x03"
         "ds2",
         0, 4, UT__SOUND_FOREIGN, "DSS"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (v->len >= known[i].at + known[i].len &&
            memcmp(v->bytes + known[i].at, known[i].bytes, known[i].len) == 0) {
            head->foreign = known[i].foreign;
            return known[i].kind;
        }
    }
    /* Packets of 188 bytes, each of which begins with a G. */
    if (v->len > 2 * TS_BYTES && v->bytes[0] == 'G' && v->bytes[TS_BYTES] == 'G' &&
        v->bytes[2 * TS_BYTES] == 'G') {
        head->foreign = "an MPEG transport stream";
        return UT__SOUND_FOREIGN;
    }
    /* AAC with a head a frame (ADTS): twelve bits set, then the layer 0 that MP3 has not. */
    if (v->len >= 7 && v->bytes[0] == 0xff && (v->bytes[1] & 0xf6) == 0xf0 && adts_follows(v)) {
        head->foreign = "AAC";
        return UT__SOUND_FOREIGN;
    }
    /* An MPEG audio frame: eleven bits set, then a version and layer that exist. */
    if (v->len >= 2 && v->bytes[0] == 0xff && (v->bytes[1] & 0xe0) == 0xe0 &&
        (v->bytes[1] & 0x06) != 0 && (v->bytes[1] & 0x18) != 0x08)
        return UT__SOUND_MP3;
    return UT__SOUND_UNKNOWN;
}

void ut__sound_head(struct ut__sound_head *head, const uint8_t *bytes, size_t len)
{
    struct view v = {.bytes = bytes, .len = len};
    memset(head, 0, sizeof *head);
    if (len == 0) {
        head->kind = UT__SOUND_EMPTY;
        return;
    }
    int riff = tag_is(&v, 0, "RIFF") || tag_is(&v, 0, "RF64");
    int rifx = tag_is(&v, 0, "RIFX");
    if ((riff || rifx) && tag_is(&v, 8, "WAVE")) {
        head->kind = UT__SOUND_WAV;
        v.big_endian = head->is_big_endian = rifx != 0;
        chunks(head, &v);
    } else if (tag_is(&v, 0, "FORM") && (tag_is(&v, 8, "AIFF") || tag_is(&v, 8, "AIFC"))) {
        head->kind = UT__SOUND_AIFF;
        v.big_endian = 1;
        chunks(head, &v);
    } else if (tag_is(&v, 0, ".snd")) {
        head->kind = UT__SOUND_AU;
        v.big_endian = 1;
        au(head, &v);
    } else {
        head->kind = magic(head, &v);
        if (head->kind == UT__SOUND_UNKNOWN && is_text(bytes, len))
            head->kind = UT__SOUND_TEXT;
        head->is_ascii = head->kind == UT__SOUND_TEXT && is_ascii(bytes, len);
    }
}
