/* SPDX-License-Identifier: MIT */
/*
 * One recording:
 *
 *     source -> blocks of 100 ms, channel by channel -> ut_call_push -> events -> printer
 */

#define _POSIX_C_SOURCE 200809L /* clock_nanosleep. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <undertone/site.h>

#include "call/spoken.h"
#include "commands/legs.h"
#include "commands/replay.h"
#include "commands/role_option.h"
#include "terminal/message.h"

struct running {
    const struct ut__replay *rp;
    const struct ut__replay_file *file;
    struct ut__source *src;
    struct ut__roles roles;
    struct ut_call *call;
    struct ut__rules_call *rules; /* NULL: there are none. */
    struct ut__spoken spoken;     /* Where there is a transcript. */
    size_t line;                  /* The next one of it. */
    struct ut__print print;
    struct ut__legs legs;
    struct timespec began;
    double media_s; /* Of the channel that is furthest. */
    uint64_t samples[UT_SOURCE_CHANNELS_MAX];
    uint64_t counted_ms, counted_bytes;
    int scored, mixed;
};

/* To the printer and to who looks on. */
static void tell(struct running *r, const struct ut_event *ev)
{
    const struct ut__replay_watch *watch = r->file->watch;
    if (watch && watch->event)
        watch->event(watch->arg, ev);
    if (!watch || !watch->quiet)
        ut__print_event(&r->print, ev);
}

/* A recording says neither what its caller did before nor when it was on hold. */
static void ask_rules(struct running *r, const struct ut_score *score)
{
    const struct ut__rules_second second = {.score = score,
                                            .has_agent = r->roles.agent != 0,
                                            .words = r->spoken.alert,
                                            .said = r->rp->words ? &r->spoken.said : NULL,
                                            .week_min = -1};
    const char *queue = r->rp->opt->queue ? r->rp->opt->queue : "";
    struct ut_event ev = {.type = UT_EVENT_ALERT};
    ut__rules_take(r->rules, &second);
    for (uint32_t i = 0; i < r->rp->rules->count; i++)
        if (ut__rules_ask(r->rules, i, &second, queue, &ev.u.alert))
            tell(r, &ev);
}

/* Lines that were said by now count; as live, before the second's score is told. 0: it is not told. */
static int take_words(struct running *r, struct ut_event *ev)
{
    const struct ut__replay_line *line;
    struct ut_event before = {.type = UT_EVENT_ALERT};
    if (!r->rp->words)
        return 1;
    while (ev->type == UT_EVENT_SCORE &&
           (line = ut__replay_words_line(r->rp->words, r->line)) != NULL &&
           line->t_s <= ev->u.score.t_s) {
        ut__spoken_line(&r->spoken, ev->u.score.t_s, line->text, &line->score);
        r->line++;
    }
    enum ut__spoken_end end = ut__spoken_amend(&r->spoken, ev, &before.u.alert);
    if (end == UT__SPOKEN_BEFORE)
        tell(r, &before);
    return end != UT__SPOKEN_DROP;
}

static void tell_second(struct running *r, const struct ut_score *score)
{
    struct ut_event ev = {.type = UT_EVENT_ALERT};
    if (r->rules)
        ask_rules(r, score);
    if (r->rp->words && ut__spoken_ask(&r->spoken, score->t_s, &ev.u.alert))
        tell(r, &ev);
}

static void print_events(struct running *r)
{
    struct ut_event ev;
    while (ut_call_read(r->call, &ev)) {
        if (ev.type == UT_EVENT_SUMMARY)
            r->scored = ev.u.summary.scored;
        if (ev.type == UT_EVENT_NOTE) {
            r->mixed |= ev.u.note.kind == UT_NOTE_MIXTURE;
            r->legs.echoes |= ev.u.note.kind == UT_NOTE_MIXTURE || ev.u.note.kind == UT_NOTE_ECHO;
        }
        if (ev.type == UT_EVENT_SCORE && ev.u.score.why == UT_WHY_MUSIC)
            ut__legs_music(&r->legs, ev.u.score.t_s);
        if (take_words(r, &ev))
            tell(r, &ev);
        if (ev.type == UT_EVENT_SCORE)
            tell_second(r, &ev.u.score);
    }
}

/* Sleeps until the wall clock has caught up with the media. */
static void keep_pace(struct running *r)
{
    struct timespec until = r->began;
    until.tv_sec += (time_t)r->media_s;
    until.tv_nsec += (long)((r->media_s - (double)(time_t)r->media_s) * 1e9);
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        if (r->rp->must_stop(r->file->job))
            return;
}

