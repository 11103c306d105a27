/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_TRIAL_H
#define UT_SUPERVISE_CHANNELS_TRIAL_H

#include "base/text.h"
#include "supervise/channels/channel.h"

/**
 * Sends a test alert by a channel whose thread does not run: raised, and resolved as well where the
 * channel is told of that. No record and no running daemon has a part in it. It is tried once.
 *
 * node: this node's name. told: gets a line for each step that was taken. why: a sentence with the
 * remedy on failure. Blocks for as long as the channel waits for its receiver.
 * Returns 0; UT_EUNSUPPORTED when this kind can be tried by a running daemon alone; UT_EIO when the receiver
 * did not take it; UT_ENOMEM.
 */
int ut__trial_send(const struct ut__outlet *channel, const char *node, struct ut__text *told,
                   char *why, size_t why_cap) UT_MUST_CHECK;

#endif
