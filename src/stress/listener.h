/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_LISTENER_H
#define UT_STRESS_LISTENER_H

#include "stress/encoder.h"
#include "stress/model.h"
#include "stress/segment.h"

/* From frames to the sums of segments: what the stream and the scorer of utterances share. */
struct ut__listener {
    struct ut__encoder encoder;
    struct ut__segment segment;
};

/** all: as for ut__segment_init. */
void ut__listener_init(struct ut__listener *ear, struct ut__block *all);

/**
 * Takes a frame. Those that are not speech, or flagged as gap, silence, tone, music or DTMF, change
 * nothing and return -1; else 1 when the frame completed a block, 0 when not. No allocation.
 */
int ut__listener_push(struct ut__listener *ear, const struct ut_model *model,
                      const struct ut_frame *frame);

/** Sums of everything so far, as ut__segment_whole. */
void ut__listener_whole(struct ut__listener *ear, const struct ut_model *model,
                        struct ut__block *out);

#endif
