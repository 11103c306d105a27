/* SPDX-License-Identifier: MIT */
/* Operators' rules: what is taken has an expression that can be worked through, and is asked for two minutes. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alert/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct ut__rules rules;

static void ask_all(struct ut__rules_call *call)
{
    static const struct ut__said said = {
        .count = 2,
        .phrase = {{5, UT_WORDS_LAW, "my lawyer"}, {50, UT_WORDS_ANGER, "\xff!! \"angry\""}}};
    struct ut_score score = {.state = UT_STATE_ELEVATED};
    struct ut__rules_second second = {
        .score = &score, .has_agent = 1, .words = 1, .said = &said, .returning = 1};
    struct ut_alert_event alert;
    for (int t = 1; t <= 120; t++) {
        score.t_s = t;
        score.stress = (float)(t % 11) / 10;
        score.talk = (enum ut_talk)(t / 20 % 4);
        ut__rules_take(call, &second);
        for (uint32_t i = 0; i < rules.count; i++)
            if (ut__rules_ask(call, i, &second, "", &alert) &&
                (!alert.rule[0] || strlen(alert.text) >= sizeof alert.text))
                abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut__rules_error why;
    if (ut__rules_read(&rules, (const char *)data, len, &why) != 0) {
        if (!why.line || !why.text[0])
            abort();
        return 0;
    }
    struct ut__rules_call *call = malloc(ut__rules_call_bytes(&rules));
    if (!call)
        return 0;
    ut__rules_call_init(call, &rules);
    ask_all(call);
    free(call);
    return 0;
}
