/* SPDX-License-Identifier: MIT */
/* The embedded files of reports. */

#include "export/report/page.h"

#include <string.h>

#include "base/asset.h"

extern const struct ut__asset ut__report_files[];
extern const unsigned ut__report_files_count;

static int put(struct ut__text *t, const struct ut__asset *list, unsigned n, const char *name)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0) {
            ut__text_bytes(t, (const char *)list[i].bytes, list[i].len);
            return 1;
        }
    return 0;
}

void ut__page_put(struct ut__text *t, const char *name)
{
    if (!put(t, ut__report_files, ut__report_files_count, name))
        (void)put(t, ut__vendor, ut__vendor_count, name);
}
