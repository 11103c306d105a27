/* SPDX-License-Identifier: MIT */
/* Lines, times, colours and reasons in words: what all printers share. */

#include <stdarg.h>
#include <stdio.h>

#include "terminal/print.h"

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

const char *ut__print_why(enum ut_why why)
{
    switch (why) {
    case UT_WHY_ROLE:
        return "nobody said where the caller is";
    case UT_WHY_SPEECH:
        return "too little caller speech";
    case UT_WHY_GAP:
        return "too much sound was lost";
    case UT_WHY_MUSIC:
        return "music or a tone";
    case UT_WHY_CLIPPING:
        return "the recording is overdriven";
    case UT_WHY_NOISE:
        return "too much noise";
    case UT_WHY_RATE:
        return "the samples come at another rate than is said";
    default:
        return "";
    }
}
