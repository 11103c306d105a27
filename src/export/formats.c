/* SPDX-License-Identifier: MIT */
/* The formats by name. */

#include <string.h>

#include "export/export.h"

const struct ut__export_file ut__export_files[] = {
    {"vtt", ".vtt", ut__export_put_vtt},
    {"srt", ".srt", ut__export_put_srt},
    {"textgrid", ".TextGrid", ut__export_put_textgrid},
    {"textgrid", ".IntensityTier", ut__export_put_intensity},
    {"audacity", ".labels.txt", ut__export_put_labels},
    {"elan", ".eaf", ut__export_put_elan},
    {"emotionml", ".emotionml", ut__export_put_emotionml},
    {"csv", ".csv", ut__export_put_seconds},
#ifdef UT_HAVE_REPORT
    {"html", ".html", ut__export_put_html},
#endif
    {NULL, NULL, NULL},
};

uint32_t ut__export_mask(const char *format, size_t len)
{
    uint32_t mask = 0;
    for (size_t i = 0; ut__export_files[i].format; i++)
        if (strlen(ut__export_files[i].format) == len &&
            memcmp(ut__export_files[i].format, format, len) == 0)
            mask |= (uint32_t)1 << i;
    return mask;
}

const char *ut__export_names(void)
{
#ifdef UT_HAVE_REPORT
    return "vtt,srt,textgrid,audacity,elan,emotionml,csv,html";
#else
    return "vtt,srt,textgrid,audacity,elan,emotionml,csv";
#endif
}
