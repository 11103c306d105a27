/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_PARTIES_H
#define UT_INGRESS_SIP_PARTIES_H

#include "ingress/sip/dialog.h"

/*
 * Who is on which line of a SIP call: what metadata and headers tell, and what the operator's rules
 * make of it. Hub thread.
 */

/**
 * Takes what a request's headers tell of the parties: X-Cisco-Recording-Participant of CUBE, and
 * x-nearend or x-farend of CUCM's built-in bridge in From. Returns 0 or UT_ENOMEM.
 */
int ut__sip_parties_read(struct ut__sip_dialog *d, const struct sip_msg *msg) UT_MUST_CHECK;

/** 1 when the headers tell anything of the parties. */
int ut__sip_parties_told(const struct sip_msg *msg);

/**
 * Gives each line its role and fills in names for the supervisor; says who there is when nobody is
 * the caller. Returns 1 when that is because every line holds several people.
 */
int ut__sip_parties_assign(struct ut__sip_dialog *d, const struct sip_msg *msg);

#endif
