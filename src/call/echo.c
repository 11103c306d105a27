/* SPDX-License-Identifier: MIT */
/* Levels by delay -> how well one follows the other -> echo, mixture, or neither. */

#include "call/echo.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

enum {
    LAGS = UT__ECHO_LAGS,
    MIXED_LAGS = UT__MIXED_LAGS,
    ECHO_MEMORY = 300,   /* Frames in which something sounds: 3 s; echoes change with the line. */
    MIXED_MEMORY = 2000, /* 20 s: a caller who talks for long, and is heard by the agent. */
    ECHO_LEAST = 40,     /* Frames before an echo is believed, */
    FREE_LEAST = 60,     /* before none is, */
    MIXED_LEAST = 100,   /* and before a mixture is. */
    FIRST = 100,         /* Frames after which the caller's noise is known. */
    OWN_PAUSE = 30,      /* A shorter pause does not end the caller's talk, */
    OWN_LEAST = 30,      /* which is no echo when so much of it came before the agent spoke. */
    BESIDE = 3           /* Frames of delay on either side that an echo is spread over. */
};
#define SMOOTH        0.4f  /* Of a frame's power: 20 ms. */
#define OVER_NOISE_DB 6.0f  /* What sounds. */
#define AGENT_TOP_DB  25.0f /* How far under its loudest the agent is still looked at. */
#define AGENT_DECAY   0.02f /* dB a frame. */
#define LOUD_DB       15.0f /* Where an echo of any size would sound. */
#define FLOOR_RISE    0.03f /* dB a frame: 3 dB/s, */
#define FLOOR_FIRST   0.5f  /* and in the first second, as lines may begin softly. */
#define QUIET_RATE    0.01f
#define QUIET_ENOUGH  0.5f
#define WEAKER_DB     8.0f  /* An echo is so much below the agent; a mixture is nearer. */
#define MARGIN_DB     6.0f  /* Over the echo expected: the caller's own. */
#define TAIL_DB       1.0f  /* A frame: rooms die away at 60 dB in .6 s. */
#define ERROR_ECHO    0.35f /* Of the spread: below it is an echo, */
#define ERROR_FREE    0.75f /* above there is none. */
#define ERROR_MIXED   0.15f
#define ERROR_APART   0.3f
#define DRIFT_RATE    0.02f
#define DRIFT_DB      6.0f /* Of the echo, for half a second: it is another one. */
#define SPREAD_LEAST  4.0f /* dB^2: nothing varies less. */
#define SPREAD_MIXED  9.0f /* What hardly varies, a hum over the floor, follows anything. */
#define SILENCE_DB    -120.0f

void ut__echo_init(struct ut__echo *echo)
{
    memset(echo, 0, sizeof *echo);
    for (int i = 0; i < LAGS; i++)
        echo->agent[i] = SILENCE_DB;
    for (int i = 0; i < MIXED_LAGS; i++)
        echo->caller[i] = SILENCE_DB;
    echo->agent_loud_db = -60;
    echo->expected_db = SILENCE_DB;
    echo->since_agent = LAGS;
}

static float level_of(float *power, float dbfs)
{
    *power += SMOOTH * (powf(10, dbfs / 10) - *power);
    return 10 * log10f(*power + 1e-12f);
}

/* The caller's noise: as told, or what the level never falls below, if that is more. */
static float noise_of(struct ut__echo *echo, float caller, float told)
{
    float rise = echo->frames < FIRST ? FLOOR_FIRST : FLOOR_RISE;
    echo->caller_floor_db = echo->frames++ ? fminf(caller, echo->caller_floor_db + rise) : caller;
    return fmaxf(told, echo->caller_floor_db);
}

static void shift_in(float *past, size_t n, float db)
{
    memmove(past + 1, past, (n - 1) * sizeof past[0]);
    past[0] = db;
}

