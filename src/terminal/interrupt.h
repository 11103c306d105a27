/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_INTERRUPT_H
#define UT_TERMINAL_INTERRUPT_H

/*
 * SIGINT and SIGTERM as a wish to finish: what is done is printed, then the program ends by the
 * same signal, so that a shell's loop stops as well. A second signal ends it at once.
 */

/* Starts to listen for the signals. Main thread, once. */
void ut__interrupt_watch(void);

/* 1 once a signal came. Any thread; cheap. */
int ut__interrupted(void);

/* Ends the program by the signal that came; returns when none did. Flush what is to be kept. */
void ut__interrupt_finish(void);

#endif
