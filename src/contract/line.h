/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_LINE_H
#define UT_CONTRACT_LINE_H

/* A line of a chat, a mail or a transcript, as every way in gives it. */

#include <stddef.h>

enum ut__speaker {
    UT__WHO_UNKNOWN, /* Is not judged. */
    UT__WHO_CALLER,
    UT__WHO_AGENT /* Is never judged. */
};

struct ut__line {
    double t_s; /* Seconds: of the conversation or since 1970; -1: not known. */
    enum ut__speaker who;
    const char *name; /* Of the speaker; "": none. */
    const char *text; /* [len], with a NUL behind it. */
    size_t len;
    const char *language;     /* "en"; "": not said. */
    const char *conversation; /* "": not said. */
    float confidence;         /* Of the recogniser, 0..1; -1: not said. */
};

#endif
