/* SPDX-License-Identifier: MIT */
#ifndef UT_APP_PARTS_H
#define UT_APP_PARTS_H

/* What CMake knows of this build; it writes the values. */

struct ut__part_out {
    const char *name;
    const char *why; /* The packages that would bring it, or the option that says no. */
};

extern const char ut__parts_in[];                 /* Names, parted by blanks. */
extern const struct ut__part_out ut__parts_out[]; /* Ended by one without a name. */

#endif
