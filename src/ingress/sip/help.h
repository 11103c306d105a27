/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_HELP_H
#define UT_INGRESS_SIP_HELP_H

#include "contract/help.h"

/*
 * Help for a call, asked of a phone: MESSAGE (RFC 3428); REFER outside a dialog, which has the phone
 * call an address (RFC 3515, without the subscription, RFC 4488); or INVITE: the phone is called, and
 * once somebody has taken it, referred to the address within that call, as phones transfer. The address
 * may hold the headers of the phone's request: `?Replaces=` takes over a dialog (RFC 3891). Hub thread.
 */

struct sip_msg;
struct ut__sip;

enum { UT__SIP_HELPS_MAX = 64 };

/** `ask` of a struct ut__help_door; sip: struct ut__sip. */
int ut__sip_help(void *sip, const struct ut__help_act *act, ut__help_done *done, void *arg);

/** 1 for a message within a call of ours. */
int ut__sip_help_has(const struct ut__sip *sip, const struct sip_msg *msg);

/** Gives up all that has no answer yet: done is called for each. */
void ut__sip_help_stop(struct ut__sip *sip);

#endif
