/* SPDX-License-Identifier: MIT */
/* Templates of webhook bodies: text with {{names}}. */

#include "supervise/channels/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fixed.h"
#include "base/json.h"
#include "contract/severity.h"

enum { NAME_MAX = 16, VALUE_MAX = 1024 };

/* The names, in the order in which fill_values puts their values. */
enum name {
    KEY,
    ACTION,
    TITLE,
    SENTENCE,
    TEXT,
    ALERT,
    CALL,
    NODE,
    QUEUE,
    AGENT,
    STATE,
    BY,
    STRESS,
    T,
    LINK,
    TIME,
    TIME_MS,
    SEVERITY,
    OUTCOME,
    NOTE,
    ALIAS,
    EVENT_ACTION,
    LEVEL,
    PRIORITY,
    ROUTING,
    LINK_SLACK,
    VALUES
};

static const char *const names[VALUES] = {
    "key",   "action", "title",    "sentence", "text",       "alert",  "call",
    "node",  "queue",  "agent",    "state",    "by",         "stress", "t",
    "link",  "time",   "time_ms",  "severity", "outcome",    "note",   "alias",
    "event", "level",  "priority", "routing",  "link_slack",
};

static const char slack[] =
    "{\"text\":\"{{sentence|slack}}\",\"blocks\":[{\"type\":\"section\",\"text\":{\"type\":"
    "\"mrkdwn\","
    "\"text\":\"*{{title|slack}}*\\n{{text|slack}}{{link_slack}}\"}},{\"type\":\"context\","
    "\"elements\":[{\"type\":\"plain_text\",\"emoji\":false,\"text\":\"{{severity}} · call "
    "{{call}}, "
    "queue {{queue}}, agent {{agent}}, stress {{stress}}, {{time}}\"}]}]}";
#define TEAMS(actions)                                                                             \
    "{\"type\":\"message\",\"attachments\":[{\"contentType\":"                                     \
    "\"application/vnd.microsoft.card.adaptive\",\"content\":{\"$schema\":"                        \
    "\"http://adaptivecards.io/schemas/adaptive-card.json\",\"type\":\"AdaptiveCard\","            \
    "\"version\":\"1.4\",\"body\":[{\"type\":\"TextBlock\",\"size\":\"Medium\",\"weight\":"        \
    "\"Bolder\",\"wrap\":true,\"text\":\"{{title}}\"},{\"type\":\"TextBlock\",\"wrap\":true,"      \
    "\"text\":\"{{text|markdown}}\"},{\"type\":\"FactSet\",\"facts\":[{\"title\":\"Severity\","    \
    "\"value\":\"{{severity}}\"},{\"title\":\"Call\",\"value\":\"{{call|markdown}}\"},{\"title\":" \
    "\"Queue\",\"value\":\"{{queue|markdown}}\"},{\"title\":\"Agent\",\"value\":"                  \
    "\"{{agent|markdown}}\"},{\"title\":\"Stress\",\"value\":\"{{stress}}\"},{\"title\":\"Time\"," \
    "\"value\":\"{{time}}\"}]}]" actions "}}]}"
static const char teams[] = TEAMS("");
static const char teams_linked[] = TEAMS(",\"actions\":[{\"type\":\"Action.OpenUrl\",\"title\":"
                                         "\"Open the call\",\"url\":\"{{link}}\"}]");
static const char plain[] = "{{sentence}} {{link}}\n";
#define PAGERDUTY(links)                                                                           \
    "{\"routing_key\":\"{{routing}}\",\"event_action\":\"{{event}}\",\"dedup_key\":\"{{alias}}\"," \
    "\"client\":\"Undertone\",\"payload\":{\"summary\":\"{{sentence}}\",\"source\":\"{{node}}\","  \
    "\"severity\":\"{{level}}\",\"timestamp\":\"{{time}}\",\"component\":\"{{call}}\",\"group\":"  \
    "\"{{queue}}\",\"class\":\"{{action}}\",\"custom_details\":{\"text\":\"{{text}}\",\"agent\":"  \
    "\"{{agent}}\",\"stress\":\"{{stress}}\",\"by\":\"{{by}}\",\"note\":\"{{note}}\"}}" links "}"
