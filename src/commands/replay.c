/* SPDX-License-Identifier: MIT */
/* undertone replay: recorded calls, many at a time, as if they were heard live. */

#define _POSIX_C_SOURCE 200809L /* stat, isatty, clock_gettime. */

#include "commands/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/put_file.h"
#include "commands/call_files.h"
#include "commands/call_ids.h"
#include "commands/file_list.h"
#include "commands/jobs.h"
#include "terminal/command.h"
#include "terminal/interrupt.h"
#include "terminal/message.h"
#include "terminal/progress.h"
#include "terminal/rules_file.h"

static const struct ut__usage usage = {
    .command = "replay",
    .synopsis = "[OPTION...] FILE|FOLDER...",
    .about =
        "Replays recorded calls and prints what a supervisor would have seen; of a folder, those "
        "below it.\n"
        "A file - is standard input. A line of --files-from may say behind a tab who is where: "
        "caller=2,\n"
        "agent=1, agent=none, mono-is=caller. Reads WAV (PCM, float, G.711, GSM 06.10, IMA and MS "
        "ADPCM),\n"
        "FLAC, Ogg Vorbis and Opus, MP3, AIFF, AU, headerless .ulaw .alaw .gsm .sln .raw, and "
        "captures with\n"
        "RTP (.pcap).\n",
    .examples =
        "  undertone replay call.wav                         caller on channel 1, agent on 2\n"
        "  undertone replay --mono-is caller leg.wav         the caller alone\n"
        "  undertone replay --json *.wav >events.jsonl       for programs\n"
        "  undertone replay --export vtt,textgrid --out files *.wav   for players, for Praat\n"
        "  undertone replay --rules night.rules calls        with rules of one's own\n"
#ifdef UT_HAVE_TRANSCRIPT
        "  undertone replay --transcript call.vtt call.wav   voice and words together\n"
#endif
        "  undertone replay --raw-encoding alaw --raw-channels 2 call.raw\n",
    .bit = UT__FOR_REPLAY,
};

struct run {
    struct ut__replay rp;
    struct ut__options opt;
    char **paths;
    const struct ut__file_roles *roles; /* [count] */
    const char **ids;
    uint64_t *sizes;
    size_t count;
    struct ut__replay_meter meter;
    struct ut__call_files files;
    _Atomic size_t done, counts[UT__REPLAY_ABSTAINED + 1]; /* By enum ut__replay_result. */
    uint64_t bytes;
    struct timespec began;
};

static int must_stop(const void *job)
{
    return ut__job_must_stop(job);
}

static void run_one(void *ctx, size_t index, struct ut__job *job)
{
    struct run *run = ctx;
    struct ut__call_files_one one = {.all = &run->files, .index = index, .job = job};
    const struct ut__replay_watch watch = ut__call_files_watch(&one);
    const struct ut__replay_file file = {
        .path = run->paths[index],
        .id = run->ids[index],
        .size_bytes = run->sizes[index],
        .roles = &run->roles[index],
        .job = job,
        .out = {.write = ut__job_write, .state = job},
        .meter = &run->meter,
        .watch = run->files.mask ? &watch : NULL,
    };
    enum ut__replay_result result = ut__replay_file(&run->rp, &file);
    atomic_fetch_add(&run->counts[result], 1);
    atomic_fetch_add(&run->done, 1);
}

static void show_progress(void *ctx)
{
    const struct run *run = ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const struct ut__progress p = {
        .files = run->count,
        .files_done = atomic_load(&run->done),
        .files_failed = atomic_load(&run->counts[UT__REPLAY_FAILED]),
        .bytes = run->bytes,
        .bytes_done = atomic_load(&run->meter.bytes),
        .media_s = (double)atomic_load(&run->meter.media_ms) / 1000,
        .elapsed_s = (double)(now.tv_sec - run->began.tv_sec) +
                     (double)(now.tv_nsec - run->began.tv_nsec) * 1e-9,
    };
    ut__progress_show(&p);
}

static int prepare(struct run *run, char **memory)
{
    size_t n = run->count;
    run->ids = calloc(n, sizeof run->ids[0]);
    run->sizes = calloc(n, sizeof run->sizes[0]);
    if (!run->ids || !run->sizes || ut__call_ids(run->ids, memory, run->paths, n) != 0) {
        ut__message(NULL, "out of memory for the names of %zu files", n);
        return UT__EXIT_FAILED;
    }
    for (size_t i = 0; i < n; i++) {
        struct stat st;
        if (stat(run->paths[i], &st) == 0 && S_ISREG(st.st_mode))
            run->sizes[i] = (uint64_t)st.st_size;
        run->bytes += run->sizes[i];
    }
    return 0;
}

/* Says what went wrong with the output itself. */
static int output_failed(int err)
{
    if (err == EPIPE)
        ut__message("standard output",
                    "the reader went away (broken pipe); what it had read stands");
    else if (err == ENOSPC)
        ut__message("standard output",
                    "no space left on the device; free some, or write elsewhere");
    else if (err < 0)
        ut__message(NULL, "no thread could be started; use fewer --jobs");
    else
        ut__message("standard output", "cannot be written: %s", strerror(err));
    return UT__EXIT_FAILED;
}

