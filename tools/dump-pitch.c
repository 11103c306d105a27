/* SPDX-License-Identifier: MIT */
/*
 * What the network of src/features/pitch.c sees, for tools/fit-pitch.
 *
 *     dump-pitch LIST OUT
 *
 * LIST: as in recording.h, "-" for standard input. OUT, "-" for standard output: for each line one
 * int32 ROWS (-1: could not be read) and ROWS * UT__PITCH_INPUTS float32, a row per 10 ms frame.
 */

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features/pitch.h"
#include "recording.h"

/* Samples after the middle of a frame that its window reaches. */
enum { AHEAD = UT__PERIOD_WINDOW / 2 + UT_HOP_SAMPLES / 2 };

/* The window around frame i, zero where the recording has ended or not begun. */
static void cut(float *window, const struct recording *rec, size_t i)
{
    for (size_t k = 0; k < UT__PERIOD_WINDOW; k++) {
        size_t at = i * UT_HOP_SAMPLES + AHEAD + k;
        int inside = at >= UT__PERIOD_WINDOW && at - UT__PERIOD_WINDOW < rec->n;
        window[k] = inside ? rec->pcm[at - UT__PERIOD_WINDOW] : 0;
    }
}

static int dump(FILE *out, const struct ut__pitch_tables *tables, const struct recording *rec)
{
    static struct ut__pitch pitch;
    struct ut__pitch_result result;
    float window[UT__PERIOD_WINDOW], input[UT__PITCH_INPUTS];
    int32_t rows = (int32_t)(rec->n / UT_HOP_SAMPLES);
    fwrite(&rows, sizeof rows, 1, out);
    memset(&pitch, 0, sizeof pitch);
    pitch.input = input;
    for (size_t i = 0; i < (size_t)rows + UT__PITCH_CONTEXT; i++) {
        cut(window, rec, i);
        ut__pitch_push(&pitch, tables, window, 0, &result);
        if (i >= UT__PITCH_CONTEXT)
            fwrite(input, sizeof input[0], UT__PITCH_INPUTS, out);
    }
    return ferror(out) ? 2 : 0;
}

int main(int argc, char **argv)
{
    static struct ut__pitch_tables tables;
    if (argc != 3) {
        fprintf(stderr, "usage: dump-pitch LIST OUT\n");
        return 2;
    }
    FILE *list = strcmp(argv[1], "-") ? fopen(argv[1], "r") : stdin;
    FILE *out = list ? (strcmp(argv[2], "-") ? fopen(argv[2], "wb") : stdout) : NULL;
    if (!list || !out || ut__pitch_tables_init(&tables)) {
        fprintf(stderr, "dump-pitch: %s: %s\n", list ? argv[2] : argv[1], strerror(errno));
        return 2;
    }
    struct recording rec = {0};
    int status = 0, err;
    while (status < 2 && (err = recording_next(&rec, list)) != RECORDING_END) {
        const int32_t none = -1;
        if (err)
            fwrite(&none, sizeof none, 1, out);
        int one = err ? 1 : dump(out, &tables, &rec);
        status = one > status ? one : status;
    }
    recording_free(&rec);
    ut__pitch_tables_destroy(&tables);
    return fclose(out) ? 2 : status;
}
