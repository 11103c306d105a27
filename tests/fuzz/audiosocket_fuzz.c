/* SPDX-License-Identifier: MIT */
/* A stream of AudioSocket messages: views stay inside, and nothing is read past what is there. */

#include <stdlib.h>

#include "ingress/audiosocket/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t used = 0;
    for (;;) {
        struct ut__audiosocket_frame f;
        int n = ut__audiosocket_read(&f, data + used, len - used);
        if (n < 0)
            return 0;
        if (n < UT__AUDIOSOCKET_HEAD || (size_t)n > len - used ||
            f.payload + f.len_bytes != data + used + n || (f.rate_hz && f.len_bytes % 2))
            abort();
        used += (size_t)n;
    }
}
