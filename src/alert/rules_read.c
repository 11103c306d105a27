/* SPDX-License-Identifier: MIT */
/*
 * Operators' rules from their text:
 *
 *     rule "NAME"
 *         when CONDITION [and|or CONDITION]... [and ( ... ) for 10s]
 *         queue NAME, NAME
 *         ...
 *
 * A line is a statement; one that begins with and, or or for goes on with the conditions. What `and` and
 * `or` join goes into postfix order by Dijkstra's shunting yard, so that nothing recurses.
 */

#include "alert/rules.h"

#include <string.h>

#include "alert/rules_word.h"

enum { LINE_MAX_BYTES = 1024, FOR_MAX_S = 3600 };

/* What waits to be put behind its operands. */
enum pending { PAREN, JOIN_OR, JOIN_AND };

struct reader {
    struct ut__rules *out;
    struct ut__rules_rule *rule; /* NULL: none has begun. */
    struct ut__rules_error *why;
    uint32_t line;
    const char *at, *end; /* Of the line that is read. */
    uint8_t pending[UT__RULES_NODES];
    uint8_t pending_count;
    int operand; /* 1: a condition came last: and, or, ), for may follow. */
    int has_when;
};

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void put(struct ut__rules_error *why, const char *text, size_t n)
{
    size_t len = strlen(why->text), room = sizeof why->text - 1 - len;
    n = n < room ? n : room;
    for (size_t i = 0; i < n; i++) /* What an error shows is a line of text. */
        why->text[len + i] = (unsigned char)text[i] < ' ' ? '?' : text[i];
    why->text[len + n] = '\0';
}

/* "'WHAT' remedy"; what: [n], cut at 40 bytes; NULL: the remedy alone. */
static int fail_at(struct reader *r, const char *what, size_t n, const char *remedy)
{
    r->why->line = r->line;
    r->why->text[0] = '\0';
    if (what) {
        put(r->why, "'", 1);
        put(r->why, what, n < 40 ? n : 40);
        put(r->why, "' ", 2);
    }
    put(r->why, remedy, strlen(remedy));
    return UT_EMALFORMED;
}

static int fail(struct reader *r, const char *remedy)
{
    return fail_at(r, NULL, 0, remedy);
}

static void skip(struct reader *r)
{
    while (r->at < r->end && is_blank(*r->at))
        r->at++;
}

/* A word: letters, digits and _-.:%; or one sign. Its length; 0 at the end of the line. */
static size_t word(struct reader *r, const char **out)
{
    static const char inner[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:%";
    skip(r);
    const char *p = *out = r->at;
    while (p < r->end && *p && strchr(inner, *p))
        p++;
    if (p == r->at && p < r->end)
        p += (*p == '>' || *p == '<') && p + 1 < r->end && p[1] == '=' ? 2 : 1;
    r->at = p;
    return (size_t)(p - *out);
}

static int add(struct reader *r, struct ut__rules_node node)
{
    if (r->rule->node_count == UT__RULES_NODES)
        return fail(r, "a rule has at most 24 conditions and joining words: make two rules of it");
    r->rule->nodes[r->rule->node_count++] = node;
    return 0;
}

/* The operators on top that bind as tight or tighter go behind their operands. */
static int settle(struct reader *r, int down_to)
{
    int err = 0;
    while (!err && r->pending_count && r->pending[r->pending_count - 1] >= down_to) {
        int join = r->pending[--r->pending_count];
        err =
            add(r, (struct ut__rules_node){.op = join == JOIN_AND ? UT__RULES_AND : UT__RULES_OR});
    }
    return err;
}

static int push(struct reader *r, enum pending what)
{
    if (r->pending_count == UT__RULES_NODES)
        return fail(r, "too many parentheses: make two rules of it");
    r->pending[r->pending_count++] = (uint8_t)what;
    return 0;
}

/* Can a value of this fact ever be so, and ever not be so? */
static int is_sensible(const struct ut__rules_node *n)
{
    float least, most;
    ut__rules_range((enum ut_fact_kind)n->what, &least, &most);
    least = least < 0 ? 0 : least;
    switch ((enum ut__rules_compare)n->compare) {
    case UT__RULES_OVER:
    case UT__RULES_MOST:
        return n->value >= least && n->value < most;
    default:
        return n->value > least && n->value <= most;
    }
}

static int bad_value(struct reader *r, enum ut_fact_kind what, const char *w, size_t n)
{
    switch (what) {
    case UT_FACT_STRESS:
    case UT_FACT_RISE:
    case UT_FACT_OVERTALK:
        return fail_at(r, w, n,
                       "is always or never so: give a share within 0 and 1, such as 0.6 or 60%");
    case UT_FACT_RETURNING:
        return fail_at(r, w, n, "is always or never so: give a number of calls from 1 to 1000");
    case UT_FACT_HOLD:
    case UT_FACT_LENGTH:
        return fail_at(r, w, n,
                       "is always or never so: give a time such as 45s, 10m or 2h, up to 24h");
    default:
        return fail_at(r, w, n, "is always or never so: give a time such as 45s or 10m, up to 1h");
    }
}

static int copy(struct reader *r, char *out, size_t cap, const char *w, size_t n,
                const char *remedy)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)w[i] < ' ')
            return fail(r, "a name holds a control character: write it anew");
    if (n == 0 || n >= cap)
        return fail_at(r, w, n, remedy);
    memcpy(out, w, n);
    out[n] = '\0';
    return 0;
}

