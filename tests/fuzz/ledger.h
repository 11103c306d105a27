/* SPDX-License-Identifier: MIT */
#ifndef UT_FUZZ_LEDGER_H
#define UT_FUZZ_LEDGER_H

#include <stddef.h>

#include "contract/ledger.h"
#include "contract/stream.h"

/*
 * The store's questions on a database in memory, answered in the thread that asks: a fuzzer waits
 * for no other thread. Apart from the target because jansson and libre cannot be included together.
 */

/** Opens it anew. listener: copied. Returns 0, or -1. */
int fuzz_ledger_open(struct ut__ledger *out, const struct ut__ledger_listener *listener);
void fuzz_ledger_push(const struct ut__stream_item *item);
void fuzz_ledger_close(void);

/** 1 when text is one JSON value. */
int json_is_valid(const char *text, size_t len);

/** 1 when text is {"error":{"code","message","remedy"}}, none of them empty. */
int json_is_error(const char *text, size_t len);

#endif
