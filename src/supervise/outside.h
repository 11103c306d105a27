/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_OUTSIDE_H
#define UT_SUPERVISE_OUTSIDE_H

#include <jansson.h>

#include "contract/help.h"
#include "supervise/hand.h"

/*
 * An outside search of articles, `knowledge-url = URL[ OPTION=VALUE]...`, beside the record's own:
 *
 *     page asks -> what is known of the call at once; a new question -> a thread: POST -> hub: kept
 *     page asks again, some seconds later -> the outside's articles behind the own ones
 *
 * No call and no request waits for it. What it is sent is masked and names no call and no caller; its
 * answer is hostile. Hub thread.
 */
struct ut__outside;
struct ut__supervise;

/* A check of the setting, for an option's row. Any thread. */
int ut__outside_check(const char *text, char *why, size_t cap) UT_MUST_CHECK;

/* sv, hand: outlive it. Returns 0, UT_EINVAL with why, or UT_ENOMEM. */
int ut__outside_create(struct ut__outside **out, struct ut__supervise *sv, struct ut__hand *hand,
                       const char *text, char *why, size_t cap) UT_MUST_CHECK;

/* Begins to ask by this way; before it nothing is asked. Returns 0 or UT_ENOMEM. */
int ut__outside_start(struct ut__outside *o, ut__help_fn *fn) UT_MUST_CHECK;

/* Gives up what is asked; keeps what is known. NULL is fine. */
void ut__outside_stop(struct ut__outside *o);
void ut__outside_destroy(struct ut__outside *o);

/*
 * Appends to `articles` what is known for a call, and asks anew when other words were said. said:
 * masked; "": nothing was. NULL is fine.
 */
void ut__outside_find(struct ut__outside *o, const char *call, const char *said,
                      const char *language, const char *queue, json_t *articles);

/*
 * Reads an answer: at most three articles with title, passage and url, clean; NULL with the fault in
 * why. Pure.
 */
json_t *ut__outside_read(const char *text, size_t len, const char **why);

#endif
