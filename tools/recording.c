/* SPDX-License-Identifier: MIT */
#include "recording.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sndfile.h>

#include <undertone/features.h>

#include "audio/resample.h"

enum { LINE_MAX_BYTES = 4096, CHANNELS_MAX = 64 };

static int append(struct recording *rec, const float *pcm, size_t n)
{
    if (rec->n + n > rec->room) {
        size_t room = 2 * (rec->n + n) + UT_RATE_HZ;
        float *grown = realloc(rec->pcm, room * sizeof grown[0]);
        if (!grown)
            return UT_ENOMEM;
        rec->pcm = grown;
        rec->room = room;
    }
    memcpy(rec->pcm + rec->n, pcm, n * sizeof pcm[0]);
    rec->n += n;
    return 0;
}

static int read_raw(struct recording *rec, const char *path, long first, long count)
{
    float chunk[4096];
    FILE *in = fopen(path, "rb");
    if (!in || fseek(in, first * (long)sizeof chunk[0], SEEK_SET)) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        if (in)
            fclose(in);
        return UT_EINVAL;
    }
    int err = 0;
    while (!err && count != 0) {
        size_t want = sizeof chunk / sizeof chunk[0];
        if (count > 0 && (size_t)count < want)
            want = (size_t)count;
        size_t got = fread(chunk, sizeof chunk[0], want, in);
        if (got == 0)
            break;
        err = append(rec, chunk, got);
        count -= count > 0 ? (long)got : 0;
    }
    fclose(in);
    return err;
}

static int resample_all(struct recording *rec, SNDFILE *in, const SF_INFO *info)
{
    struct ut__resample *rs;
    int err = ut__resample_create(&rs, (uint32_t)info->samplerate);
    if (err)
        return err;
    size_t channels = (size_t)info->channels;
    float *frames = malloc(UT__RESAMPLE_CHUNK * channels * sizeof frames[0]);
    float *out = malloc(ut__resample_out_max(rs) * sizeof out[0]);
    err = frames && out ? 0 : UT_ENOMEM;
    sf_count_t got;
    while (!err && (got = sf_readf_float(in, frames, UT__RESAMPLE_CHUNK)) > 0) {
        for (size_t i = 0; i < (size_t)got; i++)
            frames[i] = frames[i * channels];
        err = append(rec, out, ut__resample_push(rs, out, frames, (size_t)got));
    }
    free(frames);
    free(out);
    ut__resample_destroy(rs);
    return err;
}

static int read_sound(struct recording *rec, const char *path)
{
    SF_INFO info = {0};
    SNDFILE *in = sf_open(path, SFM_READ, &info);
    if (!in) {
        fprintf(stderr, "%s: %s\n", path, sf_strerror(NULL));
        return UT_EINVAL;
    }
    int err = UT_EINVAL;
    if (info.channels >= 1 && info.channels <= CHANNELS_MAX)
        err = resample_all(rec, in, &info);
    if (err)
        fprintf(stderr, "%s: %d channels at %d Hz: not usable\n", path, info.channels,
                info.samplerate);
    sf_close(in);
    return err;
}

/* Reads what one line of the list names. */
static int read_line(struct recording *rec, char *line)
{
    long first = 0, count = -1;
    rec->n = 0;
    char *tab = strchr(line, '\t');
    if (tab) {
        *tab = '\0';
        char *end;
        first = strtol(tab + 1, &end, 10);
        count = strtol(end, NULL, 10);
        if (first < 0 || count < 0) {
            fprintf(stderr, "%s: FIRST and N must be numbers from 0 up\n", line);
            return UT_EINVAL;
        }
    }
    size_t n = strlen(line);
    if (n > 4 && strcmp(line + n - 4, ".f32") == 0)
        return read_raw(rec, line, first, count);
    return read_sound(rec, line);
}

int recording_next(struct recording *rec, FILE *list)
{
    char line[LINE_MAX_BYTES];
    if (!fgets(line, sizeof line, list))
        return RECORDING_END;
    line[strcspn(line, "\r\n")] = '\0';
    return read_line(rec, line);
}

void recording_free(struct recording *rec)
{
    free(rec->pcm);
}
