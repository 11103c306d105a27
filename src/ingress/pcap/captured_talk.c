/* SPDX-License-Identifier: MIT */
#include "ingress/pcap/captured_talk.h"

#include <stdlib.h>
#include <string.h>

#include "ingress/sip/rs_metadata.h"

/* A request speaks for the party of its From, an answer for the other one. */
static int speaker_of(const struct ut__captured_talk *t, const struct ut__signal *s)
{
    int from_first = strcmp(s->from_tag, t->tag) == 0;
    return from_first == (s->is_request != 0) ? 0 : 1;
}

void ut__talk_begin(struct ut__captured_talk *t, const struct ut__signal *s, int64_t time_us)
{
    *t = (struct ut__captured_talk){
        .first_us = time_us, .has_sip = 1, .is_midway = s->to_tag[0] != 0};
    memcpy(t->call_id, s->call_id, sizeof t->call_id);
    memcpy(t->tag, s->from_tag, sizeof t->tag);
    memcpy(t->to_tag, s->to_tag, sizeof t->to_tag);
    memcpy(t->parties[0].name, s->from, sizeof s->from);
    memcpy(t->parties[1].name, s->to, sizeof s->to);
    memset(t->party_of, -1, sizeof t->party_of);
    t->offers_only = s->line_count > 0;
    for (uint32_t i = 0; i < s->line_count; i++)
        t->offers_only &= s->lines[i].sends && !s->lines[i].receives;
    t->may_record = t->offers_only && !t->is_midway;
}

int ut__talk_is_of(const struct ut__captured_talk *t, const struct ut__signal *s)
{
    return t->has_sip && strcmp(t->call_id, s->call_id) == 0;
}

/* The place goes to the end of the list; of more than fit the oldest is forgotten. */
static unsigned add_place(struct ut__party *p, const struct ut__address *at)
{
    uint32_t i = 0;
    if (!at->version || !at->port)
        return 0;
    while (i < p->endpoint_count && !ut__address_same(&p->endpoints[i], at, 1))
        i++;
    if (i + 1 == p->endpoint_count)
        return 0; /* The newest already. */
    if (i == p->endpoint_count && i < UT__ENDPOINTS_MAX)
        p->endpoint_count++;
    else if (i == UT__ENDPOINTS_MAX)
        i = 0;
    for (; i + 1 < p->endpoint_count; i++)
        p->endpoints[i] = p->endpoints[i + 1];
    p->endpoints[i] = *at;
    return UT__TALK_PLACES;
}

static int same_media(const struct ut__signal_media *a, const struct ut__signal_media *b)
{
    if (a->format_count != b->format_count)
        return 0;
    for (uint32_t i = 0; i < a->format_count; i++)
        if (a->formats[i].pt != b->formats[i].pt || a->formats[i].codec != b->formats[i].codec ||
            a->formats[i].rate_hz != b->formats[i].rate_hz ||
            a->formats[i].channels != b->formats[i].channels ||
            a->formats[i].variant != b->formats[i].variant)
            return 0;
    return 1;
}

static unsigned agree(struct ut__party *p)
{
    if (!p->has_offered)
        return 0;
    int same = same_media(&p->media, &p->offered);
    p->has_offered = 0;
    p->media = p->offered;
    return same ? 0 : UT__TALK_MEDIA;
}

/*
 * What a party says of its payload types holds once the other one has answered: an offer may be
 * refused. The first that is said holds at once, since early media needs no answer.
 */
static unsigned take_media(struct ut__captured_talk *t, int party, const struct ut__signal_media *m,
                           int is_answered)
{
    struct ut__party *p = &t->parties[party];
    p->offered = *m;
    p->has_offered = 1;
    if (p->media.format_count + p->media.other_count == 0)
        return agree(p);
    return is_answered ? agree(p) | agree(&t->parties[1 - party]) : 0;
}

static unsigned hold(struct ut__party *p, int held)
{
    if (p->held == held)
        return 0;
    p->held = (uint8_t)held;
    return UT__TALK_HOLD;
}

