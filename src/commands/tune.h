/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_TUNE_H
#define UT_COMMANDS_TUNE_H

/*
 * Fitting the alert threshold to an archive:
 *
 *     recordings -> one replay -> evidence of each call -> the alert rule -> table
 *                                                          '-- at every threshold
 *
 * The rule sees the very steps that it saw during the replay, so the alerts counted here are those
 * that `replay --threshold` gives.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <undertone/alert.h>
#include <undertone/error.h>

#include "commands/options.h"

/* Every threshold tried, even in log odds, where evidence adds up. */
enum { UT__TUNE_THRESHOLDS = 261, UT__TUNE_ROWS_SHOWN = 27 };

/* A push into the alert rule. */
struct ut__tune_step {
    uint32_t t_frames; /* Media time in frames of UT_HOP_MS. */
    float evidence;
};

/* What is kept of one call. */
struct ut__tune_call {
    struct ut__tune_step *step; /* [steps] */
    size_t steps, step_room;
    float *speech_s; /* [seconds] caller speech up to the end of each second. */
    size_t seconds, second_room;
    float step_speech_s; /* Caller speech that each step adds. */
    double duration_s;
    double onset_s; /* Of the escalation; negative: none, every alert is false. */
    int scored;
};

/* The calls of an archive: a recording may hold several. */
struct ut__tune_archive {
    struct ut__tune_call *call; /* [calls] */
    size_t calls;
    size_t unscored; /* Recordings without a score. */
    int labelled;    /* Truth was given. */
    size_t escalations;
    double call_h, calm_h; /* Hours of calls, and of them before any onset. */
    double speech_h;
    float threshold_max; /* Where the model's evidence ends; a higher one is refused elsewhere. */
};

/* What one threshold gives. */
struct ut__tune_row {
    float threshold;
    size_t alerts;           /* False ones: before an onset, or in calls without one. */
    size_t calls_alerted;    /* Calls with an alert, right or false. */
    size_t caught;           /* Escalations alerted in time. */
    double delay_speech_s;   /* Median of those, in caller speech; negative: none. */
    double delay_s;          /* Likewise in seconds of call. */
    double alerts_per_100h;  /* Of calm hours. */
    double at_most_per_100h; /* Upper end of its 95 % interval. */
};

/** A call's caller speech up to a moment, between the seconds by interpolation. */
double ut__tune_speech_at(const struct ut__tune_call *call, double t_s);

/** Adds to a call; 0 or UT_ENOMEM. */
int ut__tune_add_step(struct ut__tune_call *call, double t_s, float evidence) UT_MUST_CHECK;
int ut__tune_add_second(struct ut__tune_call *call, float speech_s) UT_MUST_CHECK;
void ut__tune_free(struct ut__tune_archive *archive);

/** Sums of the hours and escalations, once all calls are there. */
void ut__tune_sum(struct ut__tune_archive *archive);

/**
 * Runs the rule over all calls. rule: but for the threshold. Returns 0 or UT_ENOMEM.
 */
int ut__tune_row(struct ut__tune_row *row, const struct ut__tune_archive *archive,
                 const struct ut_alert_config *rule, float threshold) UT_MUST_CHECK;

/** All rows, thresholds rising. rows: [UT__TUNE_THRESHOLDS]. Returns 0 or UT_ENOMEM. */
int ut__tune_rows(struct ut__tune_row *rows, const struct ut__tune_archive *archive,
                  const struct ut_alert_config *rule) UT_MUST_CHECK;

/**
 * The lowest threshold from which on no row exceeds the budget; NULL: none up to `highest`, where
 * the model's evidence ends.
 */
const struct ut__tune_row *ut__tune_choose(const struct ut__tune_row *rows, float budget_per_100h,
                                           float highest);

/** Reads truth: CSV with file (as much of its path as tells it apart) and onset_s. Returns 0, or an exit status
 * after a message. paths: [calls] of each call; the second one of a capture is PATH:2. */
int ut__tune_labels(struct ut__tune_archive *archive, const char *const *paths,
                    const char *csv_path) UT_MUST_CHECK;

/** Printers. chosen may be NULL. */
void ut__tune_print_text(const struct ut__tune_archive *archive, const struct ut__tune_row *rows,
                         const struct ut__tune_row *chosen, float budget_per_100h);
void ut__tune_print_json(const struct ut__tune_archive *archive, const struct ut__tune_row *rows,
                         const struct ut__tune_row *chosen, float budget_per_100h);
void ut__tune_write_svg(FILE *out, const struct ut__tune_archive *archive,
                        const struct ut__tune_row *rows, const struct ut__tune_row *chosen);

/* What the command is in the list. */
#define UT__TUNE_SUMMARY "fit the alert threshold to an archive of calls and a budget of alerts"

/* Tells what a record proposes, opt->data_dir: no threshold above `most`. Returns an exit status. */
typedef int(ut__tune_record)(const struct ut__options *opt, double most);

/** The command. propose: NULL where this build keeps no record. Returns an exit status. */
int ut__tune_main(int argc, char **argv, ut__tune_record *propose);

#endif
