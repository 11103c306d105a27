/* SPDX-License-Identifier: MIT */
/*
 * libre's loop on a clock that does not step.
 *
 * Debian's libre 1.1.0 reads its timers' time from gettimeofday(): a clock that is set forward by an
 * hour fires every timer at once and ends the SIP calls, one that is set back freezes all of them for
 * an hour. libre asks for the time by its own exported function, through the table that the dynamic
 * linker fills; one of the same name in the program goes first.
 */

#include "net/loop.h"

#include "base/clock.h"
#include "net/re.h"

uint64_t tmr_jiffies(void)
{
    return (uint64_t)ut__clock_mono_us() / 1000;
}

static void nothing(void *arg)
{
    (void)arg;
}

/* A timer's end, as libre reckons it, lies ahead on our clock only if it asked ours. */
static int is_ours(void)
{
    enum { PROBE_MS = 3600000, SLACK_MS = 60000 };
    struct tmr probe;
    tmr_init(&probe);
    tmr_start(&probe, PROBE_MS, nothing, NULL);
    uint64_t now = (uint64_t)ut__clock_mono_us() / 1000;
    int ours = probe.jfs <= now + PROBE_MS && probe.jfs + SLACK_MS >= now + PROBE_MS;
    tmr_cancel(&probe);
    return ours;
}

int ut__loop_init(char *why, size_t why_cap)
{
    if (libre_init() != 0) {
        (void)re_snprintf(why, why_cap, "libre does not start");
        return UT_EINVAL;
    }
    if (is_ours())
        return 0;
    (void)re_snprintf(why, why_cap,
                      "libre's timers follow the wall clock, which may step: link it as a shared "
                      "library");
    libre_close();
    return UT_EUNSUPPORTED;
}