/* The lines of a call between two: those that are taken have a port. */
static unsigned take_lines(struct ut__captured_talk *t, const struct ut__signal *s, int speaker)
{
    struct ut__party *p = &t->parties[speaker], *other = &t->parties[1 - speaker];
    const struct ut__signal_line *first = NULL;
    unsigned changed = 0;
    p->is_secret = 1;
    p->has_crypto = 0;
    for (uint32_t i = s->line_count; i > 0; i--) {
        const struct ut__signal_line *l = &s->lines[i - 1];
        if (!l->at.port)
            continue;
        p->is_secret &= l->is_secret;
        p->has_crypto |= l->has_crypto;
        changed |= add_place(p, &l->at);
        first = !first || !l->is_secret || first->is_secret ? l : first;
    }
    if (!first) {
        p->is_secret = 0;
        return changed;
    }
    /* In a request it is an offer, but for those that finish a handshake. */
    changed |= take_media(t, speaker, &first->media, !s->is_request || s->method == UT__SIGNAL_ACK);
    changed |= hold(p, !first->sends);
    return changed | hold(other, !first->receives);
}

/* A recording: where the server wants a line, that party's voice goes. */
static unsigned take_server_lines(struct ut__captured_talk *t, const struct ut__signal *s)
{
    unsigned changed = 0;
    int lines = 0;
    memset(t->party_of, -1, sizeof t->party_of);
    for (uint32_t i = 0; i < s->line_count; i++) {
        const struct ut__signal_line *l = &s->lines[i];
        if (!l->at.port)
            continue;
        if (lines < 2) {
            struct ut__party *other = &t->parties[1 - lines];
            t->party_of[i] = (int16_t)lines;
            changed |= add_place(other, &l->at);
            changed |= take_media(t, 1 - lines, &l->media, 1);
            changed |= hold(&t->parties[lines], !l->receives);
            other->is_secret = l->is_secret;
        }
        lines++;
    }
    t->lines = (uint8_t)lines;
    return changed;
}

static unsigned take_client_lines(struct ut__captured_talk *t, const struct ut__signal *s)
{
    unsigned changed = 0;
    for (uint32_t i = 0; i < s->line_count; i++) {
        int party = t->party_of[i];
        const struct ut__signal_line *l = &s->lines[i];
        /* Before the answer the lines are counted as they come. */
        if (party < 0)
            party = i < 2 ? (int)i : -1;
        if (party < 0)
            continue;
        memcpy(t->parties[party].label, l->label, sizeof l->label);
        if (t->lines)
            changed |= hold(&t->parties[party], l->at.port && !l->sends);
    }
    return changed;
}

/* Becomes a recording: what was taken for one party's places are both parties'. */
static void become_recording(struct ut__captured_talk *t)
{
    t->is_recording = 1;
    for (int i = 0; i < 2; i++) {
        struct ut__party *p = &t->parties[i];
        p->endpoint_count = 0;
        p->media = p->offered = (struct ut__signal_media){.format_count = 0};
        p->has_offered = p->held = p->is_secret = p->has_crypto = 0;
        p->name[0] = 0;
    }
}

/* Names and, of a single line, whether more than one person speaks on it. */
static unsigned take_metadata(struct ut__captured_talk *t, const struct ut__signal *s)
{
    struct ut__rs_metadata md;
    ut__rs_metadata_recall(&md, t->metadata);
    if (s->metadata) {
        if (ut__rs_metadata_parse(&md, s->metadata, s->metadata_len) != 0)
            return 0;
        struct ut__rs_kept *kept = ut__rs_metadata_keep(&md);
        if (!kept)
            return 0;
        free(t->metadata);
        t->metadata = kept;
    }
    t->is_mixed = t->lines == 1 && md.participant_count > 1;
    for (int i = 0; i < 2; i++) {
        const struct ut__rs_stream *stream =
            ut__rs_stream_of(&md, t->parties[i].label, t->lines == 1);
        const struct ut__rs_participant *who = ut__rs_sender(&md, stream);
        t->is_mixed |= ut__rs_is_mixed(stream) != 0;
        if (who)
            memcpy(t->parties[i].name, who->aor, sizeof t->parties[i].name);
    }
    return UT__TALK_NAMES;
}

