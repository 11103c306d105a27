/* SPDX-License-Identifier: MIT */
/* AMR files, as telephones and voice boxes write them: RFC 4867, section 5. One channel, 8 kHz. */

#define _POSIX_C_SOURCE 200809L /* fdopen, close. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingress/source.h"
#include "rtp/amr.h"

enum {
    MAGIC_BYTES = 6,
    RATE_HZ = 8000,
    FRAMES = UT_SOURCE_BLOCK_MS / 20,
    BLOCK = FRAMES * UT__AMR_FRAME_SAMPLES
};

struct amr_file {
    FILE *file;
    struct ut__amr *amr;
    uint64_t frames;
    float pcm[BLOCK];
};

static void amr_close(void *state)
{
    struct amr_file *f = state;
    ut__amr_destroy(f->amr);
    if (f->file)
        fclose(f->file);
    free(f);
}

/* The next frame; 1; 0 at the end, with what is to be noted of it in msg. */
static int next_frame(struct amr_file *f, struct ut__amr_frame *frame,
                      struct ut__source_message *msg)
{
    int head = fgetc(f->file);
    double read_s = (double)f->frames * 0.02;
    *frame = (struct ut__amr_frame){.is_bad = 0};
    if (head == EOF)
        return 0;
    size_t bytes = ut__amr_stored_bytes((uint8_t)head);
    frame->bytes[0] = (uint8_t)head;
    frame->is_bad = !(head & 4);
    if (bytes == 0) {
        (void)ut__source_say(msg, 0,
                             "is damaged after %.1f s: what is before it was used; copy it again "
                             "if the rest matters",
                             read_s);
        return 0;
    }
    if (fread(frame->bytes + 1, 1, bytes - 1, f->file) == bytes - 1)
        return 1;
    (void)ut__source_say(msg, 0,
                         "is cut off: the %.1f s that are there were used; copy it again if the "
                         "rest matters",
                         read_s);
    return 0;
}

static int amr_read(void *state, struct ut__source_block *block, struct ut__source_message *msg)
{
    struct amr_file *f = state;
    struct ut__amr_frame frame;
    int16_t linear[UT__AMR_FRAME_SAMPLES];
    size_t n = 0;
    while (n < BLOCK && next_frame(f, &frame, msg)) {
        ut__amr_decode(f->amr, linear, &frame);
        for (int i = 0; i < UT__AMR_FRAME_SAMPLES; i++)
            f->pcm[n++] = (float)linear[i] / 32768.0f;
        f->frames++;
    }
    *block = (struct ut__source_block){.channel = 0, .pcm = f->pcm, .n = n};
    return n > 0;
}

int ut__source_amr(struct ut__source *src, const struct ut__source_input *in,
                   struct ut__source_message *msg)
{
    struct amr_file *f = calloc(1, sizeof *f);
    if (f)
        f->file = fdopen(in->fd, "rb");
    if (!f || !f->file) {
        free(f);
        close(in->fd);
        return ut__source_say(msg, UT_ENOMEM, "out of memory; use fewer --jobs");
    }
    f->amr = ut__amr_create();
    int err = 0;
    if (!f->amr)
        err = ut__source_say(msg, UT_EUNSUPPORTED,
                             "is AMR, which this build does not decode: it wants "
                             "libopencore-amrnb; or convert it: ffmpeg -i IN -c:a pcm_mulaw "
                             "OUT.wav");
    else if (fseek(f->file, MAGIC_BYTES, SEEK_SET) != 0)
        err = ut__source_say(msg, UT_EIO, "cannot be read");
    if (err) {
        amr_close(f);
        return err;
    }
    *src = (struct ut__source){
        .info = {.channels = 1, .parts = 1, .rate_hz = {RATE_HZ}, .format = "AMR"},
        .state = f,
        .read = amr_read,
        .close = amr_close};
    return 0;
}
