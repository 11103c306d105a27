/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_GROW_H
#define UT_BASE_GROW_H

#include <stdlib.h>

/**
 * Room for one more element of `size` bytes in an array of `have`, with room for *room; doubles. Returns
 * the array, moved or not, or NULL with the old one untouched. Off the frame path: it allocates.
 */
static inline void *ut__grow(void *array, size_t have, size_t *room, size_t size)
{
    if (have < *room)
        return array;
    size_t more = *room ? 2 * *room : 64;
    void *bigger = realloc(array, more * size);
    if (bigger)
        *room = more;
    return bigger;
}

#endif
