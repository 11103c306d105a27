/* SPDX-License-Identifier: MIT */
#include "ingress/pcap/link_frame.h"

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
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_MULTICAST = 0x8848,
    TYPE_PPPOE = 0x8864,
    TYPE_ETHERNET = 0x6558, /* Within GRE. */
    TYPE_ERSPAN = 0x88be,   /* Types I and II. */
    TYPE_ERSPAN3 = 0x22eb,
    PPP_IPV4 = 0x0021,
    PPP_IPV6 = 0x0057,
    PORT_VXLAN = 4789,
    PORT_VXLAN_OLD = 8472, /* Linux before the number was given out. */
    EXTENSIONS_MAX = 8,
    PROTOCOL_IPV4 = 4,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_GRE = 47
};

/* What the bytes at hand begin with. */
enum layer { ETHERNET, TYPED, IP, PROTOCOL, DONE };

struct walk {
    struct ut__datagram *out;
    const uint8_t *b;
    size_t len;
    uint16_t type;            /* TYPED: the EtherType; PROTOCOL: IP's number. */
    uint8_t has_sequence;     /* The GRE header had one: it tells ERSPAN type II from type I. */
    enum ut__frame_kind kind; /* DONE: what was found. */
};

static uint16_t get16(const uint8_t *b)
{
    return (uint16_t)(b[0] << 8 | b[1]);
}

static enum layer done(struct walk *w, enum ut__frame_kind kind)
{
    w->kind = kind;
    return DONE;
}

/* Takes n bytes off the front; the caller has seen that they are there. */
static enum layer skip(struct walk *w, size_t n, enum layer next)
{
    w->b += n;
    w->len -= n;
    return next;
}

/* The same, into a tunnel. */
static enum layer enter(struct walk *w, size_t n, enum layer next)
{
    if (w->out->tunnels == UT__TUNNELS_MAX)
        return done(w, UT__FRAME_DEEP);
    w->out->tunnels++;
    return skip(w, n, next);
}

static enum layer read_ethernet(struct walk *w)
{
    if (w->len < 14)
        return done(w, UT__FRAME_OTHER);
    w->type = get16(w->b + 12);
    return skip(w, 14, TYPED);
}

/* Labels up to the bottom of the stack (RFC 3032). Nothing says what follows: IP tells by its
 * version, and an Ethernet frame may come behind a control word of zeros (RFC 4448). */
static enum layer read_mpls(struct walk *w)
{
    for (int labels = 0; labels < UT__TAGS_MAX && w->len >= 4; labels++) {
        int bottom = w->b[2] & 1;
        (void)skip(w, 4, TYPED);
        if (!bottom)
            continue;
        int first = w->len ? w->b[0] >> 4 : 0;
        if (first == 4 || first == 6)
            return IP;
        return w->len > 4 && first == 0 ? skip(w, 4, ETHERNET) : ETHERNET;
    }
    return done(w, UT__FRAME_OTHER);
}

static enum layer read_pppoe(struct walk *w)
{
    if (w->len < 8 || w->b[0] != 0x11 || w->b[1] != 0) /* Version, type; a session's data. */
        return done(w, UT__FRAME_OTHER);
    uint16_t protocol = get16(w->b + 6);
    return protocol == PPP_IPV4 || protocol == PPP_IPV6 ? skip(w, 8, IP) : done(w, UT__FRAME_OTHER);
}

/* ERSPAN's own header between GRE and the mirrored frame: none, 8 bytes, or 12 and perhaps 8 more
 * (draft-foschiano-erspan-03). */
static enum layer read_erspan(struct walk *w)
{
    size_t head = w->type == TYPE_ERSPAN3 ? 12 : w->has_sequence ? 8 : 0;
    if (w->len < head)
        return done(w, UT__FRAME_OTHER);
    if (w->type == TYPE_ERSPAN3 && (w->b[11] & 1))
        head += 8;
    return w->len < head ? done(w, UT__FRAME_OTHER) : skip(w, head, ETHERNET);
}

static enum layer read_typed(struct walk *w)
{
    for (int tags = 0; w->type == TYPE_VLAN || w->type == TYPE_QINQ || w->type == TYPE_QINQ_OLD;
         tags++) {
        if (tags == UT__TAGS_MAX || w->len < 4)
            return done(w, UT__FRAME_OTHER);
        w->type = get16(w->b + 2);
        (void)skip(w, 4, TYPED);
    }
    switch (w->type) {
    case TYPE_IPV4:
    case TYPE_IPV6:
        return IP;
    case TYPE_MPLS:
    case TYPE_MPLS_MULTICAST:
        return read_mpls(w);
    case TYPE_PPPOE:
        return read_pppoe(w);
    case TYPE_ETHERNET:
        return ETHERNET;
    case TYPE_ERSPAN:
    case TYPE_ERSPAN3:
        return read_erspan(w);
    default:
        return done(w, UT__FRAME_OTHER);
    }
}