/* Tells the progress line what was done since the last time. */
static void count(struct running *r)
{
    if (!r->file->meter)
        return;
    uint64_t ms = (uint64_t)(r->media_s * 1000);
    atomic_fetch_add(&r->file->meter->media_ms, ms - r->counted_ms);
    r->counted_ms = ms;
    double duration_s = r->src->info.duration_s;
    if (duration_s <= 0 || r->media_s > duration_s)
        return;
    uint64_t bytes = (uint64_t)((double)r->file->size_bytes * r->media_s / duration_s);
    atomic_fetch_add(&r->file->meter->bytes, bytes - r->counted_bytes);
    r->counted_bytes = bytes;
}

static void push(struct running *r, const struct ut__source_block *block)
{
    enum ut_role role;
    if (block->channel + 1 == r->roles.caller)
        role = UT_ROLE_CALLER;
    else if (block->channel + 1 == r->roles.agent)
        role = UT_ROLE_AGENT;
    else
        return;
    if (block->pcm)
        ut_call_push(r->call, role, block->pcm, block->n);
    else
        ut_call_push_gap(r->call, role, block->n);
    ut__legs_push(&r->legs, role, block->pcm, block->n);
    r->samples[block->channel] += block->n;
    double t_s = (double)r->samples[block->channel] / r->src->info.rate_hz[block->channel];
    if (t_s > r->media_s)
        r->media_s = t_s;
}

/* Pushes the whole source. What is odd at its end is noted; it was used as far as it goes. */
static int pump(struct running *r)
{
    struct ut__source_block block;
    struct ut__source_message msg = {.text = ""};
    int got = 0;
    while (!r->rp->must_stop(r->file->job)) {
        got = r->src->read(r->src->state, &block, &msg);
        if (got != 1)
            break;
        push(r, &block);
        print_events(r);
        count(r);
        if (r->rp->opt->realtime)
            keep_pace(r);
    }
    if (got == 1)
        ut__print_note(&r->print, "interrupted: this is what was heard so far");
    if (msg.text[0]) {
        ut__message(r->file->path, "%s", msg.text);
        ut__print_note(&r->print, msg.text);
    }
    return got < 0 ? got : 0;
}

/* What an operator can mend about how the recording was made. */
static void print_legs(struct running *r)
{
    char text[UT__LEGS_TEXT_MAX];
    int got = 0;
    for (int which = 0; got >= 0; which++) {
        got = ut__legs_note(&r->legs, which, text);
        if (got > 0 && !(r->file->watch && r->file->watch->quiet))
            ut__print_note(&r->print, text);
    }
    ut__legs_free(&r->legs);
}

static int create_call(struct running *r)
{
    struct ut_call_config cfg = ut_call_config_default();
    cfg.caller_rate_hz = r->src->info.rate_hz[r->roles.caller - 1];
    cfg.agent_rate_hz = r->roles.agent ? r->src->info.rate_hz[r->roles.agent - 1] : 0;
    cfg.alert = r->rp->alert;
    r->legs.rate_hz[UT_ROLE_CALLER] = cfg.caller_rate_hz;
    r->legs.rate_hz[UT_ROLE_AGENT] = cfg.agent_rate_hz;
    return ut_call_create(&r->call, r->rp->model, &cfg);
}

static enum ut__replay_result run_call(struct running *r)
{
    const struct ut__kept_baseline *kept = &r->rp->baseline;
    int err = create_call(r);
    ut__spoken_init(&r->spoken, r->rp->words_threshold, UT__SPOKEN_FIRST_N);
    if (!err && r->rp->rules) {
        r->rules = malloc(ut__rules_call_bytes(r->rp->rules));
        err = r->rules ? 0 : UT_ENOMEM;
        if (err)
            ut_call_destroy(r->call);
        else
            ut__rules_call_init(r->rules, r->rp->rules);
    }
    if (!err && kept->len) {
        err = ut_call_set_baseline(r->call, kept->blob, kept->len);
        if (err)
            ut_call_destroy(r->call);
    }
    if (err) {
        ut__message(r->file->path, "no call could be set up: %s", ut_strerror(err));
        return UT__REPLAY_FAILED;
    }
    if (r->file->watch && r->file->watch->created)
        r->file->watch->created(r->file->watch->arg, r->call);
    clock_gettime(CLOCK_MONOTONIC, &r->began);
    err = pump(r);
    print_legs(r);
    ut_call_end(r->call);
    print_events(r);
    if (!err && r->rp->opt->save_baseline_path)
        err = ut__kept_baseline_save(r->rp->opt->save_baseline_path, r->call);
    ut_call_destroy(r->call);
    if (err)
        return UT__REPLAY_FAILED;
    if (r->scored)
        return UT__REPLAY_SCORED;
    if (!r->mixed)
        return UT__REPLAY_ABSTAINED;
    ut__message(r->file->path,
                "has the same sound on both channels, a mixture of caller and agent: not "
                "scored; if it holds the caller alone, say --mono-is caller");
    return UT__REPLAY_UNKNOWN;
}

