/* SPDX-License-Identifier: MIT */
/* Offer and answer. */

#include "ingress/sdp/media.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "ingress/sdp/sdes.h"
#include "net/re.h"

enum { SDP_BYTES_MAX = 1 << 16 };

static const char no_dtls[] =
    "DTLS-SRTP is not done here: offer RTP/AVP, or RTP/SAVP with a=crypto over TLS";

/* What a codec's name may hold to be quoted in a header. */
static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

/* What we take, in the order of our liking. Opus is mono or stereo by its rtpmap, never both. */
static const struct {
    const char *id, *name;
    uint32_t rate_hz;
    uint8_t channels;
    const char *params; /* NULL: none. */
} formats[] = {
    {"0", "PCMU", 8000, 1, NULL},
    {"8", "PCMA", 8000, 1, NULL},
    {"9", "G722", 8000, 1, NULL},
    {NULL, "opus", 48000, 2, NULL},
    {NULL, "opus", 48000, 1, NULL},
    {"3", "GSM", 8000, 1, NULL},
    {"11", "L16", 44100, 1, NULL},
    {NULL, "L16", 8000, 1, NULL},
    {NULL, "L16", 16000, 1, NULL},
    {"18", "G729", 8000, 1, NULL},
    {NULL, "AMR", 8000, 1, "octet-align=1"},
    {NULL, "AMR", 8000, 1, NULL},
    {NULL, "G726-32", 8000, 1, NULL},
    {NULL, "G726-40", 8000, 1, NULL},
    {NULL, "G726-24", 8000, 1, NULL},
    {NULL, "G726-16", 8000, 1, NULL},
    {NULL, "AAL2-G726-32", 8000, 1, NULL},
    {"13", "CN", 8000, 1, NULL},
    {NULL, "telephone-event", 8000, 1, NULL},
    {NULL, "telephone-event", 48000, 1, NULL},
};

/* Of AMR the two ways to lay it out are two formats: what is answered must be what was offered. */
static bool same_params(const char *a, const char *b, void *arg)
{
    struct ut__rtp_format x, y;
    (void)arg;
    if (!ut__rtp_format_named(&x, 96, "AMR", 3, 8000, 1))
        return false;
    y = x;
    return ut__rtp_format_params(&x, a ? a : "", a ? strlen(a) : 0) &&
           ut__rtp_format_params(&y, b ? b : "", b ? strlen(b) : 0) && x.variant == y.variant;
}

static int add_format(struct sdp_media *media, size_t k)
{
    struct ut__rtp_format f;
    /* What this build does not decode is not answered. */
    if (!ut__rtp_format_named(&f, 0, formats[k].name, strlen(formats[k].name), formats[k].rate_hz,
                              formats[k].channels))
        return 0;
    sdp_fmtp_cmp_h *cmp = f.codec == UT__RTP_AMR ? same_params : NULL;
    return formats[k].params ? sdp_format_add(NULL, media, false, formats[k].id, formats[k].name,
                                              formats[k].rate_hz, formats[k].channels, NULL, cmp,
                                              NULL, false, "%s", formats[k].params)
                             : sdp_format_add(NULL, media, false, formats[k].id, formats[k].name,
                                              formats[k].rate_hz, formats[k].channels, NULL, cmp,
                                              NULL, false, NULL);
}

static int add_local_media(struct ut__sip_media *m, uint32_t i)
{
    if (sdp_media_add(&m->local[i], m->sdp, "audio", 0, "RTP/AVP") != 0)
        return UT_ENOMEM;
    sdp_media_set_alt_protos(m->local[i], 4, "RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF");
    sdp_media_set_ldir(m->local[i], SDP_RECVONLY);
    for (size_t k = 0; k < sizeof formats / sizeof formats[0]; k++) {
        if (add_format(m->local[i], k) != 0)
            return UT_ENOMEM;
    }
    return 0;
}

int ut__sip_media_create(struct ut__sip_media *m, const char *address, struct ut__rtp_ports *ports,
                         int secure)
{
    struct sa laddr;
    memset(m, 0, sizeof *m);
    m->ports = ports;
    m->secure = secure != 0;
    if (sa_set_str(&laddr, address, 0) != 0 || strlen(address) >= sizeof m->address)
        return UT_EINVAL;
    memcpy(m->address, address, strlen(address) + 1);
    if (sdp_session_alloc(&m->sdp, &laddr) != 0)
        return UT_ENOMEM;
    return 0;
}

