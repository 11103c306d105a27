/* SPDX-License-Identifier: MIT */
/*
 * Frames of many recordings as one binary file, for training and measuring: the C extractor is the
 * only one there is.
 *
 *     dump-features LIST OUT
 *
 * LIST ("-": standard input): one recording a line, as recording.h says: PATH, PATH.f32 (headerless
 *     float32, mono, 8 kHz), or PATH.f32 TAB FIRST TAB N.
 * OUT ("-": standard output):
 *     text    "UTFRAMES 1 COLUMNS NAME NAME ...\n", the column names in order;
 *     then for each line of LIST, in order, one int32 ROWS (-1: could not be read, told on stderr)
 *     and ROWS * COLUMNS float32, row by row, one row per 10 ms frame.
 * Exit status: 0 done, 1 some recording failed, 2 usage or OUT failed.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/features.h>

#include "recording.h"

enum { COLUMNS_MAX = 96 };

struct rows {
    float *value;
    size_t n, room, columns;
};

/* Every field of a frame in order; writes the names as well when asked. */
static size_t columns_of(const struct ut_frame *f, float *value, FILE *names)
{
    size_t n = 0;
#define COLUMN(field)                                                                              \
    do {                                                                                           \
        if (names)                                                                                 \
            fprintf(names, " %s", #field);                                                         \
        value[n++] = (float)f->field;                                                              \
    } while (0)
    COLUMN(index);
    COLUMN(flags);
    COLUMN(speech);
    COLUMN(voiced);
    COLUMN(nucleus);
    COLUMN(level_dbfs);
    COLUMN(noise_dbfs);
    COLUMN(speech_prob);
    for (size_t b = 0; b < UT_MEL_BANDS; b++) {
        if (names)
            fprintf(names, " mel_db_%zu", b);
        value[n++] = f->mel_db[b];
    }
    COLUMN(f0_hz);
    COLUMN(voicing);
    COLUMN(hnr_db);
    COLUMN(alpha_ratio_db);
    COLUMN(hammarberg_db);
    COLUMN(slope_db_per_khz);
    COLUMN(centroid_hz);
    COLUMN(flux);
    COLUMN(f0_jitter);
    COLUMN(shimmer_db);
    COLUMN(syllables);
    COLUMN(rate_syll_s);
    COLUMN(nuclei_syll_s);
#undef COLUMN
    return n;
}

static int add_row(struct rows *rows, const struct ut_frame *f)
{
    if (rows->n == rows->room) {
        size_t room = 2 * rows->room + 1024;
        float *grown = realloc(rows->value, room * COLUMNS_MAX * sizeof grown[0]);
        if (!grown)
            return UT_ENOMEM;
        rows->value = grown;
        rows->room = room;
    }
    rows->columns = columns_of(f, rows->value + rows->n * rows->columns, NULL);
    rows->n++;
    return 0;
}

static int analyse(struct rows *rows, struct ut_features *fx, const struct recording *rec)
{
    struct ut_frame f;
    int err = 0;
    rows->n = 0;
    for (size_t at = 0; !err && at + UT_HOP_SAMPLES <= rec->n; at += UT_HOP_SAMPLES)
        if (ut_features_push(fx, rec->pcm + at, 0, &f))
            err = add_row(rows, &f);
    while (!err && ut_features_flush(fx, &f))
        err = add_row(rows, &f);
    return err;
}

/* Every line of the list; returns 0, 1 when a recording failed, 2 when the output did. */
static int dump(FILE *list, FILE *out, const struct ut_analysis *an, void *state)
{
    struct recording rec = {0};
    struct rows rows = {0};
    struct ut_frame zero = {0};
    float value[COLUMNS_MAX];
    int status = 0;
    rows.columns = columns_of(&zero, value, NULL);
    fprintf(out, "UTFRAMES 1 %zu", rows.columns);
    columns_of(&zero, value, out);
    fputc('\n', out);
    int err;
    while ((err = recording_next(&rec, list)) != RECORDING_END) {
        if (!err)
            err = analyse(&rows, ut_features_init(state, an), &rec);
        int32_t n = err ? -1 : (int32_t)rows.n;
        status = err ? 1 : status;
        fwrite(&n, sizeof n, 1, out);
        if (n > 0)
            fwrite(rows.value, rows.columns * sizeof rows.value[0], rows.n, out);
        if (ferror(out)) {
            status = 2;
            break;
        }
    }
    recording_free(&rec);
    free(rows.value);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: dump-features LIST OUT\n");
        return 2;
    }
    FILE *list = strcmp(argv[1], "-") ? fopen(argv[1], "r") : stdin;
    FILE *out = list ? (strcmp(argv[2], "-") ? fopen(argv[2], "wb") : stdout) : NULL;
    if (!list || !out) {
        fprintf(stderr, "dump-features: %s: %s\n", list ? argv[2] : argv[1], strerror(errno));
        return 2;
    }
    struct ut_analysis *an;
    struct ut_features *fx;
    if (ut_analysis_create(&an) || ut_features_create(&fx, an)) {
        fprintf(stderr, "dump-features: out of memory\n");
        return 2;
    }
    int status = dump(list, out, an, fx);
    if (fclose(out) || status == 2) {
        fprintf(stderr, "dump-features: %s: not all could be written\n", argv[2]);
        status = 2;
    }
    ut_features_destroy(fx);
    ut_analysis_destroy(an);
    return status;
}