static int status_of(const struct run *run)
{
    size_t failed = atomic_load(&run->counts[UT__REPLAY_FAILED]);
    size_t unknown = atomic_load(&run->counts[UT__REPLAY_UNKNOWN]);
    size_t scored = atomic_load(&run->counts[UT__REPLAY_SCORED]);
    if (run->count > 1 && failed + unknown > 0)
        ut__message(NULL,
                    "%zu of %zu files failed, %zu were not scored because nobody said where the "
                    "caller is",
                    failed, run->count, unknown);
    if (failed > 0 || (unknown > 0 && scored > 0))
        return UT__EXIT_FAILED;
    return scored > 0 ? UT__EXIT_DONE : UT__EXIT_UNSCORED;
}

/* What comes as it is spoken is told as it is heard. */
static int has_pipe(const struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (strcmp(run->paths[i], "-") == 0)
            return 1;
    return 0;
}

static int run_files(struct run *run)
{
    char *memory = NULL;
    int status = prepare(run, &memory);
    if (status == 0)
        status = ut__call_files_begin(&run->files, &run->opt, run->count);
    if (status == 0) {
        unsigned jobs = run->opt.jobs       ? run->opt.jobs
                        : run->opt.realtime ? 1
                                            : ut__jobs_default_threads();
        clock_gettime(CLOCK_MONOTONIC, &run->began);
        const struct ut__jobs_config cfg = {
            .count = run->count,
            .threads = jobs < run->count ? jobs : (unsigned)run->count,
            .flush = run->opt.realtime || isatty(STDOUT_FILENO) || has_pipe(run),
            .ctx = run,
            .run = run_one,
            .tick = run->count > 1 && isatty(STDERR_FILENO) ? show_progress : NULL,
        };
        int err = ut__jobs_run(&cfg);
        int files = ut__call_files_end(&run->files);
        status = err ? output_failed(err) : files ? files : status_of(run);
        ut__interrupt_finish();
    }
    free(memory);
    free(run->ids);
    free(run->sizes);
    return status;
}

/* A baseline is of one caller: which one, only a single file tells. */
static int prepare_baseline(struct run *run, size_t files, const struct ut_model *model)
{
    const char *from = run->opt.baseline_path, *to = run->opt.save_baseline_path;
    if (files > 1 && (from || to)) {
        ut__message(NULL, "%s is of one caller, and %zu files were given; replay them one by one",
                    from ? "--baseline" : "--save-baseline", files);
        return UT__EXIT_USAGE;
    }
    int err = to ? ut__put_file_check(to) : 0;
    if (err) {
        ut__message(to, "the baseline cannot be written: %s; name another file", strerror(err));
        return UT__EXIT_USAGE;
    }
    return from ? ut__kept_baseline_read(&run->rp.baseline, from, model) : 0;
}

static int read_rules(struct run *run, struct ut__rules **rules)
{
    char why[512];
    if (!run->opt.rules_path ||
        ut__rules_file_read(rules, NULL, run->opt.rules_path, why, sizeof why) == 0) {
        run->rp.rules = *rules;
        return 0;
    }
    ut__message(NULL, "%s", why);
    return UT__EXIT_USAGE;
}

/* A transcript is of one call: which one, only a single file tells. */
static int read_words(struct run *run, struct ut__replay_words **words, size_t files)
{
    if (!run->opt.transcript_path)
        return 0;
    if (files > 1) {
        ut__message(NULL,
                    "--transcript is of one call, and %zu files were given; replay them one by one",
                    files);
        return UT__EXIT_USAGE;
    }
    int status = ut__replay_words_read(words, &run->opt);
    run->rp.words = *words;
    run->rp.words_threshold = run->opt.words_threshold > 0 ? run->opt.words_threshold : .8f;
    return status;
}

static int main_replay(int argc, char **argv)
{
    struct run run = {.count = 0};
    int status = ut__options_read(&run.opt, &usage, argc, argv);
    if (status != -1)
        return status;
    struct ut__file_list list;
    status =
        ut__file_list_read(&list, run.opt.arguments, run.opt.argument_count, run.opt.files_from);
    if (status == 0 && list.files.count == 0) {
        if (run.opt.argument_count == 0)
            ut__message(NULL, "replay needs a file; undertone replay --help tells more");
        status = run.opt.argument_count ? UT__EXIT_UNSCORED : UT__EXIT_USAGE;
    }
    if (status) {
        ut__file_list_free(&list);
        return status;
    }
    struct ut_model *model = NULL;
    void *bytes = NULL;
    status = ut__options_model(&run.opt, &model, &bytes, &run.rp.alert);
    if (status == 0)
        status = prepare_baseline(&run, list.files.count, model);
    struct ut__rules *rules = NULL;
    if (status == 0)
        status = read_rules(&run, &rules);
    struct ut__replay_words *words = NULL;
    if (status == 0)
        status = read_words(&run, &words, list.files.count);
    if (status == 0) {
        run.paths = list.files.path;
        run.roles = list.roles;
        run.count = list.files.count;
        run.rp.opt = &run.opt;
        run.rp.model = model;
        run.rp.style = ut__print_style_of_stdout(run.opt.json, run.opt.no_color);
        run.rp.must_stop = must_stop;
        ut__interrupt_watch();
        status = run_files(&run);
    }
    ut_model_destroy(model);
    free(bytes);
    free(rules);
    ut__replay_words_free(words);
    ut__file_list_free(&list);
    return status;
}

const struct ut__command ut__command_replay = {
    .name = "replay",
    .summary = "print what a supervisor would have seen of recorded calls",
    .run = main_replay};
