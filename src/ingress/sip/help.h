/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_HELP_H
#define UT_INGRESS_SIP_HELP_H

#include "contract/help.h"

/*
 * Help for a call by one request outside a dialog: MESSAGE to a phone (RFC 3428), or REFER, which has a
 * phone call an address (RFC 3515, without the subscription, RFC 4488). Hub thread.
 */

struct ut__sip;

enum { UT__SIP_HELPS_MAX = 64 };

/** `ask` of a struct ut__help_door; sip: struct ut__sip. */
int ut__sip_help(void *sip, const struct ut__help_act *act, ut__help_done *done, void *arg);

/** Gives up all that has no answer yet: done is called for each. */
void ut__sip_help_stop(struct ut__sip *sip);

#endif
