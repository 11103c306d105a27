/* SPDX-License-Identifier: MIT */
#ifndef UNDERTONE_CALL_H
#define UNDERTONE_CALL_H

/*
 * One telephone call: samples of its channels in, events out.
 *
 *     struct ut_call_config cfg = ut_call_config_default();
 *     cfg.caller_rate_hz = 8000;
 *     cfg.agent_rate_hz = 8000;
 *     ut_call_create(&call, model, &cfg);
 *     while (samples come) {
 *         ut_call_push(call, UT_ROLE_CALLER, pcm, n);
 *         ut_call_push(call, UT_ROLE_AGENT, pcm, n);
 *         while (ut_call_read(call, &ev))
 *             handle(&ev);
 *     }
 *     ut_call_end(call);
 *     while (ut_call_read(call, &ev))
 *         handle(&ev);
 *     ut_call_destroy(call);
 *
 * One thread at a time for one call; calls share nothing but the model, so that any number of them
 * may be created, pushed and destroyed at once. The events depend on the samples alone, never on
 * how they were cut into pushes. Time counts to 2^32 frames, 497 days.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/alert.h>
#include <undertone/error.h>
#include <undertone/event.h>
#include <undertone/features.h>
#include <undertone/model.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    UT_RATE_MIN_HZ = 8000,
    UT_RATE_MAX_HZ = 96000,
    UT_SKEW_MAX_MS = 1000,   /**< One channel may be ahead of the other by this much. */
    UT_SCORES_WAIT_MAX = 24, /**< Where so many events wait to be read, new scores are dropped; */
    UT_ALERTS_WAIT_MAX = 30, /**< where so many do, new alerts as well. */
    UT_BASELINE_MAX_BYTES = 2048 /**< No baseline blob is larger. */
};

/**
 * Who is heard on a channel. The agent's samples serve for level and turn-taking alone: they never
 * reach the scoring code.
 */
enum ut_role { UT_ROLE_CALLER, UT_ROLE_AGENT, UT_ROLE_COUNT };

struct ut_call;

struct ut_call_config {
    uint32_t size_bytes;     /**< Of the caller's struct: ut_call_config_default() fills it in, so
                                     that a later library knows which fields there are. */
    uint32_t caller_rate_hz; /**< UT_RATE_MIN_HZ..UT_RATE_MAX_HZ; 0: no such channel. */
    uint32_t agent_rate_hz;  /**< Likewise. */
    struct ut_alert_config alert; /**< Zero fields take the model's values. */
};

/** 8 kHz caller, no agent, the model's alert rule. Any thread; no allocation. */
struct ut_call_config ut_call_config_default(void);

/**
 * Creates a call. All of its memory is had here; nothing later allocates.
 *
 * out: receives the call; untouched on failure. model: borrowed, outlives the call. cfg: borrowed
 * for this call; NULL: the default. Any thread.
 * Returns 0; UT_EINVAL for rates out of range, no channel at all, or alert values out of theirs,
 * such as a threshold that no evidence reaches; UT_EVERSION for a size_bytes that is none of a
 * library up to this one; UT_ENOMEM. FFTW's planner ran in ut_model_create: nothing here needs one
 * thread.
 */
int ut_call_create(struct ut_call **out, const struct ut_model *model,
                   const struct ut_call_config *cfg) UT_MUST_CHECK;

/** Releases a call; NULL is fine. */
void ut_call_destroy(struct ut_call *call);

/**
 * Takes samples of one channel at its own rate.
 *
 * pcm: [n] float, -1..1, any n; NaN and infinity count as silence, larger values are clamped.
 * Samples of a role that the call does not have are ignored. A channel more than UT_SKEW_MAX_MS
 * ahead makes the other one's missing frames count as gaps. Read the events after each push, best
 * of at most a second: where UT_SCORES_WAIT_MAX wait, later scores are dropped, and where
 * UT_ALERTS_WAIT_MAX do, later alerts; turns and summary always come. No allocation, no lock, no
 * system call.
 */
void ut_call_push(struct ut_call *call, enum ut_role role, const float *pcm, size_t n);

/**
 * As ut_call_push for 16-bit samples in the machine's byte order, and for G.711 (ITU-T), a byte a
 * sample. pcm, bytes: [n].
 */
void ut_call_push_s16(struct ut_call *call, enum ut_role role, const int16_t *pcm, size_t n);
void ut_call_push_ulaw(struct ut_call *call, enum ut_role role, const uint8_t *bytes, size_t n);
void ut_call_push_alaw(struct ut_call *call, enum ut_role role, const uint8_t *bytes, size_t n);

