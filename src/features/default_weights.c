/* SPDX-License-Identifier: MIT */
/* The weights that are built in: the bytes of models/features.utm, taken in by the assembler. */

#include "features/weights.h"

__asm__(".section .rodata\n"
        ".balign 64\n"
        "ut__default_weights_begin:\n"
        ".incbin \"" UT_DEFAULT_WEIGHTS_FILE "\"\n"
        "ut__default_weights_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const uint8_t ut__default_weights_begin[], ut__default_weights_end[];

const uint8_t *ut__weights_default(size_t *len_bytes)
{
    *len_bytes = (size_t)(ut__default_weights_end - ut__default_weights_begin);
    return ut__default_weights_begin;
}
