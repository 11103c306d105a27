/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_LIVE_H
#define UT_STORE_LIVE_H

/* The live calls, as the thread of the record counts them. Store's thread. */

#include <stdint.h>

#include "contract/stream.h"

struct ut__store;

/* A live call as the store's thread counts it. */
struct ut__live {
    struct ut__live *next;
    char id[UT__CALL_ID_MAX];
    int64_t row; /* calls.id */
    uint32_t elevated_s, alert_s;
    uint32_t n_before; /* Alerts that are stored of an earlier call of this name. */
    uint8_t ended;     /* To be dropped once that is on disk. */
    uint8_t unsure;    /* `row` is not on disk yet: a roll-back takes it away. */
    uint8_t lost;      /* It has. */
};

/* The live calls; ut__live_find returns NULL for a call that is not there. */
struct ut__live *ut__live_find(struct ut__store *s, const char *id);
struct ut__live *ut__live_add(struct ut__store *s, const char *id, int64_t row);
void ut__live_drop(struct ut__store *s, const char *id);

#endif
