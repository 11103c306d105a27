/* SPDX-License-Identifier: MIT */
#ifndef UT_APP_MANUAL_H
#define UT_APP_MANUAL_H

/**
 * `undertone --manual WHAT`, which the build calls and no person needs: writes to standard output
 *
 *     list             the files that there are: "share/man/man1/undertone-replay.1 man replay"
 *     man COMMAND      a command's page, mdoc
 *     overview         undertone(1)
 *     conf             undertone.conf(5)
 *     bash, zsh        completions
 *
 * Returns an exit status.
 */
int ut__manual(int argc, char **argv);

#endif
