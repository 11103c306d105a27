/* SPDX-License-Identifier: MIT */
/* The page's files: found by exact name, so that no path can lead anywhere else. */

#include "supervise/api/assets.h"

#include <string.h>

static const struct ut__asset *find(const struct ut__asset *list, unsigned n, const char *name)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}

const struct ut__asset *ut__asset_find(const char *name)
{
    const struct ut__asset *own = find(ut__assets, ut__assets_count, name);
    return own ? own : find(ut__vendor, ut__vendor_count, name);
}

const char *ut__asset_type(const char *name)
{
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".json", "application/json"},
        {".png", "image/png"},
        {".woff2", "font/woff2"},
    };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(dot, types[i][0]) == 0)
            return types[i][1];
    return "application/octet-stream";
}
