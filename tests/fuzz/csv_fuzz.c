/* SPDX-License-Identifier: MIT */
/* CSV: every record ends within the text, and what is written is read back the same. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_field(const char *field)
{
    size_t need = ut__csv_field(NULL, 0, field);
    char *text = malloc(need + 1), *at = text, *fields[UT__CSV_COLUMNS_MAX];
    if (!text)
        return;
    if (ut__csv_field(text, need + 1, field) != need || strlen(text) != need)
        abort();
    int n = ut__csv_next(&at, text + need, fields);
    if (field[0] && (n != 1 || strcmp(fields[0], field) != 0))
        abort();
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text = malloc(len + 1), *at = text, *fields[UT__CSV_COLUMNS_MAX];
    if (!text)
        return 0;
    if (len)
        memcpy(text, data, len);
    text[len] = '\0';
    int n;
    while ((n = ut__csv_next(&at, text + len, fields)) > 0) {
        if (at > text + len)
            abort();
        for (int i = 0; i < n; i++)
            check_field(fields[i]);
    }
    free(text);
    return 0;
}
