/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_HELP_H
#define UT_TERMINAL_HELP_H

#include <stddef.h>

#include "contract/option.h"

/*
 * What a command tells of itself. One description for --help, its manual page and the shells'
 * completions: a command calls ut__help when it is asked for --help, and the form decides.
 *
 * Texts are plain. A blank line parts paragraphs; a line that begins with two blanks is shown as it
 * is.
 */
struct ut__help {
    const char *command;  /* "replay" */
    const char *synopsis; /* "[OPTION...] FILE..."; NULL: `about` begins with usage of its own. */
    const char *about;
    const struct ut__option_set *sets; /* Ended by rows NULL; a title may be NULL. */
    const char *examples;              /* NULL: none. */
};

enum ut__help_form {
    UT__HELP_TEXT,         /* For a person, on a terminal. */
    UT__HELP_MAN,          /* mdoc, a page of section 1. */
    UT__HELP_CONF,         /* mdoc, the sets alone as lines of a configuration file. */
    UT__HELP_BASH_OPTIONS, /* A case of bash: the options of a command. */
    UT__HELP_BASH_CHOICES, /* Cases of bash: the values of its options, where they are few. */
    UT__HELP_ZSH           /* A case of zsh. */
};

/** Chooses the form of all that follows; `summary`: of the command, for the manual. One thread. */
void ut__help_set_form(enum ut__help_form form, const char *summary);

/** Tells it on standard output. */
void ut__help(const struct ut__help *h);

/* The manual's side, in help_mdoc.c; of: the summary. */
void ut__help_mdoc(const struct ut__help *h, const char *of);
void ut__help_mdoc_conf(const struct ut__help *h);
/** The head of a page: NAME alone. title: upper case. */
void ut__help_mdoc_head(const char *title, int section, const char *name, const char *of);
/** A text as mdoc, after the rules above. */
void ut__help_mdoc_text(const char *text);

#endif
