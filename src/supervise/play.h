/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_PLAY_H
#define UT_SUPERVISE_PLAY_H

/*
 * The operator's recordings, piece by piece: read in a thread of its own, since they may lie on a
 * disk that is slow or away, and handed to the hub. Nothing of them is kept.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

enum {
    UT__PLAY_PATH_MAX = 4096,
    UT__PLAY_PIECE = 1 << 20, /* Bytes of an answer at most: players ask for the next. */
    UT__PLAYS_MAX = 32        /* Requests that wait. */
};

struct ut__hand;
struct ut__play;

/* What is asked for and what came of it. Freed by who made it, after `done` or `drop`. */
struct ut__piece {
    char path[2][UT__PLAY_PATH_MAX]; /* The first that is there; "": none. */
    char range[64];                  /* The Range header; "" without. */
    int status;                      /* 200, 206, 404, 413 or 416. */
    const char *type;
    int64_t from, to, size; /* [from, to) of size bytes. */
    uint8_t *bytes;
    void *arg;
    struct ut__piece *next;
};

/**
 * Checks a template of paths or addresses. media: [cap] receives the origin of an address, "" of a
 * path. Returns 0, or UT_EINVAL with the sentence in why. Any thread.
 */
int ut__play_check(const char *template, char *media, size_t cap, char *why,
                   size_t why_cap) UT_MUST_CHECK;

/**
 * Reads "bytes=0-99", "bytes=100-", "bytes=-100" of a file of size bytes, size > 0: [*from, *to), a piece of it at most.
 * Returns 206; 200 for what is no such range; 416 for one that lies beyond. Pure.
 */
int ut__play_range(const char *text, int64_t size, int64_t *from, int64_t *to);

/**
 * Begins. template: of paths, checked; files are served from below the folder that it begins with and from nowhere else.
 * hand: by which done(hub, piece) comes. Hub thread. Returns 0 or an error.
 */
int ut__play_create(struct ut__play **out, const char *template, struct ut__hand *hand,
                    void (*done)(void *arg, void *piece), void (*drop)(void *arg, void *piece),
                    void *arg) UT_MUST_CHECK;
/** Waits for the piece that is being read; the others are dropped. NULL is fine. */
void ut__play_destroy(struct ut__play *play);

/** Asks for a piece, which is taken. Returns 0; UT_ETOOBIG when too many wait: it is not taken. */
int ut__play_ask(struct ut__play *play, struct ut__piece *piece) UT_MUST_CHECK;

#endif