/* said KIND, said "WORDS" */
static int read_said(struct reader *r)
{
    struct ut__rules_node node = {.op = UT__RULES_TERM, .what = UT_FACT_SAID, .value = 1};
    struct ut__rules_rule *rule = r->rule;
    const char *w;
    skip(r);
    if (r->at == r->end || *r->at != '"') {
        size_t n = word(r, &w);
        node.kind = (int8_t)ut__said_kind(w, n);
        return node.kind >= 0 ? add(r, node)
                              : fail_at(r, w, n,
                                        "is no kind of phrase: write anger, insult, leave, law, "
                                        "danger, despair, again, praise, or words between \"");
    }
    const char *from = r->at + 1, *to = from;
    while (to < r->end && *to != '"')
        to++;
    if (to == r->end)
        return fail(r, "the \" of what was said is never closed");
    if (rule->said_count == UT__RULES_SAID)
        return fail(r, "a rule asks for at most 4 phrases: make two rules of it");
    r->at = to + 1;
    node.kind = -1;
    node.said = rule->said_count;
    int err = copy(r, rule->said[node.said], sizeof rule->said[0], from, (size_t)(to - from),
                   "is no phrase: write 1 to 63 bytes between \"");
    rule->said_count = (uint8_t)(rule->said_count + !err);
    return err ? err : add(r, node);
}

/* FACT > VALUE; returning and words stand alone as well. */
static int term(struct reader *r, const char *w, size_t n)
{
    const char *sign, *value;
    int what = 0;
    while (what < UT_FACT_COUNT && !ut__word_is(w, n, ut_fact_name((enum ut_fact_kind)what)))
        what++;
    if (what == UT_FACT_COUNT)
        return fail_at(
            r, w, n,
            "is nothing that a rule can look at: write stress, rise, silence, overtalk, hold, "
            "length, unanswered, returning, words or said");
    if (what == UT_FACT_SAID)
        return read_said(r);
    struct ut__rules_node node = {
        .op = UT__RULES_TERM, .what = (uint8_t)what, .compare = UT__RULES_LEAST, .value = 1};
    const char *before = r->at;
    size_t sign_len = word(r, &sign);
    int compare = ut__word_compare(sign, sign_len);
    if (compare < 0 && (what == UT_FACT_WORDS || what == UT_FACT_RETURNING)) {
        r->at = before;
        return add(r, node);
    }
    if (compare < 0 || what == UT_FACT_WORDS)
        return fail_at(r, w, n,
                       what == UT_FACT_WORDS ? "stands alone, without a comparison"
                                             : "needs a comparison: > >= < or <= and a number");
    size_t value_len = word(r, &value);
    node.compare = (uint8_t)compare;
    if (!ut__word_value((enum ut_fact_kind)what, value, value_len, &node.value) ||
        !is_sensible(&node))
        return bad_value(r, (enum ut_fact_kind)what, value, value_len);
    return add(r, node);
}

static int read_for(struct reader *r)
{
    const char *w;
    size_t n = word(r, &w);
    float s = 0;
    if (!ut__word_seconds(w, n, &s) || s < 1 || s > FOR_MAX_S)
        return fail_at(r, w, n, "is no time from 1s to 1h: write for 10s");
    if (r->rule->nodes[r->rule->node_count - 1].op == UT__RULES_FOR)
        return fail(r, "two times follow one another: leave one for");
    return add(r, (struct ut__rules_node){.op = UT__RULES_FOR, .value = s});
}

