/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_CRC32_H
#define UT_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/**
 * CRC-32 of ISO-HDLC (polynomial 0x04C11DB7 reflected, as in zlib and Ethernet).
 *
 * crc: 0 to begin, or the result so far to go on. bytes: [len], may be NULL when len is 0.
 * It finds every error of up to 32 bits in a row, which is what damaged files have.
 */
uint32_t ut__crc32(uint32_t crc, const void *bytes, size_t len);

#endif
