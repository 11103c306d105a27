/* SPDX-License-Identifier: MIT */
/* ELAN's annotations (Max Planck Institute for Psycholinguistics), EAF 3.0, for version 5 and later. */

#include <math.h>

#include "export/export.h"

static const char *const head =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<ANNOTATION_DOCUMENT AUTHOR=\"Undertone\" DATE=\"1970-01-01T00:00:00+00:00\" FORMAT=\"3.0\""
    " VERSION=\"3.0\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
    " xsi:noNamespaceSchemaLocation=\"http://www.mpi.nl/tools/elan/EAFv3.0.xsd\">\n"
    "    <HEADER MEDIA_FILE=\"\" TIME_UNITS=\"milliseconds\">\n";

static void put_tier(struct ut__text *t, const struct ut__export_spans *spans,
                     enum ut__export_tier tier)
{
    ut__text_printf(t, "    <TIER LINGUISTIC_TYPE_REF=\"undertone\" TIER_ID=\"%s\">\n",
                    ut__export_tier_name(tier));
    for (size_t i = 0; i < spans->count; i++) {
        if (spans->span[i].tier != tier)
            continue;
        ut__text_printf(t,
                        "        <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a%zu\""
                        " TIME_SLOT_REF1=\"ts%zu\" TIME_SLOT_REF2=\"ts%zu\"><ANNOTATION_VALUE>",
                        i + 1, 2 * i + 1, 2 * i + 2);
        ut__text_xml(t, spans->span[i].text);
        ut__text_raw(t, "</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>\n");
    }
    ut__text_raw(t, "    </TIER>\n");
}

void ut__export_put_elan(struct ut__text *t, const struct ut__export_call *call,
                         const struct ut__export_spans *spans)
{
    ut__text_raw(t, head);
    if (call->path) {
        ut__text_raw(t, "        <MEDIA_DESCRIPTOR MEDIA_URL=\"");
        ut__export_url(t, call->place ? call->place : call->path);
        ut__text_raw(t, "\" MIME_TYPE=\"audio/x-wav\"/>\n");
    }
    ut__text_raw(t, "    </HEADER>\n    <TIME_ORDER>\n");
    for (size_t i = 0; i < spans->count; i++) {
        long from = lround(spans->span[i].from_s * 1000), to = lround(spans->span[i].to_s * 1000);
        ut__text_printf(t,
                        "        <TIME_SLOT TIME_SLOT_ID=\"ts%zu\" TIME_VALUE=\"%ld\"/>\n"
                        "        <TIME_SLOT TIME_SLOT_ID=\"ts%zu\" TIME_VALUE=\"%ld\"/>\n",
                        2 * i + 1, from, 2 * i + 2, to > from ? to : from + 1);
    }
    ut__text_raw(t, "    </TIME_ORDER>\n");
    for (int tier = 0; tier < UT__TIERS; tier++)
        put_tier(t, spans, (enum ut__export_tier)tier);
    ut__text_raw(t, "    <LINGUISTIC_TYPE GRAPHIC_REFERENCES=\"false\""
                    " LINGUISTIC_TYPE_ID=\"undertone\" TIME_ALIGNABLE=\"true\"/>\n"
                    "</ANNOTATION_DOCUMENT>\n");
}
