/* SPDX-License-Identifier: MIT */
/* Which devices there are, and which one is meant. */

#define _GNU_SOURCE /* strcasestr, O_CLOEXEC. */

#include "ingress/portaudio/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <portaudio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

int ut__portaudio_hush(void)
{
    (void)fflush(stderr);
    int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (saved >= 0 && null >= 0)
        (void)dup2(null, STDERR_FILENO);
    if (null >= 0)
        close(null);
    return saved;
}

void ut__portaudio_unhush(int saved)
{
    if (saved < 0)
        return;
    (void)dup2(saved, STDERR_FILENO);
    close(saved);
}

int ut__portaudio_begin(void)
{
    int saved = ut__portaudio_hush();
    PaError err = Pa_Initialize();
    ut__portaudio_unhush(saved);
    return err == paNoError ? 0 : UT_EIO;
}

void ut__portaudio_end(void)
{
    int saved = ut__portaudio_hush();
    (void)Pa_Terminate();
    ut__portaudio_unhush(saved);
}

int ut__portaudio_list(struct ut__capture_device *devices, size_t cap)
{
    int count = 0;
    for (int i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
        if (!info || info->maxInputChannels <= 0)
            continue;
        if ((size_t)count < cap) {
            struct ut__capture_device *d = &devices[count];
            const PaHostApiInfo *api = Pa_GetHostApiInfo(info->hostApi);
            *d = (struct ut__capture_device){.number = i,
                                             .channels = (uint32_t)info->maxInputChannels,
                                             .rate_hz = (uint32_t)info->defaultSampleRate,
                                             .is_default = i == Pa_GetDefaultInputDevice()};
            (void)snprintf(d->name, sizeof d->name, "%s", info->name);
            (void)snprintf(d->api, sizeof d->api, "%s", api ? api->name : "");
        }
        count++;
    }
    return count;
}

int ut__capture_list(struct ut__capture_device *devices, size_t cap)
{
    if (ut__portaudio_begin())
        return UT_EIO;
    int count = ut__portaudio_list(devices, cap);
    ut__portaudio_end();
    return count;
}

static int by_number(const struct ut__capture_device *devices, size_t count, const char *wanted)
{
    char *end;
    errno = 0;
    long number = strtol(wanted, &end, 10);
    if (errno || *end || end == wanted)
        return UT_EINVAL;
    for (size_t i = 0; i < count; i++)
        if (devices[i].number == number)
            return (int)i;
    return UT_EINVAL;
}

int ut__portaudio_choose(const struct ut__capture_device *devices, size_t count, const char *wanted,
                         char *why)
{
    int found = by_number(devices, count, wanted), matches = 0;
    if (found >= 0)
        return found;
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(devices[i].name, wanted) == 0)
            return (int)i;
    size_t len = 0;
    for (size_t i = 0; wanted[0] && i < count; i++) {
        if (!strcasestr(devices[i].name, wanted))
            continue;
        if (matches++ == 0)
            found = (int)i;
        if (len < UT__CAPTURE_WHY_MAX - 200)
            len += (size_t)snprintf(why + len, UT__CAPTURE_WHY_MAX - len, "%s%d (%.60s)",
                                    len ? ", " : "", devices[i].number, devices[i].name);
    }
    if (matches == 1)
        return found;
    if (matches > 1)
        (void)snprintf(why + len, UT__CAPTURE_WHY_MAX - len,
                       " all match '%.40s'; give the number, or more of the name", wanted);
    else
        (void)snprintf(why, UT__CAPTURE_WHY_MAX,
                       "there is no device '%.60s' to take sound from; undertone devices lists "
                       "them",
                       wanted);
    return UT_EINVAL;
}
