/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_OPTION_TABLE_H
#define UT_TERMINAL_OPTION_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/*
 * Options by table: the same names on the command line (--name VALUE, --name=VALUE) and in a file
 * of `name = value` lines, with the same checks and errors that name the place and the remedy.
 *
 * The values lie in a struct of the program's, at the offsets that the table gives. Texts and lists
 * are owned by it and released by ut__config_clear.
 */

enum ut__option_kind {
    UT__OPTION_FLAG,     /* int; "yes" or "no" in a file, alone on the command line. */
    UT__OPTION_INT,      /* int64_t, min..max. */
    UT__OPTION_REAL,     /* double, min..max. */
    UT__OPTION_TEXT,     /* char *. */
    UT__OPTION_CHOICE,   /* int: the index in `choices`. */
    UT__OPTION_ADDRESS,  /* char *: "127.0.0.1:5060" or "[::1]:5060". */
    UT__OPTION_LIST,     /* struct ut__option_list; may be given many times. */
    UT__OPTION_ADDRESSES /* struct ut__option_list of addresses. */
};

enum {
    UT__OPTION_RELOAD = 1 << 0, /* SIGHUP takes a new value. */
    UT__CONFIG_WHY_MAX = 400,
    UT__CONFIG_FILE_MAX = 1 << 20,
    UT__OPTION_LIST_MAX = 4096,
    UT__OPTION_VALUE_MAX = 1024
};

struct ut__option_list {
    char **items;
    size_t count;
};

struct ut__option {
    const char *name; /* Without dashes; NULL ends the table. */
    enum ut__option_kind kind;
    size_t offset;
    double min, max;
    const char *const *choices; /* NULL-terminated. */
    unsigned flags;
    const char *value; /* What --help calls it: "ADDR:PORT". */
    const char *help;  /* One line. */
    /* A further check of a text; NULL: none. Returns 0, or an error with the sentence in why. */
    int (*check)(const char *text, char *why, size_t why_cap);
};

/**
 * Takes one value by its option's name.
 * why: [why_cap] gets what is wrong and the remedy, without the place. Returns 0; UT_EINVAL.
 */
int ut__config_set(void *cfg, const struct ut__option *table, const char *name, const char *value,
                   char *why, size_t why_cap);

/**
 * Takes the text of a file. `#` and `;` begin a comment line; an unknown name, a bad value and a
 * name given twice (unless it is a list) are errors. text: any bytes. place: the file's name.
 * why: "place:line: what: remedy". Returns 0; UT_EINVAL, UT_EMALFORMED, UT_ETOOBIG, UT_ENOMEM.
 */
int ut__config_parse(void *cfg, const struct ut__option *table, const char *text, size_t len,
                     const char *place, char *why, size_t why_cap);

/** Reads a file and parses it. */
int ut__config_load(void *cfg, const struct ut__option *table, const char *path, char *why,
                    size_t why_cap);

/**
 * The line of a file that sets the address (or what begins with one, up to a comma) that a sentence
 * names, such as one that is in use; 0 when there is none.
 */
size_t ut__config_line_of(const struct ut__option *table, const char *path, const char *sentence);

/** Releases texts and lists, and zeroes them. */
void ut__config_clear(void *cfg, const struct ut__option *table);

/** The names of options whose values differ and that SIGHUP cannot take; "" when there are none. */
void ut__config_fixed_changes(const void *before, const void *after, const struct ut__option *table,
                              char *names, size_t cap);

/** Splits "127.0.0.1:5060" or "[::1]:5060". Returns 0 or UT_EINVAL. host: [64]. */
int ut__config_address(const char *text, char host[64], uint16_t *port);

#endif
