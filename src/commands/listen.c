/* SPDX-License-Identifier: MIT */
/*
 * undertone listen: a softphone's call, heard on devices of this machine.
 *
 *     devices -> rings -> blocks -> ut_call_push -> events -> timeline
 *        `-- gone, busy, silent: closed, tried again ever more slowly, and the time is a gap
 *
 * Media time follows the caller's samples while they come, the clock while they do not. The agent's
 * device has a clock of its own: its samples are kept beside the caller's.
 */

#define _GNU_SOURCE /* clock_nanosleep, localtime_r. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <undertone/site.h>

#include "base/clock.h"
#include "commands/options.h"
#include "ingress/portaudio/capture.h"
#include "terminal/command.h"
#include "terminal/interrupt.h"
#include "terminal/message.h"
#include "terminal/print.h"

enum {
    TICK_MS = 20,
    RETRY_MIN_MS = 500,
    RETRY_MAX_MS = 8000,
    ASIDE_MS = 300, /* Devices' clocks may part by so much before samples are put in or out. */
    OUTAGE_STEP_MS = 200, /* While there is no sound, gaps go in steps of this. */
    DAMAGE_MS = 10        /* What a device lost without saying how much. */
};

struct listener {
    const struct ut__options *opt;
    struct ut__capture_want want[UT_ROLE_COUNT];
    char names[UT_ROLE_COUNT][UT__CAPTURE_NAME_MAX];
    struct ut__capture *capture; /* NULL while there is none. */
    struct ut_call *call;
    struct ut__print print;
    const char *model;
    uint32_t site;                  /* Checksum of its profile; 0: it has none. */
    uint64_t pushed[UT_ROLE_COUNT]; /* Samples, gaps included. */
    int64_t began_us;               /* When the first sound came; 0: not yet. */
    int64_t retry_us;               /* When to try again. */
    int64_t retry_ms;
    uint64_t overruns, told_overruns; /* Of captures that were closed; and how many were told. */
    int scored;
    int resuming; /* 1: opened anew, and no sound yet. */
};

static void write_out(void *state, const char *bytes, size_t n)
{
    (void)state;
    (void)fwrite(bytes, 1, n, stdout);
    (void)fflush(stdout);
}

static void print_events(struct listener *l)
{
    struct ut_event ev;
    while (ut_call_read(l->call, &ev)) {
        if (ev.type == UT_EVENT_SUMMARY)
            l->scored = ev.u.summary.scored;
        ut__print_event(&l->print, &ev);
    }
}

/* The call's line comes with its first sound. */
static void begin_print(struct listener *l)
{
    const struct ut__print_out out = {.write = write_out};
    const struct ut__print_style style = ut__print_style_of_stdout(l->opt->json, l->opt->no_color);
    char id[UT__CALL_ID_MAX];
    time_t now = time(NULL);
    struct tm tm;
    if (!localtime_r(&now, &tm) || strftime(id, sizeof id, "listen-%Y%m%dT%H%M%S", &tm) == 0)
        (void)snprintf(id, sizeof id, "listen");
    const struct ut__print_call call = {
        .id = id,
        .file = l->names[UT_ROLE_CALLER],
        .format = "live",
        .model = l->model,
        .site = l->site,
        .channels = l->want[UT_ROLE_AGENT].device ? 2 : 1,
        .caller_channel = 1,
        .agent_channel = l->want[UT_ROLE_AGENT].device ? 2 : 0,
        .rate_hz = l->want[UT_ROLE_CALLER].rate_hz,
    };
    ut__print_begin(&l->print, &out, &style, &call);
}

static double seconds_of(const struct listener *l, enum ut_role role)
{
    return (double)l->pushed[role] / l->want[role].rate_hz;
}

static void push_gap(struct listener *l, enum ut_role role, double gap_s)
{
    size_t n = (size_t)(gap_s * l->want[role].rate_hz);
    ut_call_push_gap(l->call, role, n);
    l->pushed[role] += n;
}

/* The clock goes on where no samples come: every role's missing time is a gap. */
static void fill_outage(struct listener *l, int64_t now_us, double at_least_s)
{
    if (!l->began_us)
        return;
    double elapsed_s = (double)(now_us - l->began_us) / 1e6;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        if (!l->want[role].device)
            continue;
        double behind_s = elapsed_s - seconds_of(l, (enum ut_role)role);
        if (behind_s >= at_least_s)
            push_gap(l, (enum ut_role)role, behind_s);
    }
    print_events(l);
}

