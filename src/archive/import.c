/* SPDX-License-Identifier: MIT */
/*
 * undertone import: recordings into the record, once each.
 *
 *     paths -> known? -> [bytes known? -> replay -> events -> one transaction] on every core
 *       --meta ----------------------------------------^
 */

#define _POSIX_C_SOURCE 200809L /* stat, realpath, clock_gettime. */
#define _DEFAULT_SOURCE

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/meta.h"
#include "base/clock.h"
#include "base/grow.h"
#include "base/link.h"
#include "commands/call_ids.h"
#include "commands/jobs.h"
#include "commands/recordings.h"
#include "commands/replay.h"
#include "store/import.h"
#include "terminal/command.h"
#include "terminal/interrupt.h"
#include "terminal/message.h"
#include "terminal/progress.h"

enum { LINK_BYTES = 4096, TAGS_MAX = 64 };
#define STRICTEST_PER_100H 1e-3F /* False alerts: beyond the strict end of a model's table. */

static const struct ut__usage usage = {
    .command = "import",
    .synopsis = "--data DIR [OPTION...] FOLDER|FILE...",
    .about =
        "Replays recorded calls into the record, so that history, outcome, thresholds and reports "
        "know\n"
        "them, too; a daemon may be using it. A recording is taken in once, however often this "
        "runs:\n"
        "it is known by its bytes, under another name as well. A run that was cut short goes on "
        "where\n"
        "it was. Imported calls have the source `import`, and their alerts are told to nobody.\n\n"
        "--meta is a CSV with the column `file`, the end of a recording's path. `call`, `queue`,\n"
        "`agent`, `caller` and `start` (2026-11-30T09:15:00+01:00, or seconds since 1970) go where "
        "live\n"
        "calls have them, a caller's number as a keyed hash. Every other column is a tag of the "
        "call:\n"
        "direction, disposition, survey. Without a row a call is named after its file, and has "
        "begun\n"
        "where its length before the file's time is. Names of files are kept: give calls with a\n"
        "caller's number in the file's name another place.\n\n"
        "Alerts follow the thresholds that supervisors have set by queue, unless --threshold or\n"
        "--budget says otherwise. Recordings older than the record keeps calls (serve --retain) "
        "stay out.\n",
    .examples =
        "  undertone import --data /var/lib/undertone --meta calls.csv /srv/recordings\n"
        "  undertone import --data rec --recordings 'https://pbx.example/rec/{date}/{name}' "
        "/srv/recordings\n",
    .bit = UT__FOR_IMPORT,
};

struct run {
    struct ut__replay rp;
    struct ut__options opt;
    struct ut__recordings files;
    struct ut__meta meta;
    struct ut__import *imp;
    const char **ids;
    size_t *todo; /* [todos] indices of files. */
    size_t todos;
    int64_t oldest_ms; /* Calls before it would be erased at once. */
    struct ut__replay_meter meter;
    uint64_t bytes;
    int64_t began_us;
    atomic_int stop; /* The record takes nothing any more. */
    size_t old;
    _Atomic size_t done, failed, known, moved, erased, calls, unscored, alerts;
};

/* What one file gives. */
struct recording {
    struct run *run;
    const struct ut__job *job;
    struct ut__import_call *call; /* [calls] */
    size_t calls;
    size_t room; /* Events of the last call. */
    int no_memory;
};

static int must_stop(const void *arg)
{
    const struct recording *rec = arg;
    return ut__job_must_stop(rec->job) || atomic_load(&rec->run->stop);
}

static void begun(void *arg, const struct ut__print_call *call)
{
    struct recording *rec = arg;
    struct ut__import_call *more = realloc(rec->call, (rec->calls + 1) * sizeof more[0]);
    if (!more) {
        rec->no_memory = 1;
        return;
    }
    rec->call = more;
    struct ut__import_call *last = &more[rec->calls++];
    *last = (struct ut__import_call){.events = 0};
    snprintf(last->info.id, sizeof last->info.id, "%s", call->id);
    last->info.has_agent = call->agent_channel != 0;
    rec->room = 0;
}

static void event(void *arg, const struct ut_event *ev)
{
    struct recording *rec = arg;
    if (rec->no_memory)
        return;
    struct ut__import_call *call = &rec->call[rec->calls - 1];
    struct ut_event *more = ut__grow(call->event, call->events, &rec->room, sizeof more[0]);
    if (!more) {
        rec->no_memory = 1;
        return;
    }
    call->event = more;
    call->event[call->events++] = *ev;
    if (ev->type != UT_EVENT_SUMMARY)
        return;
    call->duration_s = ev->u.summary.duration_s;
    call->scored = ev->u.summary.scored;
    call->alerts = ev->u.summary.alerts;
}

