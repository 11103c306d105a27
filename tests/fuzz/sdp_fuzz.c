/* SPDX-License-Identifier: MIT */
/* SDP offers, the second of two on top of the first: lines keep within bounds, an answer comes. */

#include <stdlib.h>
#include <string.h>

#include "ingress/sdp/media.h"
#include "net/re.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct ut__rtp_ports ports = {.min = 42000, .max = 42999};
    struct ut__sip_media m;
    char why[UT__SIP_WHY_MAX];
    const char *s = (const char *)data;
    /* A form feed divides the first offer from the second. */
    const char *cut = len ? memchr(s, '\f', len) : NULL;
    size_t first = cut ? (size_t)(cut - s) : len;
    if (ut__sip_media_create(&m, "127.0.0.1", &ports, len & 1) != 0)
        return 0;
    int err = ut__sip_media_offer(&m, s, first, why);
    if (!err && cut)
        err = ut__sip_media_offer(&m, cut + 1, len - first - 1, why);
    if (m.line_count > UT__PORT_LINES_MAX)
        abort();
    for (uint32_t i = 0; i < m.line_count; i++) {
        const struct ut__port_line *l = &m.lines[i].line;
        if (l->fd < 0 || l->rtp.format_count > UT__RTP_FORMATS_MAX ||
            l->srtp_key_bytes > UT__PORT_SRTP_KEY_MAX)
            abort();
    }
    struct mbuf *answer = NULL;
    if (!err && (ut__sip_media_answer(&m, &answer) != 0 || !answer))
        abort();
    mem_deref(answer);
    ut__sip_media_clear(&m);
    return 0;
}
