/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SNIFF_SPEC_H
#define UT_INGRESS_SNIFF_SPEC_H

#include <stddef.h>

#include <undertone/error.h>

enum { UT__SNIFF_NAME_MAX = 64, UT__SNIFF_FILTER_MAX = 1024 };

/* Which interface, and what of it: "eth0,filter=udp portrange 5060-5080 or udp portrange
 * 10000-20000"; "any" is every interface. */
struct ut__sniff_spec {
    char name[UT__SNIFF_NAME_MAX];
    char filter[UT__SNIFF_FILTER_MAX]; /* In libpcap's language, to the end of the text; "": all. */
};

/** Returns 0, or UT_EMALFORMED with why: [cap]. Pure. */
int ut__sniff_parse(struct ut__sniff_spec *out, const char *text, char *why,
                    size_t cap) UT_MUST_CHECK;

#endif