static void resume(struct listener *l)
{
    l->resuming = 0;
    fill_outage(l, ut__clock_mono_us(), 0);
    ut__message(l->names[UT_ROLE_CALLER], "sound comes again");
    ut__print_note(&l->print, "the device is back");
}

static void push_block(struct listener *l, enum ut_role role, const struct ut__capture_block *b)
{
    if (!l->began_us) {
        l->began_us = ut__clock_mono_us() - (int64_t)b->n * 1000000 / l->want[role].rate_hz;
        begin_print(l);
    }
    if (l->resuming)
        resume(l);
    if (b->lost) {
        ut_call_push_gap(l->call, role, b->lost);
        l->pushed[role] += b->lost;
    }
    size_t damaged = 0;
    if (b->damaged) { /* Time is right, but what is there is not whole: flag its beginning. */
        damaged = l->want[role].rate_hz * DAMAGE_MS / 1000;
        damaged = damaged < b->n ? damaged : b->n;
        ut_call_push_gap(l->call, role, damaged);
    }
    ut_call_push(l->call, role, b->pcm + damaged, b->n - damaged);
    l->pushed[role] += b->n;
}

/* Keeps the agent beside the caller although their devices' clocks differ. */
static void push_agent(struct listener *l, const struct ut__capture_block *b)
{
    double ahead_s = seconds_of(l, UT_ROLE_AGENT) - seconds_of(l, UT_ROLE_CALLER);
    if (ahead_s > ASIDE_MS / 1e3)
        return;
    if (ahead_s < -ASIDE_MS / 1e3)
        push_gap(l, UT_ROLE_AGENT, -ahead_s);
    push_block(l, UT_ROLE_AGENT, b);
}

static void drain(struct listener *l)
{
    struct ut__capture_block b;
    int more = 1;
    while (more) { /* By turns, so that neither is far ahead. */
        more = ut__capture_read(l->capture, UT_ROLE_CALLER, &b);
        if (more)
            push_block(l, UT_ROLE_CALLER, &b);
        if (l->want[UT_ROLE_AGENT].device && ut__capture_read(l->capture, UT_ROLE_AGENT, &b)) {
            push_agent(l, &b);
            more = 1;
        }
        print_events(l);
    }
    uint64_t overruns = l->overruns + ut__capture_overruns(l->capture);
    if (overruns != l->told_overruns && l->began_us) {
        char text[160];
        (void)snprintf(
            text, sizeof text,
            "sound was lost %llu times so far: this machine is too busy; flagged as gaps",
            (unsigned long long)overruns);
        ut__print_note(&l->print, text);
        l->told_overruns = overruns;
    }
}

/* Opens what is wanted; the first time, rates and names are kept for all later times. */
static int open_capture(struct listener *l, char *why)
{
    int err = ut__capture_open(&l->capture, l->want, why);
    if (err)
        return err;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        if (!l->want[role].device)
            continue;
        l->want[role].rate_hz = ut__capture_rate(l->capture, (enum ut_role)role);
        if (l->names[role][0])
            continue;
        memcpy(l->names[role], ut__capture_name(l->capture, (enum ut_role)role),
               sizeof l->names[role]);
        l->want[role].device = l->names[role]; /* Numbers change when devices come and go. */
    }
    l->retry_ms = RETRY_MIN_MS;
    return 0;
}

static void retry_later(struct listener *l, int64_t now_us)
{
    l->retry_us = now_us + l->retry_ms * 1000;
    l->retry_ms = l->retry_ms * 2 < RETRY_MAX_MS ? l->retry_ms * 2 : RETRY_MAX_MS;
}

static void lose(struct listener *l, int64_t now_us)
{
    drain(l);
    l->overruns += ut__capture_overruns(l->capture);
    ut__capture_close(l->capture);
    l->capture = NULL;
    ut__message(l->names[UT_ROLE_CALLER], "no sound comes any more; trying to open it again, and "
                                          "the time is flagged as a gap");
    if (l->began_us)
        ut__print_note(&l->print, "the device is gone: a gap until it is back");
    l->retry_ms = RETRY_MIN_MS;
    retry_later(l, now_us);
}

static void try_again(struct listener *l, int64_t now_us)
{
    char why[UT__CAPTURE_WHY_MAX];
    fill_outage(l, now_us, OUTAGE_STEP_MS / 1e3);
    if (now_us < l->retry_us)
        return;
    if (open_capture(l, why)) {
        retry_later(l, now_us);
        return;
    }
    l->resuming = l->began_us != 0;
}

static void sleep_tick(void)
{
    const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
    (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &tick, NULL);
}

