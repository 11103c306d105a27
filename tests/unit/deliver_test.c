/* SPDX-License-Identifier: MIT */
/* Letters on their way out: back-off, a full disk, a late answer, one that is refused, nobody there. */

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervise/channels/channel.h"
#include "unit/unit.h"

/* Doubling from 1 s to 15 min, each within a sixth of it; given up after about a day. */
static void test_backoff(void **state)
{
    (void)state;
    int64_t sum = 0;
    for (int64_t n = 0;; n++) {
        int64_t low = ut__deliver_backoff_ms(n, 0), high = ut__deliver_backoff_ms(n, UINT32_MAX);
        if (low < 0)
            break;
        int64_t nominal = n < 10 ? 1000LL << n : 900000;
        nominal = nominal < 900000 ? nominal : 900000;
        assert_in_range(low, nominal * 5 / 6 - 1, nominal * 5 / 6 + 1);
        assert_in_range(high, nominal * 7 / 6 - 2, nominal * 7 / 6 + 1);
        sum += nominal;
    }
    assert_in_range(sum, 20LL * 3600000, 28LL * 3600000);
}

/* A ledger with letters, and a receiver that does with each what its key says. */
struct desk {
    pthread_mutex_t lock;
    struct {
        const char *key; /* "away", "busy", "never": what the receiver does; else it takes it. */
        int64_t alert_row, retry_ms;
        int gone, sends, held;
    } letters[96];
    int count, sends, takes, settles, refusals, full, late, hurried;
    char order[256];    /* First letters of the keys as they were sent. */
    ut__answered *done; /* Of a question that is not answered in time. */
    void *arg;
};

static int desk_take(void *state, const char *channel, struct ut__letter out[UT__LETTERS_MAX],
                     int64_t *wait_ms)
{
    struct desk *k = state;
    int n = 0;
    (void)channel;
    pthread_mutex_lock(&k->lock);
    k->takes++;
    *wait_ms = -1;
    for (int i = 0; i < k->count && n < UT__LETTERS_MAX; i++) {
        int waits = k->letters[i].gone || k->letters[i].retry_ms;
        for (int j = 0; j < i; j++) /* The ledger keeps the order within an alert. */
            waits |= k->letters[j].alert_row == k->letters[i].alert_row && !k->letters[j].gone;
        if (waits)
            continue;
        char *key = strdup(k->letters[i].key);
        out[n++] = (struct ut__letter){.id = i + 1,
                                       .alert_row = k->letters[i].alert_row,
                                       .key = key,
                                       .action = "raised",
                                       .alert = key,
                                       .body = "{}",
                                       .texts = key};
    }
    pthread_mutex_unlock(&k->lock);
    return n;
}

static int desk_settle(void *state, const struct ut__settled *list, uint32_t n, ut__answered *done,
                       void *arg)
{
    struct desk *k = state;
    struct ut__answer away = {.status = UT__LEDGER_AWAY}, noted = {.status = UT__LEDGER_OK};
    pthread_mutex_lock(&k->lock);
    int keep = k->late && k->settles++ == 0, full = k->full;
    k->refusals += full;
    if (keep) {
        k->done = done;
        k->arg = arg;
    } else if (k->done) { /* The late answer comes just before the right one. */
        k->done(k->arg, &away);
        k->done = NULL;
    }
    for (uint32_t i = 0; i < n && !full && !keep; i++) {
        k->letters[list[i].id - 1].gone = list[i].end != UT__LETTER_LATER;
        k->letters[list[i].id - 1].retry_ms = list[i].retry_ms;
        k->letters[list[i].id - 1].held = list[i].held;
    }
    pthread_mutex_unlock(&k->lock);
    if (!keep)
        done(arg, full ? &away : &noted);
    return 0;
}

static int desk_hurry(void *state, const char *channel)
{
    struct desk *k = state;
    (void)channel;
    pthread_mutex_lock(&k->lock);
    k->hurried++;
    pthread_mutex_unlock(&k->lock);
    return 0;
}

static enum ut__sent desk_send(void *state, const struct ut__letter *letter,
                               struct ut__channel_word *word)
{
    struct desk *k = state;
    pthread_mutex_lock(&k->lock);
    k->sends++;
    k->letters[letter->id - 1].sends++;
    if (strlen(k->order) + 1 < sizeof k->order)
        strncat(k->order, letter->key, 1);
    pthread_mutex_unlock(&k->lock);
    snprintf(word->error, sizeof word->error, "the desk is %s", letter->key);
    word->retry_ms = strcmp(letter->key, "late") == 0 ? 1234567 : 0;
    if (strcmp(letter->key, "away") == 0)
        return UT__SENT_AWAY;
    if (strcmp(letter->key, "busy") == 0 || word->retry_ms)
        return UT__SENT_RETRY;
    if (strcmp(letter->key, "unwanted") == 0)
        return UT__SENT_UNWANTED;
    return strcmp(letter->key, "never") == 0 ? UT__SENT_NEVER : UT__SENT;
}

static const struct ut__channel_kind desk_kind = {.name = "desk", .send = desk_send};

static struct ut__ledger desk_ledger(struct desk *k)
{
    return (struct ut__ledger){
        .state = k, .take = desk_take, .settle = desk_settle, .hurry = desk_hurry};
}

