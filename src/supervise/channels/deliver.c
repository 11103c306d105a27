/* SPDX-License-Identifier: MIT */
/* The thread of a channel: takes letters from the outbox, sends them, reports how it went. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <jansson.h>

#include <undertone/error.h>

#include "base/clock.h"
#include "base/log.h"
#include "supervise/channels/channel.h"
#include "supervise/text.h"

enum {
    TAKE = 16,
    IDLE_MS = 1000,
    READY_MS = 50,      /* Between looks whether a channel is ready. */
    PATIENCE_MS = 2000, /* Not ready for longer is a problem to be shown. */
    ANSWER_MS = 10000,  /* The ledger is busy or gone beyond this. */
    FIRST_MS = 1000,
    LONGEST_MS = 15 * 60 * 1000,
    PAUSE_MAX_MS = 30000,
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
    int64_t strikes;    /* Tries in a row that failed: the receiver is away. */
    int refs;           /* Of the thread, and of the questions under way. */
    uint64_t asked;     /* Number of the newest question. */
    int waiting;        /* For its answer. */
    char *answer;       /* NULL until it comes. */
    int64_t sent[TAKE]; /* Letters that the receiver has, while the ledger still has them too. */
    uint32_t sent_count;
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
    free(d->answer);
    free(d);
}

static void on_answer(void *arg, enum ut__ledger_status status, const char *json)
{
    struct question *q = arg;
    struct ut__deliver *d = q->d;
    pthread_mutex_lock(&d->lock);
    /* One that nobody waited for any longer answers no later question. */
    if (d->waiting && q->number == d->asked) {
        d->answer = status == UT__LEDGER_OK ? strdup(json) : NULL;
        d->waiting = 0;
        pthread_cond_signal(&d->wake);
    }
    pthread_mutex_unlock(&d->lock);
    free(q);
    release(d);
}

/* Asks and waits. A text to free(), or NULL when the ledger does not answer or cannot. */
static char *ask(struct ut__deliver *d, enum ut__ledger_op op, const char *args)
{
    struct timespec ts;
    char *answer = NULL;
    struct question *q = malloc(sizeof *q);
    if (!q)
        return NULL;
    pthread_mutex_lock(&d->lock);
    *q = (struct question){.d = d, .number = ++d->asked};
    d->waiting = 1;
    d->refs++;
    pthread_mutex_unlock(&d->lock);
    if (d->ledger.ask(d->ledger.state, op, args, on_answer, q)) {
        pthread_mutex_lock(&d->lock);
        d->waiting = 0;
        d->refs--;
        pthread_mutex_unlock(&d->lock);
        free(q);
        return NULL;
    }
    until(&ts, ANSWER_MS);
    pthread_mutex_lock(&d->lock);
    while (d->waiting)
        if (pthread_cond_timedwait(&d->wake, &d->lock, &ts))
            break;
    d->waiting = 0;
    answer = d->answer;
    d->answer = NULL;
    pthread_mutex_unlock(&d->lock);
    return answer;
}

/* Returns 1 when the letter is out of the outbox. */
static int take_out(struct ut__deliver *d, int64_t id)
{
    char args[48];
    snprintf(args, sizeof args, "{\"id\":%lld}", (long long)id);
    char *answer = ask(d, UT__LEDGER_OUTBOX_DONE, args);
    int known = answer != NULL;
    free(answer);
    return known;
}

/* What a disk in trouble kept in the outbox must not be sent over and over. */
static void take_out_sent(struct ut__deliver *d)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < d->sent_count; i++)
        if (left > 0 || !take_out(d, d->sent[i]))
            d->sent[left++] = d->sent[i];
    d->sent_count = left;
}

static int is_sent(const struct ut__deliver *d, int64_t id)
{
    for (uint32_t i = 0; i < d->sent_count; i++)
        if (d->sent[i] == id)
            return 1;
    return 0;
}

static void confirm(struct ut__deliver *d, int64_t id)
{
    char args[96];
    if (!take_out(d, id))
        d->sent[d->sent_count++] = id; /* There was room: see serve. */
    atomic_fetch_add(&d->channel->delivered, 1);
    atomic_store(&d->channel->last_ok_ms, ut__clock_wall_us() / 1000);
    d->strikes = 0;
    if (!atomic_exchange(&d->channel->trouble, 0))
        return;
    UT__LOG(UT__LOG_INFO, "channel works again", ut__log_str("channel", d->channel->name));
    /* What has been put off for hours need not wait any longer. */
    snprintf(args, sizeof args, "{\"channel\":\"%s\"}", d->channel->name);
    free(ask(d, UT__LEDGER_OUTBOX_HURRY, args));
}

