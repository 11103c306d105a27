/* SPDX-License-Identifier: MIT */
/* The names of columns and keys. */

#include "transcript/keys.h"

#include <stddef.h>

const char *const *ut__key_names(enum ut__key key)
{
    static const char *const names[UT__KEYS][9] = {
        [UT__KEY_TEXT] = {"text", "message", "body", "content", "transcript", NULL},
        [UT__KEY_WHO] = {"who", "role", "speaker", "from", "author", "sender", "participant", NULL},
        [UT__KEY_TIME] = {"t", "time", "start", "offset", "timestamp", "date", "created_at", NULL},
        [UT__KEY_LANGUAGE] = {"language", "lang", NULL},
        [UT__KEY_CONVERSATION] = {"conversation", "call", "id", "thread", "session", NULL},
        [UT__KEY_CONFIDENCE] = {"confidence", NULL},
    };
    return names[key];
}
