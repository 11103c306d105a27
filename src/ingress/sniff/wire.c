/* SPDX-License-Identifier: MIT */
/*
 * A call off the wire and the daemon's.
 *
 *     media -> secret, or another call's other leg? -> kept until that is known
 *                                                   -> port: open with two lines -> packets
 *     changed -> codec, hold, who is who: the lines anew; BYE: closed
 */

#include "ingress/sniff/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum {
    KEPT_PACKETS = 60,     /* Kept while it is not known whether a call is another's other leg: */
    KEPT_BYTES = 24 << 10, /* 0.6 s of both voices. */
    RETRY_US = 5000000     /* After a refusal, or when the daemon has ended the call. */
};

struct kept {
    int64_t time_us;
    uint16_t len;
    uint8_t voice;
};

struct wire_call {
    struct ut__wire *wire;
    struct ut__pcap_call *call;
    struct ut__port_call *port; /* NULL: not open. */
    struct ut__call_info info;
    uint32_t line_count;
    uint8_t roles[2];
    const char *role_from[2];
    uint8_t told_secret, told_leg;
    int64_t last_us, retry_us;
    uint8_t *kept; /* [KEPT_BYTES], heads and packets; NULL: nothing is kept. */
    size_t kept_bytes;
    uint32_t kept_packets;
};

struct ut__wire {
    const struct ut__port *port;
    struct ut__calls calls;
    struct ut__calls_listener listener;
    struct ut__sip_rule *rules;
    size_t rule_count;
    int told_roles;
    struct ut__wire_stats stats;
};

/* The user part of an address: "sip:1000@example.com" to "1000". */
static void user_of(char *out, size_t cap, const char *aor)
{
    const char *colon = strchr(aor, ':');
    const char *user = colon ? colon + 1 : aor;
    size_t n = strcspn(user, "@;>");
    snprintf(out, cap, "%.*s", (int)(n < cap ? n : cap - 1), user);
}

static uint32_t lines_of(const struct ut__captured_talk *t)
{
    return t->is_recording && t->lines == 1 ? 1 : 2;
}

/* A recording's dialog is not the one that caller and agent have. */
static void name_dialog(struct wire_call *c)
{
    const struct ut__captured_talk *t = &c->call->talk;
    int first = c->roles[0] == UT_ROLE_CALLER, n = -1;
    if (t->has_sip && !t->is_recording && *t->tag && *t->to_tag &&
        c->roles[!first] == UT_ROLE_CALLER)
        n = snprintf(c->info.replaces, sizeof c->info.replaces, "%s;to-tag=%s;from-tag=%s",
                     t->call_id, first ? t->tag : t->to_tag, first ? t->to_tag : t->tag);
    if (n < 0 || (size_t)n >= sizeof c->info.replaces) /* Cut off it is no dialog's name. */
        c->info.replaces[0] = '\0';
}

/* Returns 1 when somebody's role has changed, or the dialog is known now. */
static int assign_roles(struct wire_call *c)
{
    const struct ut__captured_talk *t = &c->call->talk;
    struct ut__sip_party parties[2];
    uint8_t roles[2] = {UT_ROLE_COUNT, UT_ROLE_COUNT};
    const char *from[2] = {"both are on one line", "both are on one line"};
    uint32_t n = lines_of(t);
    /* Who called is known from the first INVITE; of what began before nobody has seen it. */
    int has_order = t->has_sip && !t->is_midway;
    for (uint32_t i = 0; i < n; i++)
        parties[i] = (struct ut__sip_party){.aor = t->parties[i].name,
                                            .name = "",
                                            .label = t->parties[i].label,
                                            .order = has_order ? i + 1 : 0};
    if (!t->is_mixed)
        ut__sip_roles(roles, from, parties, n, c->wire->rules, c->wire->rule_count);
    int changed = memcmp(roles, c->roles, sizeof roles) != 0;
    memcpy(c->roles, roles, sizeof roles);
    memcpy(c->role_from, from, sizeof from);
    int was_named = c->info.replaces[0] != '\0';
    name_dialog(c);
    changed |= !was_named && c->info.replaces[0];
    /* The number is shown of the caller; while nobody knows who that is, of who sent the INVITE. */
    uint32_t caller = roles[1] == UT_ROLE_CALLER,
             has_name = roles[caller] == UT_ROLE_CALLER || !t->is_recording;
    c->info.caller[0] = c->info.agent[0] = 0;
    if (has_name)
        user_of(c->info.caller, sizeof c->info.caller, t->parties[caller].name);
    if (roles[1 - caller] == UT_ROLE_AGENT)
        user_of(c->info.agent, sizeof c->info.agent, t->parties[1 - caller].name);
    return changed;
}

