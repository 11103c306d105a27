/* SPDX-License-Identifier: MIT */
/* The report's table as CSV. */

#include "base/csv.h"
#include "base/interval.h"
#include "export/report/archive.h"
#include "export/report/change.h"

const struct ut__report_group *ut__archive_groups(const struct ut__report *report,
                                                  enum ut__report_by by, size_t *n)
{
    switch (by) {
    case UT__REPORT_BY_AGENT:
        *n = report->agents;
        return report->agent;
    case UT__REPORT_BY_HOUR:
        *n = UT__REPORT_HOURS;
        return report->hour;
    default:
        *n = report->queues;
        return report->queue;
    }
}

static void put_num(struct ut__text *t, int there, double v, int decimals)
{
    ut__text_raw(t, ",");
    if (there)
        ut__text_num(t, v, decimals);
}

static void put_counts(struct ut__text *t, const struct ut__report_counts *c)
{
    struct ut__interval alerted = ut__wilson((double)c->alerted, (double)c->scored);
    struct ut__interval right = ut__wilson((double)c->right, (double)c->verdicts);
    double scored = (double)c->scored, judged = (double)c->verdicts;
    ut__text_printf(t, ",%llu,%llu,%llu,%llu", (unsigned long long)c->calls,
                    (unsigned long long)c->imported, (unsigned long long)c->scored,
                    (unsigned long long)c->alerted);
    put_num(t, c->scored > 0, (double)c->alerted / scored, 4);
    put_num(t, c->scored > 0, alerted.low, 4);
    put_num(t, c->scored > 0, alerted.high, 4);
    put_num(t, c->scored > 0, c->peak_sum / scored, 3);
    put_num(t, c->scored > 0, c->end_sum / scored, 3);
    ut__text_printf(t, ",%llu,%llu,%llu,%llu,%llu", (unsigned long long)c->alerts,
                    (unsigned long long)c->answered, (unsigned long long)c->in_time,
                    (unsigned long long)c->verdicts, (unsigned long long)c->right);
    put_num(t, c->verdicts > 0, (double)c->right / judged, 4);
    put_num(t, c->verdicts > 0, right.low, 4);
    put_num(t, c->verdicts > 0, right.high, 4);
    put_num(t, 1, c->call_s / 60, 1);
    put_num(t, 1, c->elevated_s / 60, 1);
    put_num(t, 1, c->alert_s / 60, 1);
}

static void put_row(struct ut__text *t, const char *by, const struct ut__report_group *g,
                    size_t tries)
{
    static const char *const claims[] = {"down", "", "up"};
    char field[2 * UT__CALL_LABEL_MAX + 4]; /* Each a quote, two around, an apostrophe. */
    int claim = ut__change_claim((double)g->now.alerted, (double)g->now.scored,
                                 (double)g->before.alerted, (double)g->before.scored, tries);
    (void)ut__csv_text(field, sizeof field, g->name);
    ut__text_raw(t, by);
    ut__text_raw(t, ",");
    ut__text_raw(t, field);
    put_counts(t, &g->now);
    ut__text_printf(t, ",%llu,%llu", (unsigned long long)g->before.scored,
                    (unsigned long long)g->before.alerted);
    ut__text_printf(t, ",%s\r\n", claims[claim + 1]);
}

void ut__archive_rows(struct ut__text *t, const struct ut__report *report, enum ut__report_by by)
{
    static const char *const names[] = {"queue", "agent", "hour"};
    const struct ut__report_group all = {.name = "", .now = report->now, .before = report->before};
    size_t n;
    const struct ut__report_group *g = ut__archive_groups(report, by, &n);
    ut__text_raw(t, "by,name,calls,imported,scored,alerted,alerted_share,alerted_low,alerted_high,"
                    "mean_peak,mean_end,live_alerts,answered,in_time,verdicts,right,right_share,"
                    "right_low,right_high,minutes,stressed_minutes,alert_minutes,before_scored,"
                    "before_alerted,change\r\n");
    put_row(t, "all", &all, 1);
    for (size_t i = 0; i < n; i++)
        if (g[i].now.calls)
            put_row(t, names[by], &g[i], n);
}
