/* SPDX-License-Identifier: MIT */
/* What operators' rules ask callers to have said. */

#include <stdio.h>

#include "alert/rules.h"
#include "contract/lines.h"
#include "supervise/state.h"

uint32_t ut__supervise_rules_unheard(const struct ut__supervise *sv, const struct ut__rules *rules,
                                     char *why, size_t cap)
{
    const struct ut__lines_door *door = sv->lines;
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct ut__rules_rule *r = &rules->rule[i];
        if (!ut__rules_looks_at(r, UT_FACT_SAID))
            continue;
        if (!door) {
            snprintf(why, cap, "\"%s\" asks what was said, and no words are taken: set words = yes",
                     r->name);
            return r->line;
        }
        for (uint8_t k = 0; k < r->said_count; k++)
            if (!door->knows(door->arg, r->said[k])) {
                snprintf(
                    why, cap,
                    "\"%s\" asks for \"%s\", which no list of charged phrases knows: write it as "
                    "callers say it, or add it to a list and name that with words-list",
                    r->name, r->said[k]);
                return r->line;
            }
    }
    return 0;
}