static unsigned take_recording(struct ut__captured_talk *t, const struct ut__signal *s, int speaker)
{
    unsigned changed = 0;
    if (s->line_count)
        changed = speaker == 1 ? take_server_lines(t, s) : take_client_lines(t, s);
    if (s->metadata || (t->metadata && s->line_count))
        changed |= take_metadata(t, s);
    return changed;
}

/* The end: BYE, or before anyone has answered CANCEL and a refusal of the INVITE. */
static int ends(const struct ut__captured_talk *t, const struct ut__signal *s)
{
    if (s->is_request)
        return s->method == UT__SIGNAL_BYE || (s->method == UT__SIGNAL_CANCEL && !t->is_answered);
    int is_challenge = s->status == 401 || s->status == 407;
    return s->method == UT__SIGNAL_INVITE && s->status >= 300 && !is_challenge && !t->is_answered;
}

unsigned ut__talk_take(struct ut__captured_talk *t, const struct ut__signal *s, int64_t time_us)
{
    int speaker = speaker_of(t, s);
    unsigned changed = 0;
    if (s->is_recording && s->is_request && !t->is_recording && speaker == 0)
        become_recording(t);
    if (t->may_record && !s->is_request && s->line_count) {
        int all = 1;
        for (uint32_t i = 0; i < s->line_count; i++)
            all &= !s->lines[i].at.port || (s->lines[i].receives && !s->lines[i].sends);
        t->may_record = 0;
        if (all && !t->is_recording)
            become_recording(t);
    }
    uint8_t answers = s->method == UT__SIGNAL_INVITE && s->status >= 200 && s->status < 300;
    if (answers && !t->is_answered && speaker == 1)
        memcpy(t->to_tag, s->to_tag, sizeof t->to_tag);
    t->is_answered |= answers;
    if (s->status >= 300)
        t->parties[0].has_offered = t->parties[1].has_offered = 0;
    else if (t->is_recording)
        changed = take_recording(t, s, speaker);
    else if (s->line_count)
        changed = take_lines(t, s, speaker);
    if (!t->ended_us && ends(t, s)) {
        t->ended_us = time_us ? time_us : 1;
        changed |= UT__TALK_ENDED;
    }
    return changed;
}

int ut__talk_is_secret(const struct ut__captured_talk *t)
{
    const struct ut__party *a = &t->parties[0], *b = &t->parties[1];
    return a->is_secret || b->is_secret || (a->has_crypto && b->has_crypto);
}

static void add_format(struct ut__rtp_config *cfg, const struct ut__rtp_format *f)
{
    for (uint32_t i = 0; i < cfg->format_count; i++)
        if (cfg->formats[i].pt == f->pt)
            return;
    if (cfg->format_count < UT__RTP_FORMATS_MAX)
        cfg->formats[cfg->format_count++] = *f;
}

static int is_other(const struct ut__signal_media *m, uint8_t pt)
{
    for (uint32_t i = 0; i < m->other_count; i++)
        if (m->others[i].pt == pt)
            return 1;
    return 0;
}

void ut__talk_formats(struct ut__rtp_config *cfg, const struct ut__captured_talk *t, int party)
{
    const struct ut__signal_media *theirs = &t->parties[1 - party].media;
    const struct ut__signal_media *own = &t->parties[party].media;
    *cfg = (struct ut__rtp_config){.format_count = 0};
    for (uint32_t i = 0; i < theirs->format_count; i++)
        add_format(cfg, &theirs->formats[i]);
    for (uint32_t i = 0; i < own->format_count; i++)
        if (!is_other(theirs, own->formats[i].pt))
            add_format(cfg, &own->formats[i]);
    ut__rtp_formats_add_static(cfg);
}

const char *ut__talk_codec_name(const struct ut__captured_talk *t, uint8_t pt)
{
    for (int p = 0; p < 2; p++) {
        const struct ut__signal_media *m = &t->parties[p].media;
        for (uint32_t i = 0; i < m->other_count; i++)
            if (m->others[i].pt == pt)
                return m->others[i].name;
    }
    return ut__rtp_static_name(pt);
}

void ut__talk_clear(struct ut__captured_talk *t)
{
    free(t->metadata);
    t->metadata = NULL;
}
