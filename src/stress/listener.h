/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_LISTENER_H
#define UT_STRESS_LISTENER_H

#include "stress/encoder.h"
#include "stress/model.h"
#include "stress/segment.h"

/*
 * Real lines have noise, and so had all the sound that trained the model. Where a source has none,
 * such as a clean recording sent digitally, its empty bands are lifted to where a quiet line's
 * would be.
 */
#define UT__MEL_FLOOR_DB (-58.0f)

/* From frames to the sums of segments: what the stream and the scorer of utterances share. */
struct ut__listener {
    struct ut__encoder encoder;
    struct ut__segment segment;
};

/** Whether the ears hear a frame: speech, on a line that carries it. */
static inline int ut__is_heard(const struct ut_frame *frame)
{
    return frame->speech && !(frame->flags & (UT_FRAME_GAP | UT_FRAME_SILENT | UT_FRAME_DTMF |
                                              UT_FRAME_TONE | UT_FRAME_MUSIC));
}

/** all: as for ut__segment_init. */
void ut__listener_init(struct ut__listener *ear, struct ut__segment_sums *all);

/**
 * Takes a frame. Those that are not speech, or flagged as gap, silence, tone, music or DTMF, change
 * nothing and return -1; else 1 when the frame completed a block, 0 when not. No allocation.
 */
int ut__listener_push(struct ut__listener *ear, const struct ut_model *model,
                      const struct ut_frame *frame);

/** Sums of everything so far, as ut__segment_whole. */
void ut__listener_whole(struct ut__listener *ear, const struct ut_model *model,
                        struct ut__segment_sums *out);

#endif
