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

#include <undertone/json.h>

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

void ut__print_line(struct ut__print *p, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0)
        return;
    p->out.write(p->out.state, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

const char *ut__print_time(char *buf, double t_s)
{
    unsigned long t = t_s > 0 ? (unsigned long)t_s : 0;
    if (t >= 3600)
        snprintf(buf, 24, "%lu:%02lu:%02lu", t / 3600, t / 60 % 60, t % 60);
    else
        snprintf(buf, 24, "%lu:%02lu", t / 60, t % 60);
    return buf;
}

const char *ut__color_code(const struct ut__print *p, enum ut__print_color color)
{
    static const char *const codes[] = {"\033[0m",  "\033[2m",    "\033[32m",
                                        "\033[33m", "\033[1;31m", "\033[1m"};
    return p->style.color ? codes[color] : "";
}

void ut__print_begin(struct ut__print *p, const struct ut__print_out *out,
                     const struct ut__print_style *style, const struct ut__print_call *call)
{
    *p = (struct ut__print){.out = *out, .style = *style, .has_agent = call->agent_channel != 0};
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
    char line[UT_JSON_MAX + 1];
    int n = ut_event_to_json(line, UT_JSON_MAX, p->id, ev);
    if (n < 0)
        return;
    line[n] = '\n';
    p->out.write(p->out.state, line, (size_t)n + 1);
}

void ut__print_note(struct ut__print *p, const char *text)
{
    if (p->style.json)
        ut__print_json_note(p, text);
    else
        ut__print_text_note(p, text);
}
