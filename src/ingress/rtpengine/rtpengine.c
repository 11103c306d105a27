/* SPDX-License-Identifier: MIT */
/*
 * The calls of an rtpengine, asked for by its NG protocol (ng.h).
 *
 *     poll: list -> for each call that is wanted: query
 *                   -> both parties are there: subscribe request -> subscribe answer
 *                   -> offered or answered again: the same once more, for the lines that changed
 *                   -> no packet of anybody for a while, and not on hold: it is over
 *                -> calls that are gone from the list end
 *
 * rtpengine lists a call from its offer on, and for half a minute after its end (--delete-delay):
 * both ends of that are looked at, not listed.
 */

#include "ingress/rtpengine/rtpengine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingress/rtpengine/call_query.h"
#include "ingress/rtpengine/ng.h"
#include "ingress/sdp/media_lines.h"
#include "ingress/sdp/role_rules.h"
#include "net/re.h"

enum {
    ID_MAX = 256,
    RULES_MAX = 64,
    GONE_POLLS = 2,       /* Missing from so many lists in a row, a call is over. */
    LOST_CALLS = 3,       /* So many gone at once, and no other there: rtpengine has lost them. */
    QUERIES_A_POLL = 200, /* Those that were asked about least lately first. */
    QUERY_MS = 2000,      /* A call that runs is asked about so often. */
    QUIET_MS = 5000,      /* No packet for so long: the parties have hung up. */
    RETRY_POLLS = 5       /* A call that could not be had is tried again after so many. */
};

enum state {
    WAITING, /* For both parties. */
    ASKED,
    ANSWERED,
    RUNNING,
    REFUSED,
    OVER /* For us; it begins anew with the next packet. */
};

struct leg_call {
    struct le le;
    struct ut__rtpengine *r;
    char id[ID_MAX], to_tag[ID_MAX];
    enum state state;
    unsigned missing, rest;
    int listed, is_asked, is_held;
    uint64_t asked_ms;
    int64_t last_signal; /* Of rtpengine's, after it was subscribed to; 0: not known yet. */
    uint32_t parties;
    uint64_t packets, packets_ms; /* Of all parties, and since when there were no more. */
    struct ut__sip_media media;
    struct ut__sip_lines before; /* As the call has them, while others are agreed on. */
    struct ut__call_info info;
    struct ut__port_call *call;
};

struct ut__rtpengine {
    struct ut__rtpengine_config cfg;
    const struct ut__port *port;
    struct ut__ng *ng;
    struct ut__rtp_ports ports;
    struct ut__sip_rule rules[RULES_MAX];
    size_t rule_count;
    struct list calls;
    struct tmr poll;
    uint64_t taken, refused;
};

static void call_destroy(void *arg)
{
    struct leg_call *c = arg;
    ut__ng_forget(c->r->ng, c);
    list_unlink(&c->le);
    ut__sip_media_clear(&c->media);
}

/* Nobody answered: what is no call yet goes, and is listed anew; one that runs goes on. */
static void unanswered(void *about)
{
    struct leg_call *c = about;
    c->is_asked = 0;
    if (c->call)
        c->state = RUNNING;
    else
        mem_deref(c);
}

static void send_about(struct leg_call *c, struct ut__ng_request *q,
                       void (*answered)(void *about, const struct ut__bencode *dict))
{
    ut__ng_send(c->r->ng, q, &(struct ut__ng_waiter){c, answered, unanswered});
}

static int is_ok(const struct ut__bencode *dict)
{
    struct ut__bencode result;
    return ut__bencode_get(dict, "result", &result) && ut__bencode_is(&result, "ok");
}

static void unsubscribe(struct leg_call *c)
{
    struct ut__ng_request q;
    ut__ng_begin(&q, c->r->ng, "unsubscribe");
    ut__bencode_put_pair(&q.out, "call-id", c->id);
    ut__bencode_put_pair(&q.out, "to-tag", c->to_tag);
    ut__ng_send(c->r->ng, &q, &(struct ut__ng_waiter){.about = NULL});
}

