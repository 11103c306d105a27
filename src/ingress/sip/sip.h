/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_SIP_H
#define UT_INGRESS_SIP_SIP_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/port.h"

/*
 * SIP: a recording server (SIPREC, RFC 7866) that also answers plain calls, over UDP, TCP and TLS.
 * It only listens: every m-line of audio is answered recvonly. Hub thread, inside libre's loop.
 */

struct ut__sip;

/* Texts are borrowed until stop, or until reload gives others. */
struct ut__sip_config {
    const char *const *listen; /* UDP and TCP: "127.0.0.1:5060". */
    size_t listen_count;
    const char *const *listen_tcp, *const *listen_tls;
    size_t listen_tcp_count, listen_tls_count;
    const char *cert_file;    /* PEM, for TLS. */
    const char *const *peers; /* Networks that may call; none: all. */
    size_t peer_count;
    const char *const *users; /* NAME:PASSWORD or NAME:HA1; none: no digest is asked for. */
    size_t user_count;
    const char *realm, *name;
    const char *node;         /* This node's name, for balancers. */
    const char *const *rules; /* Roles, see roles.h. */
    size_t rule_count;
    uint8_t mono_is;            /* enum ut_role of a single stream that no rule names. */
    const char *media_address;  /* NULL: the one that the signalling came to. */
    const char *public_address; /* Host, or host and port, of our Contact; NULL: likewise. */
    uint8_t media_source;       /* enum ut__port_source */
    uint16_t rtp_port_min, rtp_port_max;
    uint32_t max_calls_per_peer;
    uint32_t max_connections; /* Over TCP and TLS. */
};

/* Why requests are refused, by the status they get. */
enum ut__sip_refusal {
    UT__SIP_REFUSED_MALFORMED,   /* 400 */
    UT__SIP_REFUSED_FORBIDDEN,   /* 401 with a wrong password, 403 */
    UT__SIP_REFUSED_UNSUPPORTED, /* 405, 415, 416, 420, 501, 505 */
    UT__SIP_REFUSED_MEDIA,       /* 488 */
    UT__SIP_REFUSED_FULL,        /* 503 */
    UT__SIP_REFUSED_OTHER,
    UT__SIP_REFUSALS
};

struct ut__sip_stats {
    uint64_t refused_by[UT__SIP_REFUSALS];
    uint32_t dialogs;     /* Over UDP. */
    uint32_t connections; /* TCP and TLS, at the last look. */
    uint64_t calls;       /* Answered with 200. */
    uint64_t refused;     /* Requests answered 4xx to 6xx, but for the 401 of a first try. */
    uint64_t closed;      /* Connections over max_connections. */
};

/** Listens. why: [cap] place and remedy on failure. port: borrowed. Returns 0 or an error. */
int ut__sip_start(struct ut__sip **out, const struct ut__sip_config *cfg,
                  const struct ut__port *port, char *why, size_t cap) UT_MUST_CHECK;

/** Takes peers, users, rules and limits anew; the addresses stay. */
void ut__sip_reload(struct ut__sip *sip, const struct ut__sip_config *cfg);

void ut__sip_get_stats(const struct ut__sip *sip, struct ut__sip_stats *out);

/** Ends what is left, without waiting for answers. NULL is fine. */
void ut__sip_stop(struct ut__sip *sip);

#endif
