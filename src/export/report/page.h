/* SPDX-License-Identifier: MIT */
#ifndef UT_EXPORT_REPORT_PAGE_H
#define UT_EXPORT_REPORT_PAGE_H

#include "base/text.h"

/** Puts a file of this folder that is embedded: "report.css", "call.js"; or of dygraphs: "vendor/...". */
void ut__page_put(struct ut__text *t, const char *name);

#endif
