/* SPDX-License-Identifier: MIT */
/* Frames to segment sums. */

#include "stress/listener.h"

enum {
    LINE_FLAGS = UT_FRAME_GAP | UT_FRAME_SILENT | UT_FRAME_DTMF | UT_FRAME_TONE | UT_FRAME_MUSIC
};

/*
 * Real lines have noise, and so had all the sound that trained the model. Where a source has none,
 * such as a clean recording sent digitally, its empty bands are lifted to where a quiet line's
 * would be.
 */
#define MEL_FLOOR_DB (-58.0f)

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
    struct ut_frame heard = *frame;
    for (int b = 0; b < UT_MEL_BANDS; b++)
        heard.mel_db[b] = heard.mel_db[b] > MEL_FLOOR_DB ? heard.mel_db[b] : MEL_FLOOR_DB;
    ut__encoder_inputs(&ear->encoder, &heard, x);
    for (int i = 0; i < UT__INPUTS; i++)
        x[i] = (x[i] - model->input_mean[i]) * model->input_scale[i];
    int have = ut__encoder_push(&ear->encoder, &model->encoder, x, unit);
    return ut__segment_push(&ear->segment, &heard, have ? unit : 0);
}
