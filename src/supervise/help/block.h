/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_HELP_BLOCK_H
#define UT_SUPERVISE_HELP_BLOCK_H

#include <stddef.h>

#include <undertone/error.h>

/*
 * What Asterisk's manager interface and FreeSWITCH's event socket answer by: lines "Name: value", ended
 * by LF or CR LF, up to an empty one; of FreeSWITCH's some with a body of Content-Length bytes. Pure;
 * any thread.
 */

struct ut__block {
    const char *text; /* A view: lines and body. */
    size_t head_len, body_len;
};

/** The length in bytes of the block that begins buf: [len]; 0 while it is not whole; UT_ETOOBIG. */
int ut__block_read(struct ut__block *out, const char *buf, size_t len);

/** A line's value into out: [cap], cut to it; "" where there is none. Returns 1 when there is one. */
int ut__block_get(const struct ut__block *b, const char *name, char *out, size_t cap);

#endif
