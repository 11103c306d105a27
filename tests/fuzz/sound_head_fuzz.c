/* SPDX-License-Identifier: MIT */
/* Heads of sound files: what is reported lies within what a header can say. */

#include <stdlib.h>

#include "ingress/sound_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut__sound_head head;
    ut__sound_head(&head, data, len);
    if ((len == 0) != (head.kind == UT__SOUND_EMPTY))
        abort();
    if (!head.has_format && (head.channels || head.rate_hz))
        abort();
    return 0;
}
