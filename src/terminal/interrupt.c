/* SPDX-License-Identifier: MIT */
/* SIGINT and SIGTERM as a wish to finish. */

#define _POSIX_C_SOURCE 200809L /* sigaction. */

#include "terminal/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* Lock-free, so that a handler may write it and every thread may read it. */
static atomic_int came;

static void note(int number)
{
    atomic_store(&came, number);
}

void ut__interrupt_watch(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int ut__interrupted(void)
{
    return atomic_load(&came) != 0;
}

void ut__interrupt_finish(void)
{
    int number = atomic_load(&came);
    if (!number)
        return;
    signal(number, SIG_DFL);
    raise(number);
}
