/* SPDX-License-Identifier: MIT */
/* Multipart bodies: the first line is the Content-Type's parameters. Views lie in the body. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingress/sip/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *s = (const char *)data;
    const char *nl = len ? memchr(s, '\n', len) : NULL;
    if (!nl)
        return 0;
    const char *body = nl + 1, *end = s + len;
    struct ut__multipart m;
    if (ut__multipart_parse(&m, s, (size_t)(nl - s), body, (size_t)(end - body)) != 0)
        return 0;
    if (m.count == 0 || m.count > UT__MULTIPART_MAX)
        abort();
    for (size_t i = 0; i < m.count; i++) {
        const struct ut__part *p = &m.parts[i];
        if (p->body < body || p->body + p->body_len > end)
            abort();
        if (p->type && (p->type < body || p->type + p->type_len > end))
            abort();
        (void)ut__part_is(p, "application/sdp");
        struct ut__multipart inner;
        if (ut__part_nests(p))
            (void)!ut__multipart_parse(&inner, p->params, p->params_len, p->body, p->body_len);
    }
    return 0;
}
