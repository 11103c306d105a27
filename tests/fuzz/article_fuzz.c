/* SPDX-License-Identifier: MIT */
/* Any bytes as an article of each kind: passages are not empty, not too long, without controls. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transcript/article.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void take(void *arg, const char *text)
{
    size_t n = strlen(text);
    if (n == 0 || n > UT__PASSAGE_BYTES)
        abort();
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20)
            abort();
    ++*(int *)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    for (int kind = UT__ARTICLE_PLAIN; kind <= UT__ARTICLE_HTML; kind++) {
        char title[UT__ARTICLE_TITLE_MAX], *bytes = malloc(len + 1);
        int told = 0;
        if (!bytes)
            return 0;
        if (len)
            memcpy(bytes, data, len);
        bytes[len] = '\0';
        int n = ut__article_read(title, (enum ut__article_kind)kind, bytes, len, take, &told);
        if (strlen(title) >= sizeof title || (n >= 0 && n != told))
            abort();
        free(bytes);
    }
    return 0;
}