/* What may stand behind a condition. */
static int after_operand(struct reader *r, const char *w, size_t n)
{
    int err;
    if (ut__word_is(w, n, "for"))
        return read_for(r);
    if (ut__word_is(w, n, ")")) {
        err = settle(r, JOIN_OR);
        if (err)
            return err;
        if (!r->pending_count)
            return fail(r, "a ) has no (: take it away, or open one before");
        r->pending_count--;
        return 0;
    }
    int join = ut__word_is(w, n, "and") ? JOIN_AND : ut__word_is(w, n, "or") ? JOIN_OR : PAREN;
    if (join == PAREN)
        return fail_at(r, w, n, "is unexpected behind a condition: write and, or, for or )");
    r->operand = 0;
    err = settle(r, join);
    return err ? err : push(r, (enum pending)join);
}

static int conditions(struct reader *r)
{
    const char *w;
    size_t n;
    int err = 0;
    while (!err && (n = word(r, &w)) > 0) {
        if (r->operand) {
            err = after_operand(r, w, n);
        } else if (ut__word_is(w, n, "(")) {
            err = push(r, PAREN);
        } else {
            err = term(r, w, n);
            r->operand = 1;
        }
    }
    return err;
}

/* The rule that was read is complete, and can fire. */
static int finish(struct reader *r)
{
    if (!r->rule)
        return 0;
    uint32_t line = r->line;
    r->line = r->rule->line;
    int err = 0;
    if (!r->has_when)
        err = fail(r,
                   "the rule says not when it fires: add a line such as when stress > 0.6 for 10s");
    else if (!r->operand)
        err = fail(r, "the conditions end with and, or or (: write what follows, or take it away");
    if (!err)
        err = settle(r, JOIN_OR);
    if (!err && r->pending_count)
        err = fail(r, "a ( is never closed: add a )");
    if (!err)
        err = ut__rules_check(r->rule, r->why);
    r->line = line;
    return err;
}

/* A name of the rest of the line up to a comma, without blanks around it. Returns its length. */
static size_t name_of_list(struct reader *r, const char **out)
{
    skip(r);
    const char *p = *out = r->at;
    while (p < r->end && *p != ',')
        p++;
    r->at = p < r->end ? p + 1 : p;
    while (p > *out && is_blank(p[-1]))
        p--;
    return (size_t)(p - *out);
}

/* Names apart by commas. list: [most][size]. */
static int names(struct reader *r, char *list, size_t size, uint8_t *count, uint8_t most,
                 const char *remedy)
{
    int err = 0;
    do {
        const char *w;
        size_t n = name_of_list(r, &w);
        if (*count == most)
            return fail(r, remedy);
        err = copy(r, list + (size_t)*count * size, size, w, n, remedy);
        *count = (uint8_t)(*count + !err);
    } while (!err && (r->at < r->end || r->at[-1] == ','));
    return err;
}

static int read_name(struct reader *r)
{
    static const char remedy[] = "is no rule's name: write 1 to 47 bytes between \"";
    if (r->at >= r->end || *r->at != '"')
        return fail(r, "a rule has a name: write rule \"long and loud\"");
    const char *from = r->at + 1, *to = from;
    while (to < r->end && *to != '"')
        to++;
    if (to == r->end)
        return fail(r, "the name's \" is never closed");
    int err = copy(r, r->rule->name, sizeof r->rule->name, from, (size_t)(to - from), remedy);
    r->at = to + 1;
    skip(r);
    if (!err && r->at != r->end)
        err = fail(r, "the name ends its line: write what follows on lines of their own");
    for (uint32_t i = 0; !err && i + 1 < r->out->count; i++)
        if (strcmp(r->out->rule[i].name, r->rule->name) == 0)
            err = fail_at(r, from, (size_t)(to - from), "names two rules: give one another name");
    return err;
}

static int begin(struct reader *r)
{
    int err = finish(r);
    if (err)
        return err;
    if (r->out->count == UT__RULES_MAX)
        return fail(r, "there are more than 32 rules: take some out");
    r->rule = &r->out->rule[r->out->count++];
    memset(r->rule, 0, sizeof *r->rule);
    r->rule->line = r->line;
    r->rule->severity = UT_RULE_MEDIUM;
    r->pending_count = 0;
    r->operand = r->has_when = 0;
    skip(r);
    return read_name(r);
}

