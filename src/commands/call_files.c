/* SPDX-License-Identifier: MIT */
/*
 * --export: a call's events -> struct ut__export_call -> its files, once the call is over.
 *
 * A file is there whole or not at all; a call that was interrupted leaves none.
 */

#define _DEFAULT_SOURCE /* mkdir, realpath. */

#include "commands/call_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/put_file.h"
#include "base/slurp.h"
#include "call/trace.h"
#include "commands/jobs.h"
#include "terminal/command.h"
#include "terminal/message.h"

enum { PATH_BYTES = 4096, EMBED_MAX = 32 << 20 };
#define TABLE "calls.csv"

static int path_of(char path[PATH_BYTES], const char *dir, const char *name, const char *ending)
{
    int n = snprintf(path, PATH_BYTES, "%s/%s%s", dir, name, ending);
    return n > 0 && n < PATH_BYTES ? 0 : ENAMETOOLONG;
}

static int cannot(const char *path, int err)
{
    ut__message(path, "cannot be written: %s; name another folder with --out, or make room",
                strerror(err));
    return UT__EXIT_FAILED;
}

static int put(const char *dir, const char *name, const char *ending, struct ut__text *t)
{
    char path[PATH_BYTES];
    int err = t->failed ? ENOMEM : path_of(path, dir, name, ending);
    if (!err)
        err = ut__put_file(path, t->buf ? t->buf : "", t->len);
    return err ? cannot(t->failed || err == ENAMETOOLONG ? name : path, err) : 0;
}

int ut__call_files_begin(struct ut__call_files *all, const struct ut__options *opt, size_t count)
{
    char path[PATH_BYTES];
    *all = (struct ut__call_files){
        .dir = opt->out_path, .audio = opt->audio, .mask = opt->export_mask, .count = count};
    if (!all->mask)
        return 0;
    int err = mkdir(all->dir, 0777) == 0 || errno == EEXIST ? 0 : errno;
    if (!err)
        err = path_of(path, all->dir, TABLE, "");
    if (!err)
        err = ut__put_file_check(path);
    if (err) {
        (void)cannot(all->dir, err);
        return UT__EXIT_USAGE;
    }
    all->rows = calloc(count, sizeof all->rows[0]);
    return all->rows ? 0 : UT__EXIT_FAILED;
}

/* What a browser plays, by the ending; NULL: nothing that it does. */
static const char *type_of(const char *path)
{
    static const char *const types[][2] = {{".wav", "audio/wav"},  {".flac", "audio/flac"},
                                           {".mp3", "audio/mpeg"}, {".ogg", "audio/ogg"},
                                           {".oga", "audio/ogg"},  {".opus", "audio/ogg"}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(dot, types[i][0]) == 0)
            return types[i][1];
    return NULL;
}

/* The player's sound: where it lies, or all of it. */
static void set_audio(struct ut__call_files_one *one, const char *path)
{
    const char *type = type_of(path);
    char *bytes = NULL;
    size_t len = 0;
    if (!one->all->audio || !one->place)
        return;
    if (!type) {
        ut__message(path, "browsers do not play this kind of file: its report has no player");
        return;
    }
    if (one->all->audio == UT__AUDIO_LINK) {
        ut__export_url(&one->audio, one->place);
    } else {
        int err = ut__slurp(&bytes, &len, path, EMBED_MAX);
        if (err) {
            ut__message(path, "cannot be put into its report: %s; use --audio link", strerror(err));
            return;
        }
        ut__text_printf(&one->audio, "data:%s;base64,", type);
        ut__text_base64(&one->audio, bytes, len);
    }
    free(bytes);
    one->call.audio = one->audio.buf;
}

static void release(struct ut__call_files_one *one)
{
    ut__export_free(&one->call);
    ut__text_free(&one->audio);
    free(one->place);
    one->place = NULL;
}

static void begun(void *arg, const struct ut__print_call *call)
{
    struct ut__call_files_one *one = arg;
    release(one);
    snprintf(one->call.id, sizeof one->call.id, "%s", call->id);
    one->call.path = call->file;
    one->call.has_agent = call->agent_channel != 0;
    one->call.model = call->model;
    one->place = call->file ? realpath(call->file, NULL) : NULL;
    one->call.place = one->place;
    if (one->place)
        set_audio(one, call->file);
}

static void created(void *arg, struct ut_call *call)
{
    struct ut__call_files_one *one = arg;
    ut__call_trace(call, &(struct ut__trace){.arg = &one->call, .talk = ut__export_talk});
}

static void event(void *arg, const struct ut_event *ev)
{
    struct ut__call_files_one *one = arg;
    ut__export_event(&one->call, ev);
}

static int put_call(const struct ut__call_files *all, const struct ut__export_call *call)
{
    struct ut__export_spans spans = {.count = 0};
    int status = 0;
    if (call->no_memory || ut__export_spans(&spans, call) != 0)
        status = cannot(call->id, ENOMEM);
    for (size_t i = 0; ut__export_files[i].format && !status; i++) {
        struct ut__text t = {.len = 0};
        if (!(all->mask >> i & 1))
            continue;
        ut__export_files[i].put(&t, call, &spans);
        status = put(all->dir, call->id, ut__export_files[i].ending, &t);
        ut__text_free(&t);
    }
    ut__export_spans_free(&spans);
    return status;
}

static void done(void *arg, enum ut__replay_result result)
{
    struct ut__call_files_one *one = arg;
    struct ut__call_files *all = one->all;
    if (result != UT__REPLAY_FAILED && !ut__job_must_stop(one->job)) {
        if (put_call(all, &one->call) != 0)
            atomic_fetch_add(&all->failed, 1);
        else
            ut__export_calls_row(&all->rows[one->index], &one->call);
    }
    release(one);
}

struct ut__replay_watch ut__call_files_watch(struct ut__call_files_one *one)
{
    return (struct ut__replay_watch){
        .arg = one, .begun = begun, .created = created, .event = event, .done = done};
}

int ut__call_files_end(struct ut__call_files *all)
{
    struct ut__text t = {.len = 0};
    int status = 0;
    ut__export_calls_head(&t);
    for (size_t i = 0; all->rows && i < all->count; i++) {
        ut__text_bytes(&t, all->rows[i].buf ? all->rows[i].buf : "", all->rows[i].len);
        t.failed |= all->rows[i].failed;
        ut__text_free(&all->rows[i]);
    }
    if (all->rows && (all->mask & ut__export_mask("csv", 3)))
        status = put(all->dir, TABLE, "", &t);
    ut__text_free(&t);
    free(all->rows);
    all->rows = NULL;
    return status ? status : atomic_load(&all->failed) ? UT__EXIT_FAILED : 0;
}
