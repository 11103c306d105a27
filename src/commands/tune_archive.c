/* SPDX-License-Identifier: MIT */
/* What is kept of an archive's calls. */

#include <math.h>
#include <stdlib.h>

#include <undertone/features.h>

#include "commands/tune.h"

#include "base/grow.h"

int ut__tune_add_step(struct ut__tune_call *call, double t_s, float evidence)
{
    void *step = ut__grow(call->step, call->steps, &call->step_room, sizeof call->step[0]);
    if (!step)
        return UT_ENOMEM;
    call->step = step;
    call->step[call->steps++] = (struct ut__tune_step){
        .t_frames = (uint32_t)lround(t_s * 1000 / UT_HOP_MS), .evidence = evidence};
    return 0;
}

int ut__tune_add_second(struct ut__tune_call *call, float speech_s)
{
    void *speech = ut__grow(call->speech_s, call->seconds, &call->second_room, sizeof speech_s);
    if (!speech)
        return UT_ENOMEM;
    call->speech_s = speech;
    call->speech_s[call->seconds++] = speech_s;
    return 0;
}

double ut__tune_speech_at(const struct ut__tune_call *call, double t_s)
{
    if (call->seconds == 0 || t_s <= 0)
        return 0;
    size_t second = (size_t)t_s;
    if (second >= call->seconds)
        return (double)call->speech_s[call->seconds - 1];
    double before = second ? (double)call->speech_s[second - 1] : 0;
    return before + (t_s - (double)second) * ((double)call->speech_s[second] - before);
}

void ut__tune_free(struct ut__tune_archive *archive)
{
    for (size_t i = 0; i < archive->calls; i++) {
        free(archive->call[i].step);
        free(archive->call[i].speech_s);
    }
    free(archive->call);
    *archive = (struct ut__tune_archive){.calls = 0};
}

void ut__tune_sum(struct ut__tune_archive *archive)
{
    archive->call_h = archive->calm_h = archive->speech_h = 0;
    archive->escalations = 0;
    for (size_t i = 0; i < archive->calls; i++) {
        const struct ut__tune_call *call = &archive->call[i];
        double calm_s =
            call->onset_s < 0 ? call->duration_s : fmin(call->onset_s, call->duration_s);
        archive->call_h += call->duration_s / 3600;
        archive->calm_h += calm_s / 3600;
        archive->speech_h += ut__tune_speech_at(call, call->duration_s) / 3600;
        archive->escalations += call->onset_s >= 0;
    }
}
