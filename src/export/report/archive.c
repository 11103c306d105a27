/* SPDX-License-Identifier: MIT */
/* What a span of the record comes to, in words and tables. */

#include "export/report/archive.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/interval.h"
#include "export/report/change.h"
#include "export/report/document.h"

enum {
    SENTENCE_BYTES = 1024,
    VALUE_BYTES = 128,
    VALUES_MAX = 10,
    EXPOSED_MAX = 10,
    URL_BYTES = 700
};

/* A sentence in the making: values are written as the language does. */
struct writer {
    struct ut__doc doc;
    const struct ut__report *r;
    const struct ut__archive_style *style;
    char value[VALUES_MAX][VALUE_BYTES];
    size_t values;
    char url[2 * UT__REPORT_CALLS_MAX][URL_BYTES];
    size_t urls;
};

static char *next_value(struct writer *w)
{
    return w->value[w->values < VALUES_MAX ? w->values++ : VALUES_MAX - 1];
}

/* Decimals: a comma in Spanish and Vietnamese. */
static void localise(const struct writer *w, char *text)
{
    char *dot = strchr(text, '.');
    if (dot && w->style->lang != UT__ENGLISH)
        *dot = ',';
}

static struct writer *number(struct writer *w, double v, int decimals)
{
    char *text = next_value(w);
    snprintf(text, VALUE_BYTES, "%.*f", decimals, v);
    localise(w, text);
    return w;
}

static struct writer *count(struct writer *w, uint64_t n)
{
    snprintf(next_value(w), VALUE_BYTES, "%llu", (unsigned long long)n);
    return w;
}

static struct writer *text(struct writer *w, const char *s)
{
    snprintf(next_value(w), VALUE_BYTES, "%.*s", VALUE_BYTES - 1, s);
    return w;
}

static struct writer *share(struct writer *w, double k, double n)
{
    snprintf(next_value(w), VALUE_BYTES, n > 0 ? "%.0f %%" : "–", n > 0 ? 100 * k / n : 0.0);
    return w;
}

/* Its share, and the ends of its interval, in per cent. */
static struct writer *share_with_ends(struct writer *w, uint64_t k, uint64_t n)
{
    struct ut__interval x = ut__wilson((double)k, (double)n);
    (void)share(w, (double)k, (double)n);
    (void)number(w, 100 * x.low, 0);
    return number(w, 100 * x.high, 0);
}

static const char *sentence(struct writer *w, char out[SENTENCE_BYTES], enum ut__word word)
{
    const char *values[VALUES_MAX];
    for (size_t i = 0; i < w->values; i++)
        values[i] = w->value[i];
    (void)ut__words(out, SENTENCE_BYTES, w->style->lang, word, values, w->values);
    w->values = 0;
    return out;
}

static void say(struct writer *w, enum ut__word word)
{
    char out[SENTENCE_BYTES];
    ut__doc_say(&w->doc, sentence(w, out, word));
}

static const char *word(const struct writer *w, enum ut__word which)
{
    return ut__word(w->style->lang, which);
}

static void local_time(char *out, size_t cap, int64_t ms, const char *format)
{
    time_t s = (time_t)(ms / 1000);
    struct tm tm = {.tm_mday = 1};
    (void)localtime_r(&s, &tm);
    if (strftime(out, cap, format, &tm) == 0)
        out[0] = '\0';
}

static struct writer *day(struct writer *w, int64_t ms)
{
    local_time(next_value(w), VALUE_BYTES, ms, "%Y-%m-%d");
    return w;
}

/* ---- sentences ---- */

static void say_whys(struct writer *w)
{
    char list[SENTENCE_BYTES] = "", one[SENTENCE_BYTES];
    size_t n = 0;
    for (int why = UT_WHY_ROLE; why < UT_WHY_COUNT; why++) {
        if (!w->r->now.why[why])
            continue;
        (void)count(w, w->r->now.why[why]);
        (void)sentence(w, one, (enum ut__word)(UT__W_WHY_ROLE + why - UT_WHY_ROLE));
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "", one);
        n = n < sizeof list ? n : sizeof list - 1;
    }
    if (!n)
        return;
    const char *values[] = {list};
    ut__doc_say(&w->doc, ut__words(one, sizeof one, w->style->lang, UT__W_WHY, values, 1));
}

