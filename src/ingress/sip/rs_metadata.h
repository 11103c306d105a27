/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_RS_METADATA_H
#define UT_INGRESS_SIP_RS_METADATA_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/*
 * Recording metadata of SIPREC: who sends which stream. What is kept is what tells the roles:
 * participants with address and name, streams with their labels, and who sends which.
 *
 * RFC 7865, and the drafts before it that BroadWorks, Webex Calling, Oracle and ACME still send:
 * `id` for `participant_id` and `stream_id`, `<aor>` as an element, `<send>` inside the
 * participant, with the stream's id as its text or in an `<id>`.
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
    uint16_t senders; /* Bit i: participant i sends it. */
    uint8_t mixed;    /* <mode>mixed</mode> */
};

struct ut__rs_metadata {
    struct ut__rs_participant participants[UT__RS_MAX];
    size_t participant_count;
    struct ut__rs_stream streams[UT__RS_MAX];
    size_t stream_count;
};

/**
 * Reads a document into what is known already: with <datamode>partial</datamode>, in any case and
 * wherever it stands, it adds to it and replaces what has the same id, otherwise it begins anew.
 * Whoever has a <disassociate-time> sends no more. On failure md is as before.
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

/**
 * The stream of a label. is_only 1: the recording has one line, so that where one side gives no
 * label a single stream is meant all the same. NULL: the metadata does not tell.
 */
const struct ut__rs_stream *ut__rs_stream_of(const struct ut__rs_metadata *md, const char *label,
                                             int is_only);

/** Who alone sends a stream; NULL: nobody, several, or stream is NULL. */
const struct ut__rs_participant *ut__rs_sender(const struct ut__rs_metadata *md,
                                               const struct ut__rs_stream *stream);

/** 1: it holds several people's voices, by its mode or because several send it. NULL: 0. */
int ut__rs_is_mixed(const struct ut__rs_stream *stream);

/**
 * Tells that a stream is sent by somebody, as a document would: for what a header says. A label
 * that is told again with another address is mixed. What does not fit is left out.
 */
void ut__rs_metadata_add(struct ut__rs_metadata *md, const char *label, const char *aor);

#endif
