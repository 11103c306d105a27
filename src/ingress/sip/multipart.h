/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_MULTIPART_H
#define UT_INGRESS_SIP_MULTIPART_H

#include <stddef.h>

#include <undertone/error.h>

/* A MIME multipart body (RFC 2046, section 5.1): its parts as views. A part that is a multipart
 * itself is parsed by its own parameters. */

enum { UT__MULTIPART_MAX = 16, UT__MULTIPART_BOUNDARY_MAX = 70 };

struct ut__part {
    const char *type; /* Value of its Content-Type without parameters; NULL: none was given. */
    size_t type_len;
    const char *params; /* What follows the type on its line. */
    size_t params_len;
    const char *body;
    size_t body_len;
};

struct ut__multipart {
    struct ut__part parts[UT__MULTIPART_MAX];
    size_t count; /* Parts beyond UT__MULTIPART_MAX are left out. */
};

/**
 * Finds the parts.
 *
 * content_type: [type_len] parameters of the Content-Type header, such as `;boundary="x"`. body:
 * [len]; the views point into it. Lines may end in CR LF or LF. A last boundary that is missing is
 * tolerated. Returns 0; UT_EMALFORMED without a boundary or a part. Pure.
 */
int ut__multipart_parse(struct ut__multipart *out, const char *content_type, size_t type_len,
                        const char *body, size_t len) UT_MUST_CHECK;

/** 1 when the part is a multipart itself. */
int ut__part_nests(const struct ut__part *part);

/** 1 when the part's type is this one, such as "application/sdp"; any case. */
int ut__part_is(const struct ut__part *part, const char *type);

#endif
