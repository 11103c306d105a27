/* SPDX-License-Identifier: MIT */
/* Tables for spreadsheets and statistics, RFC 4180: a row a second, and a row a call. */

#include "export/export.h"

#include <stdlib.h>

#include "base/csv.h"

static void put_field(struct ut__text *t, const char *field)
{
    char buf[512];
    size_t n = ut__csv_text(buf, sizeof buf, field);
    if (n < sizeof buf) {
        ut__text_bytes(t, buf, n);
        return;
    }
    char *long_buf = malloc(n + 1);
    if (!long_buf) {
        t->failed = 1;
        return;
    }
    (void)ut__csv_text(long_buf, n + 1, field);
    ut__text_bytes(t, long_buf, n);
    free(long_buf);
}

/* A number behind a comma; nothing but the comma where there is none. */
static void put_num(struct ut__text *t, int there, double v, int decimals)
{
    ut__text_raw(t, ",");
    if (there)
        ut__text_num(t, v, decimals);
}

void ut__export_put_seconds(struct ut__text *t, const struct ut__export_call *call,
                            const struct ut__export_spans *spans)
{
    (void)spans;
    ut__text_raw(t, "t_s,stress,arousal,valence,confidence,state,why,talk,level_dbfs,speech_s,"
                    "f0_semitones,effort_db,rate_syll_s,harshness_db,variation_semitones\r\n");
    for (size_t i = 0; i < call->scores; i++) {
        const struct ut_score *v = &call->score[i];
        int scored = v->state != UT_STATE_ABSTAIN;
        ut__text_num(t, v->t_s, 2);
        put_num(t, scored, (double)v->stress, 3);
        put_num(t, scored, (double)v->arousal, 3);
        put_num(t, scored, (double)v->valence, 3);
        put_num(t, scored, (double)v->confidence, 3);
        ut__text_printf(t, ",%s,%s,%s", ut_state_name(v->state),
                        v->why == UT_WHY_NONE ? "" : ut_why_name(v->why), ut_talk_name(v->talk));
        put_num(t, 1, (double)v->level_dbfs, 1);
        put_num(t, 1, (double)v->speech_s, 1);
        for (int k = 0; k < UT_REASON_COUNT; k++)
            put_num(t, scored && v->has_delta, (double)v->delta[k], 2);
        ut__text_raw(t, "\r\n");
    }
}

void ut__export_calls_head(struct ut__text *t)
{
    ut__text_raw(t,
                 "call,file,duration_s,scored,why,caller_speech_s,alerts,episodes,peak,peak_t_s,"
                 "end,peak_end,recovery,abstain_s,caller_talk_s,agent_talk_s,talk_over_s,silence_s,"
                 "longest_silence_s,caller_turns,agent_turns,caller_interruptions,"
                 "agent_interruptions\r\n");
}

void ut__export_calls_row(struct ut__text *t, const struct ut__export_call *call)
{
    const struct ut_summary *s = &call->summary;
    const struct ut_turns *turns = &call->turns;
    put_field(t, call->id);
    ut__text_raw(t, ",");
    put_field(t, call->path ? call->path : "");
    put_num(t, 1, s->duration_s, 2);
    ut__text_printf(t, ",%s,%s", s->scored ? "yes" : "no", s->scored ? "" : ut_why_name(s->why));
    put_num(t, 1, (double)s->caller_speech_s, 1);
    ut__text_printf(t, ",%u,%u", (unsigned)s->alerts, (unsigned)s->episode_count);
    put_num(t, s->scored, (double)s->peak, 3);
    put_num(t, s->scored, (double)s->peak_t_s, 2);
    put_num(t, s->scored, (double)s->end, 3);
    put_num(t, s->scored, (double)s->peak_end, 3);
    put_num(t, s->scored, (double)s->recovery, 3);
    put_num(t, 1, (double)s->abstain_s, 1);
    put_num(t, 1, (double)turns->caller_talk_s, 2);
    put_num(t, call->has_agent, (double)turns->agent_talk_s, 2);
    put_num(t, call->has_agent, (double)turns->talk_over_s, 2);
    put_num(t, 1, (double)turns->silence_s, 2);
    put_num(t, 1, (double)turns->longest_silence_s, 2);
    ut__text_printf(t, ",%u,%u,%u,%u\r\n", (unsigned)turns->caller_turns,
                    (unsigned)turns->agent_turns, (unsigned)turns->caller_interruptions,
                    (unsigned)turns->agent_interruptions);
}
