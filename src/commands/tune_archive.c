/* SPDX-License-Identifier: MIT */
/* What is kept of an archive's calls, and the truth about them. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/features.h>

#include "base/csv.h"
#include "commands/tune.h"
#include "terminal/command.h"
#include "terminal/message.h"
#include "terminal/slurp.h"

enum { LABELS_BYTES_MAX = 64 << 20 };

/* Room for one more element; doubles. Returns the array, or NULL with the old one untouched. */
static void *grow(void *array, size_t have, size_t *room, size_t size)
{
    if (have < *room)
        return array;
    size_t more = *room ? 2 * *room : 64;
    void *bigger = realloc(array, more * size);
    if (bigger)
        *room = more;
    return bigger;
}

int ut__tune_add_step(struct ut__tune_call *call, double t_s, float evidence)
{
    void *step = grow(call->step, call->steps, &call->step_room, sizeof call->step[0]);
    if (!step)
        return UT_ENOMEM;
    call->step = step;
    call->step[call->steps++] = (struct ut__tune_step){
        .t_frames = (uint32_t)lround(t_s * 1000 / UT_HOP_MS), .evidence = evidence};
    return 0;
}

int ut__tune_add_second(struct ut__tune_call *call, float speech_s)
{
    void *speech = grow(call->speech_s, call->seconds, &call->second_room, sizeof speech_s);
    if (!speech)
        return UT_ENOMEM;
    call->speech_s = speech;
    call->speech_s[call->seconds++] = speech_s;
    return 0;
}

double ut__tune_speech_at(const struct ut__tune_call *call, double t_s)
{
    if (call->seconds == 0 || t_s <= 0)
        return 0;
    size_t second = (size_t)t_s;
    if (second >= call->seconds)
        return (double)call->speech_s[call->seconds - 1];
    double before = second ? (double)call->speech_s[second - 1] : 0;
    return before + (t_s - (double)second) * ((double)call->speech_s[second] - before);
}

void ut__tune_free(struct ut__tune_archive *archive)
{
    for (size_t i = 0; i < archive->calls; i++) {
        free(archive->call[i].step);
        free(archive->call[i].speech_s);
    }
    free(archive->call);
    *archive = (struct ut__tune_archive){.calls = 0};
}

void ut__tune_sum(struct ut__tune_archive *archive)
{
    archive->call_h = archive->calm_h = archive->speech_h = 0;
    archive->escalations = 0;
    for (size_t i = 0; i < archive->calls; i++) {
        const struct ut__tune_call *call = &archive->call[i];
        double calm_s =
            call->onset_s < 0 ? call->duration_s : fmin(call->onset_s, call->duration_s);
        archive->call_h += call->duration_s / 3600;
        archive->calm_h += calm_s / 3600;
        archive->speech_h += ut__tune_speech_at(call, call->duration_s) / 3600;
        archive->escalations += call->onset_s >= 0;
    }
}

/* ---- truth ---- */

struct label {
    const char *file;
    double onset_s;
};

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int by_file(const void *a, const void *b)
{
    return strcmp(((const struct label *)a)->file, ((const struct label *)b)->file);
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
    while ((n = ut__csv_next(&at, end, fields)) > 0) {
        if (n <= file || n <= onset)
            return bad_labels(path, "a line is too short");
        struct label label = {.file = last_part(fields[file]),
                              .onset_s = read_onset(fields[onset])};
        if (isnan(label.onset_s))
            return bad_labels(path, "an onset is no number of seconds");
        labels[(*count)++] = label;
    }
    return n < 0 ? bad_labels(path, "it is no CSV") : 0;
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
    if (status == 0) {
        qsort(labels, count, sizeof labels[0], by_file);
        size_t known = 0;
        for (size_t i = 0; i < archive->calls; i++) {
            const struct label key = {.file = last_part(paths[i])};
            const struct label *found = bsearch(&key, labels, count, sizeof labels[0], by_file);
            archive->call[i].onset_s = found ? found->onset_s : -1;
            known += found != NULL;
        }
        archive->labelled = 1;
        if (known < archive->calls)
            ut__message(csv_path, "%zu of %zu calls are not in it; they count as ordinary calls",
                        archive->calls - known, archive->calls);
    }
    free(labels);
    free(text);
    return status;
}
