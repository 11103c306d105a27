/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_API_REPLIES_H
#define UT_SUPERVISE_API_REPLIES_H

/* Answers: headers that every one carries, errors in one form, and who is let in. Hub thread. */

#include <stddef.h>

#include "contract/ledger.h"
#include "net/http.h"
#include "supervise/auth.h"

struct ut__supervise;

void ut__reply_json(struct ut__supervise *sv, struct ut__http_exchange *x, int status,
                    const char *json, size_t len, const char *headers);
/* A text that browsers keep as a file. name: ours, without quotes. */
void ut__reply_file(struct ut__supervise *sv, struct ut__http_exchange *x, const char *name,
                    const char *text);
void ut__reply_error(struct ut__supervise *sv, struct ut__http_exchange *x, int status,
                     const char *code, const char *message, const char *remedy,
                     const char *headers);
void ut__reply_refusal(struct ut__supervise *sv, struct ut__http_exchange *x,
                       enum ut__ledger_status status, const char *message, const char *remedy);
/* Headers of every answer, with more (may be ""), into buf. */
const char *ut__headers(const struct ut__supervise *sv, const char *more, char *buf, size_t cap);
/* 1 when the origin was foreign and the request has been answered. */
int ut__refuse_origin(struct ut__supervise *sv, struct ut__http_exchange *x);
/* 1 when it is not known who may, and the request has been answered with 503. */
int ut__refuse_unknown(struct ut__supervise *sv, struct ut__http_exchange *x);
/* Who asks, checked against roles; 0 when it has been answered with 401, 403 or 503. */
int ut__admit(struct ut__supervise *sv, struct ut__http_exchange *x, unsigned role_mask,
              struct ut__who *who);

#endif
