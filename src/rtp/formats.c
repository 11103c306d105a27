/* SPDX-License-Identifier: MIT */
/* Payload formats by number and by name. */

#include <string.h>
#include <strings.h>

#include <undertone/features.h>

#include "rtp/amr.h"
#include "rtp/stream.h"

#ifdef UT_WITH_G729
enum { HAS_G729 = 1 };
#else
enum { HAS_G729 = 0 };
#endif

/* RFC 3551, tables 4 and 5, and 2 as it was before: what is decoded here. */
static const struct ut__rtp_format static_formats[] = {
    {0, UT__RTP_PCMU, 1, 8000, 0}, {3, UT__RTP_GSM, 1, 8000, 0},   {8, UT__RTP_PCMA, 1, 8000, 0},
    {9, UT__RTP_G722, 1, 8000, 0}, {10, UT__RTP_L16, 2, 44100, 0}, {11, UT__RTP_L16, 1, 44100, 0},
    {13, UT__RTP_CN, 1, 8000, 0},  {18, UT__RTP_G729, 1, 8000, 0}, {2, UT__RTP_G726, 1, 8000, 4},
};

static const struct {
    const char *name;
    uint8_t codec, channels_max;
    uint32_t rate_min_hz, rate_max_hz;
    uint32_t variant;
} named[] = {
    {"PCMU", UT__RTP_PCMU, 1, 8000, 8000, 0},
    {"PCMA", UT__RTP_PCMA, 1, 8000, 8000, 0},
    {"G722", UT__RTP_G722, 1, 8000, 8000, 0},
    {"GSM", UT__RTP_GSM, 1, 8000, 8000, 0},
    {"opus", UT__RTP_OPUS, 2, 48000, 48000, 0},
    {"L16", UT__RTP_L16, 2, 8000, 48000, 0},
    {"CN", UT__RTP_CN, 1, 8000, 48000, 0},
    {"telephone-event", UT__RTP_EVENT, 1, 8000, 48000, 0},
    {"AMR", UT__RTP_AMR, 1, 8000, 8000, 0},
    {"G729", UT__RTP_G729, 1, 8000, 8000, 0},
    {"G726-16", UT__RTP_G726, 1, 8000, 8000, 2},
    {"G726-24", UT__RTP_G726, 1, 8000, 8000, 3},
    {"G726-32", UT__RTP_G726, 1, 8000, 8000, 4},
    {"G726-40", UT__RTP_G726, 1, 8000, 8000, 5},
    {"AAL2-G726-16", UT__RTP_G726, 1, 8000, 8000, UT__RTP_G726_AAL2 | 2},
    {"AAL2-G726-24", UT__RTP_G726, 1, 8000, 8000, UT__RTP_G726_AAL2 | 3},
    {"AAL2-G726-32", UT__RTP_G726, 1, 8000, 8000, UT__RTP_G726_AAL2 | 4},
    {"AAL2-G726-40", UT__RTP_G726, 1, 8000, 8000, UT__RTP_G726_AAL2 | 5},
    {"G721", UT__RTP_G726, 1, 8000, 8000, 4},
};

static int is_built_in(uint8_t codec)
{
    return (codec != UT__RTP_AMR || UT__AMR_BUILT_IN) && (codec != UT__RTP_G729 || HAS_G729);
}

int ut__rtp_format_static(struct ut__rtp_format *out, uint8_t pt)
{
    for (size_t i = 0; i < sizeof static_formats / sizeof static_formats[0]; i++) {
        if (static_formats[i].pt == pt && is_built_in(static_formats[i].codec)) {
            *out = static_formats[i];
            return 1;
        }
    }
    return 0;
}

void ut__rtp_formats_add_static(struct ut__rtp_config *cfg)
{
    static const uint8_t usual[] = {0, 8, 9, 3, 13, 18, 2};
    for (size_t i = 0; i < sizeof usual && cfg->format_count < UT__RTP_FORMATS_MAX; i++) {
        int used = 0;
        for (uint32_t k = 0; k < cfg->format_count; k++)
            used |= cfg->formats[k].pt == usual[i];
        if (!used)
            cfg->format_count +=
                (uint32_t)ut__rtp_format_static(&cfg->formats[cfg->format_count], usual[i]);
    }
}

int ut__rtp_format_named(struct ut__rtp_format *out, uint8_t pt, const char *name, size_t name_len,
                         uint32_t rate_hz, uint8_t channels)
{
    if (channels == 0)
        channels = 1;
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (strlen(named[i].name) != name_len || strncasecmp(named[i].name, name, name_len) != 0)
            continue;
        if (pt > 127 || channels > named[i].channels_max || rate_hz < named[i].rate_min_hz ||
            rate_hz > named[i].rate_max_hz || !is_built_in(named[i].codec))
            return 0;
        *out = (struct ut__rtp_format){pt, named[i].codec, channels, rate_hz, named[i].variant};
        return 1;
    }
    return 0;
}

const char *ut__rtp_static_name(uint8_t pt)
{
    static const struct {
        uint8_t pt;
        const char *name;
    } names[] = {{4, "G723"},  {5, "DVI4"},  {6, "DVI4"},  {7, "LPC"},  {12, "QCELP"},
                 {15, "G728"}, {16, "DVI4"}, {17, "DVI4"}, {18, "G729"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].pt == pt)
            return names[i].name;
    return NULL;
}

/* The value of "key=..." among "a=1; key=1"; -1: not there. */
static int number_of(const char *params, size_t len, const char *key)
{
    size_t n = strlen(key);
    for (size_t i = 0; i + n + 1 < len; i++) {
        int begins = i == 0 || params[i - 1] == ' ' || params[i - 1] == ';';
        if (begins && strncasecmp(params + i, key, n) == 0 && params[i + n] == '=')
            return params[i + n + 1] >= '0' && params[i + n + 1] <= '9' ? params[i + n + 1] - '0'
                                                                        : -1;
    }
    return -1;
}

int ut__rtp_format_params(struct ut__rtp_format *f, const char *params, size_t len)
{
    if (f->codec != UT__RTP_AMR)
        return 1;
    f->variant = number_of(params, len, "octet-align") == 1 ? UT__RTP_AMR_ALIGNED : 0;
    return number_of(params, len, "crc") < 1 && number_of(params, len, "robust-sorting") < 1 &&
           number_of(params, len, "interleaving") < 0;
}

const char *ut__rtp_codec_package(const char *name)
{
    if (strcasecmp(name, "AMR") == 0 && !UT__AMR_BUILT_IN)
        return "libopencore-amrnb";
    return strcasecmp(name, "G729") == 0 && !HAS_G729 ? "libbcg729 (GPL-3, UT_WITH_G729=ON)" : NULL;
}
