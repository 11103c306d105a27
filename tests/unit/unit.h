/* SPDX-License-Identifier: MIT */
#ifndef UT_TESTS_UNIT_H
#define UT_TESTS_UNIT_H

/* What cmocka wants before itself, in its order. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#endif
