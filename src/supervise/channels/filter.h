/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_FILTER_H
#define UT_SUPERVISE_CHANNELS_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/* Which alerts, and what of their life, a channel is told of. Owned; _clear releases it. */
struct ut__channel_filter {
    char *queues, *agents; /* Patterns with `*`, joined by +; NULL: all. */
    unsigned severities;   /* Bits of enum ut__severity; 0: all. */
    uint32_t actions;      /* Of enum ut__life; 0: not said. */
};

/**
 * Takes one part of a channel's row: "on=raised+cleared", "severity=high", "queue=Q+R*", "agent=A".
 * why: a sentence with the remedy on failure. Returns 0; 1 when it is none of these; UT_EINVAL, UT_ENOMEM.
 */
int ut__channel_filter_read(struct ut__channel_filter *f, const char *part, char *why,
                            size_t cap) UT_MUST_CHECK;
void ut__channel_filter_clear(struct ut__channel_filter *f);

/** 1 when the alert of a notice is one that the channel is told of. */
int ut__channel_filter_wants(const struct ut__channel_filter *f, const char *notice);

#endif
