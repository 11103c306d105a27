/* SPDX-License-Identifier: MIT */
/* Any bytes as a message with lines: what is told lies in it, and a refusal says why. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingress/transcript/line_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void take(void *arg, const struct ut__feed_line *l)
{
    if (strlen(l->line.text) != l->line.len || !l->id || !l->line.name || !l->line.conversation ||
        !(l->line.t_s >= 0 || l->line.t_s == -1) || (l->line.len == 0 && !l->ends))
        abort();
    ++*(int *)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    int lines = 0;
    const char *why = NULL;
    char *body = malloc(len + 1);
    if (!body)
        return 0;
    if (len)
        memcpy(body, data, len);
    const struct ut__transcript_feed feed = {
        .who = "caller", .language = "", .line = take, .arg = &lines};
    int n = ut__feed_read(&feed, body, len, &why);
    if (n >= 0 ? n != lines : !why)
        abort();
    free(body);
    return 0;
}
