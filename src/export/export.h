/* SPDX-License-Identifier: MIT */
#ifndef UT_EXPORT_EXPORT_H
#define UT_EXPORT_EXPORT_H

/*
 * A call as files of other programs: what its events told is gathered, then written once it is over.
 *
 * One thread at a time for one call. Memory grows with the call: some 100 bytes a second of it.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>
#include <undertone/event.h>

#include "base/text.h"

enum { UT__EXPORT_NAME_MAX = 128 /* Bytes of a call's name, with NUL. */ };

/* Frames of UT_HOP_MS in which the same people talk. */
struct ut__export_talk {
    uint32_t from, to; /* Frames from the call's begin; `to` is the first one after. */
    enum ut_talk talk;
};

/* All that is known of one call. Zeroed, with the names filled in, it is ready. */
struct ut__export_call {
    char id[UT__EXPORT_NAME_MAX];
    const char *path;  /* Of the recording as it was named, borrowed; NULL: none. */
    const char *place; /* The same from the root on, for links; NULL: `path` will do. */
    const char *audio; /* For players: a URL, or the sound itself as a data URL; NULL: none. */
    const char *model;
    int has_agent;

    struct ut_score *score; /* [scores], a second each. */
    size_t scores, score_room;
    struct ut__export_talk *talk; /* [talks], without gaps from frame 0 on. */
    size_t talks, talk_room;
    struct ut_alert_event *alert; /* [alerts], raised and cleared. */
    size_t alerts, alert_room;
    struct ut_note *note; /* [notes] */
    size_t notes, note_room;
    struct ut_turns turns;
    struct ut_summary summary;
    int no_memory; /* Something is missing for want of memory. */
};

/** Takes an event; arg: the struct above, so that both fit struct ut__replay_watch and ut__trace. */
void ut__export_event(void *arg, const struct ut_event *ev);
/** Takes one more frame of who talks. */
void ut__export_talk(void *arg, enum ut_talk talk);
/** Releases the lists and zeroes them. */
void ut__export_free(struct ut__export_call *call);

/* What a span is about: a tier of Praat's and ELAN's. */
enum ut__export_tier {
    UT__TIER_CALLER, /* The caller talks. */
    UT__TIER_AGENT,
    UT__TIER_STATE, /* How the caller sounds: calm, elevated, alert, or why there is no score. */
    UT__TIER_EPISODE,
    UT__TIER_ALERT, /* From raised to cleared. */
    UT__TIERS
};

enum { UT__SPAN_TEXT_MAX = 400 };

struct ut__export_span {
    double from_s, to_s; /* to_s > from_s. */
    enum ut__export_tier tier;
    char text[UT__SPAN_TEXT_MAX]; /* In English, UTF-8. */
};

struct ut__export_spans {
    struct ut__export_span *span; /* [count], by begin; those of one tier never overlap. */
    size_t count, room;
};

/** All spans of a call. Returns 0 or UT_ENOMEM; release them either way. */
int ut__export_spans(struct ut__export_spans *out,
                     const struct ut__export_call *call) UT_MUST_CHECK;
void ut__export_spans_free(struct ut__export_spans *spans);

/** "caller", "agent", "state", "episodes", "alerts". Static. */
const char *ut__export_tier_name(enum ut__export_tier tier);

/* One file of a format. */
struct ut__export_file {
    const char *format; /* As the option names it; a format may be several files. */
    const char *ending; /* Behind the call's name: ".vtt". */
    void (*put)(struct ut__text *t, const struct ut__export_call *call,
                const struct ut__export_spans *spans);
};

/** The files there are; format NULL ends them. */
extern const struct ut__export_file ut__export_files[];

/** The bit of a format in a mask of ut__export_files; 0: there is no such format. */
uint32_t ut__export_mask(const char *format, size_t len);

/** All formats, with commas between. Static. */
const char *ut__export_names(void);

/** The head and the row of the table of calls, a row a call. */
void ut__export_calls_head(struct ut__text *t);
void ut__export_calls_row(struct ut__text *t, const struct ut__export_call *call);

/** A path as a URL; what is no plain letter is written by its number. */
void ut__export_url(struct ut__text *t, const char *path);

/* The formats' writers, a file each. */
void ut__export_put_vtt(struct ut__text *t, const struct ut__export_call *call,
                        const struct ut__export_spans *spans);
void ut__export_put_srt(struct ut__text *t, const struct ut__export_call *call,
                        const struct ut__export_spans *spans);
void ut__export_put_textgrid(struct ut__text *t, const struct ut__export_call *call,
                             const struct ut__export_spans *spans);
void ut__export_put_intensity(struct ut__text *t, const struct ut__export_call *call,
                              const struct ut__export_spans *spans);
void ut__export_put_labels(struct ut__text *t, const struct ut__export_call *call,
                           const struct ut__export_spans *spans);
void ut__export_put_elan(struct ut__text *t, const struct ut__export_call *call,
                         const struct ut__export_spans *spans);
void ut__export_put_emotionml(struct ut__text *t, const struct ut__export_call *call,
                              const struct ut__export_spans *spans);
void ut__export_put_seconds(struct ut__text *t, const struct ut__export_call *call,
                            const struct ut__export_spans *spans);
void ut__export_put_html(struct ut__text *t, const struct ut__export_call *call,
                         const struct ut__export_spans *spans);

#endif