/* ---- one file ---- */

/* The threshold that supervisors have set for the queue, as the daemon takes it. */
static void set_threshold(struct ut__replay *rp, const struct run *run, const char *queue)
{
    float threshold, budget;
    if (run->opt.threshold > 0 || run->opt.budget_per_100h > 0)
        return;
    ut__import_threshold(run->imp, queue, &threshold, &budget);
    if (threshold > ut_model_evidence_max(rp->model))
        budget = STRICTEST_PER_100H;
    else if (threshold > 0)
        rp->alert.threshold = threshold;
    if (budget > 0 && rp->alert.threshold != threshold)
        rp->alert.threshold = ut_model_threshold(rp->model, budget);
}

static size_t list_tags(struct ut__import_tag tag[TAGS_MAX], const struct run *run,
                        const struct ut__meta_row *row)
{
    size_t n = 0;
    for (size_t i = 0; row && i < run->meta.columns && n < TAGS_MAX; i++)
        if (run->meta.is_tag[i] && row->fields[i][0])
            tag[n++] = (struct ut__import_tag){run->meta.header[i], row->fields[i]};
    return n;
}

/* What the table says of a call, and the file's time where it says nothing. */
static void fill_call(struct ut__import_call *call, const struct ut__meta_row *row,
                      const struct ut__import_file *file)
{
    int64_t start_ms = row && row->start_ms >= 0
                           ? row->start_ms
                           : file->mtime_ms - (int64_t)(call->duration_s * 1000);
    call->info.started_ms = start_ms > 0 ? start_ms : 0;
    if (!row)
        return;
    snprintf(call->info.queue, sizeof call->info.queue, "%s", row->queue);
    snprintf(call->info.agent, sizeof call->info.agent, "%s", row->agent);
    snprintf(call->info.caller, sizeof call->info.caller, "%s", row->caller);
}

static int fill_link(struct ut__import_file *file, char link[LINK_BYTES], const struct run *run,
                     const struct ut__import_call *call)
{
    const struct ut__link what = {.path = file->path,
                                  .call = call->info.id,
                                  .queue = call->info.queue,
                                  .agent = call->info.agent,
                                  .started_ms = call->info.started_ms};
    if (!run->opt.recordings)
        return 0;
    file->link = link;
    return ut__link_write(link, LINK_BYTES, run->opt.recordings, &what);
}

static void drop_calls(struct recording *rec)
{
    for (size_t i = 0; i < rec->calls; i++)
        free(rec->call[i].event);
    free(rec->call);
    rec->call = NULL;
    rec->calls = 0;
}

/* The file was heard to its end: its calls go in. */
static int put(struct recording *rec, struct ut__import_file *file, const struct ut__meta_row *row)
{
    struct run *run = rec->run;
    struct ut__import_tag tag[TAGS_MAX];
    struct ut__problem problem = {0};
    char link[LINK_BYTES];
    size_t tags = list_tags(tag, run, row);
    for (size_t i = 0; i < rec->calls; i++) {
        fill_call(&rec->call[i], row, file);
        rec->call[i].tag = tag;
        rec->call[i].tags = tags;
    }
    if (rec->calls && fill_link(file, link, run, &rec->call[0]) != 0) {
        file->link = NULL;
        ut__message(file->path, "the link of --recordings is too long for it");
        return UT_EINVAL;
    }
    int err = ut__import_put(run->imp, file, rec->call, rec->calls, row && row->call[0], &problem);
    file->link = NULL; /* It lay here. */
    if (err == 1) {    /* Another thread was faster with the same bytes. */
        atomic_fetch_add(&run->known, 1);
        drop_calls(rec);
    }
    if (err >= 0)
        return 0;
    if (err == UT_EIO && atomic_exchange(&run->stop, 1))
        return err; /* Told by another thread. */
    ut__message(file->path, "not imported: %s %s", problem.message, problem.remedy);
    return err;
}

static void count_in(struct run *run, const struct recording *rec)
{
    atomic_fetch_add(&run->calls, rec->calls);
    for (size_t i = 0; i < rec->calls; i++) {
        atomic_fetch_add(&run->unscored, !rec->call[i].scored);
        atomic_fetch_add(&run->alerts, rec->call[i].alerts);
    }
}

