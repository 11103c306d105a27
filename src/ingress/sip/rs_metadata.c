/* SPDX-License-Identifier: MIT */
/* Recording metadata, on expat. */

#include "ingress/sip/rs_metadata.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <expat.h>

enum text_of { NOTHING, LABEL, SEND, NAME, AOR, DATAMODE, MODE };

enum { SENDS_MAX = 8 }; /* Of one association; more are left out. */

struct reader {
    XML_Parser parser;
    struct ut__rs_metadata md;
    int err;
    int depth;
    int only_mode, is_partial; /* The first pass looks for the mode alone. */
    enum text_of text_of;
    char text[UT__RS_TEXT_MAX];
    size_t text_len;
    struct ut__rs_participant *participant; /* Whose element is open. */
    struct ut__rs_stream *stream;
    /* The open element that associates: a participant with streams or the session, or in the drafts
       the participant's own. */
    uint8_t in_assoc, in_send, has_left;
    char assoc[UT__RS_TEXT_MAX]; /* The participant's id. */
    char sends[SENDS_MAX][UT__RS_TEXT_MAX];
    uint32_t send_count;
    uint16_t left; /* Bit i: participant i has left the session. */
};

static void refuse(struct reader *r, int err)
{
    if (!r->err)
        r->err = err;
    XML_StopParser(r->parser, XML_FALSE);
}

static void copy(char to[UT__RS_TEXT_MAX], const char *from)
{
    size_t n = strlen(from);
    if (n >= UT__RS_TEXT_MAX)
        n = UT__RS_TEXT_MAX - 1;
    memcpy(to, from, n);
    to[n] = '\0';
}

static const char *attribute(const char **atts, const char *name)
{
    for (; *atts; atts += 2) {
        if (strcmp(atts[0], name) == 0)
            return atts[1];
    }
    return "";
}

static struct ut__rs_participant *participant(struct ut__rs_metadata *md, const char *id)
{
    char key[UT__RS_TEXT_MAX];
    copy(key, id);
    for (size_t i = 0; i < md->participant_count; i++) {
        if (strcmp(md->participants[i].id, key) == 0)
            return &md->participants[i];
    }
    if (md->participant_count == UT__RS_MAX)
        return NULL;
    struct ut__rs_participant *p = &md->participants[md->participant_count++];
    *p = (struct ut__rs_participant){0};
    copy(p->id, key);
    return p;
}

static struct ut__rs_stream *stream(struct ut__rs_metadata *md, const char *id)
{
    char key[UT__RS_TEXT_MAX];
    copy(key, id);
    for (size_t i = 0; i < md->stream_count; i++) {
        if (strcmp(md->streams[i].id, key) == 0)
            return &md->streams[i];
    }
    if (md->stream_count == UT__RS_MAX)
        return NULL;
    struct ut__rs_stream *s = &md->streams[md->stream_count++];
    *s = (struct ut__rs_stream){0};
    copy(s->id, key);
    return s;
}

/* The name without its namespace: prefixes are the sender's choice. */
static const char *local_name(const char *name)
{
    const char *bar = strrchr(name, '|');
    return bar ? bar + 1 : name;
}

/* An id by its name in the RFC, or by the drafts' one. */
static const char *id_of(const char **atts, const char *name)
{
    const char *id = attribute(atts, name);
    return id[0] ? id : attribute(atts, "id");
}

static void begin_assoc(struct reader *r, const char *participant_id)
{
    copy(r->assoc, participant_id);
    r->in_assoc = 1;
    r->in_send = r->has_left = 0;
    r->send_count = 0;
}

static int is_assoc(const char *name)
{
    return strcmp(name, "participantstreamassoc") == 0 ||
           strcmp(name, "participantsessionassoc") == 0;
}

/* What the text of an element is, if it is kept. */
static enum text_of text_of(const struct reader *r, const char *name)
{
    static const struct {
        const char *name;
        enum text_of of;
    } kept[] = {{"label", LABEL}, {"mode", MODE}, {"name", NAME}, {"aor", AOR}, {"send", SEND}};
    if (strcasecmp(name, "datamode") == 0)
        return DATAMODE;
    if (r->in_send && strcmp(name, "id") == 0)
        return SEND;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (strcmp(name, kept[i].name) == 0)
            return kept[i].of;
    }
    return NOTHING;
}

