/* SPDX-License-Identifier: MIT */
/*
 * undertone faq: what everybody asks, out of files of chats, mails and transcripts or of the record.
 *
 *     files, record -> transcript (lines) -> the caller's -> mask -> questions -> groups, ranked -> out
 */

#define _POSIX_C_SOURCE 200809L /* open_memstream. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/faq.h"
#include "commands/faq_out.h"
#include "commands/talks.h"
#include "commands/text_options.h"
#include "terminal/command.h"
#include "terminal/message.h"
#include "words/faq.h"

static const struct ut__text_usage usage = {
    .command = "faq",
    .synopsis = "[OPTION...] FILE... | --data DIR [OPTION...]",
    .about =
        "Ranks the questions and requests of callers in chats, mails and transcripts: how\n"
        "often, how charged their words were, how long the conversation went on after it, and\n"
        "in how many it was asked again. Numbers and mail addresses are masked first. With --data\n"
        "the lines are read that the record keeps (serve --keep-words), each question is given "
        "the\n"
        "article that answers it, and --keep keeps the ranking for /api/v1/faq, for a week.\n",
    .bit = UT__TEXT_FAQ,
};

enum { QUESTIONS_MAX = 16 /* Of one line. */ };

/* A question until its conversation's end is known. */
struct pending {
    const struct ut_words *words;
    struct ut__faq_asked asked;
    char *text;
};

struct asking {
    const struct ut__faq_record *record;
    struct ut__text_options opt;
    struct ut__text_lists lists;
    struct ut__talks talks;
    const char *file;
    struct pending *pending;
    size_t count, cap, lines, judged, unknown, foreign;
    int out_of_memory;
};

static int keep(struct asking *a, const struct ut_words *words, const struct ut__faq_asked *asked)
{
    if (a->count == a->cap) {
        size_t cap = a->cap ? a->cap * 2 : 1024;
        struct pending *more = realloc(a->pending, cap * sizeof more[0]);
        if (!more)
            return UT_ENOMEM;
        a->pending = more;
        a->cap = cap;
    }
    char *text = malloc(asked->len + 1);
    if (!text)
        return UT_ENOMEM;
    memcpy(text, asked->text, asked->len);
    text[asked->len] = '\0';
    a->pending[a->count] = (struct pending){words, *asked, text};
    a->pending[a->count++].asked.text = text;
    return 0;
}

static int ask(struct asking *a, const struct ut__line *line, const struct ut_words *words,
               char *text)
{
    struct ut_words_span span[QUESTIONS_MAX];
    struct ut_words_score score;
    uint64_t id = ut__talk_id(a->file, line->conversation);
    struct ut__talk *talk = ut__talk_of(&a->talks, id);
    if (!talk)
        return UT_ENOMEM;
    ut_words_mask(text, line->len);
    ut_words_judge(words, text, line->len, &score);
    float stress = ut_words_talk_add(&talk->state, talk->last_s, text, &score);
    size_t n = ut_words_questions(words, text, line->len, span, QUESTIONS_MAX);
    int err = 0;
    for (size_t i = 0; i < n && !err; i++) {
        const struct ut__faq_asked asked = {.text = text + span[i].from,
                                            .len = span[i].len,
                                            .conversation = id,
                                            .t_s = line->t_s,
                                            .left_s = -1,
                                            .stress = stress};
        err = keep(a, words, &asked);
    }
    return err;
}

static void take_line(void *ctx, const struct ut__line *line)
{
    struct asking *a = ctx;
    a->lines++;
    /* The agent's lines count for how long it went on, and for nothing else. */
    struct ut__talk *talk = ut__talk_of(&a->talks, ut__talk_id(a->file, line->conversation));
    if (!talk) {
        a->out_of_memory = 1;
        return;
    }
    double t_s = line->t_s >= 0 ? line->t_s : talk->last_s + UT__TALK_STEP_S;
    talk->last_s = t_s > talk->last_s ? t_s : talk->last_s;
    enum ut__speaker who = ut__text_who(&a->opt, line);
    if (who != UT__WHO_CALLER) {
        a->unknown += who == UT__WHO_UNKNOWN;
        return;
    }
    const struct ut_words *words = ut__text_list_of(&a->lists, &a->opt, line);
    if (!words) {
        a->foreign++;
        return;
    }
    a->judged++;
    char *text = malloc(line->len + 1);
    if (text)
        memcpy(text, line->text, line->len + 1);
    if (!text || ask(a, line, words, text) != 0)
        a->out_of_memory = 1;
    free(text);
}

