/* SPDX-License-Identifier: MIT */
#include "ingress/pcap/dissect.h"

int ut__dissect(struct ut__dissector *s, struct ut__datagram *out, uint32_t link,
                const uint8_t *bytes, size_t len, int64_t time_us)
{
    enum ut__frame_kind kind = ut__frame_read(out, link, bytes, len);
    s->packets++;
    /* What was put together may be a tunnel with a fragment in it: UT__TUNNELS_MAX bounds it. */
    while (kind == UT__FRAME_FRAGMENT) {
        const uint8_t *whole;
        size_t whole_len;
        int got = ut__fragments_take(&s->fragments, out, time_us, &whole, &whole_len);
        if (got <= 0)
            return got < 0 ? got : UT__FRAME_OTHER;
        kind = ut__frame_read_whole(out, whole, whole_len);
    }
    s->cut += kind == UT__FRAME_CUT;
    s->deep += kind == UT__FRAME_DEEP;
    s->other_links += kind == UT__FRAME_LINK;
    return kind == UT__FRAME_UDP || kind == UT__FRAME_TCP ? (int)kind : UT__FRAME_OTHER;
}

void ut__dissector_clear(struct ut__dissector *s)
{
    ut__fragments_clear(&s->fragments);
}
