/* SPDX-License-Identifier: MIT */
/* Headerless sound: names of encodings and what file names tell of them. */

#include "ingress/raw.h"

#include <sndfile.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    enum ut__raw_encoding encoding;
    int format;
} encodings[] = {
    {"ulaw", UT__RAW_ULAW, SF_FORMAT_ULAW},
    {"alaw", UT__RAW_ALAW, SF_FORMAT_ALAW},
    {"s16le", UT__RAW_S16LE, SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE},
    {"s16be", UT__RAW_S16BE, SF_FORMAT_PCM_16 | SF_ENDIAN_BIG},
    {"s8", UT__RAW_S8, SF_FORMAT_PCM_S8},
    {"u8", UT__RAW_U8, SF_FORMAT_PCM_U8},
    {"s24le", UT__RAW_S24LE, SF_FORMAT_PCM_24 | SF_ENDIAN_LITTLE},
    {"s32le", UT__RAW_S32LE, SF_FORMAT_PCM_32 | SF_ENDIAN_LITTLE},
    {"f32le", UT__RAW_F32LE, SF_FORMAT_FLOAT | SF_ENDIAN_LITTLE},
    {"gsm", UT__RAW_GSM, SF_FORMAT_GSM610},
    {"vox", UT__RAW_VOX, SF_FORMAT_VOX_ADPCM},
};

enum ut__raw_encoding ut__raw_encoding_named(const char *name)
{
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++)
        if (strcmp(name, encodings[i].name) == 0)
            return encodings[i].encoding;
    return UT__RAW_NONE;
}

const char *ut__raw_encoding_names(void)
{
    return "ulaw|alaw|s16le|s16be|s8|u8|s24le|s32le|f32le|gsm|vox";
}

int ut__raw_format(enum ut__raw_encoding encoding)
{
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++)
        if (encodings[i].encoding == encoding)
            return SF_FORMAT_RAW | encodings[i].format;
    return 0;
}

int ut__raw_from_name(struct ut__source_config *cfg, const char *path)
{
    static const struct {
        const char *ending;
        enum ut__raw_encoding encoding;
        uint32_t rate_hz; /* 0: the usual 8000. */
    } endings[] = {
        {"ulaw", UT__RAW_ULAW, 0},       {"ul", UT__RAW_ULAW, 0},
        {"mulaw", UT__RAW_ULAW, 0},      {"pcmu", UT__RAW_ULAW, 0},
        {"alaw", UT__RAW_ALAW, 0},       {"al", UT__RAW_ALAW, 0},
        {"pcma", UT__RAW_ALAW, 0},       {"gsm", UT__RAW_GSM, 0},
        {"vox", UT__RAW_VOX, 0},         {"sln", UT__RAW_S16LE, 0},
        {"sln12", UT__RAW_S16LE, 12000}, {"sln16", UT__RAW_S16LE, 16000},
        {"sln24", UT__RAW_S16LE, 24000}, {"sln32", UT__RAW_S16LE, 32000},
        {"sln48", UT__RAW_S16LE, 48000}, {"raw", UT__RAW_NONE, 0},
        {"pcm", UT__RAW_NONE, 0},
    };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++) {
        if (strcasecmp(dot + 1, endings[i].ending) != 0)
            continue;
        if (cfg->raw_encoding == UT__RAW_NONE)
            cfg->raw_encoding = endings[i].encoding;
        if (cfg->raw_rate_hz == 0)
            cfg->raw_rate_hz = endings[i].rate_hz;
        return 1;
    }
    return 0;
}
