/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_STRESS_H
#define UT_STRESS_STRESS_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/event.h>
#include <undertone/features.h>

#include "stress/baseline.h"
#include "stress/filter.h"
#include "stress/listener.h"
#include "stress/second.h"

/*
 * The caller's stress in the stream: frames in, an update for each half second of speech out.
 *
 *     frame -> inputs -> encoder -> block sums -> segment vector (3 s) -> head, against baseline
 *           -> filter over time -> update
 */

/** What is known after another half second of caller speech. */
struct ut__stress_update {
    uint64_t frame;    /* The frame that completed it. */
    float logit;       /* What the last 3 s of speech say by themselves: calibrated log odds. */
    float stress;      /* 0..1, calibrated, smoothed over the last seconds of speech. */
    float arousal;     /* 0..1. */
    float valence;     /* -1..1. */
    float evidence;    /* 0..1: the filter's belief that the caller is stressed. */
    float confidence;  /* 0..1 by amount of speech and of baseline; line quality is the call's. */
    float speech_s;    /* Caller speech so far. */
    uint8_t has_delta; /* 1: a baseline stands, delta and the reasons hold. */
    float delta[UT_REASON_COUNT];
    uint32_t reason_count;
    struct ut_reason reasons[UT_REASONS_MAX];
};

/* Updates after which the baseline is kept once more: the four seconds that music may go unknown. */
enum { UT__KEPT_UPDATES = 8 };

/* A baseline in little room: the upper half of each float, right to .4 %. */
struct ut__kept {
    uint32_t at; /* The frame after which it was kept; 0: before the first. */
    float belief, smooth, arousal, valence; /* As they were then. */
    uint16_t half[sizeof(struct ut__baseline) / sizeof(float)];
};

struct ut__stress {
    const struct ut_model *model;
    struct ut__everybody all; /* As it was known when the call began. */
    struct ut__listener ear;
    struct ut__reading reading; /* The second ear's: a running mean, which leans on the newest. */
    uint32_t readings;          /* In it. */
    uint32_t read_at;           /* `frames` at the last of them. */
    /* What the last update's log odds were made of: the first ear's, and where the second heard the
     * same speech (asked: 1), what it read out, by enum ut__axis. */
    float first, axes[UT__AXES];
    int asked;
    struct ut__gate gate; /* Which windows the second ear hears. */
    struct ut__baseline baseline;
    /* It as it was: the older UT__KEPT_UPDATES ago or more, and before the call until both have met. */
    struct ut__kept kept[2];
    int music;        /* 1 while it plays. */
    int met;          /* 1: nothing that was learnt can be an announcement's. */
    uint32_t frames;  /* Speech frames so far. */
    uint32_t clipped; /* Of those since the last update. */
    float smooth;     /* Smoothed logit of stress. */
    float arousal, valence;
    float belief;             /* Log odds of the filter. */
    struct ut__probes probes; /* The filter with the shifts that a site may learn. */
    uint32_t updates;
};

/** model: borrowed, outlives the state. No allocation. */
void ut__stress_init(struct ut__stress *st, const struct ut_model *model);

/** A returning caller's blob; errors as ut__baseline_read, then nothing is changed. Before the first
 * frame. */
int ut__stress_set_baseline(struct ut__stress *st, const uint8_t *buf, size_t len);

/**
 * agent_heard: 1 where the agent has a channel; agent_frames: of talk in it so far. Who talks on
 * before the agent's first words is an announcement more often than a caller: when they fall,
 * nothing of it is the caller's own: what was known before the call stands again. Not where the
 * agent had no channel. No allocation.
 */
void ut__stress_meet(struct ut__stress *st, int agent_heard, uint32_t agent_frames);

/**
 * From this frame on, some seconds ago, it was not the caller's voice as it is: what they taught and
 * what they told of stress is taken back, and of the speech before four seconds at most; all of a call
 * that has just begun. No allocation.
 */
void ut__stress_unlearn(struct ut__stress *st, uint64_t from_frame);

/** Holds the caller against a site's profile; NULL: against the model's own. Before the first frame. */
void ut__stress_set_site(struct ut__stress *st, const struct ut_site *site);

/** What the call tells of its site so far; without call_s, which the call knows. */
void ut__stress_habit(const struct ut__stress *st, struct ut_habit *out);

/**
 * Takes a frame of the caller: those that are not speech, or flagged as gap, tone, music or DTMF,
 * change nothing, but that the first of music takes from the baseline what was learnt of music
 * before it was known for that. Returns 1 with an update, else 0. No allocation.
 */
int ut__stress_push(struct ut__stress *st, const struct ut_frame *frame,
                    struct ut__stress_update *out);

/** The same with what the second ear read out when the frame completed a window of its, or NULL:
 * see ut__model_hear. */
int ut__stress_hear(struct ut__stress *st, const struct ut_frame *frame,
                    const struct ut__reading *reading, struct ut__stress_update *out);

#endif
