/* SPDX-License-Identifier: MIT */
/*
 * undertone adapt: what is usual at a site, from an archive without labels.
 *
 *     recordings -> one replay -> habit of each call -> sums, in the order of the names -> profile
 */

#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/site.h>

#include "base/put_file.h"
#include "commands/walk.h"
#include "terminal/command.h"
#include "terminal/message.h"

static const struct ut__usage usage = {
    .command = "adapt",
    .synopsis = "[OPTION...] FOLDER|FILE...",
    .about =
        "Replays recordings once and learns what is usual at this site: its lines, its language, "
        "its\n"
        "callers. No labels are needed: most calls must be ordinary ones, so leave complaints out. "
        "Writes a\n"
        "small profile for --site of replay, score, tune, listen and serve. What it may change is "
        "bounded.\n",
    .examples = "examples:\n"
                "  undertone adapt --out site.txt /var/spool/calls\n"
                "  undertone replay --site site.txt call.wav\n",
    .bit = UT__FOR_ADAPT,
};

/* What one file gave: a capture may hold several calls. */
struct recording {
    struct ut_call *call;   /* That is being replayed. */
    struct ut_habit *habit; /* [calls] */
    size_t calls, room;
    int no_memory;
};

static void begin_call(void *arg, struct ut_call *call)
{
    struct recording *rec = arg;
    rec->call = call;
}

/* A call is over: keeps what it tells. */
static void keep_event(void *arg, const struct ut_event *ev)
{
    struct recording *rec = arg;
    if (ev->type != UT_EVENT_SUMMARY || rec->no_memory)
        return;
    if (rec->calls == rec->room) {
        size_t room = rec->room ? 2 * rec->room : 1;
        struct ut_habit *more = realloc(rec->habit, room * sizeof more[0]);
        if (!more) {
            rec->no_memory = 1;
            return;
        }
        rec->habit = more;
        rec->room = room;
    }
    ut_call_get_habit(rec->call, &rec->habit[rec->calls++]);
}

static int end_file(void *arg, enum ut__replay_result result)
{
    struct recording *rec = arg;
    if (result == UT__REPLAY_FAILED || rec->no_memory)
        rec->calls = 0; /* Half a call is no habit. */
    return !rec->no_memory;
}

/* ---- the profile ---- */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct ut_habit));
}

/* Learns from each call once: a recording that lies in two folders is one call, and the same numbers to
 * the last bit are the same sound. Returns 0 or an exit status after a message. */
static int gather(struct ut_site_memory *memory, const struct ut__walk *w, size_t *copies)
{
    size_t calls = 0, n = 0;
    for (size_t i = 0; i < w->files.count; i++)
        calls += ((const struct recording *)ut__walk_each(w, i))->calls;
    struct ut_habit *all = calloc(calls + 1, sizeof all[0]);
    *memory = (struct ut_site_memory){.calls = 0};
    *copies = 0;
    if (!all) {
        ut__message(NULL, "out of memory for %zu calls", calls);
        return UT__EXIT_FAILED;
    }
    for (size_t i = 0; i < w->files.count; i++) {
        const struct recording *rec = ut__walk_each(w, i);
        for (size_t k = 0; k < rec->calls; k++)
            all[n++] = rec->habit[k];
    }
    qsort(all, n, sizeof all[0], by_bytes);
    for (size_t i = 0; i < n; i++) {
        int is_copy = i > 0 && by_bytes(&all[i], &all[i - 1]) == 0;
        *copies += (size_t)(is_copy && all[i].speech_s >= UT_SITE_CALL_MIN_S);
        if (!is_copy)
            ut_site_learn(memory, &all[i]);
    }
    free(all);
    return 0;
}

static int refuse(const struct ut_site_memory *memory, size_t files)
{
    if (memory->calls == 0)
        ut__message(NULL,
                    "none of %zu recordings holds a caller who can be scored for %d s; name "
                    "recordings of calls, and for those of one channel say --mono-is caller",
                    files, UT_SITE_CALL_MIN_S);
    else
        ut__message(NULL,
                    "%u calls with %.0f s of caller speech are too few: a profile needs %d calls "
                    "and %d s; nothing was written",
                    (unsigned)memory->calls, memory->speech_s, UT_SITE_CALLS_MIN,
                    UT_SITE_SPEECH_MIN_S);
    return UT__EXIT_UNSCORED;
}

static void tell(const struct ut_site *site, const char *path)
{
    const struct ut_site_memory *m = &site->memory;
    printf("learnt from %u calls, %.1f hours, %.1f of them caller speech\n", (unsigned)m->calls,
           m->call_s / 3600, m->speech_s / 3600);
    printf("a calm caller's log odds of stress are %.2f here (+- %.2f)\n", (double)site->usual,
           2 * (double)site->usual_error);
    printf("%+.2f (+- %.2f) is added to all log odds: callers are heard %s\n", (double)site->shift,
           2 * (double)site->shift_error,
           site->shift > 0.005f    ? "more keenly"
           : site->shift < -0.005f ? "less keenly"
                                   : "as before");
    printf("written: %s\n", path);
}

static int write_profile(const struct ut__walk *w, const struct ut_site *site)
{
    char text[UT_SITE_TEXT_MAX];
    int n = ut_site_write(site, w->model, text, sizeof text);
    const char *path = w->opt.out_path;
    if (n < 0) {
        ut__message(NULL, "the profile does not fit its own format: %s", ut_strerror(n));
        return UT__EXIT_FAILED;
    }
    if (!path)
        return fwrite(text, 1, (size_t)n, stdout) == (size_t)n ? 0 : UT__EXIT_FAILED;
    int err = ut__put_file(path, text, (size_t)n);
    if (err) {
        ut__message(path, "the profile cannot be written: %s; name another file with --out",
                    strerror(err));
        return UT__EXIT_FAILED;
    }
    tell(site, path);
    return 0;
}

static int learn(struct ut__walk *w)
{
    struct ut_site_memory memory;
    struct ut_site site;
    size_t copies;
    int status = ut__walk_run(w);
    if (status)
        return status;
    status = gather(&memory, w, &copies);
    if (status)
        return status;
    if (copies > 0)
        ut__message(NULL, "%zu calls are copies of others, and count once", copies);
    if (ut_site_settle(&site, &memory, w->model) != 0)
        return refuse(&memory, w->files.count);
    status = write_profile(w, &site);
    return status == 0 && atomic_load(&w->failed) ? UT__EXIT_FAILED : status;
}

/* Told before the work. */
static int check_out(const char *path)
{
    int err = path ? ut__put_file_check(path) : 0;
    if (err)
        ut__message(path, "the profile cannot be written: %s; name another file with --out",
                    strerror(err));
    return err ? UT__EXIT_USAGE : 0;
}

static int main_adapt(int argc, char **argv)
{
    struct ut__walk w = {.created = begin_call, .event = keep_event, .done = end_file};
    int status = ut__walk_options(&w, &usage, argc, argv);
    if (status != -1)
        return status;
    status = check_out(w.opt.out_path);
    if (status == 0)
        status = ut__walk_open(&w, sizeof(struct recording));
    if (status == 0)
        status = learn(&w);
    for (size_t i = 0; w.each && i < w.files.count; i++)
        free(((struct recording *)ut__walk_each(&w, i))->habit);
    ut__walk_close(&w);
    return status;
}

const struct ut__command ut__command_adapt = {
    .name = "adapt",
    .summary = "learn what is usual at a site, from an archive without labels",
    .run = main_adapt};
