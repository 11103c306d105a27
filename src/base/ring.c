/* SPDX-License-Identifier: MIT */
/* Single-producer single-consumer ring. */

#include "base/ring.h"

#include <string.h>

int ut__ring_init(struct ut__ring *ring, void *mem, size_t item_bytes, size_t items)
{
    if (!mem || item_bytes == 0 || item_bytes > UINT32_MAX || items < 2 ||
        items > UT__RING_ITEMS_MAX || (items & (items - 1)) != 0)
        return UT_EINVAL;
    *ring = (struct ut__ring){
        .mask = (uint32_t)items - 1, .item_bytes = (uint32_t)item_bytes, .mem = mem};
    return 0;
}

/* Copies n items in at the running number `at`: two regions where they wrap. */
static void copy_in(struct ut__ring *ring, uint32_t at, const uint8_t *items, uint32_t n)
{
    size_t bytes = ring->item_bytes;
    uint32_t first = at & ring->mask;
    uint32_t run = ring->mask + 1 - first;
    if (run > n)
        run = n;
    memcpy(ring->mem + first * bytes, items, run * bytes);
    memcpy(ring->mem, items + run * bytes, (n - run) * bytes);
}

static void copy_out(const struct ut__ring *ring, uint32_t at, uint8_t *items, uint32_t n)
{
    size_t bytes = ring->item_bytes;
    uint32_t first = at & ring->mask;
    uint32_t run = ring->mask + 1 - first;
    if (run > n)
        run = n;
    memcpy(items, ring->mem + first * bytes, run * bytes);
    memcpy(items + run * bytes, ring->mem, (n - run) * bytes);
}

/* Room for the writer; looks at the reader's counter only when its copy says too little. */
static uint32_t room(struct ut__ring *ring, uint32_t head, size_t want)
{
    uint32_t size = ring->mask + 1;
    uint32_t left = size - (head - ring->tail_seen);
    if (left < want) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        left = size - (head - ring->tail_seen);
    }
    return left;
}

static uint32_t waiting(struct ut__ring *ring, uint32_t tail, size_t want)
{
    uint32_t there = ring->head_seen - tail;
    if (there < want) {
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        there = ring->head_seen - tail;
    }
    return there;
}

size_t ut__ring_write(struct ut__ring *ring, const void *items, size_t n)
{
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint32_t left = room(ring, head, n);
    uint32_t take = n < left ? (uint32_t)n : left;
    copy_in(ring, head, items, take);
    atomic_store_explicit(&ring->head, head + take, memory_order_release);
    return take;
}

int ut__ring_write_all(struct ut__ring *ring, const void *items, size_t n)
{
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (room(ring, head, n) < n)
        return 0;
    copy_in(ring, head, items, (uint32_t)n);
    atomic_store_explicit(&ring->head, head + (uint32_t)n, memory_order_release);
    return 1;
}

size_t ut__ring_peek(struct ut__ring *ring, void *items, size_t n)
{
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    uint32_t there = waiting(ring, tail, n);
    uint32_t give = n < there ? (uint32_t)n : there;
    copy_out(ring, tail, items, give);
    return give;
}

size_t ut__ring_skip(struct ut__ring *ring, size_t n)
{
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    uint32_t there = waiting(ring, tail, n);
    uint32_t give = n < there ? (uint32_t)n : there;
    atomic_store_explicit(&ring->tail, tail + give, memory_order_release);
    return give;
}

size_t ut__ring_read(struct ut__ring *ring, void *items, size_t n)
{
    return ut__ring_skip(ring, ut__ring_peek(ring, items, n));
}

size_t ut__ring_used(const struct ut__ring *ring)
{
    /* The tail first: read after the head it could be ahead of it. */
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    uint32_t used = atomic_load_explicit(&ring->head, memory_order_acquire) - tail;
    return used <= ring->mask + 1 ? used : ring->mask + 1;
}

size_t ut__ring_free(const struct ut__ring *ring)
{
    return ring->mask + 1 - ut__ring_used(ring);
}
