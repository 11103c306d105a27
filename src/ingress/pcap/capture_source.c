/* SPDX-License-Identifier: MIT */
/*
 * A call of a capture as a source of samples.
 *
 *     capture -> calls (first look) -> this call's packets -> RTP streams, one a voice -> queues
 *                                   -> its messages, again     -> read
 *
 * The RTP code is the daemon's: the same jitter buffer and decoders, with the capture's times for
 * the clock. The sender of the INVITE is channel 1.
 */

#define _POSIX_C_SOURCE 200809L /* mmap, fstat. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingress/pcap/calls.h"
#include "ingress/pcap/capture_file.h"
#include "ingress/pcap/capture_source.h"
#include "ingress/pcap/tcp.h"
#include "rtp/packet.h"

enum { RATE_HZ = UT__RTP_OUT_HZ, BLOCK = RATE_HZ * UT_SOURCE_BLOCK_MS / 1000 };

/* Samples of one kind that follow each other. */
struct run {
    size_t n;
    int lost; /* 1: no samples are kept. */
};

struct voice {
    struct ut__rtp_stream *rtp;
    struct ut__rtp_config cfg; /* Of rtp. */
    int party;                 /* Whose: 0 or 1. */
    uint64_t unknown;          /* Packets whose payload type means nothing, */
    uint8_t unknown_pt;        /* the last of them. */
    uint32_t seems_hz;         /* Of samples that kept no time; 0: all did. */
    uint8_t off_clock;         /* Timestamps ran by another clock than this one's. */
    uint32_t clock_hz;
    struct run *runs;
    size_t run_at, run_count, run_cap;
    float *pcm;
    size_t pcm_at, pcm_count, pcm_cap;
    uint64_t given; /* Samples that read() has given out. */
    int failed;     /* Out of memory in the sink. */
};

struct capture {
    int fd;
    const uint8_t *bytes;
    size_t len;
    struct ut__pcap pcap;
    struct ut__calls calls;
    const struct ut__pcap_call *call;
    int damaged; /* The file ends early or is broken: what is before it counts. */
    struct ut__dissector dissector;
    struct ut__tcp tcp;
    struct ut__captured_talk talk; /* The call's, as far as it has been read. */
    int64_t origin_us;
    struct voice voices[2];
    uint32_t voice_count;
    size_t last_at;
    int ended;
    float block[BLOCK];
    char note[UT_SOURCE_MESSAGE_MAX];
};

static int reserve(void **items, size_t *cap, size_t wanted, size_t item_bytes)
{
    if (wanted <= *cap)
        return 0;
    size_t next = wanted * 2;
    void *more = realloc(*items, next * item_bytes);
    if (!more)
        return UT_ENOMEM;
    *items = more;
    *cap = next;
    return 0;
}

/* Puts what the RTP stream gives into the voice's queue. */
static void on_samples(void *arg, enum ut__rtp_kind kind, const float *pcm, size_t n)
{
    struct voice *v = arg;
    int lost = kind == UT__RTP_LOST || kind == UT__RTP_CONCEALED;
    void *runs = v->runs, *samples = v->pcm;
    if (n == 0)
        return;
    if (reserve(&runs, &v->run_cap, v->run_count + 1, sizeof *v->runs)) {
        v->failed = 1;
        return;
    }
    v->runs = runs;
    if (!lost) {
        if (reserve(&samples, &v->pcm_cap, v->pcm_count + n, sizeof *v->pcm)) {
            v->failed = 1;
            return;
        }
        v->pcm = samples;
        if (kind == UT__RTP_AUDIO)
            memcpy(v->pcm + v->pcm_count, pcm, n * sizeof *pcm);
        else
            memset(v->pcm + v->pcm_count, 0, n * sizeof *pcm);
        v->pcm_count += n;
    }
    if (v->run_count > v->run_at && v->runs[v->run_count - 1].lost == lost)
        v->runs[v->run_count - 1].n += n;
    else
        v->runs[v->run_count++] = (struct run){n, lost};
}

static int say(struct ut__source_message *msg, int err, const char *text)
{
    (void)snprintf(msg->text, sizeof msg->text, "%s", text);
    return err;
}

