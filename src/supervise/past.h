/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_PAST_H
#define UT_SUPERVISE_PAST_H

/* Calls that have ended and baselines, which all nodes keep: between the record and the bus. Hub thread. */

#include <stdint.h>

#include "base/json.h"

struct ut__supervise;

struct ut__past {
    char stream[32];   /* Where the bus keeps them; "": nowhere yet. */
    uint8_t reading;   /* The record has said from where on. */
    uint8_t asked;     /* A question to the record is on its way. */
    int64_t sent;      /* Have not come back yet. */
    int64_t sent_ms;   /* Steady clock: when the last of them went, */
    int64_t quiet_ms;  /* and since when none has come back. */
    int64_t handed_ms; /* A batch went to the record that it has not answered; 0: none. */
};

/** What the bus tells: "past", "past_stream" or "purged". json: the whole text. Returns 0: another kind. */
int ut__past_take(struct ut__supervise *sv, const char *kind, const json_t *root, const char *json);
/** Once a second. */
void ut__past_tick(struct ut__supervise *sv);

#endif
