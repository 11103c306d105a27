/* SPDX-License-Identifier: MIT */
/* Help for a call: the address that a button opens, or what the daemon does itself. */

#include <stdio.h>
#include <string.h>

#include "supervise/api/routes.h"

static const struct ut__action *find(const struct ut__request *r)
{
    const char *name = json_string_value(json_object_get(r->body, "name"));
    for (uint32_t i = 0; name && i < r->sv->action_count; i++)
        if (strcmp(r->sv->actions[i].name, name) == 0)
            return &r->sv->actions[i];
    return NULL;
}

static const char *phone_of(const struct ut__supervise *sv, const char *name)
{
    for (size_t i = 0; i < sv->phone_count; i++)
        if (strcmp(sv->phones[i].name, name) == 0)
            return sv->phones[i].number;
    return "";
}

static void refuse(struct ut__request *r, int err, const char *name)
{
    char message[140];
    const char *remedy = "Help the agent in another way.";
    if (err == UT_ENOMEM) {
        ut__request_error(r, 503, "unavailable", "There is no memory for it.",
                          "Try again in a moment.", NULL);
        return;
    }
    if (err == UT_EINVAL && strcmp(name, "phone") == 0) {
        snprintf(message, sizeof message, "No phone is known of you, which the action wants.");
        remedy = "Ask an administrator for a line phone = NAME=NUMBER.";
    } else if (err == UT_EINVAL && strcmp(name, "replaces") == 0) {
        snprintf(message, sizeof message,
                 "Of this call the SIP dialog is not known, which the action wants.");
    } else if (err == UT_EINVAL) {
        snprintf(message, sizeof message, "This call has no %s, which the address wants.", name);
    } else if (name) {
        snprintf(message, sizeof message,
                 "The %s of this call has letters that a command to the PBX may not have.", name);
    } else {
        snprintf(message, sizeof message, "A name of this call cannot stand in an address.");
    }
    ut__request_error(r, 409, "conflict", message, remedy, NULL);
}

static void log_help(const struct ut__request *r, const char *action, const char *name,
                     const char *more)
{
    char what[UT__VALUE_MAX + UT__ACTION_NAME_MAX + 16];
    snprintf(what, sizeof what, "%s %s%s", r->target, name, more);
    ut__log_access(r->sv, &r->who, action, what);
}

static void answer(struct ut__request *r, const char *name, const char *key, const char *value)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{");
    ut__text_kstr(&t, "name", name);
    ut__text_kstr(&t, key, value);
    ut__text_raw(&t, "}");
    ut__request_text(r, &t, NULL);
}

/* What the other side said is from outside: one line of text. */
static void tell(struct ut__request *r, const struct ut__help_word *word)
{
    static const struct {
        int status;
        const char *code, *message, *remedy;
    } ends[] = {
        [UT__HELP_REFUSED] = {502, "help_refused", "It was refused",
                              "Nothing has happened; help the agent in another way."},
        [UT__HELP_AWAY] = {502, "help_away", "It was not reached",
                           "Nothing has happened; help the agent in another way."},
        [UT__HELP_LATE] = {504, "help_late", "It did not answer in time",
                           "Whether it was done is not known: look before you press again."}};
    char message[UT__HELP_SAID_MAX + 40];
    int n = snprintf(message, sizeof message, "%s%s%s", ends[word->end].message,
                     word->said[0] ? ": " : "", word->said[0] ? word->said : ".");
    for (int i = 0; i < n; i++)
        if ((unsigned char)message[i] < ' ' || message[i] == 0x7f)
            message[i] = ' ';
    ut__request_error(r, ends[word->end].status, ends[word->end].code, message,
                      ends[word->end].remedy, NULL);
}

static void on_helped(void *arg, const struct ut__help_word *word)
{
    static const char *const ends[] = {[UT__HELP_DONE] = ": done",
                                       [UT__HELP_REFUSED] = ": refused",
                                       [UT__HELP_AWAY] = ": not reached",
                                       [UT__HELP_LATE] = ": no answer in time"};
    struct ut__request *r = arg;
    const struct ut__action *a = find(r);
    const char *name = a ? a->name : "";
    if (r->sv->started)
        log_help(r, word->end == UT__HELP_DONE ? "help_done" : "help_failed", name,
                 ends[word->end]);
    if (word->end == UT__HELP_DONE)
        answer(r, name, "outcome", "done");
    else
        tell(r, word);
}

/* Returns 0 when it is on its way; UT_EINVAL where nobody acts by this way. */
static int ask(struct ut__request *r, const struct ut__action *a, struct ut__text *target,
               struct ut__text *text)
{
    const struct ut__help_door *door = r->sv->help_door;
    ut__help_fn *fn = r->sv->help_ways[a->way];
    const struct ut__help_act act = {.method = a->method,
                                     .target = target->buf,
                                     .text = text->buf,
                                     .secret = a->secret,
                                     .timeout_ms = a->timeout_ms};
    if (a->way == UT__HELP_SIP)
        return door ? door->ask(door->arg, &act, on_helped, r) : UT_EINVAL;
    return fn ? ut__helper_ask(r->sv->helper, a, fn, target, text, on_helped, r) : UT_EINVAL;
}

/* Takes the request. */
static void act(struct ut__request *r, const struct ut__action *a, struct ut__text *target,
                struct ut__text *text)
{
    int err = ask(r, a, target, text);
    if (err == UT_EINVAL)
        ut__request_error(r, 503, "unavailable", "This Undertone cannot do that by itself.",
                          "Install libcurl for HTTP; for SIP let it listen by `sip`.", NULL);
    else if (err == UT_EIO)
        ut__request_error(r, 502, "help_away", "The request could not be sent.",
                          "Nothing has happened; help the agent in another way.", NULL);
    else if (err == UT_ETOOBIG)
        ut__request_error(r, 429, "too_many", "Too much help is on its way already.",
                          "Try again in a moment.", "Retry-After: 5\r\n");
    else if (err)
        refuse(r, UT_ENOMEM, NULL);
    else
        log_help(r, "help", a->name, "");
}

void ut__serve_help(struct ut__request *r)
{
    const struct ut__card *c = ut__wall_find(&r->sv->wall, NULL, r->target);
    const struct ut__action *a = find(r);
    struct ut__text target = {0}, text = {0};
    const char *name = NULL;
    if (!c || c->ended || !ut__scope_has(r->who.queues, c->queue) || !a ||
        !ut__action_for_role(a, (unsigned)r->who.role) || !ut__scope_has(a->queues, c->queue)) {
        ut__request_error(r, 404, "not_found", "There is no such live call, or no such action.",
                          "Reload the page: /api/v1/session names the actions.", NULL);
        return;
    }
    const struct ut__help_values values = {.call = c->id,
                                           .agent = c->agent,
                                           .queue = c->queue,
                                           .node = c->node,
                                           .source = c->source,
                                           .caller_key = c->caller_key,
                                           .replaces = c->replaces,
                                           .by = r->who.name,
                                           .phone = phone_of(r->sv, r->who.name)};
    int err = ut__action_fill(a, &values, &target, &text, &name);
    if (err) {
        refuse(r, err, name);
    } else if (a->way == UT__HELP_LINK) {
        log_help(r, "help", a->name, "");
        answer(r, a->name, "url", target.buf);
    } else {
        act(r, a, &target, &text);
    }
    ut__text_free(&target);
    ut__text_free(&text);
}
