/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_RING_H
#define UT_BASE_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/*
 * Single-producer single-consumer ring of fixed items, lock-free on C11 atomics.
 *
 * One thread writes, one thread reads; which ones may change when something else orders them (a
 * join, another ring). Full means: the writer is told and drops or waits, as it sees fit. After
 * L. Lamport (1977), "Proving the correctness of multiprocess programs", with acquire and release
 * in place of sequential consistency.
 */
struct ut__ring {
    _Alignas(64) _Atomic uint32_t head; /* Items ever written, modulo 2^32; the writer's. */
    uint32_t tail_seen;                 /* The writer's copy of tail: saves cache traffic. */
    _Alignas(64) _Atomic uint32_t tail; /* Items ever read; the reader's. */
    uint32_t head_seen;
    _Alignas(64) uint32_t mask;
    uint32_t item_bytes;
    uint8_t *mem;
};

enum { UT__RING_ITEMS_MAX = 1 << 24 };

/**
 * Starts a ring in the caller's memory.
 *
 * mem: [items * item_bytes], owned by the caller and kept while the ring is used.
 * items: a power of two, 2..UT__RING_ITEMS_MAX. Returns 0 or UT_EINVAL. Before any thread uses it.
 */
int ut__ring_init(struct ut__ring *ring, void *mem, size_t item_bytes, size_t items) UT_MUST_CHECK;

/** Writer: copies up to n items in; returns how many fitted. No lock, no system call. */
size_t ut__ring_write(struct ut__ring *ring, const void *items, size_t n);

/** Writer: all n items or none; returns 1 or 0. */
int ut__ring_write_all(struct ut__ring *ring, const void *items, size_t n);

/** Reader: copies up to n items out; returns how many there were. */
size_t ut__ring_read(struct ut__ring *ring, void *items, size_t n);

/** Reader: copies up to n items out and leaves them; returns how many there were. */
size_t ut__ring_peek(struct ut__ring *ring, void *items, size_t n);

/** Reader: drops up to n items; returns how many there were. */
size_t ut__ring_skip(struct ut__ring *ring, size_t n);

/** Items that wait; exact for the reader, an upper bound for the writer. Either thread. */
size_t ut__ring_used(const struct ut__ring *ring);

/** Items that fit; exact for the writer, a lower bound for the reader. Either thread. */
size_t ut__ring_free(const struct ut__ring *ring);

#endif
