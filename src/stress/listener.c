/* SPDX-License-Identifier: MIT */
/* Frames to segment sums. */

#include "stress/listener.h"

enum {
    LINE_FLAGS = UT_FRAME_GAP | UT_FRAME_SILENT | UT_FRAME_DTMF | UT_FRAME_TONE | UT_FRAME_MUSIC
};

void ut__listener_init(struct ut__listener *ear)
{
    ut__encoder_init(&ear->encoder);
    ut__segment_init(&ear->segment);
}

int ut__listener_push(struct ut__listener *ear, const struct ut_model *model,
                      const struct ut_frame *frame)
{
    if (!frame->speech || frame->flags & LINE_FLAGS)
        return -1;
    float x[UT__INPUTS], unit[UT__ENC3];
    ut__encoder_inputs(&ear->encoder, frame, x);
    for (int i = 0; i < UT__INPUTS; i++)
        x[i] = (x[i] - model->input_mean[i]) * model->input_scale[i];
    int have = ut__encoder_push(&ear->encoder, &model->encoder, x, unit);
    return ut__segment_push(&ear->segment, frame, have ? unit : 0);
}
