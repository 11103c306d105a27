/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_OPTION_TABLE_H
#define UT_TERMINAL_OPTION_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/option.h"

/*
 * Options by table: the same names on the command line (--name VALUE, --name=VALUE) and in a file
 * of `name = value` lines, with the same checks and errors that name the place and the remedy.
 *
 * Rows come in sets, one for each owner; a name is in one set alone. Texts and lists are owned by
 * the values' structs and released by ut__config_clear.
 */

enum {
    UT__CONFIG_FILE_MAX = 1 << 20,
    UT__OPTION_LIST_MAX = 4096,
    UT__OPTION_VALUE_MAX = 1024,
    UT__OPTIONS_MAX = 512 /* Rows of all sets together. */
};

/** The row of a name (len bytes), and its set in *set unless set is NULL; NULL: there is none. */
const struct ut__option *ut__option_find(const struct ut__option_set *sets, const char *name,
                                         size_t len, const struct ut__option_set **set);

/** Gives every row its fallback, checked as if it were written. Returns 0 or an error. */
int ut__config_defaults(const struct ut__option_set *sets, char *why, size_t why_cap);

/**
 * Takes one value by its option's name.
 * why: [why_cap] gets what is wrong and the remedy, without the place. Returns 0; UT_EINVAL.
 */
int ut__config_set(const struct ut__option_set *sets, const char *name, const char *value,
                   char *why, size_t why_cap);

/**
 * Takes the text of a file. `#` and `;` begin a comment line; an unknown name, a bad value and a
 * name given twice (unless it is a list) are errors. text: any bytes. place: the file's name.
 * why: "place:line: what: remedy". Returns 0; UT_EINVAL, UT_EMALFORMED, UT_ETOOBIG, UT_ENOMEM.
 */
int ut__config_parse(const struct ut__option_set *sets, const char *text, size_t len,
                     const char *place, char *why, size_t why_cap);

/** Reads a file and parses it. */
int ut__config_load(const struct ut__option_set *sets, const char *path, char *why, size_t why_cap);

/**
 * The line of a file that sets the address (or what begins with one, up to a comma) that a sentence
 * names, such as one that is in use; 0 when there is none.
 */
size_t ut__config_line_of(const struct ut__option_set *sets, const char *path,
                          const char *sentence);

/** Releases texts and lists, and zeroes them. */
void ut__config_clear(const struct ut__option_set *sets);

/**
 * The names of options whose values differ and that SIGHUP cannot take; "" when there are none.
 * before, after: the same sets with other values.
 */
void ut__config_fixed_changes(const struct ut__option_set *before,
                              const struct ut__option_set *after, char *names, size_t cap);

/** Splits "127.0.0.1:5060" or "[::1]:5060". Returns 0 or UT_EINVAL. host: [64]. */
int ut__config_address(const char *text, char host[64], uint16_t *port);

#endif
