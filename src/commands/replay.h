/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_REPLAY_H
#define UT_COMMANDS_REPLAY_H

/* One recording through a call, from its file to its printed events. */

#include <stdatomic.h>

#include "alert/rules.h"
#include "commands/file_list.h"
#include "commands/kept_baseline.h"
#include "commands/options.h"
#include "commands/replay_words.h"
#include "terminal/print.h"

/* What all files of a run share. */
struct ut__replay {
    const struct ut__options *opt;
    const struct ut_model *model;
    struct ut_alert_config alert;
    struct ut__kept_baseline baseline;    /* Of the only caller, if any. */
    const struct ut__rules *rules;        /* NULL: none. */
    const struct ut__replay_words *words; /* NULL: nobody wrote down what was said. */
    float words_threshold;
    struct ut__print_style style;
    int (*must_stop)(const void *job); /* 1: end the running call early. */
};

enum ut__replay_result {
    UT__REPLAY_SCORED = 0,
    UT__REPLAY_FAILED,   /* The file could not be used; a message was printed. */
    UT__REPLAY_UNKNOWN,  /* Not scored because nobody said where the caller is. */
    UT__REPLAY_ABSTAINED /* Replayed from end to end, and never a score. */
};

/* Counts that grow while the file is replayed; read by the progress line from another thread. */
struct ut__replay_meter {
    _Atomic uint64_t media_ms;
    _Atomic uint64_t bytes; /* Of the files, as an estimate of the work done. */
};

/* Who looks on, call by call. On the file's thread; what is NULL is not called. */
struct ut__replay_watch {
    void *arg;
    int quiet; /* 1: instead of the printer. */
    /* What is known of it. Who asks for this hears the summary of a call without a caller, too, which
       is never created. */
    void (*begun)(void *arg, const struct ut__print_call *call);
    void (*created)(void *arg, struct ut_call *call); /* Before its first sample. */
    void (*event)(void *arg, const struct ut_event *ev);
    /* The call is over, and whole unless it failed or was interrupted. */
    void (*done)(void *arg, enum ut__replay_result result);
};

struct ut__replay_file {
    const char *path;
    const char *id; /* Of the call; a second call in one capture gets ":2", and so on. */
    uint64_t size_bytes;
    const struct ut__file_roles *roles; /* Who is where in this one; NULL: as the options say. */
    const void *job;
    struct ut__print_out out;             /* Not used where `watch` is quiet. */
    struct ut__replay_meter *meter;       /* NULL: nobody counts. */
    const struct ut__replay_watch *watch; /* NULL: events are printed to `out` alone. */
};

/* Any thread; files share nothing but `rp`. */
enum ut__replay_result ut__replay_file(const struct ut__replay *rp,
                                       const struct ut__replay_file *file);

#endif
