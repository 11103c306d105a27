/* SPDX-License-Identifier: MIT */
/* Paths as URLs, RFC 3986 and RFC 8089. */

#include <string.h>

#include "export/export.h"

void ut__export_url(struct ut__text *t, const char *path)
{
    static const char hex[] = "0123456789ABCDEF";
    ut__text_raw(t, path[0] == '/' ? "file://" : "./");
    for (const char *p = path; *p; p++) {
        unsigned char c = (unsigned char)*p;
        int plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    strchr("/._-~", c);
        const char escaped[] = {'%', hex[c >> 4], hex[c & 15]};
        ut__text_bytes(t, plain ? p : escaped, plain ? 1 : 3);
    }
}
