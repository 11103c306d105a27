/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_TARGET_H
#define UT_SUPERVISE_CHANNELS_TARGET_H

#include <stddef.h>

#include <undertone/error.h>

/* What is asked of a receiver by HTTP, be it of alerts or of help: address, headers, secrets. */

enum {
    UT__TARGET_FILE_MAX = 16384,
    UT__TARGET_HEADER_MAX = 512, /* Bytes of a line, with NUL. */
    UT__TARGET_HEADERS_MAX = 16
};

/**
 * A text file of 1 to UT__TARGET_FILE_MAX bytes without its last line ends, to free(). NULL: why says
 * what is wrong.
 */
char *ut__target_read_file(const char *path, char *why, size_t cap);

/** Checks lines "Name: value" (RFC 9110, section 5). Returns 0 or UT_EINVAL. */
int ut__target_check_headers(const char *text, char *why, size_t cap) UT_MUST_CHECK;

/** 1 for an address with https://, or with http:// and this machine's loopback alone; NULL is none. */
int ut__target_check_url(const char *url);

#endif
