/* SPDX-License-Identifier: MIT */
/* Operators' rules of the record: list, write, switch, drop, and try on ended calls. */

#include <stdlib.h>
#include <string.h>

#include "alert/rules.h"
#include "base/json.h"
#include "base/log.h"
#include "supervise/api/routes.h"
#include "supervise/rule_people.h"

static json_t *rule_json(const struct ut__rule_row *row)
{
    return json_pack("{ss ss sb ss sI}", "name", row->name, "text", row->text, "live", row->live,
                     "set_by", row->set_by, "set_ms", (json_int_t)row->set_ms);
}

static void on_rules(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    if (ut__request_failed(r, answer))
        return;
    json_t *list = json_array();
    for (uint32_t i = 0; i < answer->count; i++)
        json_array_append_new(list, rule_json(&answer->rules[i]));
    ut__request_value(r, json_pack("{so ss?}", "rules", list, "file", r->sv->rules_text));
}

void ut__serve_rules_list(struct ut__request *r)
{
    ut__request_inquire(r, &(struct ut__inquiry){.kind = UT__INQUIRE_RULES}, on_rules);
}

void ut__known_rules(void *arg, struct ut__answer *answer)
{
    const struct ut__supervise *sv = arg;
    char name[UT__NAME_MAX];
    if (ut__rule_nobody(sv, sv->rules_text ? sv->rules_text : "", name, sizeof name))
        UT__LOG(UT__LOG_WARN,
                "a rule's alerts are for somebody who is not there: make a token for "
                "them, or name another behind `to`",
                ut__log_str("to", name));
    if (answer->status == UT__LEDGER_OK && sv->on_rules)
        sv->on_rules(sv->on_rules_arg, answer->rules, answer->count);
}

static void on_set(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    if (ut__request_failed(r, answer))
        return;
    if (answer->count)
        ut__request_known(r, rule_json(&answer->rules[0]), UT__INQUIRE_RULES, ut__known_rules);
    else
        ut__request_unavailable(r);
}

static int too_long(struct ut__request *r, const char *text)
{
    if (strlen(text) < UT__RULE_TEXT_MAX)
        return 0;
    ut__request_error(r, 400, "bad_request", "The rule is longer than 2047 bytes.",
                      "Make two rules of it.", NULL);
    return 1;
}

/* Would the rule's alerts be handed to somebody who is not there? Answered, then. */
static int to_nobody(struct ut__request *r, const char *text)
{
    char name[UT__NAME_MAX];
    if (!ut__rule_nobody(r->sv, text, name, sizeof name))
        return 0;
    ut__request_error(r, 400, "bad_request", "The rule's alerts are for somebody who is not there.",
                      "After `to` name one of those whom /api/v1/people tells.", NULL);
    return 1;
}

/* Does it ask for a phrase that is never found? Answered, then. What does not read is the record's to tell. */
static int unheard(struct ut__request *r, const char *text)
{
    char why[512];
    struct ut__rules_error wrong;
    struct ut__rules *rules = malloc(sizeof *rules);
    int found = rules && ut__rules_read(rules, text, strlen(text), &wrong) == 0 &&
                ut__supervise_rules_unheard(r->sv, rules, why, sizeof why);
    free(rules);
    if (found)
        ut__request_error(r, 400, "bad_request", why,
                          "undertone words --text tells which phrases are found in lines.", NULL);
    return found;
}

void ut__serve_rule_set(struct ut__request *r)
{
    struct ut__inquiry q = {.kind = UT__INQUIRE_RULE_SET};
    const char *text = ut__json_text(r->body, "text");
    if (too_long(r, text) || to_nobody(r, text) || unheard(r, text))
        return;
    ut__inquiry_text(q.rule.text, sizeof q.rule.text, text);
    ut__inquiry_text(q.rule.set_by, sizeof q.rule.set_by, r->who.name);
    q.rule.live = json_is_true(json_object_get(r->body, "live"));
    ut__request_inquire(r, &q, on_set);
}

static void on_dropped(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    if (!ut__request_failed(r, answer))
        ut__request_known(r, json_pack("{si}", "erased", 1), UT__INQUIRE_RULES, ut__known_rules);
}

void ut__serve_rule_drop(struct ut__request *r)
{
    struct ut__inquiry q = {.kind = UT__INQUIRE_RULE_DROP};
    ut__inquiry_text(q.name, sizeof q.name, r->target);
    ut__request_inquire(r, &q, on_dropped);
}

void ut__serve_rule_try(struct ut__request *r)
{
    const char *text = ut__json_text(r->body, "text");
    const json_t *days = json_object_get(r->body, "days");
    if (too_long(r, text) || unheard(r, text))
        return;
    json_object_set_new(r->args, "text", json_string(text));
    json_object_set_new(r->args, "days",
                        json_integer(json_is_integer(days) ? json_integer_value(days) : 7));
    ut__serve_ledger(r);
}
