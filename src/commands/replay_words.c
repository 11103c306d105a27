/* SPDX-License-Identifier: MIT */
/* A transcript is read whole before its recording is replayed. */

#include "commands/replay_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/text_options.h"
#include "terminal/command.h"
#include "terminal/message.h"

enum { LINES_MAX = 100000 };

struct ut__replay_words {
    struct ut__text_options opt;
    struct ut__text_lists lists;
    const char *path;
    struct ut__replay_line *lines; /* [cap] */
    size_t count, cap, unknown, foreign, without_time;
    char conversation[128];
    int status;
};

static void fail(struct ut__replay_words *w, const char *why)
{
    if (!w->status)
        ut__message(w->path, "%s", why);
    w->status = UT__EXIT_FAILED;
}

static int has_room(struct ut__replay_words *w)
{
    if (w->count < w->cap)
        return 1;
    size_t cap = w->cap ? w->cap * 2 : 256;
    struct ut__replay_line *more =
        w->count < LINES_MAX ? realloc(w->lines, cap * sizeof more[0]) : NULL;
    if (!more) {
        fail(w, "holds more lines of the caller than one call has: give that of one call");
        return 0;
    }
    w->lines = more;
    w->cap = cap;
    return 1;
}

/* 1: it is of the call that the lines before were of. */
static int is_of_one(struct ut__replay_words *w, const char *conversation)
{
    if (w->count == 0)
        snprintf(w->conversation, sizeof w->conversation, "%s", conversation);
    return strncmp(w->conversation, conversation, sizeof w->conversation - 1) == 0;
}

static void take_line(void *ctx, const struct ut__line *line)
{
    struct ut__replay_words *w = ctx;
    enum ut__speaker who = ut__text_who(&w->opt, line);
    const struct ut_words *list = ut__text_list_of(&w->lists, &w->opt, line);
    w->unknown += who == UT__WHO_UNKNOWN;
    w->foreign += who == UT__WHO_CALLER && !list;
    w->without_time += line->t_s < 0;
    if (w->status || who != UT__WHO_CALLER || !list || line->t_s < 0)
        return;
    if (!is_of_one(w, line->conversation)) {
        fail(w, "holds lines of several calls: cut out those of one");
        return;
    }
    char *text = has_room(w) ? malloc(line->len + 1) : NULL;
    if (!text) {
        fail(w, "out of memory");
        return;
    }
    struct ut__replay_line *one = &w->lines[w->count++];
    memcpy(text, line->text, line->len + 1);
    ut_words_mask(text, line->len);
    *one = (struct ut__replay_line){.t_s = line->t_s, .text = text};
    ut_words_judge(list, text, line->len, &one->score);
}

/* By time; of equals the one that stands first. */
static void sort(struct ut__replay_words *w)
{
    for (size_t i = 1; i < w->count; i++) {
        struct ut__replay_line one = w->lines[i];
        size_t at = i;
        for (; at > 0 && w->lines[at - 1].t_s > one.t_s; at--)
            w->lines[at] = w->lines[at - 1];
        w->lines[at] = one;
    }
}

static void tell_left_out(const struct ut__replay_words *w)
{
    if (w->without_time)
        ut__message(w->path, "%zu lines say no time and are left out", w->without_time);
    if (w->unknown)
        ut__message(w->path, "of %zu lines nobody says who speaks; they are not judged",
                    w->unknown);
    if (w->foreign)
        ut__message(w->path, "%zu lines are in a language of which there is no list", w->foreign);
}

int ut__replay_words_read(struct ut__replay_words **out, const struct ut__options *opt)
{
    struct ut__replay_words *w = calloc(1, sizeof *w);
    if (!w)
        return UT__EXIT_FAILED;
    w->path = opt->transcript_path;
    w->opt = (struct ut__text_options){.list_count = opt->words_list_path != NULL,
                                       .lists = {opt->words_list_path}};
    int status = ut__text_lists_read(&w->lists, &w->opt);
    if (!status)
        status = ut__text_file(w->path, &w->opt, take_line, w);
    if (!status)
        status = w->status;
    if (status) {
        ut__replay_words_free(w);
        return status;
    }
    sort(w);
    tell_left_out(w);
    *out = w;
    return 0;
}

void ut__replay_words_free(struct ut__replay_words *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->count; i++)
        free(w->lines[i].text);
    free(w->lines);
    ut__text_lists_free(&w->lists);
    free(w);
}

const struct ut__replay_line *ut__replay_words_line(const struct ut__replay_words *w, size_t index)
{
    return index < w->count ? &w->lines[index] : NULL;
}