/* What was in the capture and could not be used, for people. */
static void write_note(struct capture *c)
{
    const struct ut__calls *k = &c->calls;
    const struct {
        uint64_t count;
        const char *one, *more;
    } notes[] = {
        {k->dissector.fragments.incomplete, "datagram lacks some of its fragments",
         "datagrams lack some of their fragments"},
        {k->dissector.fragments.refused, "datagram has fragments that contradict each other",
         "datagrams have fragments that contradict each other"},
        {k->dissector.deep, "packet is in more tunnels than four, one in the other",
         "packets are in more tunnels than four, one in the other"},
        {k->dissector.cut, "packet is cut off (capture with a larger snap length, tcpdump -s 0)",
         "packets are cut off (capture with a larger snap length, tcpdump -s 0)"},
        {k->dissector.other_links, "packet of a link type that is not read",
         "packets of a link type that is not read"},
        {c->pcap.skipped, "packet without interface or time", "packets without interface or time"},
        {k->encrypted, "call is encrypted (SRTP) and left out",
         "calls are encrypted (SRTP) and left out"},
        {k->relayed,
         "call is left out: it is the other leg of one that is here, on its way through a PBX",
         "calls are left out: each is the other leg of one that is here, on its way through a PBX"},
        {k->silent, "call has signalling and no sound", "calls have signalling and no sound"},
        {k->beyond, "call or stream is beyond what one capture may hold",
         "calls or streams are beyond what one capture may hold"},
    };
    size_t n = 0;
    for (size_t i = 0; i < sizeof notes / sizeof notes[0] && n < sizeof c->note - 1; i++)
        if (notes[i].count)
            n += (size_t)snprintf(c->note + n, sizeof c->note - n, "%s%llu %s", n ? "; " : "",
                                  (unsigned long long)notes[i].count,
                                  notes[i].count == 1 ? notes[i].one : notes[i].more);
    if (c->damaged && n < sizeof c->note - 1)
        (void)snprintf(c->note + n, sizeof c->note - n,
                       "%sthe capture ends in the middle of a packet or is damaged there: what is "
                       "before it was used",
                       n ? "; " : "");
}

static void close_capture(void *state)
{
    struct capture *c = state;
    for (int i = 0; i < 2; i++) {
        ut__rtp_stream_destroy(c->voices[i].rtp);
        free(c->voices[i].runs);
        free(c->voices[i].pcm);
    }
    ut__tcp_clear(&c->tcp);
    ut__dissector_clear(&c->dissector);
    ut__talk_clear(&c->talk);
    ut__calls_clear(&c->calls);
    if (c->bytes)
        (void)munmap((void *)(uintptr_t)c->bytes, c->len);
    close(c->fd);
    free(c);
}

static int is_told(const struct ut__captured_talk *t)
{
    const struct ut__signal_media *a = &t->parties[0].media, *b = &t->parties[1].media;
    return a->format_count + a->other_count + b->format_count + b->other_count != 0;
}

/* Gives a voice a stream for what its payload types mean now; before the capture has said so, for
 * what they will mean. It goes on where the one before it stopped. */
static int set_formats(struct capture *c, struct voice *v)
{
    struct ut__rtp_config cfg;
    struct ut__rtp_stream *next;
    ut__talk_formats(&cfg, is_told(&c->talk) ? &c->talk : &c->call->talk, v->party);
    if (v->rtp && cfg.format_count == v->cfg.format_count &&
        memcmp(cfg.formats, v->cfg.formats, cfg.format_count * sizeof cfg.formats[0]) == 0)
        return 0;
    int err = ut__rtp_stream_create(&next, &cfg, on_samples, v);
    if (err)
        return err;
    ut__rtp_stream_set_origin(next, c->origin_us);
    ut__rtp_stream_set_hold(next, c->talk.parties[v->party].held);
    if (v->rtp) {
        ut__rtp_stream_flush(v->rtp);
        ut__rtp_stream_set_position(next, ut__rtp_stream_position(v->rtp));
        ut__rtp_stream_destroy(v->rtp);
    }
    v->rtp = next;
    v->cfg = cfg;
    return 0;
}

/* Goes to the call's first packet. pcapng has to be walked: its interfaces are described on the
 * way. */
static int seek(struct capture *c, size_t first_at)
{
    struct ut__pcap_packet packet;
    int err = ut__pcap_open(&c->pcap, c->bytes, c->len);
    if (!err && !c->pcap.ng)
        c->pcap.at = first_at;
    while (!err && c->pcap.at < first_at)
        err = ut__pcap_next(&c->pcap, &packet) == 1 ? 0 : UT_EMALFORMED;
    return err;
}

