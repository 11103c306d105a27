/* SPDX-License-Identifier: MIT */
/*
 * Sound files through libsndfile, a block at a time, so that a file of any length takes the same
 * memory:
 *
 *     fd -> libsndfile -> interleaved block -> one channel after the other
 */

#define _POSIX_C_SOURCE 200809L /* close. */

#include "ingress/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <sndfile.h>

#include <undertone/call.h>

#include "ingress/mended.h"
#include "ingress/raw.h"

enum {
    STREAM_MAX_S = 36 * 3600, /* A pipe that promises more only does not know its length. */
    TAIL_SLACK_MS = 100       /* Encoders pad and trim; less is not called a cut. */
};

struct file {
    SNDFILE *snd;
    int fd;
    SF_INFO info;
    struct ut__sound_head head;
    int is_mended; /* 1: the header said less than is there. */
    struct ut__mended mended;
    uint64_t size_bytes; /* 0: a pipe. */
    uint64_t frames_read;
    size_t block_frames; /* A block holds at most as many. */
    size_t have_frames;  /* In `interleaved`. */
    uint32_t next_channel;
    float *interleaved; /* [block_frames][channels] */
    float *channel;     /* [block_frames] */
};

static void file_close(void *state)
{
    struct file *f = state;
    if (f->snd)
        sf_close(f->snd);
    if (f->fd != STDIN_FILENO)
        close(f->fd);
    free(f->interleaved);
    free(f->channel);
    free(f);
}

/* Seconds of sound that the file promised and does not hold, 0 when it is whole or says nothing. */
static double missing_s(const struct file *f)
{
    double rate = f->info.samplerate;
    double read_s = (double)f->frames_read / rate;
    double promised_s = 0;
    if (f->info.frames > 0 && (double)f->info.frames / rate < STREAM_MAX_S)
        promised_s = (double)f->info.frames / rate;
    /* libsndfile shortens `frames` to the bytes that are there; the header tells the rest. */
    if (f->size_bytes > f->head.data_at && f->head.data_at && f->head.data_bytes) {
        double there = (double)(f->size_bytes - f->head.data_at);
        if ((double)f->head.data_bytes > there)
            promised_s = read_s * (double)f->head.data_bytes / there;
    }
    return promised_s - read_s > TAIL_SLACK_MS / 1000.0 ? promised_s - read_s : 0;
}

/* Ogg does not say its length; that its last page is missing is told only here. */
static int lacks_last_page(SNDFILE *snd)
{
    char log[4096];
    sf_command(snd, SFC_GET_LOG_INFO, log, sizeof log);
    return strstr(log, "ended unexpectedly") != NULL;
}

static void end_note(const struct file *f, struct ut__source_message *msg)
{
    double read_s = (double)f->frames_read / f->info.samplerate;
    double lost_s = missing_s(f);
    if (f->is_mended)
        (void)ut__source_say(
            msg, 0,
            "says in its header that it holds %.1f s, and %.1f s are there and were used: its "
            "writer was cut off or writes still",
            read_s * (double)f->head.data_bytes / (double)(f->size_bytes - f->head.data_at),
            read_s);
    else if (lost_s > 0)
        (void)ut__source_say(
            msg, 0,
            "is cut off: the header promises %.1f s, %.1f s are there and were used; "
            "copy it again if the rest matters",
            read_s + lost_s, read_s);
    else if (f->head.kind == UT__SOUND_OGG && lacks_last_page(f->snd))
        (void)ut__source_say(msg, 0,
                             "is cut off: its end is missing; the %.1f s that are there were used; "
                             "copy it again if the rest matters",
                             read_s);
}

static int file_read(void *state, struct ut__source_block *block, struct ut__source_message *msg)
{
    struct file *f = state;
    uint32_t channels = (uint32_t)f->info.channels;
    if (f->next_channel == 0) {
        sf_count_t n = sf_readf_float(f->snd, f->interleaved, (sf_count_t)f->block_frames);
        if (n <= 0) {
            end_note(f, msg);
            return 0;
        }
        f->have_frames = (size_t)n;
        f->frames_read += (uint64_t)n;
    }
    uint32_t c = f->next_channel;
    for (size_t i = 0; i < f->have_frames; i++)
        f->channel[i] = f->interleaved[i * channels + c];
    f->next_channel = (c + 1) % channels;
    *block = (struct ut__source_block){.channel = c, .pcm = f->channel, .n = f->have_frames};
    return 1;
}

