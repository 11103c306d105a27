/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_REPORT_H
#define UT_STORE_REPORT_H

#include "contract/report.h"
#include "store/schema.h"

/**
 * Reads a span of the record of a folder, by a connection of its own: a daemon may be using it, and
 * waits for nothing. A million calls take some seconds.
 *
 * report: from_ms and to_ms are set; the rest is filled in. Returns 0; or UT_EIO with *problem
 * filled, also when *ended (NULL: never) became 1 meanwhile. Release it either way.
 */
int ut__report_read(struct ut__report *report, const char *dir, const _Atomic int *ended,
                    struct ut__problem *problem);
void ut__report_free(struct ut__report *report);

#endif
