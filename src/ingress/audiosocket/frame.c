/* SPDX-License-Identifier: MIT */
#include "ingress/audiosocket/frame.h"

static uint32_t rate_of(uint8_t type)
{
    static const uint32_t rates[] = {8000, 12000, 16000, 24000, 32000, 44100, 48000, 96000, 192000};
    size_t i = (size_t)type - UT__AUDIOSOCKET_AUDIO;
    return type >= UT__AUDIOSOCKET_AUDIO && i < sizeof rates / sizeof rates[0] ? rates[i] : 0;
}

static int length_fits(uint8_t type, uint32_t rate_hz, size_t len)
{
    if (rate_hz)
        return len % 2 == 0;
    switch (type) {
    case UT__AUDIOSOCKET_HANGUP:
        return len == 0;
    case UT__AUDIOSOCKET_UUID:
        return len == 16;
    case UT__AUDIOSOCKET_DTMF:
        return len == 1;
    case UT__AUDIOSOCKET_ERROR:
        return len <= 1;
    default:
        return 1;
    }
}

int ut__audiosocket_read(struct ut__audiosocket_frame *out, const uint8_t *buf, size_t len)
{
    if (len < UT__AUDIOSOCKET_HEAD)
        return UT_ETRUNCATED;
    size_t payload = (size_t)(buf[1] << 8 | buf[2]);
    uint32_t rate_hz = rate_of(buf[0]);
    if (!length_fits(buf[0], rate_hz, payload))
        return UT_EMALFORMED;
    if (len < UT__AUDIOSOCKET_HEAD + payload)
        return UT_ETRUNCATED;
    *out = (struct ut__audiosocket_frame){.type = buf[0],
                                          .rate_hz = rate_hz,
                                          .payload = buf + UT__AUDIOSOCKET_HEAD,
                                          .len_bytes = payload};
    return (int)(UT__AUDIOSOCKET_HEAD + payload);
}
