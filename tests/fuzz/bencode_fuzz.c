/* SPDX-License-Identifier: MIT */
/* Bencode: what parses can be walked, and its views lie in the input. */

#include <stdlib.h>

#include "ingress/rtpengine/bencode.h"
#include "ingress/rtpengine/call_query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *s = (const char *)data;
    struct ut__bencode top, item;
    size_t at = 0, count = 0;
    if (ut__bencode_parse(&top, s, len) != 0)
        return 0;
    while (ut__bencode_next(&top, &at, &item)) {
        if (++count > len || at > len)
            abort();
        if (item.text && (item.text < s || item.text + item.len > s + len))
            abort();
    }
    if (top.type == UT__BENCODE_DICT && count % 2 != 0)
        abort();
    (void)ut__bencode_get(&top, "calls", &item);
    struct ut__rtpengine_query query;
    ut__rtpengine_query_read(&query, &top, "t");
    if (query.held > query.parties)
        abort();
    return 0;
}