static void open_element(struct reader *r, const char *name, const char **atts)
{
    if (strcmp(name, "participant") == 0) {
        r->participant = participant(&r->md, id_of(atts, "participant_id"));
        begin_assoc(r, id_of(atts, "participant_id"));
    } else if (strcmp(name, "nameID") == 0 && r->participant) {
        copy(r->participant->aor, attribute(atts, "aor"));
    } else if (strcmp(name, "stream") == 0) {
        r->stream = stream(&r->md, id_of(atts, "stream_id"));
    } else if (is_assoc(name)) {
        begin_assoc(r, attribute(atts, "participant_id"));
    } else if (strcmp(name, "send") == 0) {
        r->in_send = 1;
    } else if (strcmp(name, "disassociate-time") == 0) {
        r->has_left = 1;
    }
}

static void XMLCALL on_start(void *arg, const char *full, const char **atts)
{
    struct reader *r = arg;
    const char *name = local_name(full);
    r->text_of = text_of(r, name);
    r->text_len = 0;
    if (++r->depth > UT__RS_DEPTH_MAX)
        refuse(r, UT_ETOOBIG);
    else if (!r->only_mode)
        open_element(r, name, atts);
}

static char *trim(char *s, size_t n)
{
    while (n && strchr(" \t\r\n", s[n - 1]))
        n--;
    s[n] = '\0';
    return s + strspn(s, " \t\r\n");
}

static void take_text(struct reader *r)
{
    const char *text = trim(r->text, r->text_len);
    if (r->text_of == DATAMODE) {
        r->is_partial = strcasecmp(text, "partial") == 0;
    } else if (r->only_mode) {
        return;
    } else if (r->text_of == LABEL && r->stream) {
        copy(r->stream->label, text);
    } else if (r->text_of == MODE && r->stream) {
        r->stream->mixed = strcasecmp(text, "mixed") == 0;
    } else if (r->text_of == NAME && r->participant) {
        copy(r->participant->name, text);
    } else if (r->text_of == AOR && r->participant) {
        copy(r->participant->aor, text);
    } else if (r->text_of == SEND && text[0] && r->in_assoc && r->send_count < SENDS_MAX) {
        copy(r->sends[r->send_count++], text);
    }
}

/* An association has ended: whether it holds is known only now, times stand anywhere in it. */
static void take_assoc(struct reader *r, int of_session)
{
    const struct ut__rs_participant *p = participant(&r->md, r->assoc);
    if (!p)
        return;
    uint16_t bit = (uint16_t)(1u << (p - r->md.participants));
    if (of_session && r->has_left)
        r->left |= bit;
    for (uint32_t i = 0; i < r->send_count; i++) {
        struct ut__rs_stream *s = stream(&r->md, r->sends[i]);
        if (s)
            s->senders = (uint16_t)(r->has_left ? s->senders & ~bit : s->senders | bit);
    }
}

static void XMLCALL on_end(void *arg, const char *full)
{
    struct reader *r = arg;
    const char *name = local_name(full);
    int is_participant = strcmp(name, "participant") == 0;
    if (r->text_of != NOTHING)
        take_text(r);
    r->text_of = NOTHING;
    r->text_len = 0;
    r->depth--;
    if (r->in_assoc && (is_participant || is_assoc(name))) {
        take_assoc(r, strcmp(name, "participantstreamassoc") != 0);
        r->in_assoc = 0;
    }
    if (is_participant)
        r->participant = NULL;
    else if (strcmp(name, "stream") == 0)
        r->stream = NULL;
    else if (strcmp(name, "send") == 0)
        r->in_send = 0;
}

static void XMLCALL on_text(void *arg, const char *s, int len)
{
    struct reader *r = arg;
    size_t n = len > 0 ? (size_t)len : 0, room = sizeof r->text - 1 - r->text_len;
    if (r->text_of == NOTHING)
        return;
    if (n > room)
        n = room;
    memcpy(r->text + r->text_len, s, n);
    r->text_len += n;
}

