/* SPDX-License-Identifier: MIT */
/* An action as it stands in the configuration. */

#include "supervise/help/action.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/json.h"
#include "net/http.h"
#include "supervise/auth.h"
#include "supervise/channels/target.h"

enum { TIMEOUT_S = 5, TIMEOUT_MAX_S = 20, WORD_MAX = UT__ACTION_TEXT_MAX };

static const struct {
    const char *word;
    enum ut__help_way way;
} ways[] = {{"POST", UT__HELP_HTTP},   {"GET", UT__HELP_HTTP},  {"PUT", UT__HELP_HTTP},
            {"DELETE", UT__HELP_HTTP}, {"AMI", UT__HELP_AMI},   {"ESL", UT__HELP_ESL},
            {"MESSAGE", UT__HELP_SIP}, {"REFER", UT__HELP_SIP}, {"INVITE", UT__HELP_SIP}};

static int fault(char *why, size_t cap, const char *what)
{
    snprintf(why, cap, "%s", what);
    return UT_EINVAL;
}

void ut__action_clear(struct ut__action *a)
{
    char *secrets[] = {a->secret, a->headers};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        if (secrets[i])
            OPENSSL_cleanse(secrets[i], strlen(secrets[i]));
        free(secrets[i]);
    }
    free(a->ca_file);
    *a = (struct ut__action){0};
}

int ut__action_for_role(const struct ut__action *a, unsigned role)
{
    return (role & (a->roles ? a->roles : UT__MAY_ACT)) != 0;
}

/* Takes the word at *text, and the spaces after it. Returns 0 when there is none or it is too long. */
static int take_word(const char **text, char *out, size_t cap)
{
    size_t n = strcspn(*text, " ");
    if (n == 0 || n >= cap)
        return 0;
    memcpy(out, *text, n);
    out[n] = '\0';
    *text += n;
    *text += strspn(*text, " ");
    return 1;
}

static int read_roles(unsigned *out, const char *list, char *why, size_t cap)
{
    for (const char *at = list; *at; at += *at == '|') {
        char role[16] = "";
        size_t n = strcspn(at, "|");
        if (n < sizeof role)
            memcpy(role, at, n);
        enum ut__role r = ut__role_of(role);
        if (!((unsigned)r & UT__MAY_ACT))
            return fault(why, cap, "role must be admin, supervisor, or both with | between");
        *out |= (unsigned)r;
        at += n;
    }
    return *out ? 0 : fault(why, cap, "role must be admin, supervisor, or both with | between");
}

static int read_queues(char out[UT__SCOPE_BYTES], const char *list, char *why, size_t cap)
{
    char queue[UT__SCOPE_BYTES];
    for (size_t n; *list; list += n + (list[n] == '|')) {
        n = strcspn(list, "|");
        if (ut__http_unescape(list, n, 0, queue, sizeof queue) < 0 || !ut__scope_add(out, queue))
            return fault(why, cap,
                         "queue must be names with | between, at most 32; write a space as %20");
    }
    return 0;
}

