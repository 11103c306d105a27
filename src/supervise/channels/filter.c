/* SPDX-License-Identifier: MIT */
/* Which alerts a channel is told of. */

#include "supervise/channels/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "base/json.h"
#include "contract/ledger.h"
#include "contract/severity.h"
#include "contract/stream.h"

static const struct {
    const char *name;
    enum ut__life bit;
} actions[] = {
    {"raised", UT__LIFE_RAISED},           {"cleared", UT__LIFE_CLEARED},
    {"escalated", UT__LIFE_ESCALATED},     {"acknowledged", UT__LIFE_ACKNOWLEDGED},
    {"handed_over", UT__LIFE_HANDED_OVER}, {"noted", UT__LIFE_NOTED},
    {"resolved", UT__LIFE_RESOLVED},       {"judged", UT__LIFE_JUDGED},
    {"expired", UT__LIFE_EXPIRED},         {"all", UT__LIFE_ALL},
    {"break_due", UT__LIFE_BREAK_DUE},
};

void ut__channel_filter_clear(struct ut__channel_filter *f)
{
    free(f->queues);
    free(f->agents);
    *f = (struct ut__channel_filter){0};
}

static int read_actions(struct ut__channel_filter *f, const char *list, char *why, size_t cap)
{
    while (*list) {
        size_t len = strcspn(list, "+"), i = 0;
        while (i < sizeof actions / sizeof actions[0] &&
               (strlen(actions[i].name) != len || strncmp(actions[i].name, list, len) != 0))
            i++;
        if (i == sizeof actions / sizeof actions[0]) {
            snprintf(why, cap,
                     "on=%.60s: give raised, cleared, escalated, acknowledged, "
                     "handed_over, noted, resolved, judged, expired, all or break_due, joined by +",
                     list);
            return UT_EINVAL;
        }
        f->actions |= (uint32_t)actions[i].bit;
        list += len + (list[len] == '+');
    }
    return 0;
}

static int read_severities(struct ut__channel_filter *f, const char *list, char *why, size_t cap)
{
    while (*list) {
        char word[16] = "";
        size_t len = strcspn(list, "+");
        if (len < sizeof word)
            memcpy(word, list, len);
        enum ut__severity s = ut__severity_named(word);
        if (s == UT__SEVERITIES) {
            snprintf(why, cap, "severity=%.60s: give low, medium or high, joined by +", list);
            return UT_EINVAL;
        }
        f->severities |= 1u << s;
        list += len + (list[len] == '+');
    }
    return 0;
}

static int read_text(char **out, const char *value)
{
    free(*out);
    *out = strdup(value);
    return *out ? 0 : UT_ENOMEM;
}

int ut__channel_filter_read(struct ut__channel_filter *f, const char *part, char *why, size_t cap)
{
    if (strncmp(part, "on=", 3) == 0)
        return read_actions(f, part + 3, why, cap);
    if (strncmp(part, "severity=", 9) == 0)
        return read_severities(f, part + 9, why, cap);
    if (strncmp(part, "queue=", 6) == 0)
        return read_text(&f->queues, part + 6);
    if (strncmp(part, "agent=", 6) == 0)
        return read_text(&f->agents, part + 6);
    return 1;
}

/* Is the text one of the patterns? */
static int is_among(const char *patterns, const char *text)
{
    char one[UT__CALL_LABEL_MAX + 32];
    for (; patterns && *patterns; patterns += *patterns == '+') {
        size_t len = strcspn(patterns, "+");
        snprintf(one, sizeof one, "%.*s", (int)(len < sizeof one ? len : sizeof one - 1), patterns);
        if (ut__glob(one, text))
            return 1;
        patterns += len;
    }
    return !patterns;
}

int ut__channel_filter_wants(const struct ut__channel_filter *f, const char *notice)
{
    if (!f->queues && !f->agents && !f->severities)
        return 1;
    json_t *root = json_loads(notice, 0, NULL);
    if (!root) /* There may be no memory: who sends it finds out, and tries again. */
        return 1;
    const json_t *alert = json_object_get(root, "alert");
    enum ut__severity s = ut__severity_named(ut__json_text(alert, "severity"));
    int wants = is_among(f->queues, ut__json_text(alert, "queue")) &&
                is_among(f->agents, ut__json_text(alert, "agent")) &&
                (!f->severities || (s < UT__SEVERITIES && (f->severities >> s & 1u)));
    json_decref(root);
    return wants;
}
