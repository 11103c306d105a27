/* SPDX-License-Identifier: MIT */
/* Decisions of the engine, told at debug. */

#include "live/decisions.h"

#include <undertone/event.h>

#include "base/log.h"
#include "live/line_text.h"

static const char *role_word(uint8_t role)
{
    return role == UT_ROLE_CALLER ? "caller" : role == UT_ROLE_AGENT ? "agent" : "unknown";
}

void ut__decided_role(const char *call, uint32_t index, const struct ut__port_line *line)
{
    UT__LOG(UT__LOG_DEBUG, "role of a line", ut__log_str("call", call),
            ut__log_int("line", index + 1), ut__log_str("role", role_word(line->role)),
            ut__log_str("from", line->role_from ? line->role_from : "its ingress"),
            ut__log_str("state", line->closed     ? "closed"
                                 : line->inactive ? "on hold"
                                                  : "active"));
}

void ut__decided_channels(const char *call, const struct ut__port_open *open)
{
    UT__LOG(UT__LOG_DEBUG, "roles of the channels", ut__log_str("call", call),
            ut__log_int("caller_rate_hz", open->caller_rate_hz),
            ut__log_int("agent_rate_hz", open->agent_rate_hz), ut__log_str("from", "its ingress"));
}

void ut__decided_baseline(const char *call, const char *caller, const char *what, const char *why)
{
    char who[UT__LOG_HASH_MAX];
    UT__LOG(UT__LOG_DEBUG, "baseline of the caller", ut__log_str("call", call),
            ut__log_str("is", what), ut__log_str("why", why),
            ut__log_str("caller_hash", ut__log_hash(who, caller)));
}

static size_t count(struct ut__log_field *to, size_t n, const char *key, uint64_t number)
{
    if (number)
        to[n++] = ut__log_int(key, (int64_t)number);
    return n;
}

void ut__decided_packets(const char *call, const struct ut__worker_dropped *dropped)
{
    const struct ut__live_told *now = &dropped->now, *before = &dropped->before;
    struct ut__log_field f[12] = {ut__log_str("call", call),
                                  ut__log_int("line", dropped->line + 1)};
    char peer[64];
    size_t n = count(f, 2, "never_came", now->lost - before->lost);
    n = count(f, n, "too_late", now->late - before->late);
    n = count(f, n, "twice", now->duplicate - before->duplicate);
    n = count(f, n, "not_rtp", now->malformed - before->malformed);
    n = count(f, n, "not_decrypted", now->srtp - before->srtp);
    n = count(f, n, "of_others", now->foreign - before->foreign);
    if (now->foreign != before->foreign && dropped->peer.family != AF_UNSPEC) {
        ut__live_peer_text(peer, sizeof peer, &dropped->peer);
        f[n++] = ut__log_str("last_other", peer);
    }
    if (now->unknown_pt != before->unknown_pt) {
        f[n++] =
            ut__log_int("payload_type_unknown", (int64_t)(now->unknown_pt - before->unknown_pt));
        f[n++] = ut__log_int("payload_type", dropped->pt);
    }
    ut__log_write(UT__LOG_DEBUG, "packets not heard", f, n);
}

void ut__decided_samples(const char *call, enum ut_role role, size_t samples)
{
    UT__LOG(UT__LOG_DEBUG, "samples not heard: the worker is behind", ut__log_str("call", call),
            ut__log_str("role", role_word((uint8_t)role)),
            ut__log_int("samples", (int64_t)samples));
}

void ut__decided_packet(const char *call, uint32_t line, size_t len_bytes)
{
    UT__LOG(UT__LOG_DEBUG, "packet not heard: the worker is behind, or it is too long",
            ut__log_str("call", call), ut__log_int("line", line + 1),
            ut__log_int("bytes", (int64_t)len_bytes));
}

/* Milliseconds: the log knows whole numbers alone. */
static int64_t ms_of(double t_s)
{
    return (int64_t)(t_s * 1000 + .5);
}

static void decided_score(struct ut__live_call *lc, const struct ut_score *s)
{
    if (lc->has_score && lc->last_why == s->why)
        return;
    lc->has_score = 1;
    lc->last_why = (uint8_t)s->why;
    if (s->why)
        UT__LOG(UT__LOG_DEBUG, "not scored from here", ut__log_str("call", lc->info.id),
                ut__log_int("t_ms", ms_of(s->t_s)), ut__log_str("why", ut_why_name(s->why)));
    else
        UT__LOG(UT__LOG_DEBUG, "scored from here", ut__log_str("call", lc->info.id),
                ut__log_int("t_ms", ms_of(s->t_s)));
}

void ut__decided_event(struct ut__live_call *lc, const struct ut_event *e)
{
    if (!ut__log_wants(UT__LOG_DEBUG, lc->info.id))
        return;
    if (e->type == UT_EVENT_SCORE)
        decided_score(lc, &e->u.score);
    else if (e->type == UT_EVENT_ALERT)
        UT__LOG(UT__LOG_DEBUG,
                e->u.alert.action == UT_ALERT_RAISED ? "alert raised" : "alert cleared",
                ut__log_str("call", lc->info.id), ut__log_int("n", e->u.alert.n),
                ut__log_int("t_ms", ms_of(e->u.alert.t_s)), ut__log_str("text", e->u.alert.text));
    else if (e->type == UT_EVENT_NOTE)
        UT__LOG(UT__LOG_DEBUG, "note", ut__log_str("call", lc->info.id),
                ut__log_int("t_ms", ms_of(e->u.note.t_s)), ut__log_str("text", e->u.note.text));
}