/* As many local m-lines as the offer has of audio: each costs some kilobytes. */
static int prepare(struct ut__sip_media *m, const char *sdp, size_t len)
{
    static const char head[] = "m=audio";
    enum { HEAD = sizeof head - 1 };
    uint32_t count = 0, have = 0;
    for (size_t i = 0; i + HEAD <= len; i++) {
        if ((i == 0 || sdp[i - 1] == '\n') && memcmp(sdp + i, head, HEAD) == 0)
            count++;
    }
    while (have < UT__SIP_MEDIA_MAX && m->local[have])
        have++;
    for (; have < count && have < UT__SIP_MEDIA_MAX; have++) {
        int err = add_local_media(m, have);
        if (err)
            return err;
    }
    return 0;
}

void ut__sip_media_clear(struct ut__sip_media *m)
{
    for (uint32_t i = 0; i < m->line_count; i++) {
        if (m->lines[i].is_new)
            close(m->lines[i].line.fd);
    }
    m->line_count = 0;
    m->sdp = mem_deref(m->sdp);
}

/* The formats that both sides have. Returns how many carry sound. */
static unsigned read_formats(struct ut__rtp_config *out, const struct sdp_media *media)
{
    unsigned sound = 0;
    *out = (struct ut__rtp_config){0};
    for (const struct le *le = list_head(sdp_media_format_lst(media, false)); le; le = le->next) {
        const struct sdp_format *f = le->data;
        struct ut__rtp_format got;
        if (!f->sup || f->pt < 0 || f->pt > 127 || out->format_count == UT__RTP_FORMATS_MAX)
            continue;
        int known = f->name ? ut__rtp_format_named(&got, (uint8_t)f->pt, f->name, strlen(f->name),
                                                   f->srate, f->ch)
                            : ut__rtp_format_static(&got, (uint8_t)f->pt);
        if (!known || !ut__rtp_format_params(&got, f->params ? f->params : "",
                                             f->params ? strlen(f->params) : 0))
            continue;
        out->formats[out->format_count++] = got;
        sound += got.codec != UT__RTP_CN && got.codec != UT__RTP_EVENT;
    }
    return sound;
}

/* Which codecs were offered, for whoever has to change the offer. */
static void name_codecs(char *why, const struct sdp_media *media)
{
    const char *package = NULL;
    size_t n = (size_t)snprintf(why, UT__SIP_WHY_MAX, "offer PCMU, PCMA, G722, opus or GSM; only");
    for (const struct le *le = list_head(sdp_media_format_lst(media, false)); le; le = le->next) {
        const struct sdp_format *f = le->data;
        const char *name = f->name;
        name = !name && f->pt == 18 ? "G729" : !name && f->pt == 4 ? "G723" : name;
        if (name && strspn(name, token) == strlen(name) && n + strlen(name) + 2 < UT__SIP_WHY_MAX)
            n += (size_t)snprintf(why + n, UT__SIP_WHY_MAX - n, " %s", name);
        package = name && ut__rtp_codec_package(name) ? ut__rtp_codec_package(name) : package;
    }
    n += (size_t)snprintf(why + n, UT__SIP_WHY_MAX - n, " here: no codec in common");
    if (package && n < UT__SIP_WHY_MAX)
        snprintf(why + n, UT__SIP_WHY_MAX - n, "; or build with %s", package);
}

