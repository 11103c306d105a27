/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_API_PAGES_H
#define UT_SUPERVISE_API_PAGES_H

/* The page, its parts, metrics, health for machines, /ws and /events. Hub thread. */

#include "net/http.h"

struct ut__supervise;

/** The page, its parts, metrics, health for machines, /ws and /events. */
void ut__page_request(struct ut__http_exchange *x, const struct ut__http_request *req, void *arg);

#endif
