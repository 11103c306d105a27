/* SPDX-License-Identifier: MIT */
/*
 * undertone score: one score for each utterance of a manifest, for evaluation.
 *
 *     manifest -> speakers' baselines (one job a speaker) -> scores (one job a line) -> CSV
 */

#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/csv.h"
#include "app/interrupt.h"
#include "app/jobs.h"
#include "app/manifest.h"
#include "app/message.h"
#include "app/utterance.h"
#include "base/fixed.h"

static const struct ut_usage usage = {
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
    .bit = UT_FOR_SCORE,
};

enum { PATH_BYTES = 4096 };

struct scoring {
    struct ut_options opt;
    struct ut_manifest manifest;
    struct ut_model *model;
    const char *folder; /* Of the manifest, with its slash; "" for the working directory. */
    int folder_len;
    struct ut_baseline *baselines; /* [speakers] */
    size_t *first_row, *next_row;  /* Baseline rows of a speaker, chained; SIZE_MAX ends. */
    _Atomic size_t failed, scored;
};

static int full_path(char *path, const struct scoring *s, const char *name)
{
    int n = name[0] == '/' ? snprintf(path, PATH_BYTES, "%s", name)
                           : snprintf(path, PATH_BYTES, "%.*s%s", s->folder_len, s->folder, name);
    if (n > 0 && n < PATH_BYTES)
        return 0;
    ut_message(name, "the path is too long");
    return UT_ETOOBIG;
}

/* One speaker: enrols the baseline rows. */
static void enrol(void *ctx, size_t speaker, struct ut_job *job)
{
    (void)job;
    struct scoring *s = ctx;
    size_t n = 0;
    for (size_t r = s->first_row[speaker]; r != SIZE_MAX; r = s->next_row[r])
        n++;
    if (n == 0)
        return;
    char(*paths)[PATH_BYTES] = malloc(n * sizeof paths[0]);
    const char **names = malloc(n * sizeof names[0]);
    int err = paths && names ? 0 : UT_ENOMEM;
    size_t i = 0;
    for (size_t r = s->first_row[speaker]; !err && r != SIZE_MAX; r = s->next_row[r], i++) {
        names[i] = paths[i];
        err = full_path(paths[i], s, s->manifest.rows[r].path);
    }
    if (!err)
        err = ut_utterance_enrol(&s->baselines[speaker], s->model, &s->opt, names, n);
    if (err)
        atomic_fetch_add(&s->failed, 1);
    free(paths);
    free(names);
}

static void write_field(struct ut_job *job, const char *field, const char *separator)
{
    size_t need = ut_csv_field(NULL, 0, field);
    char *text = malloc(need + 1);
    if (!text)
        return;
    ut_csv_field(text, need + 1, field);
    ut_job_write(job, text, need);
    ut_job_write(job, separator, 1);
    free(text);
}

static void write_score(struct ut_job *job, const struct ut_utterance_score *score)
{
    char line[4 * UT__FIXED_MAX + 16];
    size_t n = 0;
    const float values[] = {score->stress, score->arousal, score->valence};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (!score->abstain)
            n += ut__fixed(line + n, (double)values[i], 4);
        line[n++] = ',';
    }
    n += ut__fixed(line + n, (double)score->speech_s, 2);
    line[n++] = ',';
    line[n++] = score->abstain ? '1' : '0';
    line[n++] = '\n';
    ut_job_write(job, line, n);
}

/* One row: scores it unless it is a baseline. */
static void score_row(void *ctx, size_t index, struct ut_job *job)
{
    struct scoring *s = ctx;
    const struct ut_manifest_row *row = &s->manifest.rows[index];
    if (row->baseline || ut_job_must_stop(job))
        return;
    char path[PATH_BYTES];
    struct ut_utterance_score score = {.abstain = 1};
    int err = full_path(path, s, row->path);
    if (!err)
        err = ut_utterance_score(&score, s->model, &s->opt, &s->baselines[row->speaker], path);
    if (err)
        atomic_fetch_add(&s->failed, 1);
    else if (!score.abstain)
        atomic_fetch_add(&s->scored, 1);
    for (size_t c = 0; c < s->manifest.columns; c++)
        write_field(job, row->fields[c], ",");
    write_score(job, &score);
}

