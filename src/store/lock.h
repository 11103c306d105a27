/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_LOCK_H
#define UT_STORE_LOCK_H

/*
 * The lock of a data folder: one daemon at a time. It is on the folder, so that no file need stay there; the
 * file `lock` in it says whose it is. It goes with the process, however that ends.
 */

/**
 * Takes it. pid: receives the holder's process id, 0 where it is not known.
 * Returns a descriptor to close at the end; -1 when another process has it; -2 when neither the folder nor
 * the file lets itself be locked.
 */
int ut__lock_take(const char *dir, long *pid);

#endif
