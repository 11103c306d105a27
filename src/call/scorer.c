/* SPDX-License-Identifier: MIT */
/* One utterance at a time. */

#include <undertone/score.h>

#include <stdlib.h>
#include <string.h>

#include "call/channel.h"
#include "call/line_watch.h"
#include "features/analysis.h"
#include "stress/baseline.h"
#include "stress/listener.h"
#include "stress/second.h"

enum { LEFT_MIN_FRAMES = UT__SECOND_FRAMES / 4 };

struct ut_scorer {
    const struct ut_model *model;
    struct ut__channel channel;
    void *features_mem;
    struct ut_features *features;
    struct ut__listener ear;
    struct ut__second second;
    struct ut__loudness line; /* As it was at the end of the last utterance that enrolled. */
    struct ut__reading sum;   /* Over the windows of the utterance. */
    uint32_t windows;
    struct ut__segment_sums all; /* What the ear heard of the utterance. */
    struct ut__line_watch watch;
    struct ut__baseline baseline;
};

/* Ready for the next utterance; the baseline stays. */
static void rewind_scorer(struct ut_scorer *s)
{
    ut__channel_reset(&s->channel);
    s->features = ut_features_init(s->features_mem, s->model->analysis);
    ut__listener_init(&s->ear, &s->all);
    ut__line_watch_init(&s->watch);
    ut__second_init(&s->second);
    s->second.line = s->line;
    memset(&s->sum, 0, sizeof s->sum);
    s->windows = 0;
}

int ut_scorer_create(struct ut_scorer **out, const struct ut_model *model, uint32_t rate_hz)
{
    if (!out || !model || rate_hz == 0)
        return UT_EINVAL;
    struct ut_scorer *s = aligned_alloc(64, (sizeof *s + 63) / 64 * 64);
    if (!s)
        return UT_ENOMEM;
    memset(s, 0, sizeof *s);
    s->model = model;
    int err = ut__channel_create(&s->channel, rate_hz);
    if (!err) {
        s->features_mem = aligned_alloc(64, (ut_features_state_size() + 63) / 64 * 64);
        err = s->features_mem ? 0 : UT_ENOMEM;
    }
    if (err) {
        ut_scorer_destroy(s);
        return err;
    }
    rewind_scorer(s);
    *out = s;
    return 0;
}

void ut_scorer_destroy(struct ut_scorer *scorer)
{
    if (!scorer)
        return;
    ut__channel_destroy(&scorer->channel);
    free(scorer->features_mem);
    free(scorer);
}

static void add_reading(struct ut_scorer *s, const struct ut__reading *r)
{
    for (size_t a = 0; a < UT__AXES; a++) {
        s->sum.diff[a] += r->diff[a];
        s->sum.own[a] += r->own[a];
        s->sum.alone[a] += r->alone[a];
    }
    s->sum.snr_db += r->snr_db;
    s->windows++;
}

static void hear(struct ut_scorer *s, const struct ut_frame *frame)
{
    struct ut__reading reading;
    ut__line_watch_push(&s->watch, frame->flags, frame->speech);
    (void)ut__listener_push(&s->ear, s->model, frame);
    const float *samples = ut__features_samples(s->features);
    if (ut__model_hear(s->model, &s->second, frame, samples, NULL, &reading) > 0)
        add_reading(s, &reading);
}

/* Windows one after the other, and a last one for what is left, which reaches back. Returns the
 * mean of what was read out, or NULL. */
static const struct ut__reading *finish_second(struct ut_scorer *s)
{
    uint32_t left = s->second.frames % UT__SECOND_FRAMES;
    float vector[UT__SECOND_VECTOR];
    struct ut__reading reading;
    if ((left >= LEFT_MIN_FRAMES || s->second.frames < UT__SECOND_FRAMES) &&
        ut__second_hear(&s->second, s->model->second, vector)) {
        ut__model_read(s->model, vector, &reading);
        reading.snr_db = ut__second_snr_db(&s->second);
        add_reading(s, &reading);
    }
    if (s->windows)
        s->sum.snr_db /= (float)s->windows;
    for (size_t a = 0; s->windows && a < UT__AXES; a++) {
        s->sum.diff[a] /= (float)s->windows;
        s->sum.own[a] /= (float)s->windows;
        s->sum.alone[a] /= (float)s->windows;
    }
    return s->windows ? &s->sum : NULL;
}

void ut_scorer_push(struct ut_scorer *scorer, const float *pcm, size_t n)
{
    struct ut_frame frame;
    while (pcm && ut__channel_take(&scorer->channel, &pcm, &n, 0))
        if (ut_features_push(scorer->features, scorer->channel.hop, 0, &frame))
            hear(scorer, &frame);
}

/* The utterance is over: its vector, and why it cannot be judged if so. */
static enum ut_why finish(struct ut_scorer *s, struct ut__segment_sums *sums, float *vector)
{
    struct ut_frame frame;
    if (ut__channel_finish(&s->channel) && ut_features_push(s->features, s->channel.hop, 0, &frame))
        hear(s, &frame);
    while (ut_features_flush(s->features, &frame))
        hear(s, &frame);
    ut__listener_whole(&s->ear, s->model, sums);
    if (!ut__segment_vector(sums, vector))
        return UT_WHY_SPEECH;
    enum ut_why why = ut__line_watch_why(&s->watch);
    return why == UT_WHY_SPEECH ? UT_WHY_NONE : why; /* The vector has enough by its own rule. */
}

/* What both ears say of the utterance that is over. */
static float both(struct ut_scorer *s, float first)
{
    float axes[UT__AXES];
    const struct ut__reading *reading = finish_second(s);
    if (reading)
        ut__model_axes(s->model, reading, s->baseline.second,
                       ut__baseline_second_trust(&s->baseline), axes);
    return ut__model_join(s->model, first, reading ? axes : NULL, s->sum.snr_db);
}

void ut_scorer_score(struct ut_scorer *scorer, struct ut_utterance *out)
{
    struct ut__segment_sums sums;
    float vector[UT__VECTOR];
    enum ut_why why = finish(scorer, &sums, vector);
    *out = (struct ut_utterance){.speech_s = (float)sums.frames * UT_HOP_MS / 1000.0f, .why = why};
    if (why == UT_WHY_NONE) {
        struct ut__verdict verdict;
        ut__model_judge(scorer->model, vector, scorer->baseline.vector,
                        ut__baseline_trust(&scorer->baseline), &verdict);
        out->stress = ut__sigmoid(both(scorer, verdict.stress_logit) + scorer->model->all.shift);
        out->arousal = verdict.arousal;
        out->valence = verdict.valence;
    }
    rewind_scorer(scorer);
}

int ut_scorer_enrol(struct ut_scorer *scorer)
{
    struct ut__segment_sums sums;
    float vector[UT__VECTOR];
    enum ut_why why = finish(scorer, &sums, vector);
    if (why == UT_WHY_NONE) {
        float speech_s = (float)sums.frames * UT_HOP_MS / 1000.0f;
        const struct ut__reading *second = finish_second(scorer);
        ut__baseline_add(&scorer->baseline, vector, NULL, speech_s, 1);
        if (second)
            ut__baseline_add_second(&scorer->baseline, second, speech_s, 1);
        scorer->line = scorer->second.line;
    }
    rewind_scorer(scorer);
    return why == UT_WHY_NONE;
}

void ut_scorer_forget(struct ut_scorer *scorer)
{
    memset(&scorer->baseline, 0, sizeof scorer->baseline);
    memset(&scorer->line, 0, sizeof scorer->line);
    scorer->second.line = scorer->line;
}
