/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_CAPTURE_SOURCE_H
#define UT_INGRESS_PCAP_CAPTURE_SOURCE_H

#include "ingress/source.h"

/** A capture, pcap or pcapng, as an implementation of ingress/source.h: one part for each call. */
int ut__source_pcap(struct ut__source *src, const struct ut__source_input *in,
                    const struct ut__source_config *cfg,
                    struct ut__source_message *msg) UT_MUST_CHECK;

#endif