/* The daemon has ended it: no subscription, and no new one unless packets come again. */
static void ended(void *arg, const char *reason)
{
    struct leg_call *c = arg;
    (void)reason;
    c->call = NULL;
    c->state = OVER;
    unsubscribe(c);
    ut__sip_media_clear(&c->media);
}

/* A tag as its label has it; NULL where nobody has the role, or it may have been cut. */
static const char *tag_of(const struct leg_call *c, enum ut_role role)
{
    const char *tag = NULL;
    for (uint32_t i = 0; i < c->media.line_count; i++)
        if (c->media.lines[i].line.role == role)
            tag = c->media.lines[i].label;
    return tag && *tag && strlen(tag) < UT__SIP_LABEL_MAX - 1 ? tag : NULL;
}

static void name_dialog(struct leg_call *c)
{
    const char *caller = tag_of(c, UT_ROLE_CALLER), *agent = tag_of(c, UT_ROLE_AGENT);
    int n = -1;
    if (caller && agent)
        n = snprintf(c->info.replaces, sizeof c->info.replaces, "%s;to-tag=%s;from-tag=%s", c->id,
                     caller, agent);
    if (n < 0 || (size_t)n >= sizeof c->info.replaces) /* Cut off it is no dialog's name. */
        c->info.replaces[0] = '\0';
}

static void assign_roles(struct leg_call *c)
{
    struct ut__sip_party parties[UT__PORT_LINES_MAX];
    uint8_t roles[UT__PORT_LINES_MAX];
    const char *from[UT__PORT_LINES_MAX];
    int has_caller = 0;
    for (uint32_t i = 0; i < c->media.line_count; i++)
        parties[i] = (struct ut__sip_party){.aor = "",
                                            .name = "",
                                            .label = c->media.lines[i].label,
                                            .order = i + 1,
                                            .is_closed = c->media.lines[i].line.closed};
    ut__sip_roles(roles, from, parties, c->media.line_count, c->r->rules, c->r->rule_count);
    for (uint32_t i = 0; i < c->media.line_count; i++) {
        c->media.lines[i].line.role = roles[i];
        c->media.lines[i].line.role_from = from[i];
        has_caller |= roles[i] == UT_ROLE_CALLER;
    }
    name_dialog(c);
    c->info.choices[0] = '\0';
    if (has_caller)
        return;
    snprintf(c->info.choices, sizeof c->info.choices,
             "%u legs; order 1 began the call, order 2 answered", (unsigned)c->media.line_count);
    UT__LOG(UT__LOG_WARN,
            "nobody says which leg is the caller's, so the call is not scored; tell it with "
            "rtpengine-role (order:1=caller)",
            ut__log_str("call", c->info.id), ut__log_int("legs", c->media.line_count));
}

/* It could not be had; its sockets go, and it is tried again after a while. */
static void let_rest(struct leg_call *c)
{
    ut__sip_media_clear(&c->media);
    c->r->refused++;
    c->state = REFUSED;
    c->rest = RETRY_POLLS;
}

static void open_call(struct ut__rtpengine *r, struct leg_call *c)
{
    struct ut__port_open open = {.info = c->info, .ended = ended, .arg = c};
    open.line_count = c->media.line_count;
    for (uint32_t i = 0; i < open.line_count; i++)
        open.lines[i] = c->media.lines[i].line;
    if (ut__port_open(r->port, &c->call, &open) != 0) {
        let_rest(c);
        unsubscribe(c);
        return;
    }
    for (uint32_t i = 0; i < open.line_count; i++)
        c->media.lines[i].is_new = 0;
    r->taken++;
    c->state = RUNNING;
}

static void subscribed(void *about, const struct ut__bencode *dict)
{
    struct leg_call *c = about;
    if (c->call) {
        ut__sip_lines_hand_on(&c->media, &c->before, c->r->port, c->call, &c->info);
        c->state = RUNNING;
    } else if (is_ok(dict)) {
        open_call(c->r, c);
    } else {
        let_rest(c);
    }
}

