/* SPDX-License-Identifier: MIT */
/* Threads that act. */

#include "supervise/help/helper.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct task {
    struct task *next;
    int64_t until_ms; /* Steady clock: it must have begun by then. */
    const struct ut__action *action;
    ut__help_fn *fn;
    struct ut__text target, text;
    ut__help_done *done;
    void *arg;
    struct ut__help_word word;
};

struct ut__helper {
    struct ut__hand *hand;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t threads[UT__HELPERS];
    unsigned thread_count, waiting;
    struct task *first, **last;
    atomic_int stop;
};

static void end(struct task *t)
{
    t->done(t->arg, &t->word);
    free(t->word.answer);
    ut__text_free(&t->target);
    ut__text_free(&t->text);
    free(t);
}

static void on_hub(void *arg, void *data)
{
    (void)arg;
    end(data);
}

static void act(struct ut__helper *h, struct task *t)
{
    const struct ut__action *a = t->action;
    if (ut__clock_mono_us() / 1000 > t->until_ms) {
        t->word = (struct ut__help_word){.end = UT__HELP_AWAY, .said = "others took too long"};
        return;
    }
    if (a->answer_max && (t->word.answer = malloc(a->answer_max + 1)) != NULL) {
        t->word.answer[0] = '\0';
        t->word.answer_cap = a->answer_max + 1;
    }
    t->fn(&(struct ut__help_act){.method = a->method,
                                 .target = t->target.buf,
                                 .text = t->text.buf,
                                 .secret = a->secret,
                                 .headers = a->headers,
                                 .ca_file = a->ca_file,
                                 .timeout_ms = a->timeout_ms,
                                 .stop = &h->stop},
          &t->word);
}

static struct task *take(struct ut__helper *h)
{
    struct task *t = h->first;
    if (!t)
        return NULL;
    h->first = t->next;
    if (!h->first)
        h->last = &h->first;
    h->waiting--;
    return t;
}

static void *run(void *arg)
{
    struct ut__helper *h = arg;
    pthread_mutex_lock(&h->lock);
    while (!atomic_load(&h->stop)) {
        struct task *t = take(h);
        if (!t) {
            pthread_cond_wait(&h->wake, &h->lock);
            continue;
        }
        pthread_mutex_unlock(&h->lock);
        act(h, t);
        /* Without memory for the way back the answer is lost; the request's own time limit is not. */
        (void)ut__hand_over(h->hand, on_hub, on_hub, NULL, t);
        pthread_mutex_lock(&h->lock);
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

int ut__helper_create(struct ut__helper **out, struct ut__hand *hand)
{
    struct ut__helper *h = calloc(1, sizeof *h);
    if (!h)
        return UT_ENOMEM;
    h->hand = hand;
    h->last = &h->first;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->wake, NULL);
    while (h->thread_count < UT__HELPERS) {
        if (pthread_create(&h->threads[h->thread_count], NULL, run, h)) {
            ut__helper_destroy(h);
            return UT_ENOMEM;
        }
        h->thread_count++;
    }
    *out = h;
    return 0;
}

int ut__helper_ask(struct ut__helper *h, const struct ut__action *action, ut__help_fn *fn,
                   struct ut__text *target_take, struct ut__text *text_take, ut__help_done *done,
                   void *arg)
{
    struct task *t = malloc(sizeof *t);
    if (!t)
        return UT_ENOMEM;
    *t = (struct task){.until_ms = ut__clock_mono_us() / 1000 + action->timeout_ms,
                       .action = action,
                       .fn = fn,
                       .target = *target_take,
                       .text = *text_take,
                       .done = done,
                       .arg = arg,
                       .word = {.end = UT__HELP_AWAY, .said = "Undertone is stopping"}};
    pthread_mutex_lock(&h->lock);
    int full = h->waiting >= UT__HELP_WAITING;
    if (!full) {
        *h->last = t;
        h->last = &t->next;
        h->waiting++;
        pthread_cond_signal(&h->wake);
    }
    pthread_mutex_unlock(&h->lock);
    if (full) {
        free(t);
        return UT_ETOOBIG;
    }
    *target_take = *text_take = (struct ut__text){0};
    return 0;
}

void ut__helper_destroy(struct ut__helper *h)
{
    struct task *t;
    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    atomic_store(&h->stop, 1);
    pthread_cond_broadcast(&h->wake);
    pthread_mutex_unlock(&h->lock);
    while (h->thread_count)
        pthread_join(h->threads[--h->thread_count], NULL);
    while ((t = take(h)) != NULL)
        end(t);
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->lock);
    free(h);
}
