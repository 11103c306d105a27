/* SPDX-License-Identifier: MIT */
/* The caller's stress in the stream; see stress.h for the flow. */

#include "stress/stress.h"

#include <math.h>
#include <string.h>

#include "stress/explain.h"
#include "stress/model.h"

enum {
    CLIPPED_MOST = UT__BLOCK_FRAMES / 5, /* Frames of an update that may yet be learnt. */
    MET_FRAMES = 50,                     /* Of the agent's talk: a word or two. */
    MONOLOGUE_UPDATES = 8                /* Four seconds: more than "hello, is anybody there?" */
};

#define SMOOTH_SHARE  0.35f /* Of a new segment in the smoothed score. */
#define READING_SHARE 0.3f  /* Of a new reading in the mean: as sure as a plain mean of 3 s. */
#define BLOCK_S       ((float)UT__BLOCK_FRAMES * UT_HOP_MS / 1000.0f)
#define CONFIDENT_S   2.0f
#define MEASURED_S    0.5f /* Calm speech without which nothing is above the caller's own. */

void ut__stress_init(struct ut__stress *st, const struct ut_model *model)
{
    memset(st, 0, sizeof *st);
    st->model = model;
    st->all = model->all;
    ut__listener_init(&st->ear, NULL);
    st->belief = ut__believe_first(model->tune);
    ut__probes_init(&st->probes, model->tune, 0, 0);
}

static void keep(struct ut__stress *st, struct ut__kept *kept, uint64_t frame)
{
    uint32_t bits[sizeof st->baseline / sizeof(float)];
    memcpy(bits, &st->baseline, sizeof bits);
    *kept = (struct ut__kept){.at = (uint32_t)frame,
                              .belief = st->belief,
                              .smooth = st->smooth,
                              .arousal = st->arousal,
                              .valence = st->valence};
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        kept->half[i] = (uint16_t)((bits[i] + 0x7fff + (bits[i] >> 16 & 1)) >> 16); /* Rounded. */
}

static void bring_back(struct ut__baseline *bl, const struct ut__kept *kept)
{
    uint32_t bits[sizeof *bl / sizeof(float)];
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        bits[i] = (uint32_t)kept->half[i] << 16;
    memcpy(bl, bits, sizeof bits);
}

int ut__stress_set_baseline(struct ut__stress *st, const uint8_t *buf, size_t len)
{
    int err = ut__baseline_read(&st->baseline, st->model->crc, buf, len);
    if (err)
        return err;
    keep(st, &st->kept[1], 0);
    st->kept[0] = st->kept[1];
    ut__probes_init(&st->probes, st->model->tune, st->baseline.usual, st->baseline.usual_n);
    return 0;
}

void ut__stress_set_site(struct ut__stress *st, const struct ut_site *site)
{
    st->all = ut__model_everybody(st->model, site);
}

void ut__stress_habit(const struct ut__stress *st, struct ut_habit *out)
{
    *out = (struct ut_habit){
        .speech_s = (float)st->probes.updates * BLOCK_S,
        .usual = st->probes.shifted[UT_SITE_SHIFTS / 2].usual,
    };
    ut__probes_near(&st->probes, st->model->tune, out->near);
}

/*
 * Teaches what is usual for the caller, as far as the caller is believed calm. The voice is harder
 * to unlearn than the log odds, so it also counts by how calm it sounds to who knows nobody.
 */
static void learn(struct ut__stress *st, const float *vector, const float *measures, float logit)
{
    struct ut__verdict stranger;
    float calm = ut__calm_weight(st->belief);
    ut__model_judge(st->model, vector, st->baseline.vector, 0, &stranger);
    float weight = calm * ut__sigmoid(-stranger.stress_logit);
    if (st->asked) /* What a machine plays is not the caller's voice. */
        weight *= ut__sigmoid(-st->axes[UT__AXIS_FAST]);
    ut__usual_hear(&st->baseline.usual, &st->baseline.usual_n, logit, calm);
    ut__baseline_add(&st->baseline, vector, measures, BLOCK_S, weight);
    if (st->asked)
        ut__baseline_add_second(&st->baseline, &st->reading, BLOCK_S, weight);
}

static void tell(const struct ut__stress *st, const struct ut_frame *frame, float logit,
                 float trust, struct ut__stress_update *out)
{
    float speech_s = (float)st->frames * UT_HOP_MS / 1000.0f;
    *out = (struct ut__stress_update){
        .frame = frame->index,
        .logit = logit,
        .stress = ut__sigmoid(st->smooth),
        .arousal = st->arousal,
        .valence = st->valence,
        .evidence = ut__sigmoid(st->belief),
        .confidence = (1 - expf(-speech_s / CONFIDENT_S)) * (0.5f + 0.5f * trust),
        .speech_s = speech_s,
    };
}

/* Whether the second ear heard of the speech that is judged. */
static int is_recent(const struct ut__stress *st)
{
    return st->readings && st->frames - st->read_at < UT__SEGMENT_BLOCKS * UT__BLOCK_FRAMES;
}