/* The mean peak, beside the one before (Welch, 1947: the variances may differ). */
static void say_drift(struct writer *w)
{
    const struct ut__report_counts *a = &w->r->now, *b = &w->r->before;
    double n = (double)a->scored, m = (double)b->scored;
    if (n < UT__CHANGE_MIN || m < UT__CHANGE_MIN)
        return;
    double x = a->peak_sum / n, y = b->peak_sum / m;
    double vx = fmax(0, a->peak_squares / n - x * x) / (n - 1);
    double vy = fmax(0, b->peak_squares / m - y * y) / (m - 1);
    double half = 1.959963984540054 * sqrt(vx + vy);
    (void)number(number(w, 100 * y, 1), 100 * x, 1);
    if (fabs(x - y) <= half) {
        say(w, UT__W_DRIFT_NOT);
        return;
    }
    (void)number(number(number(w, 100 * (x - y), 1), 100 * (x - y - half), 1), 100 * (x - y + half),
                 1);
    say(w, UT__W_DRIFT);
}

static void say_sums(struct writer *w)
{
    const struct ut__report *r = w->r;
    const struct ut__report_counts *now = &r->now, *before = &r->before;
    (void)count(count(count(w, now->calls), now->imported), before->calls);
    say(w, UT__W_CALLS);
    (void)share(count(w, now->scored), (double)now->scored, (double)now->calls);
    say(w, UT__W_SCORED);
    say_whys(w);
    if (now->scored) {
        (void)share_with_ends(share_with_ends(count(w, now->alerted), now->alerted, now->scored),
                              before->alerted, before->scored);
        say(w, UT__W_ALERTED);
    }
    if (now->alerts) {
        (void)share_with_ends(count(count(count(w, now->alerts), now->answered), now->in_time),
                              now->in_time, now->alerts);
        say(w, UT__W_ANSWERED);
    }
    if (now->verdicts) {
        (void)share_with_ends(count(count(w, now->verdicts), now->right), now->right,
                              now->verdicts);
        say(w, UT__W_VERDICTS);
    } else if (now->alerted) {
        say(w, UT__W_NO_VERDICTS);
    }
    if (r->returning) {
        (void)share_with_ends(count(count(w, r->returning), r->returned), r->returned,
                              r->returning);
        say(w, UT__W_RETURNED);
    }
    say_drift(w);
}

/* Those whose interval excludes no change. Returns how many. */
static size_t say_changes_of(struct writer *w, enum ut__report_by by)
{
    size_t n, told = 0;
    const struct ut__report_group *g = ut__archive_groups(w->r, by, &n);
    for (size_t i = 0; i < n; i++) {
        const struct ut__report_counts *a = &g[i].now, *b = &g[i].before;
        double k[] = {(double)a->alerted, (double)a->scored, (double)b->alerted, (double)b->scored};
        int claim = ut__change_claim(k[0], k[1], k[2], k[3], w->r->queues + UT__REPORT_HOURS);
        if (!claim)
            continue;
        struct ut__interval x = ut__change(k[0], k[1], k[2], k[3]);
        char name[SENTENCE_BYTES];
        (void)text(w, g[i].name[0] ? g[i].name : word(w, UT__W_NO_QUEUE));
        (void)sentence(w, name, by == UT__REPORT_BY_HOUR ? UT__W_HOUR_NAMED : UT__W_QUEUE_NAMED);
        (void)share(share(text(w, name), k[0], k[1]), k[2], k[3]);
        (void)number(number(w, 100 * fmin(fabs(x.low), fabs(x.high)), 1),
                     100 * fmax(fabs(x.low), fabs(x.high)), 1);
        say(w, claim > 0 ? UT__W_UP : UT__W_DOWN);
        told++;
    }
    return told;
}

