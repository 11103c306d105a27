/* SPDX-License-Identifier: MIT */
/* Messages for people on standard error. */

#include "terminal/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "terminal/alone.h"
#include "terminal/progress.h"

const char *ut__safe_name(char *dst, size_t cap, const char *name)
{
    size_t len = strlen(name), at = 0;
    if (len == 0)
        name = "''"; /* Seen where a shell's variable was not set. */
    if (len >= cap) {
        memcpy(dst, "...", 3);
        at = 3;
        name += len - (cap - 4);
        /* Not from within a UTF-8 character. */
        while (((unsigned char)*name & 0xc0) == 0x80)
            name++;
    }
    for (; *name; name++)
        dst[at++] = (unsigned char)*name < 0x20 || *name == 0x7f ? '?' : *name;
    dst[at] = '\0';
    return dst;
}

void ut__message(const char *subject, const char *format, ...)
{
    char name[UT__SAFE_MAX], text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ut__progress_hide();
    if (subject)
        fprintf(ut__message_file(), "undertone: %s: %s\n",
                ut__safe_name(name, sizeof name, subject), text);
    else
        fprintf(ut__message_file(), "undertone: %s\n", text);
}