static void add_letter(struct desk *k, const char *key, int64_t alert_row)
{
    k->letters[k->count].key = key;
    k->letters[k->count++].alert_row = alert_row;
}

/* Waits until one of the desk's counts is as large; the channel is kept awake. */
static void wait_count(struct ut__outlet *c, struct desk *k, const int *count, int n)
{
    int now = 0;
    for (int i = 0; i < 60000 && now < n; i++) {
        ut__deliver_wake(c);
        usleep(1000);
        pthread_mutex_lock(&k->lock);
        now = *count;
        pthread_mutex_unlock(&k->lock);
    }
    assert_true(now >= n);
}

/* While the disk is full a letter cannot leave the outbox: its receiver gets it once all the same.
 */
static void test_unconfirmed(void **state)
{
    (void)state;
    struct desk k = {.lock = PTHREAD_MUTEX_INITIALIZER, .full = 1};
    struct ut__outlet c = {.name = "desk", .kind = &desk_kind, .state = &k};
    const struct ut__ledger ledger = desk_ledger(&k);
    add_letter(&k, "ok", 1);
    assert_int_equal(ut__deliver_start(&c, &ledger), 0);
    wait_count(&c, &k, &k.refusals, 3);
    pthread_mutex_lock(&k.lock);
    assert_int_equal(k.sends, 1);
    k.full = 0;
    pthread_mutex_unlock(&k.lock);
    wait_count(&c, &k, &k.letters[0].gone, 1);
    ut__deliver_stop(&c);
    assert_int_equal(k.sends, 1);
}

/* An answer after its time belongs to no later question. */
static void test_late_answer(void **state)
{
    (void)state;
    struct desk k = {.lock = PTHREAD_MUTEX_INITIALIZER, .late = 1};
    struct ut__outlet c = {.name = "desk", .kind = &desk_kind, .state = &k, .answer_ms = 100};
    const struct ut__ledger ledger = desk_ledger(&k);
    add_letter(&k, "ok", 1);
    assert_int_equal(ut__deliver_start(&c, &ledger), 0);
    wait_count(&c, &k, &k.letters[0].gone, 1);
    ut__deliver_stop(&c);
    assert_int_equal(k.sends, 1);
    assert_null(k.done);
}

/* What is refused waits by itself, and holds up its own alert alone; the order in it is kept. */
static void test_refused(void **state)
{
    (void)state;
    struct desk k = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct ut__outlet c = {.name = "desk", .kind = &desk_kind, .state = &k};
    const struct ut__ledger ledger = desk_ledger(&k);
    for (int i = 0; i < 30; i++)
        add_letter(&k, "busy", 10 + i);
    add_letter(&k, "x", 10); /* After the first refused one, in one alert. */
    add_letter(&k, "never", 50);
    add_letter(&k, "late", 51);
    add_letter(&k, "ok", 52);
    assert_int_equal(ut__deliver_start(&c, &ledger), 0);
    wait_count(&c, &k, &k.letters[33].gone, 1);
    ut__deliver_stop(&c);
    assert_string_equal(k.order, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbnlo");
    assert_in_range(k.letters[0].retry_ms, 1, 2000);
    assert_int_equal(k.letters[0].held, 0);
    assert_int_equal(k.letters[30].sends, 0);
    assert_int_equal(k.letters[31].gone, 1);
    assert_int_equal(k.letters[32].retry_ms, 1234567);
    assert_int_equal(k.letters[32].held, 1);
    assert_int_equal(k.hurried, 0);
}

/* What a filter holds back says nothing of a receiver that is in trouble. */
static void test_unwanted(void **state)
{
    (void)state;
    struct desk k = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct ut__outlet c = {.name = "desk", .kind = &desk_kind, .state = &k};
    const struct ut__ledger ledger = desk_ledger(&k);
    add_letter(&k, "busy", 1);
    add_letter(&k, "unwanted", 2);
    assert_int_equal(ut__deliver_start(&c, &ledger), 0);
    wait_count(&c, &k, &k.letters[1].gone, 1);
    ut__deliver_stop(&c);
    assert_int_equal(atomic_load(&c.trouble), 1);
    assert_int_equal(atomic_load(&c.delivered), 0);
}

/* Nobody is there: one letter knocks, not all; once one comes through all the rest are due. */
static void test_away(void **state)
{
    (void)state;
    struct desk k = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct ut__outlet c = {.name = "desk", .kind = &desk_kind, .state = &k};
    const struct ut__ledger ledger = desk_ledger(&k);
    add_letter(&k, "away", 1);
    for (int i = 0; i < 9; i++)
        add_letter(&k, "ok", 2 + i);
    assert_int_equal(ut__deliver_start(&c, &ledger), 0);
    wait_count(&c, &k, &k.sends, 1);
    usleep(300000);
    pthread_mutex_lock(&k.lock);
    assert_int_equal(k.sends, 1);
    pthread_mutex_unlock(&k.lock);
    wait_count(&c, &k, &k.hurried, 1);
    ut__deliver_stop(&c);
    assert_int_equal(k.sends, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backoff),     cmocka_unit_test(test_unconfirmed),
        cmocka_unit_test(test_late_answer), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_unwanted),    cmocka_unit_test(test_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
