/* SPDX-License-Identifier: MIT */
/* A test alert: an alert's letters of no call, through the sender of a channel. */

#include "supervise/channels/trial.h"

#include <stdio.h>

#include <undertone/error.h>

#include "base/clock.h"

enum { WHERE_MAX = 160, ID_MAX = 48, KEY_MAX = 160 };

struct trial {
    char alert[ID_MAX];
    const char *node;
    int64_t now_ms;
};

/* What the record would have written, of a call `test` that nobody has. */
static void put_notice(struct ut__text *t, const struct trial *trial, const char *key,
                       const char *action)
{
    ut__text_raw(t, "{");
    ut__text_kstr(t, "key", key);
    ut__text_kint(t, "time_ms", trial->now_ms);
    ut__text_kstr(t, "node", trial->node);
    ut__text_kstr(t, "action", action);
    ut__text_kbool(t, "test", 1);
    ut__text_kstr(t, "by", "undertone serve --test-channel");
    ut__text_knull(t, "text");
    ut__text_key(t, "alert");
    ut__text_raw(t, "{");
    ut__text_kstr(t, "alert", trial->alert);
    ut__text_kstr(t, "call", "test");
    ut__text_kint(t, "n", 1);
    ut__text_kstr(t, "node", trial->node);
    ut__text_kstr(t, "queue", "test");
    ut__text_kstr(t, "agent", "test");
    ut__text_knum(t, "t", 0, 1);
    ut__text_knum(t, "stress", 0, 2);
    ut__text_kstr(t, "text", "This is a test of the channel. Nobody needs help.");
    ut__text_kstr(t, "severity", "low");
    ut__text_kstr(t, "state", action);
    ut__text_raw(t, "}}");
}

static const char *remedy(enum ut__sent sent)
{
    return sent == UT__SENT_AWAY
               ? "check its address, its certificate, and what lies between here and there"
               : "check the address, the keys and headers that the channel is given, and the "
                 "receiver's log";
}

static int send_step(const struct ut__outlet *channel, const struct trial *trial,
                     const char *action, const char *key, struct ut__text *told, char *why,
                     size_t cap)
{
    char where[WHERE_MAX] = "its receiver";
    struct ut__channel_word word = {.retry_ms = 0};
    struct ut__text body = {0};
    put_notice(&body, trial, key, action);
    if (body.failed) {
        ut__text_free(&body);
        snprintf(why, cap, "there is no memory left");
        return UT_ENOMEM;
    }
    const struct ut__letter letter = {
        .key = key, .action = action, .alert = trial->alert, .body = body.buf, .is_test = 1};
    if (channel->kind->where)
        channel->kind->where(channel->state, where, sizeof where);
    enum ut__sent sent = channel->kind->send(channel->state, &letter, &word);
    ut__text_free(&body);
    if (sent != UT__SENT) {
        snprintf(why, cap, "%s: %s did not take the test alert (%s): %s; %s", channel->name, where,
                 action, word.error, remedy(sent));
        return UT_EIO;
    }
    ut__text_printf(told, "%s: test alert %s (%s) sent to %s: %s\n", channel->name, trial->alert,
                    action, where,
                    word.error[0] ? word.error : "nothing is answered there, look for it");
    return told->failed ? UT_ENOMEM : 0;
}

int ut__trial_send(const struct ut__outlet *channel, const char *node, struct ut__text *told,
                   char *why, size_t why_cap)
{
    struct trial trial = {.node = node, .now_ms = ut__wall_ms()};
    char key[KEY_MAX];
    if (channel->kind->bus) {
        snprintf(why, why_cap,
                 "%s: who sends by it joins the other nodes, so it is tried by the running daemon "
                 "only; see its state at /api/v1/health",
                 channel->name);
        return UT_EUNSUPPORTED;
    }
    /* A test is no repetition of the one before, to a receiver that knows keys again. */
    snprintf(trial.alert, sizeof trial.alert, "test-%lld", (long long)trial.now_ms);
    snprintf(key, sizeof key, "%s@%s.test", trial.alert, node);
    int err = send_step(channel, &trial, "raised", key, told, why, why_cap);
    if (err || !(channel->actions & UT__LIFE_RESOLVED))
        return err;
    snprintf(key, sizeof key, "%s-resolved-1@%s.test", trial.alert, node);
    return send_step(channel, &trial, "resolved", key, told, why, why_cap);
}
