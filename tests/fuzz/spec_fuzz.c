/* SPDX-License-Identifier: MIT */
/* Small texts from outside: role rules with an address to try them on, listeners' specs, a=crypto. A
 * line each. */

#include <stdlib.h>
#include <string.h>

#include "ingress/rtp/listener_spec.h"
#include "ingress/sdp/role_rules.h"
#include "ingress/sdp/sdes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void try_rule(const char *text, const char *aor)
{
    struct ut__sip_rule rule;
    uint8_t role[2];
    const struct ut__sip_party parties[2] = {
        {.aor = aor, .name = aor, .label = aor, .order = 1},
        {.aor = "", .name = "", .label = "", .order = 2, .is_mixed = 1}};
    if (ut__sip_rule_parse(&rule, text) != 0)
        return;
    if (rule.role >= UT_ROLE_COUNT || !memchr(rule.pattern, 0, sizeof rule.pattern))
        abort();
    ut__sip_roles(role, NULL, parties, 2, &rule, 1);
    if (role[0] > UT_ROLE_COUNT || role[1] != UT_ROLE_COUNT)
        abort();
}

static void try_crypto(const char *text)
{
    struct ut__sdes a, b;
    char again[200];
    if (ut__sdes_parse(&a, text) != 0)
        return;
    if (a.key_bytes > UT__SDES_KEY_MAX || ut__sdes_print(&a, again, sizeof again) != 0 ||
        ut__sdes_parse(&b, again) != 0 || a.suite != b.suite ||
        memcmp(a.key, b.key, a.key_bytes) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut__rtp_listener_spec spec;
    char why[256], *line[3] = {0};
    char *text = malloc(len + 1), *at = text;
    if (!text)
        return 0;
    memcpy(text, data, len);
    text[len] = '\0';
    for (int i = 0; i < 3; i++) {
        line[i] = at;
        at += strcspn(at, "\n");
        if (*at)
            *at++ = '\0';
    }
    try_rule(line[0], line[1]);
    try_crypto(line[2]);
    why[0] = '\0';
    int err = ut__rtp_listener_parse(&spec, line[2], why, sizeof why);
    if (err ? !why[0] : spec.role >= UT_ROLE_COUNT || !memchr(spec.call, 0, sizeof spec.call))
        abort();
    free(text);
    return 0;
}
