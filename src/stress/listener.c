/* SPDX-License-Identifier: MIT */
/* Frames to segment sums. */

#include "stress/listener.h"

void ut__listener_init(struct ut__listener *ear, struct ut__segment_sums *all)
{
    ut__encoder_init(&ear->encoder);
    ut__segment_init(&ear->segment, all);
}

/* What the encoder makes of the frames that it holds belongs to the block that is filling. */
static void run(struct ut__listener *ear, const struct ut_model *model)
{
    float unit[UT__ENC_OUTS_MAX][UT__ENC3];
    size_t n = ut__encoder_run(&ear->encoder, &model->encoder, unit);
    for (size_t i = 0; i < n; i++)
        ut__segment_add(&ear->segment, unit[i]);
}

int ut__listener_push(struct ut__listener *ear, const struct ut_model *model,
                      const struct ut_frame *frame)
{
    if (!ut__is_heard(frame))
        return -1;
    float x[UT__INPUTS];
    struct ut_frame heard = *frame;
    for (int b = 0; b < UT_MEL_BANDS; b++)
        heard.mel_db[b] = heard.mel_db[b] > UT__MEL_FLOOR_DB ? heard.mel_db[b] : UT__MEL_FLOOR_DB;
    ut__encoder_inputs(&ear->encoder, &heard, x);
    for (int i = 0; i < UT__INPUTS; i++)
        x[i] = (x[i] - model->input_mean[i]) * model->input_scale[i];
    ut__encoder_put(&ear->encoder, x);
    if (ut__encoder_full(&ear->encoder) || ut__segment_last(&ear->segment))
        run(ear, model);
    return ut__segment_push(&ear->segment, &heard);
}

void ut__listener_whole(struct ut__listener *ear, const struct ut_model *model,
                        struct ut__segment_sums *out)
{
    run(ear, model);
    ut__segment_whole(&ear->segment, out);
}