/* Format tags of WAVE that recorders write and libsndfile cannot read (Microsoft's mmreg.h). */
static const char *wave_codec(uint32_t tag)
{
    static const struct {
        uint32_t tag;
        const char *name;
    } codecs[] = {
        {0x0014, "G.723.1"}, {0x0022, "TrueSpeech"}, {0x0040, "G.721"},   {0x0042, "G.723.1"},
        {0x0045, "G.726"},   {0x0050, "MPEG audio"}, {0x0055, "MP3"},     {0x0057, "AMR"},
        {0x0058, "AMR-WB"},  {0x0064, "G.726"},      {0x0065, "G.722"},   {0x0083, "G.729"},
        {0x00ff, "AAC"},     {0x0111, "G.723.1"},    {0x0123, "G.723.1"}, {0x0130, "ACELP"},
        {0x0133, "G.729"},   {0x0134, "G.729"},      {0x0140, "G.726"},   {0x0160, "WMA"},
        {0x0161, "WMA"},     {0x0162, "WMA"},        {0x0163, "WMA"},     {0x000a, "WMA Voice"},
        {0x028f, "G.722"},   {0x1600, "AAC"},        {0x1601, "AAC"},     {0x1602, "AAC"},
        {0x1610, "AAC"},     {0x2000, "AC-3"},       {0x704f, "Opus"},    {0x706d, "AAC"},
        {0x7a21, "AMR"},     {0x7a22, "AMR-WB"},     {0xa100, "G.723.1"}, {0xa109, "Speex"},
        {0xa106, "AAC"},     {0xa122, "G.729"},
    };
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
        if (codecs[i].tag == tag)
            return codecs[i].name;
    return NULL;
}

/* Headerless codecs by the name of the file, and what ffmpeg calls them. */
static const char *headerless(const char *path, const char **format)
{
    static const struct {
        const char *ending, *name, *format;
    } codecs[] = {
        {"g722", "G.722", "g722"},       {"g723", "G.723.1", "g723_1"},
        {"g723_1", "G.723.1", "g723_1"}, {"g726", "G.726", "g726 -code_size 4"},
        {"g729", "G.729", "g729"},
    };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof codecs / sizeof codecs[0]; i++) {
        if (strcasecmp(dot + 1, codecs[i].ending) == 0) {
            *format = codecs[i].format;
            return codecs[i].name;
        }
    }
    return NULL;
}

static int refused_foreign(const char *name, struct ut__source_message *msg)
{
    if (strcmp(name, "SILK") == 0)
        return ut__source_say(msg, UT_EUNSUPPORTED,
                              "is SILK, as WeChat and QQ record, which is not read here; convert "
                              "it: silk_v3_decoder IN OUT.pcm -Fs_API 8000, then --raw-encoding "
                              "s16le OUT.pcm");
    return ut__source_say(msg, UT_EUNSUPPORTED,
                          "is %s, which is not read here; convert it: ffmpeg -i IN -c:a pcm_mulaw "
                          "OUT.wav",
                          name);
}

/* Of a file that has no head that is known. */
static int refused_unknown(const struct ut__source_input *in, struct ut__source_message *msg)
{
    const char *format = "", *name = headerless(in->path, &format);
    if (name)
        return ut__source_say(msg, UT_EUNSUPPORTED,
                              "is headerless %s by its name, which is not read here; convert it: "
                              "ffmpeg -f %s -i IN -c:a pcm_mulaw OUT.wav",
                              name, format);
    return ut__source_say(msg, UT_EMAGIC,
                          "is no sound file that is known here (%s); headerless sound needs "
                          "--raw-encoding %s",
                          sf_strerror(NULL), ut__raw_encoding_names());
}