static void hear(struct recording *rec, struct ut__import_file *file, size_t index)
{
    struct run *run = rec->run;
    const struct ut__meta_row *row = ut__meta_find(&run->meta, file->path);
    const struct ut__replay_watch watch = {.arg = rec, .quiet = 1, .begun = begun, .event = event};
    const struct ut__replay_file what = {
        .path = run->files.path[index],
        .id = row && row->call[0] ? row->call : run->ids[index],
        .size_bytes = (uint64_t)file->size,
        .job = rec,
        .meter = &run->meter,
        .watch = &watch,
    };
    struct ut__replay rp = run->rp;
    set_threshold(&rp, run, row ? row->queue : "");
    enum ut__replay_result result = ut__replay_file(&rp, &what);
    if (must_stop(rec))
        return;
    if (rec->no_memory)
        ut__message(file->path, "there is no memory for its events; use fewer --jobs");
    if (result == UT__REPLAY_FAILED || rec->no_memory || put(rec, file, row) != 0)
        atomic_fetch_add(&run->failed, 1);
    else
        count_in(run, rec);
}

static int is_known(struct run *run, enum ut__import_state state)
{
    atomic_fetch_add(&run->known, state == UT__IMPORT_KNOWN);
    atomic_fetch_add(&run->moved, state == UT__IMPORT_MOVED);
    atomic_fetch_add(&run->erased, state == UT__IMPORT_ERASED);
    return state != UT__IMPORT_NEW;
}

/* The path, size and time of a file as the record keeps them. Returns 0 or an errno. */
static int describe(struct ut__import_file *file, char **memory, const char *path)
{
    struct stat st;
    *memory = realpath(path, NULL);
    if (!*memory || stat(path, &st) != 0)
        return errno;
    *file = (struct ut__import_file){.path = *memory,
                                     .size = st.st_size,
                                     .mtime_ms = (int64_t)st.st_mtim.tv_sec * 1000 +
                                                 st.st_mtim.tv_nsec / 1000000};
    return 0;
}

static void run_one(void *ctx, size_t todo, struct ut__job *job)
{
    struct run *run = ctx;
    size_t index = run->todo[todo];
    struct recording rec = {.run = run, .job = job};
    struct ut__import_file file;
    char *path = NULL;
    int err = describe(&file, &path, run->files.path[index]);
    if (!err)
        err = ut__import_hash(&file, file.path);
    if (err) {
        ut__message(run->files.path[index], "cannot be read: %s", strerror(err));
        atomic_fetch_add(&run->failed, 1);
    } else if (!is_known(run, ut__import_find(run->imp, &file))) {
        hear(&rec, &file, index);
    }
    drop_calls(&rec);
    free(path);
    atomic_fetch_add(&run->done, !must_stop(&rec));
}

/* ---- the run ---- */

static void show_progress(void *ctx)
{
    const struct run *run = ctx;
    const struct ut__progress p = {
        .files = run->todos,
        .files_done = atomic_load(&run->done),
        .files_failed = atomic_load(&run->failed),
        .bytes = run->bytes,
        .bytes_done = atomic_load(&run->meter.bytes),
        .media_s = (double)atomic_load(&run->meter.media_ms) / 1000,
        .elapsed_s = (double)(ut__clock_mono_us() - run->began_us) * 1e-6,
    };
    ut__progress_show(&p);
}

/* Leaves out what is known without reading it, and what would be erased at once. */
static int choose(struct run *run)
{
    run->todo = calloc(run->files.count, sizeof run->todo[0]);
    if (!run->todo)
        return UT__EXIT_FAILED;
    for (size_t i = 0; i < run->files.count; i++) {
        struct ut__import_file file;
        char *path = NULL;
        int err = describe(&file, &path, run->files.path[i]), skip = 0;
        if (!err) {
            struct ut__meta_row *row = ut__meta_find(&run->meta, file.path);
            int64_t ms = row && row->start_ms >= 0 ? row->start_ms : file.mtime_ms;
            if (row)
                row->used = 1;
            skip = is_known(run, ut__import_look(run->imp, &file));
            if (!skip && ms < run->oldest_ms)
                skip = (run->old++, 1);
            run->bytes += skip ? 0 : (uint64_t)file.size;
        }
        free(path);
        if (!skip)
            run->todo[run->todos++] = i;
    }
    return 0;
}

/* Rows without a recording: the files may have moved since. */
static void tell_unused(const struct run *run)
{
    size_t unused = 0;
    const char *one = "";
    for (size_t i = 0; i < run->meta.count; i++)
        if (!run->meta.row[i].used) {
            unused++;
            one = run->meta.row[i].file;
        }
    if (unused)
        ut__message(run->opt.meta_path,
                    "%zu of %zu rows name recordings that are not there, such as %s; name the "
                    "folder that they are in now",
                    unused, run->meta.count, one);
}

