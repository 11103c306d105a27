/* SPDX-License-Identifier: MIT */
/* undertone faq --data: the lines that the record keeps, the articles that answer, the ranking kept. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "commands/faq.h"
#include "daemon/data_command.h"
#include "terminal/command.h"

enum { PAGE = 500, WORD_MIN = 4, STEM = 5, CURSOR_MAX = 24 };

static void tell(json_t *row, void (*line)(void *ctx, const struct ut__line *line), void *ctx)
{
    const char *who = ut__json_text(row, "who");
    const struct ut__line one = {.t_s = json_number_value(json_object_get(row, "time_ms")) / 1000,
                                 .who = strcmp(who, "caller") == 0  ? UT__WHO_CALLER
                                        : strcmp(who, "agent") == 0 ? UT__WHO_AGENT
                                                                    : UT__WHO_UNKNOWN,
                                 .name = "",
                                 .text = ut__json_text(row, "text"),
                                 .len = json_string_length(json_object_get(row, "text")),
                                 .language = ut__json_text(row, "language"),
                                 .conversation = ut__json_text(row, "call"),
                                 .confidence = -1};
    line(ctx, &one);
}

static int lines(const char *dir, void (*line)(void *ctx, const struct ut__line *line), void *ctx)
{
    char cursor[CURSOR_MAX] = "0";
    int status = UT__EXIT_DONE;
    while (*cursor && status == UT__EXIT_DONE) {
        json_t *answer = NULL, *row;
        size_t i;
        status = ut__data_ask("faq", dir, UT__LEDGER_LINES,
                              json_pack("{si ss}", "limit", PAGE, "cursor", cursor), &answer);
        json_array_foreach(json_object_get(answer, "lines"), i, row) tell(row, line, ctx);
        snprintf(cursor, sizeof cursor, "%s", ut__json_text(answer, "next"));
        json_decref(answer);
    }
    return status;
}

static int keep(const char *dir, const char *json, size_t len, size_t count)
{
    json_t *questions = json_array(), *answer = NULL;
    for (const char *at = json, *end = json + len; at < end;) {
        const char *eol = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((eol ? eol : end) - at);
        json_array_append_new(questions, json_loadb(at, n, 0, NULL));
        at += n + 1;
    }
    int status = ut__data_ask(
        "faq", dir, UT__LEDGER_FAQ_KEEP,
        json_pack("{so sI}", "questions", questions, "lines", (json_int_t)count), &answer);
    json_decref(answer);
    return status;
}

/* Whether half of the question's longer words are in the article, by their beginnings. */
static int speaks_of(const char *question, const char *title, const char *passage)
{
    unsigned words = 0, there = 0;
    while (*question) {
        char stem[STEM + 1];
        size_t n = strcspn(question, " \t.,;:?!\"()");
        if (n >= WORD_MIN) {
            size_t k = n < STEM ? n : STEM;
            while (k > 1 && ((unsigned char)question[k] & 0xc0) == 0x80)
                k--;
            snprintf(stem, sizeof stem, "%.*s", (int)k, question);
            words++;
            there += strcasestr(title, stem) || strcasestr(passage, stem);
        }
        question += n;
        question += strspn(question, " \t.,;:?!\"()");
    }
    return words && there * 2 >= words;
}

static int answers(void *dir, const struct ut__faq_group *g, char *title, size_t cap)
{
    json_t *answer = NULL, *row;
    size_t i;
    int status = ut__data_ask(
        "faq", dir, UT__LEDGER_ARTICLE_FIND,
        json_pack("{ss ss ss}", "q", g->text, "language", g->language, "queue", ""), &answer);
    title[0] = '\0';
    json_array_foreach(json_object_get(answer, "articles"), i,
                       row) if (!*title && speaks_of(g->text, ut__json_text(row, "title"),
                                                     ut__json_text(row, "passage")))
        snprintf(title, cap, "%s", ut__json_text(row, "title"));
    json_decref(answer);
    return status;
}

static int main_faq(int argc, char **argv)
{
    static const struct ut__faq_record record = {.lines = lines, .keep = keep, .answers = answers};
    return ut__faq_main(&record, argc, argv);
}

const struct ut__command ut__command_faq = {
    .name = "faq", .summary = UT__FAQ_SUMMARY, .run = main_faq};
