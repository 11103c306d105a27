/* SPDX-License-Identifier: MIT */
/* Templates of webhook bodies: text with {{names}}. */

#include "supervise/channels/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fixed.h"
#include "base/json.h"

enum { NAME_MAX = 16, VALUE_MAX = 1024, VALUES = 15 };

static const char slack[] =
    "{\"text\":\"{{sentence}}\",\"blocks\":[{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\","
    "\"text\":\"*{{title}}*\\n{{text}}\"}},{\"type\":\"context\",\"elements\":[{\"type\":"
    "\"plain_text\",\"text\":\"call {{call}}, queue {{queue}}, agent {{agent}}, stress "
    "{{stress}} {{link}}\"}]}]}";
static const char teams[] =
    "{\"type\":\"message\",\"attachments\":[{\"contentType\":"
    "\"application/vnd.microsoft.card.adaptive\",\"content\":{\"$schema\":"
    "\"http://adaptivecards.io/schemas/adaptive-card.json\",\"type\":\"AdaptiveCard\",\"version\":"
    "\"1.4\",\"body\":[{\"type\":\"TextBlock\",\"size\":\"Medium\",\"weight\":\"Bolder\",\"wrap\":"
    "true,\"text\":\"{{title}}\"},{\"type\":\"TextBlock\",\"wrap\":true,\"text\":\"{{text}}\"},"
    "{\"type\":\"FactSet\",\"facts\":[{\"title\":\"Call\",\"value\":\"{{call}}\"},{\"title\":"
    "\"Queue\",\"value\":\"{{queue}}\"},{\"title\":\"Agent\",\"value\":\"{{agent}}\"},{\"title\":"
    "\"Stress\",\"value\":\"{{stress}}\"}]},{\"type\":\"TextBlock\",\"wrap\":true,\"text\":"
    "\"{{link}}\"}]}}]}";
static const char plain[] = "{{sentence}} {{link}}\n";

static const char *const names[VALUES] = {"key",   "action", "title",  "sentence", "text",
                                          "alert", "call",   "node",   "queue",    "agent",
                                          "state", "by",     "stress", "t",        "link"};

int ut__template_named(const char *name)
{
    static const char *const known[] = {"json", "slack", "teams", "text"};
    for (int i = 0; i < 4; i++)
        if (strcmp(name, known[i]) == 0)
            return i;
    return -1;
}

const char *ut__template_text(enum ut__webhook_template which)
{
    switch (which) {
    case UT__WEBHOOK_SLACK:
        return slack;
    case UT__WEBHOOK_TEAMS:
        return teams;
    case UT__WEBHOOK_TEXT:
        return plain;
    default:
        return NULL;
    }
}

static int is_json(const char *text)
{
    text += strspn(text, " \t\r\n");
    return *text == '{' || *text == '[' ? *text != '{' || text[1] != '{' : 0;
}

const char *ut__template_type(const char *text)
{
    return is_json(text) ? "application/json" : "text/plain; charset=utf-8";
}

static const char *title_of(const char *action)
{
    static const char *const titles[][2] = {{"raised", "A caller is losing patience"},
                                            {"escalated", "Nobody has answered: a caller is still "
                                                          "losing patience"},
                                            {"cleared", "The caller has calmed down"},
                                            {"acknowledged", "Somebody sees to the caller"},
                                            {"handed_over", "An alert was handed over"},
                                            {"noted", "A note was added"},
                                            {"resolved", "An alert was resolved"},
                                            {"judged", "An alert was given a verdict"},
                                            {"expired", "An alert expired unanswered"}};
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (strcmp(titles[i][0], action) == 0)
            return titles[i][1];
    return action;
}

static void number(const json_t *alert, const char *key, int decimals, char *out)
{
    (void)ut__fixed(out, json_number_value(json_object_get(alert, key)), decimals);
}

