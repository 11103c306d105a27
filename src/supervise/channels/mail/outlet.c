/* SPDX-License-Identifier: MIT */
/* Alerts by e-mail: a message a letter, those of one alert in one thread, in the channel's own thread. */

#include "supervise/channels/mail/outlet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "supervise/channels/template.h"

enum { WAIT_MS = 10000, ID_MAX = 200 };

/* The first line is the subject. */
static const char built_in[] = "{{title}}: queue {{queue}}, agent {{agent}} ({{severity}})\n"
                               "{{sentence}}\n"
                               "\n"
                               "Severity: {{severity}}\n"
                               "Queue:    {{queue}}\n"
                               "Agent:    {{agent}}\n"
                               "Call:     {{call}}\n"
                               "Stress:   {{stress}}\n"
                               "Time:     {{time}}\n"
                               "By:       {{by}}\n"
                               "Note:     {{note}}\n"
                               "\n"
                               "{{link}}\n";

struct outlet {
    struct ut__mail_setting set;
    char *url, *from, *user, *password, *base_url;
};

static void destroy(void *state)
{
    struct outlet *o = state;
    if (!o)
        return;
    ut__mail_setting_clear(&o->set);
    if (o->password)
        explicit_bzero(o->password, strlen(o->password));
    free(o->password);
    free(o->url);
    free(o->from);
    free(o->user);
    free(o->base_url);
    free(o);
}

/* 1 when the text was copied, or is none. */
static int copy(char **out, const char *text)
{
    *out = text ? strdup(text) : NULL;
    return !text || *out;
}

int ut__mail_create(void **out, struct ut__mail_setting *setting_take,
                    const struct ut__mail_way *way)
{
    struct outlet *o = calloc(1, sizeof *o);
    if (!o) {
        ut__mail_setting_clear(setting_take);
        return UT_ENOMEM;
    }
    o->set = *setting_take;
    *setting_take = (struct ut__mail_setting){0};
    if (!copy(&o->url, way->smtp) || !copy(&o->from, way->from) || !copy(&o->user, way->user) ||
        !copy(&o->password, way->password) || !copy(&o->base_url, way->base_url)) {
        destroy(o);
        return UT_ENOMEM;
    }
    *out = o;
    return 0;
}

/* A message's id from a key: what no id may hold becomes a line. */
static void put_id(char id[ID_MAX], const char *key)
{
    snprintf(id, ID_MAX, "%s", key);
    for (char *p = id; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
              strchr("-.", *p)))
            *p = '_';
}

/* The message itself. text: the filled template, of which the subject is cut off. */
static void put_message(struct ut__text *message, const struct outlet *o,
                        const struct ut__letter *letter, char *text)
{
    char id[ID_MAX], first[ID_MAX];
    char *body = strchr(text, '\n');
    if (body)
        *body++ = '\0';
    put_id(id, letter->key);
    put_id(first, letter->alert);
    const int raised = strcmp(letter->action, "raised") == 0;
    ut__mail_write(message, &(struct ut__mail){.from = o->from,
                                               .to = (const char *const *)o->set.to,
                                               .to_count = o->set.to_count,
                                               .subject = text,
                                               .text = body ? body : "",
                                               .id = raised ? first : id,
                                               .about = raised ? NULL : first,
                                               .time_ms = ut__wall_ms()});
}

static enum ut__sent send_letter(void *state, const struct ut__letter *letter,
                                 struct ut__channel_word *word)
{
    struct outlet *o = state;
    struct ut__text text = {0}, message = {0};
    char why[UT__MAIL_WHY_MAX];
    if (!letter->is_test && !ut__channel_filter_wants(&o->set.filter, letter->body))
        return UT__SENT_UNWANTED;
    int err = ut__template_fill(o->set.own ? o->set.own : built_in, letter->body,
                                &(struct ut__template_with){.base_url = o->base_url}, &text);
    if (!err)
        put_message(&message, o, letter, text.buf);
    ut__text_free(&text);
    if (err || message.failed) {
        ut__text_free(&message);
        snprintf(word->error, sizeof word->error, "the message could not be made");
        return UT__SENT_RETRY; /* What a lack of memory made unreadable may read the next time. */
    }
    const struct ut__smtp smtp = {
        .url = o->url, .user = o->user, .password = o->password, .wait_ms = WAIT_MS};
    err = ut__mail_send(&smtp, message.buf, why);
    ut__text_free(&message);
    snprintf(word->error, sizeof word->error, "%.190s", err ? why : "the mail server has taken it");
    /* All letters of a channel have the same receivers: one that waits would hold up each. */
    return !err ? UT__SENT : err == UT_EINVAL ? UT__SENT_NEVER : UT__SENT_AWAY;
}

static void where(void *state, char *out, size_t cap)
{
    const struct outlet *o = state;
    const char *host = strstr(o->url, "://");
    snprintf(out, cap, "%s by %s", o->set.to[0], host ? host + 3 : o->url);
}

const struct ut__channel_kind ut__mail_kind = {
    .name = "mail", .send = send_letter, .destroy = destroy, .where = where};