static void make_line(struct ut__port_line *line, const struct wire_call *c, int voice)
{
    *line = (struct ut__port_line){.fd = -1,
                                   .role = c->roles[voice],
                                   .role_from = c->role_from[voice],
                                   .inactive = c->call->talk.parties[voice].held};
    ut__talk_formats(&line->rtp, &c->call->talk, voice);
}

static int is_held(const struct ut__captured_talk *t)
{
    return t->parties[0].held && (t->parties[1].held || lines_of(t) == 1);
}

static void forget_kept(struct wire_call *c)
{
    free(c->kept);
    c->kept = NULL;
    c->kept_bytes = c->kept_packets = 0;
}

/* The daemon has ended it; media that still comes opens another. */
static void ended(void *arg, const char *reason)
{
    struct wire_call *c = arg;
    (void)reason;
    c->port = NULL;
    c->retry_us = c->last_us + RETRY_US;
}

static void close_call(struct wire_call *c, const char *reason)
{
    struct ut__port_call *port = c->port;
    c->port = NULL;
    forget_kept(c);
    if (port)
        ut__port_close(c->wire->port, port, reason);
}

static int open_call(struct wire_call *c)
{
    struct ut__wire *w = c->wire;
    struct ut__port_open open = {.packets_pushed = 1, .ended = ended, .arg = c};
    c->info = (struct ut__call_info){.source = "sniff"};
    snprintf(c->info.id, sizeof c->info.id, "%s", c->call->talk.call_id);
    (void)assign_roles(c);
    if (c->roles[0] != UT_ROLE_CALLER && c->roles[1] != UT_ROLE_CALLER && !w->told_roles) {
        w->told_roles = 1;
        UT__LOG0(UT__LOG_WARN, "nobody says who the caller is, so calls are shown and not scored; "
                               "tell it with sniff-role: order:1=caller is who sent the INVITE, "
                               "aor:*@PATTERN=agent an address");
    }
    open.info = c->info;
    open.line_count = c->line_count = lines_of(&c->call->talk);
    for (uint32_t i = 0; i < open.line_count; i++)
        make_line(&open.lines[i], c, (int)i);
    int err = ut__port_open(w->port, &c->port, &open);
    if (err) {
        c->port = NULL;
        return err;
    }
    w->stats.calls++;
    if (is_held(&c->call->talk))
        ut__port_update(w->port, c->port, NULL, 1);
    return 0;
}

static void give(struct wire_call *c, int voice, const uint8_t *rtp, size_t len, int64_t time_us)
{
    struct ut__port_line line;
    if (!c->port)
        return; /* The daemon has ended it meanwhile. */
    if ((uint32_t)voice >= c->line_count && lines_of(&c->call->talk) == 2) {
        make_line(&line, c, voice); /* A recording that has got its second line. */
        if (ut__port_set_line(c->wire->port, c->port, (uint32_t)voice, &line) == 0)
            c->line_count = 2;
    }
    if ((uint32_t)voice < c->line_count)
        (void)ut__port_packet(c->wire->port, c->port, (uint32_t)voice, rtp, len, time_us);
}

/* Keeps a packet; 0 when no more can be. */
static int keep(struct wire_call *c, int voice, const uint8_t *rtp, size_t len, int64_t time_us)
{
    struct kept head = {time_us, (uint16_t)len, (uint8_t)voice};
    if (!c->kept)
        c->kept = malloc(KEPT_BYTES);
    if (!c->kept || c->kept_packets == KEPT_PACKETS || len > UT__PORT_PACKET_MAX ||
        c->kept_bytes + sizeof head + len > KEPT_BYTES)
        return 0;
    memcpy(c->kept + c->kept_bytes, &head, sizeof head);
    memcpy(c->kept + c->kept_bytes + sizeof head, rtp, len);
    c->kept_bytes += sizeof head + len;
    c->kept_packets++;
    return 1;
}

static void give_kept(struct wire_call *c)
{
    for (size_t at = 0; at < c->kept_bytes;) {
        struct kept head;
        memcpy(&head, c->kept + at, sizeof head);
        at += sizeof head;
        give(c, head.voice, c->kept + at, head.len, head.time_us);
        at += head.len;
    }
    forget_kept(c);
}

static struct wire_call *call_of(struct ut__wire *w, struct ut__pcap_call *call)
{
    if (!call->user) {
        struct wire_call *c = calloc(1, sizeof *c);
        if (!c)
            return NULL;
        *c = (struct wire_call){.wire = w, .call = call, .roles = {UT_ROLE_COUNT, UT_ROLE_COUNT}};
        call->user = c;
    }
    return call->user;
}

