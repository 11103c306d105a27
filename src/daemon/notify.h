/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_NOTIFY_H
#define UT_DAEMON_NOTIFY_H

#include <stdint.h>

/**
 * Tells the service manager, as systemd's sd_notify does: "READY=1", "STOPPING=1", "RELOADING=1",
 * "STATUS=...". Does nothing where $NOTIFY_SOCKET is not set. Any thread.
 */
void ut__notify(const char *state);

/** How often the manager wants to hear "WATCHDOG=1", in ms, halved; 0: not at all. */
uint64_t ut__notify_watchdog_ms(void);

/**
 * The listening socket for `address` ("127.0.0.1:8080") that the manager has opened for us and keeps open
 * while we restart (sd_listen_fds). The caller closes it. Returns -1 when there is none.
 */
int ut__notify_socket(const char *address);

#endif
