/* SPDX-License-Identifier: MIT */
#ifndef UT_NET_HTTP_HEAD_H
#define UT_NET_HTTP_HEAD_H

/* The head of one HTTP request: pure, bytes in, strings out. libre's parser does the work; what it
   lets pass and we do not want (two lengths, chunked bodies, NUL bytes) is refused here. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UT__HTTP_HEADERS_MAX = 128, /* Header values of one request; more is answered 431. */
    UT__HTTP_STATUS_BAD = 400,
    UT__HTTP_STATUS_HEAD_TOO_BIG = 431,
    UT__HTTP_STATUS_NO_CHUNKED = 501,
    UT__HTTP_STATUS_VERSION = 505,
    UT__HTTP_STATUS_BUSY = 503
};

struct ut__http_field {
    const char *name, *value;
};

/* One allocation; free() releases it. */
struct ut__http_head {
    const char *method, *target, *path, *query;
    uint64_t body_len_bytes;
    bool http10, keep_alive, expects_continue;
    size_t count;
    struct ut__http_field *headers; /* One a name: repeated ones are joined by ", ". */
};

/**
 * Finds the end of a head.
 *
 * scanned: how far earlier calls looked; 0 at first. So the work stays linear however the bytes
 * are cut. Returns the head's length with its closing empty line, or 0: more bytes are needed.
 */
size_t ut__http_head_end(const uint8_t *buf, size_t len, size_t *scanned);

/** Parses buf: [len], one whole head. Returns 0, or the HTTP status to refuse it with. Allocates.
 */
int ut__http_head_parse(struct ut__http_head **out, const uint8_t *buf, size_t len);

/** The value of a header, any case; NULL when absent. */
const char *ut__http_head_get(const struct ut__http_head *head, const char *name);

/** 1 when the comma-separated list holds the token, any case. list may be NULL. */
bool ut__http_has_token(const char *list, const char *token);

#endif
