/* SPDX-License-Identifier: MIT */
/* Roles by rule. */

#include "ingress/sdp/role_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"

int ut__sip_rule_parse(struct ut__sip_rule *out, const char *text)
{
    static const char *const kinds[] = {"aor:", "name:", "label:", "order:"};
    const char *equals = strrchr(text, '=');
    struct ut__sip_rule rule = {.role = UT_ROLE_CALLER};
    if (!equals)
        return UT_EMALFORMED;
    if (strcmp(equals + 1, "agent") == 0)
        rule.role = UT_ROLE_AGENT;
    else if (strcmp(equals + 1, "caller") != 0)
        return UT_EMALFORMED;
    for (int k = 0; k < 4; k++) {
        size_t head = strlen(kinds[k]);
        if (strncmp(text, kinds[k], head) != 0)
            continue;
        size_t len = (size_t)(equals - text) - head;
        if (equals < text + head || len == 0 || len >= sizeof rule.pattern)
            return UT_EMALFORMED;
        rule.kind = (enum ut__sip_rule_kind)k;
        memcpy(rule.pattern, text + head, len);
        if (rule.kind == UT__SIP_RULE_ORDER) {
            char *end;
            unsigned long n = strtoul(rule.pattern, &end, 10);
            if (*end || n < 1 || n > 64)
                return UT_EMALFORMED;
            rule.order = (uint32_t)n;
        }
        *out = rule;
        return 0;
    }
    return UT_EMALFORMED;
}

int ut__sip_rule_check(const char *text, char *why, size_t why_cap)
{
    struct ut__sip_rule rule;
    if (ut__sip_rule_parse(&rule, text) == 0)
        return 0;
    snprintf(
        why, why_cap,
        "'%.60s' is no role rule; write label:1=caller, order:2=agent, aor:sip:2???@*=agent or "
        "name:*desk*=agent",
        text);
    return UT_EINVAL;
}

static int matches(const struct ut__sip_rule *r, const struct ut__sip_party *p)
{
    switch (r->kind) {
    case UT__SIP_RULE_AOR:
        return p->aor[0] && ut__glob(r->pattern, p->aor);
    case UT__SIP_RULE_NAME:
        return p->name[0] && ut__glob(r->pattern, p->name);
    case UT__SIP_RULE_LABEL:
        return p->label[0] && strcmp(r->pattern, p->label) == 0;
    case UT__SIP_RULE_ORDER:
        return r->order == p->order;
    }
    return 0;
}

static int is_metadata(const struct ut__sip_rule *r)
{
    return r->kind == UT__SIP_RULE_AOR || r->kind == UT__SIP_RULE_NAME;
}

static uint8_t role_of(const char **from, const struct ut__sip_party *p,
                       const struct ut__sip_rule *rules, size_t n)
{
    static const char *const words[] = {"a rule on addresses", "a rule on names",
                                        "a rule on labels", "a rule on order"};
    for (int metadata = 1; metadata >= 0; metadata--) {
        for (size_t i = 0; i < n; i++) {
            if (is_metadata(&rules[i]) != metadata || !matches(&rules[i], p))
                continue;
            *from = words[rules[i].kind];
            return (uint8_t)rules[i].role;
        }
    }
    *from = "no rule";
    return UT_ROLE_COUNT;
}

/* Of two parties one is known: who the other is then. */
static void complete_pair(uint8_t *roles, const char **from, const struct ut__sip_party *parties,
                          size_t n)
{
    size_t pair[2], open = 0;
    for (size_t i = 0; i < n; i++) {
        if (parties[i].is_closed)
            continue;
        if (open == 2)
            return;
        pair[open++] = i;
    }
    for (size_t k = 0; open == 2 && k < 2; k++) {
        uint8_t *mine = &roles[pair[k]], other = roles[pair[1 - k]];
        if (*mine != UT_ROLE_COUNT || other == UT_ROLE_COUNT || parties[pair[k]].is_mixed)
            continue;
        *mine = other == UT_ROLE_CALLER ? UT_ROLE_AGENT : UT_ROLE_CALLER;
        if (from)
            from[pair[k]] = "the other line's role";
    }
}

void ut__sip_roles(uint8_t *roles, const char **from, const struct ut__sip_party *parties, size_t n,
                   const struct ut__sip_rule *rules, size_t rule_count)
{
    size_t callers = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ut__sip_party *p = &parties[i];
        const char *why = p->is_mixed ? "several people are on it" : "it is closed";
        roles[i] = UT_ROLE_COUNT;
        if (!p->is_mixed && !p->is_closed)
            roles[i] = role_of(&why, p, rules, rule_count);
        if (from)
            from[i] = why;
        callers += roles[i] == UT_ROLE_CALLER;
    }
    if (callers <= 1) {
        complete_pair(roles, from, parties, n);
        return;
    }
    memset(roles, UT_ROLE_COUNT, n);
    for (size_t i = 0; from && i < n; i++)
        from[i] = "two callers by the rules";
}
