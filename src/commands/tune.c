/* SPDX-License-Identifier: MIT */
/* undertone tune: fits the alert threshold to the operator's own recordings. */

#include "commands/tune.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "call/trace.h"
#include "commands/walk.h"
#include "stress/model.h"
#include "terminal/command.h"
#include "terminal/message.h"

static const struct ut__usage tune_usage = {
    .command = "tune",
    .synopsis = "[OPTION...] FOLDER|FILE...",
    .about = "Replays recordings once and tells what each alert threshold would give on them, and "
             "the threshold\n"
             "that keeps to a budget of false alerts. Without --labels all calls are taken as "
             "ordinary ones, in\n"
             "which no alert is right: for that, use calls that nobody complained about.\n\n"
             "With --from-store the calls of a record's last 30 days, and the verdicts that people "
             "gave on\n"
             "their alerts, propose a threshold for each queue, with the curve, as the Thresholds "
             "page does;\n"
             "a queue needs 20 verdicts and 10 hours. The budget is the queue's, or 20, unless "
             "--budget says\n"
             "otherwise. Nothing is changed. With --save-labels what people said of imported "
             "recordings goes\n"
             "into a table instead, which --labels reads: verdicts, missed alerts and the marks "
             "stressed and calm.\n",
    .examples = "  undertone tune --budget 10 /var/spool/calls\n"
                "  undertone tune --labels calls.csv --svg trade-off.svg /var/spool/calls\n"
                "  undertone tune --from-store /var/lib/undertone\n"
                "  undertone tune --from-store /var/lib/undertone --save-labels calls.csv\n",
    .bit = UT__FOR_TUNE,
};

enum { PATH_BYTES = 4096 };
#define BUDGET_PER_100H 20.0f /* When --budget is not given. */

/* What one file gave: a capture may hold several calls. */
struct recording {
    struct ut__tune_call *call; /* [calls] */
    size_t calls, room;
    int failed, no_memory;
};

/* ---- one pass over the sound ---- */

static struct ut__tune_call *newest(const struct recording *rec)
{
    return &rec->call[rec->calls - 1];
}

static void keep_step(void *arg, const struct ut__trace_step *step)
{
    struct recording *rec = arg;
    newest(rec)->step_speech_s = step->speech_s;
    if (ut__tune_add_step(newest(rec), step->t_s, step->evidence) != 0)
        rec->no_memory = 1;
}

static void begin_call(void *arg, struct ut_call *ut_call)
{
    struct recording *rec = arg;
    if (rec->calls == rec->room) {
        size_t room = rec->room ? 2 * rec->room : 1;
        struct ut__tune_call *more = realloc(rec->call, room * sizeof more[0]);
        if (!more) {
            rec->no_memory = 1;
            return;
        }
        rec->call = more;
        rec->room = room;
    }
    rec->call[rec->calls++] = (struct ut__tune_call){.onset_s = -1};
    ut__call_trace(ut_call, &(struct ut__trace){.arg = rec, .step = keep_step});
}

static void keep_event(void *arg, const struct ut_event *ev)
{
    struct recording *rec = arg;
    if (rec->no_memory)
        return;
    struct ut__tune_call *call = newest(rec);
    if (ev->type == UT_EVENT_SCORE && ut__tune_add_second(call, ev->u.score.speech_s) != 0)
        rec->no_memory = 1;
    if (ev->type != UT_EVENT_SUMMARY)
        return;
    call->duration_s = ev->u.summary.duration_s;
    call->scored = ev->u.summary.scored;
    if (ut__tune_add_second(call, ev->u.summary.caller_speech_s) != 0)
        rec->no_memory = 1;
}

/* Without memory it is left out, and told: no failure. */
static int end_file(void *arg, enum ut__replay_result result)
{
    struct recording *rec = arg;
    rec->failed = result == UT__REPLAY_FAILED;
    return 1;
}

/* ---- the table ---- */

static void free_call(struct ut__tune_call *call)
{
    free(call->step);
    free(call->speech_s);
}

static void free_recordings(const struct ut__walk *w)
{
    for (size_t i = 0; w->each && i < w->files.count; i++) {
        struct recording *rec = ut__walk_each(w, i);
        for (size_t k = 0; k < rec->calls; k++)
            free_call(&rec->call[k]);
        free(rec->call);
    }
}

/* Moves the calls of all recordings to the archive, but for those without media. names: of the
 * calls; the second call of a capture is PATH:2, as its id in a replay. */
