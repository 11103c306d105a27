/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_CAPTURE_FILE_H
#define UT_INGRESS_PCAP_CAPTURE_FILE_H

/*
 * Packets of a capture in memory, pcap or pcapng (draft-ietf-opsawg-pcap, -pcapng). Pure: views
 * into the bytes, no allocation.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

enum { UT__PCAP_INTERFACES_MAX = 32, UT__PCAP_PACKET_MAX = 1 << 18 };

struct ut__pcap_interface {
    uint32_t link; /* LINKTYPE_... */
    uint64_t ticks_per_s;
    int64_t offset_s;
};

struct ut__pcap {
    const uint8_t *bytes;
    size_t len, at;
    int ng, swapped;
    uint32_t interface_count;
    struct ut__pcap_interface interfaces[UT__PCAP_INTERFACES_MAX];
    uint64_t skipped; /* Packets of interfaces that were never described. */
};

struct ut__pcap_packet {
    size_t at; /* Offset in the file where looking for it began. */
    int64_t time_us;
    uint32_t link;
    const uint8_t *bytes; /* [len] */
    size_t len;
    size_t full_len; /* On the wire; more than len when the capture cut it. */
};

/** bytes: [len], kept. Returns 0; UT_EMAGIC, UT_EVERSION, UT_ETRUNCATED. */
int ut__pcap_open(struct ut__pcap *p, const uint8_t *bytes, size_t len) UT_MUST_CHECK;

/** The next packet: 1; 0 at the end; UT_ETRUNCATED when the file ends within a packet;
    UT_EMALFORMED for lengths that cannot be. */
int ut__pcap_next(struct ut__pcap *p, struct ut__pcap_packet *packet) UT_MUST_CHECK;

#endif
