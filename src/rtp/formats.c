/* SPDX-License-Identifier: MIT */
/* Payload formats by number and by name. */

#include <string.h>
#include <strings.h>

#include <undertone/features.h>

#include "rtp/stream.h"

/* RFC 3551, tables 4 and 5: what is decoded here. G.729 (18) is left out: no library has it. */
static const struct ut__rtp_format static_formats[] = {
    {0, UT__RTP_PCMU, 1, 8000}, {3, UT__RTP_GSM, 1, 8000},   {8, UT__RTP_PCMA, 1, 8000},
    {9, UT__RTP_G722, 1, 8000}, {10, UT__RTP_L16, 2, 44100}, {11, UT__RTP_L16, 1, 44100},
    {13, UT__RTP_CN, 1, 8000},
};

static const struct {
    const char *name;
    uint8_t codec, channels_max;
    uint32_t rate_min_hz, rate_max_hz;
} named[] = {
    {"PCMU", UT__RTP_PCMU, 1, 8000, 8000},   {"PCMA", UT__RTP_PCMA, 1, 8000, 8000},
    {"G722", UT__RTP_G722, 1, 8000, 8000},   {"GSM", UT__RTP_GSM, 1, 8000, 8000},
    {"opus", UT__RTP_OPUS, 2, 48000, 48000}, {"L16", UT__RTP_L16, 2, 8000, 48000},
    {"CN", UT__RTP_CN, 1, 8000, 48000},      {"telephone-event", UT__RTP_EVENT, 1, 8000, 48000},
};

int ut__rtp_format_static(struct ut__rtp_format *out, uint8_t pt)
{
    for (size_t i = 0; i < sizeof static_formats / sizeof static_formats[0]; i++) {
        if (static_formats[i].pt == pt) {
            *out = static_formats[i];
            return 1;
        }
    }
    return 0;
}

void ut__rtp_formats_add_static(struct ut__rtp_config *cfg)
{
    static const uint8_t usual[] = {0, 8, 9, 3, 13};
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
            rate_hz > named[i].rate_max_hz)
            return 0;
        *out = (struct ut__rtp_format){pt, named[i].codec, channels, rate_hz};
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

const char *ut__rtp_codec_remedy(const char *name)
{
    (void)name;
    return "which is not decoded here: have the peers offer PCMU, PCMA, G722 or opus first";
}
