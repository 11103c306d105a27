/* SPDX-License-Identifier: MIT */
/* Recording metadata: the input twice, so that a partial document meets what is known. */

#include <stdlib.h>
#include <string.h>

#include "ingress/sip/rs_metadata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut__rs_metadata *md = calloc(1, sizeof *md);
    if (!md)
        return 0;
    for (int i = 0; i < 2; i++) {
        int err = ut__rs_metadata_parse(md, (const char *)data, len);
        if (md->participant_count > UT__RS_MAX || md->stream_count > UT__RS_MAX)
            abort();
        for (size_t k = 0; !err && k < md->stream_count; k++) {
            const struct ut__rs_stream *s = &md->streams[k];
            if (!memchr(s->label, 0, sizeof s->label) || s->senders >> md->participant_count)
                abort();
            (void)ut__rs_sender(md, ut__rs_stream_of(md, s->label, 0));
        }
    }
    free(md);
    return 0;
}
