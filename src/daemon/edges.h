/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_EDGES_H
#define UT_DAEMON_EDGES_H

#include "daemon/config.h"
#include "live/hub.h"

/*
 * The edges of the daemon, joined here and nowhere else: ways in get the hub's port, receivers
 * become its sinks. Hub thread only.
 */
struct ut__serve_edges;

/**
 * Starts every edge that the configuration asks for. cfg, hub, model: borrowed, outlive the edges.
 * why: [why_cap] gets a sentence with place and remedy on failure; what was started is stopped.
 */
int ut__serve_edges_start(struct ut__serve_edges **out, const struct ut__serve_config *cfg,
                          struct ut__hub *hub, const struct ut_model *model, char *why,
                          size_t why_cap) UT_MUST_CHECK;

/** Begins to hand over this node's calls, since it leaves for good. Returns 0 where there is nobody to take them. */
int ut__serve_edges_retire(struct ut__serve_edges *e);
/** 1 while it does so. edges: a struct ut__serve_edges, or NULL. */
int ut__serve_edges_hold(const void *edges);

/** Takes what can be reloaded. cfg: outlives the edges, in place of the one before. */
/** Takes its rules' file, where there are supervisors. Returns 0; or an error, and nothing has changed. */
int ut__serve_edges_rules(struct ut__serve_edges *e, const struct ut__serve_config *next, char *why,
                          size_t cap) UT_MUST_CHECK;
void ut__serve_edges_reload(struct ut__serve_edges *e, const struct ut__serve_config *cfg);

/** No call is left: sockets are closed, receivers write what waits. NULL is fine. */
void ut__serve_edges_stop(struct ut__serve_edges *e);

#endif
