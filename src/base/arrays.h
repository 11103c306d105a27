/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_ARRAYS_H
#define UT_BASE_ARRAYS_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/*
 * A file of named arrays, as weights are kept in models/. Hostile input is fine. Pure.
 *
 * Little-endian:
 *   0 magic, 7 letters and a NUL | 8 u32 version | 12 u32 feature set | 16 u32 bytes of the file
 *   20 u32 CRC-32 of bytes 0..19 and 24..end | 24 u32 count of arrays | 28 u32 0 | 32 char name[32]
 *   64 per array: char name[16], u32 rows, u32 columns, u32 offset of its float32 values, u32 0
 * Arrays are row-major, offsets multiples of 4.
 */

/* What a reader knows: anything else is refused. */
struct ut__arrays_kind {
    const char *magic; /* 7 letters. */
    uint32_t version, feature_set;
    uint32_t count; /* Of arrays. */
};

enum { UT__ARRAYS_NAME_BYTES = 32 };

struct ut__arrays {
    const uint8_t *bytes; /* Borrowed. */
    size_t len_bytes;
    uint32_t count, crc;
    char name[UT__ARRAYS_NAME_BYTES + 1];
};

/**
 * Checks head, length and checksum. Returns 0, UT_EMAGIC, UT_EVERSION, UT_ETRUNCATED, UT_EMALFORMED,
 * UT_ECHECKSUM, UT_EFEATURESET, or UT_ESHAPE for another count of arrays.
 */
int ut__arrays_open(struct ut__arrays *out, const struct ut__arrays_kind *kind,
                    const uint8_t *bytes, size_t len_bytes) UT_MUST_CHECK;

/**
 * Finds an array of this shape. values: gets its first byte, unaligned. Returns 0, UT_ESHAPE where
 * there is none, UT_ETRUNCATED.
 */
int ut__arrays_find(const uint8_t **values, const struct ut__arrays *a, const char *name,
                    uint32_t rows, uint32_t columns) UT_MUST_CHECK;

/** A value at an address that ut__arrays_find gave. Returns 0 or UT_EMALFORMED: not finite. */
int ut__arrays_value(float *out, const uint8_t *at) UT_MUST_CHECK;

/**
 * Finds and copies an array. to: [rows * stride], of which `columns` of each row are written.
 * Returns 0 or an error of the two above.
 */
int ut__arrays_copy(float *to, const struct ut__arrays *a, const char *name, uint32_t rows,
                    uint32_t columns, uint32_t stride) UT_MUST_CHECK;

#endif
