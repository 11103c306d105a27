/* SPDX-License-Identifier: MIT */
/* An archive replayed once: options, model, list, and a job for each recording. */

#define _POSIX_C_SOURCE 200809L

#include "commands/walk.h"

#include <stdlib.h>

#include "terminal/command.h"
#include "terminal/interrupt.h"
#include "terminal/message.h"

static int must_stop(const void *job)
{
    return ut__job_must_stop(job);
}

void *ut__walk_each(const struct ut__walk *w, size_t index)
{
    return w->each + index * w->each_bytes;
}

static void run_one(void *ctx, size_t index, struct ut__job *job)
{
    struct ut__walk *w = ctx;
    void *each = ut__walk_each(w, index);
    const struct ut__replay_watch watch = {
        .arg = each, .quiet = 1, .created = w->created, .event = w->event};
    const struct ut__replay_file file = {
        .path = w->files.path[index],
        .id = w->command,
        .job = job,
        .watch = &watch,
    };
    enum ut__replay_result result = ut__replay_file(&w->rp, &file);
    if (result == UT__REPLAY_FAILED || !w->done(each, result))
        atomic_fetch_add(&w->failed, 1);
    if (result != UT__REPLAY_SCORED)
        atomic_fetch_add(&w->unscored, 1);
}

int ut__walk_options(struct ut__walk *w, const struct ut__usage *usage, int argc, char **argv)
{
    w->command = usage->command;
    return ut__options_read(&w->opt, usage, argc, argv);
}

int ut__walk_open(struct ut__walk *w, size_t each_bytes)
{
    if (w->opt.argument_count == 0) {
        ut__message(NULL, "%s needs a folder of recordings; undertone %s --help tells more",
                    w->command, w->command);
        return UT__EXIT_USAGE;
    }
    int status = ut__options_model(&w->opt, &w->model, &w->model_bytes, &w->rp.alert);
    if (status == 0)
        status = ut__recordings_list(&w->files, &w->opt);
    if (status)
        return status;
    w->each_bytes = each_bytes;
    w->each = calloc(w->files.count, each_bytes);
    w->rp.opt = &w->opt;
    w->rp.model = w->model;
    w->rp.style.json = 1;
    w->rp.must_stop = must_stop;
    return w->each ? 0 : UT__EXIT_FAILED;
}

int ut__walk_run(struct ut__walk *w)
{
    unsigned jobs = w->opt.jobs ? w->opt.jobs : ut__jobs_default_threads();
    const struct ut__jobs_config cfg = {
        .count = w->files.count,
        .threads = jobs < w->files.count ? jobs : (unsigned)w->files.count,
        .ctx = w,
        .run = run_one,
    };
    ut__interrupt_watch();
    int err = ut__jobs_run(&cfg);
    if (err)
        ut__message(NULL, "no thread could be started; use fewer --jobs");
    return err || ut__interrupted() ? UT__EXIT_FAILED : 0;
}

void ut__walk_close(struct ut__walk *w)
{
    ut__interrupt_finish();
    free(w->each);
    ut__recordings_free(&w->files);
    ut_model_destroy(w->model);
    free(w->model_bytes);
}
