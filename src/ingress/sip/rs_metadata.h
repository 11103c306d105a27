/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_RS_METADATA_H
#define UT_INGRESS_SIP_RS_METADATA_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/*
 * Recording metadata of SIPREC (RFC 7865): who sends which stream. What is kept is what tells the
 * roles: participants with address and name, streams with their labels, and who sends which.
 */

enum {
    UT__RS_MAX = 16,       /* Participants, and streams; more are left out. */
    UT__RS_TEXT_MAX = 128, /* Bytes of each text with NUL; longer ones are cut. */
    UT__RS_DEPTH_MAX = 16, /* Of nested elements. */
    UT__RS_BYTES_MAX = 1 << 18
};

struct ut__rs_participant {
    char id[UT__RS_TEXT_MAX], aor[UT__RS_TEXT_MAX], name[UT__RS_TEXT_MAX];
};

struct ut__rs_stream {
    char id[UT__RS_TEXT_MAX], label[UT__RS_TEXT_MAX];
    char sender[UT__RS_TEXT_MAX]; /* A participant's id; empty: nobody said. */
};

struct ut__rs_metadata {
    struct ut__rs_participant participants[UT__RS_MAX];
    size_t participant_count;
    struct ut__rs_stream streams[UT__RS_MAX];
    size_t stream_count;
};

/**
 * Reads a document into what is known already: with <datamode>partial</datamode> it adds to it and
 * replaces what has the same id, otherwise it begins anew. On failure md is as before.
 *
 * A DOCTYPE is refused, and so is nesting beyond UT__RS_DEPTH_MAX. Names are taken in any
 * namespace. Returns 0; UT_EMALFORMED; UT_EUNSUPPORTED for a DOCTYPE; UT_ETOOBIG; UT_ENOMEM. Pure
 * (expat allocates for as long as the call lasts).
 */
int ut__rs_metadata_parse(struct ut__rs_metadata *md, const char *xml, size_t len) UT_MUST_CHECK;

/* What a call keeps of it: as much memory as there are participants and streams. */
struct ut__rs_kept {
    size_t participant_count, stream_count;
    uint8_t rows[]; /* The participants, then the streams. */
};

/** A copy to keep, free() it; NULL when there is no memory. */
struct ut__rs_kept *ut__rs_metadata_keep(const struct ut__rs_metadata *md);

/** The other way; kept NULL: nothing is known. */
void ut__rs_metadata_recall(struct ut__rs_metadata *md, const struct ut__rs_kept *kept);

/** The participant who sends the stream of a label; NULL when the metadata does not tell. */
const struct ut__rs_participant *ut__rs_sender(const struct ut__rs_metadata *md, const char *label);

#endif