static int tell(const struct run *run)
{
    size_t known = atomic_load(&run->known) + atomic_load(&run->moved);
    size_t failed = atomic_load(&run->failed), erased = atomic_load(&run->erased);
    tell_unused(run);
    if (run->old)
        ut__message(NULL,
                    "%zu recordings are older than the record keeps calls, and stay out: serve "
                    "--retain says how long",
                    run->old);
    printf("%zu calls imported, %.1f hours, %zu alerts, %zu without a score\n",
           atomic_load(&run->calls), (double)atomic_load(&run->meter.media_ms) / 3.6e6,
           atomic_load(&run->alerts), atomic_load(&run->unscored));
    if (known)
        printf("recordings on record already: %zu, moved since: %zu\n", known,
               atomic_load(&run->moved));
    if (erased)
        printf("recordings that stay out, their calls were erased: %zu\n", erased);
    if (failed)
        printf("recordings that failed: %zu\n", failed);
    size_t left = run->todos - atomic_load(&run->done);
    if (left)
        printf("not finished: %zu of %zu recordings are left; run this again to go on\n", left,
               run->todos);
    return failed || atomic_load(&run->stop) ? UT__EXIT_FAILED : UT__EXIT_DONE;
}

static int run_files(struct run *run)
{
    unsigned jobs = run->opt.jobs ? run->opt.jobs : ut__jobs_default_threads();
    int status = choose(run);
    run->began_us = ut__clock_mono_us();
    const struct ut__jobs_config cfg = {
        .count = run->todos,
        .threads = jobs < run->todos ? jobs : (unsigned)run->todos,
        .ctx = run,
        .run = run_one,
        .tick = isatty(STDERR_FILENO) ? show_progress : NULL,
    };
    if (!status && run->todos && ut__jobs_run(&cfg) < 0) {
        ut__message(NULL, "no thread could be started; use fewer --jobs");
        return UT__EXIT_FAILED;
    }
    ut__progress_hide();
    return status ? status : tell(run);
}

static int check(const struct run *run)
{
    char link[LINK_BYTES];
    const struct ut__link any = {.path = "", .call = "", .queue = "", .agent = ""};
    if (!run->opt.data_dir || run->opt.argument_count == 0) {
        ut__message(NULL,
                    "import needs --data DIR and recordings; undertone import --help tells more");
        return UT__EXIT_USAGE;
    }
    if (run->opt.recordings && ut__link_write(link, sizeof link, run->opt.recordings, &any) != 0) {
        ut__message("--recordings",
                    "takes {path} {name} {call} {queue} {agent} {date} alone in braces");
        return UT__EXIT_USAGE;
    }
    return 0;
}

static int open_record(struct run *run, char **memory)
{
    struct ut__problem problem = {0};
    if (ut__import_open(&run->imp, run->opt.data_dir, &problem) != 0) {
        ut__message(NULL, "%s %s", problem.message, problem.remedy);
        return UT__EXIT_FAILED;
    }
    int64_t days = ut__import_retain_days(run->imp);
    run->oldest_ms = days ? ut__wall_ms() - days * 86400000 : INT64_MIN;
    run->ids = calloc(run->files.count, sizeof run->ids[0]);
    if (run->ids && ut__call_ids(run->ids, memory, run->files.path, run->files.count) == 0)
        return 0;
    ut__message(NULL, "out of memory for the names of %zu files", run->files.count);
    return UT__EXIT_FAILED;
}

static int main_import(int argc, char **argv)
{
    struct run run = {.todos = 0};
    int status = ut__options_read(&run.opt, &usage, argc, argv);
    if (status != -1)
        return status;
    struct ut_model *model = NULL;
    void *bytes = NULL;
    char *memory = NULL;
    status = check(&run);
    if (status == 0)
        status = ut__options_model(&run.opt, &model, &bytes, &run.rp.alert);
    if (status == 0 && run.opt.meta_path)
        status = ut__meta_read(&run.meta, run.opt.meta_path);
    if (status == 0)
        status = ut__recordings_list(&run.files, &run.opt);
    if (status == 0)
        status = open_record(&run, &memory);
    if (status == 0) {
        run.rp.opt = &run.opt;
        run.rp.model = model;
        run.rp.style.json = 1;
        run.rp.must_stop = must_stop;
        ut__interrupt_watch();
        status = run_files(&run);
    }
    ut__import_close(run.imp);
    fflush(stdout);
    ut__interrupt_finish();
    free(run.ids);
    free(memory);
    free(run.todo);
    ut__recordings_free(&run.files);
    ut__meta_free(&run.meta);
    ut_model_destroy(model);
    free(bytes);
    return status;
}

const struct ut__command ut__command_import = {
    .name = "import", .summary = "take recorded calls into the record", .run = main_import};