/* The summary of a recording whose caller nobody named: its length, and why there is no score. */
static enum ut__replay_result tell_unknown(struct running *r, const struct ut__source_message *msg)
{
    ut__message(r->file->path, "%s", msg->text);
    struct ut_event ev = {.type = UT_EVENT_SUMMARY};
    ev.u.summary.why = UT_WHY_ROLE;
    ev.u.summary.duration_s = r->src->info.duration_s;
    ev.u.summary.abstain_s = (float)r->src->info.duration_s;
    if (r->file->watch && r->file->watch->begun)
        tell(r, &ev);
    else
        ut__print_event(&r->print, &ev);
    return UT__REPLAY_UNKNOWN;
}

static void print_nothing(void *state, const char *bytes, size_t n)
{
    (void)state;
    (void)bytes;
    (void)n;
}

static void begin_print(struct running *r, const char *id)
{
    const struct ut__print_out nowhere = {.write = print_nothing};
    int quiet = r->file->watch && r->file->watch->quiet;
    const struct ut__source_info *info = &r->src->info;
    const struct ut__print_call call = {
        .id = id,
        .file = r->file->path,
        .format = info->format,
        .model = ut_model_name(r->rp->model),
        .site = ut_model_site(r->rp->model),
        .channels = info->channels,
        .caller_channel = r->roles.caller,
        .agent_channel = r->roles.agent,
        .rate_hz = info->rate_hz[r->roles.caller ? r->roles.caller - 1 : 0],
        .duration_s = info->duration_s,
    };
    if (r->file->watch && r->file->watch->begun)
        r->file->watch->begun(r->file->watch->arg, &call);
    ut__print_begin(&r->print, quiet ? &nowhere : &r->file->out, &r->rp->style, &call);
}

/* Runs one call of the file; *parts receives how many it holds. */
static enum ut__replay_result run_part(const struct ut__replay *rp,
                                       const struct ut__replay_file *file, uint32_t part,
                                       uint32_t *parts)
{
    struct ut__source src;
    struct ut__source_message msg;
    struct ut__source_config cfg = rp->opt->source;
    cfg.part = part;
    int err = ut__source_open(&src, file->path, &cfg, &msg);
    if (err) {
        ut__message(file->path, "%s", msg.text);
        return UT__REPLAY_FAILED;
    }
    *parts = src.info.parts;
    if (src.info.parts > 1 && (rp->baseline.len || rp->opt->save_baseline_path)) {
        ut__message(file->path, "holds %u calls, and a baseline is of one caller: cut the call out",
                    (unsigned)src.info.parts);
        *parts = 1;
        ut__source_close(&src);
        return UT__REPLAY_FAILED;
    }
    struct running r = {.rp = rp, .file = file, .src = &src};
    enum ut__replay_result result = UT__REPLAY_FAILED;
    struct ut__options opt = *rp->opt;
    if (file->roles)
        ut__file_roles_apply(&opt, file->roles);
    if (ut__roles_decide(&r.roles, &opt, &src.info, &msg) != 0) {
        ut__message(file->path, "%s", msg.text);
        goto out;
    }
    if (r.roles.caller && r.roles.agent && opt.mono_is_caller &&
        ut__roles_same_sound(file->path, &cfg, &r.roles))
        r.roles.agent = 0; /* The caller alone, twice. */
    char id[UT__CALL_ID_MAX];
    if (part > 0)
        snprintf(id, sizeof id, "%.100s:%u", file->id, (unsigned)part + 1);
    else
        snprintf(id, sizeof id, "%s", file->id);
    begin_print(&r, id);
    result = r.roles.caller ? run_call(&r) : tell_unknown(&r, &msg);
    if (file->watch && file->watch->done)
        file->watch->done(file->watch->arg, result);
out:
    free(r.rules);
    ut__source_close(&src);
    return result;
}

enum ut__replay_result ut__replay_file(const struct ut__replay *rp,
                                       const struct ut__replay_file *file)
{
    uint32_t parts = 1;
    enum ut__replay_result result = run_part(rp, file, 0, &parts);
    for (uint32_t part = 1; part < parts && !rp->must_stop(file->job); part++) {
        enum ut__replay_result more = run_part(rp, file, part, &parts);
        /* One call that was scored makes the file a scored one; a failure stays a failure. */
        if (more == UT__REPLAY_FAILED || (more == UT__REPLAY_SCORED && result != UT__REPLAY_FAILED))
            result = more;
    }
    return result;
}
