/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_LOCK_H
#define UT_STORE_LOCK_H

/*
 * The lock of a data folder: one daemon at a time. It is on the folder, so that no file need stay there, and on
 * the file `lock` in it, which says whose it is: older versions and `drain` look there, and some network's disks lock
 * files alone. It goes with the process, however that ends.
 */

struct ut__lock {
    int folder, file; /* Descriptors; below 0: none. */
};

/**
 * Takes both, or the one that can be had. pid: receives the holder's process id, 0 where it is not known.
 * Returns 0; -1 when another process has it; -2 when neither lets itself be locked. Then `lock` holds nothing.
 */
int ut__lock_take(struct ut__lock *lock, const char *dir, long *pid);

/** May be called on one that holds nothing, and twice. */
void ut__lock_release(struct ut__lock *lock);

#endif
