/* SPDX-License-Identifier: MIT */
/* The table of --meta. */

#define _DEFAULT_SOURCE /* timegm. */

#include "archive/meta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/csv.h"
#include "base/slurp.h"
#include "contract/stream.h"
#include "terminal/command.h"
#include "terminal/message.h"

enum { BYTES_MAX = 256 << 20, TAG_MAX = 1000, CALL_MAX = UT__CALL_ID_MAX - 12 };
static const int64_t DAY_MS = 86400000;

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Seconds east of Greenwich at the end of a time: Z, +01:00 or +0100. Returns 0 when it is none. */
static int read_zone(const char *text, long *east_s)
{
    int h = 0, m = 0, n = 0;
    if (strcmp(text, "Z") == 0) {
        *east_s = 0;
        return 1;
    }
    int got = sscanf(text + (text[0] != '\0'), "%2d:%2d%n", &h, &m, &n);
    if (got < 2)
        got = sscanf(text + (text[0] != '\0'), "%2d%2d%n", &h, &m, &n);
    if (got < 2 || text[n + 1] || (text[0] != '+' && text[0] != '-') || h > 14 || m > 59 || h < 0 ||
        m < 0)
        return 0;
    *east_s = (text[0] == '-' ? -1 : 1) * (h * 3600L + m * 60L);
    return 1;
}

static int read_calendar(int64_t *ms, const char *text)
{
    struct tm tm = {.tm_isdst = -1};
    char parting = 0;
    int n = 0, milli = 0;
    long east_s = 0;
    if (sscanf(text, "%4d-%2d-%2d%c%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &parting,
               &tm.tm_hour, &tm.tm_min, &n) < 6 ||
        (parting != 'T' && parting != ' '))
        return UT_EINVAL;
    const char *at = text + n;
    if (*at == ':' && sscanf(at, ":%2d%n", &tm.tm_sec, &n) == 1)
        at += n;
    if (*at == '.' && sscanf(at, ".%3d%n", &milli, &n) == 1) {
        for (int digits = n - 1; digits < 3; digits++)
            milli *= 10;
        at += 1 + strspn(at + 1, "0123456789");
    }
    if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 ||
        tm.tm_min > 59 || tm.tm_sec > 60 || tm.tm_year < 1970)
        return UT_EINVAL;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    int day = tm.tm_mday;
    if (*at && !read_zone(at, &east_s))
        return UT_EINVAL;
    time_t s = *at ? timegm(&tm) - east_s : mktime(&tm);
    if (tm.tm_mday != day || s == (time_t)-1) /* The 30th of February. */
        return UT_EINVAL;
    *ms = (int64_t)s * 1000 + milli;
    return 0;
}

int ut__meta_time(int64_t *ms, const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (text[digits] || (digits != 10 && digits != 13))
        return read_calendar(ms, text);
    *ms = strtoll(text, NULL, 10) * (digits == 10 ? 1000 : 1);
    return 0;
}

/* ---- reading ---- */

struct reader {
    const char *path;
    struct ut__meta *meta;
    int file, call, queue, agent, caller, start; /* Columns; -1: there is none. */
};

static int wrong(const struct reader *r, size_t line, const char *what, const char *value)
{
    char safe[96];
    ut__message(r->path, "line %zu: %s%s", line, what,
                value ? ut__safe_name(safe, sizeof safe, value) : "");
    return UT__EXIT_USAGE;
}

static int read_header(struct reader *r, char **fields, int n)
{
    struct ut__meta *m = r->meta;
    const struct {
        const char *name;
        int *column;
    } known[] = {{"file", &r->file},   {"call", &r->call},     {"queue", &r->queue},
                 {"agent", &r->agent}, {"caller", &r->caller}, {"start", &r->start}};
    m->header = calloc((size_t)n + 1, sizeof m->header[0]);
    m->is_tag = calloc((size_t)n + 1, sizeof m->is_tag[0]);
    if (!m->header || !m->is_tag)
        return UT__EXIT_FAILED;
    m->columns = (size_t)n;
    for (int i = 0; i < n; i++) {
        m->header[i] = fields[i];
        m->is_tag[i] = fields[i][0] != '\0';
        for (int k = 0; k < i; k++)
            if (strcmp(fields[i], fields[k]) == 0)
                return wrong(r, 1, "two columns have one name: ", fields[i]);
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            if (strcmp(fields[i], known[k].name) == 0) {
                *known[k].column = i;
                m->is_tag[i] = 0;
            }
    }
    if (r->file >= 0)
        return 0;
    return wrong(r, 1,
                 n == 1 && strchr(fields[0], ';')
                     ? "columns are parted by ; here: save it with commas"
                     : "the column `file` is missing: it names the recording of each row",
                 NULL);
}

static const char *field(char **fields, int column)
{
    return column >= 0 ? fields[column] : "";
}

static int is_call_id(const char *s)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@-";
    return s[strspn(s, letters)] == '\0' && strlen(s) < CALL_MAX;
}

