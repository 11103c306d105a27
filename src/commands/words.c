/* SPDX-License-Identifier: MIT */
/*
 * undertone words: charged phrases in files of chats, mails and transcripts.
 *
 *     file -> transcript (lines) -> whose? -> mask -> words (score) -> evidence by conversation
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fixed.h"
#include "base/json_string.h"
#include "commands/talks.h"
#include "commands/text_options.h"
#include "terminal/command.h"
#include "terminal/message.h"

static const struct ut__text_usage usage = {
    .command = "words",
    .synopsis = "[OPTION...] FILE...",
    .about =
        "Finds charged phrases in chats, mails and transcripts: WebVTT, SRT, JSON Lines, CSV,\n"
        "WhatsApp exports, mbox and plain text; - is standard input. Only the caller's lines "
        "are\n"
        "judged. Numbers and mail addresses are masked before anything is printed.\n",
    .bit = UT__TEXT_WORDS,
};

struct judging {
    struct ut__text_options opt;
    struct ut__text_lists lists;
    const char *file;
    struct ut__talks talks;
    size_t lines, judged, unknown, foreign, alerts, charged;
    float peak;
    int out_of_memory;
};

static const char *fixed(char *buf, double value, int decimals)
{
    ut__fixed(buf, value, decimals);
    return buf;
}

static void print_reasons_json(const struct ut_words_reason *r, unsigned n)
{
    char text[UT__JSON_STRING_MAX + 16], share[UT__FIXED_MAX];
    printf("\"reasons\":[");
    for (unsigned i = 0; i < n; i++)
        printf("%s{\"feature\":\"words\",\"phrase\":%s,\"kind\":\"%s\",\"share\":%s}", i ? "," : "",
               ut__json_string(text, sizeof text, r[i].phrase), ut_words_kind_name(r[i].kind),
               fixed(share, (double)r[i].share, 2));
    printf("]");
}

/* The hits of a line in the shape of a conversation's reasons. */
static unsigned reasons_of(struct ut_words_reason *r, const char *text,
                           const struct ut_words_score *s)
{
    struct ut_words_talk one = {0};
    ut_words_talk_add(&one, 0, text, s);
    memcpy(r, one.reason, one.reasons * sizeof r[0]);
    return one.reasons;
}

static void print_line(const struct judging *j, const struct ut__line *line, const char *text,
                       double t_s, const struct ut_words_score *s, float evidence,
                       const char *language)
{
    char a[UT__FIXED_MAX], b[UT__FIXED_MAX], c[UT__FIXED_MAX], name[UT__JSON_STRING_MAX + 16],
        more[UT__JSON_STRING_MAX + 16];
    struct ut_words_reason r[UT_WORDS_REASONS_MAX];
    unsigned n = reasons_of(r, text, s);
    if (j->opt.json) {
        printf("{\"type\":\"line\",\"file\":%s,", ut__json_string(more, sizeof more, j->file));
        printf("\"conversation\":%s,\"n\":%zu,\"t\":%s,",
               ut__json_string(name, sizeof name, line->conversation), j->lines, fixed(a, t_s, 1));
        printf("\"language\":\"%s\",\"score\":%s,\"evidence\":%s,", language,
               fixed(b, (double)s->score, 3), fixed(c, (double)evidence, 3));
        if (j->opt.text)
            printf("\"text\":%s,", ut__json_string(more, sizeof more, text));
        print_reasons_json(r, n);
        puts("}");
        return;
    }
    printf("%8s  %s  ", fixed(a, t_s, 0), fixed(b, (double)s->score, 2));
    for (unsigned i = 0; i < n; i++)
        printf("%s\"%s\" (%s)", i ? ", " : "", r[i].phrase, ut_words_kind_name(r[i].kind));
    if (j->opt.text)
        printf("  | %s", ut__safe_name(more, sizeof more, text));
    puts("");
}

static void print_act(struct judging *j, const struct ut__line *line, double t_s,
                      const struct ut_words_talk *talk, enum ut_words_act act)
{
    char a[UT__FIXED_MAX], b[UT__FIXED_MAX], name[UT__JSON_STRING_MAX + 16],
        file[UT__JSON_STRING_MAX + 16];
    int raised = act == UT_WORDS_RAISED;
    j->alerts += (size_t)raised;
    if (j->opt.json) {
        printf("{\"type\":\"alert\",\"file\":%s,\"conversation\":%s,\"n\":%u,\"t\":%s,"
               "\"action\":\"%s\",\"words\":%s,",
               ut__json_string(file, sizeof file, j->file),
               ut__json_string(name, sizeof name, line->conversation), talk->alerts,
               fixed(a, t_s, 1), raised ? "raised" : "cleared",
               fixed(b, (double)talk->evidence, 3));
        print_reasons_json(talk->reason, raised ? talk->reasons : 0);
        puts("}");
    } else {
        printf("%8s  alert %s%s%s\n", fixed(a, t_s, 0), raised ? "raised" : "cleared",
               *line->conversation ? ": " : "",
               ut__safe_name(name, sizeof name, *line->conversation ? line->conversation : " "));
    }
}

