/* SPDX-License-Identifier: MIT */
/*
 * Chapters for players: WebVTT (W3C, 2019) and SubRip. States are left out, since each turn tells its
 * stress.
 */

#include <math.h>

#include "export/export.h"

#define TURN_MIN_S 0.5 /* Shorter talk is a back-channel ("mhm"), no chapter: TURNS.md. */

static int is_cue(const struct ut__export_span *span)
{
    switch (span->tier) {
    case UT__TIER_CALLER:
    case UT__TIER_AGENT:
        return span->to_s - span->from_s >= TURN_MIN_S;
    case UT__TIER_EPISODE:
    case UT__TIER_ALERT:
        return 1;
    default:
        return 0;
    }
}

static void put_time(struct ut__text *t, double s, char comma)
{
    long ms = lround(s * 1000);
    ut__text_printf(t, "%02ld:%02ld:%02ld%c%03ld", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60,
                    comma, ms % 1000);
}

static void put_cues(struct ut__text *t, const struct ut__export_spans *spans, char comma)
{
    unsigned n = 0;
    for (size_t i = 0; i < spans->count; i++) {
        const struct ut__export_span *span = &spans->span[i];
        if (!is_cue(span))
            continue;
        ut__text_printf(t, "%u\n", ++n);
        put_time(t, span->from_s, comma);
        ut__text_raw(t, " --> ");
        put_time(t, span->to_s, comma);
        ut__text_raw(t, "\n");
        ut__text_xml(t, span->text); /* Both know <b> and the like. */
        ut__text_raw(t, "\n\n");
    }
}

void ut__export_put_vtt(struct ut__text *t, const struct ut__export_call *call,
                        const struct ut__export_spans *spans)
{
    ut__text_printf(t, "WEBVTT - %s\n\n", call->id);
    put_cues(t, spans, '.');
}

void ut__export_put_srt(struct ut__text *t, const struct ut__export_call *call,
                        const struct ut__export_spans *spans)
{
    (void)call;
    put_cues(t, spans, ',');
}
