/* SPDX-License-Identifier: MIT */
#ifndef UT_EXPORT_REPORT_ARCHIVE_H
#define UT_EXPORT_REPORT_ARCHIVE_H

/* The report of a span of the record: as HTML for mail and paper, as text, and its table as CSV. */

#include "base/text.h"
#include "contract/report.h"
#include "export/report/words.h"

struct ut__archive_style {
    enum ut__language lang;
    enum ut__report_by by;
    int html;             /* 0: plain text. */
    const char *base_url; /* Of the page, for links to calls; NULL: none. */
};

/** Writes it. A failed allocation shows in t->failed. */
void ut__archive_put(struct ut__text *t, const struct ut__report *report,
                     const struct ut__archive_style *style);

/** A row a queue, agent or hour, and one for all: RFC 4180, numbers as programs read them. */
void ut__archive_rows(struct ut__text *t, const struct ut__report *report, enum ut__report_by by);

/** The groups of a report, *n of them. */
const struct ut__report_group *ut__archive_groups(const struct ut__report *report,
                                                  enum ut__report_by by, size_t *n);

#endif
