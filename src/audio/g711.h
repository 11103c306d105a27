/* SPDX-License-Identifier: MIT */
#ifndef UT_AUDIO_G711_H
#define UT_AUDIO_G711_H

#include <stddef.h>
#include <stdint.h>

/**
 * G.711 (ITU-T G.711, 1988): 8-bit companded samples to floats and back.
 *
 * in, out: [n] samples; float samples are -1..1, where 1 is 32768 of 16-bit linear.
 * Encoding clamps; NaN is silence. Any thread; no allocation. spandsp takes five times as long, and
 * the library does without it.
 */
void ut__ulaw_decode(float *out, const uint8_t *in, size_t n);
void ut__alaw_decode(float *out, const uint8_t *in, size_t n);
void ut__ulaw_encode(uint8_t *out, const float *in, size_t n);
void ut__alaw_encode(uint8_t *out, const float *in, size_t n);

#endif
