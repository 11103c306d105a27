/* SPDX-License-Identifier: MIT */
/* A capture from its file to its calls: packets, frames, SIP, SDP, RTP flows. */

#include <stdlib.h>
#include <string.h>

#include "ingress/pcap/calls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(int holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut__pcap p;
    struct ut__pcap_packet packet;
    struct ut__signal signal;
    /* The payload readers alone, so that a fuzzer need not find its way through all layers. */
    if (ut__signal_read(&signal, data, len))
        must(memchr(signal.call_id, 0, sizeof signal.call_id) != NULL &&
             signal.format_count <= UT__RTP_FORMATS_MAX);
    if (ut__pcap_open(&p, data, len))
        return 0;
    while (ut__pcap_next(&p, &packet) == 1) {
        struct ut__datagram d;
        must(packet.bytes >= data && packet.len <= (size_t)(data + len - packet.bytes));
        if (ut__frame_read(&d, packet.link, packet.bytes, packet.len) == UT__FRAME_UDP)
            must(d.payload >= packet.bytes &&
                 d.len <= (size_t)(packet.bytes + packet.len - d.payload));
    }
    struct ut__calls calls = {.flows = NULL};
    int err = ut__pcap_open(&p, data, len);
    if (!err)
        err = ut__calls_find(&calls, &p);
    if (!err)
        for (size_t i = 0; i < calls.call_count; i++) {
            size_t first_at, last_at;
            int64_t first_us, last_us;
            ut__call_span(&calls, &calls.calls[i], &first_at, &last_at, &first_us, &last_us);
            must(first_at <= last_at && last_at < len);
        }
    ut__calls_clear(&calls);
    return 0;
}
