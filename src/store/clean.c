/* SPDX-License-Identifier: MIT */
/* Names that are no UTF-8 would make JSON that nobody can read. */

#include "store/clean.h"

#include <string.h>

#include "store/state.h"

static int is_utf8(const char *text, size_t len)
{
    json_t *json = json_stringn(text, len);
    int valid = json != NULL;
    json_decref(json);
    return valid;
}

void ut__clean_text(char *text)
{
    size_t len = strlen(text), cut = len;
    if (is_utf8(text, len))
        return;
    /* A name that was cut to fit loses what is left of its last character. */
    while (cut > 0 && len - cut < 3 && ((unsigned char)text[cut - 1] & 0xc0) == 0x80)
        cut--;
    if (cut > 0 && is_utf8(text, cut - 1)) {
        text[cut - 1] = '\0';
        return;
    }
    for (char *p = text; *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
}

void ut__clean_item(struct ut__stream_item *item)
{
    ut__clean_text(item->info.source);
    ut__clean_text(item->info.queue);
    ut__clean_text(item->info.agent);
    ut__clean_text(item->reason);
}