/* Adds what the second ear read out of half a second to the mean. */
static void take_reading(struct ut__stress *st, const struct ut__reading *r)
{
    float share = is_recent(st) ? READING_SHARE : 1;
    for (size_t a = 0; a < UT__AXES; a++) {
        st->reading.diff[a] += share * (r->diff[a] - st->reading.diff[a]);
        st->reading.own[a] += share * (r->own[a] - st->reading.own[a]);
        st->reading.alone[a] += share * (r->alone[a] - st->reading.alone[a]);
    }
    st->reading.snr_db += share * (r->snr_db - st->reading.snr_db);
    st->readings++;
    st->read_at = st->frames;
}

/* What both ears say of the last seconds of speech, the first one's log odds being known. */
static float ask(struct ut__stress *st, float first)
{
    st->first = first;
    st->asked = is_recent(st);
    if (st->asked)
        ut__model_axes(st->model, &st->reading, st->baseline.second,
                       ut__baseline_second_trust(&st->baseline), st->axes);
    return ut__model_join(st->model, first, st->asked ? st->axes : NULL, st->reading.snr_db);
}

/* A block is complete: judge the last seconds of speech. Returns 1 with an update. */
static int judge(struct ut__stress *st, const struct ut_frame *frame, struct ut__stress_update *out)
{
    struct ut__segment_sums recent;
    float vector[UT__VECTOR], own[UT__VECTOR], measures[UT_REASON_COUNT];
    ut__segment_recent(&st->ear.segment, &recent);
    if (!ut__segment_vector(&recent, vector))
        return 0;
    int measured = ut__segment_measures(&recent, measures);
    float trust = ut__baseline_trust(&st->baseline);
    struct ut__verdict verdict;
    ut__baseline_against(&st->baseline, vector, st->model->diff_mean[UT__VECTOR_LEVEL], own);
    ut__model_judge(st->model, vector, own, trust, &verdict);
    ut__gate_tell(&st->gate, frame->index, verdict.stress_logit);

    const float *tune = st->model->tune;
    float share = st->updates ? SMOOTH_SHARE : 1, logit = ask(st, verdict.stress_logit);
    st->smooth += share * (logit + st->all.shift - st->smooth);
    st->arousal += share * (verdict.arousal - st->arousal);
    st->valence += share * (verdict.valence - st->valence);
    st->belief = ut__believe(tune, &st->all, st->belief, logit + ut__probes_lead(&st->probes),
                             st->baseline.usual, st->baseline.usual_n);
    ut__probes_hear(&st->probes, tune, logit);
    tell(st, frame, logit, trust, out);
    if (measured && st->baseline.measures_s >= MEASURED_S) {
        out->has_delta = 1;
        for (int i = 0; i < UT_REASON_COUNT; i++)
            out->delta[i] = measures[i] - st->baseline.measures[i];
        out->reason_count = ut__explain(st->model, vector, own, trust, out->delta, out->reasons);
    }
    if (st->clipped <= CLIPPED_MOST)
        learn(st, vector, measured ? measures : NULL, logit);
    st->clipped = 0;
    if (++st->updates % UT__KEPT_UPDATES == 0 && st->met) {
        st->kept[0] = st->kept[1];
        keep(st, &st->kept[1], frame->index);
    }
    return 1;
}

/* What was heard for some seconds before was the music's as well. */
static void take_back(struct ut__stress *st)
{
    st->kept[1] = st->kept[0];
    bring_back(&st->baseline, &st->kept[0]);
    ut__listener_init(&st->ear, NULL);
    st->readings = 0;
}

void ut__stress_unlearn(struct ut__stress *st, uint64_t from_frame)
{
    if (st->kept[1].at < from_frame)
        st->kept[0] = st->kept[1];
    take_back(st);
    const struct ut__kept *kept = &st->kept[0];
    int is_old = kept->at && kept->at < from_frame;
    st->belief = is_old ? kept->belief : ut__believe_first(st->model->tune);
    st->smooth = is_old ? kept->smooth : 0;
    st->arousal = is_old ? kept->arousal : 0;
    st->valence = is_old ? kept->valence : 0;
}

void ut__stress_meet(struct ut__stress *st, int agent_heard, uint32_t agent_frames)
{
    if (st->met || (agent_heard && agent_frames < MET_FRAMES))
        return;
    st->met = 1;
    if (agent_heard && st->updates >= MONOLOGUE_UPDATES)
        take_back(st);
}

int ut__stress_push(struct ut__stress *st, const struct ut_frame *frame,
                    struct ut__stress_update *out)
{
    return ut__stress_hear(st, frame, NULL, out);
}

int ut__stress_hear(struct ut__stress *st, const struct ut_frame *frame,
                    const struct ut__reading *reading, struct ut__stress_update *out)
{
    int music = (frame->flags & UT_FRAME_MUSIC) != 0;
    if (music && !st->music)
        take_back(st);
    st->music = music;
    int heard = ut__listener_push(&st->ear, st->model, frame);
    if (heard < 0)
        return 0;
    st->frames++;
    st->clipped += (frame->flags & UT_FRAME_CLIPPED) != 0;
    if (reading)
        take_reading(st, reading);
    return heard ? judge(st, frame, out) : 0;
}
