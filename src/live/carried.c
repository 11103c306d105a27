/* SPDX-License-Identifier: MIT */
/* A ring of baselines. */

#include "live/carried.h"

#include <stdio.h>
#include <string.h>

void ut__carried_keep(struct ut__carried *c, const char *id, const char *wanted, int64_t now_us,
                      const uint8_t *blob, size_t len)
{
    if (len == 0 || len > UT_BASELINE_MAX_BYTES)
        return;
    size_t at = c->next;
    c->next = (at + 1) % UT__CARRIED_MAX;
    snprintf(c->one[at].id, sizeof c->one[at].id, "%s", id);
    snprintf(c->one[at].wanted, sizeof c->one[at].wanted, "%s", wanted);
    c->one[at].ended_us = now_us;
    c->one[at].len = len;
    memcpy(c->one[at].blob, blob, len);
}

const uint8_t *ut__carried_find(const struct ut__carried *c, const char *id, int64_t now_us,
                                int64_t within_us, size_t *len)
{
    for (size_t i = 1; id[0] && i <= UT__CARRIED_MAX; i++) {
        size_t at = (c->next + UT__CARRIED_MAX - i) % UT__CARRIED_MAX;
        if (c->one[at].len == 0 || now_us - c->one[at].ended_us > within_us)
            return NULL; /* All before it ended earlier. */
        if (strcmp(c->one[at].id, id) == 0 || strcmp(c->one[at].wanted, id) == 0) {
            *len = c->one[at].len;
            return c->one[at].blob;
        }
    }
    return NULL;
}
