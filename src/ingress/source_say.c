/* SPDX-License-Identifier: MIT */
/* How a source words what is wrong. */

#include <stdarg.h>
#include <stdio.h>

#include "ingress/source.h"

int ut__source_say(struct ut__source_message *msg, int err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(msg->text, sizeof msg->text, format, args);
    va_end(args);
    return err;
}
