/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_SECRETS_H
#define UT_DAEMON_SECRETS_H

#include "contract/option.h"

/* A place where others could read or guess what they should not. what: a sentence with the remedy. */
typedef void ut__secrets_teller(const char *option, const char *what);

/**
 * Tells of every password, token and key of a configuration that stands on the command line, is short,
 * or lies in a file that all users of the machine may read. file: what --config names; NULL: none.
 */
void ut__secrets_tell(const struct ut__option_set *sets, int argc, char **argv, const char *file,
                      ut__secrets_teller *tell);

#endif
