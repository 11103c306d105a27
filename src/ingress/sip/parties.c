/* SPDX-License-Identifier: MIT */
/* Who is on which line. */

#include "ingress/sip/parties.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static const char cisco[] = "X-Cisco-Recording-Participant";

/* The label that a stream told by CUBE's header gets: its m-line's number, from 0, as Cisco counts.
 * A blank begins no label of an SDP. */
static void index_label(char out[UT__RS_TEXT_MAX], uint32_t order)
{
    snprintf(out, UT__RS_TEXT_MAX, " media-index %u", (unsigned)(order - 1));
}

/* X-Cisco-Recording-Participant: sip:1000@example.com;media-index="0 1" */
static bool take_participant(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
    struct ut__rs_metadata *md = arg;
    struct pl index;
    char aor[UT__RS_TEXT_MAX], label[UT__RS_TEXT_MAX];
    (void)msg;
    const char *end = pl_strchr(&hdr->val, ';');
    struct pl uri = {hdr->val.p, end ? (size_t)(end - hdr->val.p) : hdr->val.l};
    if (uri.l > 2 && uri.p[0] == '<' && uri.p[uri.l - 1] == '>')
        uri = (struct pl){uri.p + 1, uri.l - 2};
    if (msg_param_decode(&hdr->val, "media-index", &index) != 0 || !uri.l)
        return false;
    pl_strcpy(&uri, aor, sizeof aor);
    for (size_t i = 0; i < index.l; i++) {
        if (index.p[i] < '0' || index.p[i] > '9' ||
            (i && index.p[i - 1] >= '0' && index.p[i - 1] <= '9'))
            continue; /* A blank, a quote; no call has ten lines. */
        index_label(label, (uint32_t)(index.p[i] - '0') + 1);
        ut__rs_metadata_add(md, label, aor);
    }
    return false;
}

static int keep_metadata(struct ut__sip_dialog *d, const struct ut__rs_metadata *md)
{
    struct ut__rs_kept *kept = ut__rs_metadata_keep(md);
    if (!kept)
        return UT_ENOMEM;
    free(d->metadata);
    d->metadata = kept;
    return 0;
}

int ut__sip_parties_told(const struct sip_msg *msg)
{
    return sip_msg_xhdr(msg, cisco) != NULL;
}

int ut__sip_parties_read(struct ut__sip_dialog *d, const struct sip_msg *msg)
{
    struct ut__rs_metadata md = {.stream_count = 0};
    struct pl none;
    sip_msg_xhdr_apply(msg, true, cisco, take_participant, &md);
    if (msg_param_exists(&msg->from.uri.params, "x-nearend", &none) == 0)
        d->leg = UT__SIP_NEAR_END;
    else if (msg_param_exists(&msg->from.uri.params, "x-farend", &none) == 0)
        d->leg = UT__SIP_FAR_END;
    return md.stream_count ? keep_metadata(d, &md) : 0;
}

/* The user part of an address, "sip:1000@example.com" to "1000"; the whole when it has none. */
static void user_of(char *out, size_t cap, const char *aor)
{
    const char *colon = strchr(aor, ':');
    const char *user = colon ? colon + 1 : aor;
    size_t n = strcspn(user, "@;");
    snprintf(out, cap, "%.*s", (int)(n < cap ? n : cap - 1), user);
}

/* What there is to choose from, "label 1: ####; label 2: two people". Digits are not shown: numbers
 * are the callers'. */
static void tell_parties(char *out, size_t cap, const struct ut__sip_party *parties, uint32_t n)
{
    size_t at = 0;
    for (uint32_t i = 0; i < n && at + 1 < cap; i++) {
        char user[32];
        if (parties[i].is_closed)
            continue;
        user_of(user, sizeof user, parties[i].aor);
        for (char *c = user; *c; c++)
            *c = *c >= '0' && *c <= '9' ? '#' : *c;
        int len = snprintf(out + at, cap - at, "%s%s%.24s%s%u: %s", at ? "; " : "",
                           parties[i].label[0] ? "label " : "", parties[i].label,
                           parties[i].label[0] ? ", order " : "order ", (unsigned)parties[i].order,
                           parties[i].is_mixed ? "several people"
                           : user[0]           ? user
                                               : "nobody named");
        at += len > 0 ? (size_t)len : 0;
    }
    out[at < cap ? at : cap - 1] = '\0';
}