/* One frame more in the running means and mean squares, of levels over `base`; share: of it in them. */
UT__INLINE void learn(float *restrict m, size_t lags, const float *restrict past, float least,
                      float base, float now, float share)
{
    float *mean = m + UT__ECHO_FIT_MEAN * lags, *spread = m + UT__ECHO_FIT_SPREAD * lags;
    float *offset = m + UT__ECHO_FIT_OFFSET * lags, *error = m + UT__ECHO_FIT_ERROR * lags;
    for (size_t i = 0; i < lags; i++) {
        float then = past[i] > least ? past[i] : least;
        float d = then - base - mean[i], e = now - then - offset[i];
        mean[i] += share * d;
        offset[i] += share * e;
        spread[i] += share * ((1 - share) * d * d - spread[i]);
        error[i] += share * ((1 - share) * e * e - error[i]);
    }
}

UT__CLONES static void learn_echo(struct ut__echo *echo, float caller, float share)
{
    /* What is weaker leaves no echo over the noise. */
    learn(echo->echo[0], LAGS, echo->agent, echo->agent_loud_db - AGENT_TOP_DB, 0, caller, share);
}

/* floor: the louder of the two noises; below it one channel does not hear what the other does, and
 * where it moves, neither channel did. */
UT__CLONES static void learn_mixture(struct ut__echo *echo, float floor, float share)
{
    float caller = fmaxf(echo->caller[0], floor), agent = fmaxf(echo->agent[0], floor);
    learn(echo->after[0], MIXED_LAGS, echo->agent, floor, floor, caller, share);
    learn(echo->before[0], MIXED_LAGS, echo->caller, floor, floor, agent, share);
}

static float share_of(float *count, float memory)
{
    *count = *count < memory ? *count + 1 : memory;
    return 1 / *count;
}

/* The delay at which the levels follow each other best, and how well: 0..1 and more. */
static uint32_t best_lag(const float *spread, const float *error, uint32_t lags, float *least)
{
    uint32_t best = 0;
    *least = 1e9f;
    for (uint32_t i = 0; i < lags; i++) {
        float e = error[i] / (spread[i] + SPREAD_LEAST);
        if (e < *least) {
            *least = e;
            best = i;
        }
    }
    return best;
}

static float loudest(const float *past, uint32_t from, uint32_t to)
{
    float top = past[from];
    for (uint32_t i = from + 1; i <= to && i < LAGS; i++)
        top = past[i] > top ? past[i] : top;
    return top;
}

/* Whether the channels carry the same, for whole seconds and at about the same level. */
static void look_for_mixture(struct ut__echo *echo, const struct ut__echo_frame *f, float caller,
                             float agent, float noise)
{
    float floor = fmaxf(noise, f->agent_noise_dbfs) + OVER_NOISE_DB;
    if ((!f->caller_speech && !f->agent_speech) || fmaxf(caller, agent) <= floor)
        return;
    float error, other, share = share_of(&echo->mixed_count, MIXED_MEMORY);
    learn_mixture(echo, floor, share);
    uint32_t lag = best_lag(echo->after[UT__ECHO_FIT_SPREAD], echo->after[UT__ECHO_FIT_ERROR],
                            MIXED_LAGS, &error);
    uint32_t back = best_lag(echo->before[UT__ECHO_FIT_SPREAD], echo->before[UT__ECHO_FIT_ERROR],
                             MIXED_LAGS, &other);
    int is_after = error < other;
    const float(*fit)[MIXED_LAGS] = is_after ? echo->after : echo->before;
    lag = is_after ? lag : back;
    error = fminf(error, other);
    if (echo->mixed)
        echo->mixed = error < ERROR_APART;
    else
        echo->mixed = echo->mixed_count >= MIXED_LEAST && error < ERROR_MIXED &&
                      fit[UT__ECHO_FIT_SPREAD][lag] > SPREAD_MIXED &&
                      fabsf(fit[UT__ECHO_FIT_OFFSET][lag]) < WEAKER_DB;
}

/* What was learnt of an echo holds no longer: what counts is heard from now on. */
static void begin_anew(struct ut__echo *echo)
{
    echo->echo_count = 0;
    echo->drift_db = 0;
}

/* A loudspeaker that is turned up, or a handset that is put down, changes the echo at once, and the
 * mean over both would fit neither for many seconds. */
