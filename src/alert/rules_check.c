/* SPDX-License-Identifier: MIT */
/*
 * Conditions that no call can meet together. An expression is turned into boxes, a range for each
 * fact; what `and` joins are the boxes that are left of each pair. A rule without a box never fires.
 */

#include "alert/rules.h"

#include <math.h>
#include <string.h>

enum { BOXES = 24, DEEP = 6 };

struct box {
    float least[UT_FACT_COUNT], most[UT_FACT_COUNT];
};

struct boxes {
    uint32_t count;
    int many; /* More than are looked at: taken as if some call met them. */
    struct box box[BOXES];
};

static struct box anything(void)
{
    struct box b;
    for (int i = 0; i < UT_FACT_COUNT; i++)
        ut__rules_range((enum ut_fact_kind)i, &b.least[i], &b.most[i]);
    return b;
}

static struct box of_term(const struct ut__rules_node *n)
{
    struct box b = anything();
    if (n->what == UT_FACT_SAID)
        return b; /* Whatever is asked for may be said. */
    switch ((enum ut__rules_compare)n->compare) {
    case UT__RULES_OVER:
        b.least[n->what] = nextafterf(n->value, INFINITY);
        break;
    case UT__RULES_LEAST:
        b.least[n->what] = n->value;
        break;
    case UT__RULES_UNDER:
        b.most[n->what] = nextafterf(n->value, -INFINITY);
        break;
    case UT__RULES_MOST:
        b.most[n->what] = n->value;
        break;
    }
    return b;
}

/* Facts that shut one another out: nobody is silent and talks over, or on hold, at once. */
static int is_empty(const struct box *b)
{
    const float *least = b->least, *most = b->most;
    for (int i = 0; i < UT_FACT_COUNT; i++)
        if (least[i] > most[i])
            return 1;
    float longest = most[UT_FACT_LENGTH];
    return (least[UT_FACT_SILENCE] >= UT__RULES_MINUTE && least[UT_FACT_OVERTALK] > 0) ||
           (least[UT_FACT_HOLD] > 0 &&
            (least[UT_FACT_SILENCE] > 0 || least[UT_FACT_UNANSWERED] > 0)) ||
           least[UT_FACT_SILENCE] > longest || least[UT_FACT_HOLD] > longest ||
           least[UT_FACT_UNANSWERED] > longest;
}

static void add(struct boxes *to, const struct box *b)
{
    if (is_empty(b))
        return;
    if (to->count == BOXES)
        to->many = 1;
    else
        to->box[to->count++] = *b;
}

static void meet(struct boxes *out, const struct boxes *a, const struct boxes *b)
{
    out->count = 0;
    out->many = a->many || b->many;
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t k = 0; k < b->count; k++) {
            struct box both = a->box[i];
            for (int f = 0; f < UT_FACT_COUNT; f++) {
                both.least[f] = fmaxf(both.least[f], b->box[k].least[f]);
                both.most[f] = fminf(both.most[f], b->box[k].most[f]);
            }
            add(out, &both);
        }
}

static void fail(struct ut__rules_error *why, uint32_t line)
{
    static const char text[] =
        "these conditions can never hold together, so that the rule never fires: take one of them "
        "out, or write or in place of and";
    why->line = line;
    memcpy(why->text, text, sizeof text);
}

int ut__rules_check(const struct ut__rules_rule *r, struct ut__rules_error *why)
{
    struct boxes stack[DEEP] = {{0}}, met = {0};
    int n = 0;
    for (uint8_t i = 0; i < r->node_count; i++) {
        const struct ut__rules_node *node = &r->nodes[i];
        if (node->op == UT__RULES_TERM) {
            if (n == DEEP)
                return 0; /* Deeper than is looked into. */
            struct box b = of_term(node);
            stack[n].count = 0;
            stack[n].many = 0;
            add(&stack[n++], &b);
        } else if (node->op == UT__RULES_AND) {
            n--;
            meet(&met, &stack[n - 1], &stack[n]);
            stack[n - 1] = met;
        } else if (node->op == UT__RULES_OR) {
            n--;
            stack[n - 1].many |= stack[n].many;
            for (uint32_t k = 0; k < stack[n].count; k++)
                add(&stack[n - 1], &stack[n].box[k]);
        }
    }
    if (n == 1 && stack[0].count == 0 && !stack[0].many) {
        fail(why, r->line);
        return UT_EMALFORMED;
    }
    return 0;
}
