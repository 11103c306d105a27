/* SPDX-License-Identifier: MIT */
#include "rtp/amr.h"

#include <string.h>

#ifdef UT_WITH_AMR
#include <opencore-amrnb/interf_dec.h>
#endif

enum {
    TYPES = 16,
    NO_DATA = 15,
    NONE = -1,
    CMR_BITS = 4 /* What the sender asks of the other side; of no interest here. */
};

/* Speech bits by frame type: eight rates, comfort noise, no data. RFC 4867, table 1. */
static const int16_t bits_of[TYPES] = {95, 103,  118,  134,  148,  159,  204,  244,
                                       39, NONE, NONE, NONE, NONE, NONE, NONE, 0};

struct reader {
    const uint8_t *bytes;
    size_t bits, at;
};

/* The next n bits, at most 8; beyond the end zeros, which the caller has ruled out. */
static uint8_t take(struct reader *r, unsigned n)
{
    unsigned value = 0;
    for (unsigned i = 0; i < n; i++, r->at++)
        value = value << 1 |
                (r->at < r->bits ? (unsigned)r->bytes[r->at / 8] >> (7 - r->at % 8) & 1u : 0u);
    return (uint8_t)value;
}

static void align(struct reader *r)
{
    r->at = (r->at + 7) / 8 * 8;
}

size_t ut__amr_stored_bytes(uint8_t head)
{
    int bits = bits_of[head >> 3 & 15];
    return bits == NONE ? 0 : 1 + ((size_t)bits + 7) / 8;
}

size_t ut__amr_unpack(struct ut__amr_frame *out, const uint8_t *payload, size_t len, int is_aligned)
{
    struct reader r = {payload, len * 8, CMR_BITS};
    uint8_t types[UT__AMR_FRAMES_MAX], good[UT__AMR_FRAMES_MAX];
    size_t n = 0, wanted = 0;
    int more = 1;
    if (is_aligned)
        align(&r);
    /* The table of contents: more to come, type, quality. */
    while (more) {
        if (n == UT__AMR_FRAMES_MAX || r.at + 6 > r.bits)
            return 0;
        more = take(&r, 1);
        types[n] = take(&r, 4);
        good[n] = take(&r, 1);
        if (is_aligned)
            align(&r);
        if (bits_of[types[n]] == NONE)
            return 0;
        wanted += is_aligned ? ((size_t)bits_of[types[n]] + 7) / 8 * 8 : (size_t)bits_of[types[n]];
        n++;
    }
    if (r.at + wanted > r.bits)
        return 0;
    for (size_t i = 0; out && i < n; i++) {
        struct ut__amr_frame *f = &out[i];
        memset(f, 0, sizeof *f);
        f->bytes[0] = (uint8_t)(types[i] << 3 | good[i] << 2);
        f->is_bad = !good[i];
        for (size_t left = (size_t)bits_of[types[i]], at = 1; left; at++) {
            unsigned run = left < 8 ? (unsigned)left : 8;
            f->bytes[at] = (uint8_t)(take(&r, run) << (8 - run));
            left -= run;
        }
        if (is_aligned)
            align(&r);
    }
    return n;
}

#ifdef UT_WITH_AMR
/* The library's state is opaque: it is ours, by another name. */
struct ut__amr *ut__amr_create(void)
{
    return Decoder_Interface_init();
}

void ut__amr_destroy(struct ut__amr *a)
{
    if (a)
        Decoder_Interface_exit(a);
}

void ut__amr_decode(struct ut__amr *a, int16_t *linear, const struct ut__amr_frame *frame)
{
    Decoder_Interface_Decode(a, frame->bytes, linear, frame->is_bad);
}
#else
struct ut__amr *ut__amr_create(void)
{
    return NULL;
}

void ut__amr_destroy(struct ut__amr *a)
{
    (void)a;
}

void ut__amr_decode(struct ut__amr *a, int16_t *linear, const struct ut__amr_frame *frame)
{
    (void)a;
    (void)frame;
    memset(linear, 0, UT__AMR_FRAME_SAMPLES * sizeof *linear);
}
#endif
