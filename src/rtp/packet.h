/* SPDX-License-Identifier: MIT */
#ifndef UT_RTP_PACKET_H
#define UT_RTP_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/* An RTP packet's fields, RFC 3550, section 5.1. The payload is a view into the packet. */
struct ut__rtp_packet {
    uint8_t pt, marker;
    uint16_t seq;
    uint32_t ts, ssrc;
    const uint8_t *payload;
    size_t payload_bytes;
};

/**
 * Parses one datagram: version, CSRC list, header extension and padding are checked and skipped.
 * Returns 0; UT_EUNSUPPORTED for RTCP on the same port (RFC 5761); UT_EMALFORMED. Pure.
 */
int ut__rtp_parse(struct ut__rtp_packet *out, const uint8_t *bytes, size_t len) UT_MUST_CHECK;

#endif
