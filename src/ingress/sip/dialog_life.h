/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_DIALOG_LIFE_H
#define UT_INGRESS_SIP_DIALOG_LIFE_H

#include "ingress/sip/dialog.h"

/* A dialog's waits and its end. Hub thread. */

/** The dialog is over on the wire; what is left of it goes, its call with it. */
void ut__sip_dialog_finish(struct ut__sip_dialog *d, const char *reason);

/** Repeats a 200 until its ACK comes, for 32 s (RFC 3261, section 13.3.1.4). Takes the answer. */
void ut__sip_expect_ack(struct ut__sip_dialog *d, const struct sip_msg *msg, struct mbuf *answer);

/** What the request says of session timers; 0, or the status of a refusal. */
uint16_t ut__sip_session_read(struct ut__sip_dialog *d, const struct sip_msg *msg);

/** Begins the session's time anew, or ends it where there is none. */
void ut__sip_session_start(struct ut__sip_dialog *d);

#endif
