/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_TRANSCRIPT_ENDPOINT_H
#define UT_INGRESS_TRANSCRIPT_ENDPOINT_H

/* /media/transcript: messages of recognisers, posted or over WebSocket. Hub thread. */

#include "contract/edge.h"
#include "ingress/transcript/live_talks.h"

struct ut__transcript_endpoint;

struct ut__transcript_stats {
    uint32_t streams;
    uint64_t accepted, refused, errors;
};

/* talks: outlives it. Returns 0 or an error. */
int ut__transcript_endpoint_start(struct ut__transcript_endpoint **out,
                                  const struct ut__edge_host *host,
                                  struct ut__live_talks *talks) UT_MUST_CHECK;
void ut__transcript_endpoint_stop(struct ut__transcript_endpoint *e);
void ut__transcript_endpoint_stats(const struct ut__transcript_endpoint *e,
                                   struct ut__transcript_stats *out);

#endif
