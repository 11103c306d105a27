/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_ARGS_H
#define UT_STORE_ARGS_H

/* Arguments of questions in JSON, and short answers. Store's thread. */

#include "base/json.h"
#include "contract/inquiry.h"

struct ut__store;

/* Arguments. ut__arg_text gives NULL where there is none or it is no text. */
const char *ut__arg_text(json_t *args, const char *name);
int64_t ut__arg_int(json_t *args, const char *name, int64_t dflt);
double ut__arg_num(json_t *args, const char *name, double dflt);
/** A text, NULL where it is empty. Returns 0 when it is longer than max, and answers so. */
int ut__arg_note(json_t *args, const char *name, size_t max, const char **text,
                 struct ut__answer *out);
/** limit and cursor; a cursor that is not given is dflt. Returns 0 when they make no sense. */
int ut__arg_page(json_t *args, int64_t dflt, int64_t *limit, int64_t *cursor,
                 struct ut__answer *out);
/** Answers with a failure and its texts; returns 0. */
int ut__fail(struct ut__answer *out, enum ut__ledger_status status, const char *message,
             const char *remedy);
/** Answers {"name":n}; returns 0. */
int ut__count(struct ut__answer *out, const char *name, int64_t n);
/** Answers with a text of sqlite's making, or not found when it is NULL; returns 0. */
int ut__found(struct ut__answer *out, char *json_take, const char *message);

#endif
