/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_OPTION_H
#define UT_CONTRACT_OPTION_H

/*
 * An option as a row of a table. Whoever has options (the daemon, an edge, a command) keeps its own
 * rows and the struct that their values lie in. The command line, the configuration file, --help,
 * --check-config, the manual and the shells' completions all read these rows and nothing else.
 */

#include <stddef.h>
#include <stdint.h>

enum ut__option_kind {
    UT__OPTION_FLAG,     /* int; "yes" or "no" in a file, alone on the command line. */
    UT__OPTION_INT,      /* int64_t, min..max. */
    UT__OPTION_REAL,     /* double, min..max. */
    UT__OPTION_TEXT,     /* char *. */
    UT__OPTION_FILE,     /* char *: a file that must be readable. */
    UT__OPTION_CHOICE,   /* int: the index in `choices`. */
    UT__OPTION_ADDRESS,  /* char *: "127.0.0.1:5060" or "[::1]:5060". */
    UT__OPTION_LIST,     /* struct ut__option_list; may be given many times. */
    UT__OPTION_ADDRESSES /* struct ut__option_list of addresses. */
};

enum {
    UT__OPTION_RELOAD = 1 << 0,   /* SIGHUP takes a new value. */
    UT__OPTION_MANY = 1 << 1,     /* A list that takes all words up to the next option. */
    UT__OPTION_SECRET = 1 << 2,   /* For the file alone: a command line can be read by others. */
    UT__OPTION_KEY_FILE = 1 << 3, /* A file that may hold a private key. */
    UT__CONFIG_WHY_MAX = 400
};

struct ut__option_list {
    char **items;
    size_t count;
};

struct ut__option {
    const char *name; /* Without dashes; NULL ends the table. */
    enum ut__option_kind kind;
    size_t offset; /* Of the value in its struct. */
    double min, max;
    const char *const *choices; /* NULL-terminated. */
    unsigned flags;
    const char *value;    /* What --help calls it: "ADDR:PORT". */
    const char *help;     /* One line. */
    const char *fallback; /* What holds when nothing is said, as it would be written; NULL: none. */
    /* A further check of a text; NULL: none. Returns 0, or an error with the sentence in why. */
    int (*check)(const char *text, char *why, size_t why_cap);
};

/* The rows of one owner and where its values lie. An array of them ends with rows NULL. */
struct ut__option_set {
    const struct ut__option *rows;
    void *values;      /* NULL: the rows are only looked at. */
    const char *title; /* Over the rows in --help: "SIP and SIPREC". */
    const char *about; /* A sentence for the manual; NULL: none. */
};

#endif
