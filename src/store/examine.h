/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_EXAMINE_H
#define UT_STORE_EXAMINE_H

/*
 * A record looked at from outside: is it whole, and what of a damaged one can be saved. For commands,
 * not for the daemon.
 */

enum ut__examined {
    UT__EXAMINED_SOUND,
    UT__EXAMINED_DAMAGED, /* Something is wrong, or was lost. */
    UT__EXAMINED_NOT,     /* It could not be looked at, or was left as it is. */
    UT__EXAMINED_KEY      /* The database is whole, its key file is not the right one. */
};

/** Is told each finding, a sentence without a line end. */
typedef void(ut__examine_say)(void *arg, const char *text);

/** Reads all of DIR/undertone.db, and the key beside it. A daemon may be using the folder. */
enum ut__examined ut__examine(const char *dir, ut__examine_say *say, void *arg);

/**
 * Makes the record anew from what can be read of it. The damaged files stay beside it, under names
 * that are told. No daemon may be using the folder.
 */
enum ut__examined ut__repair(const char *dir, ut__examine_say *say, void *arg);

#endif
