/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_SUMMARY_H
#define UT_CALL_SUMMARY_H

#include <stdint.h>

#include <undertone/event.h>

/*
 * What remains of a call: peak, end, their mean, recovery, episodes. The peak-end rule: Kahneman,
 * Fredrickson, Schreiber and Redelmeier (1993), "When more pain is preferred to less",
 * Psychological Science 4(6): people remember the worst moment and the last one.
 */

enum { UT__END_UPDATES = 10 /* 5 s of scored speech: the end of the call. */ };

struct ut__summary {
    struct ut_summary out;
    float last[UT__END_UPDATES]; /* A ring of the last stress values. */
    uint32_t updates;
    uint32_t seconds, abstained; /* Score events, and those without a score. */
    enum ut_why last_why;        /* Of the last second without a score. */
};

void ut__summary_init(struct ut__summary *sum);

/** A scored half second of speech. */
void ut__summary_score(struct ut__summary *sum, double t_s, float stress);

/** A second went by; why: UT_WHY_NONE when it was scored. */
void ut__summary_second(struct ut__summary *sum, enum ut_why why);

/** An alert was raised, stands, or was cleared. */
void ut__summary_raised(struct ut__summary *sum, double onset_s, double t_s, float stress);
void ut__summary_stands(struct ut__summary *sum, double t_s, float stress);
void ut__summary_cleared(struct ut__summary *sum, double t_s);

/** The summary. caller_speech_s: of the whole call. */
void ut__summary_get(const struct ut__summary *sum, double duration_s, float caller_speech_s,
                     struct ut_summary *out);

#endif
