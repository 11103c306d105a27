/* SPDX-License-Identifier: MIT */
/* The summary of a call. */

#include "call/summary.h"

#include <math.h>

void ut__summary_init(struct ut__summary *sum)
{
    *sum = (struct ut__summary){.updates = 0};
}

void ut__summary_score(struct ut__summary *sum, double t_s, float stress)
{
    sum->last[sum->updates++ % UT__END_UPDATES] = stress;
    if (stress > sum->out.peak) {
        sum->out.peak = stress;
        sum->out.peak_t_s = (float)t_s;
    }
}

void ut__summary_second(struct ut__summary *sum, enum ut_why why)
{
    sum->seconds++;
    if (why == UT_WHY_NONE)
        return;
    sum->abstained++;
    sum->last_why = why;
}

static struct ut_episode *current(struct ut__summary *sum)
{
    uint32_t n = sum->out.episode_count;
    return n > 0 && n <= UT_EPISODES_MAX ? &sum->out.episodes[n - 1] : 0;
}

void ut__summary_raised(struct ut__summary *sum, double onset_s, double t_s, float stress)
{
    sum->out.alerts++;
    sum->out.episode_count++;
    struct ut_episode *episode = current(sum);
    if (episode)
        *episode = (struct ut_episode){
            .onset_s = (float)onset_s, .peak_s = (float)t_s, .end_s = (float)t_s, .peak = stress};
}

void ut__summary_stands(struct ut__summary *sum, double t_s, float stress)
{
    struct ut_episode *episode = current(sum);
    if (!episode)
        return;
    episode->end_s = (float)t_s;
    if (stress > episode->peak) {
        episode->peak = stress;
        episode->peak_s = (float)t_s;
    }
}

void ut__summary_cleared(struct ut__summary *sum, double t_s)
{
    struct ut_episode *episode = current(sum);
    if (episode)
        episode->end_s = (float)t_s;
}

void ut__summary_get(const struct ut__summary *sum, double duration_s, float caller_speech_s,
                     struct ut_summary *out)
{
    *out = sum->out;
    out->duration_s = duration_s;
    out->caller_speech_s = caller_speech_s;
    out->abstain_s = (float)sum->abstained;
    out->scored = sum->updates > 0;
    if (!out->scored) {
        out->why = sum->last_why ? sum->last_why : UT_WHY_SPEECH;
        return;
    }
    uint32_t n = sum->updates < UT__END_UPDATES ? sum->updates : UT__END_UPDATES;
    float end = 0;
    for (uint32_t i = 0; i < n; i++)
        end += sum->last[i];
    out->end = end / (float)n;
    out->peak_end = (out->peak + out->end) / 2;
    out->recovery = out->peak > 0 ? fmaxf(0, (out->peak - out->end) / out->peak) : 0;
}