static int is_wanted(uint8_t protocol)
{
    return protocol == PROTOCOL_UDP || protocol == PROTOCOL_TCP || protocol == PROTOCOL_IPV4 ||
           protocol == PROTOCOL_IPV6 || protocol == PROTOCOL_GRE;
}

static void set_addresses(struct walk *w, uint8_t version, const uint8_t *ips, size_t size)
{
    w->out->from = (struct ut__address){.version = version};
    w->out->to = (struct ut__address){.version = version};
    memcpy(w->out->from.ip, ips, size);
    memcpy(w->out->to.ip, ips + size, size);
}

static enum layer give_fragment(struct walk *w, uint8_t protocol, uint32_t id, uint16_t offset,
                                int more)
{
    w->out->protocol = protocol;
    w->out->id = id;
    w->out->offset = offset;
    w->out->more = more != 0;
    w->out->payload = w->b;
    w->out->len = w->len;
    return done(w, is_wanted(protocol) ? UT__FRAME_FRAGMENT : UT__FRAME_OTHER);
}

static enum layer read_ipv4(struct walk *w)
{
    const uint8_t *b = w->b;
    size_t head = w->len ? (size_t)(b[0] & 15) * 4 : 0;
    if (w->len < 20 || head < 20 || head > w->len)
        return done(w, UT__FRAME_OTHER);
    size_t total = get16(b + 2);
    if (total && total < head) /* 0: left to the network card. */
        return done(w, UT__FRAME_OTHER);
    if (!is_wanted(b[9]))
        return done(w, UT__FRAME_OTHER);
    set_addresses(w, 4, b + 12, 4);
    int is_cut = total > w->len;
    if (total && total < w->len) /* Ethernet pads short frames. */
        w->len = total;
    w->type = b[9];
    uint16_t flags = get16(b + 6);
    (void)skip(w, head, PROTOCOL);
    if ((flags & 0x3fff) == 0)
        return PROTOCOL;
    if (is_cut)
        return done(w, UT__FRAME_CUT);
    return give_fragment(w, b[9], get16(b + 4), (uint16_t)((flags & 0x1fff) * 8), flags & 0x2000);
}

static enum layer read_ipv6(struct walk *w)
{
    if (w->len < 40)
        return done(w, UT__FRAME_OTHER);
    set_addresses(w, 6, w->b + 8, 16);
    size_t payload = get16(w->b + 4);
    uint8_t next = w->b[6];
    (void)skip(w, 40, PROTOCOL);
    int is_cut = payload > w->len;
    if (payload && payload < w->len)
        w->len = payload;
    for (int i = 0; i < EXTENSIONS_MAX; i++) {
        w->type = next;
        if (is_wanted(next))
            return PROTOCOL;
        if ((next != 0 && next != 43 && next != 44 && next != 60) || w->len < 8)
            return done(w, UT__FRAME_OTHER);
        const uint8_t *b = w->b;
        if (next == 44 && (get16(b + 2) & 0xfff9)) { /* A fragment, and not all there is. */
            (void)skip(w, 8, PROTOCOL);
            return is_cut ? done(w, UT__FRAME_CUT)
                          : give_fragment(w, b[0], (uint32_t)get16(b + 4) << 16 | get16(b + 6),
                                          get16(b + 2) & 0xfff8, get16(b + 2) & 1);
        }
        size_t size = next == 44 ? 8 : ((size_t)b[1] + 1) * 8;
        if (size > w->len)
            return done(w, UT__FRAME_OTHER);
        next = b[0];
        (void)skip(w, size, PROTOCOL);
    }
    return done(w, UT__FRAME_OTHER);
}

/* RFC 7348: a flag that says the network's number is there, and zeros. */
static int is_vxlan(uint16_t port, const uint8_t *b, size_t len)
{
    return (port == PORT_VXLAN || port == PORT_VXLAN_OLD) && len >= 8 && b[0] == 0x08 &&
           b[1] == 0 && b[2] == 0 && b[3] == 0 && b[7] == 0;
}

