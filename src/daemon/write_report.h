/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_WRITE_REPORT_H
#define UT_DAEMON_WRITE_REPORT_H

#include <stddef.h>

#include <undertone/error.h>

#include "contract/report.h"

/**
 * Reads a span of the record in DIR by a connection of its own, so that nobody waits for it, and writes its
 * report. base_url: of the page; NULL: no links. Any thread but the hub's. Returns 0, or an error with why.
 */
int ut__serve_write_report(const char *dir, const char *base_url,
                           const struct ut__report_wish *wish, struct ut__report_texts *out,
                           char *why, size_t cap) UT_MUST_CHECK;

#endif
