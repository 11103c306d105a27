/* SPDX-License-Identifier: MIT */
/* Calls whose channels are late, lost, missing or short; memory; baselines handed on. */
#include "unit/unit.h"

#include <malloc.h>
#include <math.h>

#include <undertone/undertone.h>

#include "unit/sample_model.h"
#include "unit/signal.h"

enum { RATE = 8000, BLOCK = 800, SCORES_MAX = 200, CALL_BYTES_MAX = 64 * 1024 };

/* What a call told. */
struct told {
    struct ut_score score[SCORES_MAX];
    size_t scores, raised, cleared, notes;
    struct ut_note note; /* The last one. */
    struct ut_turns turns;
    struct ut_summary summary;
    int turns_seen, summary_seen;
};

static struct ut_call *create(uint32_t caller_hz, uint32_t agent_hz)
{
    struct ut_call_config cfg = ut_call_config_default();
    struct ut_call *call = NULL;
    cfg.caller_rate_hz = caller_hz;
    cfg.agent_rate_hz = agent_hz;
    assert_int_equal(ut_call_create(&call, model, &cfg), 0);
    return call;
}

static void listen(struct ut_call *call, struct told *t)
{
    struct ut_event ev;
    while (ut_call_read(call, &ev)) {
        assert_false(t->summary_seen); /* Nothing follows it. */
        if (ev.type == UT_EVENT_SCORE) {
            assert_true(t->scores < SCORES_MAX);
            t->score[t->scores++] = ev.u.score;
        } else if (ev.type == UT_EVENT_ALERT) {
            *(ev.u.alert.action == UT_ALERT_RAISED ? &t->raised : &t->cleared) += 1;
        } else if (ev.type == UT_EVENT_NOTE) {
            t->note = ev.u.note;
            t->notes++;
        } else if (ev.type == UT_EVENT_TURNS) {
            t->turns = ev.u.turns;
            t->turns_seen = 1;
        } else {
            t->summary = ev.u.summary;
            t->summary_seen = 1;
        }
    }
}

static void finish(struct ut_call *call, struct told *t)
{
    ut_call_end(call);
    listen(call, t);
    ut_call_destroy(call);
    assert_true(t->turns_seen && t->summary_seen);
}

/* Pushes both channels of [from, to) in turn; agent: NULL for none. */
static void push(struct ut_call *call, struct told *t, const float *caller, const float *agent,
                 size_t from, size_t to)
{
    for (size_t at = from; at < to; at += BLOCK) {
        size_t n = to - at < BLOCK ? to - at : BLOCK;
        if (caller)
            ut_call_push(call, UT_ROLE_CALLER, caller + at, n);
        if (agent)
            ut_call_push(call, UT_ROLE_AGENT, agent + at, n);
        listen(call, t);
    }
}

static void seconds_follow_each_other(const struct told *t)
{
    for (size_t i = 0; i < t->scores; i++)
        assert_true(fabs(t->score[i].t_s - (double)(i + 1)) < 1e-9);
}

static void no_samples(void **state)
{
    (void)state;
    static struct told t;
    t = (struct told){.scores = 0};
    finish(create(RATE, RATE), &t);
    assert_int_equal(t.scores, 0);
    assert_int_equal(t.summary.scored, 0);
    assert_int_equal(t.summary.why, UT_WHY_SPEECH);
    assert_true(t.summary.duration_s >= 0 && t.summary.duration_s < 1e-9);
}

static void fifty_milliseconds(void **state)
{
    (void)state;
    static struct told t;
    t = (struct told){.scores = 0};
    struct ut_call *call = create(RATE, 0);
    push(call, &t, sc.channel[0], NULL, 0, RATE / 20);
    finish(call, &t);
    assert_int_equal(t.scores, 0);
    assert_int_equal(t.summary.scored, 0);
    assert_true(fabs(t.summary.duration_s - 0.05) < 1e-9);
}

