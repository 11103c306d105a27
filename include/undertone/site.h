/* SPDX-License-Identifier: MIT */
#ifndef UNDERTONE_SITE_H
#define UNDERTONE_SITE_H

/*
 * What is usual at a site: how calm callers sound there to a model that never heard its language,
 * lines and people. Learnt without labels, from calls in which nobody was stressed or hardly
 * anybody; kept as a small text.
 *
 *     ut_call_get_habit(call, &habit);          at the end of each call of an archive
 *     ut_site_learn(&memory, &habit);
 *     ut_site_settle(&site, &memory, model);    the profile, if there is enough
 *     ut_model_set_site(model, &site);          for every call from then on
 *
 * Calm speech alone does not tell how far anger will rise above it at this site; it does tell what
 * ordinary calls come near to. So the profile shifts the log odds until the site's ordinary calls
 * come as near to alerts as the model allows, about one near alert an hour (a quiet site is heard
 * more keenly, by .75 at most, a lively one less, by .15 at most), and it says what a stranger's
 * calm voice is to be held against.
 *
 * The memory is sums of bounded values, weighed by a bounded weight: one call moves little. What a
 * profile may change is bounded too. Any thread, one at a time for one memory.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/call.h>
#include <undertone/error.h>
#include <undertone/model.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    UT_SITE_CALL_MIN_S = 5,     /**< Caller speech without which a call tells nothing. */
    UT_SITE_CALLS_MIN = 30,     /**< Such calls, without which nothing is settled; */
    UT_SITE_SPEECH_MIN_S = 300, /**< likewise seconds of caller speech. */
    UT_SITE_SHIFTS = 9,         /**< That are tried, -1 to 1 by a quarter. */
    UT_SITE_TEXT_MAX = 2048     /**< Bytes of a profile, its NUL included. */
};

/** What one call tells of its site. */
struct ut_habit {
    float call_s;   /**< How long it was. */
    float speech_s; /**< Of the caller, judged. */
    float usual;    /**< Log odds of stress of the caller's calm voice, without any profile. */
    float near[UT_SITE_SHIFTS]; /**< For each shift, how near the call came to an alert at the
                                     model's own threshold, 0..1: how far the odds of stress rose
                                     from those with which every call begins, 0, to an alert's, 1. */
};

/** Sums over the calls of a site. Zero bytes are an empty one. */
struct ut_site_memory {
    uint32_t calls;
    double call_s, speech_s;
    double weight, weight_square; /**< Of the calls: one of more speech counts more, to a limit. */
    double usual, usual_square;   /**< Weighed sums. */
    double near[UT_SITE_SHIFTS], near_square[UT_SITE_SHIFTS];
};

/** A profile: what is usual, and what it rests on. */
struct ut_site {
    struct ut_site_memory memory;
    float usual;       /**< Mean of the callers' usual log odds. */
    float usual_error; /**< Its standard error. */
    float shift;       /**< Added to the log odds of stress of each half second. */
    float shift_error; /**< Its standard error. */
    uint32_t
        checksum; /**< Of the text that it was read from, as its last line has it; 0: of none. */
};

/** Adds a call; one of too little speech (UT_SITE_CALL_MIN_S) adds nothing. No allocation. */
void ut_site_learn(struct ut_site_memory *memory, const struct ut_habit *habit);

/**
 * Everything created from the model from now on begins with the profile; NULL: without one again.
 * Calls that there are keep what they began with. Not while another thread creates calls or scorers from it. The site is copied. No allocation.
 */
void ut_model_set_site(struct ut_model *model, const struct ut_site *site);

/** The checksum of the profile that calls of the model begin with; 0: they begin with none. */
uint32_t ut_model_site(const struct ut_model *model);

/**
 * Has a call begin with a profile of its own in place of the model's, such as that of its queue; NULL:
 * with none. The site is copied. Before the first push: returns 0, or UT_EINVAL once samples of the
 * caller were analysed. No allocation.
 */
int ut_call_set_site(struct ut_call *call, const struct ut_site *site) UT_MUST_CHECK;

/** What a call tells of its site so far; at its end, best. Any profile that it began with is left
 * out of it. No allocation. */
void ut_call_get_habit(const struct ut_call *call, struct ut_habit *out);

/** Lets what was learnt count `keep` (0..1) of what it does, so that a site may change. */
void ut_site_fade(struct ut_site_memory *memory, double keep);

/**
 * What the memory says. *out is untouched on failure. Returns 0; UT_EINVAL when it holds too little:
 * fewer than UT_SITE_CALLS_MIN calls or UT_SITE_SPEECH_MIN_S of speech. No allocation.
 */
int ut_site_settle(struct ut_site *out, const struct ut_site_memory *memory,
                   const struct ut_model *model) UT_MUST_CHECK;

/** The same of a memory that no call with an alert has taught: the model's own calls are then taken
 * without theirs, too. */
int ut_site_settle_unalerted(struct ut_site *out, const struct ut_site_memory *memory,
                             const struct ut_model *model) UT_MUST_CHECK;

/**
 * Writes the profile as text, one name and its values a line, a checksum last; the same profile
 * gives the same bytes. buf: [cap], UT_SITE_TEXT_MAX suffice; a NUL follows. Returns the bytes
 * without it, or UT_ENOSPC. No allocation.
 */
int ut_site_write(const struct ut_site *site, const struct ut_model *model, char *buf,
                  size_t cap) UT_MUST_CHECK;

/**
 * Reads such a text. text: [len], borrowed, hostile input is fine. *out is untouched on failure.
 * Returns 0; UT_EMAGIC, UT_EVERSION, UT_ETRUNCATED, UT_ECHECKSUM; UT_EFEATURESET for another model's;
 * UT_EMALFORMED for a line out of place or a value that ut_site_settle never gives. No allocation.
 */
int ut_site_read(struct ut_site *out, const struct ut_model *model, const char *text,
                 size_t len) UT_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
