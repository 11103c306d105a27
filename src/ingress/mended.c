/* SPDX-License-Identifier: MIT */
/*
 * A WAV file whose header says too little of it, read to its end.
 *
 * A recorder writes the size of the samples when it closes the file. One that died, or that still
 * writes, leaves 0 there, or what it had written some time ago; libsndfile believes that. The file is
 * given to libsndfile through its virtual I/O with the size that is there in place of the other.
 */

#define _POSIX_C_SOURCE 200809L /* pread. */

#include "ingress/mended.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SIZE_BYTES = 4, CHUNK_BYTES = 8 };

/* Four letters and a size that fits: the samples end here, and another chunk follows. */
static int is_chunk(int fd, uint64_t at, uint64_t size_bytes)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ -";
    char id[SIZE_BYTES + 1] = "";
    uint8_t size[SIZE_BYTES];
    if (size_bytes - at < CHUNK_BYTES)
        return 1; /* Some bytes of filling. */
    if (pread(fd, id, SIZE_BYTES, (off_t)at) != SIZE_BYTES ||
        pread(fd, size, SIZE_BYTES, (off_t)(at + SIZE_BYTES)) != SIZE_BYTES)
        return 1;
    uint64_t len =
        (uint64_t)size[3] << 24 | (uint64_t)size[2] << 16 | (uint64_t)size[1] << 8 | size[0];
    return strspn(id, letters) == SIZE_BYTES && len <= size_bytes - at - CHUNK_BYTES;
}

int ut__mended_wants(int fd, const struct ut__sound_head *head, uint64_t size_bytes)
{
    uint64_t end = head->data_at + head->data_bytes;
    if (head->kind != UT__SOUND_WAV || head->is_big_endian || !head->data_at || head->is_open ||
        size_bytes <= end + CHUNK_BYTES)
        return 0;
    return !is_chunk(fd, end, size_bytes) && !is_chunk(fd, end + (end & 1), size_bytes);
}

static sf_count_t get_length(void *arg)
{
    const struct ut__mended *m = arg;
    return (sf_count_t)m->size_bytes;
}

static sf_count_t seek(sf_count_t offset, int whence, void *arg)
{
    struct ut__mended *m = arg;
    sf_count_t from = whence == SEEK_SET   ? 0
                      : whence == SEEK_CUR ? (sf_count_t)m->at
                                           : (sf_count_t)m->size_bytes;
    if (from + offset < 0)
        return -1;
    m->at = (uint64_t)(from + offset);
    return from + offset;
}

static sf_count_t read_bytes(void *to, sf_count_t n, void *arg)
{
    struct ut__mended *m = arg;
    ssize_t got = pread(m->fd, to, (size_t)n, (off_t)m->at);
    if (got <= 0)
        return 0;
    for (uint64_t i = 0; i < SIZE_BYTES; i++)
        if (m->field_at + i >= m->at && m->field_at + i - m->at < (uint64_t)got)
            ((uint8_t *)to)[m->field_at + i - m->at] = (uint8_t)(m->value >> 8 * i);
    m->at += (uint64_t)got;
    return got;
}

static sf_count_t write_bytes(const void *from, sf_count_t n, void *arg)
{
    (void)from;
    (void)n;
    (void)arg;
    return 0;
}

static sf_count_t tell(void *arg)
{
    const struct ut__mended *m = arg;
    return (sf_count_t)m->at;
}

SNDFILE *ut__mended_open(struct ut__mended *m, int fd, const struct ut__sound_head *head,
                         uint64_t size_bytes, SF_INFO *info)
{
    static SF_VIRTUAL_IO io = {get_length, seek, read_bytes, write_bytes, tell};
    uint64_t there = size_bytes - head->data_at;
    *m = (struct ut__mended){.fd = fd,
                             .size_bytes = size_bytes,
                             .field_at = head->data_at - SIZE_BYTES,
                             .value = there < UINT32_MAX ? (uint32_t)there : UINT32_MAX};
    return sf_open_virtual(&io, SFM_READ, info, m);
}