static void say_changes(struct writer *w)
{
    ut__doc_heading(&w->doc, word(w, UT__W_H_CHANGES));
    size_t told = say_changes_of(w, UT__REPORT_BY_QUEUE);
    told += say_changes_of(w, UT__REPORT_BY_HOUR);
    if (!told)
        say(w, UT__W_NO_CHANGE);
}

/* ---- tables ---- */

static void put_group(struct writer *w, const char *name, const struct ut__report_group *g)
{
    const struct ut__report_counts *a = &g->now, *b = &g->before;
    struct ut__interval x = ut__wilson((double)a->alerted, (double)a->scored);
    char interval[VALUE_BYTES] = "–";
    if (a->scored)
        snprintf(interval, sizeof interval, "%.0f–%.0f %%", 100 * x.low, 100 * x.high);
    (void)count(count(w, a->calls), a->scored);
    (void)share(w, (double)a->alerted, (double)a->scored);
    (void)share(w, (double)b->alerted, (double)b->scored);
    if (a->scored)
        (void)number(w, 100 * a->end_sum / (double)a->scored, 0);
    else
        (void)text(w, "–");
    (void)share(w, (double)a->right, (double)a->verdicts);
    const char *cells[] = {name,     w->value[0], w->value[1], w->value[2],
                           interval, w->value[3], w->value[4], w->value[5]};
    ut__doc_row(&w->doc, cells, NULL);
    w->values = 0;
}

static void put_groups(struct writer *w)
{
    static const enum ut__word titles[] = {UT__W_H_GROUPS_QUEUE, UT__W_H_GROUPS_AGENT,
                                           UT__W_H_GROUPS_HOUR};
    static const enum ut__word names[] = {UT__W_QUEUE, UT__W_AGENT, UT__W_HOUR};
    enum ut__report_by by = w->style->by;
    size_t n;
    const struct ut__report_group *g = ut__archive_groups(w->r, by, &n);
    const char *head[] = {word(w, names[by]),        word(w, UT__W_C_CALLS),
                          word(w, UT__W_C_SCORED),   word(w, UT__W_C_ALERTED),
                          word(w, UT__W_C_INTERVAL), word(w, UT__W_C_BEFORE),
                          word(w, UT__W_C_END),      word(w, UT__W_C_RIGHT)};
    ut__doc_heading(&w->doc, word(w, titles[by]));
    ut__doc_table(&w->doc, head, sizeof head / sizeof head[0], 1);
    for (size_t i = 0; i < n; i++)
        if (g[i].now.calls)
            put_group(w,
                      g[i].name[0]
                          ? g[i].name
                          : word(w, by == UT__REPORT_BY_AGENT ? UT__W_NO_AGENT : UT__W_NO_QUEUE),
                      &g[i]);
    const struct ut__report_group all = {.now = w->r->now, .before = w->r->before};
    put_group(w, word(w, UT__W_ALL), &all);
    ut__doc_table_end(&w->doc);
}

static const char *link_to(struct writer *w, const char *call)
{
    if (!w->style->base_url || w->urls == sizeof w->url / sizeof w->url[0])
        return NULL;
    char *url = w->url[w->urls++];
    size_t n = strlen(w->style->base_url);
    n -= n && w->style->base_url[n - 1] == '/';
    snprintf(url, URL_BYTES, "%.*s/#/call/%s", (int)n, w->style->base_url, call);
    return url;
}

static void put_calls(struct writer *w, const struct ut__report_call *call, size_t n)
{
    const char *head[] = {word(w, UT__W_CALL),     word(w, UT__W_START),   word(w, UT__W_QUEUE),
                          word(w, UT__W_AGENT),    word(w, UT__W_PEAK),    word(w, UT__W_END),
                          word(w, UT__W_PEAK_END), word(w, UT__W_RECOVERY)};
    ut__doc_table(&w->doc, head, sizeof head / sizeof head[0], 15);
    for (size_t i = 0; i < n; i++) {
        char start[VALUE_BYTES];
        local_time(start, sizeof start, call[i].started_ms, "%Y-%m-%d %H:%M");
        (void)number(number(number(w, 100 * call[i].peak, 0), 100 * call[i].end, 0),
                     100 * call[i].peak_end, 0);
        (void)share(w, call[i].recovery, 1);
        const char *cells[] = {call[i].call, start,       call[i].queue, call[i].agent,
                               w->value[0],  w->value[1], w->value[2],   w->value[3]};
        ut__doc_row(&w->doc, cells, link_to(w, call[i].call));
        w->values = 0;
    }
    ut__doc_table_end(&w->doc);
}

