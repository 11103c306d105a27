/* SPDX-License-Identifier: MIT */
/* The end of a timeline: what the call was like as a whole. */

#include <stdio.h>

#include "terminal/print.h"

static void print_turns(struct ut__print *p, const struct ut_turns *t)
{
    ut__print_line(p, "  caller spoke %.0f s", (double)t->caller_talk_s);
    if (!p->has_agent) { /* Who else spoke is not known: neither turns nor silence are. */
        ut__print_line(p, "; longest pause %.1f s\n", (double)t->longest_silence_s);
        return;
    }
    ut__print_line(
        p,
        " in %u turn%s, agent %.0f s in %u; both at once %.1f s; interruptions: caller %u, "
        "agent %u; longest silence %.1f s\n",
        (unsigned)t->caller_turns, t->caller_turns == 1 ? "" : "s", (double)t->agent_talk_s,
        (unsigned)t->agent_turns, (double)t->talk_over_s, (unsigned)t->caller_interruptions,
        (unsigned)t->agent_interruptions, (double)t->longest_silence_s);
}

static void print_episodes(struct ut__print *p, const struct ut_summary *s)
{
    for (uint32_t i = 0; i < s->episode_count && i < UT_EPISODES_MAX; i++) {
        const struct ut_episode *e = &s->episodes[i];
        char onset[24], end[24], peak[24];
        ut__print_line(p, "  episode %u: %s to %s, peak %.2f at %s\n", (unsigned)i + 1,
                       ut__print_time(onset, (double)e->onset_s),
                       ut__print_time(end, (double)e->end_s), (double)e->peak,
                       ut__print_time(peak, (double)e->peak_s));
    }
    if (s->episode_count > UT_EPISODES_MAX)
        ut__print_line(p, "  and %u more episodes\n", (unsigned)s->episode_count - UT_EPISODES_MAX);
}

void ut__print_text_summary(struct ut__print *p, const struct ut_summary *s)
{
    char t[24];
    if (s->scored) {
        ut__print_line(
            p, "  %s%u alert%s%s; peak %.2f at %s, end %.2f, peak-end %.2f, recovery %.0f %%\n",
            ut__color_code(p, s->alerts ? UT__RED : UT__BOLD), (unsigned)s->alerts,
            s->alerts == 1 ? "" : "s", ut__color_code(p, UT__PLAIN), (double)s->peak,
            ut__print_time(t, (double)s->peak_t_s), (double)s->end, (double)s->peak_end,
            (double)s->recovery * 100);
        print_episodes(p, s);
    } else {
        ut__print_line(p, "  %snot scored%s: %s\n", ut__color_code(p, UT__BOLD),
                       ut__color_code(p, UT__PLAIN), ut__print_why(s->why));
    }
    if (p->has_turns)
        print_turns(p, &p->turns);
    if (s->scored && s->abstain_s > 0)
        ut__print_line(p, "  no score for %.0f s\n", (double)s->abstain_s);
    ut__print_line(p, "\n");
}