static void agent_alone_abstains_by_role(void **state)
{
    (void)state;
    static struct told t;
    t = (struct told){.scores = 0};
    struct ut_call *call = create(0, RATE);
    push(call, &t, NULL, sc.channel[1], 0, 20 * RATE);
    finish(call, &t);
    assert_int_equal(t.scores, 20);
    for (size_t i = 0; i < t.scores; i++) {
        assert_int_equal(t.score[i].state, UT_STATE_ABSTAIN);
        assert_int_equal(t.score[i].why, UT_WHY_ROLE);
    }
    assert_int_equal(t.summary.why, UT_WHY_ROLE);
    assert_int_equal(t.summary.scored, 0);
    assert_true(t.turns.agent_talk_s > 1);
}

static void gaps_are_time_and_stop_the_score(void **state)
{
    (void)state;
    static struct told t;
    t = (struct told){.scores = 0};
    struct ut_call *call = create(RATE, 0);
    size_t half = 20 * RATE;
    push(call, &t, sc.channel[0], NULL, 0, half);
    for (int i = 0; i < 50; i++) {
        ut_call_push_gap(call, UT_ROLE_CALLER, RATE / 10);
        listen(call, &t);
    }
    push(call, &t, sc.channel[0], NULL, half, 2 * half);
    finish(call, &t);
    seconds_follow_each_other(&t);
    assert_true(fabs(t.summary.duration_s - 45) < 1e-9);
    assert_int_equal(t.score[23].state, UT_STATE_ABSTAIN); /* 4 s into the gap. */
    assert_int_equal(t.score[23].why, UT_WHY_GAP);
    assert_int_not_equal(t.score[43].why, UT_WHY_GAP); /* It is forgotten later. */
}

static void concealment_is_not_scored(void **state)
{
    (void)state;
    static struct told t;
    t = (struct told){.scores = 0};
    struct ut_call *call = create(RATE, 0);
    for (size_t at = 0; at < 20 * RATE; at += BLOCK) {
        ut_call_push_concealed(call, UT_ROLE_CALLER, sc.channel[0] + at, BLOCK);
        listen(call, &t);
    }
    finish(call, &t);
    assert_int_equal(t.summary.scored, 0);
    assert_int_equal(t.summary.why, UT_WHY_GAP);
}

/* One channel half a second behind, within the skew: the same events as in step. */
/* Chords that change twice a second. */
static void music_is_not_the_callers_talk(void **state)
{
    (void)state;
    enum { MUSIC_S = 30 };
    static float music[MUSIC_S * RATE];
    static struct told t;
    t = (struct told){.scores = 0};
    for (size_t i = 0; i < MUSIC_S * RATE; i++) {
        size_t beat = i / 4000;
        float decay = expf(-(float)(i % 4000) / 3000);
        for (size_t v = 0; v < 3; v++) {
            float hz = 262 * exp2f((float)((beat * 5 + v * 4) % 12) / 12) * (v ? 2 : 1);
            for (int h = 1; h <= 4; h++)
                music[i] += 0.04f * decay *
                            sinf(6.2831853f * fmodf(hz * (float)h * (float)i / RATE, 1)) / (float)h;
        }
    }
    struct ut_call *call = create(RATE, 0);
    push(call, &t, music, NULL, 0, MUSIC_S * RATE);
    uint8_t blob[4096];
    assert_int_equal(ut_call_get_baseline(call, blob, sizeof blob), 0);
    finish(call, &t);
    assert_int_equal(t.score[t.scores - 1].why, UT_WHY_MUSIC);
    assert_int_equal(t.score[t.scores - 1].talk, UT_TALK_NONE);
    assert_true(t.summary.caller_speech_s < 6); /* It is known for music after some seconds. */
    assert_true(t.turns.caller_talk_s < 6);
}

