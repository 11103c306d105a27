/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_OPTIONS_H
#define UT_COMMANDS_OPTIONS_H

/* The options that the commands for recordings share, and how they are read. */

#include <stddef.h>
#include <stdint.h>

#include <undertone/call.h>

#include "ingress/source.h"

/* Commands, as bits: an option says which take it. */
enum {
    UT__FOR_REPLAY = 1,
    UT__FOR_FEATURES = 2,
    UT__FOR_SCORE = 4,
    UT__FOR_LISTEN = 8,
    UT__FOR_TUNE = 16,
    UT__FOR_ADAPT = 32,
    UT__FOR_IMPORT = 64,
    UT__FOR_RECORD = 128 /* Beside another: it can read a record as well. */
};

enum { UT__JOBS_MAX = 256 };

/* The recording in a report. */
enum { UT__AUDIO_NONE, UT__AUDIO_LINK, UT__AUDIO_EMBED };

struct ut__options {
    unsigned caller_channel;   /* From 1; 0: not said. */
    unsigned agent_channel;    /* From 1; 0: not said. */
    int no_agent;              /* 1: --agent-channel none. */
    const char *caller_device; /* For listen; NULL: not said. */
    const char *agent_device;
    unsigned device_rate_hz; /* 0: each device's own. */
    int mono_is_caller;
    const char *model_path; /* NULL: the built-in one. */
    float threshold;        /* 0: not said. */
    float budget_per_100h;  /* 0: not said. */
    int json;
    int no_color;
    int realtime;
    unsigned jobs; /* 0: not said. */
    const char *files_from;
    const char *site_path; /* NULL: not said. */
    const char *out_path;  /* For adapt and replay; NULL: not said. */
    const char *data_dir;  /* For import, as the next two, and for tune; NULL: not said. */
    const char *recordings;
    const char *meta_path;
    const char *rules_path; /* For replay, as the next; NULL: not said. */
    const char *queue;
    const char *transcript_path; /* For replay, as the next two; NULL: not said. */
    const char *words_list_path;
    float words_threshold;
    int audio;                      /* For replay: how the sound is in a report. */
    uint32_t export_mask;           /* Of export/export.h; 0: nothing is exported. */
    const char *baseline_path;      /* For replay; NULL: not said. */
    const char *save_baseline_path; /* Likewise. */
    const char *labels_path;        /* For tune; NULL: not said. */
    const char *save_labels_path;   /* Likewise, as the next. */
    const char *svg_path;
    struct ut__source_config source;
    char **arguments; /* What is no option, in order; `argument_count` of them. */
    int argument_count;
};

struct ut__usage {
    const char *command;  /* "replay" */
    const char *synopsis; /* "[option...] FILE..." */
    const char *about;    /* Lines between synopsis and options. */
    const char *examples; /* Lines after the options. */
    int bit;              /* UT_FOR_... */
};

/*
 * Reads a command's options. Prints help (to stdout) or what is wrong and the remedy (to stderr).
 *
 * argv: reordered, options first. Returns -1 to go on, else the exit status to end with.
 */
int ut__options_read(struct ut__options *opt, const struct ut__usage *usage, int argc,
                     char **argv) UT_MUST_CHECK;

/*
 * Opens the model that the options name and gives the alert rule that they ask for.
 *
 * Returns 0, or an exit status after a message. *bytes receives the memory of a model file, to be
 * freed after the model; NULL for the built-in one.
 */
int ut__options_model(const struct ut__options *opt, struct ut_model **model, void **bytes,
                      struct ut_alert_config *alert) UT_MUST_CHECK;

#endif