static void describe(struct ut__source_info *info, const struct ut__pcap_call *call)
{
    const struct ut__captured_talk *t = &call->talk;
    info->roles_unknown = !t->has_sip || t->is_recording || t->is_midway;
    info->is_mixed = t->is_mixed;
    for (int party = 0; party < 2; party++) {
        if (call->flow_count[party] == 0)
            continue;
        info->rate_hz[info->channels++] = RATE_HZ;
        if (!info->roles_unknown && party == 0)
            info->caller = info->channels;
        else if (!info->roles_unknown)
            info->agent = info->channels;
    }
    (void)snprintf(info->format, sizeof info->format, "capture, %s",
                   t->is_recording ? "SIPREC and RTP"
                   : t->has_sip    ? "SIP and RTP"
                                   : "RTP without signalling");
}

static int begin(struct capture *c, struct ut__source *src, uint32_t part,
                 struct ut__source_message *msg)
{
    const struct ut__calls *k = &c->calls;
    if (k->call_count == 0) {
        (void)snprintf(msg->text, sizeof msg->text,
                       "has %llu packet%s and no call that can be scored: RTP over UDP is looked "
                       "for%s%.200s",
                       (unsigned long long)k->dissector.packets,
                       k->dissector.packets == 1 ? "" : "s", c->note[0] ? "; " : "", c->note);
        return UT_EUNSUPPORTED;
    }
    if (part >= k->call_count)
        return say(msg, UT_EINVAL, "has no such call");
    const struct ut__pcap_call *call = c->call = k->calls[part];
    size_t first_at;
    int64_t last_us;
    ut__call_span(call, &first_at, &c->last_at, &c->origin_us, &last_us);
    src->info = (struct ut__source_info){.parts = (uint32_t)k->call_count,
                                         .duration_s = (double)(last_us - c->origin_us) / 1e6};
    describe(&src->info, call);
    for (int party = 0; party < 2; party++) {
        if (call->flow_count[party] == 0)
            continue;
        struct voice *v = &c->voices[c->voice_count++];
        v->party = party;
        int err = set_formats(c, v);
        if (err)
            return say(msg, err, ut_strerror(err));
    }
    /* From its first message on: that says what its payload types mean. */
    first_at = call->talk.has_sip && call->first_at < first_at ? call->first_at : first_at;
    return seek(c, first_at) ? say(msg, UT_EMALFORMED, "changed while it was read") : 0;
}

/* Time passes for both voices, as in the daemon whether anybody sends or not. */
static void advance(struct capture *c, int64_t now_us)
{
    for (uint32_t i = 0; i < c->voice_count; i++)
        ut__rtp_stream_advance(c->voices[i].rtp, now_us);
}

/* The voice of a packet that lies at `at` in the file: of the same ports another call may be. */
static struct voice *voice_of(struct capture *c, const struct ut__datagram *d, size_t at)
{
    for (uint32_t i = 0; i < c->voice_count; i++) {
        int party = c->voices[i].party;
        for (uint32_t k = 0; k < c->call->flow_count[party]; k++) {
            const struct ut__flow *f = c->call->flows[party][k];
            if (at >= f->first_at && at <= f->last_at && ut__address_same(&f->from, &d->from, 1) &&
                ut__address_same(&f->to, &d->to, 1))
                return &c->voices[i];
        }
    }
    return NULL;
}

struct heard {
    struct capture *c;
    int64_t time_us;
};

/* Signalling of this call: what payload types mean, hold and resume. */
static int on_message(void *arg, const uint8_t *message, size_t len)
{
    const struct heard *h = arg;
    struct capture *c = h->c;
    struct ut__signal s;
    int err = 0;
    if (!ut__signal_read(&s, message, len) || !ut__talk_is_of(&c->call->talk, &s))
        return 0;
    if (!c->talk.has_sip)
        ut__talk_begin(&c->talk, &s, h->time_us);
    if (h->time_us >= c->origin_us)
        advance(c, h->time_us);
    unsigned changed = ut__talk_take(&c->talk, &s, h->time_us);
    for (uint32_t i = 0; i < c->voice_count && !err && (changed & UT__TALK_MEDIA); i++)
        err = set_formats(c, &c->voices[i]);
    if (!(changed & UT__TALK_HOLD))
        return err;
    for (uint32_t i = 0; i < c->voice_count; i++)
        ut__rtp_stream_set_hold(c->voices[i].rtp, c->talk.parties[c->voices[i].party].held);
    return err;
}