/* Who talks for 15 s before the agent's first word is an announcement: nobody's baseline. */
static void what_comes_before_the_agent_is_no_baseline(void **state)
{
    (void)state;
    enum { ALONE = 15 * RATE, WORDS = 3 * RATE };
    static struct told t;
    static float nobody[ALONE];
    uint8_t blob[4096];
    t = (struct told){.scores = 0};
    struct ut_call *call = create(RATE, RATE);
    push(call, &t, sc.channel[0], nobody, 0, ALONE);
    assert_true(ut_call_get_baseline(call, blob, sizeof blob) > 0);
    push(call, &t, nobody, sc.channel[1], 0, WORDS);
    assert_int_equal(ut_call_get_baseline(call, blob, sizeof blob), 0);
    push(call, &t, sc.channel[0], nobody, 0, ALONE);
    assert_true(ut_call_get_baseline(call, blob, sizeof blob) > 0);
    push(call, &t, nobody, sc.channel[1], 0, WORDS); /* They have met. */
    int len = ut_call_get_baseline(call, blob, sizeof blob);
    assert_true(len > 0);
    finish(call, &t);

    /* Who returns has the baseline from before again, but for the last bits of its numbers. */
    uint8_t known[4096];
    t = (struct told){.scores = 0};
    call = create(RATE, RATE);
    assert_int_equal(ut_call_set_baseline(call, blob, (size_t)len), 0);
    push(call, &t, sc.channel[0] + ALONE, nobody, 0, ALONE);
    push(call, &t, nobody, sc.channel[1], 0, WORDS);
    assert_int_equal(ut_call_get_baseline(call, known, sizeof known), len);
    for (int at = 20; at < len; at += 4) {
        float before, after;
        memcpy(&before, blob + at, sizeof before);
        memcpy(&after, known + at, sizeof after);
        assert_true(fabsf(after - before) <= 0.01f * fabsf(before));
    }
    finish(call, &t);
}

/* A caller overdriven from 36 s on, and then as before: no score is of the overdriven voice. */
static void no_score_is_above_the_peak(void **state)
{
    (void)state;
    enum { FROM = 36 * RATE, AGAIN = 5 * RATE, AGAIN_TO = 35 * RATE };
    static struct told t;
    t = (struct told){.scores = 0};
    float *loud = malloc(sc.frames * sizeof loud[0]);
    assert_non_null(loud);
    for (size_t i = 0; i < sc.frames; i++) {
        float x = sc.channel[0][i];
        loud[i] = i < FROM ? x : fmaxf(fminf(30 * x, 0.95f), -0.95f);
    }
    struct ut_call *call = create(RATE, 0);
    push(call, &t, loud, NULL, 0, sc.frames);
    push(call, &t, sc.channel[0], NULL, AGAIN, AGAIN_TO);
    finish(call, &t);
    free(loud);
    size_t abstained = 0, scored_after = 0;
    for (size_t i = 0; i < t.scores; i++) {
        if (t.score[i].state == UT_STATE_ABSTAIN) {
            abstained += t.score[i].why == UT_WHY_CLIPPING;
            continue;
        }
        assert_true(t.score[i].stress <= t.summary.peak);
        scored_after += abstained > 10;
    }
    assert_true(abstained > 10 && scored_after > 10);
}

/* Of equal scores the bytes between has_delta and delta may differ: nobody sets them. */
static void check_equal(const struct ut_score *a, const struct ut_score *b)
{
    assert_memory_equal(a, b, offsetof(struct ut_score, has_delta) + sizeof a->has_delta);
    assert_memory_equal(a->delta, b->delta, sizeof *a - offsetof(struct ut_score, delta));
}

static void skew_within_bounds_changes_nothing(void **state)
{
    (void)state;
    static struct told a, b;
    a = b = (struct told){.scores = 0};
    size_t n = 40 * RATE, lag = RATE / 2;
    struct ut_call *call = create(RATE, RATE);
    push(call, &a, sc.channel[0], sc.channel[1], 0, n);
    finish(call, &a);
    call = create(RATE, RATE);
    push(call, &b, sc.channel[0], NULL, 0, lag);
    for (size_t at = 0; at < n; at += BLOCK) {
        push(call, &b, NULL, sc.channel[1], at, at + BLOCK);
        if (at + lag < n)
            push(call, &b, sc.channel[0], NULL, at + lag,
                 at + lag + BLOCK < n ? at + lag + BLOCK : n);
    }
    finish(call, &b);
    assert_int_equal(a.scores, b.scores);
    for (size_t i = 0; i < a.scores; i++)
        check_equal(&a.score[i], &b.score[i]);
    assert_memory_equal(&a.turns, &b.turns, sizeof a.turns);
}

