/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <undertone/json.h>

static void tells_deltas_once_known(void **state)
{
    (void)state;
    char buf[UT_JSON_MAX];
    struct ut_event ev = {.type = UT_EVENT_SCORE};
    ev.u.score = (struct ut_score){.t_s = 12, .stress = 0.41F, .state = UT_STATE_CALM};
    ev.u.score.delta[UT_REASON_F0] = 3.14F;
    ev.u.score.delta[UT_REASON_RATE] = -0.5F;
    assert_true(ut_event_to_json(buf, sizeof buf, "x", &ev) > 0);
    assert_null(strstr(buf, "delta"));
    ev.u.score.has_delta = 1;
    assert_true(ut_event_to_json(buf, sizeof buf, "x", &ev) > 0);
    assert_non_null(strstr(buf, ",\"delta\":{\"f0\":3.1,\"effort\":0.0,\"rate\":-0.5,"
                                "\"harshness\":0.0,\"variation\":0.0}}"));
    ev.u.score.state = UT_STATE_ABSTAIN;
    assert_true(ut_event_to_json(buf, sizeof buf, "x", &ev) > 0);
    assert_null(strstr(buf, "delta"));
}

static void a_note_says_what_and_how_much(void **state)
{
    (void)state;
    char buf[UT_JSON_MAX];
    struct ut_event ev = {.type = UT_EVENT_NOTE};
    ev.u.note =
        (struct ut_note){.t_s = 6.5, .kind = UT_NOTE_ECHO, .level_db = -21.9F, .text = "so"};
    assert_true(ut_event_to_json(buf, sizeof buf, "x", &ev) > 0);
    assert_string_equal(buf, "{\"type\":\"note\",\"call\":\"x\",\"t\":6.50,\"kind\":\"echo\","
                             "\"level_db\":-21.9,\"text\":\"so\"}");
    ev.u.note.kind = UT_NOTE_MIXTURE;
    assert_true(ut_event_to_json(buf, sizeof buf, "x", &ev) > 0);
    assert_null(strstr(buf, "level_db"));
}

/* However long the id, what is written is whole characters, 128 bytes of them at most. */
static void an_id_is_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "\u00e9", "\u20ac", "\U0001f4de"};
    struct ut_event ev = {.type = UT_EVENT_SCORE};
    for (size_t c = 0; c < 4; c++)
        for (size_t before = 0; before < 5; before++) {
            char id[400] = "xxxxx", buf[UT_JSON_MAX];
            size_t n = before, bytes = strlen(characters[c]);
            for (; n + bytes < sizeof id - 1; n += bytes)
                memcpy(id + n, characters[c], bytes + 1);
            size_t kept = before + (128 - before) / bytes * bytes;
            assert_true(ut_event_to_json(buf, sizeof buf, id, &ev) > 0);
            const char *at = strstr(buf, "\"call\":\"") + 8;
            assert_memory_equal(at, id, kept);
            assert_int_equal(at[kept], '"');
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tells_deltas_once_known),
                                       cmocka_unit_test(a_note_says_what_and_how_much),
                                       cmocka_unit_test(an_id_is_cut_between_characters)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