static void judge(struct judging *j, const struct ut__line *line, const struct ut_words *words)
{
    struct ut_words_score s;
    char *text = malloc(line->len + 1);
    struct ut__talk *found = ut__talk_of(&j->talks, ut__talk_id(j->file, line->conversation));
    if (!text || !found) {
        j->out_of_memory = 1;
        free(text);
        return;
    }
    memcpy(text, line->text, line->len + 1);
    ut_words_mask(text, line->len);
    ut_words_judge(words, text, line->len, &s);
    struct ut_words_talk *talk = &found->state;
    double t_s = line->t_s >= 0 ? line->t_s : found->last_s + UT__TALK_STEP_S;
    found->last_s = t_s;
    j->judged++;
    enum ut_words_act before = ut_words_talk_act(talk, t_s, j->opt.threshold);
    if (before == UT_WORDS_CLEARED)
        print_act(j, line, t_s, talk, before);
    float evidence = ut_words_talk_add(talk, t_s, text, &s);
    j->peak = evidence > j->peak ? evidence : j->peak;
    j->charged += s.score >= .3f;
    if (s.score > 0)
        print_line(j, line, text, t_s, &s, evidence, ut_words_language(words));
    enum ut_words_act after = ut_words_talk_act(talk, t_s, j->opt.threshold);
    if (after != UT_WORDS_NOTHING)
        print_act(j, line, t_s, talk, after);
    free(text);
}

static void take_line(void *ctx, const struct ut__line *line)
{
    struct judging *j = ctx;
    j->lines++;
    enum ut__speaker who = ut__text_who(&j->opt, line);
    if (who == UT__WHO_AGENT)
        return;
    if (who == UT__WHO_UNKNOWN) {
        j->unknown++;
        return;
    }
    const struct ut_words *words = ut__text_list_of(&j->lists, &j->opt, line);
    if (words)
        judge(j, line, words);
    else
        j->foreign++;
}

static void print_summary(const struct judging *j)
{
    char file[UT__JSON_STRING_MAX + 16], peak[UT__FIXED_MAX];
    fixed(peak, (double)j->peak, 3);
    if (j->opt.json)
        printf("{\"type\":\"summary\",\"file\":%s,\"lines\":%zu,\"judged\":%zu,\"charged\":%zu,"
               "\"alerts\":%zu,\"peak\":%s,\"no_role\":%zu,\"no_language\":%zu}\n",
               ut__json_string(file, sizeof file, j->file), j->lines, j->judged, j->charged,
               j->alerts, peak, j->unknown, j->foreign);
    else
        printf("%s: %zu of %zu lines judged, %zu charged, %zu alerts, peak %s\n",
               ut__safe_name(file, sizeof file, j->file), j->judged, j->lines, j->charged,
               j->alerts, peak);
}

static void tell_unjudged(const struct judging *j)
{
    if (j->unknown)
        ut__message(j->file,
                    "%zu lines are not judged, since nobody says who speaks; name the caller with "
                    "--caller or the agent with --agent, or say --unknown-is caller",
                    j->unknown);
    if (j->foreign)
        ut__message(j->file,
                    "%zu lines are in a language without a list; say --language, or bring --list",
                    j->foreign);
}

/* One file; 0 or UT__EXIT_FAILED. */
static int read_file(struct judging *j, const char *path)
{
    j->file = path;
    j->lines = j->judged = j->unknown = j->foreign = j->alerts = j->charged = 0;
    j->peak = 0;
    ut__talks_free(&j->talks);
    int status = ut__text_file(path, &j->opt, take_line, j);
    if (j->out_of_memory) {
        ut__message(path, "out of memory; lines are missing");
        status = UT__EXIT_FAILED;
    }
    tell_unjudged(j);
    if (j->lines)
        print_summary(j);
    else if (status == 0)
        ut__message(path, "holds no line that anybody wrote or said");
    return status;
}

static int check_lists(const struct ut__text_options *opt)
{
    int status = UT__EXIT_DONE;
    for (int i = 0; i < opt->argument_count; i++) {
        struct ut__text_options one = {.lists = {opt->arguments[i]}, .list_count = 1};
        struct ut__text_lists lists;
        if (ut__text_lists_read(&lists, &one) != 0) {
            status = UT__EXIT_FAILED;
            continue;
        }
        printf("%s: %zu phrases, language %s, no fault\n", opt->arguments[i],
               ut_words_count(lists.list[0]), ut_words_language(lists.list[0]));
        ut__text_lists_free(&lists);
    }
    return status;
}

static int main_words(int argc, char **argv)
{
    struct judging j = {.lines = 0};
    int status = ut__text_options_read(&j.opt, &usage, argc, argv);
    if (status != -1)
        return status;
    if (j.opt.argument_count == 0) {
        ut__message(NULL, "words needs a file; undertone words --help tells more");
        return UT__EXIT_USAGE;
    }
    if (j.opt.check)
        return check_lists(&j.opt);
    status = ut__text_lists_read(&j.lists, &j.opt);
    if (status)
        return status;
    size_t judged = 0;
    for (int i = 0; i < j.opt.argument_count && !ferror(stdout); i++) {
        if (read_file(&j, j.opt.arguments[i]) != 0)
            status = UT__EXIT_FAILED;
        judged += j.judged;
    }
    ut__text_lists_free(&j.lists);
    ut__talks_free(&j.talks);
    return status ? status : judged ? UT__EXIT_DONE : UT__EXIT_UNSCORED;
}

const struct ut__command ut__command_words = {
    .name = "words",
    .summary = "find charged phrases in chats, mails and transcripts",
    .run = main_words};
