/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_SYSLOG_SYSLOG_TEXT_H
#define UT_SUPERVISE_CHANNELS_SYSLOG_SYSLOG_TEXT_H

#include "base/text.h"

/**
 * Writes a notice of the outbox as one line of RFC 5424, without framing.
 *
 * notice: {"key","time_ms","node","action","by","alert":{...}}. host: HOSTNAME. pid: PROCID.
 * Facility local0; raised is a warning, escalated an error, all else a notice. Structured data are
 * under undertone@32473, the number that RFC 5612 keeps for examples, since there is none of ours.
 * Returns 0, UT_EMALFORMED or UT_ENOMEM. Any thread.
 */
int ut__syslog_line(const char *notice, const char *host, long pid, struct ut__text *out);

#endif
