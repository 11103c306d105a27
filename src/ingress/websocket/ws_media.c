/* SPDX-License-Identifier: MIT */
/* Small readers of JSON values that the vendors' protocols share. */

#include "ingress/websocket/ws_media.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

json_t *ut__media_get(const json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    if (value || !json_is_object(object))
        return value;
    /* jansson's iterators take no const object, and change none. */
    json_t *looked_at = (json_t *)(uintptr_t)object;
    for (void *i = json_object_iter(looked_at); i; i = json_object_iter_next(looked_at, i)) {
        if (strcasecmp(json_object_iter_key(i), name) == 0)
            return json_object_iter_value(i);
    }
    return NULL;
}

const char *ut__media_text(const uint8_t *text, size_t *len)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    size_t skip = *len >= sizeof mark && memcmp(text, mark, sizeof mark) == 0 ? sizeof mark : 0;
    *len -= skip;
    return (const char *)text + skip;
}

int ut__media_is_text(const uint8_t *bytes, size_t len)
{
    static const char words[] = "MEDIA_START ";
    const char *text = ut__media_text(bytes, &len);
    if (len >= sizeof words && memcmp(text, words, sizeof words - 1) == 0)
        return 1;
    json_t *object = len && text[0] == '{' ? json_loadb(text, len, 0, NULL) : NULL;
    json_decref(object);
    return object != NULL;
}

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
        const json_t *value = ut__media_get(object, labels[i].name);
        if (json_is_string(value))
            ut__media_copy(labels[i].label, UT__CALL_LABEL_MAX, value);
    }
}

/* "slin16" names its rate in thousands, "slin" alone 8. */
static int read_slin(struct ut__media_format *out, const char *digits, size_t len)
{
    static const struct {
        const char *digits;
        uint32_t rate_hz;
    } rates[] = {{"", 8000},    {"8", 8000},   {"12", 12000}, {"16", 16000}, {"24", 24000},
                 {"32", 32000}, {"44", 44100}, {"48", 48000}, {"96", 96000}, {"192", 192000}};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        if (strlen(rates[i].digits) != len || strncmp(digits, rates[i].digits, len) != 0)
            continue;
        *out = (struct ut__media_format){UT__MEDIA_S16LE, len ? rates[i].rate_hz : 0};
        return 0;
    }
    return -1;
}

/* What follows the name: ";rate=16000" or "@24000h". */
static uint32_t rate_behind(const char *text)
{
    const char *at = strstr(text, "rate=");
    at = at ? at + strlen("rate=") : strchr(text, '@') ? strchr(text, '@') + 1 : NULL;
    long n = at ? strtol(at, NULL, 10) : 0;
    return n > 0 && n <= 1000000 ? (uint32_t)n : 0;
}

int ut__media_format_read(struct ut__media_format *out, const char *text)
{
    static const struct {
        const char *name;
        enum ut__media_coding coding;
    } names[] = {
        {"mulaw", UT__MEDIA_ULAW},      {"mu-law", UT__MEDIA_ULAW}, {"ulaw", UT__MEDIA_ULAW},
        {"pcmu", UT__MEDIA_ULAW},       {"basic", UT__MEDIA_ULAW},  {"alaw", UT__MEDIA_ALAW},
        {"a-law", UT__MEDIA_ALAW},      {"pcma", UT__MEDIA_ALAW},   {"l16", UT__MEDIA_S16LE},
        {"linear16", UT__MEDIA_S16LE},  {"raw", UT__MEDIA_S16LE},   {"pcm", UT__MEDIA_S16LE},
        {"pcm_s16le", UT__MEDIA_S16LE}, {"pcm16", UT__MEDIA_S16LE}, {"s16le", UT__MEDIA_S16LE},
        {"base64", UT__MEDIA_S16LE}, /* Exotel's older name of raw/slin. */
        {"g722", UT__MEDIA_G722},
    };
    const char *name = text;
    if (strncasecmp(name, "audio/", 6) == 0)
        name += 6;
    else if (strncasecmp(name, "raw/", 4) == 0)
        name += 4;
    if (strncasecmp(name, "x-", 2) == 0)
        name += 2;
    size_t len = strcspn(name, ";@, ");
    uint32_t rate_hz = rate_behind(name + len);
    if (len >= 4 && strncasecmp(name, "slin", 4) == 0) {
        if (read_slin(out, name + 4, len - 4))
            return -1;
        out->rate_hz = rate_hz ? rate_hz : out->rate_hz;
        return 0;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i].name) == len && strncasecmp(name, names[i].name, len) == 0) {
            *out = (struct ut__media_format){names[i].coding, rate_hz};
            return 0;
        }
    }
    return -1;
}

void ut__media_s16(int16_t *pcm, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pcm[i] = (int16_t)(uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
}
