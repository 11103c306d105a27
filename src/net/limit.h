/* SPDX-License-Identifier: MIT */
#ifndef UT_NET_LIMIT_H
#define UT_NET_LIMIT_H

#include <stdint.h>

enum {
    UT__LIMIT_PEERS = 256,
    UT__LIMIT_TRIES = 5,
    UT__LIMIT_WINDOW_MS = 60000,
    UT__LIMIT_NAME_MAX = 48
};

/*
 * Wrong secrets by address: after so many within a window that address waits for its end, so that
 * nobody guesses by the thousand. When more addresses fail than fit, the oldest is forgotten.
 */
struct ut__limit {
    int tries;         /* 0: UT__LIMIT_TRIES. */
    int64_t window_ms; /* 0: UT__LIMIT_WINDOW_MS. */
    struct {
        char peer[UT__LIMIT_NAME_MAX];
        int64_t first_ms;
        int tries;
    } seen[UT__LIMIT_PEERS];
};

/**
 * What an address counts as, with or without a port: of IPv6 its /64, for whoever has one address there has
 * 2^64 of them.
 */
void ut__limit_name(char out[UT__LIMIT_NAME_MAX], const char *peer);

/**
 * May this address try? peer: with or without a port. now_ms: steady clock.
 * Returns 0, or the seconds to wait.
 */
int ut__limit_wait_s(struct ut__limit *l, const char *peer, int64_t now_ms);

/** It has tried a wrong token. */
void ut__limit_failed(struct ut__limit *l, const char *peer, int64_t now_ms);

#endif