static void read_source(struct ut__port_line *line, const struct sdp_media *media)
{
    const struct sa *from = sdp_media_raddr(media);
    memset(&line->from, 0, sizeof line->from);
    /* 0.0.0.0 is hold in the manner of RFC 2543, or "not known yet". */
    if (!sa_isset(from, SA_ADDR) || sa_is_any(from))
        return;
    memcpy(&line->from, &from->u.sa,
           sa_af(from) == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
    line->strict_port = 0; /* Many send from a port other than the one they receive on. */
}

struct crypto {
    struct ut__sdes chosen;
    int found;
};

static bool try_crypto(const char *name, const char *value, void *arg)
{
    struct crypto *c = arg;
    (void)name;
    c->found = value && ut__sdes_parse(&c->chosen, value) == 0;
    return c->found;
}

/* Takes the first key that is understood, and answers with one of our own. */
static int read_keys(struct ut__sip_line *l, struct ut__sip_media *m, struct sdp_media *media,
                     char *why)
{
    struct crypto c = {.found = 0};
    char answer[160];
    int is_srtp = strstr(sdp_media_proto(media), "SAVP") != NULL;
    l->line.srtp_key_bytes = 0;
    sdp_media_del_lattr(media, "crypto");
    if (!is_srtp)
        return 0;
    if (!m->secure) {
        snprintf(why, UT__SIP_WHY_MAX, "SRTP keys are taken over TLS only");
        return UT_EUNSUPPORTED;
    }
    sdp_media_rattr_apply(media, "crypto", try_crypto, &c);
    if (!c.found) {
        int is_dtls = sdp_media_rattr(media, "fingerprint") && !sdp_media_rattr(media, "crypto");
        snprintf(why, UT__SIP_WHY_MAX, "%s", is_dtls ? no_dtls : "no crypto suite in common");
        return UT_EUNSUPPORTED;
    }
    l->line.srtp_suite = c.chosen.suite;
    l->line.srtp_mki_bytes = c.chosen.mki_bytes;
    l->line.srtp_key_bytes = c.chosen.key_bytes;
    memcpy(l->line.srtp_key, c.chosen.key, c.chosen.key_bytes);
    struct ut__sdes own = c.chosen;
    if (getrandom(own.key, own.key_bytes, 0) != (ssize_t)own.key_bytes ||
        ut__sdes_print(&own, answer, sizeof answer) != 0)
        return UT_ENOMEM;
    sdp_media_set_lattr(media, true, "crypto", "%s", answer);
    return 0;
}

/* Fills in one line from the session; a new one gets a socket. */
static int read_line(struct ut__sip_media *m, struct ut__sip_line *l, struct sdp_media *media,
                     char *why)
{
    int sendonly_or_more = (sdp_media_dir(media) & SDP_RECVONLY) != 0;
    const char *label = sdp_media_rattr(media, "label");
    int err = read_keys(l, m, media, why);
    if (err)
        return err;
    if (!l->media) {
        if (l->is_new)
            close(l->line.fd);
        l->is_new = 0;
        l->line.fd = ut__rtp_bind_next(m->ports, m->address, &l->port);
        if (l->line.fd < 0) {
            snprintf(why, UT__SIP_WHY_MAX, "no RTP port is free");
            return UT_ENOSPC;
        }
        l->is_new = 1;
        l->media = media;
    }
    read_source(&l->line, media);
    snprintf(l->label, sizeof l->label, "%s", label ? label : "");
    l->line.inactive = !sendonly_or_more || l->line.from.ss_family == AF_UNSPEC;
    sdp_media_set_lport(media, l->port);
    return 0;
}

static struct ut__sip_line *line_of(struct ut__sip_media *m, const struct sdp_media *media)
{
    for (uint32_t i = 0; i < m->line_count; i++) {
        if (m->lines[i].media == media)
            return &m->lines[i];
    }
    return NULL;
}

/* An m-line that is not received: port 0 in the answer. Its line is closed but keeps its number. */
static void refuse(struct ut__sip_line *l, struct sdp_media *media)
{
    sdp_media_set_disabled(media, true);
    sdp_media_set_lport(media, 0);
    if (!l)
        return;
    l->media = NULL;
    l->line.inactive = l->line.closed = 1;
}

static int is_local(const struct ut__sip_media *m, const struct sdp_media *media)
{
    for (uint32_t i = 0; i < UT__SIP_MEDIA_MAX; i++) {
        if (m->local[i] == media)
            return 1;
    }
    return 0;
}

/* A place for a new line: one that is closed, or the next. NULL: all are in use. */
static struct ut__sip_line *free_line(struct ut__sip_media *m)
{
    for (uint32_t i = 0; i < m->line_count; i++) {
        if (!m->lines[i].media)
            return &m->lines[i];
    }
    if (m->line_count == UT__PORT_LINES_MAX)
        return NULL;
    m->lines[m->line_count] = (struct ut__sip_line){0};
    return &m->lines[m->line_count];
}

static int take_line(struct ut__sip_media *m, struct sdp_media *media, uint32_t order, char *why,
                     unsigned *taken)
{
    struct ut__rtp_config rtp;
    struct ut__sip_line *l = line_of(m, media);
    int is_audio = strcmp(sdp_media_name(media), "audio") == 0 && sdp_media_rport(media) != 0;
    if (!is_audio || !is_local(m, media)) {
        if (is_audio && strstr(sdp_media_proto(media), "TLS"))
            snprintf(why, UT__SIP_WHY_MAX, "%s", no_dtls);
        refuse(l, media);
        return 0;
    }
    if (read_formats(&rtp, media) == 0) {
        name_codecs(why, media);
        refuse(l, media);
        return 0;
    }
    struct ut__sip_line *to = l ? l : free_line(m);
    if (!to) {
        snprintf(why, UT__SIP_WHY_MAX, "more than %d lines of audio at a time", UT__PORT_LINES_MAX);
        refuse(NULL, media);
        return 0;
    }
    sdp_media_set_disabled(media, false);
    int err = read_line(m, to, media, why);
    if (err == UT_EUNSUPPORTED) {
        refuse(l, media);
        return 0;
    }
    if (err)
        return err;
    to->line.rtp = rtp;
    to->line.closed = 0;
    to->order = order;
    m->line_count += to == &m->lines[m->line_count];
    ++*taken;
    return 0;
}

static int decode(struct ut__sip_media *m, const char *sdp, size_t len, int is_offer)
{
    struct mbuf *mb = mbuf_alloc(len + 2);
    if (!mb)
        return UT_ENOMEM;
    int bad = mbuf_write_mem(mb, (const uint8_t *)sdp, len);
    if (!bad)
        bad = mbuf_write_str(mb, "\r\n"); /* A part of a multipart body has lost its last one. */
    mb->pos = 0;
    if (!bad)
        bad = sdp_decode(m->sdp, mb, is_offer);
    mem_deref(mb);
    return bad == ENOMEM ? UT_ENOMEM : bad ? UT_EMALFORMED : 0;
}

/* Takes the lines of the SDP that was read last. Closed ones go first: what they had is free. */
static int take_lines(struct ut__sip_media *m, char *why)
{
    unsigned taken = 0;
    uint32_t order = 0;
    const struct list *all = sdp_session_medial(m->sdp, false);
    for (struct le *le = list_head(all); le; le = le->next) {
        struct sdp_media *media = le->data;
        if (sdp_media_rport(media) == 0)
            refuse(line_of(m, media), media);
    }
    for (struct le *le = list_head(all); le; le = le->next) {
        order += strcmp(sdp_media_name(le->data), "audio") == 0;
        int err = take_line(m, le->data, order, why, &taken);
        if (err)
            return err;
    }
    return taken ? 0 : UT_EUNSUPPORTED;
}

int ut__sip_media_offer(struct ut__sip_media *m, const char *sdp, size_t len, char *why)
{
    snprintf(why, UT__SIP_WHY_MAX, "no audio to record");
    if (len == 0 || len > SDP_BYTES_MAX) {
        snprintf(why, UT__SIP_WHY_MAX, "an SDP of %zu bytes: at most %d are read", len,
                 SDP_BYTES_MAX);
        return UT_EMALFORMED;
    }
    int err = prepare(m, sdp, len);
    if (!err)
        err = decode(m, sdp, len, 1);
    if (err == UT_EMALFORMED)
        snprintf(why, UT__SIP_WHY_MAX, "the SDP cannot be read");
    return err ? err : take_lines(m, why);
}

int ut__sip_media_make_offer(struct ut__sip_media *m, struct mbuf **out, char *why)
{
    struct ut__sip_line *l = &m->lines[0];
    int err = add_local_media(m, 0);
    if (err)
        return err;
    l->line.fd = ut__rtp_bind_next(m->ports, m->address, &l->port);
    if (l->line.fd < 0) {
        snprintf(why, UT__SIP_WHY_MAX, "no RTP port is free");
        return UT_ENOSPC;
    }
    l->is_new = 1;
    l->media = m->local[0];
    m->line_count = 1;
    sdp_media_set_lport(l->media, l->port);
    return sdp_encode(out, m->sdp, true) == 0 ? 0 : UT_ENOMEM;
}

int ut__sip_media_take_answer(struct ut__sip_media *m, const char *sdp, size_t len, char *why)
{
    snprintf(why, UT__SIP_WHY_MAX, "the answer to our offer cannot be read");
    if (len == 0 || len > SDP_BYTES_MAX)
        return UT_EMALFORMED;
    int err = decode(m, sdp, len, 0);
    return err ? err : take_lines(m, why);
}

int ut__sip_media_answer(struct ut__sip_media *m, struct mbuf **out)
{
    return sdp_encode(out, m->sdp, false) == 0 ? 0 : UT_ENOMEM;
}

int ut__sip_media_on_hold(const struct ut__sip_media *m)
{
    for (uint32_t i = 0; i < m->line_count; i++) {
        if (!m->lines[i].line.inactive)
            return 0;
    }
    return m->line_count > 0; /* Closed lines are inactive, too. */
}
