/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a file of lines, in each format: every line lies within the file's memory, its text
 * ends with a NUL where it says, and no control character comes out.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transcript/transcript.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void take_line(void *ctx, const struct ut__line *line)
{
    (void)ctx;
    if (line->len == 0 || strlen(line->text) != line->len || !line->name || !line->language ||
        !line->conversation || line->t_s != line->t_s)
        abort();
    for (const char *p = line->text; *p; p++)
        if (((unsigned char)*p < 0x20 && *p != '\t' && *p != '\n') || *p == 0x7f)
            abort();
}

static void take_fault(void *ctx, unsigned row, const char *text)
{
    (void)row;
    if (!text || !*text)
        abort();
    ++*(unsigned *)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    for (int f = 0; f < UT__TRANSCRIPT_FORMATS; f++) {
        char *bytes = malloc(len + 1);
        unsigned faults = 0;
        if (!bytes)
            return 0;
        if (len)
            memcpy(bytes, data, len);
        bytes[len] = '\0';
        (void)ut__transcript_guess("-", bytes, len);
        const struct ut__transcript_sink sink = {
            .line = take_line, .fault = take_fault, .fault_ctx = &faults};
        int told = ut__transcript_read((enum ut__transcript_format)f, bytes, len, &sink);
        if (told >= 0 && (unsigned)told != faults)
            abort();
        free(bytes);
    }
    return 0;
}
