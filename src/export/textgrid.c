/* SPDX-License-Identifier: MIT */
/*
 * Praat (Boersma and Weenink): a TextGrid with a tier a kind of span, and the stress as an
 * IntensityTier, which Praat draws as a curve; text files in the long form of its manual, "TextGrid
 * file formats".
 */

#include "export/export.h"

/* In Praat's texts a quote is written twice. */
static void put_string(struct ut__text *t, const char *s)
{
    ut__text_raw(t, "\"");
    for (; *s; s++)
        ut__text_bytes(t, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
    ut__text_raw(t, "\"");
}

/* The end of everything: Praat wants all tiers to reach it. */
static double end_of(const struct ut__export_call *call, const struct ut__export_spans *spans)
{
    double end_s = call->summary.duration_s;
    for (size_t i = 0; i < spans->count; i++)
        if (spans->span[i].to_s > end_s)
            end_s = spans->span[i].to_s;
    return end_s > 0.001 ? end_s : 0.001;
}

static void put_head(struct ut__text *t, const char *class, double end_s)
{
    ut__text_raw(t, "File type = \"ooTextFile\"\nObject class = \"");
    ut__text_raw(t, class);
    ut__text_raw(t, "\"\n\nxmin = 0\nxmax = ");
    ut__text_num(t, end_s, 3);
    ut__text_raw(t, "\n");
}

static void put_interval(struct ut__text *t, unsigned n, double from_s, double to_s,
                         const char *text)
{
    ut__text_printf(t, "        intervals [%u]:\n            xmin = ", n);
    ut__text_num(t, from_s, 3);
    ut__text_raw(t, "\n            xmax = ");
    ut__text_num(t, to_s, 3);
    ut__text_raw(t, "\n            text = ");
    put_string(t, text);
    ut__text_raw(t, "\n");
}

/* Intervals fill the tier: between the spans they are empty. t NULL: counts alone. */
static unsigned put_intervals(struct ut__text *t, const struct ut__export_spans *spans,
                              enum ut__export_tier tier, double end_s)
{
    unsigned n = 0;
    double at_s = 0;
    for (size_t i = 0; i < spans->count; i++) {
        const struct ut__export_span *span = &spans->span[i];
        if (span->tier != tier)
            continue;
        if (span->from_s >= at_s + 0.001) {
            n++;
            if (t)
                put_interval(t, n, at_s, span->from_s, "");
        }
        n++;
        if (t)
            put_interval(t, n, span->from_s > at_s ? span->from_s : at_s, span->to_s, span->text);
        at_s = span->to_s;
    }
    if (end_s >= at_s + 0.001) {
        n++;
        if (t)
            put_interval(t, n, at_s, end_s, "");
    }
    return n;
}

void ut__export_put_textgrid(struct ut__text *t, const struct ut__export_call *call,
                             const struct ut__export_spans *spans)
{
    double end_s = end_of(call, spans);
    put_head(t, "TextGrid", end_s);
    ut__text_printf(t, "tiers? <exists>\nsize = %d\nitem []:\n", (int)UT__TIERS);
    for (int tier = 0; tier < UT__TIERS; tier++) {
        ut__text_printf(t,
                        "    item [%d]:\n        class = \"IntervalTier\"\n        name = \"%s\"\n",
                        tier + 1, ut__export_tier_name((enum ut__export_tier)tier));
        ut__text_raw(t, "        xmin = 0\n        xmax = ");
        ut__text_num(t, end_s, 3);
        ut__text_printf(t, "\n        intervals: size = %u\n",
                        put_intervals(NULL, spans, (enum ut__export_tier)tier, end_s));
        (void)put_intervals(t, spans, (enum ut__export_tier)tier, end_s);
    }
}

/* Stress as per cent: a tier of intensity is about tens of dB, and Praat draws it as such. */
void ut__export_put_intensity(struct ut__text *t, const struct ut__export_call *call,
                              const struct ut__export_spans *spans)
{
    unsigned n = 0;
    for (size_t i = 0; i < call->scores; i++)
        n += call->score[i].state != UT_STATE_ABSTAIN;
    put_head(t, "IntensityTier", end_of(call, spans));
    ut__text_printf(t, "points: size = %u\n", n);
    n = 0;
    for (size_t i = 0; i < call->scores; i++) {
        const struct ut_score *v = &call->score[i];
        if (v->state == UT_STATE_ABSTAIN)
            continue;
        ut__text_printf(t, "points [%u]:\n    number = ", ++n);
        ut__text_num(t, v->t_s - 0.5, 3); /* The middle of its second. */
        ut__text_raw(t, "\n    value = ");
        ut__text_num(t, (double)v->stress * 100, 1);
        ut__text_raw(t, "\n");
    }
}