static const char pagerduty[] = PAGERDUTY("");
static const char pagerduty_linked[] =
    PAGERDUTY(",\"links\":[{\"href\":\"{{link}}\",\"text\":\"Open the call\"}]");
static const char opsgenie[] =
    "{\"message\":\"{{title}}\",\"alias\":\"{{alias}}\",\"description\":\"{{sentence}} {{link}}\","
    "\"source\":\"{{node}}\",\"user\":\"{{by}}\",\"note\":\"{{note}}\",\"entity\":\"{{call}}\","
    "\"priority\":\"{{priority}}\",\"tags\":[\"undertone\",\"{{severity}}\"],\"details\":{"
    "\"queue\":"
    "\"{{queue}}\",\"agent\":\"{{agent}}\",\"stress\":\"{{stress}}\",\"time\":\"{{time}}\"}}";

int ut__template_named(const char *name)
{
    static const char *const known[] = {"json", "slack", "teams", "text", "pagerduty", "opsgenie"};
    for (int i = 0; i < UT__WEBHOOK_OWN; i++)
        if (strcmp(name, known[i]) == 0)
            return i;
    return -1;
}

const char *ut__template_text(enum ut__webhook_template which, int linked)
{
    switch (which) {
    case UT__WEBHOOK_SLACK:
        return slack;
    case UT__WEBHOOK_TEAMS:
        return linked ? teams_linked : teams;
    case UT__WEBHOOK_TEXT:
        return plain;
    case UT__WEBHOOK_PAGERDUTY:
        return linked ? pagerduty_linked : pagerduty;
    case UT__WEBHOOK_OPSGENIE:
        return opsgenie;
    default:
        return NULL;
    }
}

const char *ut__template_names(void)
{
    return "key action title sentence text alert call node queue agent state by stress t link time "
           "time_ms severity outcome note alias event level priority routing link_slack";
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

/* What each step is called, and what it is to who manages incidents. */
static const struct action {
    const char *name, *title, *event;
} actions[] = {
    {"raised", "A caller is losing patience", "trigger"},
    {"escalated", "Nobody has answered: a caller is still losing patience", "trigger"},
    {"cleared", "The caller has calmed down", "trigger"},
    {"acknowledged", "Somebody sees to the caller", "acknowledge"},
    {"handed_over", "An alert was handed over", "trigger"},
    {"noted", "A note was added", "trigger"},
    {"judged", "An alert was given a verdict", "resolve"},
    {"resolved", "An alert was resolved", "resolve"},
    {"expired", "An alert expired unanswered", "resolve"},
    {"break_due", "An agent is due a break", "trigger"},
};

static struct action action_of(const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].name, name) == 0)
            return actions[i];
    return (struct action){name, name, "trigger"};
}

/* A test of the channel says so wherever a title stands. */
static const char *title_of(const json_t *notice)
{
    int raised = strcmp(ut__json_text(notice, "action"), "raised") == 0;
    const json_t *alert = json_object_get(notice, "alert");
    if (raised && json_is_object(json_object_get(alert, "rule")) &&
        !json_object_get(notice, "test"))
        return "A rule of yours has come true";
    return json_is_true(json_object_get(notice, "test"))
               ? "Test alert, nobody needs help"
               : action_of(ut__json_text(notice, "action")).title;
}

static void number(const json_t *alert, const char *key, int decimals, char *out)
{
    const json_t *value = json_object_get(alert, key);
    if (json_is_null(value))
        memcpy(out, "-", 2);
    else
        (void)ut__fixed(out, json_number_value(value), decimals);
}

/* 2026-11-30T01:02:03.456Z */
static void put_time(json_int_t ms, char out[VALUE_MAX])
{
    time_t s = (time_t)(ms / 1000);
    struct tm tm;
    char text[32] = "1970-01-01T00:00:00";
    if (ms >= 0 && gmtime_r(&s, &tm))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out, VALUE_MAX, "%s.%03dZ", text, ms >= 0 ? (int)(ms % 1000) : 0);
}

