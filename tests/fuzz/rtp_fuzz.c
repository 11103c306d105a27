/* SPDX-License-Identifier: MIT */
/*
 * RTP streams: each record of the input is a delay, a length and a packet; the stream's time never
 * goes back, and every sample it gives is accounted for and finite.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rtp/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint64_t given;

static void take(void *arg, enum ut__rtp_kind kind, const float *pcm, size_t n)
{
    (void)arg;
    if (n == 0 || (pcm != NULL) != (kind == UT__RTP_AUDIO || kind == UT__RTP_CONCEALED))
        abort();
    for (size_t i = 0; pcm && i < n; i++) {
        if (!isfinite(pcm[i]) || fabsf(pcm[i]) > 2.0f)
            abort();
    }
    given += n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut__rtp_config cfg = {.formats = {{0, UT__RTP_PCMU, 1, 8000, 0},
                                             {3, UT__RTP_GSM, 1, 8000, 0},
                                             {9, UT__RTP_G722, 1, 8000, 0},
                                             {96, UT__RTP_OPUS, 2, 48000, 0},
                                             {97, UT__RTP_L16, 2, 16000, 0},
                                             {13, UT__RTP_CN, 1, 8000, 0},
                                             {101, UT__RTP_EVENT, 1, 8000, 0},
                                             {98, UT__RTP_G726, 1, 8000, 5}},
                                 .format_count = 8};
    /* Those that may not be built in. */
    cfg.format_count +=
        (uint32_t)ut__rtp_format_named(&cfg.formats[cfg.format_count], 99, "AMR", 3, 8000, 1);
    cfg.format_count +=
        (uint32_t)ut__rtp_format_named(&cfg.formats[cfg.format_count], 100, "AMR", 3, 8000, 1);
    if (cfg.format_count == 10)
        cfg.formats[9].variant = UT__RTP_AMR_ALIGNED;
    cfg.format_count += (uint32_t)ut__rtp_format_static(&cfg.formats[cfg.format_count], 18);
    struct ut__rtp_stream *s;
    int64_t now_us = 1000000;
    given = 0;
    if (ut__rtp_stream_create(&s, &cfg, take, NULL) != 0)
        abort();
    while (len >= 2) {
        size_t n = data[1];
        now_us += (int64_t)data[0] * 1000;
        data += 2;
        len -= 2;
        if (n > len)
            n = len;
        uint64_t before = given;
        ut__rtp_stream_advance(s, now_us);
        ut__rtp_stream_push(s, data, n, now_us);
        /* Nothing is given out ahead of a second after now, and no flood comes of one packet. */
        if (given - before > 8000 * 4)
            abort();
        if (data && n && data[0] == 0xfe)
            ut__rtp_stream_set_hold(s, data[n - 1] & 1);
        data += n;
        len -= n;
    }
    ut__rtp_stream_flush(s);
    if (ut__rtp_stream_position(s) != given)
        abort();
    ut__rtp_stream_destroy(s);
    return 0;
}