/* Why libsndfile does not take it, in words that help. */
static int refused(const struct ut__source_input *in, struct ut__source_message *msg)
{
    const struct ut__sound_head *h = &in->head;
    if (!in->regular)
        return ut__source_say(
            msg, UT_EUNSUPPORTED,
            "cannot be read from a pipe (%s); WAV, AU, AIFF, Ogg and MP3 can: give the "
            "file's name, convert on the way (flac -dc, sox -t wav -), or say "
            "--raw-encoding if it has no header",
            sf_strerror(NULL));
    switch (h->kind) {
    case UT__SOUND_EMPTY:
        return ut__source_say(msg, UT_ETRUNCATED, "is empty (0 bytes); record or copy it again");
    case UT__SOUND_TEXT:
        return ut__source_say(msg, UT_EMAGIC,
                              "is a text, not a sound file; check what wrote it under this name");
    case UT__SOUND_PACKED:
        return ut__source_say(msg, UT_EUNSUPPORTED,
                              "is compressed; unpack it first: %s %s, and give what comes of it",
                              h->foreign, in->path);
    case UT__SOUND_FOREIGN:
        return refused_foreign(h->foreign, msg);
    case UT__SOUND_OGG:
        return refused_foreign(h->foreign ? h->foreign : "Ogg with a codec", msg);
    case UT__SOUND_MP3:
        return ut__source_say(
            msg, UT_EMALFORMED,
            "begins like MP3 and cannot be read as such; copy it again, or convert "
            "it: ffmpeg -i IN -c:a pcm_mulaw OUT.wav");
    case UT__SOUND_WAV:
    case UT__SOUND_AIFF:
    case UT__SOUND_AU:
        break;
    default:
        return refused_unknown(in, msg);
    }
    if (!h->has_format)
        return ut__source_say(
            msg, UT_ETRUNCATED,
            "ends within its header or lacks the description of its sound; copy it "
            "again");
    if (h->channels == 0)
        return ut__source_say(
            msg, UT_EMALFORMED,
            "has 0 channels by its header: it is damaged; record or copy it again");
    const char *codec = wave_codec(h->format_tag);
    if (codec)
        return ut__source_say(msg, UT_EUNSUPPORTED,
                              "holds %s (WAVE format 0x%04x), which is not read here; convert it: "
                              "ffmpeg -i IN -c:a pcm_mulaw OUT.wav",
                              codec, (unsigned)h->format_tag);
    return ut__source_say(msg, UT_EMALFORMED,
                          "cannot be read: %s (its header says %u channels at %u Hz); convert it: "
                          "sox IN -e mu-law OUT.wav",
                          sf_strerror(NULL), (unsigned)h->channels, (unsigned)h->rate_hz);
}

static int check_format(const SF_INFO *info, struct ut__source_message *msg)
{
    if (info->channels < 1 || info->channels > UT_SOURCE_CHANNELS_MAX)
        return ut__source_say(
            msg, UT_ETOOBIG,
            "has %d channels, 1 to %d are read; pick the caller's and the agent's: "
            "sox IN OUT.wav remix 1 2",
            info->channels, UT_SOURCE_CHANNELS_MAX);
    if (info->samplerate < UT_RATE_MIN_HZ || info->samplerate > UT_RATE_MAX_HZ)
        return ut__source_say(
            msg, UT_EINVAL,
            "has a sampling rate of %d Hz, %d to %d are read; if the header is wrong, "
            "mend it (sox -r 8000 IN OUT.wav), else convert: sox IN -r 8000 OUT.wav",
            info->samplerate, UT_RATE_MIN_HZ, UT_RATE_MAX_HZ);
    return 0;
}

/* libsndfile's name of a format without what it says in brackets: "WAV (Microsoft)" is a WAV. */
static size_t put_name(char *dst, size_t cap, int format)
{
    SF_FORMAT_INFO info = {.format = format};
    if (sf_command(NULL, SFC_GET_FORMAT_INFO, &info, sizeof info) != 0 || !info.name)
        return 0;
    const char *bracket = strstr(info.name, " (");
    size_t n = bracket ? (size_t)(bracket - info.name) : strlen(info.name);
    n = n < cap ? n : cap - 1;
    memcpy(dst, info.name, n);
    dst[n] = '\0';
    return n;
}