static int chain_baselines(struct scoring *s)
{
    const struct ut_manifest *m = &s->manifest;
    s->baselines = calloc(m->speakers + 1, sizeof s->baselines[0]);
    s->first_row = malloc((m->speakers + 1) * sizeof s->first_row[0]);
    s->next_row = malloc((m->count + 1) * sizeof s->next_row[0]);
    if (!s->baselines || !s->first_row || !s->next_row)
        return UT_ENOMEM;
    for (size_t i = 0; i < m->speakers; i++)
        s->first_row[i] = SIZE_MAX;
    /* From the end, so that the chain runs in the order of the file. */
    for (size_t i = m->count; i-- > 0;) {
        if (!m->rows[i].baseline)
            continue;
        s->next_row[i] = s->first_row[m->rows[i].speaker];
        s->first_row[m->rows[i].speaker] = i;
    }
    return 0;
}

static int run_jobs(struct scoring *s, size_t count, void (*run)(void *, size_t, struct ut_job *))
{
    unsigned jobs = s->opt.jobs ? s->opt.jobs : ut_jobs_default_threads();
    const struct ut_jobs_config cfg = {
        .count = count,
        .threads = jobs < count ? jobs
                   : count      ? (unsigned)count
                                : 1,
        .ctx = s,
        .run = run,
    };
    return ut_jobs_run(&cfg);
}

static void print_header(const struct ut_manifest *m)
{
    for (size_t c = 0; c < m->columns; c++) {
        size_t need = ut_csv_field(NULL, 0, m->header[c]);
        char *text = malloc(need + 1);
        if (!text)
            return;
        ut_csv_field(text, need + 1, m->header[c]);
        printf("%s,", text);
        free(text);
    }
    puts("stress,arousal,valence,speech_s,abstain");
}

static int run_manifest(struct scoring *s)
{
    if (chain_baselines(s) != 0) {
        ut_message(NULL, "out of memory for %zu lines", s->manifest.count);
        return UT_EXIT_FAILED;
    }
    int err = run_jobs(s, s->manifest.speakers, enrol);
    if (!err && !ut_interrupted()) {
        print_header(&s->manifest);
        err = run_jobs(s, s->manifest.count, score_row);
    }
    if (err) {
        ut_message("standard output", "cannot be written: %s",
                   err > 0 ? strerror(err) : ut_strerror(err));
        return UT_EXIT_FAILED;
    }
    ut_interrupt_finish();
    if (atomic_load(&s->failed)) {
        ut_message(NULL, "%zu files failed; their lines have no score", atomic_load(&s->failed));
        return UT_EXIT_FAILED;
    }
    return atomic_load(&s->scored) ? UT_EXIT_DONE : UT_EXIT_UNSCORED;
}

int ut_score_main(int argc, char **argv)
{
    struct scoring s = {.model = NULL};
    int status = ut_options_read(&s.opt, &usage, argc, argv);
    if (status != -1)
        return status;
    if (s.opt.argument_count != 1) {
        ut_message(NULL, "score takes one manifest; undertone score --help tells more");
        return UT_EXIT_USAGE;
    }
    const char *path = s.opt.arguments[0], *slash = strrchr(path, '/');
    s.folder = path;
    s.folder_len = slash ? (int)(slash + 1 - path) : 0;
    void *bytes = NULL;
    struct ut_alert_config alert;
    status = ut_manifest_read(&s.manifest, path);
    if (status == 0)
        status = ut_options_model(&s.opt, &s.model, &bytes, &alert);
    if (status == 0) {
        ut_interrupt_watch();
        status = run_manifest(&s);
    }
    ut_model_destroy(s.model);
    free(bytes);
    free(s.baselines);
    free(s.first_row);
    free(s.next_row);
    ut_manifest_free(&s.manifest);
    return status;
}
