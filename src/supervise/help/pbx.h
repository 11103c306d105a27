/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_HELP_PBX_H
#define UT_SUPERVISE_HELP_PBX_H

#include "contract/help.h"

/*
 * One act over a TCP connection of its own, signed in by the secret; each waits, in a thread of its
 * own, and is over within the act's time.
 */

/**
 * Asterisk's manager interface. Login by challenge (AuthType MD5), so that the secret is not sent. An
 * Originate without Async is answered when it has rung and been taken, or not.
 */
ut__help_fn ut__help_ami;

/** FreeSWITCH's event socket; its password goes as it is: for this machine or a tunnel. */
ut__help_fn ut__help_esl;

#endif