/* The agent's channel dies for 5 s: the caller's scores go on, and time stays one time. */
static void a_channel_far_ahead_does_not_wait(void **state)
{
    (void)state;
    static struct told t;
    t = (struct told){.scores = 0};
    struct ut_call *call = create(RATE, RATE);
    push(call, &t, sc.channel[0], sc.channel[1], 0, 10 * RATE);
    push(call, &t, sc.channel[0], NULL, 10 * RATE, 15 * RATE);
    assert_true(t.scores >= 13); /* No more than UT_SKEW_MAX_MS behind. */
    push(call, &t, sc.channel[0], sc.channel[1], 15 * RATE, 30 * RATE);
    finish(call, &t);
    seconds_follow_each_other(&t);
    assert_int_equal(t.scores, 30);
    assert_true(fabs(t.summary.duration_s - 30) < 1e-9);
}

/* Scores and alerts beyond the room for them are dropped; how the call ended is told all the same.
 */
static void who_never_reads_gets_the_first_events_and_the_last(void **state)
{
    (void)state;
    struct ut_call *call = create(RATE, RATE);
    enum { TIMES = 10 };
    for (int i = 0; i < TIMES; i++) {
        ut_call_push(call, UT_ROLE_CALLER, sc.channel[0], sc.frames);
        ut_call_push(call, UT_ROLE_AGENT, sc.channel[1], sc.frames);
    }
    static struct told t;
    t = (struct told){.scores = 0};
    finish(call, &t);
    assert_true(t.scores <= UT_SCORES_WAIT_MAX);
    seconds_follow_each_other(&t);
    assert_int_equal(t.scores + t.raised + t.cleared, UT_ALERTS_WAIT_MAX);
    assert_true(t.summary.alerts > t.raised); /* Some were dropped. */
    assert_true(fabs(t.summary.duration_s - TIMES * (double)sc.frames / RATE) < 1e-6);
}

/* What the agent says never reaches the caller's score. */
static void the_agents_sound_does_not_matter(void **state)
{
    (void)state;
    static struct told a, b;
    a = b = (struct told){.scores = 0};
    size_t n = sc.frames;
    struct ut_call *call = create(RATE, RATE);
    push(call, &a, sc.channel[0], sc.channel[1], 0, n);
    finish(call, &a);
    float *other = malloc(n * sizeof other[0]);
    assert_non_null(other);
    for (size_t i = 0; i < n; i++)
        /* As loud every 10 ms, and no voice: each hop backwards. */
        other[i] = i / UT_HOP_SAMPLES < n / UT_HOP_SAMPLES
                       ? sc.channel[1][i + UT_HOP_SAMPLES - 1 - 2 * (i % UT_HOP_SAMPLES)]
                       : 0;
    call = create(RATE, RATE);
    push(call, &b, sc.channel[0], other, 0, n);
    finish(call, &b);
    free(other);
    assert_int_equal(a.scores, b.scores);
    assert_int_equal(a.raised, b.raised);
    for (size_t i = 0; i < a.scores; i++) {
        assert_memory_equal(&a.score[i].stress, &b.score[i].stress, sizeof a.score[i].stress);
        assert_memory_equal(&a.score[i].arousal, &b.score[i].arousal, sizeof a.score[i].arousal);
        assert_int_equal(a.score[i].state, b.score[i].state);
    }
    assert_memory_equal(&a.summary, &b.summary, sizeof a.summary);
}

/* The sample's angry caller as the agent, delay samples later and db weaker on a silent line. */
static void echo_into(float *caller, size_t delay, float db)
{
    uint32_t seed = 1;
    float gain = powf(10, db / 20);
    for (size_t i = 0; i < sc.frames; i++)
        caller[i] =
            (i < delay ? 0 : gain * sc.channel[0][i - delay]) + 1e-4f * signal_normal(&seed);
}

