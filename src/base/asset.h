/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_ASSET_H
#define UT_BASE_ASSET_H

#include <stddef.h>

/* A file that is embedded in the program. */
struct ut__asset {
    const char *name; /* "index.html", "vendor/dygraph.min.js" */
    const char *etag; /* With its quotes. */
    const unsigned char *bytes;
    size_t len;
};

/* The charts of the page and of reports, from Debian's libjs-dygraphs; where it is built in. */
extern const struct ut__asset ut__vendor[];
extern const unsigned ut__vendor_count;

#endif
