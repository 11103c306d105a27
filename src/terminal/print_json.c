/* SPDX-License-Identifier: MIT */
/* The JSON lines that the library does not know: of the recording, not of the voice. */

#include <stdio.h>
#include <string.h>

#include <undertone/json.h>

#include "base/json_string.h"
#include "terminal/print.h"

static void put_string(struct ut__print *p, const char *key, const char *value)
{
    char text[UT__JSON_STRING_MAX];
    if (value)
        ut__print_line(p, ",\"%s\":%s", key, ut__json_string(text, sizeof text, value));
}

static void put_head(struct ut__print *p, const char *type)
{
    ut__print_line(p, "{\"type\":\"%s\",", type);
    if (strcmp(type, "call") == 0)
        ut__print_line(p, "\"v\":1,");
    char text[UT__JSON_STRING_MAX];
    ut__print_line(p, "\"call\":%s", ut__json_string(text, sizeof text, p->id));
}

void ut__print_json_call(struct ut__print *p, const struct ut__print_call *call)
{
    put_head(p, "call");
    put_string(p, "file", call->file);
    ut__print_line(p, ",\"channels\":%u", (unsigned)call->channels);
    if (call->caller_channel)
        ut__print_line(p, ",\"caller_channel\":%u", (unsigned)call->caller_channel);
    else
        ut__print_line(p, ",\"caller_channel\":null");
    if (call->agent_channel)
        ut__print_line(p, ",\"agent_channel\":%u", (unsigned)call->agent_channel);
    else
        ut__print_line(p, ",\"agent_channel\":null");
    if (call->duration_s > 0)
        ut__print_line(p, ",\"duration_s\":%.2f", call->duration_s);
    else
        ut__print_line(p, ",\"duration_s\":null");
    if (call->rate_hz)
        ut__print_line(p, ",\"rate_hz\":%u", (unsigned)call->rate_hz);
    put_string(p, "format", call->format);
    put_string(p, "model", call->model);
    if (call->site)
        ut__print_line(p, ",\"site\":\"%08x\"", (unsigned)call->site);
    ut__print_line(p, "}\n");
}

void ut__print_json_event(struct ut__print *p, const struct ut_event *ev)
{
    char line[UT_JSON_MAX + sizeof ",\"file\":}\n" + UT__JSON_STRING_MAX];
    char file[UT__JSON_STRING_MAX];
    int n = ut_event_to_json(line, UT_JSON_MAX, p->id, ev);
    if (n <= 0)
        return;
    if (p->file && (ev->type == UT_EVENT_ALERT || ev->type == UT_EVENT_SUMMARY)) {
        ut__json_string(file, sizeof file, p->file);
        n += snprintf(line + n - 1, sizeof line - (size_t)n, ",\"file\":%s}", file) - 1;
    }
    line[n] = '\n';
    p->out.write(p->out.state, line, (size_t)n + 1);
}

void ut__print_json_note(struct ut__print *p, const char *text)
{
    put_head(p, "note");
    put_string(p, "text", text);
    ut__print_line(p, "}\n");
}
