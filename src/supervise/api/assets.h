/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_API_ASSETS_H
#define UT_SUPERVISE_API_ASSETS_H

#include "base/asset.h"

/* The page's own files. */
extern const struct ut__asset ut__assets[];
extern const unsigned ut__assets_count;

/** Finds a file by its exact name; NULL when there is none. Any thread. */
const struct ut__asset *ut__asset_find(const char *name);

/** The Content-Type that a file's name asks for. Static. */
const char *ut__asset_type(const char *name);

#endif