/* The first opening. A wrong name is the operator's to mend; a busy device is waited for. */
static int wait_for_device(struct listener *l)
{
    char why[UT__CAPTURE_WHY_MAX];
    int told = 0;
    l->retry_ms = RETRY_MIN_MS;
    while (!ut__interrupted()) {
        int64_t now_us = ut__clock_mono_us();
        if (now_us >= l->retry_us) {
            int err = open_capture(l, why);
            if (!err)
                return 0;
            if (err == UT_EINVAL || err == UT_ENOMEM) {
                ut__message(NULL, "%s", why);
                return err;
            }
            if (!told++)
                ut__message(NULL, "%s; trying again until it can be, Ctrl-C ends", why);
            retry_later(l, now_us);
        }
        sleep_tick();
    }
    return UT_EIO;
}

static void run(struct listener *l)
{
    while (!ut__interrupted()) {
        int64_t now_us = ut__clock_mono_us();
        if (l->capture) {
            drain(l);
            if (l->resuming)
                fill_outage(l, now_us, OUTAGE_STEP_MS / 1e3);
            if (!ut__capture_alive(l->capture, now_us))
                lose(l, now_us);
        } else {
            try_again(l, now_us);
        }
        sleep_tick();
    }
    if (l->capture)
        drain(l);
    if (!l->began_us)
        begin_print(l);
    ut_call_end(l->call);
    print_events(l);
}

static int listen_with(struct listener *l, const struct ut_model *model,
                       const struct ut_alert_config *alert)
{
    int err = wait_for_device(l);
    if (err)
        return err == UT_EIO ? UT__EXIT_UNSCORED : UT__EXIT_FAILED;
    struct ut_call_config cfg = ut_call_config_default();
    cfg.caller_rate_hz = l->want[UT_ROLE_CALLER].rate_hz;
    cfg.agent_rate_hz = l->want[UT_ROLE_AGENT].rate_hz;
    cfg.alert = *alert;
    err = ut_call_create(&l->call, model, &cfg);
    if (err) {
        ut__message(l->names[UT_ROLE_CALLER], "no call could be set up: %s", ut_strerror(err));
        return UT__EXIT_FAILED;
    }
    l->model = ut_model_name(model);
    l->site = ut_model_site(model);
    run(l);
    return l->scored ? UT__EXIT_DONE : UT__EXIT_UNSCORED;
}

static const struct ut__usage usage = {
    .command = "listen",
    .synopsis = "--caller DEVICE [--agent DEVICE] [OPTION...]",
    .about =
        "Listens to a softphone's call on devices of this machine, and prints what a supervisor\n"
        "would see, until Ctrl-C. undertone devices lists the devices. No sound is stored.\n",
    .examples = "  undertone listen --caller caller --agent headset\n"
                "  undertone listen --caller 3 --caller-channel 2\n"
                "  undertone listen --json --caller caller >events.jsonl\n",
    .bit = UT__FOR_LISTEN,
};

static int main_listen(int argc, char **argv)
{
    struct ut__options opt;
    int status = ut__options_read(&opt, &usage, argc, argv);
    if (status != -1)
        return status;
    if (!opt.caller_device || opt.argument_count > 0) {
        ut__message("listen", "wants --caller DEVICE and no file; undertone devices lists devices");
        return UT__EXIT_USAGE;
    }
    if (opt.agent_device && strcmp(opt.agent_device, opt.caller_device) == 0 &&
        (opt.agent_channel ? opt.agent_channel : 1) ==
            (opt.caller_channel ? opt.caller_channel : 1)) {
        ut__message("listen", "the agent is on the caller's device and channel: the agent is never "
                              "scored; give another device or channel");
        return UT__EXIT_USAGE;
    }
    struct ut_model *model;
    void *bytes;
    struct ut_alert_config alert;
    status = ut__options_model(&opt, &model, &bytes, &alert);
    if (status)
        return status;
    struct listener l = {.opt = &opt};
    l.want[UT_ROLE_CALLER] =
        (struct ut__capture_want){opt.caller_device, opt.caller_channel, opt.device_rate_hz};
    if (opt.agent_device && !opt.no_agent)
        l.want[UT_ROLE_AGENT] =
            (struct ut__capture_want){opt.agent_device, opt.agent_channel, opt.device_rate_hz};
    ut__interrupt_watch();
    status = listen_with(&l, model, &alert);
    ut__capture_close(l.capture);
    ut_call_destroy(l.call);
    ut_model_destroy(model);
    free(bytes);
    return status;
}

const struct ut__command ut__command_listen = {
    .name = "listen",
    .summary = "score a softphone's call on devices of this machine",
    .run = main_listen};