/* How urgent it is, in the words of others. */
static void put_urgency(const json_t *alert, char v[VALUES][VALUE_MAX])
{
    static const char *const levels[] = {"info", "warning", "critical"};
    static const char *const priorities[] = {"P5", "P3", "P1"};
    enum ut__severity s = ut__severity_named(ut__json_text(alert, "severity"));
    s = s < UT__SEVERITIES ? s : UT__SEVERITY_MEDIUM;
    snprintf(v[SEVERITY], VALUE_MAX, "%s", ut__severity_name(s));
    snprintf(v[LEVEL], VALUE_MAX, "%s", levels[s]);
    snprintf(v[PRIORITY], VALUE_MAX, "%s", priorities[s]);
}

static void put_links(const json_t *alert, const struct ut__template_with *with,
                      char v[VALUES][VALUE_MAX])
{
    v[LINK][0] = v[LINK_SLACK][0] = '\0';
    if (!with->base_url)
        return;
    const char *call = ut__json_text(alert, "call");
    snprintf(v[LINK], VALUE_MAX, "%s/#/%s%s", with->base_url, *call ? "call/" : "outcome", call);
    /* A call's name that is none could end the link, and begin another. */
    if (*call && !strpbrk(v[LINK], "<>|"))
        snprintf(v[LINK_SLACK], VALUE_MAX, "\n<%.900s|Open the call>", v[LINK]);
}

static void fill_values(const json_t *notice, const struct ut__template_with *with,
                        char v[VALUES][VALUE_MAX])
{
    const json_t *alert = json_object_get(notice, "alert");
    const char *action = ut__json_text(notice, "action");
    const char *call = ut__json_text(alert, "call"), *queue = ut__json_text(alert, "queue");
    const char *agent = ut__json_text(alert, "agent"), *text = ut__json_text(alert, "text");
    const struct {
        enum name name;
        const char *value;
    } plainly[] = {{KEY, ut__json_text(notice, "key")},
                   {ACTION, action},
                   {TITLE, title_of(notice)},
                   {EVENT_ACTION, action_of(action).event},
                   {TEXT, text},
                   {ALERT, ut__json_text(alert, "alert")},
                   {CALL, call},
                   {NODE, ut__json_text(alert, "node")},
                   {QUEUE, queue},
                   {AGENT, agent},
                   {STATE, ut__json_text(alert, "state")},
                   {BY, ut__json_text(notice, "by")},
                   {OUTCOME, ut__json_text(alert, "outcome")},
                   {NOTE, ut__json_text(notice, "text")},
                   {ROUTING, with->routing ? with->routing : ""}};
    for (size_t i = 0; i < sizeof plainly / sizeof plainly[0]; i++)
        snprintf(v[plainly[i].name], VALUE_MAX, "%s", plainly[i].value);
    /* A break is of an agent, and of no call. */
    snprintf(v[SENTENCE], VALUE_MAX, "%s%s%.128s (queue %.64s, agent %.64s): %.300s",
             title_of(notice), *call ? " on call " : "", call, queue, agent, text);
    snprintf(v[ALIAS], VALUE_MAX, "%.400s@%.100s", ut__json_text(alert, "alert"),
             ut__json_text(alert, "node"));
    json_int_t ms = json_integer_value(json_object_get(notice, "time_ms"));
    put_time(ms, v[TIME]);
    snprintf(v[TIME_MS], VALUE_MAX, "%lld", (long long)ms);
    number(alert, "stress", 2, v[STRESS]);
    number(alert, "t", 1, v[T]);
    put_urgency(alert, v);
    put_links(alert, with, v);
}

/* A value without what is markup where it goes: Slack's three letters, or Markdown's marks. */
static void put_quiet(struct ut__text *out, const char *value, int slack_too)
{
    for (; *value; value++) {
        if (slack_too && *value == '&')
            ut__text_raw(out, "&amp;");
        else if (slack_too && *value == '<')
            ut__text_raw(out, "&lt;");
        else if (slack_too && *value == '>')
            ut__text_raw(out, "&gt;");
        else if (!slack_too && strchr("[]()*_`~#\\<>", *value))
            ut__text_printf(out, "\\%c", *value);
        else
            ut__text_bytes(out, value, 1);
    }
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

/* A name between its braces, and how its value is to be put. Returns its length, 0 for none. */
static size_t read_name(const char *text, int *index, const char **filter)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    static const char *const filters[] = {"|slack", "|markdown"};
    *index = name_index(text, len);
    *filter = NULL;
    for (size_t i = 0; i < 2; i++)
        if (strncmp(text + len, filters[i], strlen(filters[i])) == 0) {
            *filter = filters[i];
            len += strlen(filters[i]);
        }
    return *index >= 0 && strncmp(text + len, "}}", 2) == 0 ? len : 0;
}

