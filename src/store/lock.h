/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_LOCK_H
#define UT_STORE_LOCK_H

/*
 * The lock of a data folder: one daemon at a time. The file `lock` in it says whose it is, and the
 * lock goes with the process, however it ends.
 */

/**
 * Takes it. pid: receives the holder's process id, 0 where it is not known.
 * Returns a descriptor to close at the end; -1 when another process has it; -2 when the folder does
 * not let itself be locked, as one that cannot be written.
 */
int ut__lock_take(const char *dir, long *pid);

#endif
