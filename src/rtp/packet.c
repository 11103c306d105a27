/* SPDX-License-Identifier: MIT */
/* The RTP header. */

#include "rtp/packet.h"

enum { HEADER = 12, VERSION = 2, RTCP_FIRST = 192, RTCP_LAST = 223 };

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
    return be16(p) << 16 | be16(p + 2);
}

int ut__rtp_parse(struct ut__rtp_packet *out, const uint8_t *bytes, size_t len)
{
    if (len < 2 || bytes[0] >> 6 != VERSION)
        return UT_EMALFORMED;
    if (bytes[1] >= RTCP_FIRST && bytes[1] <= RTCP_LAST)
        return UT_EUNSUPPORTED;
    size_t at = HEADER + (bytes[0] & 15u) * 4u;
    if (len < at)
        return UT_EMALFORMED;
    if (bytes[0] & 0x10) {
        if (len < at + 4)
            return UT_EMALFORMED;
        at += 4 + (size_t)be16(bytes + at + 2) * 4;
        if (len < at)
            return UT_EMALFORMED;
    }
    if (bytes[0] & 0x20) {
        size_t padding = bytes[len - 1];
        if (padding == 0 || padding > len - at)
            return UT_EMALFORMED;
        len -= padding;
    }
    *out = (struct ut__rtp_packet){
        .pt = bytes[1] & 0x7f,
        .marker = bytes[1] >> 7,
        .seq = (uint16_t)be16(bytes + 2),
        .ts = be32(bytes + 4),
        .ssrc = be32(bytes + 8),
        .payload = bytes + at,
        .payload_bytes = len - at,
    };
    return 0;
}
