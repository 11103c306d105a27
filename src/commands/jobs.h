/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_JOBS_H
#define UT_COMMANDS_JOBS_H

/*
 * Many files at a time, their output in the order of the files:
 *
 *     next file -> thread -> its own text -> (its turn) -> standard output
 *
 * The bytes do not depend on how many threads there are. The first unfinished file writes straight
 * through; the others keep their text, at most UT__JOB_TEXT_MAX each, and wait for their turn when
 * it grows beyond that, so that memory is bounded whatever the files hold.
 */

#include <stddef.h>

#include <undertone/error.h>

enum { UT__JOB_TEXT_MAX = 4 << 20 /* Bytes. */ };

struct ut__job;

struct ut__jobs_config {
    size_t count;     /* Jobs, numbered from 0. */
    unsigned threads; /* 1..UT__JOBS_MAX */
    int flush;        /* 1: each line goes out at once, for terminals and live speed. */
    void *ctx;
    /* Does one job on one of the threads. Failures are the job's own to tell. */
    void (*run)(void *ctx, size_t index, struct ut__job *job);
    /* On the calling thread, four times a second while jobs run; NULL: nothing. */
    void (*tick)(void *ctx);
};

/*
 * Runs the jobs and returns when all are done, or when output failed or an interrupt came and the
 * running ones have ended.
 *
 * Returns 0; UT_ENOMEM when no thread could be had; otherwise the errno (> 0) of a write to
 * standard output that failed.
 */
int ut__jobs_run(const struct ut__jobs_config *cfg) UT_MUST_CHECK;

/* Adds to a job's text. `state` is a struct ut__job: the type of ut__print_out. Its thread alone.
 */
void ut__job_write(void *state, const char *bytes, size_t n);

/* 1 when the job shall end early: an interrupt, or nobody takes the output. Any thread. */
int ut__job_must_stop(const struct ut__job *job);

/* The online cores. */
unsigned ut__jobs_default_threads(void);

#endif
