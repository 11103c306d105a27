/* SPDX-License-Identifier: MIT */
/* CSV with a header that names the columns. */

#define _DEFAULT_SOURCE /* strcasecmp. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "transcript/keys.h"
#include "transcript/transcript.h"

static int column_of(char **header, int columns, enum ut__key key)
{
    for (const char *const *name = ut__key_names(key); *name; name++)
        for (int i = 0; i < columns; i++)
            if (strcasecmp(header[i], *name) == 0)
                return i;
    return -1;
}

static const char *field(char **fields, int n, int column)
{
    return column >= 0 && column < n ? fields[column] : "";
}

int ut__read_csv(struct ut__transcript_reading *r, char *bytes, size_t len)
{
    char *at = bytes, *end = bytes + len, *fields[UT__CSV_COLUMNS_MAX];
    int column[UT__KEYS];
    for (char *nul = memchr(bytes, '\0', len); nul; nul = memchr(nul, '\0', (size_t)(end - nul)))
        *nul = ' ';
    int n = ut__csv_next(&at, end, fields);
    r->row = 1;
    for (int key = 0; key < UT__KEYS; key++)
        column[key] = n > 0 ? column_of(fields, n, (enum ut__key)key) : -1;
    if (column[UT__KEY_TEXT] < 0) {
        ut__reading_fault(r, "the header names no column `text`; it reads who,t,text or the like");
        return 0;
    }
    while ((n = ut__csv_next(&at, end, fields)) > 0) {
        r->row++;
        const char *confidence = field(fields, n, column[UT__KEY_CONFIDENCE]);
        struct ut__line line = {
            .t_s = ut__reading_time(field(fields, n, column[UT__KEY_TIME])),
            .confidence = *confidence ? strtof(confidence, NULL) : -1,
            .name = field(fields, n, column[UT__KEY_WHO]),
            .language = field(fields, n, column[UT__KEY_LANGUAGE]),
            .conversation = field(fields, n, column[UT__KEY_CONVERSATION]),
        };
        if (column[UT__KEY_TEXT] < n)
            ut__reading_line(r, &line, fields[column[UT__KEY_TEXT]]);
        else
            ut__reading_fault(r, "has fewer columns than the header; nothing stands under `text`");
    }
    r->row++;
    if (n < 0)
        ut__reading_fault(r,
                          "a quote is not closed, or more than 64 columns; the rest is not read");
    return 0;
}
