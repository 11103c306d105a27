/* SPDX-License-Identifier: MIT */
#ifndef UT_RTP_CONCEAL_H
#define UT_RTP_CONCEAL_H

#include <stddef.h>
#include <stdint.h>

#include <spandsp.h>

/*
 * Makes up lost speech from the pitch of what came before, and fades it (spandsp's plc, after ITU-T
 * G.711 appendix I). While nothing is lost spandsp only keeps the last samples, as 16 bit; the
 * estimator is run when a hole comes, and the speech after it is cross-faded.
 */
struct ut__conceal {
    plc_state_t plc;
    uint32_t filled; /* Good samples so far, PLC_HISTORY_LEN at most. */
    uint32_t run;    /* Made up without a good sample between. */
};

void ut__conceal_init(struct ut__conceal *c);

/** Good samples; the first after a hole are cross-faded in place. */
void ut__conceal_good(struct ut__conceal *c, float *pcm, size_t n);

/** Makes up n samples, at most UT__CONCEAL_CHUNK at a time. Returns how many; 0: nothing to go by.
 */
size_t ut__conceal_fill(struct ut__conceal *c, float *pcm, size_t n);

enum { UT__CONCEAL_CHUNK = 480 };

#endif
