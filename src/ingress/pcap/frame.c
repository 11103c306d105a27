/* SPDX-License-Identifier: MIT */
#include "ingress/pcap/frame.h"

#include <string.h>

enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_COOKED = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_COOKED2 = 276,
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86dd,
    TYPE_VLAN = 0x8100,
    TYPE_QINQ = 0x88a8,
    TYPE_QINQ_OLD = 0x9100,
    TAGS_MAX = 3,
    EXTENSIONS_MAX = 8,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17
};

static uint16_t get16(const uint8_t *b)
{
    return (uint16_t)(b[0] << 8 | b[1]);
}

static enum ut__frame_kind read_udp(struct ut__datagram *out, const uint8_t *b, size_t len)
{
    if (len < 8)
        return UT__FRAME_CUT;
    size_t udp = get16(b + 4);
    if (udp < 8)
        return UT__FRAME_OTHER;
    if (udp > len)
        return UT__FRAME_CUT;
    out->from.port = get16(b);
    out->to.port = get16(b + 2);
    out->payload = b + 8;
    out->len = udp - 8;
    return UT__FRAME_UDP;
}

static enum ut__frame_kind read_tcp(struct ut__datagram *out, const uint8_t *b, size_t len)
{
    size_t head = len >= 20 ? (size_t)(b[12] >> 4) * 4 : 0;
    if (head < 20 || head > len)
        return UT__FRAME_OTHER;
    out->from.port = get16(b);
    out->to.port = get16(b + 2);
    out->seq = (uint32_t)get16(b + 4) << 16 | get16(b + 6);
    out->syn = (b[13] & 2) != 0;
    out->payload = b + head;
    out->len = len - head;
    return UT__FRAME_TCP;
}

static enum ut__frame_kind read_ipv4(struct ut__datagram *out, const uint8_t *b, size_t len)
{
    size_t head = len ? (size_t)(b[0] & 15) * 4 : 0;
    if (len < 20 || head < 20 || head > len)
        return UT__FRAME_OTHER;
    size_t total = get16(b + 2);
    if (total && total < head) /* 0: left to the network card. */
        return UT__FRAME_OTHER;
    if (b[9] != PROTOCOL_UDP && b[9] != PROTOCOL_TCP)
        return UT__FRAME_OTHER;
    if (get16(b + 6) & 0x3fff) /* More fragments, or an offset. */
        return b[9] == PROTOCOL_UDP ? UT__FRAME_FRAGMENT : UT__FRAME_OTHER;
    out->from = (struct ut__address){.version = 4};
    out->to = (struct ut__address){.version = 4};
    memcpy(out->from.ip, b + 12, 4);
    memcpy(out->to.ip, b + 16, 4);
    size_t end = total && total < len ? total : len; /* Ethernet pads short frames. */
    return b[9] == PROTOCOL_TCP ? read_tcp(out, b + head, end - head)
                                : read_udp(out, b + head, end - head);
}

static enum ut__frame_kind read_ipv6(struct ut__datagram *out, const uint8_t *b, size_t len)
{
    if (len < 40)
        return UT__FRAME_OTHER;
    out->from = (struct ut__address){.version = 6};
    out->to = (struct ut__address){.version = 6};
    memcpy(out->from.ip, b + 8, 16);
    memcpy(out->to.ip, b + 24, 16);
    size_t payload = get16(b + 4);
    uint8_t next = b[6];
    b += 40;
    len -= 40;
    if (payload && payload < len)
        len = payload;
    for (int i = 0; i < EXTENSIONS_MAX; i++) {
        if (next == PROTOCOL_UDP)
            return read_udp(out, b, len);
        if (next == PROTOCOL_TCP)
            return read_tcp(out, b, len);
        if (next == 44) /* Fragment header: what was cut, if it was UDP. */
            return len >= 1 && b[0] == PROTOCOL_UDP ? UT__FRAME_FRAGMENT : UT__FRAME_OTHER;
        if ((next != 0 && next != 43 && next != 60) || len < 8)
            return UT__FRAME_OTHER;
        size_t size = ((size_t)b[1] + 1) * 8;
        if (size > len)
            return UT__FRAME_OTHER;
        next = b[0];
        b += size;
        len -= size;
    }
    return UT__FRAME_OTHER;
}

static enum ut__frame_kind read_ip(struct ut__datagram *out, const uint8_t *b, size_t len)
{
    if (len == 0)
        return UT__FRAME_OTHER;
    if (b[0] >> 4 == 4)
        return read_ipv4(out, b, len);
    return b[0] >> 4 == 6 ? read_ipv6(out, b, len) : UT__FRAME_OTHER;
}

/* What follows an EtherType at `at`, behind VLAN tags. */
static enum ut__frame_kind read_typed(struct ut__datagram *out, const uint8_t *b, size_t len,
                                      size_t at, size_t body)
{
    if (len < body || len < at + 2)
        return UT__FRAME_OTHER;
    uint16_t type = get16(b + at);
    for (int tags = 0; type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD; tags++) {
        if (tags == TAGS_MAX || len < body + 4)
            return UT__FRAME_OTHER;
        type = get16(b + body + 2);
        body += 4;
    }
    if (type != TYPE_IPV4 && type != TYPE_IPV6)
        return UT__FRAME_OTHER;
    return read_ip(out, b + body, len - body);
}

enum ut__frame_kind ut__frame_read(struct ut__datagram *out, uint32_t link, const uint8_t *bytes,
                                   size_t len)
{
    switch (link) {
    case LINK_ETHERNET:
        return read_typed(out, bytes, len, 12, 14);
    case LINK_COOKED:
        return read_typed(out, bytes, len, 14, 16);
    case LINK_COOKED2:
        return read_typed(out, bytes, len, 0, 20);
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_IPV4:
    case LINK_IPV6:
        return read_ip(out, bytes, len);
    case LINK_NULL:
    case LINK_LOOP:
        return len < 4 ? UT__FRAME_OTHER : read_ip(out, bytes + 4, len - 4);
    default:
        return UT__FRAME_LINK;
    }
}

int ut__address_same(const struct ut__address *a, const struct ut__address *b, int port)
{
    return a->version == b->version && memcmp(a->ip, b->ip, a->version == 4 ? 4 : 16) == 0 &&
           (!port || a->port == b->port);
}