static enum layer read_udp(struct walk *w)
{
    const uint8_t *b = w->b;
    if (w->len < 8)
        return done(w, UT__FRAME_CUT);
    size_t udp = get16(b + 4);
    if (udp < 8)
        return done(w, UT__FRAME_OTHER);
    uint16_t port = get16(b + 2);
    if (is_vxlan(port, b + 8, w->len - 8))
        return enter(w, 16, ETHERNET);
    if (udp > w->len)
        return done(w, UT__FRAME_CUT);
    w->out->from.port = get16(b);
    w->out->to.port = port;
    w->out->payload = b + 8;
    w->out->len = udp - 8;
    return done(w, UT__FRAME_UDP);
}

static enum layer read_tcp(struct walk *w)
{
    const uint8_t *b = w->b;
    size_t head = w->len >= 20 ? (size_t)(b[12] >> 4) * 4 : 0;
    if (head < 20 || head > w->len)
        return done(w, UT__FRAME_OTHER);
    w->out->from.port = get16(b);
    w->out->to.port = get16(b + 2);
    w->out->seq = (uint32_t)get16(b + 4) << 16 | get16(b + 6);
    w->out->syn = (b[13] & 2) != 0;
    w->out->payload = b + head;
    w->out->len = w->len - head;
    return done(w, UT__FRAME_TCP);
}

/* RFC 2784 and 2890: version 0, with or without checksum, key and sequence number. */
static enum layer read_gre(struct walk *w)
{
    const uint8_t *b = w->b;
    if (w->len < 4 || (b[0] & 0x4f) || (b[1] & 7))
        return done(w, UT__FRAME_OTHER);
    w->has_sequence = (b[0] & 0x10) != 0;
    size_t head = 4u + (b[0] & 0x80 ? 4u : 0) + (b[0] & 0x20 ? 4u : 0) + (b[0] & 0x10 ? 4u : 0);
    if (w->len < head)
        return done(w, UT__FRAME_OTHER);
    w->type = get16(b + 2);
    return enter(w, head, TYPED);
}

static enum layer read_protocol(struct walk *w)
{
    switch (w->type) {
    case PROTOCOL_UDP:
        return read_udp(w);
    case PROTOCOL_TCP:
        return read_tcp(w);
    case PROTOCOL_GRE:
        return read_gre(w);
    default:
        return enter(w, 0, IP);
    }
}

/* Each step goes forward in the bytes or ends; UT__TUNNELS_MAX bounds what may be empty. */
static enum ut__frame_kind walk(struct walk *w, enum layer layer)
{
    while (layer != DONE) {
        switch (layer) {
        case ETHERNET:
            layer = read_ethernet(w);
            break;
        case TYPED:
            layer = read_typed(w);
            break;
        case IP:
            layer = w->len && w->b[0] >> 4 == 4   ? read_ipv4(w)
                    : w->len && w->b[0] >> 4 == 6 ? read_ipv6(w)
                                                  : done(w, UT__FRAME_OTHER);
            break;
        default:
            layer = read_protocol(w);
        }
    }
    return w->kind;
}

/* A header that has the EtherType at `at` and is `size` long. */
static enum ut__frame_kind read_cooked(struct walk *w, size_t at, size_t size)
{
    if (w->len < size)
        return UT__FRAME_OTHER;
    w->type = get16(w->b + at);
    return walk(w, skip(w, size, TYPED));
}

enum ut__frame_kind ut__frame_read(struct ut__datagram *out, uint32_t link, const uint8_t *bytes,
                                   size_t len)
{
    struct walk w = {.out = out, .b = bytes, .len = len};
    out->tunnels = 0;
    switch (link) {
    case LINK_ETHERNET:
        return walk(&w, ETHERNET);
    case LINK_COOKED:
        return read_cooked(&w, 14, 16);
    case LINK_COOKED2:
        return read_cooked(&w, 0, 20);
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_IPV4:
    case LINK_IPV6:
        return walk(&w, IP);
    case LINK_NULL:
    case LINK_LOOP:
        return len < 4 ? UT__FRAME_OTHER : walk(&w, skip(&w, 4, IP));
    default:
        return UT__FRAME_LINK;
    }
}

enum ut__frame_kind ut__frame_read_whole(struct ut__datagram *out, const uint8_t *bytes, size_t len)
{
    struct walk w = {.out = out, .b = bytes, .len = len, .type = out->protocol};
    return walk(&w, PROTOCOL);
}

int ut__address_same(const struct ut__address *a, const struct ut__address *b, int port)
{
    return a->version == b->version && memcmp(a->ip, b->ip, a->version == 4 ? 4 : 16) == 0 &&
           (!port || a->port == b->port);
}
