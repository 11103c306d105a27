/* SPDX-License-Identifier: MIT */
#ifndef UT_TRANSCRIPT_WHO_H
#define UT_TRANSCRIPT_WHO_H

#include "contract/line.h"

/* Who a word such as "customer", "Agente" or "khách hàng" names; any other name is unknown. */
enum ut__speaker ut__who_of(const char *name);

#endif
