/* SPDX-License-Identifier: MIT */
/* Manifests: CSV in memory, rows with their speakers numbered. */

#include "commands/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/slurp.h"
#include "terminal/command.h"
#include "terminal/message.h"

enum { MANIFEST_BYTES_MAX = 512 << 20 };

/* Where the columns are that mean something here; SIZE_MAX: nowhere. */
struct columns {
    size_t path, speaker, baseline;
};

static size_t find(const struct ut__manifest *m, const char *name)
{
    for (size_t i = 0; i < m->columns; i++)
        if (strcmp(m->header[i], name) == 0)
            return i;
    return SIZE_MAX;
}

static size_t count_lines(const char *text, const char *end)
{
    size_t n = 1;
    for (; text < end; text++)
        n += *text == '\n';
    return n;
}

/* By speaker, then by line; rows without a speaker first. */
static int by_speaker(const void *a, const void *b)
{
    const struct ut__manifest_row *const *x = a, *const *y = b;
    const char *sx = (*x)->fields[(*x)->speaker], *sy = (*y)->fields[(*y)->speaker];
    int order = strcmp(sx, sy);
    return order ? order : (*x)->line < (*y)->line ? -1 : 1;
}

/* Gives each speaker a number. `speaker` holds the column until then. */
static int number_speakers(struct ut__manifest *m, size_t column)
{
    if (column == SIZE_MAX) {
        for (size_t i = 0; i < m->count; i++)
            m->rows[i].speaker = i;
        m->speakers = m->count;
        return 0;
    }
    struct ut__manifest_row **sorted = calloc(m->count + 1, sizeof sorted[0]);
    size_t *numbers = calloc(m->count + 1, sizeof numbers[0]);
    int failed = !sorted || !numbers;
    if (!failed) {
        for (size_t i = 0; i < m->count; i++) {
            sorted[i] = &m->rows[i];
            sorted[i]->speaker = column;
        }
        qsort(sorted, m->count, sizeof sorted[0], by_speaker);
        for (size_t i = 0; i < m->count; i++) {
            const char *name = sorted[i]->fields[column];
            int same = i > 0 && name[0] && strcmp(name, sorted[i - 1]->fields[column]) == 0;
            numbers[i] = same ? numbers[i - 1] : m->speakers++;
        }
        for (size_t i = 0; i < m->count; i++)
            sorted[i]->speaker = numbers[i];
    }
    free(sorted);
    free(numbers);
    return failed ? UT_ENOMEM : 0;
}

static int malformed(const char *path, size_t line, const char *what)
{
    ut__message(path, "line %zu: %s", line, what);
    return UT__EXIT_USAGE;
}

static int read_rows(struct ut__manifest *m, const char *path, char *at, char *end,
                     const struct columns *columns, size_t line)
{
    char *found[UT__CSV_COLUMNS_MAX];
    for (;; line++) {
        int n = ut__csv_next(&at, end, found);
        if (n == 0)
            return 0;
        if (n < 0)
            return malformed(path, line, "a quote is not closed, or text follows it; mend the CSV");
        if ((size_t)n != m->columns)
            return malformed(path, line,
                             "has another number of fields than the header; mend the CSV");
        struct ut__manifest_row *row = &m->rows[m->count];
        row->fields = m->fields + m->columns * m->count++;
        memcpy(row->fields, found, m->columns * sizeof found[0]);
        row->path = found[columns->path];
        row->line = line;
        const char *baseline = columns->baseline == SIZE_MAX ? "" : found[columns->baseline];
        if (strcmp(baseline, "1") != 0 && strcmp(baseline, "0") != 0 && baseline[0])
            return malformed(path, line, "baseline is neither 0 nor 1");
        row->baseline = strcmp(baseline, "1") == 0;
        if (!row->path[0])
            return malformed(path, line, "the path is empty");
    }
}

int ut__manifest_read(struct ut__manifest *m, const char *path)
{
    *m = (struct ut__manifest){.count = 0};
    size_t len;
    int err = ut__slurp(&m->text, &len, path, MANIFEST_BYTES_MAX);
    if (err) {
        ut__message(path, "the manifest cannot be read: %s; check its name", strerror(err));
        return UT__EXIT_USAGE;
    }
    if (memchr(m->text, '\0', len)) {
        ut__message(path,
                    "is no CSV in UTF-8: it holds NUL bytes, as UTF-16 does; save it as UTF-8");
        return UT__EXIT_USAGE;
    }
    char *at = m->text, *end = m->text + len, *found[UT__CSV_COLUMNS_MAX];
    if (len >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3; /* A byte order mark, as spreadsheets write it. */
    size_t lines = count_lines(at, end);
    int n = ut__csv_next(&at, end, found);
    m->columns = n > 0 ? (size_t)n : 0;
    m->header = calloc(m->columns + 1, sizeof m->header[0]);
    m->rows = calloc(lines, sizeof m->rows[0]);
    m->fields = calloc(lines * (m->columns + 1), sizeof m->fields[0]);
    if (!m->header || !m->rows || !m->fields)
        return malformed(path, 1, "out of memory");
    memcpy(m->header, found, m->columns * sizeof found[0]);
    const struct columns columns = {find(m, "path"), find(m, "speaker"), find(m, "baseline")};
    if (columns.path == SIZE_MAX)
        return malformed(
            path, 1, "the header names no column `path`; it reads path,speaker,baseline[,more...]");
    int status = read_rows(m, path, at, end, &columns, 2);
    if (status == 0 && number_speakers(m, columns.speaker) != 0)
        status = malformed(path, 1, "out of memory");
    return status;
}

void ut__manifest_free(struct ut__manifest *m)
{
    free(m->header);
    free(m->rows);
    free(m->fields);
    free(m->text);
    *m = (struct ut__manifest){.count = 0};
}
