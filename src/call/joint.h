/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_JOINT_H
#define UT_CALL_JOINT_H

#include "call/call_state.h"

#define UT__NOBODY_DBFS (-120.0f) /* Where there is no channel, or it has ended. */

/** Looks at all frames that every channel heard has reached. */
void ut__call_join(struct ut_call *call);

/** An alert is about one caller: it does not outlast their being known. */
void ut__call_forget_alert(struct ut_call *call);

#endif