/* The parties' tags, in the order of the m-lines, serve as labels. */
static void take_tags(struct leg_call *c, const struct ut__bencode *dict)
{
    struct ut__bencode tags, tag;
    size_t at = 0;
    if (!ut__bencode_get(dict, "from-tags", &tags))
        return;
    for (uint32_t i = 0; i < c->media.line_count && ut__bencode_next(&tags, &at, &tag); i++) {
        if (tag.type == UT__BENCODE_TEXT)
            snprintf(c->media.lines[i].label, sizeof c->media.lines[i].label, "%.*s",
                     (int)(tag.len < 200 ? tag.len : 200), tag.text);
    }
}

static void send_answer(struct ut__rtpengine *r, struct leg_call *c)
{
    struct ut__ng_request q;
    struct mbuf *sdp;
    if (ut__sip_media_answer(&c->media, &sdp) != 0)
        return;
    ut__ng_begin(&q, r->ng, "subscribe answer");
    ut__bencode_put_pair(&q.out, "call-id", c->id);
    ut__bencode_put_pair(&q.out, "to-tag", c->to_tag);
    ut__bencode_put_text(&q.out, "sdp", 3);
    ut__bencode_put_text(&q.out, (const char *)mbuf_buf(sdp), mbuf_get_left(sdp));
    mem_deref(sdp);
    c->state = ANSWERED;
    send_about(c, &q, subscribed);
}

/* The wall clock, by which libre's timers run, may be set. */
static uint64_t now_ms(void)
{
    return (uint64_t)ut__clock_mono_us() / 1000;
}

/* Takes the SDP of a subscription, the first or a later one. Returns 0 or an error. */
static int take_offer(struct ut__rtpengine *r, struct leg_call *c, const struct ut__bencode *dict,
                      char *why)
{
    struct ut__bencode sdp, tag;
    if (!is_ok(dict) || !ut__bencode_get(dict, "sdp", &sdp) || sdp.type != UT__BENCODE_TEXT ||
        !ut__bencode_get(dict, "to-tag", &tag) || tag.type != UT__BENCODE_TEXT ||
        tag.len >= sizeof c->to_tag)
        return UT_EMALFORMED;
    memcpy(c->to_tag, tag.text, tag.len);
    c->to_tag[tag.len] = '\0';
    int err = c->call ? 0 : ut__sip_media_create(&c->media, ut__ng_own(r->ng), &r->ports, 0);
    if (!err)
        err = ut__sip_media_offer(&c->media, sdp.text, sdp.len, why);
    /* A party may change to another codec, and we hear of it only later. */
    for (uint32_t i = 0; !err && i < c->media.line_count; i++)
        ut__rtp_formats_add_static(&c->media.lines[i].line.rtp);
    return err;
}

static void offered(void *about, const struct ut__bencode *dict)
{
    struct leg_call *c = about;
    char why[UT__SIP_WHY_MAX] = "no SDP or no to-tag in its answer";
    ut__sip_lines_keep(&c->before, &c->media);
    int err = take_offer(c->r, c, dict, why);
    if (err) {
        UT__LOG(UT__LOG_WARN, "rtpengine's call cannot be subscribed to", ut__log_str("why", why));
        if (c->call) {
            ut__sip_lines_restore(&c->media, &c->before);
            c->state = RUNNING;
        } else {
            let_rest(c);
        }
        return;
    }
    take_tags(c, dict);
    assign_roles(c);
    send_answer(c->r, c);
}

static void subscribe(struct leg_call *c)
{
    struct ut__ng_request q;
    c->state = ASKED;
    ut__ng_begin(&q, c->r->ng, "subscribe request");
    ut__bencode_put_pair(&q.out, "call-id", c->id);
    if (c->call)
        ut__bencode_put_pair(&q.out, "to-tag", c->to_tag);
    ut__bencode_put(&q.out, "5:flagsl3:alle");
    send_about(c, &q, offered);
}

/* What a call that runs has become: other lines, on hold, or over. */
static void follow(struct leg_call *c, const struct ut__rtpengine_query *q, uint64_t now)
{
    struct ut__rtpengine *r = c->r;
    int is_held = q->parties > 0 && q->held == q->parties;
    if (c->last_signal == 0 && q->parties == c->parties) {
        c->last_signal = q->last_signal; /* Our own subscription was one. */
    } else if (q->last_signal != c->last_signal || q->parties != c->parties) {
        c->last_signal = 0;
        c->parties = q->parties;
        c->packets_ms = now;
        subscribe(c);
    } else if (is_held != c->is_held) {
        c->is_held = is_held;
        c->packets_ms = now;
        ut__port_update(r->port, c->call, NULL, is_held);
    } else if (!is_held && c->packets > 0 && now - c->packets_ms > QUIET_MS) {
        struct ut__port_call *call = c->call;
        ended(c, "bye");
        ut__port_close(r->port, call, "bye");
    }
}

