/* SPDX-License-Identifier: MIT */
#ifndef UNDERTONE_VERSION_H
#define UNDERTONE_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

#define UT_VERSION_MAJOR 0
#define UT_VERSION_MINOR 2
#define UT_VERSION_PATCH 0
#define UT_VERSION_TEXT  "0.2.0"

/** The version of the library that is linked, such as "0.2.0". Static; any thread. */
const char *ut_version(void);

#ifdef __cplusplus
}
#endif

#endif
