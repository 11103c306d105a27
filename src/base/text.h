/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_TEXT_H
#define UT_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/*
 * A text that grows, for JSON and metrics. A failed allocation makes it `failed` for good and
 * everything else a no-op, so that only the end needs a check. One thread at a time.
 */
struct ut__text {
    char *buf; /* NUL-terminated once something was put; free() it. */
    size_t len, cap;
    int failed;
};

void ut__text_raw(struct ut__text *t, const char *s);
void ut__text_bytes(struct ut__text *t, const char *s, size_t n);
/** A JSON string with its quotes (base/json_string.h); NULL gives null. */
void ut__text_str(struct ut__text *t, const char *s);
/** Text for XML and HTML, in an element or between double quotes: what they cannot hold becomes
 * U+FFFD. */
void ut__text_xml(struct ut__text *t, const char *s);
/** Base64 (RFC 4648), without line ends. bytes: [n]. */
void ut__text_base64(struct ut__text *t, const void *bytes, size_t n);
void ut__text_int(struct ut__text *t, int64_t v);
/** A number with a fixed count of decimals, 0..6, whatever the locale. */
void ut__text_num(struct ut__text *t, double v, int decimals);
/** `"key":` with a comma before it unless the text ends with `{`. */
void ut__text_key(struct ut__text *t, const char *key);
/** Key and value at once. */
void ut__text_kstr(struct ut__text *t, const char *key, const char *s);
void ut__text_kint(struct ut__text *t, const char *key, int64_t v);
void ut__text_knum(struct ut__text *t, const char *key, double v, int decimals);
void ut__text_kbool(struct ut__text *t, const char *key, int v);
void ut__text_knull(struct ut__text *t, const char *key);
/** Formats as printf into at most 512 bytes; for integers and fixed words alone. */
void ut__text_printf(struct ut__text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void ut__text_free(struct ut__text *t);

#endif