static void describe(struct ut__source_info *out, const struct file *f)
{
    size_t n = put_name(out->format, sizeof out->format / 2, f->info.format & SF_FORMAT_TYPEMASK);
    memcpy(out->format + n, ", ", 3);
    n += 2;
    put_name(out->format + n, sizeof out->format - n, f->info.format & SF_FORMAT_SUBMASK);
    out->channels = (uint32_t)f->info.channels;
    out->parts = 1;
    for (uint32_t c = 0; c < out->channels; c++)
        out->rate_hz[c] = (uint32_t)f->info.samplerate;
    double declared_s = (double)f->info.frames / f->info.samplerate;
    if (f->info.frames > 0 && declared_s < STREAM_MAX_S)
        out->duration_s = declared_s;
}

/* Sets up headerless reading when it was asked for, or when only the name tells what it is. */
static int choose_raw(SF_INFO *info, const struct ut__source_input *in,
                      const struct ut__source_config *cfg, struct ut__source_message *msg)
{
    struct ut__source_config raw = *cfg;
    int asked = raw.raw_encoding != UT__RAW_NONE;
    /* Sound without a head may look like one of MP3, and A-law often like a text in UTF-8. */
    int unknown =
        in->regular && (in->head.kind == UT__SOUND_UNKNOWN || in->head.kind == UT__SOUND_MP3 ||
                        (in->head.kind == UT__SOUND_TEXT && !in->head.is_ascii));
    int named = unknown && ut__raw_from_name(&raw, in->path);
    if (!asked && !named)
        return 0;
    if (raw.raw_encoding == UT__RAW_NONE)
        return ut__source_say(
            msg, UT_EINVAL,
            "has no header; say how it is coded: --raw-encoding %s (and --raw-rate, "
            "--raw-channels unless 8000 Hz mono)",
            ut__raw_encoding_names());
    info->format = ut__raw_format(raw.raw_encoding);
    info->samplerate = raw.raw_rate_hz ? (int)raw.raw_rate_hz : UT_RATE_HZ;
    info->channels = raw.raw_channels ? (int)raw.raw_channels : 1;
    return check_format(info, msg);
}

/* Opens libsndfile on the descriptor and makes room for a block. */
static int start(struct file *f, const struct ut__source_input *in,
                 const struct ut__source_config *cfg, struct ut__source_message *msg)
{
    int err = choose_raw(&f->info, in, cfg, msg);
    if (err)
        return err;
    f->is_mended = in->regular && cfg->raw_encoding == UT__RAW_NONE &&
                   ut__mended_wants(in->fd, &in->head, in->size_bytes);
    f->snd = f->is_mended ? ut__mended_open(&f->mended, in->fd, &in->head, in->size_bytes, &f->info)
                          : sf_open_fd(in->fd, SFM_READ, &f->info, 0);
    if (!f->snd)
        return refused(in, msg);
    err = check_format(&f->info, msg);
    if (err)
        return err;
    f->block_frames = (size_t)f->info.samplerate * UT_SOURCE_BLOCK_MS / 1000;
    f->interleaved = malloc(f->block_frames * (size_t)f->info.channels * sizeof f->interleaved[0]);
    f->channel = malloc(f->block_frames * sizeof f->channel[0]);
    if (!f->interleaved || !f->channel)
        return ut__source_say(msg, UT_ENOMEM, "out of memory; use fewer --jobs");
    return 0;
}

int ut__source_file(struct ut__source *src, const struct ut__source_input *in,
                    const struct ut__source_config *cfg, struct ut__source_message *msg)
{
    struct file *f = calloc(1, sizeof *f);
    if (!f) {
        if (in->fd != STDIN_FILENO)
            close(in->fd);
        return ut__source_say(msg, UT_ENOMEM, "out of memory; use fewer --jobs");
    }
    f->fd = in->fd;
    f->head = in->head;
    f->size_bytes = in->size_bytes;
    int err = start(f, in, cfg, msg);
    if (err) {
        file_close(f);
        return err;
    }
    *src = (struct ut__source){.state = f, .read = file_read, .close = file_close};
    describe(&src->info, f);
    return 0;
}
