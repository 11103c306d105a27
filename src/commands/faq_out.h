/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_FAQ_OUT_H
#define UT_COMMANDS_FAQ_OUT_H

#include <stddef.h>
#include <stdio.h>

#include "words/faq.h"

enum ut__faq_format { UT__FAQ_TEXT, UT__FAQ_JSON, UT__FAQ_CSV, UT__FAQ_MARKDOWN, UT__FAQ_HTML };

/* The format of a file by its ending (.html, .csv, .md); UT__FAQ_TEXT: none of them. */
enum ut__faq_format ut__faq_format_of(const char *path);

/* The article that answers a question. */
struct ut__faq_articles {
    /* Fills title: [cap], "": none does. Not 0: there is no telling. */
    int (*answers)(void *arg, const struct ut__faq_group *group, char *title, size_t cap);
    void *arg;
};

/* Writes the first `top` groups. articles: NULL: nobody knows any. Errors are the stream's to tell. */
void ut__faq_write(FILE *out, enum ut__faq_format format, const struct ut__faq *faq, size_t count,
                   size_t top, const struct ut__faq_articles *articles);

#endif
