/* SPDX-License-Identifier: MIT */
/* The thread of a channel: takes letters from the outbox, sends them, reports how it went. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <undertone/error.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "supervise/channels/channel.h"

enum {
    IDLE_MS = 1000,
    READY_MS = 50,      /* Between looks whether a channel is ready. */
    PATIENCE_MS = 2000, /* Not ready for longer is a problem to be shown. */
    ANSWER_MS = 10000,
    FIRST_MS = 1000,
    LONGEST_MS = 15 * 60 * 1000,
    PAUSE_MAX_MS = 30000,
    SETTLE_US = 200000, /* A letter that has left is in the outbox no longer than this. */
    REFUSALS_MANY = 64,
    REFUSED_MS = 100, /* Between letters to a receiver that refuses whatever comes. */
    DOUBLINGS = 10,
    TRIES_MAX = 105 /* About 24 hours: 10 doublings, then a quarter of an hour each. */
};

struct ut__deliver {
    struct ut__outlet *channel;
    struct ut__ledger ledger;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int ending, woken;
    int64_t waited_ms;
    int64_t strikes;    /* Tries in a row that found nobody: the receiver is away. */
    int64_t refusals;   /* Letters in a row that it did not take, though it was there. */
    int refs;           /* Of the thread, and of the questions under way. */
    uint64_t asked;     /* Number of the newest question. */
    int waiting, noted; /* For its answer; which was that the ledger has noted it. */
    /* How letters fared, of which the ledger does not know yet. */
    struct ut__settled settled[UT__LETTERS_MAX];
    uint32_t settled_count;
    int64_t settled_us; /* Since when. */
    int hurry;          /* The receiver is there again. */
    char error[UT__CHANNEL_ERROR_MAX];
};

struct question {
    struct ut__deliver *d;
    uint64_t number;
};

int64_t ut__deliver_backoff_ms(int64_t attempts, uint32_t random)
{
    if (attempts >= TRIES_MAX)
        return -1;
    int64_t ms =
        attempts >= DOUBLINGS ? LONGEST_MS : (int64_t)FIRST_MS << (attempts > 0 ? attempts : 0);
    ms = ms < LONGEST_MS ? ms : LONGEST_MS;
    return ms * 5 / 6 + (int64_t)((uint64_t)random * (uint64_t)(ms / 3) >> 32);
}

static void until(struct timespec *ts, int64_t ms)
{
    clock_gettime(CLOCK_MONOTONIC, ts);
    ts->tv_sec += (time_t)(ms / 1000);
    ts->tv_nsec += (long)(ms % 1000) * 1000000L;
    ts->tv_sec += ts->tv_nsec / 1000000000L;
    ts->tv_nsec %= 1000000000L;
}

static void release(struct ut__deliver *d)
{
    pthread_mutex_lock(&d->lock);
    int left = --d->refs;
    pthread_mutex_unlock(&d->lock);
    if (left)
        return;
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->wake);
    free(d);
}

static void on_answer(void *arg, struct ut__answer *answer)
{
    struct question *q = arg;
    struct ut__deliver *d = q->d;
    pthread_mutex_lock(&d->lock);
    /* One that nobody waited for any longer answers no later question. */
    if (d->waiting && q->number == d->asked) {
        d->noted = answer->status == UT__LEDGER_OK;
        d->waiting = 0;
        pthread_cond_signal(&d->wake);
    }
    pthread_mutex_unlock(&d->lock);
    free(q);
    release(d);
}

/* Tells the ledger how letters fared, and waits. Returns 1 when it has noted that. */
static int report(struct ut__deliver *d)
{
    struct timespec ts;
    struct question *q = malloc(sizeof *q);
    if (!q)
        return 0;
    pthread_mutex_lock(&d->lock);
    *q = (struct question){.d = d, .number = ++d->asked};
    d->waiting = 1;
    d->noted = 0;
    d->refs++;
    pthread_mutex_unlock(&d->lock);
    if (d->ledger.settle(d->ledger.state, d->settled, d->settled_count, on_answer, q)) {
        pthread_mutex_lock(&d->lock);
        d->waiting = 0;
        d->refs--;
        pthread_mutex_unlock(&d->lock);
        free(q);
        return 0;
    }
    until(&ts, d->channel->answer_ms ? d->channel->answer_ms : ANSWER_MS);
    pthread_mutex_lock(&d->lock);
    while (d->waiting)
        if (pthread_cond_timedwait(&d->wake, &d->lock, &ts))
            break;
    d->waiting = 0;
    int noted = d->noted;
    pthread_mutex_unlock(&d->lock);
    return noted;
}

/* What a disk in trouble kept in the outbox must not be sent over and over: it stays in the list
 * until the ledger knows of it. */
static void settle(struct ut__deliver *d)
{
    if (d->settled_count && report(d))
        d->settled_count = 0;
}

/* It was tried since the ledger heard last; or one of its alert that goes before it was put off. */
static int must_wait(const struct ut__deliver *d, const struct ut__letter *letter)
{
    for (uint32_t i = 0; i < d->settled_count; i++)
        if (d->settled[i].id == letter->id ||
            (d->settled[i].end == UT__LETTER_LATER && d->settled[i].alert_row == letter->alert_row))
            return 1;
    return 0;
}

