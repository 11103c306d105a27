/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_RTPENGINE_CALL_QUERY_H
#define UT_INGRESS_RTPENGINE_CALL_QUERY_H

#include <stdint.h>

#include "ingress/rtpengine/bencode.h"

/* What the answer to `query` tells of a call. Pure. */

struct ut__rtpengine_query {
    uint32_t parties;    /* With a tag of their own and an address to send to. */
    uint32_t held;       /* Of these, those that neither send nor receive. */
    int64_t last_signal; /* Unix time of its last offer or answer. */
    uint64_t packets;    /* Received of all parties so far. */
};

/** dict: of ut__bencode_parse. What it does not tell is 0. skip: a tag that is no party, ours. */
void ut__rtpengine_query_read(struct ut__rtpengine_query *out, const struct ut__bencode *dict,
                              const char *skip);

#endif
