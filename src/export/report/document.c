/* SPDX-License-Identifier: MIT */
/* Sentences and tables as HTML or as plain text. */

#include "export/report/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "export/report/page.h"

/* Characters that stand in a column of their own; what a terminal shows of two is rare here. */
static size_t width(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static void element(struct ut__doc *d, const char *name, const char *text)
{
    ut__text_printf(d->t, "<%s>", name);
    ut__text_xml(d->t, text);
    ut__text_printf(d->t, "</%s>\n", name);
}

void ut__doc_begin(struct ut__doc *d, const char *title)
{
    if (!d->html) {
        ut__text_raw(d->t, title);
        ut__text_raw(d->t, "\n");
        for (size_t i = width(title); i > 0; i--)
            ut__text_raw(d->t, "=");
        ut__text_raw(d->t, "\n\n");
        return;
    }
    ut__text_printf(d->t,
                    "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta "
                    "name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
                    d->lang);
    element(d, "title", title);
    ut__text_raw(d->t, "<style>");
    ut__page_put(d->t, "report.css");
    ut__text_raw(d->t, "</style></head>\n<body><main>\n");
    element(d, "h1", title);
}

void ut__doc_heading(struct ut__doc *d, const char *text)
{
    if (d->html) {
        element(d, "h2", text);
        return;
    }
    ut__text_raw(d->t, "\n");
    ut__text_raw(d->t, text);
    ut__text_raw(d->t, "\n");
    for (size_t i = width(text); i > 0; i--)
        ut__text_raw(d->t, "-");
    ut__text_raw(d->t, "\n");
}

void ut__doc_say(struct ut__doc *d, const char *text)
{
    if (d->html) {
        element(d, "p", text);
        return;
    }
    ut__text_raw(d->t, text);
    ut__text_raw(d->t, "\n");
}

void ut__doc_table(struct ut__doc *d, const char *const *head, size_t columns, unsigned words)
{
    d->columns = columns;
    d->rows = 0;
    d->words = words;
    ut__doc_row(d, head, NULL);
}

void ut__doc_row(struct ut__doc *d, const char *const *cell, const char *link)
{
    if (d->rows == d->room) {
        size_t room = d->room ? 2 * d->room : 32;
        void *cells = realloc(d->cell, room * UT__DOC_COLUMNS_MAX * sizeof d->cell[0]);
        d->cell = cells ? cells : d->cell;
        void *links = cells ? realloc(d->link, room * sizeof d->link[0]) : NULL;
        d->link = links ? links : d->link;
        if (!links) {
            d->t->failed = 1;
            return;
        }
        d->room = room;
    }
    for (size_t i = 0; i < d->columns; i++)
        snprintf(d->cell[d->rows * d->columns + i], UT__DOC_CELL_MAX, "%s", cell[i]);
    d->link[d->rows++] = link;
}

static void put_html_table(struct ut__doc *d)
{
    ut__text_raw(d->t, "<div class=\"panel scroll\" tabindex=\"0\"><table>\n");
    for (size_t r = 0; r < d->rows; r++) {
        const char *tag = r ? "td" : "th";
        ut__text_raw(d->t, "<tr>");
        for (size_t i = 0; i < d->columns; i++) {
            int link = i == 0 && d->link[r];
            ut__text_printf(d->t, "<%s%s>", tag, d->words >> i & 1 ? "" : " class=\"n\"");
            if (link) {
                ut__text_raw(d->t, "<a href=\"");
                ut__text_xml(d->t, d->link[r]);
                ut__text_raw(d->t, "\">");
            }
            ut__text_xml(d->t, d->cell[r * d->columns + i]);
            ut__text_printf(d->t, "%s</%s>", link ? "</a>" : "", tag);
        }
        ut__text_raw(d->t, "</tr>\n");
    }
    ut__text_raw(d->t, "</table></div>\n");
}

static void put_text_table(struct ut__doc *d)
{
    size_t widest[UT__DOC_COLUMNS_MAX] = {0};
    for (size_t i = 0; i < d->rows * d->columns; i++)
        if (width(d->cell[i]) > widest[i % d->columns])
            widest[i % d->columns] = width(d->cell[i]);
    for (size_t r = 0; r < d->rows; r++) {
        for (size_t i = 0; i < d->columns; i++) {
            const char *cell = d->cell[r * d->columns + i];
            size_t blanks = widest[i] - width(cell);
            int left = (int)(d->words >> i & 1);
            ut__text_raw(d->t, "  ");
            for (size_t k = 0; !left && k < blanks; k++)
                ut__text_raw(d->t, " ");
            ut__text_raw(d->t, cell);
            for (size_t k = 0; left && i + 1 < d->columns && k < blanks; k++)
                ut__text_raw(d->t, " ");
        }
        ut__text_raw(d->t, "\n");
        if (d->link[r]) {
            ut__text_raw(d->t, "    ");
            ut__text_raw(d->t, d->link[r]);
            ut__text_raw(d->t, "\n");
        }
    }
}

void ut__doc_table_end(struct ut__doc *d)
{
    if (d->t->failed)
        return;
    if (d->html)
        put_html_table(d);
    else
        put_text_table(d);
}

void ut__doc_end(struct ut__doc *d, const char *foot)
{
    if (d->html) {
        ut__text_raw(d->t, "</main>\n");
        element(d, "footer", foot);
        ut__text_raw(d->t, "</body></html>\n");
    } else {
        ut__text_raw(d->t, "\n");
        ut__text_raw(d->t, foot);
        ut__text_raw(d->t, "\n");
    }
    free(d->cell);
    free(d->link);
    d->cell = NULL;
    d->link = NULL;
    d->room = 0;
}
