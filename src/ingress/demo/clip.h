/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_DEMO_CLIP_H
#define UT_INGRESS_DEMO_CLIP_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/call.h>

#include "ingress/demo/demo.h"
#include "ingress/source.h"

/* One recording in memory: 16-bit samples of the caller, and of the agent where there is one. */
struct ut__demo_clip {
    int16_t *pcm[UT_ROLE_COUNT];     /* NULL: no such channel. */
    size_t n[UT_ROLE_COUNT];         /* Samples. */
    uint32_t rate_hz[UT_ROLE_COUNT]; /* 0: no such channel. */
    double duration_s;
};

/**
 * Reads a recording. cfg: which channel is who.
 * Returns 0; an error with the reason and the remedy in *msg, and *clip zeroed.
 */
int ut__demo_clip_read(struct ut__demo_clip *clip, const char *path,
                       const struct ut__demo_config *cfg,
                       struct ut__source_message *msg) UT_MUST_CHECK;

/** Releases the samples; a zeroed clip is fine. */
void ut__demo_clip_clear(struct ut__demo_clip *clip);

#endif
