/* SPDX-License-Identifier: MIT */
/* The head of an HTTP request: where it ends must not depend on how it is cut. */

#include <stdlib.h>
#include <string.h>

#include "net/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t scanned = 0;
    size_t end = ut__http_head_end(data, len, &scanned);
    scanned = 0;
    size_t by_bytes = 0;
    for (size_t n = 0; n <= len && !by_bytes; n++)
        by_bytes = ut__http_head_end(data, n, &scanned);
    if (end != by_bytes || end > len)
        abort();
    struct ut__http_head *head = NULL;
    int status = ut__http_head_parse(&head, data, end ? end : len);
    if (status)
        return 0;
    if (!head || head->target[0] != '/' || head->count > UT__HTTP_HEADERS_MAX)
        abort();
    for (size_t i = 0; i < head->count; i++)
        if (ut__http_head_get(head, head->headers[i].name) != head->headers[i].value)
            abort();
    (void)ut__http_has_token(ut__http_head_get(head, "Connection"), "upgrade");
    free(head);
    return 0;
}
