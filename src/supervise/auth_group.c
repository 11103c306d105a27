/* SPDX-License-Identifier: MIT */
/* Roles by name, and what the groups of somebody mean who is signed in at a proxy. */

#include <stdio.h>
#include <string.h>

#include "supervise/auth.h"

static const struct {
    const char *name;
    enum ut__role role;
} roles[] = {{"agent", UT__ROLE_AGENT},           {"viewer", UT__ROLE_VIEWER},
             {"supervisor", UT__ROLE_SUPERVISOR}, {"qa", UT__ROLE_QA},
             {"admin", UT__ROLE_ADMIN},           {"ingest", UT__ROLE_INGEST}};

enum ut__role ut__role_of(const char *name)
{
    for (size_t i = 0; name && i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(roles[i].name, name) == 0)
            return roles[i].role;
    return UT__ROLE_NONE;
}

const char *ut__role_name(enum ut__role role)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (roles[i].role == role)
            return roles[i].name;
    return "";
}

int ut__auth_read_group(struct ut__auth_group *out, const char *text, char *why, size_t why_cap)
{
    struct ut__auth_group g = {0};
    const char *equals = strrchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : 0;
    char role[16] = "", queue[UT__SCOPE_BYTES];
    if (len == 0 || len >= sizeof g.name) {
        snprintf(why, why_cap,
                 "'%.80s' names no group and role: write GROUP=ROLE or GROUP=ROLE:QUEUE|QUEUE",
                 text);
        return UT_EINVAL;
    }
    memcpy(g.name, text, len);
    const char *at = equals + 1;
    size_t n = strcspn(at, ":");
    if (n < sizeof role)
        memcpy(role, at, n);
    g.role = ut__role_of(role);
    if (!g.role || g.role == UT__ROLE_INGEST || (at[n] && g.role == UT__ROLE_ADMIN)) {
        snprintf(why, why_cap,
                 g.role == UT__ROLE_ADMIN
                     ? "'%.80s': an administrator sees all queues: leave them out"
                     : "'%.80s': the role must be agent, viewer, supervisor, qa or admin",
                 text);
        return UT_EINVAL;
    }
    for (at += n; *at; at += n) {
        at++;
        n = strcspn(at, "|");
        snprintf(queue, sizeof queue, "%.*s", (int)n, at);
        if (n >= sizeof queue || !ut__scope_add(g.queues, queue)) {
            snprintf(why, why_cap, "'%.80s': a queue is empty, too long, or there are more than %d",
                     text, UT__SCOPE_QUEUES);
            return UT_EINVAL;
        }
    }
    *out = g;
    return 0;
}

static int rank(enum ut__role role)
{
    return role == UT__ROLE_ADMIN        ? 5
           : role == UT__ROLE_SUPERVISOR ? 4
           : role == UT__ROLE_QA         ? 3
           : role == UT__ROLE_VIEWER     ? 2
                                         : role == UT__ROLE_AGENT;
}

/* Is the group's name one of those in the list, which commas part? */
static int is_member(const char *name, const char *list)
{
    size_t want = strlen(name);
    if (strcmp(name, "*") == 0)
        return 1;
    for (const char *at = list; *at;) {
        at += strspn(at, ", ");
        size_t n = strcspn(at, ","), len = n;
        while (len && at[len - 1] == ' ')
            len--;
        if (len == want && strncmp(at, name, len) == 0)
            return 1;
        at += n;
    }
    return 0;
}

/* The highest role of all groups counts, with the queues of those groups that give it. */
int ut__auth_by_groups(const struct ut__auth_group *groups, uint32_t count, const char *list,
                       struct ut__who *who)
{
    int all = 0;
    who->role = UT__ROLE_NONE;
    for (uint32_t i = 0; i < count; i++) {
        const struct ut__auth_group *g = &groups[i];
        if (!is_member(g->name, list) || rank(g->role) < rank(who->role))
            continue;
        if (rank(g->role) > rank(who->role)) {
            who->queues[0] = '\0';
            all = 0;
        }
        who->role = g->role;
        all |= !g->queues[0];
        for (const char *at = g->queues; *at; at += strcspn(at, "\n") + 1) {
            char queue[UT__SCOPE_BYTES];
            snprintf(queue, sizeof queue, "%.*s", (int)strcspn(at, "\n"), at);
            (void)ut__scope_add(who->queues, queue); /* Of too many the first are seen. */
        }
    }
    if (all)
        who->queues[0] = '\0';
    return who->role != UT__ROLE_NONE;
}