/* The values, in the order of `names`. */
static void fill_values(const json_t *notice, const char *base_url, char v[VALUES][VALUE_MAX])
{
    const json_t *alert = json_object_get(notice, "alert");
    const char *action = ut__json_text(notice, "action");
    snprintf(v[0], VALUE_MAX, "%s", ut__json_text(notice, "key"));
    snprintf(v[1], VALUE_MAX, "%s", action);
    snprintf(v[2], VALUE_MAX, "%s", title_of(action));
    snprintf(v[3], VALUE_MAX, "%s on call %.128s (queue %.64s, agent %.64s): %.300s",
             title_of(action), ut__json_text(alert, "call"), ut__json_text(alert, "queue"),
             ut__json_text(alert, "agent"), ut__json_text(alert, "text"));
    snprintf(v[4], VALUE_MAX, "%s", ut__json_text(alert, "text"));
    snprintf(v[5], VALUE_MAX, "%s", ut__json_text(alert, "alert"));
    snprintf(v[6], VALUE_MAX, "%s", ut__json_text(alert, "call"));
    snprintf(v[7], VALUE_MAX, "%s", ut__json_text(alert, "node"));
    snprintf(v[8], VALUE_MAX, "%s", ut__json_text(alert, "queue"));
    snprintf(v[9], VALUE_MAX, "%s", ut__json_text(alert, "agent"));
    snprintf(v[10], VALUE_MAX, "%s", ut__json_text(alert, "state"));
    snprintf(v[11], VALUE_MAX, "%s", ut__json_text(notice, "by"));
    number(alert, "stress", 2, v[12]);
    number(alert, "t", 1, v[13]);
    if (base_url)
        snprintf(v[14], VALUE_MAX, "%s/#/call/%s", base_url, ut__json_text(alert, "call"));
    else
        v[14][0] = '\0';
}

static void put_value(struct ut__text *out, const char *value, int json)
{
    struct ut__text t = {0};
    if (!json) {
        ut__text_raw(out, value);
        return;
    }
    ut__text_str(&t, value);
    if (t.failed)
        out->failed = 1;
    else
        ut__text_bytes(out, t.buf + 1, t.len - 2);
    ut__text_free(&t);
}

static int name_index(const char *name, size_t len)
{
    for (int i = 0; i < VALUES; i++)
        if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0)
            return i;
    return -1;
}

static int render(const char *text, char v[VALUES][VALUE_MAX], struct ut__text *out, char *why,
                  size_t cap)
{
    int json = is_json(text);
    for (const char *p = text; *p;) {
        const char *open = strstr(p, "{{");
        /* In JSON two braces may also open two objects; a name begins with a letter. */
        while (open && !(open[2] >= 'a' && open[2] <= 'z'))
            open = strstr(open + 1, "{{");
        if (!open) {
            ut__text_raw(out, p);
            break;
        }
        size_t len = strspn(open + 2, "abcdefghijklmnopqrstuvwxyz_");
        int i = name_index(open + 2, len);
        if (strncmp(open + 2 + len, "}}", 2) != 0 || i < 0) {
            snprintf(why, cap,
                     "the template's name {{%.*s at byte %zu is not closed or not known; known are "
                     "key, action, title, sentence, text, alert, call, node, queue, agent, state, "
                     "by, stress, t and link",
                     (int)(len < NAME_MAX ? len : NAME_MAX), open + 2, (size_t)(open - text));
            return UT_EMALFORMED;
        }
        ut__text_bytes(out, p, (size_t)(open - p));
        put_value(out, v[i], json);
        p = open + 2 + len + 2;
    }
    return out->failed ? UT_ENOMEM : 0;
}

int ut__template_fill(const char *text, const char *notice, const char *base_url,
                      struct ut__text *out)
{
    char why[256];
    char(*v)[VALUE_MAX] = calloc(VALUES, sizeof *v);
    json_t *json = json_loads(notice, 0, NULL);
    int err = !v ? UT_ENOMEM : !json ? UT_EMALFORMED : 0;
    if (!err) {
        fill_values(json, base_url, v);
        err = render(text, v, out, why, sizeof why);
    }
    json_decref(json);
    free(v);
    return err;
}

int ut__template_check(const char *text, char *why, size_t cap)
{
    struct ut__text out = {0};
    char(*v)[VALUE_MAX] = calloc(VALUES, sizeof *v);
    json_error_t e;
    if (!v || strlen(text) > UT__TEMPLATE_MAX) {
        free(v);
        snprintf(why, cap, "the template is longer than %d bytes", UT__TEMPLATE_MAX);
        return UT_EMALFORMED;
    }
    for (int i = 0; i < VALUES; i++)
        snprintf(v[i], VALUE_MAX, "1");
    int err = render(text, v, &out, why, cap);
    if (!err && is_json(text)) {
        json_t *json = json_loads(out.buf ? out.buf : "", 0, &e);
        if (!json) {
            snprintf(why, cap, "the template gives no JSON: %s (line %d)", e.text, e.line);
            err = UT_EMALFORMED;
        }
        json_decref(json);
    }
    ut__text_free(&out);
    free(v);
    return err;
}