static void an_agents_echo_is_no_caller(void **state)
{
    (void)state;
    static struct told t;
    static const struct {
        size_t delay_ms;
        float db;
    } cases[] = {{30, -20}, {30, -25}, {30, -30}, {30, -35}, {10, -12}, {250, -18}, {400, -25}};
    float *caller = malloc(sc.frames * sizeof caller[0]);
    assert_non_null(caller);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        t = (struct told){.scores = 0};
        echo_into(caller, cases[c].delay_ms * RATE / 1000, cases[c].db);
        struct ut_call *call = create(RATE, RATE);
        push(call, &t, caller, sc.channel[0], 0, sc.frames);
        finish(call, &t);
        if (t.raised > 0 || t.summary.scored || t.summary.caller_speech_s > 0.3f)
            fail_msg("%zu ms, %.0f dB: %zu alerts, %.1f s", cases[c].delay_ms, (double)cases[c].db,
                     t.raised, (double)t.summary.caller_speech_s);
        assert_true(t.turns.talk_over_s <= 0.1f);
        assert_int_equal(t.notes, 1);
        assert_int_equal(t.note.kind, UT_NOTE_ECHO);
        assert_float_equal(t.note.level_db, cases[c].db, 1.5);
        assert_non_null(strstr(t.note.text, " dB down: echo"));
    }
    free(caller);
}

/* The caller's sound as a line may make it: quieter, louder, up and down by turns, with a fax's tone or digits. */
static void made_by_a_line(float *out, int how)
{
    static const float gains[] = {0.25f, 2, 1, 1, 1};
    for (size_t i = 0; i < sc.frames; i++) {
        float s = (float)i / RATE, tone = 0;
        float gain = how == 2 ? (fmodf(s, 3) < 1.5f ? 2 : 0.5f) : gains[how];
        if (how == 3 && fmodf(s, 3) < 0.5f)
            tone = 0.14f * sinf(6.2831853f * 1100 * fmodf(s, 1));
        if (how == 4 && fmodf(s, 4) < 0.2f)
            tone = 0.18f *
                   (sinf(6.2831853f * 770 * fmodf(s, 1)) + sinf(6.2831853f * 1336 * fmodf(s, 1)));
        out[i] = fmaxf(-1, fminf(1, gain * sc.channel[0][i] + tone));
    }
}

static void what_a_line_does_to_sound_keeps_the_alert(void **state)
{
    (void)state;
    static struct told t;
    float *caller = malloc(sc.frames * sizeof caller[0]);
    assert_non_null(caller);
    for (int how = 0; how < 5; how++) {
        t = (struct told){.scores = 0};
        made_by_a_line(caller, how);
        struct ut_call *call = create(RATE, RATE);
        push(call, &t, caller, sc.channel[1], 0, sc.frames);
        finish(call, &t);
        if (t.raised != 1)
            fail_msg("sound %d: %zu alerts", how, t.raised);
    }
    free(caller);
}

/* The caller speaks all the time into an agent who does, no louder than an echo would be. */
static void who_talks_at_the_same_time_is_heard(void **state)
{
    (void)state;
    static struct told alone, both;
    float *caller = malloc(sc.frames * sizeof caller[0]),
          *agent = malloc(sc.frames * sizeof agent[0]);
    assert_non_null(caller);
    assert_non_null(agent);
    for (size_t i = 0; i < sc.frames; i++) {
        agent[i] = sc.channel[0][sc.frames - 1 - i];
        caller[i] = 0.3f * sc.channel[0][i]; /* 10 dB down. */
    }
    alone = both = (struct told){.scores = 0};
    struct ut_call *call = create(RATE, 0);
    push(call, &alone, caller, NULL, 0, sc.frames);
    finish(call, &alone);
    call = create(RATE, RATE);
    push(call, &both, caller, agent, 0, sc.frames);
    finish(call, &both);
    free(caller);
    free(agent);
    assert_true(both.summary.caller_speech_s > 0.93f * alone.summary.caller_speech_s);
    assert_int_equal(both.raised, alone.raised);
    assert_int_equal(both.notes, 0);
}

