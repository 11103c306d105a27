/* SPDX-License-Identifier: MIT */
/*
 * undertone score: one score for each utterance of a manifest, for evaluation.
 *
 *     manifest -> one job a speaker: baseline, then each utterance -> CSV in the manifest's order
 */

#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/fixed.h"
#include "commands/jobs.h"
#include "commands/manifest.h"
#include "commands/utterance.h"
#include "terminal/command.h"
#include "terminal/interrupt.h"
#include "terminal/message.h"
#include "terminal/progress.h"

static const struct ut__usage usage = {
    .command = "score",
    .synopsis = "[OPTION...] MANIFEST.csv",
    .about = "Scores utterances one by one. The manifest is CSV with the columns "
             "path,speaker,baseline and\n"
             "any others; paths are relative to its folder. Lines with baseline=1 enrol the "
             "speaker's calm\n"
             "voice and are not scored; every other line is scored by itself against its speaker's "
             "baseline,\n"
             "or without one. Prints the columns as they came and "
             "stress,arousal,valence,speech_s,abstain;\n"
             "where abstain is 1 there is no score.\n",
    .bit = UT__FOR_SCORE,
};

enum { PATH_BYTES = 4096 };

struct scoring {
    struct ut__options opt;
    struct ut__manifest manifest;
    struct ut_model *model;
    const char *folder; /* Of the manifest, with its slash; "" for the working directory. */
    int folder_len;
    struct ut_utterance *results; /* [rows] */
    uint8_t *done;                /* [rows], 1: the result holds or the file failed. */
    size_t *first_row, *next_row; /* Rows of a speaker, chained; SIZE_MAX ends. */
    _Atomic size_t failed, scored, heard;
    uint64_t *sizes, bytes; /* [rows] of the files, for the progress line; NULL: nobody looks. */
    _Atomic uint64_t bytes_heard, media_ms;
    struct timespec began;
};

static int full_path(char *path, const struct scoring *s, const char *name)
{
    int n = name[0] == '/' ? snprintf(path, PATH_BYTES, "%s", name)
                           : snprintf(path, PATH_BYTES, "%.*s%s", s->folder_len, s->folder, name);
    return n > 0 && n < PATH_BYTES ? 0 : UT_ETOOBIG;
}

/* One row of a speaker: enrols it or scores it. */
static void hear_row(struct scoring *s, struct ut__voice *speaker, size_t r)
{
    const struct ut__manifest_row *row = &s->manifest.rows[r];
    char path[PATH_BYTES];
    double before_s = speaker->media_s;
    s->results[r].why = UT_WHY_SPEECH;
    int err = full_path(path, s, row->path);
    if (err)
        ut__message(row->path, "the path is too long");
    else
        err = row->baseline ? ut__voice_enrol(speaker, path)
                            : ut__voice_score(speaker, path, &s->results[r]);
    if (err)
        atomic_fetch_add(&s->failed, 1);
    else if (!row->baseline && s->results[r].why == UT_WHY_NONE)
        atomic_fetch_add(&s->scored, 1);
    s->done[r] = 1;
    atomic_fetch_add(&s->heard, 1);
    atomic_fetch_add(&s->media_ms, (uint64_t)((speaker->media_s - before_s) * 1000));
    if (s->sizes)
        atomic_fetch_add(&s->bytes_heard, s->sizes[r]);
}

/* One speaker: the baseline first, then the other rows, in the order of the file. */
static void hear_speaker(void *ctx, size_t index, struct ut__job *job)
{
    struct scoring *s = ctx;
    struct ut__voice speaker = {.model = s->model, .opt = &s->opt};
    for (int baseline = 1; baseline >= 0; baseline--)
        for (size_t r = s->first_row[index]; r != SIZE_MAX && !ut__job_must_stop(job);
             r = s->next_row[r])
            if (s->manifest.rows[r].baseline == baseline)
                hear_row(s, &speaker, r);
    ut__voice_end(&speaker);
}

static void put_field(const char *field)
{
    size_t need = ut__csv_field(NULL, 0, field);
    char *text = malloc(need + 1);
    if (!text)
        return;
    ut__csv_field(text, need + 1, field);
    fputs(text, stdout);
    putchar(',');
    free(text);
}

static void put_number(float value, int decimals)
{
    char text[UT__FIXED_MAX];
    ut__fixed(text, (double)value, decimals);
    fputs(text, stdout);
}

static void print_row(const struct scoring *s, size_t r)
{
    const struct ut_utterance *u = &s->results[r];
    int abstain = u->why != UT_WHY_NONE;
    const float values[] = {u->stress, u->arousal, u->valence};
    for (size_t c = 0; c < s->manifest.columns; c++)
        put_field(s->manifest.rows[r].fields[c]);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (!abstain)
            put_number(values[i], 4);
        putchar(',');
    }
    put_number(u->speech_s, 2);
    puts(abstain ? ",1" : ",0");
}

