/* SPDX-License-Identifier: MIT */
/* Standard error for what we say, and not for libraries that write there as they like. */

#include "terminal/alone.h"

static FILE *own;

FILE *ut__message_file(void)
{
    return own ? own : stderr;
}

void ut__message_alone(void)
{
#ifdef __GLIBC__ /* Elsewhere stderr is no variable. */
    if (own)
        return;
    FILE *nowhere = fopen("/dev/null", "we");
    if (!nowhere)
        return;
    own = stderr;
    stderr = nowhere;
#endif
}