/* Caller and agent on both channels: dithered, weaker, later, inverted, each by itself. */
static void the_same_mixture_twice_is_not_scored(void **state)
{
    (void)state;
    static struct told t;
    float *one = malloc(sc.frames * sizeof one[0]), *two = malloc(sc.frames * sizeof two[0]);
    assert_non_null(one);
    assert_non_null(two);
    for (int how = 0; how < 6; how++) {
        uint32_t seed = 5;
        for (size_t i = 0; i < sc.frames; i++)
            one[i] = sc.channel[0][i] + sc.channel[1][i];
        for (size_t i = 0; i < sc.frames; i++) {
            float later = i < 184 ? 0 : one[i - 184];
            const float other[] = {one[i] + 2e-4f * signal_normal(&seed),
                                   0.9f * one[i],
                                   later,
                                   -one[i],
                                   -0.5f * later,
                                   later};
            two[i] = other[how];
        }
        t = (struct told){.scores = 0};
        struct ut_call *call = create(RATE, RATE);
        push(call, &t, how == 5 ? two : one, how == 5 ? one : two, 0, sc.frames);
        finish(call, &t);
        assert_int_equal(t.raised, 0);
        assert_false(t.summary.scored);
        assert_int_equal(t.summary.why, UT_WHY_ROLE);
        assert_int_equal(t.notes, 1);
        assert_int_equal(t.note.kind, UT_NOTE_MIXTURE);
    }
    free(one);
    free(two);
}

/* A mixture that sounds from the first sample on, and that one of the two channels carries later. */
static void a_mixture_may_be_late_from_the_first_word(void **state)
{
    (void)state;
    static struct told t;
    static const size_t late_ms[] = {10, 100, 230};
    size_t from = 0, frames;
    while (fabsf(sc.channel[0][from]) < 0.05f)
        from++;
    frames = sc.frames - from;
    float *one = malloc(frames * sizeof one[0]), *two = malloc(frames * sizeof two[0]);
    assert_non_null(one);
    assert_non_null(two);
    for (size_t i = 0; i < frames; i++)
        one[i] = sc.channel[0][from + i] + sc.channel[1][from + i];
    for (size_t how = 0; how < 2 * sizeof late_ms / sizeof late_ms[0]; how++) {
        size_t late = late_ms[how / 2] * RATE / 1000;
        for (size_t i = 0; i < frames; i++)
            two[i] = i < late ? 0 : 0.5f * one[i - late];
        t = (struct told){.scores = 0};
        struct ut_call *call = create(RATE, RATE);
        push(call, &t, how % 2 ? two : one, how % 2 ? one : two, 0, frames);
        finish(call, &t);
        if (t.raised > 0 || t.summary.scored)
            fail_msg("%s late by %zu ms: scored", how % 2 ? "caller" : "agent", late_ms[how / 2]);
        assert_int_equal(t.note.kind, UT_NOTE_MIXTURE);
    }
    free(one);
    free(two);
}

/* An announcement to both, longer than a minute, and then the call. */
static void what_both_were_told_first_refuses_nothing(void **state)
{
    (void)state;
    static struct told t;
    t = (struct told){.scores = 0};
    struct ut_call *call = create(RATE, RATE);
    for (int i = 0; i < 5; i++)
        push(call, &t, sc.channel[1], sc.channel[1], 0, 15 * RATE);
    push(call, &t, sc.channel[0], sc.channel[1], 0, sc.frames);
    finish(call, &t);
    assert_int_equal(t.raised, 1);
    for (size_t i = 3; i < 75; i++)
        assert_int_equal(t.score[i].state, UT_STATE_ABSTAIN);
}

/* A queue's music where the agent will be: chords that change twice a second, 20 s of them. */
static void music_is_not_the_agents_talk(void **state)
{
    (void)state;
    static struct told t;
    t = (struct told){.scores = 0};
    enum { MUSIC = 20 * RATE };
    float *music = calloc(MUSIC, sizeof music[0]), *line = calloc(MUSIC, sizeof line[0]);
    assert_non_null(music);
    assert_non_null(line);
    uint32_t seed = 2;
    for (size_t i = 0; i < MUSIC; i++) {
        for (size_t v = 0; v < 3; v++) {
            float hz = 262 * exp2f((float)((i / 4000 * 5 + v * 4) % 12) / 12) * (v ? 2 : 1);
            for (int h = 1; h <= 4; h++)
                music[i] += 0.04f / (float)h *
                            (float)sin(6.283185307179586 * (double)hz * h * (double)i / RATE);
        }
        music[i] += 1e-3f * signal_normal(&seed);
        line[i] = 1e-3f * signal_normal(&seed);
    }
    struct ut_call *call = create(RATE, RATE);
    push(call, &t, line, music, 0, MUSIC);
    finish(call, &t);
    free(music);
    free(line);
    assert_true(t.turns.agent_talk_s < 5);
}

