/* SPDX-License-Identifier: MIT */
#ifndef UT_TRANSCRIPT_ARTICLE_H
#define UT_TRANSCRIPT_ARTICLE_H

/* An article of a knowledge base as passages: Markdown, HTML or plain text. */

#include <stddef.h>

#include <undertone/error.h>

enum { UT__PASSAGE_BYTES = 700, UT__PASSAGES_MAX = 5000, UT__ARTICLE_TITLE_MAX = 200 };

enum ut__article_kind { UT__ARTICLE_PLAIN, UT__ARTICLE_MARKDOWN, UT__ARTICLE_HTML };

/* By the name's ending; -1: no file of a kind that is read. */
int ut__article_kind_of(const char *name);

/*
 * Reads one.
 *
 * bytes: [len + 1] with a NUL behind them; they are written to. title: [UT__ARTICLE_TITLE_MAX], its
 * first heading; "" when it has none. passage: told of each, a NUL-terminated text of some 100
 * words, not empty. Returns their number, at most UT__PASSAGES_MAX, or UT_EMALFORMED: no UTF-8.
 */
int ut__article_read(char *title, enum ut__article_kind kind, char *bytes, size_t len,
                     void (*passage)(void *arg, const char *text), void *arg) UT_MUST_CHECK;

/* Leaves tags out, in place, with line ends where blocks end; scripts and styles go whole. */
void ut__strip_html(char *text);

#endif
