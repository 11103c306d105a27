/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_PRINT_H
#define UT_TERMINAL_PRINT_H

/*
 * A call's events as text: JSON Lines for programs, or a timeline for people. The same for files,
 * microphones and the daemon.
 *
 *     ut__print_begin -> ut__print_event ... (the summary is the last) ; ut__print_note in between
 *
 * One printer a call, one thread at a time.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/event.h>

#include "contract/stream.h"

/* Where the text goes: whole lines, with their line ends. Errors are the receiver's to tell. */
struct ut__print_out {
    void (*write)(void *state, const char *bytes, size_t n);
    void *state;
};

struct ut__print_style {
    int json;  /* 1: JSON Lines; the rest is for people. */
    int color; /* 1: ANSI colours. */
    int utf8;  /* 1: bars and marks beyond ASCII. */
};

/* What stands in the "call" line. */
struct ut__print_call {
    const char *id;     /* [A-Za-z0-9._:@-] */
    const char *file;   /* Path or device; NULL: none. Any bytes. */
    const char *format; /* NULL: not known. */
    const char *model;  /* NULL: not told. */
    uint32_t site;      /* Checksum of the site's profile; 0: none. */
    uint32_t channels;
    uint32_t caller_channel; /* From 1; 0: not known. */
    uint32_t agent_channel;  /* From 1; 0: none. */
    uint32_t rate_hz;
    double duration_s; /* 0: not known yet. */
};

/* Seconds of the timeline that become one line. */
struct ut__print_span {
    double from_s, to_s;
    unsigned seconds, scored, abstained, caller_s, agent_s, deltas;
    float stress_max;
    float delta[UT_REASON_COUNT]; /* Sums over `deltas` seconds. */
    enum ut_state state;          /* The highest. */
    enum ut_why why;              /* Of the last second that abstained. */
};

struct ut__print {
    struct ut__print_out out;
    struct ut__print_style style;
    char id[UT__CALL_ID_MAX];
    const char *file; /* Borrowed from the call's line. */
    int has_agent;
    struct ut__print_span span;
    struct ut_turns turns;
    int has_turns;
};

/* Style of standard output: colours on a terminal unless no_color or NO_COLOR; the locale's set. */
struct ut__print_style ut__print_style_of_stdout(int json, int no_color);

/* Starts a call and prints its first line. `call` is borrowed for this call, its file until the last
 * event. */
void ut__print_begin(struct ut__print *p, const struct ut__print_out *out,
                     const struct ut__print_style *style, const struct ut__print_call *call);

void ut__print_event(struct ut__print *p, const struct ut_event *ev);

/* Something to know of the call, such as a cut recording, in plain English. */
void ut__print_note(struct ut__print *p, const char *text);

/* Shared by the printers of this folder. */
void ut__print_json_call(struct ut__print *p, const struct ut__print_call *call);
/* An event's line. Alerts and summaries, which are often read by themselves, name the file. */
void ut__print_json_event(struct ut__print *p, const struct ut_event *ev);
void ut__print_json_note(struct ut__print *p, const char *text);
void ut__print_text_call(struct ut__print *p, const struct ut__print_call *call);
void ut__print_text_note(struct ut__print *p, const char *text);
void ut__print_text_event(struct ut__print *p, const struct ut_event *ev);
void ut__print_text_summary(struct ut__print *p, const struct ut_summary *s);
/* A line or part of it, as printf does; at most 1024 bytes. */
void ut__print_line(struct ut__print *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Why there is no score, in words. Static. */
const char *ut__print_why(enum ut_why why);
/* "m:ss" or "h:mm:ss" in buf, which holds at least 24 bytes. */
const char *ut__print_time(char *buf, double t_s);

enum ut__print_color { UT__PLAIN, UT__DIM, UT__GREEN, UT__YELLOW, UT__RED, UT__BOLD };
/* The code that starts a colour, "" where there are none. */
const char *ut__color_code(const struct ut__print *p, enum ut__print_color color);

#endif
