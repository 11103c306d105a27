/* SPDX-License-Identifier: MIT */
#ifndef UT_EXPORT_REPORT_DOCUMENT_H
#define UT_EXPORT_REPORT_DOCUMENT_H

/*
 * A document of titles, sentences and tables, as HTML that needs nothing else and runs no script, so
 * that mail shows it, or as plain text. One thread at a time.
 */

#include <stddef.h>

#include "base/text.h"

enum { UT__DOC_COLUMNS_MAX = 10, UT__DOC_CELL_MAX = 200 };

struct ut__doc {
    struct ut__text *t;
    int html;
    const char *lang; /* "en", "es", "vi". */
    /* The table that is being written. */
    char (*cell)[UT__DOC_CELL_MAX]; /* [rows][columns], the head first. */
    const char **link;              /* Of the first cell of a row; NULL: none. Borrowed. */
    size_t columns, rows, room;
    unsigned words; /* Columns that are words, a bit each: to the left. */
};

/** Begins; title goes to the head as well. */
void ut__doc_begin(struct ut__doc *d, const char *title);
void ut__doc_heading(struct ut__doc *d, const char *text);
void ut__doc_say(struct ut__doc *d, const char *text);

/** A table: its head, then its rows, cell by cell. Texts are copied, and cut where they are long. */
void ut__doc_table(struct ut__doc *d, const char *const *head, size_t columns, unsigned words);
void ut__doc_row(struct ut__doc *d, const char *const *cell, const char *link);
void ut__doc_table_end(struct ut__doc *d);

/** Ends, and releases. A failed allocation shows in t->failed. */
void ut__doc_end(struct ut__doc *d, const char *foot);

#endif
