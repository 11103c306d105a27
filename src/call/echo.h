/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_ECHO_H
#define UT_CALL_ECHO_H

#include <stdint.h>

/*
 * Whether what sounds on the caller's channel is the agent's echo, or the same mixture as on the
 * agent's. From levels alone: what the agent's voice is like never comes here.
 *
 * An echo follows the agent's level, some frames later and some dB lower. So for each delay, the
 * difference of the two levels is watched: where it varies far less than the agent's level does,
 * the caller's channel follows the agent's (of envelopes, as the correlation of samples in Ye and
 * Wu, 1991, "A new double-talk detection algorithm based on the orthogonality theorem", IEEE Trans.
 * Commun. 39(11); envelopes outlive codecs, inversion and drift). What stands over the echo that is
 * expected is the caller talking at the same time, and is heard.
 *
 * Before the first second of evidence, a channel that was never silent while the agent spoke is
 * suspected: what is 8 dB and more under the agent is not heard until it is known what it is.
 */

enum {
    UT__ECHO_LAGS = 48, /* Frames that an echo may be late, less one: up to 470 ms. */
    UT__MIXED_LAGS = 24 /* Likewise for a mixture, either way: 230 ms. */
};

/* Of each delay: how the earlier level varies, and the later one's difference from it. */
enum ut__echo_fit {
    UT__ECHO_FIT_MEAN,   /* dB; for a mixture over its floor. */
    UT__ECHO_FIT_SPREAD, /* Mean square around the mean, dB^2. */
    UT__ECHO_FIT_OFFSET, /* dB. */
    UT__ECHO_FIT_ERROR,  /* Mean square around the offset, dB^2. */
    UT__ECHO_FITS
};

/** One joint frame. */
struct ut__echo_frame {
    float caller_dbfs, caller_noise_dbfs;
    float agent_dbfs, agent_noise_dbfs;
    uint8_t caller_speech, agent_speech;
};

enum ut__echo_verdict {
    UT__ECHO_NONE,    /* What sounds is the caller's own. */
    UT__ECHO_AGENT,   /* It is the agent's, or suspected to be. */
    UT__ECHO_MIXTURE, /* Both channels carry the same. */
};

struct ut__echo {
    float agent[UT__ECHO_LAGS], caller[UT__MIXED_LAGS]; /* Smoothed levels, the newest first. */
    float echo[UT__ECHO_FITS][UT__ECHO_LAGS];    /* The caller's channel after the agent's. */
    float after[UT__ECHO_FITS][UT__MIXED_LAGS];  /* Likewise for a mixture, */
    float before[UT__ECHO_FITS][UT__MIXED_LAGS]; /* and the other way round. */
    float echo_count, mixed_count;               /* Frames in them, up to their memory. */
    float agent_power, caller_power;
    float caller_floor_db; /* What the caller's channel falls to. */
    float agent_loud_db;   /* What the agent reaches. */
    float quiet_share;     /* Of the agent's loud frames: the caller's channel was silent. */
    float expected_db;     /* Of the echo, now. */
    float gain_db;         /* Of the echo, below 0. */
    float drift_db;        /* How far the caller's channel lies from it of late. */
    uint32_t lag;          /* Of the echo, frames. */
    uint32_t since_agent;
    uint32_t frames;
    uint32_t own;       /* Speech in the agent's silence, frames, since the caller last paused. */
    uint32_t own_pause; /* Frames since. */
    uint32_t echo_frames, mixed_frames; /* Speech that was told to be so, suspicion left out. */
    int8_t known;                       /* 1: there is an echo, -1: there is none. */
    uint8_t mixed;
};

void ut__echo_init(struct ut__echo *echo);

/** One joint frame of both channels. No allocation. */
enum ut__echo_verdict ut__echo_push(struct ut__echo *echo, const struct ut__echo_frame *frame);

#endif
