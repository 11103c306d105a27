/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_DATA_COMMAND_H
#define UT_DAEMON_DATA_COMMAND_H

#include <jansson.h>

#include "store/store.h"

/**
 * Asks a data folder one thing for a command. args_take: freed. answer: to json_decref, NULL on
 * failure, which has been said on standard error. Returns an exit status.
 */
int ut__data_ask(const char *command, const char *dir, enum ut__ledger_op op, json_t *args_take,
                 json_t **answer);
/** The same with values; answer: to ut__answer_free in any case. */
int ut__data_inquire(const char *command, const char *dir, const struct ut__inquiry *inquiry,
                     struct ut__answer *answer);

#endif
