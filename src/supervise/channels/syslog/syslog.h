/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_SYSLOG_SYSLOG_H
#define UT_SUPERVISE_CHANNELS_SYSLOG_SYSLOG_H

#include <undertone/error.h>

#include "supervise/channels/channel.h"

extern const struct ut__channel_kind ut__syslog_kind;

/**
 * where: "udp://host:514", "tcp://host:601" or "unix:///dev/log". node: copied. why: a sentence and
 * a remedy on failure. Returns 0, UT_EINVAL or UT_ENOMEM.
 */
int ut__syslog_create(void **out, const char *where, const char *node, char *why,
                      size_t cap) UT_MUST_CHECK;

#endif