/** Channels side by side, as a sound card or a WAV file has them. */
struct ut_interleaved {
    const int16_t *pcm;      /**< [frames][channels], in the machine's byte order. */
    size_t frames;           /**< Any number. */
    uint32_t channels;       /**< 1 or more. */
    uint32_t caller_channel; /**< 1..channels; 0: the caller is on none. */
    uint32_t agent_channel;  /**< Likewise. */
};

/** As ut_call_push_s16 for both roles at once. sound: borrowed for the call. */
void ut_call_push_interleaved(struct ut_call *call, const struct ut_interleaved *sound);

/**
 * As ut_call_push for samples that stand in for lost ones, such as a jitter buffer's concealment:
 * the frames are flagged as gaps and not scored. pcm: NULL is as ut_call_push_gap.
 */
void ut_call_push_concealed(struct ut_call *call, enum ut_role role, const float *pcm, size_t n);

/** As ut_call_push for n samples that were lost: time goes on, the frames are flagged as gaps. */
void ut_call_push_gap(struct ut_call *call, enum ut_role role, size_t n);

/**
 * Tells that the caller's samples come at another rate than the call was made for, or do so no
 * longer. What they would be heard as is another voice: push their time as a gap. Until they are
 * right again, seconds are told with UT_WHY_RATE. for_s: of the samples pushed so far the last ones,
 * so many seconds, may be such, and nobody knew: what was learnt of them is taken back. 0: all is
 * right again. No allocation.
 */
void ut_call_set_off_rate(struct ut_call *call, float for_s);

/**
 * Tells who is heard from the samples that follow on; after creation that is every channel that has
 * a rate. For callers who become known late: create the call with both channels, set_roles(call, 0,
 * 1) and push whoever is heard as the agent, so that time goes on; set_roles(call, 1, 1) once it is
 * known who is who.
 *
 * has_caller: 0: nobody said who the caller is: seconds are told with UT_WHY_ROLE, and an alert
 * that stands is cleared. From 0 to 1 the caller's analysis and baseline begin anew; for another
 * person on the caller's channel go by way of 0. has_agent: 0: nobody is on the agent's channel.
 * Where either changes, turn-taking begins anew. Samples of a channel that is not heard are
 * ignored; one that begins does so where the other has got to. Returns 0; UT_EINVAL when neither is
 * heard, or for a channel without a rate. No allocation.
 */
int ut_call_set_roles(struct ut_call *call, int has_caller, int has_agent) UT_MUST_CHECK;

/**
 * The call is over: what is buffered is scored, then turns and summary follow. Later pushes are
 * ignored, and so is a second end. No allocation.
 */
void ut_call_end(struct ut_call *call);

/** Gives the next event: 1 with an event in *ev, 0 when none waits. No allocation. */
int ut_call_read(struct ut_call *call, struct ut_event *ev);

/**
 * The next event as one JSON object, for bindings that would rather not know struct ut_event.
 *
 * buf: [cap] bytes, UT_JSON_MAX (undertone/json.h) at least. call_id: as ut_event_to_json takes it.
 * Returns the bytes written without the NUL; 0 when no event waits; UT_ENOSPC, and the event goes on
 * waiting. No allocation.
 */
int ut_call_read_json(struct ut_call *call, const char *call_id, char *buf, size_t cap);

/**
 * Writes the caller's baseline as learnt so far, for the same caller's next call.
 *
 * buf: [cap] bytes, UT_BASELINE_MAX_BYTES suffice. The blob is opaque and versioned; it holds means
 * and spreads of features and how stressed the calm voice sounds, no sound and no loudness, which
 * is the line's. Returns its size, 0 when too little calm speech was heard (2 s, stressed speech
 * counting less), UT_ENOSPC when cap is too small. No allocation.
 */
int ut_call_get_baseline(const struct ut_call *call, uint8_t *buf, size_t cap) UT_MUST_CHECK;

/**
 * Gives a returning caller's baseline; before the first push.
 *
 * buf: [len] bytes of ut_call_get_baseline, of a call with the same model; borrowed for the call,
 * hostile input is fine. Returns 0; UT_EINVAL for NULL or once samples of the caller were analysed;
 * UT_EMAGIC, UT_EVERSION, UT_EFEATURESET (another model as well), UT_ECHECKSUM, UT_ETRUNCATED,
 * UT_EMALFORMED: then the call goes on without it. No allocation.
 */
int ut_call_set_baseline(struct ut_call *call, const uint8_t *buf, size_t len) UT_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
