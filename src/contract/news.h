/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_NEWS_H
#define UT_CONTRACT_NEWS_H

/*
 * An alert as it stands, and what happened to it: values. What clients get of an alert is a text of JSON
 * that its node makes once, and that goes on as it is.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "contract/stream.h"

enum {
    UT__NODE_BYTES = 64,
    UT__ALERT_ID_MAX = UT__CALL_ID_MAX + 16,
    UT__ACTOR_MAX = 65 + UT__NODE_BYTES /* Bytes of a person's name, or person@node, with NUL. */
};

/* "" or 0 of what there is not. */
struct ut__alert_state {
    int64_t row; /* In the record that it is of; pages go by it. */
    char id[UT__ALERT_ID_MAX], node[UT__NODE_BYTES], call[UT__CALL_ID_MAX];
    char queue[UT__CALL_LABEL_MAX], agent[UT__CALL_LABEL_MAX];
    char state[16], severity[8], outcome[32];
    char acknowledged_by[UT__ACTOR_MAX], judged_by[UT__ACTOR_MAX];
    uint8_t stored; /* 0: it is not on disk yet. */
    uint8_t has_stress, has_cleared;
    uint32_t n;
    double t_s, cleared_t_s, for_s, stress;
    const char *json, *reasons, *text; /* In `texts`; reasons: a JSON array. */
    char *texts;
};

/* A step of an alert's life. */
struct ut__news {
    char action[16]; /* "raised", "acknowledged", ... */
    char by[UT__ACTOR_MAX];
    int64_t time_ms; /* Unix time. */
    struct ut__alert_state alert;
};

/** Keeps copies of its texts, "" for NULL. Returns 0 for want of memory. */
static inline int ut__alert_set_texts(struct ut__alert_state *a, const char *json,
                                      const char *reasons, const char *text)
{
    const char *const from[] = {json ? json : "", reasons ? reasons : "[]", text ? text : ""};
    const char **const to[] = {&a->json, &a->reasons, &a->text};
    size_t bytes = 0;
    for (int i = 0; i < 3; i++)
        bytes += strlen(from[i]) + 1;
    char *at = a->texts = (char *)malloc(bytes);
    for (int i = 0; at && i < 3; i++) {
        size_t n = strlen(from[i]) + 1;
        *to[i] = (const char *)memcpy(at, from[i], n);
        at += n;
    }
    return at != NULL;
}

/** Frees its texts and empties it. */
static inline void ut__alert_state_free(struct ut__alert_state *a)
{
    free(a->texts);
    *a = (struct ut__alert_state){0};
}

#endif
