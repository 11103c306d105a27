/* SPDX-License-Identifier: MIT */
#ifndef UT_TOOLS_BENCH_LIBRARIES_H
#define UT_TOOLS_BENCH_LIBRARIES_H

#include <stddef.h>
#include <stdint.h>

/* spandsp's part of bench-libraries: its headers and liquid-dsp's name two things alike. */

struct bench_spandsp;

/** samples: [n], kept; codes: [n] mu-law, kept. NULL: no memory. */
struct bench_spandsp *bench_spandsp_create(const float *samples, const uint8_t *codes, size_t n);
void bench_spandsp_destroy(struct bench_spandsp *b);

/** Looks for digits in all samples. Returns how many were left over: none. */
int bench_spandsp_digits(struct bench_spandsp *b);

/** Decodes all codes. out: [n]. */
void bench_spandsp_law(const struct bench_spandsp *b, float *out);

#endif