static void put_filtered(struct ut__text *out, const char *value, const char *filter, int json)
{
    struct ut__text quiet = {0};
    if (filter)
        put_quiet(&quiet, value, filter[1] == 's');
    out->failed |= quiet.failed;
    put_value(out, filter ? (quiet.buf ? quiet.buf : "") : value, json);
    ut__text_free(&quiet);
}

static int render(const char *text, char v[VALUES][VALUE_MAX], struct ut__text *out, char *why,
                  size_t cap)
{
    int json = is_json(text), i;
    const char *filter;
    for (const char *p = text; *p;) {
        const char *open = strstr(p, "{{");
        /* In JSON two braces may also open two objects; a name begins with a letter. */
        while (open && !(open[2] >= 'a' && open[2] <= 'z'))
            open = strstr(open + 1, "{{");
        if (!open) {
            ut__text_raw(out, p);
            break;
        }
        size_t len = read_name(open + 2, &i, &filter);
        if (len == 0) {
            snprintf(
                why, cap,
                "the template's name {{%.*s at byte %zu is not closed or not known; known are %s",
                NAME_MAX, open + 2, (size_t)(open - text), ut__template_names());
            return UT_EMALFORMED;
        }
        ut__text_bytes(out, p, (size_t)(open - p));
        put_filtered(out, v[i], filter, json);
        p = open + 2 + len + 2;
    }
    return out->failed ? UT_ENOMEM : 0;
}

int ut__template_fill(const char *text, const char *notice, const struct ut__template_with *with,
                      struct ut__text *out)
{
    char why[512];
    char(*v)[VALUE_MAX] = calloc(VALUES, sizeof *v);
    json_t *json = json_loads(notice, 0, NULL);
    int err = !v ? UT_ENOMEM : !json ? UT_EMALFORMED : 0;
    if (!err) {
        fill_values(json, with, v);
        err = render(text, v, out, why, sizeof why);
    }
    json_decref(json);
    free(v);
    return err;
}

static void put_link(struct ut__text *out, const char *name, const char *base_url, const char *path,
                     const char *id, const char *rest)
{
    char link[VALUE_MAX];
    snprintf(link, sizeof link, "%s%s%s%s", base_url, path, id, rest);
    ut__text_kstr(out, name, link);
}

/* The notice goes on as the record made it: what is added stands behind its last member. */
int ut__template_json(const char *notice, const struct ut__template_with *with,
                      struct ut__text *out)
{
    static const char alerts[] = "/api/v1/alerts/";
    char when[VALUE_MAX];
    size_t n = strlen(notice);
    json_t *json = json_loads(notice, 0, NULL);
    if (!json_is_object(json) || notice[n - 1] != '}') {
        json_decref(json);
        return UT_EMALFORMED;
    }
    const json_t *alert = json_object_get(json, "alert");
    const char *id = ut__json_text(alert, "alert"), *base_url = with->base_url;
    put_time(json_integer_value(json_object_get(json, "time_ms")), when);
    ut__text_bytes(out, notice, n - 1);
    ut__text_kstr(out, "time", when);
    if (base_url && *ut__json_text(alert, "call")) {
        ut__text_key(out, "links");
        ut__text_raw(out, "{");
        put_link(out, "call", base_url, "/#/call/", ut__json_text(alert, "call"), "");
        put_link(out, "acknowledge", base_url, alerts, id, "/acknowledge");
        put_link(out, "resolve", base_url, alerts, id, "/resolve");
        ut__text_raw(out, "}");
    }
    ut__text_raw(out, "}");
    json_decref(json);
    return out->failed ? UT_ENOMEM : 0;
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
