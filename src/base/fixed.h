/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_FIXED_H
#define UT_BASE_FIXED_H

#include <stddef.h>

enum { UT__FIXED_MAX = 32 /**< Bytes that ut__fixed may write, NUL included. */ };

/**
 * Writes a number with a fixed count of decimals and a '.' in every locale.
 *
 * buf: [UT__FIXED_MAX]. value: clamped to +-1e12; not finite counts as 0. decimals: 0..6.
 * Rounds half away from zero; never writes "-0". Returns the bytes written without the NUL.
 * printf is not used because its decimal point follows the locale.
 */
size_t ut__fixed(char *buf, double value, int decimals);

#endif