static void XMLCALL on_doctype(void *arg, const char *name, const char *sysid, const char *pubid,
                               int internal)
{
    (void)name;
    (void)sysid;
    (void)pubid;
    (void)internal;
    refuse(arg, UT_EUNSUPPORTED);
}

static int run(struct reader *r, const char *xml, size_t len)
{
    r->parser = XML_ParserCreateNS(NULL, '|');
    if (!r->parser)
        return UT_ENOMEM;
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    int ok = XML_Parse(r->parser, xml, (int)len, XML_TRUE) == XML_STATUS_OK;
    XML_ParserFree(r->parser);
    return r->err ? r->err : ok ? 0 : UT_EMALFORMED;
}

int ut__rs_metadata_parse(struct ut__rs_metadata *md, const char *xml, size_t len)
{
    if (len > UT__RS_BYTES_MAX)
        return UT_ETOOBIG;
    struct reader *r = calloc(1, sizeof *r);
    if (!r)
        return UT_ENOMEM;
    /* The mode may come last: it is looked for before anything is taken. */
    r->only_mode = 1;
    int err = run(r, xml, len);
    int is_partial = r->is_partial;
    if (!err) {
        *r = (struct reader){.only_mode = 0};
        if (is_partial)
            r->md = *md;
        err = run(r, xml, len);
    }
    for (size_t i = 0; i < r->md.stream_count; i++)
        r->md.streams[i].senders &= (uint16_t)~r->left;
    if (!err)
        *md = r->md;
    free(r);
    return err;
}

void ut__rs_metadata_add(struct ut__rs_metadata *md, const char *label, const char *aor)
{
    struct ut__rs_participant *p = participant(md, aor);
    struct ut__rs_stream *s = stream(md, label);
    if (!p || !s)
        return;
    copy(p->aor, aor);
    copy(s->label, label);
    s->senders |= (uint16_t)(1u << (p - md->participants));
}

struct ut__rs_kept *ut__rs_metadata_keep(const struct ut__rs_metadata *md)
{
    size_t participants = md->participant_count * sizeof md->participants[0];
    size_t streams = md->stream_count * sizeof md->streams[0];
    struct ut__rs_kept *kept = malloc(sizeof *kept + participants + streams);
    if (!kept)
        return NULL;
    kept->participant_count = md->participant_count;
    kept->stream_count = md->stream_count;
    memcpy(kept->rows, md->participants, participants);
    memcpy(kept->rows + participants, md->streams, streams);
    return kept;
}

void ut__rs_metadata_recall(struct ut__rs_metadata *md, const struct ut__rs_kept *kept)
{
    md->participant_count = kept ? kept->participant_count : 0;
    md->stream_count = kept ? kept->stream_count : 0;
    if (!kept)
        return;
    size_t participants = kept->participant_count * sizeof md->participants[0];
    memcpy(md->participants, kept->rows, participants);
    memcpy(md->streams, kept->rows + participants, kept->stream_count * sizeof md->streams[0]);
}

const struct ut__rs_stream *ut__rs_stream_of(const struct ut__rs_metadata *md, const char *label,
                                             int is_only)
{
    for (size_t i = 0; label[0] && i < md->stream_count; i++) {
        if (strcmp(md->streams[i].label, label) == 0)
            return &md->streams[i];
    }
    int is_meant = is_only && md->stream_count == 1 && (!label[0] || !md->streams[0].label[0]);
    return is_meant ? &md->streams[0] : NULL;
}

const struct ut__rs_participant *ut__rs_sender(const struct ut__rs_metadata *md,
                                               const struct ut__rs_stream *stream)
{
    for (size_t i = 0; stream && i < md->participant_count; i++) {
        if (stream->senders == 1u << i)
            return &md->participants[i];
    }
    return NULL;
}

int ut__rs_is_mixed(const struct ut__rs_stream *stream)
{
    return stream && (stream->mixed || (stream->senders & (stream->senders - 1)) != 0);
}
