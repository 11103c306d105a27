/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_RELAY_H
#define UT_INGRESS_PCAP_RELAY_H

/*
 * Which calls are two legs of one: a PBX that stands between two telephones has a call with each,
 * and both go by. What comes to it in one leg goes out in the other, the same payload within
 * moments, and so the leg that began later is told. Silence tells nothing, nor does music that goes
 * out to many: a copy comes from the very host that its original went to. A PBX that transcodes is
 * not found out. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#include "ingress/pcap/link_frame.h"

struct ut__relays; /* Payloads of the last moments, of all calls. */

/* What a call knows of itself; zeroed at first, serial and first_us set. */
struct ut__relay_leg {
    uint32_t serial; /* No other call's. */
    int64_t first_us;
    uint32_t checked, hits, last_hit; /* Payloads that were looked for, and found elsewhere. */
};

enum ut__leg_kind {
    UT__LEG_UNKNOWN, /* Too little has come yet. */
    UT__LEG_OWN,
    UT__LEG_OTHER /* Of a call that began earlier. */
};

/** NULL when there is no memory. */
struct ut__relays *ut__relays_create(void);
void ut__relays_destroy(struct ut__relays *r);

/** Takes a payload of a call on its way. */
void ut__relays_take(struct ut__relays *r, struct ut__relay_leg *leg,
                     const struct ut__address *from, const struct ut__address *to,
                     const uint8_t *payload, size_t len, int64_t time_us);

enum ut__leg_kind ut__leg_kind_of(const struct ut__relay_leg *leg);

#endif
