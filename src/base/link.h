/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_LINK_H
#define UT_BASE_LINK_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/* What a template may name. Texts may be any bytes. */
struct ut__link {
    const char *path, *call, *queue, *agent;
    int64_t started_ms;
};

/**
 * "https://recordings.example/{date}/{call}.wav": each name in braces by its value, {name} by the last
 * part of the path, {date} by the day of the call's start in this machine's zone. In a template with
 * a scheme, values are written as URLs write them.
 *
 * out: [cap]. Returns 0; UT_EINVAL for a name that there is none of, UT_ENOSPC.
 */
int ut__link_write(char *out, size_t cap, const char *template,
                   const struct ut__link *link) UT_MUST_CHECK;

#endif
