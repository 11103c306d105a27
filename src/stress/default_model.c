/* SPDX-License-Identifier: MIT */
/* The model that is built in: the bytes of models/undertone.utm, taken in by the assembler. */

#include <undertone/model.h>

__asm__(".section .rodata\n"
        ".balign 64\n"
        "ut__default_model_begin:\n"
        ".incbin \"" UT_DEFAULT_MODEL_FILE "\"\n"
        "ut__default_model_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const uint8_t ut__default_model_begin[], ut__default_model_end[];

int ut_model_create_default(struct ut_model **out)
{
    return ut_model_create(out, ut__default_model_begin,
                           (size_t)(ut__default_model_end - ut__default_model_begin));
}