/* A secret of one line. */
static int read_login(struct ut__action *a, const char *path, char *why, size_t cap)
{
    free(a->secret);
    a->secret = ut__target_read_file(path, why, cap);
    for (const char *p = a->secret; p && *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return fault(why, cap, "login-file must hold one line, without control characters");
    if (a->secret && a->way != UT__HELP_ESL && !strchr(a->secret, ':'))
        return fault(why, cap, "login-file of AMI and SIP must hold USER:SECRET");
    return a->secret ? 0 : UT_EINVAL;
}

static int read_headers(struct ut__action *a, const char *path, char *why, size_t cap)
{
    free(a->headers);
    a->headers = ut__target_read_file(path, why, cap);
    return a->headers ? ut__target_check_headers(a->headers, why, cap) : UT_EINVAL;
}

static int read_timeout(struct ut__action *a, const char *value, char *why, size_t cap)
{
    char *rest;
    long s = strtol(value, &rest, 10);
    if (*rest || s < 1 || s > TIMEOUT_MAX_S)
        return fault(why, cap, "timeout must be 1 to 20 seconds");
    a->timeout_ms = (int)s * 1000;
    return 0;
}

/* Returns 1 when the word is an option, with *err; 0 when the text begins with it. */
static int read_option(struct ut__action *a, const char *word, int *err, char *why, size_t cap)
{
    const char *value = strchr(word, '=');
    size_t n = value ? (size_t)(value++ - word) : 0;
#define IS(name) (n == sizeof(name) - 1 && strncmp(word, name, n) == 0)
    if (IS("role"))
        *err = read_roles(&a->roles, value, why, cap);
    else if (IS("queue"))
        *err = read_queues(a->queues, value, why, cap);
    else if (IS("timeout"))
        *err = read_timeout(a, value, why, cap);
    else if (IS("login-file") && a->way != UT__HELP_LINK && a->way != UT__HELP_HTTP)
        *err = read_login(a, value, why, cap);
    else if (IS("header-file") && a->way == UT__HELP_HTTP)
        *err = read_headers(a, value, why, cap);
    else if (IS("ca") && a->way == UT__HELP_HTTP && !a->ca_file)
        *err = (a->ca_file = strdup(value)) ? 0 : UT_ENOMEM;
    else
        return 0;
#undef IS
    return 1;
}

/* "Action: Originate; Channel: x" as the lines of a packet. */
static int read_ami(struct ut__action *a, const char *text, char *why, size_t cap)
{
    static const char key[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
    size_t at = 0;
    for (size_t n; *text; text += n + (text[n] == ';')) {
        text += strspn(text, " ");
        n = strcspn(text, ";");
        size_t name = strspn(text, key);
        if ((at == 0 && strncmp(text, "Action:", 7) != 0) || name == 0 || name >= n ||
            text[name] != ':' || strncmp(text, "ActionID:", 9) == 0 || at + n + 3 > sizeof a->text)
            return fault(why, cap,
                         "write AMI's lines with ; between and Action first, without ActionID: "
                         "Action: Originate; Channel: PJSIP/{phone}; ...");
        at += (size_t)snprintf(a->text + at, sizeof a->text - at, "%.*s\r\n", (int)n, text);
    }
    return at ? 0 : fault(why, cap, "AMI needs its lines at the end: Action: Originate; ...");
}

/* The body of a request: JSON whatever the values are, so that each {name} stands in a string. */
static int read_body(struct ut__action *a, const char *text, char *why, size_t cap)
{
    static const struct ut__help_values any = {"\"", "\"", "\"", "\"", "\"",
                                               "\"", "\"", "\"", "\""};
    struct ut__text body = {0};
    const char *name;
    if (strcmp(a->method, "POST") != 0 && strcmp(a->method, "PUT") != 0)
        return fault(why, cap, "a body goes with POST and PUT alone");
    int err = ut__help_fill(text, UT__HELP_IN_JSON, &any, &body, &name);
    json_t *json = err ? NULL : json_loads(body.buf, 0, NULL);
    ut__text_free(&body);
    json_decref(json);
    if (!json)
        return fault(why, cap,
                     "what stands behind the options is no JSON; write {\"call\":\"{call}\"} "
                     "with each {name} in quotes");
    snprintf(a->text, sizeof a->text, "%s", text);
    return 0;
}

static int read_text(struct ut__action *a, const char *text, char *why, size_t cap)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return fault(why, cap, "the action has a control character");
    if (strlen(text) >= sizeof a->text)
        return fault(why, cap, "the text of the action is longer than 511 bytes");
    if (a->way == UT__HELP_AMI)
        return read_ami(a, text, why, cap) ? UT_EINVAL : ut__help_check_names(a->text, why, cap);
    if (ut__action_refers(a) && !*text)
        return fault(why, cap,
                     "INVITE and REFER need at the end whom the phone shall call, as in "
                     "sip:*8{agent.user}@pbx.example.com");
    if (ut__action_refers(a) && ut__action_check_address(text, UT__HELP_SIP, why, cap))
        return UT_EINVAL;
    if (a->way == UT__HELP_ESL && strncmp(text, "api ", 4) != 0 && strncmp(text, "bgapi ", 6) != 0)
        return fault(why, cap, "ESL needs a command at the end that begins with api or bgapi");
    if (a->way == UT__HELP_SIP && !*text)
        return fault(why, cap, "MESSAGE needs its text at the end");
    if (a->way == UT__HELP_HTTP && (*text == '{' || *text == '['))
        return read_body(a, text, why, cap);
    if ((a->way == UT__HELP_LINK || a->way == UT__HELP_HTTP) && *text) {
        snprintf(why, cap,
                 "'%.60s' is not known; after the address come role=, queue=%s with spaces between",
                 text, a->way == UT__HELP_HTTP ? ", timeout=, header-file=, ca=" : "");
        return UT_EINVAL;
    }
    snprintf(a->text, sizeof a->text, "%s", text);
    return ut__help_check_names(text, why, cap);
}

/* What stands behind the name. */
static int read_rest(struct ut__action *a, const char *text, char *why, size_t cap)
{
    char word[WORD_MAX];
    const char *rest = text;
    int err = 0;
    if (take_word(&rest, word, sizeof word))
        for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
            if (strcmp(word, ways[i].word) == 0) {
                a->way = ways[i].way;
                text = rest;
                if (a->way == UT__HELP_HTTP || a->way == UT__HELP_SIP)
                    snprintf(a->method, sizeof a->method, "%s", ways[i].word);
                if (strcmp(word, "INVITE") == 0)
                    a->timeout_ms = TIMEOUT_MAX_S * 1000; /* It rings, and then calls. */
            }
    if (!take_word(&text, a->target, sizeof a->target))
        return fault(why, cap, "the address is missing, or longer than 511 bytes");
    err = ut__action_check_address(a->target, a->way, why, cap);
    while (!err && *text) {
        rest = text;
        if (!take_word(&rest, word, sizeof word) || !read_option(a, word, &err, why, cap))
            break;
        text = rest;
    }
    if (!err && (a->way == UT__HELP_AMI || a->way == UT__HELP_ESL) && !a->secret)
        return fault(why, cap, "AMI and ESL need login-file=FILE after the address");
    return err ? err : read_text(a, text, why, cap);
}

int ut__action_read(struct ut__action *out, const char *text, char *why, size_t why_cap)
{
    const char *equals = strchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : 0;
    struct ut__action a = {.timeout_ms = TIMEOUT_S * 1000};
    if (len == 0 || len >= sizeof a.name || text[0] == ' ' || text[len - 1] == ' ')
        return fault(why, why_cap,
                     "give a name of 1 to 39 bytes and an address: Listen=sip:spy-{agent}@pbx");
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return fault(why, why_cap, "the name has a control character");
    memcpy(a.name, text, len);
    snprintf(why, why_cap, "there is no memory left");
    int err = read_rest(&a, equals + 1 + strspn(equals + 1, " "), why, why_cap);
    if (err)
        ut__action_clear(&a);
    else
        *out = a;
    return err;
}
