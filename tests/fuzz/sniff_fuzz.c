/* SPDX-License-Identifier: MIT */
/* Frames off the wire up to the daemon's port, which sees to it that every call is opened before it
 * is used and closed once; and the option's text. */

#include <stdlib.h>
#include <string.h>

#include "ingress/pcap/capture_file.h"
#include "ingress/sniff/spec.h"
#include "ingress/sniff/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct ut__port_call {
    int is_open;
    uint32_t lines, packets;
    void (*ended)(void *arg, const char *reason);
    void *arg;
};

static uint32_t open_calls;

static void must(int holds)
{
    if (!holds)
        abort();
}

static void check_line(const struct ut__port_line *line)
{
    must(line->fd == -1 && line->role <= UT_ROLE_COUNT);
    must(line->rtp.format_count > 0 && line->rtp.format_count <= UT__RTP_FORMATS_MAX);
}

static int port_open(void *state, struct ut__port_call **out, const struct ut__port_open *open)
{
    uint32_t *tries = state;
    if (++*tries % 5 == 0)
        return UT_ETOOBIG; /* As when max-calls are there. */
    must(open->packets_pushed && open->line_count >= 1 && open->line_count <= 2);
    must(memchr(open->info.id, 0, sizeof open->info.id) != NULL);
    for (uint32_t i = 0; i < open->line_count; i++)
        check_line(&open->lines[i]);
    must(open->line_count == 1 || open->lines[0].role != UT_ROLE_CALLER ||
         open->lines[1].role != UT_ROLE_CALLER);
    *out = calloc(1, sizeof **out);
    must(*out != NULL);
    **out = (struct ut__port_call){1, open->line_count, 0, open->ended, open->arg};
    open_calls++;
    return 0;
}

static void drop(struct ut__port_call *call)
{
    must(call->is_open);
    call->is_open = 0;
    open_calls--;
    free(call);
}

static int port_packet(struct ut__port_call *call, uint32_t line, const uint8_t *rtp, size_t len,
                       int64_t arrival_us)
{
    (void)rtp;
    (void)len;
    (void)arrival_us;
    must(call->is_open && line < call->lines);
    if (++call->packets % 17 == 0) { /* As when the daemon ends it. */
        call->ended(call->arg, "no media");
        drop(call);
    }
    return 1;
}

static void port_update(struct ut__port_call *call, const struct ut__call_info *info, int on_hold)
{
    (void)info;
    (void)on_hold;
    must(call->is_open);
}

static int port_set_line(struct ut__port_call *call, uint32_t index,
                         const struct ut__port_line *line)
{
    must(call->is_open && index <= call->lines && index < 2);
    check_line(line);
    call->lines = index == call->lines ? index + 1 : call->lines;
    return 0;
}

static void port_close(struct ut__port_call *call, const char *reason)
{
    must(reason[0] != 0);
    drop(call);
}

static const char *port_id(const struct ut__port_call *call)
{
    must(call->is_open);
    return "call";
}

static void read_spec(const uint8_t *data, size_t len)
{
    char text[2048], why[200] = "";
    struct ut__sniff_spec spec;
    size_t n = len < sizeof text - 1 ? len : sizeof text - 1;
    memcpy(text, data, n);
    text[n] = 0;
    if (ut__sniff_parse(&spec, text, why, sizeof why) == 0)
        must(spec.name[0] && memchr(spec.filter, 0, sizeof spec.filter));
    else
        must(why[0] != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint32_t tries = 0;
    const struct ut__port port = {.state = &tries,
                                  .open = port_open,
                                  .packet = port_packet,
                                  .update = port_update,
                                  .set_line = port_set_line,
                                  .close = port_close,
                                  .id = port_id};
    struct ut__sip_rule rule;
    struct ut__wire *wire;
    struct ut__pcap p;
    struct ut__pcap_packet packet;
    read_spec(data, len);
    must(ut__sip_rule_parse(&rule, "order:1=caller") == 0);
    if (ut__pcap_open(&p, data, len) || ut__wire_create(&wire, &port, &rule, 1))
        return 0;
    for (int n = 1; ut__pcap_next(&p, &packet) == 1; n++) {
        ut__wire_take(wire, packet.link, packet.bytes, packet.len, packet.time_us);
        if (n % 16 == 0)
            ut__wire_tick(wire, packet.time_us + 1000000);
    }
    ut__wire_destroy(wire);
    must(open_calls == 0);
    return 0;
}
