/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_CLEAN_H
#define UT_STORE_CLEAN_H

/* Names that are no UTF-8. Store's thread. */

#include "contract/stream.h"

struct ut__store;

/** Names that are no UTF-8 would make JSON that nobody can read: cut or replaced in place. */
void ut__clean_item(struct ut__stream_item *item);
void ut__clean_text(char *text);

#endif
