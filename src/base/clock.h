/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_CLOCK_H
#define UT_BASE_CLOCK_H

#include <stdint.h>

/* Clocks, for the edges alone: the middle is given its time. Any thread. */

/** Microseconds that never step back; their zero means nothing. */
int64_t ut__clock_mono_us(void);

/** Microseconds since 1970 (Unix time). It steps when somebody sets it. */
int64_t ut__clock_wall_us(void);
/** The same in milliseconds. */
int64_t ut__wall_ms(void);

/** Microseconds of CPU that the calling thread has used. */
int64_t ut__clock_thread_cpu_us(void);

#endif