static int is_known(const struct voice *v, uint8_t pt)
{
    for (uint32_t i = 0; i < v->cfg.format_count; i++)
        if (v->cfg.formats[i].pt == pt)
            return 1;
    return 0;
}

static void take_rtp(struct capture *c, struct voice *v, const struct ut__datagram *d,
                     int64_t time_us)
{
    struct ut__rtp_packet rtp;
    advance(c, time_us);
    if (ut__rtp_parse(&rtp, d->payload, d->len) == 0 && !is_known(v, rtp.pt)) {
        v->unknown++;
        v->unknown_pt = rtp.pt;
    }
    for (uint32_t i = 0; i < c->voice_count; i++) {
        if (&c->voices[i] != v)
            ut__rtp_stream_heard_beside(c->voices[i].rtp, time_us);
    }
    ut__rtp_stream_push(v->rtp, d->payload, d->len, time_us);
    uint32_t says_hz, seems_hz = ut__rtp_stream_seems_hz(v->rtp, &says_hz);
    v->seems_hz = seems_hz ? seems_hz : v->seems_hz;
    if (ut__rtp_stream_off_clock(v->rtp, &says_hz, &seems_hz)) {
        v->off_clock = 1;
        v->clock_hz = says_hz;
    }
}

/* Takes one more packet of the capture; at the call's last one the streams are flushed. */
static void pump(struct capture *c)
{
    struct ut__pcap_packet packet;
    struct ut__datagram d;
    int over = c->pcap.at > c->last_at || ut__pcap_next(&c->pcap, &packet) != 1;
    if (over) {
        for (uint32_t i = 0; i < c->voice_count; i++)
            ut__rtp_stream_flush(c->voices[i].rtp);
        c->ended = 1;
        return;
    }
    struct heard h = {c, packet.time_us};
    int err = 0, kind = ut__dissect(&c->dissector, &d, packet.link, packet.bytes, packet.len,
                                    packet.time_us);
    struct voice *v = kind == UT__FRAME_UDP ? voice_of(c, &d, packet.at) : NULL;
    if (v)
        take_rtp(c, v, &d, packet.time_us);
    else if (kind == UT__FRAME_UDP && c->call->talk.has_sip)
        err = on_message(&h, d.payload, d.len);
    else if (kind == UT__FRAME_TCP && c->call->talk.has_sip)
        err = ut__tcp_take(&c->tcp, &d, on_message, &h);
    if (err || kind < 0)
        c->voices[0].failed = 1;
}

static int has_samples(const struct voice *v)
{
    return v->run_at < v->run_count;
}

/* A block off the front of a voice's queue. */
static void give(struct capture *c, uint32_t channel, struct ut__source_block *block)
{
    struct voice *v = &c->voices[channel];
    struct run *r = &v->runs[v->run_at];
    size_t n = r->n < BLOCK ? r->n : BLOCK;
    *block = (struct ut__source_block){.channel = channel, .n = n};
    if (!r->lost) {
        memcpy(c->block, v->pcm + v->pcm_at, n * sizeof c->block[0]);
        block->pcm = c->block;
        v->pcm_at += n;
    }
    r->n -= n;
    v->given += n;
    if (r->n == 0 && ++v->run_at == v->run_count)
        v->run_at = v->run_count = v->pcm_at = v->pcm_count = 0;
}

/* The voice that is behind, if it has samples; at the end any that has. -1: none. */
static int next_channel(const struct capture *c)
{
    uint32_t behind = c->voice_count == 2 && c->voices[1].given < c->voices[0].given;
    if (has_samples(&c->voices[behind]))
        return (int)behind;
    if (c->ended && c->voice_count == 2 && has_samples(&c->voices[1 - behind]))
        return (int)(1 - behind);
    return -1;
}

