/* SPDX-License-Identifier: MIT */
/* Whom operators' rules hand their alerts to. */

#include "supervise/rule_people.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "supervise/auth.h"
#include "supervise/state.h"

static const char blank[] = " \t\r";

int ut__rule_nobody(const struct ut__supervise *sv, const char *text, char *name, size_t cap)
{
    struct ut__who who;
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        const char *word = text + strspn(text, blank);
        if (strncmp(word, "to", 2) != 0 || !strchr(" \t", word[2]) || !word[2])
            continue;
        word += 2 + strspn(word + 2, blank);
        size_t len = strcspn(word, "\r\n");
        while (len > 0 && strchr(blank, word[len - 1]))
            len--;
        snprintf(name, cap, "%.*s", (int)len, word);
        if (!ut__auth_open(sv->auth) && !(ut__auth_person(sv->auth, name, ut__wall_ms(), &who) &&
                                          ((unsigned)who.role & UT__MAY_ACT)))
            return 1;
    }
    return 0;
}