static int by_exposure(const void *a, const void *b)
{
    const struct ut__report_group *const *x = a, *const *y = b;
    double d = (*y)->now.alert_s - (*x)->now.alert_s;
    if (!(fabs(d) > 0))
        d = (*y)->now.elevated_s - (*x)->now.elevated_s;
    return d > 0 ? 1 : d < 0 ? -1 : strcmp((*x)->name, (*y)->name);
}

static void put_exposure(struct writer *w)
{
    const struct ut__report *r = w->r;
    const struct ut__report_group **list = calloc(r->agents + 1, sizeof list[0]);
    size_t n = 0;
    if (!list) {
        w->doc.t->failed = 1;
        return;
    }
    for (size_t i = 0; i < r->agents; i++)
        if (r->agent[i].name[0] && r->agent[i].now.elevated_s > 0)
            list[n++] = &r->agent[i];
    qsort((void *)list, n, sizeof list[0], by_exposure);
    const char *head[] = {word(w, UT__W_AGENT), word(w, UT__W_C_CALLS), word(w, UT__W_C_TALK),
                          word(w, UT__W_C_STRESSED), word(w, UT__W_C_ALERT_MIN)};
    if (n) {
        ut__doc_heading(&w->doc, word(w, UT__W_H_EXPOSURE));
        ut__doc_say(&w->doc, word(w, UT__W_EXPOSURE));
        ut__doc_table(&w->doc, head, sizeof head / sizeof head[0], 1);
    }
    for (size_t i = 0; i < n && i < EXPOSED_MAX; i++) {
        const struct ut__report_counts *c = &list[i]->now;
        (void)number(number(number(count(w, c->calls), c->call_s / 60, 0), c->elevated_s / 60, 1),
                     c->alert_s / 60, 1);
        const char *cells[] = {list[i]->name, w->value[0], w->value[1], w->value[2], w->value[3]};
        ut__doc_row(&w->doc, cells, NULL);
        w->values = 0;
    }
    if (n)
        ut__doc_table_end(&w->doc);
    free((void *)list);
}

void ut__archive_put(struct ut__text *t, const struct ut__report *report,
                     const struct ut__archive_style *style)
{
    char title[SENTENCE_BYTES];
    struct writer w = {.doc = {.t = t, .html = style->html, .lang = ut__language_name(style->lang)},
                       .r = report,
                       .style = style};
    (void)day(day(&w, report->from_ms), report->to_ms - 1);
    ut__doc_begin(&w.doc, sentence(&w, title, UT__W_TITLE));
    (void)day(day(&w, 2 * report->from_ms - report->to_ms), report->from_ms - 1);
    say(&w, UT__W_BEFORE);
    if (!report->now.calls) {
        say(&w, UT__W_NOTHING);
    } else {
        say_sums(&w);
        say_changes(&w);
        put_groups(&w);
        if (report->worst_count) {
            ut__doc_heading(&w.doc, word(&w, UT__W_H_WORST));
            put_calls(&w, report->worst, report->worst_count);
        }
        ut__doc_heading(&w.doc, word(&w, UT__W_H_RESCUED));
        (void)count(&w, report->rescued_all);
        say(&w, report->rescued_all ? UT__W_RESCUED : UT__W_NO_RESCUED);
        if (report->rescued_all)
            put_calls(&w, report->rescued, report->rescued_count);
        put_exposure(&w);
    }
    ut__doc_end(&w.doc, word(&w, UT__W_FOOT));
}
