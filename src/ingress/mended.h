/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_MENDED_H
#define UT_INGRESS_MENDED_H

#include <sndfile.h>
#include <stdint.h>

#include "ingress/sound_head.h"

/* A file as libsndfile shall see it. It outlives the SNDFILE that ut__mended_open gives. */
struct ut__mended {
    int fd;
    uint64_t size_bytes, at;
    uint64_t field_at; /* Where the size of the samples stands, */
    uint32_t value;    /* and what it should be. */
};

/**
 * 1 when the header of a WAV file says less than is there, and no other chunk follows what it says.
 * fd: a regular file of size_bytes.
 */
int ut__mended_wants(int fd, const struct ut__sound_head *head, uint64_t size_bytes);

/** Opens it with the size that is there. fd: stays the caller's. Returns NULL as sf_open_fd does. */
SNDFILE *ut__mended_open(struct ut__mended *m, int fd, const struct ut__sound_head *head,
                         uint64_t size_bytes, SF_INFO *info);

#endif