static void print_all(const struct scoring *s)
{
    for (size_t c = 0; c < s->manifest.columns; c++)
        put_field(s->manifest.header[c]);
    puts("stress,arousal,valence,speech_s,abstain");
    for (size_t r = 0; r < s->manifest.count && !ferror(stdout); r++)
        if (s->done[r] && !s->manifest.rows[r].baseline)
            print_row(s, r);
}

static int chain_rows(struct scoring *s)
{
    const struct ut__manifest *m = &s->manifest;
    s->results = calloc(m->count + 1, sizeof s->results[0]);
    s->done = calloc(m->count + 1, sizeof s->done[0]);
    s->first_row = malloc((m->speakers + 1) * sizeof s->first_row[0]);
    s->next_row = malloc((m->count + 1) * sizeof s->next_row[0]);
    if (!s->results || !s->done || !s->first_row || !s->next_row)
        return UT_ENOMEM;
    for (size_t i = 0; i < m->speakers; i++)
        s->first_row[i] = SIZE_MAX;
    /* From the end, so that the chain runs in the order of the file. */
    for (size_t i = m->count; i-- > 0;) {
        s->next_row[i] = s->first_row[m->rows[i].speaker];
        s->first_row[m->rows[i].speaker] = i;
    }
    return 0;
}

/* How much there is to hear. A file that is not there is told when its turn comes. */
static void weigh(struct scoring *s)
{
    char path[PATH_BYTES];
    struct stat st;
    clock_gettime(CLOCK_MONOTONIC, &s->began);
    s->sizes = calloc(s->manifest.count, sizeof s->sizes[0]);
    for (size_t r = 0; s->sizes && r < s->manifest.count; r++) {
        if (full_path(path, s, s->manifest.rows[r].path) == 0 && stat(path, &st) == 0)
            s->sizes[r] = (uint64_t)st.st_size;
        s->bytes += s->sizes[r];
    }
}

static void show_progress(void *ctx)
{
    const struct scoring *s = ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const struct ut__progress p = {
        .files = s->manifest.count,
        .files_done = atomic_load(&s->heard),
        .files_failed = atomic_load(&s->failed),
        .bytes = s->bytes,
        .bytes_done = atomic_load(&s->bytes_heard),
        .media_s = (double)atomic_load(&s->media_ms) / 1000,
        .elapsed_s = (double)(now.tv_sec - s->began.tv_sec) +
                     (double)(now.tv_nsec - s->began.tv_nsec) * 1e-9,
    };
    ut__progress_show(&p);
}

static int run_manifest(struct scoring *s)
{
    int watched = s->manifest.count > 1 && isatty(STDERR_FILENO);
    if (watched)
        weigh(s);
    size_t speakers = s->manifest.speakers;
    unsigned jobs = s->opt.jobs ? s->opt.jobs : ut__jobs_default_threads();
    const struct ut__jobs_config cfg = {
        .count = speakers,
        .threads = jobs < speakers ? jobs
                   : speakers      ? (unsigned)speakers
                                   : 1,
        .ctx = s,
        .run = hear_speaker,
        .tick = watched ? show_progress : NULL,
    };
    int err = chain_rows(s);
    if (!err)
        err = ut__jobs_run(&cfg);
    if (err) {
        ut__message(NULL, "the utterances cannot be scored: %s",
                    err > 0 ? strerror(err) : ut_strerror(err));
        return UT__EXIT_FAILED;
    }
    print_all(s);
    if (fflush(stdout) != 0) {
        ut__message("standard output", "cannot be written: %s", strerror(errno));
        return UT__EXIT_FAILED;
    }
    ut__interrupt_finish();
    if (atomic_load(&s->failed)) {
        ut__message(NULL, "%zu files failed; their lines have no score", atomic_load(&s->failed));
        return UT__EXIT_FAILED;
    }
    return atomic_load(&s->scored) ? UT__EXIT_DONE : UT__EXIT_UNSCORED;
}

static int main_score(int argc, char **argv)
{
    struct scoring s = {.model = NULL};
    int status = ut__options_read(&s.opt, &usage, argc, argv);
    if (status != -1)
        return status;
    if (s.opt.argument_count != 1) {
        ut__message(NULL, "score takes one manifest; undertone score --help tells more");
        return UT__EXIT_USAGE;
    }
    const char *path = s.opt.arguments[0], *slash = strrchr(path, '/');
    s.folder = path;
    s.folder_len = slash ? (int)(slash + 1 - path) : 0;
    void *bytes = NULL;
    struct ut_alert_config alert;
    status = ut__manifest_read(&s.manifest, path);
    if (status == 0)
        status = ut__options_model(&s.opt, &s.model, &bytes, &alert);
    if (status == 0) {
        ut__interrupt_watch();
        status = run_manifest(&s);
    }
    ut_model_destroy(s.model);
    free(bytes);
    free(s.results);
    free(s.done);
    free(s.sizes);
    free(s.first_row);
    free(s.next_row);
    ut__manifest_free(&s.manifest);
    return status;
}

const struct ut__command ut__command_score = {
    .name = "score", .summary = "score utterances one by one, for evaluation", .run = main_score};