static void note(struct ut__deliver *d, const struct ut__letter *letter,
                 const struct ut__settled *how)
{
    if (d->settled_count == 0)
        d->settled_us = ut__clock_mono_us();
    struct ut__settled *at = &d->settled[d->settled_count++]; /* There was room: see serve. */
    *at = *how;
    at->id = letter->id;
    at->alert_row = letter->alert_row;
}

/* How a letter fared, at debug: a problem is told once, each try here. */
static void tell_letter(const struct ut__deliver *d, const struct ut__letter *letter,
                        const struct ut__settled *how)
{
    static const char *const ends[] = {"letter sent", "letter is tried again later",
                                       "letter is given up"};
    char call[UT__CALL_ID_MAX];
    const char *number = strrchr(letter->alert, '-'); /* An alert is <call>-<n>. */
    snprintf(call, sizeof call, "%.*s", number ? (int)(number - letter->alert) : 0, letter->alert);
    UT__LOG(UT__LOG_DEBUG, ends[how->end], ut__log_str("call", call),
            ut__log_str("alert", letter->alert), ut__log_str("channel", d->channel->name),
            ut__log_str("action", letter->action), ut__log_int("tries", letter->attempts + 1),
            ut__log_int("again_in_ms", how->retry_ms), ut__log_str("error", how->error));
}

/* It leaves the outbox. */
static void settled(struct ut__deliver *d, const struct ut__letter *letter)
{
    const struct ut__settled how = {.end = UT__LETTER_SENT};
    note(d, letter, &how);
    tell_letter(d, letter, &how);
}

static void confirmed(struct ut__deliver *d)
{
    atomic_fetch_add(&d->channel->delivered, 1);
    atomic_store(&d->channel->last_ok_ms, ut__wall_ms());
    int was_away = d->strikes || d->refusals >= REFUSALS_MANY;
    d->strikes = d->refusals = 0;
    atomic_store(&d->channel->trouble, 0);
    if (!was_away)
        return;
    UT__LOG(UT__LOG_INFO, "channel works again", ut__log_str("channel", d->channel->name));
    /* What has been put off for hours need not wait any longer. */
    d->hurry = 1;
}

static int64_t retry_of(const struct ut__letter *letter)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        random = (uint32_t)letter->id;
    return ut__deliver_backoff_ms(letter->attempts, random);
}

static void failed(struct ut__deliver *d, const struct ut__letter *letter, enum ut__sent sent,
                   const struct ut__channel_word *word)
{
    struct ut__settled how = {.end = UT__LETTER_LATER, .held = word->retry_ms > 0};
    int64_t retry = sent == UT__SENT_NEVER ? -1 : retry_of(letter);
    if (retry < 0)
        how.end = UT__LETTER_DEAD;
    else
        how.retry_ms = retry > word->retry_ms ? retry : word->retry_ms;
    memcpy(how.error, word->error, sizeof how.error);
    note(d, letter, &how);
    tell_letter(d, letter, &how);
    atomic_fetch_add(&d->channel->failed, 1);
    d->strikes += sent == UT__SENT_AWAY;
    d->refusals += sent == UT__SENT_RETRY;
    if (retry < 0)
        atomic_fetch_add(&d->channel->died, 1);
    pthread_mutex_lock(&d->lock);
    memcpy(d->error, word->error, sizeof d->error);
    pthread_mutex_unlock(&d->lock);
    int fresh = !atomic_exchange(&d->channel->trouble, 1) && letter->attempts == 0;
    if (fresh || retry < 0 || (sent == UT__SENT_AWAY && d->strikes == 1))
        UT__LOG(UT__LOG_WARN, "channel failed", ut__log_str("channel", d->channel->name),
                ut__log_str("error", word->error),
                ut__log_str("then", retry < 0 ? "dead letter" : "retry"));
}

static int is_ending(struct ut__deliver *d)
{
    pthread_mutex_lock(&d->lock);
    int ending = d->ending;
    pthread_mutex_unlock(&d->lock);
    return ending;
}

/* One letter at a time knocks at a closed door, and ever less often. */
static int64_t pause_ms(int64_t strikes)
{
    int64_t ms = FIRST_MS << (strikes < 6 ? strikes : 6);
    return ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS;
}

/* A channel that is not ready costs its letters no try. */
static int64_t not_ready(struct ut__deliver *d, const char *why)
{
    d->waited_ms += READY_MS;
    if (d->waited_ms < PATIENCE_MS)
        return READY_MS;
    pthread_mutex_lock(&d->lock);
    snprintf(d->error, sizeof d->error, "%s", why);
    pthread_mutex_unlock(&d->lock);
    if (!atomic_exchange(&d->channel->trouble, 1))
        UT__LOG(UT__LOG_WARN, "channel is not connected", ut__log_str("channel", d->channel->name),
                ut__log_str("reason", why));
    return READY_MS;
}

