/* SPDX-License-Identifier: MIT */
#ifndef UNDERTONE_UNDERTONE_H
#define UNDERTONE_UNDERTONE_H

/*
 * Undertone: how stressed a telephone caller sounds, from the voice alone.
 *
 *     samples -> ut_call_push -> [features -> stress -> alert] -> ut_call_read -> events
 *
 * Load a model once, create a call for each telephone call, push samples as they come, read the
 * events. The library starts no thread and opens no file, socket or clock.
 */

#include <undertone/alert.h>
#include <undertone/call.h>
#include <undertone/error.h>
#include <undertone/event.h>
#include <undertone/features.h>
#include <undertone/json.h>
#include <undertone/model.h>
#include <undertone/score.h>
#include <undertone/site.h>
#include <undertone/version.h>
#include <undertone/words.h>

#endif
