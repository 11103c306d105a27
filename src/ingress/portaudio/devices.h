/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PORTAUDIO_DEVICES_H
#define UT_INGRESS_PORTAUDIO_DEVICES_H

#include "ingress/portaudio/capture.h"

/* Inside this folder. */

/** Starts PortAudio without what ALSA and JACK write to standard error. 0 or UT_EIO. */
int ut__portaudio_begin(void);
void ut__portaudio_end(void);

/** The devices of a started PortAudio; as ut__capture_list. */
int ut__portaudio_list(struct ut__capture_device *devices, size_t cap);

/**
 * Chooses by number, by whole name, or by part of a name. Pure. Returns the index in devices, or
 * UT_EINVAL with *why set.
 */
int ut__portaudio_choose(const struct ut__capture_device *devices, size_t count, const char *wanted,
                         char *why);

/** Takes standard error away and gives it back: what libraries print there is no use to anybody. */
int ut__portaudio_hush(void);
void ut__portaudio_unhush(int saved);

#endif
