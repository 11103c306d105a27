/* SPDX-License-Identifier: MIT */
/* Clocks. */

#define _POSIX_C_SOURCE 200809L

#include "base/clock.h"

#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec ts = {0};
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t ut__clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t ut__clock_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t ut__wall_ms(void)
{
    return ut__clock_wall_us() / 1000;
}

int64_t ut__clock_thread_cpu_us(void)
{
    return read_us(CLOCK_THREAD_CPUTIME_ID);
}
