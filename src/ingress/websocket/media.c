/* SPDX-License-Identifier: MIT */
/* Small readers of JSON values that the vendors' protocols share. */

#include "ingress/websocket/media.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

void ut__media_copy(char *out, size_t cap, const json_t *value)
{
    const char *text = json_string_value(value);
    size_t len = text ? strlen(text) : 0;
    if (len >= cap) {
        len = cap - 1;
        while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
    if (len)
        memcpy(out, text, len);
    out[len] = 0;
}

int64_t ut__media_number(const json_t *value, int64_t max)
{
    int64_t n = -1;
    if (json_is_integer(value)) {
        n = json_integer_value(value);
    } else if (json_is_string(value)) {
        const char *text = json_string_value(value);
        size_t digits = strspn(text, "0123456789");
        if (digits > 0 && digits <= 18 && text[digits] == 0)
            n = strtoll(text, NULL, 10);
    }
    return n >= 0 && n <= max ? n : -1;
}

void ut__media_labels(struct ut__call_info *info, const json_t *object)
{
    const struct {
        const char *name;
        char *label;
    } labels[] = {{"queue", info->queue}, {"agent", info->agent}, {"caller", info->caller}};
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        const json_t *value = json_object_get(object, labels[i].name);
        if (json_is_string(value))
            ut__media_copy(labels[i].label, UT__CALL_LABEL_MAX, value);
    }
}
