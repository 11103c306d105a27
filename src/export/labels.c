/* SPDX-License-Identifier: MIT */
/* Audacity's label track, as File > Import > Labels reads it: begin, end, text, parted by tabs. */

#include "export/export.h"

void ut__export_put_labels(struct ut__text *t, const struct ut__export_call *call,
                           const struct ut__export_spans *spans)
{
    (void)call;
    for (size_t i = 0; i < spans->count; i++) {
        const struct ut__export_span *span = &spans->span[i];
        ut__text_num(t, span->from_s, 6);
        ut__text_raw(t, "\t");
        ut__text_num(t, span->to_s, 6);
        ut__text_raw(t, "\t");
        if (span->tier == UT__TIER_STATE)
            ut__text_raw(t, "state ");
        for (const char *s = span->text; *s; s++)
            ut__text_bytes(t, (unsigned char)*s < ' ' ? " " : s, 1);
        ut__text_raw(t, "\n");
    }
}
