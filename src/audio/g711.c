/* SPDX-License-Identifier: MIT */
/* G.711 by its segment arithmetic: 8 segments of 16 steps, each twice as wide as the one before. */

#include "audio/g711.h"

#include <math.h>

#include "base/clones.h"

enum {
    ULAW_BIAS = 33,   /* In 14-bit units: makes every segment start at a power of two. */
    ULAW_CLIP = 8159, /* Largest 14-bit magnitude that still has a code. */
    ALAW_CLIP = 4095  /* Likewise in 13 bits. */
};

/* Without a branch, as signs are not foreseeable: speech is negative every other moment. */
UT__INLINE int signed_by(int magnitude, unsigned negative)
{
    return (magnitude ^ -(int)negative) + (int)negative;
}

UT__INLINE float ulaw_to_float(uint8_t code)
{
    unsigned c = ~(unsigned)code & 0xff;
    int magnitude = (int)((((c & 15) << 1) + ULAW_BIAS) << ((c >> 4) & 7)) - ULAW_BIAS;
    return (float)signed_by(magnitude, c >> 7) / 8192.0f;
}

UT__INLINE float alaw_to_float(uint8_t code)
{
    unsigned c = (unsigned)code ^ 0x55;
    unsigned segment = (c >> 4) & 7, is_low = segment == 0;
    unsigned step = ((c & 15) << 1) + 33 - 32 * is_low;
    int magnitude = (int)(step << (segment - 1 + is_low));
    return (float)signed_by(magnitude, ~c >> 7 & 1) / 4096.0f;
}

UT__CLONES void ut__ulaw_decode(float *restrict out, const uint8_t *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = ulaw_to_float(in[i]);
}

UT__CLONES void ut__alaw_decode(float *restrict out, const uint8_t *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = alaw_to_float(in[i]);
}

/* Magnitude in steps of the codec, clamped; NaN gives 0. */
static int magnitude_of(float x, float scale, int clip)
{
    float m = fabsf(x) * scale;
    return m < (float)clip ? (int)(m + 0.5f) : m >= (float)clip ? clip : 0;
}

/* The number of the highest set bit, counted from the lowest segment's. */
static unsigned segment_of(unsigned magnitude, unsigned first_bit)
{
    unsigned segment = 0;
    while (segment < 7 && magnitude >> (segment + first_bit + 1))
        segment++;
    return segment;
}

void ut__ulaw_encode(uint8_t *out, const float *in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned m = (unsigned)magnitude_of(in[i], 8192.0f, ULAW_CLIP - 1) + ULAW_BIAS;
        unsigned segment = segment_of(m, 5);
        unsigned code = segment << 4 | ((m >> (segment + 1)) & 15);
        out[i] = (uint8_t) ~(code | (in[i] < 0 ? 0x80u : 0u));
    }
}

void ut__alaw_encode(uint8_t *out, const float *in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned m = (unsigned)magnitude_of(in[i], 4096.0f, ALAW_CLIP);
        unsigned segment = segment_of(m, 4);
        unsigned code = segment << 4 | ((m >> (segment ? segment : 1)) & 15);
        out[i] = (uint8_t)((code | (in[i] < 0 ? 0u : 0x80u)) ^ 0x55);
    }
}
