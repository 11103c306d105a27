/* SPDX-License-Identifier: MIT */
/* A WebSocket's bytes, whole and one by one: the same messages must come out. */

#include <stdlib.h>
#include <string.h>

#include "net/ws_frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MESSAGE_MAX = 4096 };

struct heard {
    size_t messages, bytes, sum;
};

static void on_message(int kind, const uint8_t *data, size_t len, void *arg)
{
    struct heard *h = arg;
    if ((kind != 1 && kind != 2) || len > MESSAGE_MAX)
        abort();
    h->messages++;
    h->bytes += len;
    for (size_t i = 0; i < len; i++)
        h->sum = h->sum * 31 + data[i];
}

static int on_send(const uint8_t *buf, size_t len, void *arg)
{
    (void)buf;
    (void)arg;
    return len == 0; /* A frame has a head at least. */
}

static struct heard run(const uint8_t *data, size_t len, size_t step)
{
    struct heard h = {0};
    const struct ut__ws_frames_handlers handlers = {on_message, on_send, &h};
    struct ut__ws_frames *f;
    if (ut__ws_frames_create(&f, MESSAGE_MAX, &handlers))
        return h;
    int over = 0;
    for (size_t i = 0; i < len && !over; i += step)
        over = ut__ws_frames_push(f, data + i, step < len - i ? step : len - i);
    (void)ut__ws_frames_send(f, 1, "after", 5);
    ut__ws_frames_close(f, 1000, "over");
    (void)ut__ws_frames_code(f);
    ut__ws_frames_destroy(f);
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len > 16384)
        return 0;
    struct heard whole = run(data, len, len ? len : 1);
    struct heard pieces = run(data, len, 1);
    if (whole.messages != pieces.messages || whole.bytes != pieces.bytes || whole.sum != pieces.sum)
        abort();
    return 0;
}
