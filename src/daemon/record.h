/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_RECORD_H
#define UT_DAEMON_RECORD_H

#include <undertone/model.h>

#include "daemon/config.h"
#include "daemon/ingress_stats.h"
#include "live/hub.h"
#include "net/http.h"

/*
 * Joins the store and the supervisor channel with the hub: both are its sinks, the store is the
 * channel's ledger. Hub thread only.
 */
struct ut__serve_supervise;

/**
 * Opens the store, starts the channels and registers the routes. Before the first call.
 *
 * cfg, hub, model: borrowed, outlive it. http: NULL when nothing is listened on. listen: what it
 * listens on. why: [why_cap] gets a sentence with place and remedy on failure.
 */
int ut__serve_supervise_start(struct ut__serve_supervise **out, const struct ut__serve_config *cfg,
                              struct ut__hub *hub, const struct ut_model *model,
                              struct ut__http *http, const char *listen, char *why,
                              size_t why_cap) UT_MUST_CHECK;

/** Who tells what the ingresses count, for metrics; fn NULL: nobody. */
void ut__serve_supervise_set_ingress(struct ut__serve_supervise *s,
                                     void (*fn)(void *arg, struct ut__ingress_stats *out),
                                     void *arg);

/** 1 when a request brings a token of the role ingest. arg: the struct ut__serve_supervise. */
int ut__serve_supervise_may_send(void *arg, const struct ut__http_exchange *x);

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

/** Reads "URL[,template=slack][,on=raised+cleared][,secret-file=F][,ca=F]". For --check-config. */
int ut__serve_check_webhook(const char *text, char *why, size_t why_cap);
/** Reads "90d", "12w", "2y" or "0": days, or a negative error. */
int ut__serve_days(const char *text);
int ut__serve_check_days(const char *text, char *why, size_t why_cap);

#endif
