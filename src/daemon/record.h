/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_RECORD_H
#define UT_DAEMON_RECORD_H

#include <undertone/model.h>

#include "daemon/config.h"
#include "daemon/live_metrics.h"
#include "live/hub.h"
#include "net/http.h"

struct ut__playbooks; /* Beside libre jansson cannot be included. */

/*
 * Joins the store and the supervisor channel with the hub: both are its sinks, the store is the
 * channel's ledger. Hub thread only.
 */
struct ut__serve_supervise;

/**
 * The supervisor channel, to which channels can be added now. cfg, hub, model: borrowed, outlive it.
 * listen: what HTTP listens on. why: [why_cap] gets a sentence with place and remedy on failure.
 */
int ut__serve_supervise_create(struct ut__serve_supervise **out, const struct ut__serve_config *cfg,
                               struct ut__hub *hub, const struct ut_model *model,
                               const char *listen, char *why, size_t why_cap) UT_MUST_CHECK;

struct ut__supervise *ut__serve_supervise_get(const struct ut__serve_supervise *s);

/**
 * Opens the store, starts the channels and registers the routes. Before the first call.
 * http: NULL when nothing is listened on. On failure it is to be stopped and destroyed.
 */
int ut__serve_supervise_start(struct ut__serve_supervise *s, struct ut__http *http, char *why,
                              size_t why_cap) UT_MUST_CHECK;

/** The sink of operators' rules, once it is started: it publishes from within. */
/** Takes the rules' file of another configuration. why: place and remedy. On an error nothing has changed. */
int ut__serve_supervise_reload(struct ut__serve_supervise *s, const struct ut__serve_config *next,
                               char *why, size_t cap) UT_MUST_CHECK;

/** Who takes lines of conversations; NULL: nobody. Borrowed. */
void ut__serve_supervise_set_lines(struct ut__serve_supervise *s,
                                   const struct ut__lines_door *door);

/** All ways in have started: do the file's rules ask for what nobody hears? Then an error with place and remedy. */
int ut__serve_supervise_lines(struct ut__serve_supervise *s, char *why, size_t cap) UT_MUST_CHECK;

struct ut__sink ut__serve_supervise_rules(const struct ut__serve_supervise *s);

/** Has the record keep lines of conversations: arguments of UT__LEDGER_LINES_KEEP. */
void ut__serve_supervise_keep_lines(const struct ut__serve_supervise *s, const char *json);

/** Who tells what the edges count, for metrics: fn fills at most cap rows; NULL: nobody. */
void ut__serve_supervise_set_counts(struct ut__serve_supervise *s,
                                    size_t (*fn)(void *arg, struct ut__edge_count *out, size_t cap),
                                    void *arg);

/** Before http is destroyed. NULL is fine. */
void ut__serve_supervise_stop(struct ut__serve_supervise *s);

/** After http is destroyed: what waits is written. NULL is fine. */
void ut__serve_supervise_destroy(struct ut__serve_supervise *s);

/**
 * May this address be listened on? Loopback always; others with TLS and a token in the data folder.
 * Returns 0, or an error with the reason and the remedy in why.
 */
int ut__serve_supervise_check(const struct ut__serve_config *cfg, char *why,
                              size_t why_cap) UT_MUST_CHECK;

/**
 * Reads a file of playbooks, to free(); path NULL: *out becomes NULL. why: "FILE:LINE: what: remedy".
 * Returns 0 or an error.
 */
int ut__serve_playbooks_read(struct ut__playbooks **out, const char *path, char *why,
                             size_t cap) UT_MUST_CHECK;

#endif
