/* SPDX-License-Identifier: MIT */
/* One JSON object a line, or one array of them, by the names of keys that programs use. */

#define _POSIX_C_SOURCE 200809L /* strdup. */

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "transcript/keys.h"
#include "transcript/transcript.h"

static const json_t *value(const json_t *object, enum ut__key key)
{
    const char *const *names = ut__key_names(key);
    for (; *names; names++) {
        const json_t *found = json_object_get(object, *names);
        if (found && !json_is_null(found))
            return found;
    }
    return NULL;
}

static const char *text_of(const json_t *object, enum ut__key key)
{
    const json_t *v = value(object, key);
    return json_is_string(v) ? json_string_value(v) : "";
}

static int take(struct ut__transcript_reading *r, const json_t *object)
{
    const json_t *t = value(object, UT__KEY_TIME), *c = value(object, UT__KEY_CONFIDENCE);
    struct ut__line line = {
        .t_s = json_is_number(t)   ? json_number_value(t)
               : json_is_string(t) ? ut__reading_time(json_string_value(t))
                                   : -1,
        .confidence = json_is_number(c) ? (float)json_number_value(c) : -1,
        .name = text_of(object, UT__KEY_WHO),
        .language = text_of(object, UT__KEY_LANGUAGE),
        .conversation = text_of(object, UT__KEY_CONVERSATION),
    };
    const char *text = text_of(object, UT__KEY_TEXT);
    if (!*text) {
        ut__reading_fault(r,
                          "has no `text`; write {\"who\":\"customer\",\"t\":1.5,\"text\":\"...\"}");
        return 0;
    }
    char *own = strdup(text);
    if (!own)
        return UT_ENOMEM;
    ut__reading_line(r, &line, own);
    free(own);
    return 0;
}

static int take_all(struct ut__transcript_reading *r, const json_t *array)
{
    size_t i;
    const json_t *one;
    int err = 0;
    json_array_foreach(array, i, one)
    {
        if (json_is_object(one) && !err)
            err = take(r, one);
        else if (!json_is_object(one))
            ut__reading_fault(r, "an element is no JSON object");
    }
    return err;
}

int ut__read_json_lines(struct ut__transcript_reading *r, char *bytes, size_t len)
{
    json_error_t error;
    if (len && *bytes == '[') {
        json_t *array = json_loadb(bytes, len, 0, &error);
        r->row = 1;
        if (!array)
            ut__reading_fault(r, "is no JSON; write one object a line or one array of them");
        int err = array ? take_all(r, array) : 0;
        json_decref(array);
        return err;
    }
    char *at = bytes, *row;
    int err = 0;
    while (!err && (row = ut__reading_row(r, &at, bytes + len)) != NULL) {
        if (!*row)
            continue;
        json_t *object = json_loads(row, 0, &error);
        if (json_is_object(object))
            err = take(r, object);
        else
            ut__reading_fault(r, "is no JSON object of one line, in UTF-8");
        json_decref(object);
    }
    return err;
}