/* What the streams could not use, after all else that is to be noted. */
static void note_streams(struct capture *c)
{
    size_t n = strlen(c->note);
    for (uint32_t i = 0; i < c->voice_count && n < sizeof c->note - 1; i++) {
        const struct voice *v = &c->voices[i];
        const char *name = ut__talk_codec_name(&c->call->talk, v->unknown_pt);
        if (v->seems_hz)
            n += (size_t)snprintf(c->note + n, sizeof c->note - n,
                                  "%schannel %u: samples come at %u a second, which is not "
                                  "what their format says, and are not heard",
                                  n ? "; " : "", i + 1, v->seems_hz);
        if (v->off_clock && n < sizeof c->note)
            n += (size_t)snprintf(c->note + n, sizeof c->note - n,
                                  "%schannel %u: timestamps run by another clock than the %u Hz "
                                  "of their payload type; they are heard by that",
                                  n ? "; " : "", i + 1, v->clock_hz);
        if (!v->unknown || n >= sizeof c->note)
            continue;
        n += (size_t)snprintf(c->note + n, sizeof c->note - n, "%schannel %u: %llu packet%s ",
                              n ? "; " : "", i + 1, (unsigned long long)v->unknown,
                              v->unknown == 1 ? "" : "s");
        if (n >= sizeof c->note)
            return;
        const char *package = name ? ut__rtp_codec_package(name) : NULL;
        if (package)
            n += (size_t)snprintf(c->note + n, sizeof c->note - n,
                                  "of %.16s, which this build does not decode: it wants %s", name,
                                  package);
        else if (name)
            n += (size_t)snprintf(c->note + n, sizeof c->note - n,
                                  "of %.16s, which is not decoded here: have the peers offer PCMU, "
                                  "PCMA, G722 or opus first",
                                  name);
        else
            n += (size_t)snprintf(c->note + n, sizeof c->note - n,
                                  "of payload type %u, which no SDP in the capture names",
                                  v->unknown_pt);
    }
}

/* What a mapping has lost is not to be touched: the program would end by SIGBUS. */
static int became_shorter(const struct capture *c)
{
    struct stat st;
    return fstat(c->fd, &st) != 0 || st.st_size < (off_t)c->len;
}

static int read_block(void *state, struct ut__source_block *block, struct ut__source_message *msg)
{
    struct capture *c = state;
    for (;;) {
        int channel = next_channel(c);
        if (c->voices[0].failed || c->voices[1].failed)
            return say(msg, UT_ENOMEM, "out of memory");
        if (channel >= 0) {
            give(c, (uint32_t)channel, block);
            return 1;
        }
        if (c->ended) {
            note_streams(c);
            (void)say(msg, 0, c->note);
            return 0;
        }
        if (became_shorter(c))
            return say(msg, UT_EMALFORMED,
                       "became shorter while it was read: what came before was used; copy a "
                       "capture that is still written, then replay the copy");
        pump(c);
    }
}

/* The first look: which calls there are. */
static int find_calls(struct capture *c)
{
    struct ut__pcap_packet p;
    int err = ut__calls_init(&c->calls, NULL);
    while (!err) {
        int got = ut__pcap_next(&c->pcap, &p);
        if (got <= 0) {
            c->damaged = got < 0;
            return ut__calls_finish(&c->calls);
        }
        err = ut__calls_take(&c->calls, p.link, p.bytes, p.len, p.time_us, p.at);
    }
    return err;
}

static int map(struct capture *c, const struct ut__source_input *in, struct ut__source_message *msg)
{
    if (!in->regular)
        return say(msg, UT_EUNSUPPORTED,
                   "is a capture from a pipe: write it to a file first, it is read twice");
    c->len = (size_t)in->size_bytes;
    void *bytes = mmap(NULL, c->len, PROT_READ, MAP_PRIVATE, in->fd, 0);
    if (bytes == MAP_FAILED)
        return say(msg, UT_EIO, "cannot be mapped into memory");
    c->bytes = bytes;
    int err = ut__pcap_open(&c->pcap, c->bytes, c->len);
    if (err)
        return say(msg, err,
                   "is a capture of a version or kind that is not read: save it as pcap "
                   "or pcapng");
    err = find_calls(c);
    if (err)
        return say(msg, err, ut_strerror(err));
    write_note(c);
    return 0;
}

int ut__source_pcap(struct ut__source *src, const struct ut__source_input *in,
                    const struct ut__source_config *cfg, struct ut__source_message *msg)
{
    struct capture *c = calloc(1, sizeof *c);
    struct ut__source opened = {.state = c, .read = read_block, .close = close_capture};
    if (!c) {
        close(in->fd);
        return say(msg, UT_ENOMEM, "out of memory");
    }
    c->fd = in->fd;
    int err = map(c, in, msg);
    if (!err)
        err = begin(c, &opened, cfg->part, msg);
    if (err)
        close_capture(c);
    else
        *src = opened;
    return err;
}
