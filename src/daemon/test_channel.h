/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_TEST_CHANNEL_H
#define UT_DAEMON_TEST_CHANNEL_H

#include "daemon/config.h"

/**
 * Sends one test alert by a way out of the configuration and prints what became of it. name: as
 * /api/v1/channels tells it, or a kind's of which there is one. Opens no record and no port; a daemon
 * may run beside it. Returns enum ut__exit: done, failed, or usage for a channel that is not there.
 */
int ut__test_channel(const struct ut__serve_config *cfg, const char *name);

#endif
