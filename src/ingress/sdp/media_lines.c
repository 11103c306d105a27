/* SPDX-License-Identifier: MIT */
/* What changes of a call's lines. */

#include "ingress/sdp/media_lines.h"

#include <string.h>
#include <unistd.h>

void ut__sip_lines_keep(struct ut__sip_lines *kept, const struct ut__sip_media *m)
{
    kept->count = m->line_count;
    for (uint32_t i = 0; i < kept->count; i++)
        kept->line[i] = m->lines[i];
}

void ut__sip_lines_restore(struct ut__sip_media *m, const struct ut__sip_lines *kept)
{
    for (uint32_t i = 0; i < m->line_count; i++) {
        struct ut__sip_line *l = &m->lines[i];
        if (l->is_new && (i >= kept->count || !kept->line[i].is_new))
            close(l->line.fd);
        l->is_new = 0;
        if (i < kept->count)
            *l = kept->line[i];
    }
    m->line_count = kept->count;
}

static int is_same_key(const struct ut__port_line *a, const struct ut__port_line *b)
{
    return a->srtp_key_bytes == b->srtp_key_bytes && a->srtp_suite == b->srtp_suite &&
           memcmp(a->srtp_key, b->srtp_key, a->srtp_key_bytes) == 0;
}

static int is_same(const struct ut__port_line *a, const struct ut__port_line *b)
{
    return a->role == b->role && a->inactive == b->inactive && a->closed == b->closed &&
           memcmp(&a->rtp, &b->rtp, sizeof a->rtp) == 0 &&
           memcmp(&a->from, &b->from, sizeof a->from) == 0 &&
           a->srtp_mki_bytes == b->srtp_mki_bytes && is_same_key(a, b);
}

void ut__sip_lines_hand_on(struct ut__sip_media *m, const struct ut__sip_lines *before,
                           const struct ut__port *port, struct ut__port_call *call,
                           const struct ut__call_info *info)
{
    for (uint32_t i = 0; i < m->line_count; i++) {
        struct ut__sip_line *l = &m->lines[i];
        struct ut__port_line next = l->line;
        if (i < before->count && !l->is_new && is_same(&before->line[i].line, &next))
            continue;
        if (!l->is_new) {
            next.fd = -1;
            next.srtp_goes_on = i < before->count && is_same_key(&before->line[i].line, &next);
        }
        if (ut__port_set_line(port, call, i, &next) == 0)
            l->is_new = 0;
        else if (l->is_new)
            break; /* Lines have no gaps in their numbers. */
    }
    ut__port_update(port, call, info, ut__sip_media_on_hold(m));
}