/* Returns 1 when the ledger knows. */
static int fail(struct ut__deliver *d, const struct ut__letter *letter, int never,
                const char *error)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        random = (uint32_t)letter->id;
    int64_t retry = never ? -1 : ut__deliver_backoff_ms(letter->attempts, random);
    json_t *args = json_pack("{sI ss}", "id", (json_int_t)letter->id, "error", error);
    if (args && retry >= 0)
        json_object_set_new(args, "retry_ms", json_integer(retry));
    char *text = args ? json_dumps(args, JSON_COMPACT) : NULL;
    char *answer = text ? ask(d, UT__LEDGER_OUTBOX_FAILED, text) : NULL;
    int known = answer != NULL;
    free(answer);
    free(text);
    json_decref(args);
    atomic_fetch_add(&d->channel->failed, 1);
    d->strikes += !never;
    if (retry < 0)
        atomic_fetch_add(&d->channel->died, 1);
    pthread_mutex_lock(&d->lock);
    snprintf(d->error, sizeof d->error, "%s", error);
    pthread_mutex_unlock(&d->lock);
    if (!atomic_exchange(&d->channel->trouble, 1) || retry < 0)
        UT__LOG(UT__LOG_WARN, "channel failed", ut__log_str("channel", d->channel->name),
                ut__log_str("error", error),
                ut__log_str("then", retry < 0 ? "dead letter" : "retry"));
    return known;
}

static int is_ending(struct ut__deliver *d)
{
    pthread_mutex_lock(&d->lock);
    int ending = d->ending;
    pthread_mutex_unlock(&d->lock);
    return ending;
}

/* Returns 0 when the receiver seems to be away, or the ledger. */
static int send_letter(struct ut__deliver *d, const json_t *json)
{
    char error[UT__CHANNEL_ERROR_MAX] = "";
    char *body = json_dumps(json_object_get(json, "body"), UT__JSON);
    int here = 1;
    struct ut__letter letter = {
        .id = (int64_t)json_integer_value(json_object_get(json, "id")),
        .key = json_string_value(json_object_get(json, "key")),
        .action = json_string_value(json_object_get(json, "action")),
        .attempts = (int64_t)json_integer_value(json_object_get(json, "attempts")),
        .body = body,
    };
    if (body && letter.key && letter.action) {
        enum ut__sent sent =
            d->channel->kind->send(d->channel->state, &letter, error, sizeof error);
        if (sent == UT__SENT)
            confirm(d, letter.id);
        else
            here = fail(d, &letter, sent == UT__SENT_NEVER, error) && sent == UT__SENT_NEVER;
    }
    free(body);
    return here;
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

/* Sends what is due. Returns the milliseconds until more may be. */
static int64_t serve(struct ut__deliver *d)
{
    char args[96], why[UT__CHANNEL_ERROR_MAX] = "not connected";
    size_t i;
    json_t *letter;
    if (d->channel->kind->ready && !d->channel->kind->ready(d->channel->state, why, sizeof why))
        return not_ready(d, why);
    d->waited_ms = 0;
    take_out_sent(d);
    snprintf(args, sizeof args, "{\"channel\":\"%s\",\"limit\":%d}", d->channel->name, TAKE);
    char *text = ask(d, UT__LEDGER_OUTBOX_TAKE, args);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    json_t *letters = json_object_get(json, "letters");
    const json_t *wait = json_object_get(json, "wait_ms");
    int64_t ms = json_array_size(letters) == 0 && json_is_integer(wait)
                     ? (int64_t)json_integer_value(wait)
                     : IDLE_MS;
    if (json_array_size(letters) > 0)
        ms = d->sent_count ? IDLE_MS : 0;
    else if (json && d->channel->kind->ready && !json_is_integer(wait))
        atomic_store(&d->channel->trouble, 0);
    json_array_foreach(letters, i, letter)
    {
        if (is_ending(d) || d->sent_count == TAKE)
            break;
        if (is_sent(d, (int64_t)json_integer_value(json_object_get(letter, "id"))))
            continue;
        if (!send_letter(d, letter)) {
            ms = pause_ms(d->strikes);
            break;
        }
    }
    json_decref(json);
    free(text);
    return ms;
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
