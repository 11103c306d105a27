/* SPDX-License-Identifier: MIT */
/* A report out of the daemon's own record. */

#include "daemon/write_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "export/report/archive.h"
#include "store/report.h"

static int write_texts(const struct ut__report *r, struct ut__archive_style *style,
                       struct ut__report_texts *out)
{
    struct ut__text text = {.len = 0}, page = {.len = 0}, table = {.len = 0};
    ut__archive_put(&text, r, style);
    style->html = 1;
    ut__archive_put(&page, r, style);
    ut__archive_rows(&table, r, style->by);
    if (text.failed || page.failed || table.failed) {
        ut__text_free(&text);
        ut__text_free(&page);
        ut__text_free(&table);
        return UT_ENOMEM;
    }
    *out = (struct ut__report_texts){.text = text.buf, .page = page.buf, .table = table.buf};
    return 0;
}

int ut__serve_write_report(const char *dir, const char *base_url,
                           const struct ut__report_wish *wish, struct ut__report_texts *out,
                           char *why, size_t cap)
{
    struct ut__report r = {.from_ms = wish->from_ms, .to_ms = wish->to_ms};
    struct ut__archive_style style = {
        .lang = ut__language_named(wish->language), .by = wish->by, .base_url = base_url};
    struct ut__problem problem = {0};
    int err = ut__report_read(&r, dir, wish->ended, &problem);
    if (err)
        snprintf(why, cap, "%s %s", problem.message, problem.remedy);
    else if ((err = write_texts(&r, &style, out)) != 0)
        snprintf(why, cap, "there is no memory for the report");
    ut__report_free(&r);
    return err;
}
