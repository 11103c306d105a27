/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_WALK_H
#define UT_COMMANDS_WALK_H

/* An archive replayed once, as adapt and tune do: each recording into a struct of its own. */

#include <stdatomic.h>

#include "commands/jobs.h"
#include "commands/options.h"
#include "commands/recordings.h"
#include "commands/replay.h"

struct ut__walk {
    const char *command;
    struct ut__replay rp;
    struct ut__options opt;
    struct ut__recordings files;
    struct ut_model *model;
    void *model_bytes;
    /* Of a recording's calls, from its job's thread; arg: its struct, all zero at first. */
    void (*created)(void *arg, struct ut_call *call);
    void (*event)(void *arg, const struct ut_event *ev);
    /* The recording is over. Returns 0 where there was no memory for it. */
    int (*done)(void *arg, enum ut__replay_result result);
    unsigned char *each; /* The structs. */
    size_t each_bytes;
    _Atomic size_t failed, unscored;
};

/** Reads the options. Returns -1 to go on, else the exit status. */
int ut__walk_options(struct ut__walk *w, const struct ut__usage *usage, int argc, char **argv);
/** Reads the model and lists the recordings, of which there must be one; each_bytes: of a struct. Returns 0 or the exit status. */
int ut__walk_open(struct ut__walk *w, size_t each_bytes);
/** Replays all. Returns 0 or the exit status, also when it was interrupted. */
int ut__walk_run(struct ut__walk *w);
void *ut__walk_each(const struct ut__walk *w, size_t index);
void ut__walk_close(struct ut__walk *w);

#endif
