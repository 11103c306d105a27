/* SPDX-License-Identifier: MIT */
/* What a PBX answers by: a block lies in the input, and its values fit. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/help/block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const names[] = {"Response", "ActionID", "Content-Length", "Reply-Text"};
    char value[16];
    struct ut__block b;
    for (size_t at = 0; at < len;) {
        int n = ut__block_read(&b, (const char *)data + at, len - at);
        if (n <= 0)
            break;
        if ((size_t)n > len - at || b.head_len + b.body_len != (size_t)n || !b.head_len)
            abort();
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            memset(value, 'x', sizeof value);
            (void)ut__block_get(&b, names[i], value, sizeof value);
            if (!memchr(value, 0, sizeof value))
                abort();
        }
        at += (size_t)n;
    }
    return 0;
}
