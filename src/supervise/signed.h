/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_SIGNED_H
#define UT_SUPERVISE_SIGNED_H

/*
 * Who says what on the bus. What a node says, and its lease, is signed under its house's key and numbered, so that nobody
 * else on that NATS speaks by its name or repeats it. Older versions and houses apart sign nothing that is known here: they
 * are taken by names of their own alone. Hub thread.
 */

#include "base/json.h"

struct ut__supervise;

enum ut__trust {
    UT__TRUST_FALSE, /* To be left alone: by a name that is of this house, or once more. */
    UT__TRUST_OPEN,  /* Of another house or an older version, perhaps: of itself alone. */
    UT__TRUST_OURS
};

/** What another node said, as it came. root: the same, read. */
enum ut__trust ut__signed_said(struct ut__supervise *sv, const char *text, const json_t *root);
/** The lease of that name, as the bus keeps it. */
enum ut__trust ut__signed_lease(struct ut__supervise *sv, const char *node, const char *text,
                                const json_t *lease);
/** This node has another key: whom it knew is known no more. */
void ut__signed_anew(struct ut__supervise *sv);
/** Once a second: a problem for as long as somebody speaks falsely. */
void ut__signed_tick(struct ut__supervise *sv);

#endif