static void a_baseline_is_handed_on(void **state)
{
    (void)state;
    static struct told first, again, cold;
    first = again = cold = (struct told){.scores = 0};
    uint8_t blob[UT_BASELINE_MAX_BYTES];
    size_t calm = 25 * RATE; /* The sample call escalates later. */
    struct ut_call *call = create(RATE, 0);
    assert_int_equal(ut_call_get_baseline(call, blob, sizeof blob), 0); /* Nothing heard yet. */
    push(call, &first, sc.channel[0], NULL, 0, calm);
    int len = ut_call_get_baseline(call, blob, sizeof blob);
    assert_true(len > 0 && len <= UT_BASELINE_MAX_BYTES);
    assert_int_equal(ut_call_set_baseline(call, blob, (size_t)len), UT_EINVAL); /* Too late. */
    finish(call, &first);

    call = create(RATE, 0);
    assert_int_not_equal(ut_call_set_baseline(call, blob, (size_t)len - 1), 0);
    assert_int_equal(ut_call_set_baseline(call, blob, (size_t)len), 0);
    uint8_t back[UT_BASELINE_MAX_BYTES];
    assert_int_equal(ut_call_get_baseline(call, back, sizeof back), len);
    assert_memory_equal(back, blob, (size_t)len);
    push(call, &again, sc.channel[0], NULL, 0, calm);
    finish(call, &again);
    call = create(RATE, 0);
    push(call, &cold, sc.channel[0], NULL, 0, calm);
    finish(call, &cold);

    /* The first scored second already stands on a baseline: another score, and more trust. */
    size_t at = 0;
    while (at < cold.scores && cold.score[at].state == UT_STATE_ABSTAIN)
        at++;
    assert_true(at < cold.scores);
    assert_true(fabsf(again.score[at].stress - cold.score[at].stress) > 1e-6f);
    assert_true(again.score[at].confidence > cold.score[at].confidence);
}

/* The sample's caller calls again, angry from the first word: who kept the calm voice is told. */
static void a_returning_caller_who_is_angry_is_alerted(void **state)
{
    (void)state;
    static struct told calm, known, back;
    calm = known = back = (struct told){.scores = 0};
    enum { CALM_S = 22, ANGRY_FROM_S = 36, ANGRY_TO_S = 61 };
    uint8_t blob[UT_BASELINE_MAX_BYTES];
    struct ut_call *call = create(RATE, RATE);
    push(call, &calm, sc.channel[0], sc.channel[1], 0, (size_t)CALM_S * RATE);
    int len = ut_call_get_baseline(call, blob, sizeof blob);
    assert_true(len > 0);
    finish(call, &calm);
    assert_int_equal(calm.raised, 0);
    size_t from = (size_t)ANGRY_FROM_S * RATE;
    size_t to = (size_t)ANGRY_TO_S * RATE < sc.frames ? (size_t)ANGRY_TO_S * RATE : sc.frames;
    call = create(RATE, RATE);
    assert_int_equal(ut_call_set_baseline(call, blob, (size_t)len), 0);
    push(call, &known, sc.channel[0], sc.channel[1], from, to);
    finish(call, &known);
    assert_int_equal(known.raised, 1);
    call = create(RATE, RATE);
    assert_int_equal(ut_call_set_baseline(call, blob, (size_t)len), 0);
    push(call, &back, sc.channel[0], sc.channel[1], 0, (size_t)CALM_S * RATE);
    finish(call, &back);
    assert_int_equal(back.raised, 0);
}

static void a_call_is_small(void **state)
{
    (void)state;
    static const uint32_t rates[] = {8000, 16000, 48000};
    enum { CALLS = 32 };
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        struct ut_call *call[CALLS];
        struct mallinfo2 before = mallinfo2();
        for (int i = 0; i < CALLS; i++)
            call[i] = create(rates[r], rates[r]);
        struct mallinfo2 after = mallinfo2();
        size_t bytes = (after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / CALLS;
        for (int i = 0; i < CALLS; i++)
            ut_call_destroy(call[i]);
        print_message("a call at %u Hz: %zu bytes\n", (unsigned)rates[r], bytes);
        assert_true(bytes <= CALL_BYTES_MAX);
    }
}

