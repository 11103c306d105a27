/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PORTAUDIO_CAPTURE_H
#define UT_INGRESS_PORTAUDIO_CAPTURE_H

/*
 * Sound devices of this machine, through PortAudio: a headset, or what a softphone plays.
 *
 *     device -> callback (copies into a ring, no more) -> ring -> ut__capture_read -> the reader
 *
 * One thread opens, reads and closes; the callback runs on PortAudio's. Nothing is stored.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/call.h>

enum {
    UT__CAPTURE_BLOCK = 240, /* Samples of a block at most. */
    UT__CAPTURE_NAME_MAX = 128,
    UT__CAPTURE_WHY_MAX = 512,
    UT__CAPTURE_DEVICES_MAX = 256
};

/* A device that sound can be taken from. */
struct ut__capture_device {
    int number; /* As PortAudio counts; may change when devices come and go. */
    char name[UT__CAPTURE_NAME_MAX];
    char api[32]; /* "ALSA" */
    uint32_t channels;
    uint32_t rate_hz; /* Its own. */
    int is_default;
};

/* What to open for one role. */
struct ut__capture_want {
    const char *device; /* A number, or part of a name, any case; NULL: nothing. */
    uint32_t channel;   /* From 1; 0: 1. */
    uint32_t rate_hz;   /* 0: the device's own, as far as a call takes it. */
};

struct ut__capture_block {
    const float *pcm; /* [n], -1..1, valid until the next read. */
    size_t n;
    uint32_t lost; /* Samples that were lost right before it. */
    int damaged;   /* The device says that it lost sound, and not how much. */
};

struct ut__capture;

/**
 * Lists the devices that take sound in. devices: [cap]. Returns how many there are, which may be
 * more than cap; UT_EIO when PortAudio does not start. Not while a capture is open.
 */
int ut__capture_list(struct ut__capture_device *devices, size_t cap);

/**
 * Opens what is wanted of each role and starts it. why: [UT__CAPTURE_WHY_MAX] gets a sentence with
 * the remedy on failure.
 * Returns 0; UT_EINVAL when a device is not there, or its name is not unique; UT_EIO when it cannot
 * be opened now (busy, gone); UT_ENOMEM.
 */
int ut__capture_open(struct ut__capture **out, const struct ut__capture_want want[UT_ROLE_COUNT],
                     char *why) UT_MUST_CHECK;

/** Stops and closes; NULL is fine. */
void ut__capture_close(struct ut__capture *c);

/** The rate of a role's samples, 0 when it has none; and the device's name. */
uint32_t ut__capture_rate(const struct ut__capture *c, enum ut_role role);
const char *ut__capture_name(const struct ut__capture *c, enum ut_role role);

/** The next block of a role: 1, or 0 when none waits. No lock, no system call. */
int ut__capture_read(struct ut__capture *c, enum ut_role role, struct ut__capture_block *block);

/**
 * 0 once a device has stopped, or has given nothing for UT__CAPTURE_SILENT_US (UT__CAPTURE_FIRST_US
 * after it was opened: an idle sink of PulseAudio ends a block of 2 s first). now_us: any clock.
 */
int ut__capture_alive(struct ut__capture *c, int64_t now_us);
enum { UT__CAPTURE_SILENT_US = 2000000, UT__CAPTURE_FIRST_US = 5000000 };

/** How often sound was lost so far: device over-runs, and blocks that the ring had no room for. */
uint64_t ut__capture_overruns(const struct ut__capture *c);

#endif
