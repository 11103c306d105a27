/* SPDX-License-Identifier: MIT */
/* The one way from a call's events to text, whichever style was asked for. */

#define _POSIX_C_SOURCE 200809L /* isatty, nl_langinfo. */

#include "terminal/print.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ut__print_style ut__print_style_of_stdout(int json, int no_color)
{
    const char *asked = getenv("NO_COLOR"), *term = getenv("TERM");
    int terminal = isatty(STDOUT_FILENO);
    int dumb = term && strcmp(term, "dumb") == 0;
    return (struct ut__print_style){
        .json = json,
        .color = terminal && !no_color && !dumb && !(asked && asked[0]),
        .utf8 = terminal && strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
    };
}

void ut__print_begin(struct ut__print *p, const struct ut__print_out *out,
                     const struct ut__print_style *style, const struct ut__print_call *call)
{
    *p = (struct ut__print){
        .out = *out, .style = *style, .has_agent = call->agent_channel != 0, .file = call->file};
    snprintf(p->id, sizeof p->id, "%s", call->id);
    if (style->json)
        ut__print_json_call(p, call);
    else
        ut__print_text_call(p, call);
}

void ut__print_event(struct ut__print *p, const struct ut_event *ev)
{
    if (!p->style.json) {
        ut__print_text_event(p, ev);
        return;
    }
    ut__print_json_event(p, ev);
}

void ut__print_note(struct ut__print *p, const char *text)
{
    if (p->style.json)
        ut__print_json_note(p, text);
    else
        ut__print_text_note(p, text);
}
