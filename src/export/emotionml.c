/* SPDX-License-Identifier: MIT */
/*
 * EmotionML 1.0 (W3C Recommendation, 2014), an emotion a scored second. Arousal and valence are of
 * the vocabulary fsre-dimensions (Fontaine and others, 2007), whose scales go from 0 to 1.
 */

#include <math.h>

#include "export/export.h"

#define FSRE "http://www.w3.org/TR/emotion-voc/xml#fsre-dimensions"

static double unit(float v)
{
    return v < 0 ? 0 : v > 1 ? 1 : (double)v;
}

static void put_dimension(struct ut__text *t, const char *name, float value, float confidence)
{
    ut__text_printf(t, "<dimension name=\"%s\" value=\"", name);
    ut__text_num(t, unit(value), 3);
    ut__text_raw(t, "\" confidence=\"");
    ut__text_num(t, unit(confidence), 2);
    ut__text_raw(t, "\"/>");
}

void ut__export_put_emotionml(struct ut__text *t, const struct ut__export_call *call,
                              const struct ut__export_spans *spans)
{
    (void)spans;
    ut__text_raw(t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<emotionml version=\"1.0\" xmlns=\"http://www.w3.org/2009/10/emotionml\""
                    " xmlns:ut=\"urn:undertone:score\" dimension-set=\"" FSRE "\">\n"
                    "  <info id=\"recording\"><ut:call id=\"");
    ut__text_xml(t, call->id);
    ut__text_raw(t, "\"");
    if (call->path) {
        ut__text_raw(t, " file=\"");
        ut__text_xml(t, call->path);
        ut__text_raw(t, "\"");
    }
    ut__text_raw(t, "/></info>\n");
    for (size_t i = 0; i < call->scores; i++) {
        const struct ut_score *v = &call->score[i];
        if (v->state == UT_STATE_ABSTAIN)
            continue;
        ut__text_printf(t,
                        "  <emotion expressed-through=\"voice\" time-ref-uri=\"#recording\""
                        " offset-to-start=\"%ld\" duration=\"1000\"><info><ut:stress>",
                        lround(v->t_s * 1000) - 1000);
        ut__text_num(t, unit(v->stress), 3);
        ut__text_raw(t, "</ut:stress></info>");
        put_dimension(t, "arousal", v->arousal, v->confidence);
        put_dimension(t, "valence", (v->valence + 1) / 2, v->confidence);
        ut__text_raw(t, "</emotion>\n");
    }
    ut__text_raw(t, "</emotionml>\n");
}