static void queried(void *about, const struct ut__bencode *dict)
{
    struct leg_call *c = about;
    struct ut__rtpengine_query q;
    uint64_t now = now_ms();
    c->is_asked = 0;
    if (!is_ok(dict))
        return;
    ut__rtpengine_query_read(&q, dict, c->to_tag);
    int goes_on = q.packets != c->packets;
    c->packets = q.packets;
    c->packets_ms = goes_on || c->state == WAITING ? now : c->packets_ms;
    if (c->state == WAITING || (c->state == OVER && goes_on)) {
        c->last_signal = 0;
        c->parties = q.parties;
        c->is_held = 0;
        if (q.parties >= 2)
            subscribe(c);
    } else if (c->state == RUNNING && c->call) {
        follow(c, &q, now);
    }
}

static void query(struct leg_call *c)
{
    struct ut__ng_request q;
    c->is_asked = 1;
    c->asked_ms = now_ms();
    ut__ng_begin(&q, c->r->ng, "query");
    ut__bencode_put_pair(&q.out, "call-id", c->id);
    send_about(c, &q, queried);
}

/* Asks about some calls, each time others. */
static void query_some(struct ut__rtpengine *r)
{
    uint64_t now = now_ms();
    struct le *le = list_head(&r->calls), *last = list_tail(&r->calls), *next;
    for (unsigned n = 0; le && n < QUERIES_A_POLL; le = next) {
        struct leg_call *c = le->data;
        next = le == last ? NULL : le->next;
        int wants = c->state == WAITING ||
                    ((c->state == RUNNING || c->state == OVER) && now - c->asked_ms >= QUERY_MS);
        if (!wants || c->is_asked)
            continue;
        list_unlink(&c->le);
        list_append(&r->calls, &c->le, c);
        query(c);
        n++;
    }
}

static struct leg_call *find(struct ut__rtpengine *r, const struct ut__bencode *id)
{
    for (struct le *le = list_head(&r->calls); le; le = le->next) {
        struct leg_call *c = le->data;
        if (ut__bencode_is(id, c->id))
            return c;
    }
    return NULL;
}

static int is_wanted(const struct ut__rtpengine *r, const struct ut__bencode *id)
{
    if (id->type != UT__BENCODE_TEXT || id->len == 0 || id->len >= ID_MAX ||
        memchr(id->text, '\0', id->len))
        return 0;
    for (size_t i = 0; i < r->cfg.call_count; i++) {
        if (ut__bencode_is(id, r->cfg.calls[i]))
            return 1;
    }
    return r->cfg.call_count == 0;
}

static void take_listed(struct ut__rtpengine *r, const struct ut__bencode *id)
{
    struct leg_call *c = find(r, id);
    if (!c) {
        if (list_count(&r->calls) >= r->cfg.max_calls)
            return;
        c = mem_zalloc(sizeof *c, call_destroy);
        if (!c)
            return;
        c->r = r;
        memcpy(c->id, id->text, id->len);
        snprintf(c->info.source, sizeof c->info.source, "rtpengine");
        snprintf(c->info.id, sizeof c->info.id, "%.120s", c->id);
        list_append(&r->calls, &c->le, c);
    } else if (c->state == REFUSED && c->rest-- == 0) {
        c->state = WAITING;
    }
    c->listed = 1;
}

