/* SPDX-License-Identifier: MIT */
#include "ingress/pcap/capture_file.h"

#include <string.h>

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* Obsolete, and still in old files. */
    BLOCK_SIMPLE = 3,
    BLOCK_ENHANCED = 6,
    OPTION_TSRESOL = 9,
    OPTION_TSOFFSET = 14,
    BLOCK_MIN = 12
};

static uint32_t get32(const struct ut__pcap *p, size_t at)
{
    const uint8_t *b = p->bytes + at;
    if (p->swapped)
        return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static uint16_t get16(const struct ut__pcap *p, size_t at)
{
    const uint8_t *b = p->bytes + at;
    return (uint16_t)(p->swapped ? b[0] << 8 | b[1] : b[1] << 8 | b[0]);
}

int ut__pcap_open(struct ut__pcap *p, const uint8_t *bytes, size_t len)
{
    *p = (struct ut__pcap){.bytes = bytes, .len = len};
    if (len < 4)
        return UT_ETRUNCATED;
    uint32_t magic = get32(p, 0);
    if (magic == BLOCK_SECTION) {
        p->ng = 1;
        return 0;
    }
    p->swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
    if (!p->swapped && magic != 0xa1b2c3d4 && magic != 0xa1b23c4d)
        return UT_EMAGIC;
    if (len < 24)
        return UT_ETRUNCATED;
    if (get16(p, 4) != 2)
        return UT_EVERSION;
    int nano = magic == 0xa1b23c4d || magic == 0x4d3cb2a1;
    p->interface_count = 1;
    p->interfaces[0] = (struct ut__pcap_interface){.link = get32(p, 20) & 0xffff,
                                                   .ticks_per_s = nano ? 1000000000 : 1000000};
    p->at = 24;
    return 0;
}

static int next_classic(struct ut__pcap *p, struct ut__pcap_packet *packet)
{
    if (p->at == p->len)
        return 0;
    if (p->len - p->at < 16)
        return UT_ETRUNCATED;
    uint32_t len = get32(p, p->at + 8);
    if (len > UT__PCAP_PACKET_MAX)
        return UT_EMALFORMED;
    if (p->len - p->at - 16 < len)
        return UT_ETRUNCATED;
    uint64_t ticks = get32(p, p->at + 4);
    *packet = (struct ut__pcap_packet){
        .time_us = (int64_t)get32(p, p->at) * 1000000 +
                   (int64_t)(ticks * 1000000 / p->interfaces[0].ticks_per_s),
        .link = p->interfaces[0].link,
        .bytes = p->bytes + p->at + 16,
        .len = len,
        .full_len = get32(p, p->at + 12)};
    p->at += 16 + (size_t)len;
    return 1;
}

/* Time in ticks of the interface to microseconds, without overflow for any resolution. */
static int64_t to_us(const struct ut__pcap_interface *i, uint64_t ticks)
{
    uint64_t s = ticks / i->ticks_per_s, rest = ticks % i->ticks_per_s;
    uint64_t us = i->ticks_per_s > UINT64_MAX / 1000000 ? rest / (i->ticks_per_s / 1000000)
                                                        : rest * 1000000 / i->ticks_per_s;
    if (s > UINT32_MAX)
        s = UINT32_MAX;
    return ((int64_t)s + i->offset_s) * 1000000 + (int64_t)us;
}

static uint64_t resolution(uint8_t code)
{
    if (code & 0x80)
        return 1ull << ((code & 0x7f) < 63 ? code & 0x7f : 63);
    uint64_t ticks = 1;
    for (int i = 0; i < (code < 19 ? code : 19); i++)
        ticks *= 10;
    return ticks;
}

static void read_interface(struct ut__pcap *p, size_t at, size_t end)
{
    if (p->interface_count == UT__PCAP_INTERFACES_MAX || end - at < 8)
        return;
    struct ut__pcap_interface *i = &p->interfaces[p->interface_count++];
    *i = (struct ut__pcap_interface){.link = get16(p, at), .ticks_per_s = 1000000};
    for (at += 8; end - at >= 4;) {
        uint16_t code = get16(p, at), len = get16(p, at + 2);
        size_t padded = ((size_t)len + 3) & ~(size_t)3;
        at += 4;
        if (code == 0 || padded > end - at)
            return;
        if (code == OPTION_TSRESOL && len == 1)
            i->ticks_per_s = resolution(p->bytes[at]);
        if (code == OPTION_TSOFFSET && len == 8) {
            uint64_t low = get32(p, p->swapped ? at + 4 : at);
            int64_t s = (int64_t)((uint64_t)get32(p, p->swapped ? at : at + 4) << 32 | low);
            i->offset_s = s > -1000000000000 && s < 1000000000000 ? s : 0;
        }
        at += padded;
    }
}

/* A packet of interface `id` whose bytes begin at `at`. Returns 1, or 0 to go on with the next. */
static int give(struct ut__pcap *p, struct ut__pcap_packet *packet, uint32_t id, uint64_t ticks,
                size_t at, size_t end, uint32_t len, uint32_t full_len)
{
    if (id >= p->interface_count) {
        p->skipped++;
        return 0;
    }
    if (len > end - at)
        return UT_EMALFORMED;
    *packet = (struct ut__pcap_packet){.time_us = to_us(&p->interfaces[id], ticks),
                                       .link = p->interfaces[id].link,
                                       .bytes = p->bytes + at,
                                       .len = len,
                                       .full_len = full_len};
    return 1;
}

/* The body of one block: [at, end). */
static int read_block(struct ut__pcap *p, struct ut__pcap_packet *packet, uint32_t type, size_t at,
                      size_t end)
{
    size_t len = end - at;
    if (type == BLOCK_INTERFACE)
        read_interface(p, at, end);
    else if (type == BLOCK_ENHANCED && len >= 20)
        return give(p, packet, get32(p, at), (uint64_t)get32(p, at + 4) << 32 | get32(p, at + 8),
                    at + 20, end, get32(p, at + 12), get32(p, at + 16));
    else if (type == BLOCK_PACKET && len >= 20)
        return give(p, packet, get16(p, at), (uint64_t)get32(p, at + 4) << 32 | get32(p, at + 8),
                    at + 20, end, get32(p, at + 12), get32(p, at + 16));
    else if (type == BLOCK_SIMPLE)
        p->skipped++; /* It has no time: of no use for a stream. */
    return 0;
}

static int next_ng(struct ut__pcap *p, struct ut__pcap_packet *packet)
{
    while (p->at < p->len) {
        size_t left = p->len - p->at;
        if (left < BLOCK_MIN)
            return UT_ETRUNCATED;
        uint32_t type = get32(p, p->at);
        if (type == BLOCK_SECTION) {
            uint32_t magic = get32(p, p->at + 8);
            if (magic != 0x1a2b3c4d && magic != 0x4d3c2b1a)
                return UT_EMALFORMED;
            p->swapped ^= magic == 0x4d3c2b1a;
            p->interface_count = 0;
        }
        uint32_t len = get32(p, p->at + 4);
        if (len < BLOCK_MIN || len % 4)
            return UT_EMALFORMED;
        if (len > left)
            return UT_ETRUNCATED;
        size_t at = p->at + 8, end = p->at + len - 4;
        p->at += len;
        int got = read_block(p, packet, type, at, end);
        if (got)
            return got;
    }
    return 0;
}

int ut__pcap_next(struct ut__pcap *p, struct ut__pcap_packet *packet)
{
    size_t at = p->at;
    int got = p->ng ? next_ng(p, packet) : next_classic(p, packet);
    if (got == 1)
        packet->at = at;
    return got;
}
