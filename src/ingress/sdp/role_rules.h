/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SDP_ROLE_RULES_H
#define UT_INGRESS_SDP_ROLE_RULES_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/call.h>
#include <undertone/error.h>

/*
 * Who is the caller and who the agent: rules of the operator, tried in order, first on what the
 * metadata tells (address, name), then on the stream itself (label, order of the m-lines). Nobody
 * is scored whom no rule makes the caller.
 */

enum ut__sip_rule_kind {
    UT__SIP_RULE_AOR,   /* Glob on the participant's address of record. */
    UT__SIP_RULE_NAME,  /* Glob on the participant's name. */
    UT__SIP_RULE_LABEL, /* The m-line's a=label. */
    UT__SIP_RULE_ORDER  /* The m-line's number, from 1. */
};

enum { UT__SIP_PATTERN_MAX = 128 };

struct ut__sip_rule {
    enum ut__sip_rule_kind kind;
    enum ut_role role;
    uint32_t order;
    char pattern[UT__SIP_PATTERN_MAX];
};

/* What is known of one stream. Empty strings where nothing was said. */
struct ut__sip_party {
    const char *aor, *name, *label;
    uint32_t order;    /* From 1. */
    uint8_t is_mixed;  /* Several people are on it: no rule makes it anybody's. */
    uint8_t is_closed; /* The line is not in use: it is nobody's, and does not count. */
};

/** Parses "label:1=caller" and the like. Returns 0 or UT_EMALFORMED. Pure. */
int ut__sip_rule_parse(struct ut__sip_rule *out, const char *text) UT_MUST_CHECK;

/** The same for an option's row: why gets what is wrong and what would do. */
int ut__sip_rule_check(const char *text, char *why, size_t why_cap) UT_MUST_CHECK;

/**
 * Gives each of the parties its role: [n] roles, UT_ROLE_COUNT where no rule says it. Of two
 * parties, one of which is known, the other has the other role, unless it is a mixture. Two callers
 * make both unknown: a wrong guess would score an agent. from: [n] or NULL; gets where each role
 * comes from, in static words. Pure.
 */
void ut__sip_roles(uint8_t *roles, const char **from, const struct ut__sip_party *parties, size_t n,
                   const struct ut__sip_rule *rules, size_t rule_count);

#endif
