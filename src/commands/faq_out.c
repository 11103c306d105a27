/* SPDX-License-Identifier: MIT */
/* The questions that everybody asks, as text, JSON Lines, CSV, Markdown and HTML. */

#define _DEFAULT_SOURCE /* strcasecmp. */

#include "commands/faq_out.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "base/fixed.h"
#include "base/json_string.h"
#include "terminal/message.h"

enum { FIELD_BYTES = 2 * UT__FAQ_TEXT_MAX + 8, TITLE_MAX = 301 };

enum ut__faq_format ut__faq_format_of(const char *path)
{
    static const struct {
        const char *ending;
        enum ut__faq_format format;
    } endings[] = {{".html", UT__FAQ_HTML},
                   {".htm", UT__FAQ_HTML},
                   {".csv", UT__FAQ_CSV},
                   {".md", UT__FAQ_MARKDOWN}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(dot, endings[i].ending) == 0)
            return endings[i].format;
    return UT__FAQ_TEXT;
}

static void put_number(FILE *out, double value, int decimals)
{
    char text[UT__FIXED_MAX];
    ut__fixed(text, value, decimals);
    fputs(text, out);
}

/* Minutes that conversations went on; nothing where that is not known. */
static void put_minutes(FILE *out, const struct ut__faq_group *g)
{
    if (g->left_s >= 0)
        put_number(out, g->left_s / 60, 1);
}

static void write_text(FILE *out, const struct ut__faq_group *g, size_t rank)
{
    char safe[UT__FAQ_TEXT_MAX + 4];
    fprintf(out, "%4zu  %5u  ", rank, g->asked);
    put_number(out, (double)g->stress, 2);
    fprintf(out, "  %s  %s\n", g->language, ut__safe_name(safe, sizeof safe, g->text));
}

/* title: of the article that answers; "": none does; NULL: nobody knows any. */
static void write_json(FILE *out, const struct ut__faq_group *g, size_t rank, const char *title)
{
    char text[UT__JSON_STRING_MAX + 16];
    fprintf(out, "{\"type\":\"question\",\"rank\":%zu,\"language\":\"%s\",\"text\":%s,", rank,
            g->language, ut__json_string(text, sizeof text, g->text));
    fprintf(out, "\"asked\":%u,\"conversations\":%u,\"again\":%u,\"stress\":", g->asked,
            g->conversations, g->again);
    put_number(out, (double)g->stress, 3);
    fputs(",\"minutes\":", out);
    if (g->left_s >= 0)
        put_minutes(out, g);
    else
        fputs("null", out);
    fputs(",\"trend\":", out);
    put_number(out, (double)g->trend, 2);
    fputs(",\"examples\":[", out);
    for (int i = 0; i < UT__FAQ_EXAMPLES && g->example[i]; i++)
        fprintf(out, "%s%s", i ? "," : "", ut__json_string(text, sizeof text, g->example[i]));
    fputs("]", out);
    if (title)
        fprintf(out, ",\"article\":%s",
                *title ? ut__json_string(text, sizeof text, title) : "null");
    fputs("}\n", out);
}

static void put_csv(FILE *out, const char *text)
{
    char field[FIELD_BYTES];
    fputs(ut__csv_text(field, sizeof field, text) < sizeof field ? field : "", out);
}

static void write_csv(FILE *out, const struct ut__faq_group *g, size_t rank, const char *title)
{
    fprintf(out, "%zu,%s,", rank, g->language);
    put_csv(out, g->text);
    fprintf(out, ",%u,%u,%u,", g->asked, g->conversations, g->again);
    put_number(out, (double)g->stress, 3);
    fputc(',', out);
    put_minutes(out, g);
    fputc(',', out);
    put_number(out, (double)g->trend, 2);
    for (int i = 0; i < UT__FAQ_EXAMPLES; i++) {
        fputc(',', out);
        if (g->example[i])
            put_csv(out, g->example[i]);
    }
    fputc(',', out);
    put_csv(out, title ? title : "");
    fputc('\n', out);
}

/* Text within Markdown's tables and HTML: nothing in it may be taken for markup. */
static void put_markup(FILE *out, const char *text, int html)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '<')
            fputs("&lt;", out);
        else if (c == '&')
            fputs("&amp;", out);
        else if (c == '>')
            fputs("&gt;", out);
        else if (html && c == '"')
            fputs("&quot;", out);
        else if (!html && strchr("\\`*_[]|#!", c))
            fprintf(out, "\\%c", c);
        else
            fputc(c < 0x20 ? ' ' : c, out);
    }
}

static void write_row(FILE *out, const struct ut__faq_group *g, size_t rank, const char *title,
                      int html)
{
    const char *next = html ? "</td><td>" : " | ";
    fprintf(out, "%s%zu%s", html ? "<tr><td>" : "| ", rank, next);
    put_markup(out, g->text, html);
    for (int i = 0; i < UT__FAQ_EXAMPLES && g->example[i]; i++) {
        fputs(html ? "<br><small>" : "; ", out);
        put_markup(out, g->example[i], html);
        fputs(html ? "</small>" : "", out);
    }
    fprintf(out, "%s%s%s%u%s%u%s%u%s", next, g->language, next, g->asked, next, g->conversations,
            next, g->again, next);
    put_number(out, (double)g->stress, 2);
    fputs(next, out);
    put_minutes(out, g);
    fputs(next, out);
    put_number(out, (double)g->trend, 1);
    fputs(next, out);
    put_markup(out, !title ? "" : *title ? title : "none does", html);
    fputs(html ? "</td></tr>\n" : " |\n", out);
}

static const char page_begin[] =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>What everybody "
    "asks</title>\n"
    "<style>body{font:15px/1.4 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.4em;border-bottom:1px solid "
    "#ccc;text-align:left;vertical-align:top}small{color:#555}</style>\n"
    "<h1>What everybody asks</h1>\n<table><tr><th>Rank<th>Question<th>Language<th>Asked"
    "<th>Conversations<th>Asked again<th>Stress<th>Minutes<th>Trend<th>Article</tr>\n";
static const char table_begin[] =
    "# What everybody asks\n\n| Rank | Question | Language | Asked | Conversations | Asked again | "
    "Stress | Minutes | Trend | Article |\n|---|---|---|---|---|---|---|---|---|---|\n";

void ut__faq_write(FILE *out, enum ut__faq_format format, const struct ut__faq *faq, size_t count,
                   size_t top, const struct ut__faq_articles *articles)
{
    char title[TITLE_MAX];
    if (format == UT__FAQ_CSV)
        fputs("rank,language,question,asked,conversations,again,stress,minutes,trend,example_1,"
              "example_2,example_3,article\n",
              out);
    if (format == UT__FAQ_TEXT)
        fputs("rank  asked  stress  question\n", out);
    fputs(format == UT__FAQ_HTML ? page_begin : format == UT__FAQ_MARKDOWN ? table_begin : "", out);
    for (size_t i = 0; i < count && i < top && !ferror(out); i++) {
        struct ut__faq_group g;
        ut__faq_group(faq, i, &g);
        int known = articles && articles->answers(articles->arg, &g, title, sizeof title) == 0;
        if (format == UT__FAQ_JSON)
            write_json(out, &g, i + 1, known ? title : NULL);
        else if (format == UT__FAQ_CSV)
            write_csv(out, &g, i + 1, known ? title : NULL);
        else if (format == UT__FAQ_TEXT)
            write_text(out, &g, i + 1);
        else
            write_row(out, &g, i + 1, known ? title : NULL, format == UT__FAQ_HTML);
    }
    if (format == UT__FAQ_HTML)
        fputs("</table></html>\n", out);
}