/* Calls that rtpengine no longer has. All of them at once have not hung up: it began anew. */
static void end_missing(struct ut__rtpengine *r)
{
    unsigned all = 0, gone = 0;
    for (struct le *le = list_head(&r->calls); le; le = le->next) {
        struct leg_call *c = le->data;
        c->missing = c->listed ? 0 : c->missing + 1;
        all += c->call != NULL;
        gone += c->call && c->missing >= GONE_POLLS;
    }
    int is_lost = gone >= LOST_CALLS && gone == all;
    if (is_lost)
        UT__LOG(UT__LOG_WARN, "rtpengine has none of the calls that it had: was it restarted?",
                ut__log_int("calls", gone));
    for (struct le *le = list_head(&r->calls), *next; le; le = next) {
        struct leg_call *c = le->data;
        next = le->next;
        if (c->missing < GONE_POLLS)
            continue;
        struct ut__port_call *call = c->call;
        c->call = NULL;
        if (call)
            ut__port_close(r->port, call, is_lost ? "rtpengine lost it" : "bye");
        mem_deref(c);
    }
}

/* How many calls a list names at most. */
static size_t list_limit(const struct ut__rtpengine *r)
{
    return (size_t)r->cfg.max_calls * 2;
}

static void listed(void *about, const struct ut__bencode *dict)
{
    struct ut__rtpengine *r = about;
    struct ut__bencode calls, id;
    size_t at = 0, count = 0;
    if (!is_ok(dict) || !ut__bencode_get(dict, "calls", &calls))
        return;
    for (struct le *le = list_head(&r->calls); le; le = le->next)
        ((struct leg_call *)le->data)->listed = 0;
    for (; ut__bencode_next(&calls, &at, &id); count++) {
        if (is_wanted(r, &id))
            take_listed(r, &id);
    }
    /* A full list, in no order, says nothing of those beyond it: want of media ends them. */
    if (count < list_limit(r))
        end_missing(r);
    query_some(r);
}

static void poll_calls(void *arg)
{
    struct ut__rtpengine *r = arg;
    struct ut__ng_request q;
    ut__ng_begin(&q, r->ng, "list");
    ut__bencode_put(&q.out, "5:limit");
    ut__bencode_put_int(&q.out, (int64_t)list_limit(r));
    ut__ng_send(r->ng, &q, &(struct ut__ng_waiter){.about = r, .answered = listed});
    tmr_start(&r->poll, (uint64_t)r->cfg.poll_s * 1000, poll_calls, r);
}

int ut__rtpengine_start(struct ut__rtpengine **out, const struct ut__rtpengine_config *cfg,
                        const struct ut__port *port, char *why, size_t cap)
{
    struct ut__rtpengine *r = calloc(1, sizeof *r);
    if (!r) {
        snprintf(why, cap, "there is no memory left");
        return UT_ENOMEM;
    }
    r->cfg = *cfg;
    r->port = port;
    r->ports = (struct ut__rtp_ports){.min = cfg->rtp_port_min, .max = cfg->rtp_port_max};
    for (size_t i = 0; i < cfg->rule_count && r->rule_count < RULES_MAX; i++)
        r->rule_count += ut__sip_rule_parse(&r->rules[r->rule_count], cfg->rules[i]) == 0;
    const struct ut__ng_config ng = {cfg->address, cfg->media_address, cfg->host};
    int err = ut__ng_open(&r->ng, &ng);
    if (err) {
        snprintf(why, cap,
                 "rtpengine: %s cannot be reached: %s; give the address of its --listen-ng",
                 cfg->address, strerror(errno));
        ut__rtpengine_stop(r);
        return UT_EINVAL;
    }
    poll_calls(r);
    *out = r;
    return 0;
}

void ut__rtpengine_get_stats(const struct ut__rtpengine *r, struct ut__rtpengine_stats *out)
{
    *out = (struct ut__rtpengine_stats){.calls = r->taken, .refused = r->refused};
    for (const struct le *le = list_head(&r->calls); le; le = le->next)
        out->open += ((const struct leg_call *)le->data)->call != NULL;
}

void ut__rtpengine_stop(struct ut__rtpengine *r)
{
    if (!r)
        return;
    tmr_cancel(&r->poll);
    for (struct le *le = list_head(&r->calls), *next; le; le = next) {
        struct leg_call *c = le->data;
        next = le->next;
        if (c->call) {
            unsubscribe(c);
            ut__port_close(r->port, c->call, "shutdown");
        }
        mem_deref(c);
    }
    ut__ng_close(r->ng);
    free(r);
}
