/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_ROLE_OPTION_H
#define UT_COMMANDS_ROLE_OPTION_H

/* Which channel of a recording is the caller's, and which the agent's. */

#include "commands/options.h"
#include "ingress/source.h"

struct ut__roles {
    uint32_t caller; /* From 1; 0: not known, nothing is scored. */
    uint32_t agent;  /* From 1; 0: none. */
};

/*
 * Decides by the options, else by what the file says, else by custom (caller on 1, agent on 2 of
 * two). A single channel is the caller's only when the operator or the file says so.
 *
 * Returns 0, with *msg set when the caller is not known; UT_EINVAL with *msg set when an option
 * names a channel that is not there.
 */
int ut__roles_decide(struct ut__roles *roles, const struct ut__options *opt,
                     const struct ut__source_info *info,
                     struct ut__source_message *msg) UT_MUST_CHECK;

/*
 * Tells whether the two channels of a recording are one and the same, as recorders write it that
 * know no stereo. Opens the path anew and compares until the channels differ, a minute at
 * most.
 *
 * Returns 1 when all that was compared is the same and not silence, else 0.
 */
int ut__roles_same_sound(const char *path, const struct ut__source_config *cfg,
                         const struct ut__roles *roles);

#endif