/* What is known of each line. The texts lie in md and in the lines. */
static void list_parties(struct ut__sip_party parties[UT__PORT_LINES_MAX], struct ut__sip_dialog *d,
                         const struct ut__rs_metadata *md)
{
    uint32_t n = d->media.line_count, open = 0;
    for (uint32_t i = 0; i < n; i++)
        open += !d->media.lines[i].line.closed;
    for (uint32_t i = 0; i < n; i++) {
        const struct ut__sip_line *l = &d->media.lines[i];
        char numbered[UT__RS_TEXT_MAX];
        index_label(numbered, l->order ? l->order : 1);
        const struct ut__rs_stream *s = ut__rs_stream_of(md, l->label, open == 1);
        if (!s)
            s = ut__rs_stream_of(md, numbered, 0);
        const struct ut__rs_participant *who = ut__rs_sender(md, s);
        /* One line, several people, and nobody says whose it is: it is taken for all of theirs. */
        int is_everybody = open == 1 && !who && md->participant_count > 1;
        parties[i] = (struct ut__sip_party){.aor = who ? who->aor : "",
                                            .name = who ? who->name : "",
                                            .label = l->label,
                                            .order = l->order,
                                            .is_mixed = ut__rs_is_mixed(s) || is_everybody,
                                            .is_closed = l->line.closed};
    }
}

/* CUCM's built-in bridge: what the phone hears is one call, what its own user says another. */
static void assign_leg(struct ut__sip_dialog *d, uint8_t *role, const char **why,
                       const struct sip_msg *msg)
{
    struct pl near = PL_INIT, far = PL_INIT;
    const struct pl *params = &msg->from.uri.params;
    if (d->leg == UT__SIP_NEAR_END) {
        *role = UT_ROLE_AGENT;
        *why = "x-nearend of the From header";
    }
    if (msg_param_decode(params, "x-nearendaddr", &near) == 0)
        pl_strcpy(&near, d->info.agent, sizeof d->info.agent);
    if (msg_param_decode(params, "x-farendaddr", &far) == 0)
        pl_strcpy(&far, d->info.caller, sizeof d->info.caller);
}

static void name_parties(struct ut__sip_dialog *d, const struct ut__sip_party *parties,
                         const uint8_t *roles)
{
    for (uint32_t i = 0; i < d->media.line_count; i++) {
        const struct ut__sip_party *p = &parties[i];
        /* list_parties has filled as many. NOLINTBEGIN(clang-analyzer-core.NullDereference) */
        if (roles[i] == UT_ROLE_AGENT && (p->name[0] || p->aor[0]))
            user_of(d->info.agent, sizeof d->info.agent, p->name[0] ? p->name : p->aor);
        if (roles[i] == UT_ROLE_CALLER && p->aor[0])
            user_of(d->info.caller, sizeof d->info.caller, p->aor);
        /* NOLINTEND(clang-analyzer-core.NullDereference) */
    }
}

int ut__sip_parties_assign(struct ut__sip_dialog *d, const struct sip_msg *msg)
{
    struct ut__sip *server = d->server;
    struct ut__sip_party parties[UT__PORT_LINES_MAX];
    struct ut__rs_metadata md;
    uint8_t roles[UT__PORT_LINES_MAX];
    const char *why[UT__PORT_LINES_MAX] = {"no rule"};
    char from[UT__RS_TEXT_MAX];
    uint32_t n = d->media.line_count;
    int has_caller = 0, is_mixture = 1;
    ut__rs_metadata_recall(&md, d->metadata);
    list_parties(parties, d, &md);
    ut__sip_roles(roles, why, parties, n, server->rules, server->rule_count);
    if (!d->metadata) {
        pl_strcpy(&msg->from.auri, from, sizeof from);
        user_of(d->info.caller, sizeof d->info.caller, from);
    }
    if (n == 1 && d->leg)
        assign_leg(d, &roles[0], &why[0], msg);
    if (n == 1 && roles[0] == UT_ROLE_COUNT && !parties[0].aor[0] && !parties[0].is_mixed) {
        roles[0] = server->cfg.mono_is;
        why[0] = "sip-mono-is";
    }
    name_parties(d, parties, roles);
    for (uint32_t i = 0; i < n; i++) {
        d->media.lines[i].line.role = roles[i];
        d->media.lines[i].line.role_from = why[i];
        d->media.lines[i].line.source = server->cfg.media_source;
        has_caller |= roles[i] == UT_ROLE_CALLER;
        is_mixture &= parties[i].is_mixed || parties[i].is_closed;
    }
    d->info.choices[0] = '\0';
    if (!has_caller && d->leg != UT__SIP_NEAR_END)
        tell_parties(d->info.choices, sizeof d->info.choices, parties, n);
    return is_mixture;
}