static int gather(struct ut__tune_archive *archive, struct ut__recordings *names,
                  const struct ut__walk *w, size_t *no_memory)
{
    size_t all = 0;
    for (size_t i = 0; i < w->files.count; i++)
        all += ((const struct recording *)ut__walk_each(w, i))->calls;
    archive->call = calloc(all + 1, sizeof archive->call[0]);
    archive->unscored = atomic_load(&w->unscored);
    for (size_t i = 0; archive->call && i < w->files.count; i++) {
        struct recording *rec = ut__walk_each(w, i);
        *no_memory += rec->no_memory != 0;
        for (size_t k = 0; k < rec->calls && !rec->failed && !rec->no_memory; k++) {
            char second[PATH_BYTES + 24];
            if (!(rec->call[k].duration_s > 0))
                continue;
            snprintf(second, sizeof second, "%s:%zu", w->files.path[i], k + 1);
            if (ut__recordings_add(names, k ? second : w->files.path[i]) != 0)
                return UT__EXIT_FAILED;
            archive->call[archive->calls++] = rec->call[k];
            rec->call[k] = (struct ut__tune_call){.duration_s = 0};
        }
    }
    return archive->call ? 0 : UT__EXIT_FAILED;
}

static int write_svg(const struct ut__tune_archive *archive, const char *path,
                     const struct ut__tune_row *rows, const struct ut__tune_row *chosen)
{
    FILE *out = fopen(path, "w");
    if (out)
        ut__tune_write_svg(out, archive, rows, chosen);
    int bad = !out || ferror(out);
    bad |= out && fclose(out) != 0;
    if (bad)
        ut__message(path, "the drawing cannot be written: %s; name another file with --svg",
                    strerror(errno));
    return bad ? UT__EXIT_FAILED : 0;
}

static int tell(struct ut__walk *w, struct ut__tune_archive *archive)
{
    static struct ut__tune_row rows[UT__TUNE_THRESHOLDS];
    float budget = w->opt.budget_per_100h > 0 ? w->opt.budget_per_100h : BUDGET_PER_100H;
    ut__tune_sum(archive);
    if (ut__tune_rows(rows, archive, &w->rp.alert) != 0) {
        ut__message(NULL, "out of memory for %zu calls", archive->calls);
        return UT__EXIT_FAILED;
    }
    archive->threshold_max = ut_model_evidence_max(w->model);
    const struct ut__tune_row *chosen = ut__tune_choose(rows, budget, archive->threshold_max);
    (w->opt.json ? ut__tune_print_json : ut__tune_print_text)(archive, rows, chosen, budget);
    if (w->opt.svg_path && write_svg(archive, w->opt.svg_path, rows, chosen) != 0)
        return UT__EXIT_FAILED;
    return atomic_load(&w->failed) ? UT__EXIT_FAILED : UT__EXIT_DONE;
}

static int fit(struct ut__walk *w)
{
    struct ut__tune_archive archive = {.calls = 0};
    struct ut__recordings names = {.count = 0};
    size_t no_memory = 0;
    int status = ut__walk_run(w);
    if (status == 0)
        status = gather(&archive, &names, w, &no_memory);
    if (no_memory)
        ut__message(NULL, "out of memory: %zu recordings are left out", no_memory);
    if (status == 0 && (archive.calls == 0 || archive.unscored >= w->files.count)) {
        ut__message(NULL, "no recording could be scored; recordings of one channel need "
                          "--mono-is caller");
        status = UT__EXIT_UNSCORED;
    }
    if (status == 0 && w->opt.labels_path)
        status = ut__tune_labels(&archive, (const char *const *)names.path, w->opt.labels_path);
    if (status == 0)
        status = tell(w, &archive);
    ut__tune_free(&archive);
    ut__recordings_free(&names);
    return status;
}

/* Recordings and their truth are not the record's. */
static int refuse_recordings(const struct ut__options *opt)
{
    if (!opt->argument_count && !opt->labels_path && !opt->svg_path)
        return -1;
    ut__message(NULL,
                "--from-store reads a record alone: leave out recordings, --labels and --svg");
    return UT__EXIT_USAGE;
}

/* Only which thresholds the model can reach is asked of it. */
static int tune_record(const struct ut__options *opt, ut__tune_record *propose)
{
    struct ut_model *model = NULL;
    struct ut_alert_config alert;
    void *bytes = NULL;
    int status = refuse_recordings(opt);
    if (status == -1)
        status = ut__options_model(opt, &model, &bytes, &alert);
    if (status == 0)
        status = propose(opt, (double)ut_model_evidence_max(model));
    ut_model_destroy(model);
    free(bytes);
    return status;
}

int ut__tune_main(int argc, char **argv, ut__tune_record *propose)
{
    struct ut__walk w = {.created = begin_call, .event = keep_event, .done = end_file};
    struct ut__usage usage = tune_usage;
    usage.bit |= propose ? UT__FOR_RECORD : 0;
    int status = ut__walk_options(&w, &usage, argc, argv);
    if (status != -1)
        return status;
    if (propose && w.opt.data_dir)
        return tune_record(&w.opt, propose);
    if (w.opt.save_labels_path) {
        ut__message("--save-labels",
                    "takes the labels of a record: name its folder with --from-store");
        return UT__EXIT_USAGE;
    }
    status = ut__walk_open(&w, sizeof(struct recording));
    if (status == 0)
        status = fit(&w);
    free_recordings(&w);
    ut__walk_close(&w);
    return status;
}