static void bad_configurations(void **state)
{
    (void)state;
    struct ut_call *call = NULL;
    static const uint32_t bad[] = {1, 7999, 96001, 1000000};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ut_call_config cfg = ut_call_config_default();
        cfg.caller_rate_hz = bad[i];
        assert_int_equal(ut_call_create(&call, model, &cfg), UT_EINVAL);
        assert_null(call);
    }
    struct ut_call_config none = ut_call_config_default();
    none.caller_rate_hz = 0;
    assert_int_equal(ut_call_create(&call, model, &none), UT_EINVAL);
    assert_int_equal(ut_call_create(&call, NULL, NULL), UT_EINVAL);
    assert_int_equal(ut_call_create(NULL, model, NULL), UT_EINVAL);
    ut_call_destroy(NULL);
}

static int with_alert(struct ut_alert_config alert)
{
    struct ut_call_config cfg = ut_call_config_default();
    struct ut_call *call = NULL;
    cfg.alert = alert;
    int err = ut_call_create(&call, model, &cfg);
    assert_true((err == 0) == (call != NULL));
    ut_call_destroy(call);
    return err;
}

static void alert_values_that_make_no_sense(void **state)
{
    (void)state;
    float end = ut_model_evidence_max(model);
    static const float bad[] = {-1, -1e-30f, NAN};
    assert_int_equal(with_alert((struct ut_alert_config){.threshold = 0}), 0);
    assert_int_equal(with_alert(ut_alert_config_default()), 0);
    assert_int_equal(with_alert((struct ut_alert_config){.threshold = end}), 0);
    assert_int_equal(with_alert((struct ut_alert_config){.threshold = nextafterf(end, 1)}),
                     UT_EINVAL); /* It would never alert. */
    assert_int_equal(with_alert((struct ut_alert_config){.threshold = INFINITY}), UT_EINVAL);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(with_alert((struct ut_alert_config){.threshold = bad[i]}), UT_EINVAL);
        assert_int_equal(with_alert((struct ut_alert_config){.clear_threshold = bad[i]}),
                         UT_EINVAL);
        assert_int_equal(with_alert((struct ut_alert_config){.clear_speech_s = bad[i]}), UT_EINVAL);
        assert_int_equal(with_alert((struct ut_alert_config){.hold_off_s = bad[i]}), UT_EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_samples),
        cmocka_unit_test(fifty_milliseconds),
        cmocka_unit_test(agent_alone_abstains_by_role),
        cmocka_unit_test(gaps_are_time_and_stop_the_score),
        cmocka_unit_test(concealment_is_not_scored),
        cmocka_unit_test(music_is_not_the_callers_talk),
        cmocka_unit_test(what_comes_before_the_agent_is_no_baseline),
        cmocka_unit_test(no_score_is_above_the_peak),
        cmocka_unit_test(skew_within_bounds_changes_nothing),
        cmocka_unit_test(a_channel_far_ahead_does_not_wait),
        cmocka_unit_test(who_never_reads_gets_the_first_events_and_the_last),
        cmocka_unit_test(the_agents_sound_does_not_matter),
        cmocka_unit_test(music_is_not_the_agents_talk),
        cmocka_unit_test(an_agents_echo_is_no_caller),
        cmocka_unit_test(what_a_line_does_to_sound_keeps_the_alert),
        cmocka_unit_test(who_talks_at_the_same_time_is_heard),
        cmocka_unit_test(the_same_mixture_twice_is_not_scored),
        cmocka_unit_test(a_mixture_may_be_late_from_the_first_word),
        cmocka_unit_test(what_both_were_told_first_refuses_nothing),
        cmocka_unit_test(a_baseline_is_handed_on),
        cmocka_unit_test(a_returning_caller_who_is_angry_is_alerted),
        cmocka_unit_test(a_call_is_small),
        cmocka_unit_test(bad_configurations),
        cmocka_unit_test(alert_values_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
