/* SPDX-License-Identifier: MIT */
#include "media_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    return media_fuzz(&ut__media_fork, data, len);
}
