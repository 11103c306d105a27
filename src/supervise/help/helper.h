/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_HELP_HELPER_H
#define UT_SUPERVISE_HELP_HELPER_H

#include "supervise/hand.h"
#include "supervise/help/action.h"

/*
 * Acts that the daemon does itself, in threads of their own: a PBX that does not answer holds up
 * neither the hub nor the record, and at most UT__HELPERS - 1 other acts' threads.
 *
 *     hub: ask -> [at most UT__HELP_WAITING] -> a thread: fn -> hand -> hub: done
 */
struct ut__helper;

enum { UT__HELPERS = 4, UT__HELP_WAITING = 32 };

/** hand: borrowed, outlives it. Hub thread, as all here. Returns 0 or UT_ENOMEM. */
int ut__helper_create(struct ut__helper **out, struct ut__hand *hand) UT_MUST_CHECK;

/**
 * Has fn act in a thread. action: borrowed until the helper is destroyed. target, text: taken. done
 * comes once, later, in the hub; ut__helper_destroy calls it for what still waits. What has waited as
 * long as the action's time is not begun: nobody expects it any more. Returns 0;
 * UT_ETOOBIG when too much waits; UT_ENOMEM: done will not come.
 */
int ut__helper_ask(struct ut__helper *h, const struct ut__action *action, ut__help_fn *fn,
                   struct ut__text *target_take, struct ut__text *text_take, ut__help_done *done,
                   void *arg) UT_MUST_CHECK;

/** Gives up what goes on, and waits for the threads. NULL is fine. */
void ut__helper_destroy(struct ut__helper *h);

#endif
