/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_CONFIG_H
#define UT_DAEMON_CONFIG_H

#include "contract/edge.h"
#include "terminal/option_table.h"

enum { UT__EDGES_MAX = 48, UT__SERVE_SETS_MAX = UT__EDGES_MAX + 8 };

/** The edges that are built in, in the order of their start; NULL ends them. CMake writes it. */
extern const struct ut__edge *const ut__edges[];

/*
 * What `undertone serve` can be told: the daemon's own options, one row in options.c for each
 * field, and each edge's, whose rows and struct are its own.
 */
struct ut__serve_config {
    /* The daemon. */
    char *model;
    char *site;
    double threshold;
    int64_t workers; /* 0: one a core. */
    int64_t max_calls;
    int64_t media_timeout_s;
    int64_t rejoin_s;
    int64_t drain_s; /* How long SIGTERM waits for calls; 0: not at all. */
    int json;
    int core_dumps;
    int log_level; /* enum ut__log_level */
    struct ut__option_list log_call;
    int log_format; /* enum ut__log_format */

    /* What ways in share. */
    char *media_address;
    int64_t rtp_port_min, rtp_port_max;
    char *http;
    char *http_cert, *http_key;
    int64_t http_max_connections, http_max_per_peer;
    struct ut__option_list trusted_proxy, auth_group, actions, phones;
    char *auth_header, *auth_groups_header;

    /* Supervisors: the record, and where alerts go. */
    char *node, *data, *retain;
    int64_t data_max_mb, escalate_after_s, expire_after_s, break_after_min;
    char *escalate_to, *base_url, *rules, *playbooks, *knowledge_url, *recordings;
    int keep_baselines;
    int own_history; /* 1: calls of other nodes are not kept. */
    int agents_see;  /* 1: the state of their own call. */
    int64_t session_hours, supervisors_max;

    void *edges[UT__EDGES_MAX];                         /* Of ut__edges, in its order. */
    struct ut__option_set sets[UT__SERVE_SETS_MAX + 1]; /* All of it, for the option table. */
};

/** The daemon's own sets, in options.c: rows and titles, values NULL; ended by rows NULL. */
extern const struct ut__option_set ut__serve_sets[];

/** An empty configuration: nothing set, no fallback taken. Returns 0 or UT_ENOMEM. */
int ut__serve_config_create(struct ut__serve_config **out) UT_MUST_CHECK;

/**
 * Fallbacks, then the file that --config names, then the flags, then what only all of it together
 * can tell. On failure why holds the sentence.
 *
 * check_only: set when --check-config was given. Returns 0; 1 when --help was asked for and
 * printed; an error.
 */
int ut__serve_config_read(struct ut__serve_config **out, int argc, char **argv, int *check_only,
                          char *why, size_t why_cap) UT_MUST_CHECK;

/** What --config names; NULL: nothing. */
const char *ut__serve_config_file(int argc, char **argv);

/** The channel that --test-channel names, "" without a name; NULL: it was not given. */
const char *ut__serve_config_test(int argc, char **argv);

/** Prefixes why: [cap] with "FILE:LINE: " when the file that --config names sets the address in it.
 */
void ut__serve_config_place(const struct ut__serve_config *cfg, int argc, char **argv, char *why,
                            size_t cap);

/** 1 when an edge whose calls are no real ones is asked for. */
int ut__serve_config_is_staged(const struct ut__serve_config *cfg);

/** NULL is fine. */
void ut__serve_config_destroy(struct ut__serve_config *cfg);

#endif