static void watch_drift(struct ut__echo *echo, float caller)
{
    float least = echo->agent_loud_db - AGENT_TOP_DB;
    float off = caller - fmaxf(echo->agent[echo->lag], least) - echo->gain_db;
    if (echo->known <= 0)
        return;
    echo->drift_db += DRIFT_RATE * (off - echo->drift_db);
    if (fabsf(echo->drift_db) > DRIFT_DB)
        begin_anew(echo);
}

/* What the agent's speech and the caller's channel tell of an echo. */
static void look_for_echo(struct ut__echo *echo, const struct ut__echo_frame *f, float caller,
                          float noise)
{
    float over = noise + OVER_NOISE_DB, error;
    if (f->agent_speech && echo->agent[0] > echo->agent_loud_db - LOUD_DB)
        echo->quiet_share += QUIET_RATE * ((caller < over ? 1.0f : 0.0f) - echo->quiet_share);
    if (caller < over || loudest(echo->agent, 0, LAGS - 1) < echo->agent_loud_db - AGENT_TOP_DB)
        return;
    watch_drift(echo, caller);
    learn_echo(echo, caller, share_of(&echo->echo_count, ECHO_MEMORY));
    uint32_t lag =
        best_lag(echo->echo[UT__ECHO_FIT_SPREAD], echo->echo[UT__ECHO_FIT_ERROR], LAGS, &error);
    float offset = echo->echo[UT__ECHO_FIT_OFFSET][lag];
    if (echo->echo_count >= ECHO_LEAST && error < ERROR_ECHO && offset < -WEAKER_DB) {
        echo->known = 1;
        echo->lag = lag;
        echo->gain_db = offset;
    } else if (echo->echo_count >= FREE_LEAST && error > ERROR_FREE) {
        if (echo->known > 0)
            begin_anew(echo);
        echo->known = -1;
    }
}

/* The echo's level now: of the agent's some frames ago, or what is left of it in the room. */
static void expect(struct ut__echo *echo)
{
    uint32_t from = echo->lag > BESIDE ? echo->lag - BESIDE : 0;
    float now = loudest(echo->agent, from, echo->lag + BESIDE) + echo->gain_db;
    echo->expected_db = fmaxf(now, echo->expected_db - TAIL_DB);
}

enum ut__echo_verdict ut__echo_push(struct ut__echo *echo, const struct ut__echo_frame *f)
{
    float caller = level_of(&echo->caller_power, f->caller_dbfs);
    float agent = level_of(&echo->agent_power, f->agent_dbfs);
    float noise = noise_of(echo, caller, f->caller_noise_dbfs);
    shift_in(echo->agent, LAGS, agent);
    shift_in(echo->caller, MIXED_LAGS, caller);
    echo->since_agent = f->agent_speech ? 0 : echo->since_agent + 1;
    if (f->agent_speech)
        echo->agent_loud_db = fmaxf(agent, echo->agent_loud_db - AGENT_DECAY);
    int heard = echo->since_agent < LAGS; /* The agent, so that an echo may be. */
    look_for_mixture(echo, f, caller, agent, noise);
    if (heard)
        look_for_echo(echo, f, caller, noise);
    expect(echo);
    echo->own_pause = f->caller_speech ? 0 : echo->own_pause + 1;
    echo->own = echo->own_pause > OWN_PAUSE ? 0 : echo->own + (f->caller_speech && !heard);
    if (!f->caller_speech)
        return UT__ECHO_NONE;
    if (echo->mixed) {
        echo->mixed_frames++;
        return UT__ECHO_MIXTURE;
    }
    if (echo->known > 0 && caller < echo->expected_db + MARGIN_DB) {
        echo->echo_frames++;
        return UT__ECHO_AGENT;
    }
    int suspect = echo->known == 0 && heard && echo->own < OWN_LEAST;
    if (suspect && echo->quiet_share < QUIET_ENOUGH &&
        caller < loudest(echo->agent, 0, LAGS - 1) - WEAKER_DB)
        return UT__ECHO_AGENT;
    return UT__ECHO_NONE;
}
