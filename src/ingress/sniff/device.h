/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SNIFF_DEVICE_H
#define UT_INGRESS_SNIFF_DEVICE_H

#include <stdint.h>

#include "ingress/sniff/spec.h"

/*
 * One interface through libpcap: opened, read in libre's loop, and opened again when it comes back.
 * Hub thread.
 */
struct ut__sniff_device;

/* A frame; time_us: monotonic. */
typedef void ut__sniff_frame_h(void *arg, uint32_t link, const uint8_t *bytes, size_t len,
                               int64_t time_us);

/**
 * Makes it and tries to open it. Returns 0, also when the interface is not there or is down:
 * problem says so. UT_EMALFORMED for a filter, UT_EUNSUPPORTED when it may not be opened or its
 * packets are of a kind that is not read, UT_ENOMEM; with why: [cap].
 */
int ut__sniff_device_create(struct ut__sniff_device **out, const struct ut__sniff_spec *spec,
                            ut__sniff_frame_h *fn, void *arg, char *why, size_t cap) UT_MUST_CHECK;
void ut__sniff_device_destroy(struct ut__sniff_device *d);

/** About each second: looks whether it is up, and opens it again when it was not. */
void ut__sniff_device_tick(struct ut__sniff_device *d);

/** What is wrong with it; NULL: nothing. */
const char *ut__sniff_device_problem(const struct ut__sniff_device *d);

/** Packets that were lost since the beginning: by the kernel's ring and by the card. */
uint64_t ut__sniff_device_dropped(struct ut__sniff_device *d);

#endif
