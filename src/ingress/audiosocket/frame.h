/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_AUDIOSOCKET_FRAME_H
#define UT_INGRESS_AUDIOSOCKET_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/*
 * One message of Asterisk's AudioSocket: a type, a 16-bit length, a payload. Pure.
 * https://docs.asterisk.org/Configuration/Channel-Drivers/AudioSocket/
 */
enum ut__audiosocket_type {
    UT__AUDIOSOCKET_HANGUP = 0x00,
    UT__AUDIOSOCKET_UUID = 0x01,
    UT__AUDIOSOCKET_DTMF = 0x03,
    UT__AUDIOSOCKET_AUDIO = 0x10, /* 8000 Hz; 0x11..0x18 are faster ones. */
    UT__AUDIOSOCKET_ERROR = 0xff
};

enum { UT__AUDIOSOCKET_HEAD = 3, UT__AUDIOSOCKET_MAX = UT__AUDIOSOCKET_HEAD + 65535 };

struct ut__audiosocket_frame {
    uint8_t type;
    uint32_t rate_hz; /* Of audio; 0 for every other type. */
    const uint8_t *payload;
    size_t len_bytes;
};

/**
 * Reads the message at the front of buf: [len]; the payload is a view into it.
 *
 * Returns the bytes it takes; UT_ETRUNCATED when more are needed; UT_EMALFORMED when a known type
 * has a length that it cannot have. Unknown types come out as they are.
 */
int ut__audiosocket_read(struct ut__audiosocket_frame *out, const uint8_t *buf,
                         size_t len) UT_MUST_CHECK;

#endif
