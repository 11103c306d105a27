/* SPDX-License-Identifier: MIT */
/*
 * The truth about an archive's calls.
 *
 * A row is a call's when the path of the one ends with the whole path of the other: "x.wav" and
 * "2024/x.wav" are both "/calls/2024/x.wav", and "2023/x.wav" is not. A row that would be several
 * calls', and calls of which two rows speak, are refused: a wrong truth gives a wrong threshold.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/slurp.h"
#include "commands/tune.h"
#include "terminal/command.h"
#include "terminal/message.h"

enum { LABELS_BYTES_MAX = 64 << 20 };

struct label {
    const char *file; /* As it stands in the file, with slashes. */
    const char *base; /* Its last part. */
    double onset_s;
    size_t line;
    size_t call; /* Whose it is; SIZE_MAX: nobody's. */
};

struct named {
    const char *path, *base;
    size_t call;
};

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int by_base(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->base, ((const struct named *)b)->base);
}

static const char *plain(const char *path)
{
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    return path;
}

/* Seconds, or -1 for an empty field; NaN for anything else. */
static double read_onset(const char *text)
{
    char *end;
    double v = strtod(text, &end);
    if (text[0] == '\0')
        return -1;
    return *end == '\0' && v >= 0 && v < 1e9 ? v : (double)NAN;
}

static int bad_labels(const char *path, const char *what)
{
    ut__message(path,
                "%s; it needs the columns file and onset_s (seconds, empty for calls in which "
                "no alert is right)",
                what);
    return UT__EXIT_USAGE;
}

/* Reads all rows into labels, which has room for a label per line. */
static int read_rows(struct label *labels, size_t *count, char *text, size_t len, const char *path)
{
    char *fields[UT__CSV_COLUMNS_MAX], *at = text, *end = text + len;
    int file = -1, onset = -1;
    if (memchr(text, '\0', len))
        return bad_labels(path, "it is no UTF-8: it holds NUL bytes, as UTF-16 does");
    if (len >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3; /* A byte order mark, as spreadsheets write it. */
    int n = ut__csv_next(&at, end, fields);
    for (int i = 0; i < n; i++) {
        if (strcmp(fields[i], "file") == 0)
            file = i;
        else if (strcmp(fields[i], "onset_s") == 0)
            onset = i;
    }
    if (file < 0 || onset < 0)
        return bad_labels(path, "columns are missing");
    for (size_t line = 2; (n = ut__csv_next(&at, end, fields)) > 0; line++) {
        if (n <= file || n <= onset)
            return bad_labels(path, "a line is too short");
        for (char *c = fields[file]; *c; c++)
            if (*c == '\\')
                *c = '/'; /* Of Windows. */
        struct label label = {.file = plain(fields[file]),
                              .onset_s = read_onset(fields[onset]),
                              .line = line,
                              .call = SIZE_MAX};
        label.base = last_part(label.file);
        if (isnan(label.onset_s))
            return bad_labels(path, "an onset is no number of seconds");
        labels[(*count)++] = label;
    }
    return n < 0 ? bad_labels(path, "it is no CSV") : 0;
}

/* 1: the one path ends with the whole of the other. */
static int is_same(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b);
    const char *longer = m > n ? a : b, *shorter = m > n ? b : a;
    size_t extra = m > n ? m - n : n - m;
    return strcmp(longer + extra, shorter) == 0 &&
           (extra == 0 || longer[extra - 1] == '/' || shorter[0] == '/');
}

/* The first call whose path ends with this name; `names` is sorted. */
static size_t first_of(const struct named *names, size_t n, const char *base)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(names[middle].base, base) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Finds whose a row is. Returns 0, or an exit status after a message. */
static int find_call(struct label *label, const struct named *names, size_t n, const char *csv)
{
    const char *first = NULL;
    for (size_t i = first_of(names, n, label->base);
         i < n && strcmp(names[i].base, label->base) == 0; i++) {
        if (!is_same(names[i].path, label->file))
            continue;
        if (first) {
            ut__message(csv, "line %zu: %s may be %s or %s; write more of its path", label->line,
                        label->file, first, names[i].path);
            return UT__EXIT_USAGE;
        }
        first = names[i].path;
        label->call = names[i].call;
    }
    return 0;
}

/* Gives each call its row. taken: [calls] of which row, 0: none. */
static int give(struct ut__tune_archive *archive, struct label *labels, size_t count,
                const struct named *names, size_t *taken, const char *csv)
{
    size_t strange = 0, behind = 0;
    for (size_t i = 0; i < count; i++) {
        struct label *label = &labels[i];
        int status = find_call(label, names, archive->calls, csv);
        if (status)
            return status;
        if (label->call == SIZE_MAX) {
            if (strange++ == 0)
                ut__message(csv, "line %zu: %s is none of the recordings", label->line,
                            label->file);
            continue;
        }
        struct ut__tune_call *call = &archive->call[label->call];
        if (taken[label->call] && fabs(call->onset_s - label->onset_s) > 0) {
            ut__message(csv, "lines %zu and %zu speak of one recording, %s, and differ",
                        taken[label->call], label->line, label->file);
            return UT__EXIT_USAGE;
        }
        taken[label->call] = label->line;
        call->onset_s = label->onset_s;
        if (label->onset_s > call->duration_s && behind++ == 0)
            ut__message(csv, "line %zu: the onset of %s, %.1f s, lies behind its end, %.1f s",
                        label->line, label->file, label->onset_s, call->duration_s);
    }
    if (strange > 1)
        ut__message(csv, "%zu of %zu rows are of none of the recordings", strange, count);
    if (behind > 1)
        ut__message(csv, "%zu onsets lie behind the end of their recordings", behind);
    return 0;
}

static int match(struct ut__tune_archive *archive, const char *const *paths, struct label *labels,
                 size_t count, const char *csv)
{
    struct named *names = calloc(archive->calls + 1, sizeof names[0]);
    size_t *taken = calloc(archive->calls + 1, sizeof taken[0]);
    int status = names && taken ? 0 : UT__EXIT_FAILED;
    for (size_t i = 0; status == 0 && i < archive->calls; i++) {
        names[i] = (struct named){plain(paths[i]), last_part(paths[i]), i};
        archive->call[i].onset_s = -1;
    }
    if (status == 0) {
        qsort(names, archive->calls, sizeof names[0], by_base);
        status = give(archive, labels, count, names, taken, csv);
    } else {
        ut__message(NULL, "out of memory for %zu labels", count);
    }
    size_t unknown = 0;
    for (size_t i = 0; status == 0 && i < archive->calls; i++)
        unknown += taken[i] == 0;
    if (unknown)
        ut__message(csv, "%zu of %zu calls are not in it; they count as ordinary calls", unknown,
                    archive->calls);
    free(names);
    free(taken);
    return status;
}

int ut__tune_labels(struct ut__tune_archive *archive, const char *const *paths,
                    const char *csv_path)
{
    char *text = NULL;
    size_t len, count = 0, lines = 2;
    int err = ut__slurp(&text, &len, csv_path, LABELS_BYTES_MAX);
    if (err) {
        ut__message(csv_path, "the labels cannot be read: %s; check --labels", strerror(err));
        return UT__EXIT_USAGE;
    }
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n' || text[i] == '\r';
    struct label *labels = calloc(lines, sizeof labels[0]);
    int status = labels ? read_rows(labels, &count, text, len, csv_path) : UT__EXIT_FAILED;
    if (status == 0)
        status = match(archive, paths, labels, count, csv_path);
    archive->labelled = status == 0;
    free(labels);
    free(text);
    return status;
}
