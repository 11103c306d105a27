/* SPDX-License-Identifier: MIT */
/* A capture from its file to its calls: packets, frames, SIP, SDP, RTP flows. */

#include <stdlib.h>
#include <string.h>

#include "ingress/pcap/calls.h"
#include "ingress/pcap/capture_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(int holds)
{
    if (!holds)
        abort();
}

static void on_media(void *arg, struct ut__pcap_call *call, int voice, const uint8_t *rtp,
                     size_t len, int64_t time_us)
{
    (void)time_us;
    uint8_t *sum = arg;
    must(voice == 0 || voice == 1);
    must(call->flow_count[voice] > 0);
    for (size_t i = 0; i < len; i++)
        *sum ^= rtp[i]; /* All of it can be read. */
}

static void on_change(void *arg, struct ut__pcap_call *call, unsigned what)
{
    struct ut__rtp_config cfg;
    (void)arg;
    must(what != 0);
    ut__talk_formats(&cfg, &call->talk, 0);
    must(cfg.format_count > 0 && cfg.format_count <= UT__RTP_FORMATS_MAX);
}

/* The same frames as they would come live, a second apart, and as a capture. */
static void run(const uint8_t *data, size_t len, int is_live)
{
    uint8_t sum = 0;
    const struct ut__calls_listener listener = {
        .arg = &sum, .media = on_media, .changed = on_change};
    struct ut__calls calls;
    struct ut__pcap p;
    struct ut__pcap_packet packet;
    int err = ut__calls_init(&calls, is_live ? &listener : NULL);
    if (!err)
        err = ut__pcap_open(&p, data, len);
    while (!err && ut__pcap_next(&p, &packet) == 1) {
        must(packet.bytes >= data && packet.len <= (size_t)(data + len - packet.bytes));
        err = ut__calls_take(&calls, packet.link, packet.bytes, packet.len, packet.time_us,
                             packet.at);
        if (!err && is_live)
            err = ut__calls_tick(&calls, packet.time_us + 3000000);
    }
    if (!err && !is_live)
        err = ut__calls_finish(&calls);
    for (size_t i = 0; !err && !is_live && i < calls.call_count; i++) {
        size_t first_at, last_at;
        int64_t first_us, last_us;
        ut__call_span(calls.calls[i], &first_at, &last_at, &first_us, &last_us);
        must(first_at <= last_at && last_at < len);
    }
    ut__calls_clear(&calls);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut__signal signal;
    struct ut__datagram d;
    /* The readers alone, so that a fuzzer need not find its way through all layers. */
    if (ut__signal_read(&signal, data, len))
        must(memchr(signal.call_id, 0, sizeof signal.call_id) != NULL &&
             signal.line_count <= UT__SIGNAL_LINES);
    if (ut__frame_read(&d, 1, data, len) == UT__FRAME_UDP)
        must(d.payload >= data && d.len <= (size_t)(data + len - d.payload));
    run(data, len, 0);
    run(data, len, 1);
    return 0;
}
