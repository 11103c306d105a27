/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_NOTIFY_H
#define UT_DAEMON_NOTIFY_H

/**
 * Tells the service manager, as systemd's sd_notify does: "READY=1", "STOPPING=1", "RELOADING=1",
 * "STATUS=...". Does nothing where $NOTIFY_SOCKET is not set. Any thread.
 */
void ut__notify(const char *state);

#endif
