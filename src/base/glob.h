/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_GLOB_H
#define UT_BASE_GLOB_H

/** 1 when the whole text is what the pattern says, with `*` and `?`, in any case of ASCII. Linear in
 * text times pattern; no recursion. Pure. */
int ut__glob(const char *pattern, const char *text);

#endif
