/* SPDX-License-Identifier: MIT */
/*
 * A call's report: one HTML file that needs nothing else. The data stand in it as JSON; report/call.js
 * draws them with dygraphs, in the reader's language.
 */

#include <undertone/features.h>
#include <undertone/json.h>

#include "export/export.h"
#include "export/report/page.h"

/* In a script element `</` would end it, and `<!--` begin something else. */
static void put_json(struct ut__text *t, const char *json, size_t len)
{
    for (size_t i = 0, from = 0; i <= len; i++)
        if (i == len || json[i] == '<') {
            ut__text_bytes(t, json + from, i - from);
            if (i < len)
                ut__text_raw(t, "\\u003c");
            from = i + 1;
        }
}

static void put_number(struct ut__text *t, int there, float v, int decimals)
{
    ut__text_raw(t, ",");
    if (there)
        ut__text_num(t, (double)v, decimals);
    else
        ut__text_raw(t, "null");
}

/* [t, stress, arousal, confidence, level, why, [features]] */
static void put_second(struct ut__text *t, const struct ut_score *v)
{
    int scored = v->state != UT_STATE_ABSTAIN;
    ut__text_num(t, v->t_s, 2);
    put_number(t, scored, v->stress, 3);
    put_number(t, scored, v->arousal, 3);
    put_number(t, scored, v->confidence, 2);
    put_number(t, 1, v->level_dbfs, 1);
    ut__text_raw(t, ",");
    ut__text_str(t, v->why == UT_WHY_NONE ? NULL : ut_why_name(v->why));
    ut__text_raw(t, ",[");
    for (int i = 0; scored && v->has_delta && i < UT_REASON_COUNT; i++) {
        if (i)
            ut__text_raw(t, ",");
        ut__text_num(t, (double)v->delta[i], 2);
    }
    ut__text_raw(t, "]");
}

static void put_event(struct ut__text *t, const struct ut__export_call *call,
                      const struct ut_event *ev)
{
    char json[UT_JSON_MAX];
    int n = ut_event_to_json(json, sizeof json, call->id, ev);
    ut__text_raw(t, n > 0 ? json : "null");
}

static void put_lists(struct ut__text *t, const struct ut__export_call *call)
{
    ut__text_key(t, "seconds");
    ut__text_raw(t, "[");
    for (size_t i = 0; i < call->scores; i++) {
        ut__text_raw(t, i ? ",[" : "[");
        put_second(t, &call->score[i]);
        ut__text_raw(t, "]");
    }
    ut__text_raw(t, "]");
    ut__text_key(t, "talk");
    ut__text_raw(t, "[");
    for (size_t i = 0; i < call->talks; i++) {
        const struct ut__export_talk *talk = &call->talk[i];
        ut__text_raw(t, i ? ",[" : "[");
        ut__text_num(t, talk->from * (double)UT_HOP_MS / 1000, 2);
        ut__text_raw(t, ",");
        ut__text_num(t, talk->to * (double)UT_HOP_MS / 1000, 2);
        ut__text_raw(t, ",");
        ut__text_str(t, ut_talk_name(talk->talk));
        ut__text_raw(t, "]");
    }
    ut__text_raw(t, "]");
    ut__text_key(t, "notes");
    ut__text_raw(t, "[");
    for (size_t i = 0; i < call->notes; i++) {
        ut__text_raw(t, i ? "," : "");
        ut__text_str(t, call->note[i].text);
    }
    ut__text_raw(t, "]");
    ut__text_key(t, "alerts");
    ut__text_raw(t, "[");
    for (size_t i = 0; i < call->alerts; i++) {
        ut__text_raw(t, i ? "," : "");
        put_event(t, call, &(struct ut_event){.type = UT_EVENT_ALERT, .u.alert = call->alert[i]});
    }
    ut__text_raw(t, "]");
}

static void put_data(struct ut__text *t, const struct ut__export_call *call)
{
    ut__text_raw(t, "{");
    ut__text_kstr(t, "call", call->id);
    ut__text_kstr(t, "file", call->path);
    ut__text_kstr(t, "audio", call->audio);
    ut__text_kstr(t, "model", call->model);
    ut__text_kbool(t, "has_agent", call->has_agent);
    ut__text_kint(t, "episodes", call->summary.episode_count); /* A summary lists some of them. */
    put_lists(t, call);
    ut__text_key(t, "turns");
    if (call->turns.t_s > 0)
        put_event(t, call, &(struct ut_event){.type = UT_EVENT_TURNS, .u.turns = call->turns});
    else
        ut__text_raw(t, "null");
    ut__text_key(t, "summary");
    put_event(t, call, &(struct ut_event){.type = UT_EVENT_SUMMARY, .u.summary = call->summary});
    ut__text_raw(t, "}");
}

void ut__export_put_html(struct ut__text *t, const struct ut__export_call *call,
                         const struct ut__export_spans *spans)
{
    struct ut__text json = {.len = 0};
    (void)spans;
    put_data(&json, call);
    ut__text_raw(t,
                 "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>");
    ut__text_xml(t, call->id);
    ut__text_raw(t, "</title>\n<style>");
    ut__page_put(t, "vendor/dygraph.min.css");
    ut__page_put(t, "report.css");
    ut__text_raw(t, "</style></head>\n<body><noscript>This report is drawn by the scripts in it: "
                    "allow them.</noscript>\n<script type=\"application/json\" id=\"data\">");
    put_json(t, json.buf ? json.buf : "", json.len);
    ut__text_raw(t, "</script>\n<script>");
    ut__page_put(t, "vendor/dygraph.min.js");
    ut__text_raw(t, "</script>\n<script>");
    ut__page_put(t, "call.js");
    ut__text_raw(t, "</script></body></html>\n");
    t->failed |= json.failed;
    ut__text_free(&json);
}