static int rank(struct asking *a, struct ut__faq *faq)
{
    for (size_t i = 0; i < a->count; i++) {
        struct pending *p = &a->pending[i];
        const struct ut__talk *talk = ut__talk_of(&a->talks, p->asked.conversation);
        if (talk && p->asked.t_s >= 0 && talk->last_s >= p->asked.t_s)
            p->asked.left_s = talk->last_s - p->asked.t_s;
        if (ut__faq_add(faq, p->words, &p->asked) != 0)
            return UT_ENOMEM;
    }
    return ut__faq_rank(faq);
}

static int keep_ranking(const struct asking *a, const struct ut__faq *faq, size_t count,
                        const struct ut__faq_articles *articles)
{
    char *json = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&json, &len);
    if (!f)
        return UT__EXIT_FAILED;
    ut__faq_write(f, UT__FAQ_JSON, faq, count, a->opt.top, articles);
    int status = fclose(f) ? UT__EXIT_FAILED : a->record->keep(a->opt.data, json, len, a->judged);
    free(json);
    return status;
}

static int write_out(const struct asking *a, const struct ut__faq *faq, size_t count)
{
    const struct ut__faq_articles known = {a->record ? a->record->answers : NULL,
                                           (void *)a->opt.data},
                                  *articles = a->opt.data ? &known : NULL;
    if (a->opt.keep && a->record && keep_ranking(a, faq, count, articles) != UT__EXIT_DONE)
        return UT__EXIT_FAILED;
    if (!a->opt.out) {
        ut__faq_write(stdout, a->opt.json ? UT__FAQ_JSON : UT__FAQ_TEXT, faq, count, a->opt.top,
                      articles);
        return UT__EXIT_DONE;
    }
    FILE *out = fopen(a->opt.out, "w");
    if (out)
        ut__faq_write(out, ut__faq_format_of(a->opt.out), faq, count, a->opt.top, articles);
    int failed = !out || ferror(out);
    failed |= out && fclose(out) != 0;
    if (failed)
        ut__message(a->opt.out, "cannot be written: %s", strerror(errno));
    return failed ? UT__EXIT_FAILED : UT__EXIT_DONE;
}

static void tell_unjudged(const struct asking *a)
{
    if (a->unknown)
        ut__message(NULL,
                    "%zu lines are left out, since nobody says who speaks; name the caller with "
                    "--caller or the agent with --agent, or say --unknown-is caller",
                    a->unknown);
    if (a->foreign)
        ut__message(NULL,
                    "%zu lines are left out, since no list knows their language; say --language",
                    a->foreign);
}

static int run(struct asking *a)
{
    struct ut__faq *faq = NULL;
    int status = UT__EXIT_DONE;
    a->file = a->opt.data;
    if (a->opt.data && a->record->lines(a->opt.data, take_line, a) != UT__EXIT_DONE)
        return UT__EXIT_FAILED;
    for (int i = 0; i < a->opt.argument_count; i++) {
        a->file = a->opt.arguments[i];
        if (ut__text_file(a->file, &a->opt, take_line, a) != 0)
            status = UT__EXIT_FAILED;
    }
    tell_unjudged(a);
    int count = a->out_of_memory ? UT_ENOMEM : ut__faq_create(&faq);
    if (count == 0)
        count = rank(a, faq);
    if (count < 0)
        ut__message(NULL, "the questions cannot be ranked: %s", ut_strerror(count));
    else if (write_out(a, faq, (size_t)count) != UT__EXIT_DONE)
        count = UT_EIO;
    ut__faq_destroy(faq);
    if (count < 0)
        return UT__EXIT_FAILED;
    return status ? status : a->judged ? UT__EXIT_DONE : UT__EXIT_UNSCORED;
}

/* Returns 0 or an exit status. */
static int check_options(const struct asking *a)
{
    if (a->opt.argument_count == 0 && !a->opt.data)
        ut__message(NULL, "faq needs a file or --data; undertone faq --help tells more");
    else if (a->opt.data && !a->record)
        ut__message(NULL, "--data: this undertone was built without a record");
    else if (a->opt.keep && !a->opt.data)
        ut__message(NULL, "--keep keeps the ranking in a record: name its folder with --data");
    else if (a->opt.out && ut__faq_format_of(a->opt.out) == UT__FAQ_TEXT)
        ut__message(a->opt.out, "the name ends in none of .html, .csv and .md");
    else
        return 0;
    return UT__EXIT_USAGE;
}

int ut__faq_main(const struct ut__faq_record *record, int argc, char **argv)
{
    struct asking a = {.record = record};
    int status = ut__text_options_read(&a.opt, &usage, argc, argv);
    if (status != -1)
        return status;
    status = check_options(&a);
    if (status)
        return status;
    status = ut__text_lists_read(&a.lists, &a.opt);
    if (status)
        return status;
    status = run(&a);
    for (size_t i = 0; i < a.count; i++)
        free(a.pending[i].text);
    free(a.pending);
    ut__talks_free(&a.talks);
    ut__text_lists_free(&a.lists);
    return status;
}
