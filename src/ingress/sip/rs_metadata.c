/* SPDX-License-Identifier: MIT */
/* Recording metadata, on expat. */

#include "ingress/sip/rs_metadata.h"

#include <stdlib.h>
#include <string.h>

#include <expat.h>

enum text_of { NOTHING, LABEL, SEND, NAME, MODE };

struct reader {
    XML_Parser parser;
    struct ut__rs_metadata md;
    struct ut__rs_metadata before;
    int err;
    int depth;
    enum text_of text_of;
    char text[UT__RS_TEXT_MAX];
    size_t text_len;
    struct ut__rs_participant *participant; /* Whose element is open. */
    struct ut__rs_stream *stream;
    char assoc[UT__RS_TEXT_MAX]; /* The participant of the open participantstreamassoc. */
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

static void XMLCALL on_start(void *arg, const char *full, const char **atts)
{
    struct reader *r = arg;
    const char *name = local_name(full);
    r->text_of = NOTHING;
    r->text_len = 0;
    if (++r->depth > UT__RS_DEPTH_MAX) {
        refuse(r, UT_ETOOBIG);
    } else if (strcmp(name, "participant") == 0) {
        r->participant = participant(&r->md, attribute(atts, "participant_id"));
    } else if (strcmp(name, "nameID") == 0 && r->participant) {
        copy(r->participant->aor, attribute(atts, "aor"));
    } else if (strcmp(name, "name") == 0) {
        r->text_of = NAME;
    } else if (strcmp(name, "stream") == 0) {
        r->stream = stream(&r->md, attribute(atts, "stream_id"));
    } else if (strcmp(name, "label") == 0) {
        r->text_of = LABEL;
    } else if (strcmp(name, "participantstreamassoc") == 0) {
        copy(r->assoc, attribute(atts, "participant_id"));
    } else if (strcmp(name, "send") == 0) {
        r->text_of = SEND;
    } else if (strcmp(name, "datamode") == 0) {
        r->text_of = MODE;
    }
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
    if (r->text_of == MODE && strcmp(text, "partial") == 0) {
        /* What was known stays; the document's own elements come after its mode (RFC 7865). */
        r->md = r->before;
    } else if (r->text_of == LABEL && r->stream) {
        copy(r->stream->label, text);
    } else if (r->text_of == NAME && r->participant) {
        copy(r->participant->name, text);
    } else if (r->text_of == SEND) {
        struct ut__rs_stream *s = stream(&r->md, text);
        if (s)
            copy(s->sender, r->assoc);
    }
}

static void XMLCALL on_end(void *arg, const char *full)
{
    struct reader *r = arg;
    const char *name = local_name(full);
    if (r->text_of != NOTHING)
        take_text(r);
    r->text_of = NOTHING;
    r->text_len = 0;
    r->depth--;
    if (strcmp(name, "participant") == 0)
        r->participant = NULL;
    else if (strcmp(name, "stream") == 0)
        r->stream = NULL;
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

int ut__rs_metadata_parse(struct ut__rs_metadata *md, const char *xml, size_t len)
{
    if (len > UT__RS_BYTES_MAX)
        return UT_ETOOBIG;
    struct reader *r = calloc(1, sizeof *r);
    XML_Parser parser = r ? XML_ParserCreateNS(NULL, '|') : NULL;
    if (!parser) {
        free(r);
        return UT_ENOMEM;
    }
    r->parser = parser;
    r->before = *md;
    XML_SetUserData(parser, r);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    int ok = XML_Parse(parser, xml, (int)len, XML_TRUE) == XML_STATUS_OK;
    int err = r->err ? r->err : ok ? 0 : UT_EMALFORMED;
    if (!err)
        *md = r->md;
    XML_ParserFree(parser);
    free(r);
    return err;
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

const struct ut__rs_participant *ut__rs_sender(const struct ut__rs_metadata *md, const char *label)
{
    for (size_t i = 0; i < md->stream_count; i++) {
        const struct ut__rs_stream *s = &md->streams[i];
        if (!label[0] || !s->sender[0] || strcmp(s->label, label) != 0)
            continue;
        for (size_t k = 0; k < md->participant_count; k++) {
            if (strcmp(md->participants[k].id, s->sender) == 0)
                return &md->participants[k];
        }
    }
    return NULL;
}
