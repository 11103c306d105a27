/* SPDX-License-Identifier: MIT */
#ifndef UT_NET_RE_H
#define UT_NET_RE_H

/* libre's one header, after what it takes for granted. Include this, never <re/re.h> itself. */

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <re/re.h>

#endif