/* Whether the call is heard here; tells once why not. */
static int is_heard(struct wire_call *c, enum ut__leg_kind leg)
{
    if (ut__talk_is_secret(&c->call->talk)) {
        c->wire->stats.encrypted += !c->told_secret;
        if (!c->told_secret)
            UT__LOG(UT__LOG_INFO,
                    "call is encrypted (SRTP) and cannot be heard from beside the line",
                    ut__log_str("call", c->call->talk.call_id),
                    ut__log_str("remedy", "have the PBX record it to us (SIPREC)"));
        c->told_secret = 1;
        return 0;
    }
    if (leg == UT__LEG_OTHER) {
        c->wire->stats.other_legs += !c->told_leg;
        if (!c->told_leg)
            UT__LOG(UT__LOG_DEBUG, "call is another one's other leg, and not shown twice",
                    ut__log_str("call", c->call->talk.call_id));
        c->told_leg = 1;
        close_call(c, "other leg");
        return 0;
    }
    return 1;
}

static void on_media(void *arg, struct ut__pcap_call *call, int voice, const uint8_t *rtp,
                     size_t len, int64_t time_us)
{
    struct wire_call *c = call_of(arg, call);
    enum ut__leg_kind leg = ut__leg_kind_of(&call->leg);
    if (!c || !is_heard(c, leg))
        return;
    c->last_us = time_us;
    if (!c->port && time_us < c->retry_us)
        return;
    if (!c->port && leg == UT__LEG_UNKNOWN && keep(c, voice, rtp, len, time_us))
        return;
    if (!c->port && open_call(c) != 0) {
        c->retry_us = time_us + RETRY_US;
        forget_kept(c);
        return;
    }
    if (c->kept)
        give_kept(c);
    give(c, voice, rtp, len, time_us);
}

static void on_changed(void *arg, struct ut__pcap_call *call, unsigned what)
{
    struct ut__wire *w = arg;
    struct wire_call *c = call->user;
    if (c && (what & UT__TALK_ENDED))
        close_call(c, "bye");
    if (!c || !c->port)
        return;
    int roles = assign_roles(c), held = is_held(&call->talk);
    for (uint32_t i = 0; i < c->line_count; i++) {
        struct ut__port_line line;
        make_line(&line, c, (int)i);
        if ((roles || (what & (UT__TALK_MEDIA | UT__TALK_HOLD))) &&
            ut__port_set_line(w->port, c->port, i, &line) != 0)
            UT__LOG(UT__LOG_WARN, "a change of a call could not be followed",
                    ut__log_str("call", ut__port_id(w->port, c->port)));
    }
    if (roles || (what & UT__TALK_HOLD))
        ut__port_update(w->port, c->port, roles ? &c->info : NULL, held);
}

static void on_gone(void *arg, struct ut__pcap_call *call)
{
    (void)arg;
    if (!call->user)
        return;
    close_call(call->user, "lost");
    free(call->user);
    call->user = NULL;
}

int ut__wire_set_rules(struct ut__wire *w, const struct ut__sip_rule *rules, size_t count)
{
    struct ut__sip_rule *copy = calloc(count ? count : 1, sizeof *copy);
    if (!copy)
        return UT_ENOMEM;
    for (size_t i = 0; i < count; i++)
        copy[i] = rules[i];
    free(w->rules);
    w->rules = copy;
    w->rule_count = count;
    w->told_roles = 0;
    return 0;
}

int ut__wire_create(struct ut__wire **out, const struct ut__port *port,
                    const struct ut__sip_rule *rules, size_t count)
{
    struct ut__wire *w = calloc(1, sizeof *w);
    if (!w)
        return UT_ENOMEM;
    w->port = port;
    w->listener = (struct ut__calls_listener){
        .arg = w, .media = on_media, .changed = on_changed, .gone = on_gone};
    int err = ut__wire_set_rules(w, rules, count);
    if (!err)
        err = ut__calls_init(&w->calls, &w->listener);
    if (err) {
        ut__wire_destroy(w);
        return err;
    }
    *out = w;
    return 0;
}

void ut__wire_destroy(struct ut__wire *w)
{
    if (!w)
        return;
    ut__calls_clear(&w->calls);
    free(w->rules);
    free(w);
}

void ut__wire_take(struct ut__wire *w, uint32_t link, const uint8_t *bytes, size_t len,
                   int64_t time_us)
{
    if (ut__calls_take(&w->calls, link, bytes, len, time_us, 0) != 0)
        w->stats.unread++; /* No memory: the next may fare better. */
}

void ut__wire_tick(struct ut__wire *w, int64_t now_us)
{
    if (ut__calls_tick(&w->calls, now_us) != 0)
        w->stats.unread++;
}

void ut__wire_get_stats(const struct ut__wire *w, struct ut__wire_stats *out)
{
    const struct ut__dissector *s = &w->calls.dissector;
    *out = w->stats;
    out->packets = s->packets;
    out->unread +=
        s->fragments.incomplete + s->fragments.refused + s->deep + s->cut + w->calls.beyond;
}
