/* SPDX-License-Identifier: MIT */
/* Articles by what a call is. */

#include "supervise/playbooks.h"

#include <stdio.h>
#include <string.h>

#include "base/glob.h"

enum { LINE_MAX_BYTES = 1024 };

static const char blank[] = " \t\r";
static const char *const states[] = {"calm", "elevated", "alert", NULL};
static const char *const severities[] = {"low", "medium", "high", NULL};

static int is_one_of(const char *text, const char *const *list)
{
    while (*list && strcmp(*list, text) != 0)
        list++;
    return *list != NULL;
}

/* Without blanks around it, in place. */
static char *trim(char *text)
{
    text += strspn(text, blank);
    size_t n = strlen(text);
    while (n > 0 && strchr(blank, text[n - 1]))
        text[--n] = '\0';
    return text;
}

/* Returns what is wrong, or NULL. */
static const char *read_condition(struct ut__playbook *b, char *text)
{
    const struct {
        const char *name;
        char *out;
        size_t cap;
        const char *const *choices;
    } fields[] = {{"queue", b->queue, sizeof b->queue, NULL},
                  {"agent", b->agent, sizeof b->agent, NULL},
                  {"source", b->source, sizeof b->source, NULL},
                  {"state", b->state, sizeof b->state, states},
                  {"severity", b->severity, sizeof b->severity, severities}};
    if (strcmp(text, "alert") == 0) {
        b->alert = 1;
        return NULL;
    }
    char *equals = strchr(text, '=');
    if (!equals)
        return "write alert, or NAME=VALUE";
    *equals = '\0';
    const char *value = trim(equals + 1);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(trim(text), fields[i].name) != 0)
            continue;
        if (!*value || strlen(value) >= fields[i].cap)
            return "a value is missing, or longer than names are";
        if (fields[i].choices && !is_one_of(value, fields[i].choices))
            return "state is calm, elevated or alert; severity is low, medium or high";
        memcpy(fields[i].out, value, strlen(value) + 1);
        return NULL;
    }
    return "what may be asked is queue, agent, source, state, severity and alert";
}

/* line: without comment or blanks around it. */
static const char *read_line(struct ut__playbook *b, char *line)
{
    static const char when[] = "when ", and[] = " and ";
    char *colon = strstr(line, ": ");
    *b = (struct ut__playbook){.alert = 0};
    if (strncmp(line, when, sizeof when - 1) != 0 || !colon)
        return "write when CONDITION and CONDITION: ARTICLE";
    *colon = '\0';
    const char *article = trim(colon + 2);
    if (!*article || strlen(article) >= sizeof b->article)
        return "name an article, by its path or its title";
    memcpy(b->article, article, strlen(article) + 1);
    for (char *at = line + sizeof when - 1, *next; at; at = next) {
        next = strstr(at, and);
        if (next) {
            *next = '\0';
            next += sizeof and-1;
        }
        const char *wrong = read_condition(b, trim(at));
        if (wrong)
            return wrong;
    }
    return NULL;
}

static const char *take_line(struct ut__playbooks *out, const char *line, size_t len)
{
    char copy[LINE_MAX_BYTES];
    if (len >= sizeof copy || memchr(line, '\0', len))
        return "the line is longer than 1023 bytes, or no text";
    memcpy(copy, line, len);
    copy[len] = '\0';
    char *text = trim(copy);
    if (!*text || *text == '#')
        return NULL;
    if (out->count == UT__PLAYBOOKS_MAX)
        return "there are more than 64 playbooks; leave some out";
    return read_line(&out->book[out->count++], text);
}

int ut__playbooks_read(struct ut__playbooks *out, const char *text, size_t len, char *why,
                       size_t cap)
{
    unsigned number = 1;
    out->count = 0;
    for (size_t at = 0; at < len; number++) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end ? (size_t)(end - text) - at : len - at;
        const char *wrong = take_line(out, text + at, n);
        if (wrong) {
            snprintf(why, cap, "%u: %s", number, wrong);
            return UT_EMALFORMED;
        }
        at += n + 1;
    }
    return 0;
}

static int fits(const struct ut__playbook *b, const struct ut__card *c, const char *severity)
{
    return (!b->queue[0] || ut__glob(b->queue, c->queue)) &&
           (!b->agent[0] || ut__glob(b->agent, c->agent)) &&
           (!b->source[0] || ut__glob(b->source, c->source)) &&
           (!b->state[0] || strcmp(b->state, ut_state_name(c->score.state)) == 0) &&
           (!b->alert || severity) &&
           (!b->severity[0] || (severity && strcmp(b->severity, severity) == 0));
}

static int asks_state(const struct ut__playbook *b)
{
    return b->alert || b->state[0] || b->severity[0];
}

json_t *ut__playbooks_find(const struct ut__playbooks *p, const struct ut__card *card,
                           const char *severity, int sees_state)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < p->count && json_array_size(list) < UT__PLAYBOOKS_SHOWN; i++)
        if (fits(&p->book[i], card, severity) && (sees_state || !asks_state(&p->book[i])))
            json_array_append_new(list, json_string(p->book[i].article));
    return list;
}
