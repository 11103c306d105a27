/* SPDX-License-Identifier: MIT */
/* undertone features: what is measured of one channel, a CSV line for each frame of 10 ms. */

#include <stdio.h>
#include <string.h>

#include <undertone/features.h>

#include "audio/resample.h"
#include "base/fixed.h"
#include "commands/options.h"
#include "ingress/source.h"
#include "terminal/command.h"
#include "terminal/interrupt.h"
#include "terminal/message.h"

static const struct ut__usage usage = {
    .command = "features",
    .synopsis = "[OPTION...] FILE",
    .about =
        "Prints a CSV header and one line for each 10 ms of one channel: level, speech, "
        "pitch, voicing,\n"
        "syllables, spectral balance, voice quality, line flags and log-mel bands. The columns "
        "are\n"
        "described in undertone/features.h, struct ut_frame; time_s is the frame's start.\n",
    .bit = UT__FOR_FEATURES,
};

/* Samples that a chunk gives at most: rates only come down, with slack for rounding. */
enum { OUT_MAX = 2 * UT__RESAMPLE_CHUNK };

struct extraction {
    struct ut_features *fx;
    struct ut__resample *rs;
    float hop[UT_HOP_SAMPLES];
    size_t filled;
    uint32_t flags; /* Of the hop that is being filled. */
};

static void print_header(void)
{
    fputs("time_s,level_dbfs,speech,f0_hz,voicing,syllables,rate_syll_s,voiced,nucleus,flags,"
          "noise_dbfs,speech_prob,hnr_db,alpha_ratio_db,hammarberg_db,slope_db_per_khz,centroid_hz,"
          "flux,f0_jitter,shimmer_db",
          stdout);
    for (int b = 0; b < UT_MEL_BANDS; b++)
        printf(",mel%02d_db", b);
    putchar('\n');
}

static void put(float value, int decimals)
{
    char text[UT__FIXED_MAX];
    putchar(',');
    fwrite(text, 1, ut__fixed(text, (double)value, decimals), stdout);
}

static void print_frame(const struct ut_frame *f)
{
    char time[UT__FIXED_MAX];
    fwrite(time, 1, ut__fixed(time, (double)f->index * UT_HOP_MS / 1000, 2), stdout);
    put(f->level_dbfs, 2);
    printf(",%d", f->speech);
    put(f->f0_hz, 2);
    put(f->voicing, 3);
    printf(",%u", (unsigned)f->syllables);
    put(f->rate_syll_s, 2);
    printf(",%d,%d,%u", f->voiced, f->nucleus, (unsigned)f->flags);
    put(f->noise_dbfs, 2);
    put(f->speech_prob, 3);
    put(f->hnr_db, 2);
    put(f->alpha_ratio_db, 2);
    put(f->hammarberg_db, 2);
    put(f->slope_db_per_khz, 2);
    put(f->centroid_hz, 1);
    put(f->flux, 3);
    put(f->f0_jitter, 4);
    put(f->shimmer_db, 3);
    for (int b = 0; b < UT_MEL_BANDS; b++)
        put(f->mel_db[b], 2);
    putchar('\n');
}

static void add(struct extraction *x, float sample)
{
    x->hop[x->filled++] = sample;
    if (x->filled < UT_HOP_SAMPLES)
        return;
    struct ut_frame frame;
    if (ut_features_push(x->fx, x->hop, x->flags, &frame))
        print_frame(&frame);
    x->filled = 0;
    x->flags = 0;
}

/* Samples of any rate, or NULL for n that were lost. */
static void take(struct extraction *x, const float *pcm, size_t n)
{
    float silence[UT__RESAMPLE_CHUNK] = {0};
    float out[OUT_MAX];
    for (size_t i = 0; i < n; i += UT__RESAMPLE_CHUNK) {
        size_t part = n - i < UT__RESAMPLE_CHUNK ? n - i : UT__RESAMPLE_CHUNK;
        size_t got = ut__resample_push(x->rs, out, pcm ? pcm + i : silence, part);
        for (size_t k = 0; k < got; k++) {
            if (!pcm)
                x->flags |= UT_FRAME_GAP;
            add(x, out[k]);
        }
    }
}

static void finish(struct extraction *x)
{
    struct ut_frame frame;
    while (x->filled)
        add(x, 0);
    while (ut_features_flush(x->fx, &frame))
        print_frame(&frame);
}

static int run_source(struct ut__source *src, const char *path, unsigned channel)
{
    struct extraction x = {.filled = 0};
    struct ut_analysis *an = NULL;
    struct ut__source_block block;
    struct ut__source_message msg = {.text = ""};
    int err = ut_analysis_create(&an);
    if (!err)
        err = ut_features_create(&x.fx, an);
    if (!err)
        err = ut__resample_create(&x.rs, src->info.rate_hz[channel - 1]);
    if (!err && ut__resample_out_max(x.rs) > OUT_MAX)
        err = UT_ENOSPC;
    if (err) {
        ut__message(path, "no extractor could be set up: %s", ut_strerror(err));
    } else {
        print_header();
        while (!ut__interrupted() && !ferror(stdout) &&
               (err = src->read(src->state, &block, &msg)) == 1)
            if (block.channel + 1 == channel)
                take(&x, block.pcm, block.n);
        finish(&x);
        if (msg.text[0])
            ut__message(path, "%s", msg.text);
    }
    ut__resample_destroy(x.rs);
    ut_features_destroy(x.fx);
    ut_analysis_destroy(an);
    return err < 0 ? UT__EXIT_FAILED : UT__EXIT_DONE;
}

static int main_features(int argc, char **argv)
{
    struct ut__options opt;
    int status = ut__options_read(&opt, &usage, argc, argv);
    if (status != -1)
        return status;
    if (opt.argument_count != 1) {
        ut__message(NULL, "features takes one file; undertone features --help tells more");
        return UT__EXIT_USAGE;
    }
    const char *path = opt.arguments[0];
    unsigned channel = opt.caller_channel ? opt.caller_channel : 1;
    struct ut__source src;
    struct ut__source_message msg;
    if (ut__source_open(&src, path, &opt.source, &msg) != 0) {
        ut__message(path, "%s", msg.text);
        return UT__EXIT_FAILED;
    }
    ut__interrupt_watch();
    if (channel > src.info.channels) {
        ut__message(path, "has %u channel(s), and --caller-channel %u asks for another",
                    (unsigned)src.info.channels, channel);
        status = UT__EXIT_FAILED;
    } else {
        status = run_source(&src, path, channel);
    }
    ut__source_close(&src);
    fflush(stdout);
    ut__interrupt_finish();
    return status;
}

const struct ut__command ut__command_features = {
    .name = "features",
    .summary = "print what is measured of a channel, a CSV line for each 10 ms",
    .run = main_features};
