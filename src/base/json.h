/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_JSON_H
#define UT_BASE_JSON_H

#include <jansson.h>

/* For json_dumps: 15 digits give each decimal back as it was written, 17 would give
 * .85299999999999998. */
#define UT__JSON (JSON_COMPACT | JSON_REAL_PRECISION(15))

/* A member that is a text; "" where there is none. */
static inline const char *ut__json_text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

#endif