/* Sends one letter. Returns the pause that the receiver needs after it; 0: none. */
static int64_t send_letter(struct ut__deliver *d, const struct ut__letter *letter)
{
    struct ut__channel_word word = {.retry_ms = 0};
    enum ut__sent sent = d->channel->kind->send(d->channel->state, letter, &word);
    if (sent == UT__SENT || sent == UT__SENT_UNWANTED) {
        settled(d, letter);
        if (sent == UT__SENT)
            confirmed(d);
        return 0;
    }
    failed(d, letter, sent, &word);
    if (sent == UT__SENT_AWAY)
        return pause_ms(d->strikes);
    /* A receiver that refuses whatever comes is asked less often, and left alone where it asks. */
    if (d->refusals < REFUSALS_MANY)
        return 0;
    int64_t asked = word.retry_ms < PAUSE_MAX_MS ? word.retry_ms : PAUSE_MAX_MS;
    return asked ? asked : REFUSED_MS;
}

/* Sends letters that are due, n of them. Returns the milliseconds until more may be. */
static int64_t send_letters(struct ut__deliver *d, const struct ut__letter *letters, int n)
{
    int64_t ms = 0;
    int tried = 0;
    for (int i = 0; i < n && !ms && !is_ending(d); i++) {
        if (d->settled_count == UT__LETTERS_MAX ||
            (d->settled_count && ut__clock_mono_us() - d->settled_us > SETTLE_US))
            settle(d);
        if (d->settled_count == UT__LETTERS_MAX)
            break;
        if (must_wait(d, &letters[i]))
            continue;
        ms = send_letter(d, &letters[i]);
        tried = 1;
    }
    settle(d);
    if (d->hurry) {
        d->hurry = 0;
        (void)d->ledger.hurry(d->ledger.state, d->channel->name);
    }
    return ms || tried ? ms : IDLE_MS;
}

/* Sends what is due. Returns the milliseconds until more may be. */
static int64_t serve(struct ut__deliver *d)
{
    char why[UT__CHANNEL_ERROR_MAX] = "not connected";
    struct ut__letter letters[UT__LETTERS_MAX];
    int64_t wait_ms = -1;
    if (d->channel->kind->ready && !d->channel->kind->ready(d->channel->state, why, sizeof why))
        return not_ready(d, why);
    d->waited_ms = 0;
    settle(d);
    int n = d->ledger.take(d->ledger.state, d->channel->name, letters, &wait_ms);
    if (n <= 0) {
        if (n == 0 && wait_ms < 0 && d->channel->kind->ready)
            atomic_store(&d->channel->trouble, 0);
        return n == 0 && wait_ms >= 0 ? wait_ms : IDLE_MS;
    }
    int64_t ms = send_letters(d, letters, n);
    for (int i = 0; i < n; i++)
        free(letters[i].texts);
    return d->settled_count ? IDLE_MS : ms;
}

static void *run(void *arg)
{
    struct ut__deliver *d = arg;
    const struct ut__outlet *c = d->channel;
    while (!is_ending(d)) {
        if (c->kind->idle)
            c->kind->idle(c->state);
        int64_t strikes = d->strikes, ms = serve(d);
        int paused = d->strikes > strikes;
        struct timespec ts;
        until(&ts, paused || ms < IDLE_MS ? ms : IDLE_MS);
        pthread_mutex_lock(&d->lock);
        while (!d->ending && (paused || !d->woken))
            if (pthread_cond_timedwait(&d->wake, &d->lock, &ts))
                break;
        d->woken = 0;
        pthread_mutex_unlock(&d->lock);
    }
    return NULL;
}

int ut__deliver_start(struct ut__outlet *channel, const struct ut__ledger *ledger)
{
    struct ut__deliver *d = calloc(1, sizeof *d);
    pthread_condattr_t attr;
    if (!d)
        return UT_ENOMEM;
    d->channel = channel;
    d->ledger = *ledger;
    d->refs = 1;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->wake, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&d->thread, NULL, run, d)) {
        release(d);
        return UT_ENOMEM;
    }
    channel->deliver = d;
    return 0;
}

void ut__deliver_wake(struct ut__outlet *channel)
{
    struct ut__deliver *d = channel->deliver;
    if (!d)
        return;
    pthread_mutex_lock(&d->lock);
    d->woken = 1;
    pthread_cond_signal(&d->wake);
    pthread_mutex_unlock(&d->lock);
}

void ut__deliver_stop(struct ut__outlet *channel)
{
    struct ut__deliver *d = channel->deliver;
    if (!d)
        return;
    pthread_mutex_lock(&d->lock);
    d->ending = 1;
    pthread_cond_signal(&d->wake);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
    if (channel->kind->stop)
        channel->kind->stop(channel->state);
    channel->deliver = NULL;
    release(d);
}

void ut__deliver_error(struct ut__outlet *channel, char *out, size_t cap)
{
    struct ut__deliver *d = channel->deliver;
    out[0] = '\0';
    if (!d || !atomic_load(&channel->trouble))
        return;
    pthread_mutex_lock(&d->lock);
    snprintf(out, cap, "%s", d->error);
    pthread_mutex_unlock(&d->lock);
}