static int read_row(struct reader *r, struct ut__meta_row *row)
{
    row->file = row->fields[r->file];
    row->call = field(row->fields, r->call);
    row->queue = field(row->fields, r->queue);
    row->agent = field(row->fields, r->agent);
    row->caller = field(row->fields, r->caller);
    row->start_ms = -1;
    const char *start = field(row->fields, r->start);
    if (!last_part(row->file)[0])
        return wrong(r, row->line, "no recording is named in the column `file`", NULL);
    if (start[0] && ut__meta_time(&row->start_ms, start) != 0)
        return wrong(r, row->line,
                     "`start` must be a time such as 2026-11-30T09:15:00+01:00, or seconds since "
                     "1970, and is ",
                     start);
    if (row->start_ms > ut__wall_ms() + DAY_MS)
        return wrong(r, row->line, "`start` lies in the future: ", start);
    if (!is_call_id(row->call))
        return wrong(r, row->line,
                     "`call` may hold letters, digits and ._:@- alone, up to 115, and is ",
                     row->call);
    const char *const labels[] = {row->queue, row->agent, row->caller};
    for (size_t i = 0; i < 3; i++)
        if (strlen(labels[i]) >= UT__CALL_LABEL_MAX)
            return wrong(r, row->line, "queue, agent and caller may have 63 bytes: ", labels[i]);
    for (size_t i = 0; i < r->meta->columns; i++)
        if (strlen(row->fields[i]) > TAG_MAX)
            return wrong(r, row->line, "a field may have 1000 bytes: ", r->meta->header[i]);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct ut__meta_row *x = a, *y = b;
    int order = strcmp(last_part(x->file), last_part(y->file));
    return order ? order : strcmp(x->file, y->file);
}

static int by_call(const void *a, const void *b)
{
    const struct ut__meta_row *const *x = a, *const *y = b;
    int order = strcmp((*x)->call, (*y)->call);
    return order ? order : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

/* Two rows of one recording, or two recordings of one call, leave open what is meant. */
static int check_doubles(const struct reader *r)
{
    const struct ut__meta *m = r->meta;
    char text[96];
    const struct ut__meta_row **order = calloc(m->count + 1, sizeof order[0]);
    if (!order)
        return UT__EXIT_FAILED;
    int status = 0;
    for (size_t i = 0; i < m->count; i++) {
        order[i] = &m->row[i];
        if (i && !status && strcmp(m->row[i].file, m->row[i - 1].file) == 0) {
            snprintf(text, sizeof text, "a second row (line %zu is the other) of the recording ",
                     m->row[i - 1].line);
            status = wrong(r, m->row[i].line, text, m->row[i].file);
        }
    }
    qsort(order, m->count, sizeof order[0], by_call);
    for (size_t i = 1; i < m->count && !status; i++)
        if (order[i]->call[0] && strcmp(order[i]->call, order[i - 1]->call) == 0) {
            snprintf(
                text, sizeof text,
                "line %zu has the same call, and each is of one recording: ", order[i - 1]->line);
            status = wrong(r, order[i]->line, text, order[i]->call);
        }
    free(order);
    return status;
}

static int read_rows(struct reader *r, size_t len, size_t lines)
{
    struct ut__meta *m = r->meta;
    char *fields[UT__CSV_COLUMNS_MAX], *at = m->text, *end = m->text + len;
    if (memchr(m->text, '\0', len))
        return wrong(r, 1, "it is no UTF-8: it holds NUL bytes, as UTF-16 does; save it as UTF-8",
                     NULL);
    if (len >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3; /* A byte order mark, as spreadsheets write it. */
    int n = ut__csv_next(&at, end, fields);
    int status = n > 0 ? read_header(r, fields, n) : wrong(r, 1, "it has no head line", NULL);
    if (status)
        return status;
    m->row = calloc(lines, sizeof m->row[0]);
    m->fields = calloc(lines * m->columns, sizeof m->fields[0]);
    if (!m->row || !m->fields)
        return UT__EXIT_FAILED;
    while (!status && (n = ut__csv_next(&at, end, fields)) > 0) {
        struct ut__meta_row *row = &m->row[m->count];
        row->line = ++m->count + 1;
        if (n != (int)m->columns)
            return wrong(r, row->line, "it has another number of fields than the head line", NULL);
        row->fields = m->fields + (m->count - 1) * m->columns;
        memcpy(row->fields, fields, m->columns * sizeof fields[0]);
        status = read_row(r, row);
    }
    if (!status && n < 0)
        status =
            wrong(r, m->count + 2, "it is no CSV: a quote is not closed, or follows text", NULL);
    return status;
}

int ut__meta_read(struct ut__meta *meta, const char *path)
{
    size_t len = 0, lines = 2;
    struct reader r = {path, meta, -1, -1, -1, -1, -1, -1};
    *meta = (struct ut__meta){.count = 0};
    int err = ut__slurp(&meta->text, &len, path, BYTES_MAX);
    if (err) {
        ut__message(path, "the table cannot be read: %s; check --meta", strerror(err));
        return UT__EXIT_USAGE;
    }
    for (size_t i = 0; i < len; i++)
        lines += meta->text[i] == '\n' || meta->text[i] == '\r';
    int status = read_rows(&r, len, lines);
    if (status == UT__EXIT_FAILED)
        ut__message(path, "there is no memory for the table");
    if (status)
        return status;
    if (meta->count)
        qsort(meta->row, meta->count, sizeof meta->row[0], by_name);
    return check_doubles(&r);
}

void ut__meta_free(struct ut__meta *meta)
{
    free(meta->header);
    free(meta->is_tag);
    free(meta->row);
    free(meta->fields);
    free(meta->text);
    *meta = (struct ut__meta){.count = 0};
}

/* Whether a path ends with a row's file, folder by folder. */
static int ends_with(const char *path, const char *file)
{
    size_t n = strlen(path), k = strlen(file);
    return n >= k && strcmp(path + n - k, file) == 0 &&
           (n == k || file[0] == '/' || path[n - k - 1] == '/');
}

struct ut__meta_row *ut__meta_find(const struct ut__meta *meta, const char *path)
{
    struct ut__meta_row *best = NULL;
    const char *name = last_part(path);
    size_t low = 0, high = meta->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(last_part(meta->row[mid].file), name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (; low < meta->count && strcmp(last_part(meta->row[low].file), name) == 0; low++)
        if (ends_with(path, meta->row[low].file) &&
            (!best || strlen(meta->row[low].file) > strlen(best->file)))
            best = &meta->row[low];
    return best;
}
