/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_CONFIG_H
#define UT_DAEMON_CONFIG_H

#include "terminal/option_table.h"

/*
 * What `undertone serve` can be told. One row in serve_options.c for each field; an edge that wants
 * an option adds a field here and its row there.
 */
struct ut__serve_config {
    /* The daemon. */
    char *model;
    double threshold;
    int64_t workers; /* 0: one a core. */
    int64_t max_calls;
    int64_t media_timeout_s;
    int json;
    int log_level;  /* enum ut__log_level */
    int log_format; /* enum ut__log_format */

    /* SIP and SIPREC. */
    struct ut__option_list sip, sip_tcp, sip_tls;
    char *sip_cert;
    struct ut__option_list sip_peers; /* Source addresses that may call, as CIDR. */
    struct ut__option_list sip_users; /* user:password, or user:HA1 of 32 hex digits. */
    char *sip_realm;
    char *sip_name; /* The user part of our Contact. */
    int64_t sip_max_calls_per_peer, sip_max_connections;
    struct ut__option_list role; /* aor:GLOB=caller, label:1=agent, order:1=caller, ... */
    int sip_mono_is;             /* enum: mixed, caller, agent */

    /* RTP. */
    char *media_address;
    int64_t rtp_port_min, rtp_port_max;
    struct ut__option_list rtp; /* ADDR:PORT,codec=...,role=...,... */
    int64_t rtp_idle_s;

    /* AudioSocket. */
    char *audiosocket;
    int audiosocket_join; /* enum ut__audiosocket_join */
    struct ut__option_list audiosocket_peers;

    /* HTTP: media over WebSocket, and what supervisors see. */
    char *http;
    char *http_cert, *http_key;
    int64_t http_max_connections;
    char *media_url; /* "wss://host" as the vendors call us. */
    char *media_token, *twilio_token, *audiohook_key, *audiohook_secret;

    /* rtpengine. */
    char *rtpengine;
    struct ut__option_list rtpengine_calls; /* Named calls; none: all. */
    struct ut__option_list rtpengine_role;
    int64_t rtpengine_poll_s;

    /* Supervisors: the record, and where alerts go. */
    char *node, *data, *retain;
    int64_t data_max_mb, escalate_after_s, expire_after_s, break_after_min;
    char *escalate_to, *base_url;
    int keep_baselines;
    int64_t session_hours, supervisors_max;
    struct ut__option_list webhook;
    char *nats, *nats_creds, *nats_ca, *nats_cert, *nats_key, *nats_prefix;
    char *syslog;

    /* Recordings played as if live. */
    struct ut__option_list demo;
    int64_t demo_calls;
    int64_t caller_channel, agent_channel; /* 0: what the file says, else 1 and 2. */
    int mono_is;                           /* enum: mixed, caller */
};

/** The rows, in serve_options.c; ended by one without a name. */
extern const struct ut__option ut__serve_options[];

/**
 * Defaults, then the file that --config names, then the flags, then what only all of it together
 * can tell. On failure why holds the sentence and cfg is cleared.
 *
 * check_only: set when --check-config was given. Returns 0; 1 when --help was asked for and
 * printed; an error.
 */
int ut__serve_config_read(struct ut__serve_config *cfg, int argc, char **argv, int *check_only,
                          char *why, size_t why_cap);

/** Prefixes why: [cap] with "FILE:LINE: " when the file that --config names sets the address in it.
 */
void ut__serve_config_place(int argc, char **argv, char *why, size_t cap);

void ut__serve_config_clear(struct ut__serve_config *cfg);

#endif