/* [DAY[-DAY]] 08:00-20:00 */
static int read_hours(struct reader *r)
{
    static const char remedy[] =
        "is no time: write hours mon-fri 08:00-20:00, or hours 22:00-06:00";
    const char *w;
    size_t n = word(r, &w);
    int first = ut__word_day(w, n < 3 ? n : 3), last = first;
    if (first >= 0) {
        last = n == 7 && w[3] == '-' ? ut__word_day(w + 4, 3) : n == 3 ? first : -1;
        if (last < 0)
            return fail_at(r, w, n, remedy);
        n = word(r, &w);
    }
    int from = n == 11 ? ut__word_minute(w, 5) : -1,
        until = n == 11 ? ut__word_minute(w + 6, 5) : -1;
    if (from < 0 || until < 0 || from == until || from == 24 * 60 || w[5] != '-')
        return fail_at(r, w, n, remedy);
    for (int d = first < 0 ? 0 : first;; d = (d + 1) % 7) {
        r->rule->days |= (uint8_t)(1 << d);
        if (d == (first < 0 ? 6 : last))
            break;
    }
    r->rule->from_min = (int16_t)from;
    r->rule->until_min = (int16_t)until;
    return 0;
}

static int read_severity(struct reader *r)
{
    static const char *const severities[] = {"", "low", "medium", "high"};
    const char *w;
    size_t n = word(r, &w);
    for (int i = UT_RULE_LOW; i <= UT_RULE_HIGH; i++)
        if (ut__word_is(w, n, severities[i])) {
            r->rule->severity = (uint8_t)i;
            return 0;
        }
    return fail_at(r, w, n, "is no severity: write low, medium or high");
}

static int read_to(struct reader *r)
{
    const char *w;
    size_t n = name_of_list(r, &w);
    if (r->at < r->end || r->rule->to[0])
        return fail(r, "an alert is one person's: write to and one name");
    return copy(r, r->rule->to, sizeof r->rule->to, w, n, "is no person's name: 1 to 64 bytes");
}

static int read_when(struct reader *r)
{
    if (r->has_when)
        return fail(r, "a rule has one when: go on with and or or, or make two rules");
    r->has_when = 1;
    return conditions(r);
}

static int statement(struct reader *r, const char *w, size_t n)
{
    struct ut__rules_rule *rule = r->rule;
    if (ut__word_is(w, n, "when"))
        return read_when(r);
    if (ut__word_is(w, n, "queue"))
        return names(r, rule->queues[0], sizeof rule->queues[0], &rule->queue_count,
                     UT__RULES_QUEUES, "is no queue's name: write 1 to 8 of them, apart by commas");
    if (ut__word_is(w, n, "by"))
        return names(r, rule->channels[0], sizeof rule->channels[0], &rule->channel_count,
                     UT__RULES_CHANNELS,
                     "is no channel's name: write 1 to 4 of them, apart by commas");
    if (ut__word_is(w, n, "to"))
        return read_to(r);
    if (ut__word_is(w, n, "severity"))
        return read_severity(r);
    if (ut__word_is(w, n, "hours"))
        return rule->days ? fail(r, "a rule has its hours once: make two rules") : read_hours(r);
    if (ut__word_is(w, n, "off")) {
        rule->off = 1;
        return 0;
    }
    return fail_at(
        r, w, n,
        "begins no line of a rule: write when, and, or, queue, severity, to, by, hours or "
        "off");
}

static int read_line(struct reader *r)
{
    const char *w, *before;
    skip(r);
    before = r->at;
    size_t n = word(r, &w);
    if (n == 0 || *w == '#')
        return 0;
    if (ut__word_is(w, n, "rule"))
        return begin(r);
    if (!r->rule)
        return fail_at(r, w, n, "stands before the first rule: begin with rule \"NAME\"");
    int goes_on = ut__word_is(w, n, "and") || ut__word_is(w, n, "or") || ut__word_is(w, n, "for") ||
                  ut__word_is(w, n, ")");
    int err;
    if (goes_on && r->has_when) {
        r->at = before;
        err = conditions(r);
    } else {
        err = statement(r, w, n);
    }
    skip(r);
    if (!err && r->at < r->end)
        err = fail_at(r, r->at, (size_t)(r->end - r->at), "is too much for this line");
    return err;
}

int ut__rules_read(struct ut__rules *out, const char *text, size_t len, struct ut__rules_error *why)
{
    struct reader r = {.out = out, .why = why, .line = 1};
    *why = (struct ut__rules_error){.line = 1};
    out->count = 0;
    if (len > UT__RULES_TEXT_MAX)
        return fail(&r, "the rules are longer than 64 KiB: take some out");
    if (memchr(text, '\0', len))
        return fail(&r, "this is no text");
    const char *end = text + len;
    int err = 0;
    for (const char *p = text; p < end && !err; r.line++) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        r.at = p;
        r.end = eol ? eol : end;
        err = r.end - r.at > LINE_MAX_BYTES ? fail(&r, "the line is longer than 1024 bytes: cut it")
                                            : read_line(&r);
        p = eol ? eol + 1 : end;
    }
    return err ? err : finish(&r);
}
