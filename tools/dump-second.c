/* SPDX-License-Identifier: MIT */
/*
 * What the second ear sees of many recordings, for training it: the C front end is the only one
 * there is.
 *
 *     dump-second LIST OUT
 *
 * LIST: one recording a line, as recording.h says. OUT: for each, in order, one int32 FRAMES (-1:
 * could not be read, told on stderr) and FRAMES * 80 bytes: the log-mel bands of the frames of
 * speech that the ears hear, in steps as src/stress/second_net.h says. Exit status: 0 done, 1 some
 * recording failed, 2 usage or OUT failed.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/model.h>

#include "features/analysis.h"
#include "recording.h"
#include "stress/listener.h"
#include "stress/second.h"

struct state {
    struct ut_model *model;
    struct ut_features *features;
    struct ut__listener listener; /* Says which frames are heard. */
    struct ut__loudness line;
    uint8_t (*rows)[UT__SECOND_BANDS];
    size_t frames, room;
};

static int hear(struct state *s, const struct ut_frame *frame)
{
    if (ut__listener_push(&s->listener, s->model, frame) < 0)
        return 0;
    if (s->frames == s->room) {
        size_t room = 2 * s->room + 1024;
        void *grown = realloc(s->rows, room * sizeof s->rows[0]);
        if (!grown)
            return UT_ENOMEM;
        s->rows = grown;
        s->room = room;
    }
    size_t at = s->frames++;
    ut__second_look(s->rows[at], &s->model->second_tables, &s->model->analysis->spectrum,
                    ut__features_samples(s->features),
                    ut__loudness_gain(&s->line, frame->level_dbfs));
    return 0;
}

static int analyse(struct state *s, const struct recording *rec)
{
    struct ut_frame f;
    int err = 0;
    s->features = ut_features_init(s->features, s->model->analysis);
    ut__listener_init(&s->listener, NULL);
    s->frames = 0;
    s->line = (struct ut__loudness){0};
    for (size_t at = 0; !err && at + UT_HOP_SAMPLES <= rec->n; at += UT_HOP_SAMPLES)
        if (ut_features_push(s->features, rec->pcm + at, 0, &f))
            err = hear(s, &f);
    while (!err && ut_features_flush(s->features, &f))
        err = hear(s, &f);
    return err;
}

static int dump(FILE *list, FILE *out, struct state *s)
{
    struct recording rec = {0};
    int status = 0, err;
    while ((err = recording_next(&rec, list)) != RECORDING_END && !ferror(out)) {
        if (!err)
            err = analyse(s, &rec);
        int32_t n = err ? -1 : (int32_t)s->frames;
        status = err ? 1 : status;
        fwrite(&n, sizeof n, 1, out);
        if (n > 0)
            fwrite(s->rows, sizeof s->rows[0], (size_t)n, out);
    }
    recording_free(&rec);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: dump-second LIST OUT\n");
        return 2;
    }
    FILE *list = fopen(argv[1], "r"), *out = list ? fopen(argv[2], "wb") : NULL;
    if (!out) {
        fprintf(stderr, "dump-second: %s: %s\n", list ? argv[2] : argv[1], strerror(errno));
        return 2;
    }
    struct state *s = aligned_alloc(64, (sizeof *s + 63) / 64 * 64);
    if (s)
        memset(s, 0, sizeof *s);
    if (!s || ut_model_create_default(&s->model) ||
        ut_features_create(&s->features, s->model->analysis)) {
        fprintf(stderr, "dump-second: out of memory\n");
        return 2;
    }
    int status = dump(list, out, s);
    if (fclose(out)) {
        fprintf(stderr, "dump-second: %s: not all could be written\n", argv[2]);
        status = 2;
    }
    fclose(list);
    ut_features_destroy(s->features);
    ut_model_destroy(s->model);
    free(s->rows);
    free(s);
    return status;
}
