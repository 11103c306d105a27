/* SPDX-License-Identifier: MIT */
/* Charged phrases: folding, the format of lists and its faults, judging, languages, masking. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include <undertone/words.h>

static struct ut_words *list(const char *tsv)
{
    struct ut_words *w = NULL;
    assert_int_equal(ut_words_create(&w, tsv, strlen(tsv), NULL, NULL), 0);
    return w;
}

static float score_of(const struct ut_words *w, const char *text)
{
    struct ut_words_score s;
    ut_words_judge(w, text, strlen(text), &s);
    assert_true(s.score >= 0 && s.score <= 1);
    return s.score;
}

static int finds(const char *rows, const char *text)
{
    char tsv[2048];
    snprintf(tsv, sizeof tsv, "# language: en\n%s", rows);
    struct ut_words *w = list(tsv);
    float score = score_of(w, text);
    ut_words_destroy(w);
    return score > 0;
}

static void phrases_match_as_their_format_says(void **state)
{
    (void)state;
    static const struct {
        const char *phrase, *text;
        int want;
    } cases[] = {
        {"fed up", "I am fed up", 1},
        {"fed up", "I am fed. Up there", 0}, /* not over the end of a sentence */
        {"fed up", "FED  UP", 1},
        {"cancel~", "we cancelled it", 1},
        {"cancel~", "cancelling", 1},
        {"cancel~", "cancellation", 0},
        {"carry~", "he carried it", 1},
        {"frustrat*", "so frustrating", 1},
        {"frustrat*", "a frusta", 0},
        {"(third|3rd) (time|call)", "my 3rd call", 1},
        {"(third|3rd) (time|call)", "my 3rd friend", 0},
        {"speak * manager", "speak to your manager", 1},
        {"speak * manager", "speak to one of your managers manager", 0}, /* four words between */
        {"lose (my|) temper", "I lose temper", 1},
        {"lose (my|) temper", "I lose my temper", 1},
        {"(a lot of|many) trouble", "a lot of trouble", 1},
        {"wait _ hours", "wait two hours", 1},
        {"wait _ hours", "wait hours", 0},
        {"# times", "I called 12 times", 1},
        {"e-mail", "by e-mail", 1},
        {"don't care", "they dont care", 1},
        {"don't care", "they don\xe2\x80\x99t care", 1},
        {"manager", "the manager's chair", 1},
        {"ill", "I'll come", 0},
        {"f\\*\\*\\*", "what the f***", 1},
        {"\xf0\x9f\x98\xa1", "well \xf0\x9f\x98\xa1\xef\xb8\x8f",
         1}, /* an emoji and its selector */
        {"angry", "angryyyyy", 1},
        {"angry",
         "\xf0\x9d\x97\x94\xf0\x9d\x97\xa1\xf0\x9d\x97\x9a\xf0\x9d\x97\xa5\xf0\x9d\x97\xac", 1},
        {"angry", "an\xe2\x80\x8bgry", 1}, /* with a space of no width in it */
        {"angry",
         "\xe2\x80\xae"
         "angry",
         1},                             /* after a mark of direction */
        {"ridiculous", "ridicolous", 1}, /* a letter changed, */
        {"ridiculous", "rediculous", 1},
        {"ridiculous", "ridiculos", 1},  /* left out, */
        {"ridiculous", "ridicuolus", 1}, /* swapped with its neighbour; */
        {"ridiculous", "rediculos", 0},  /* two of them; */
        {"stupid", "stupit", 0},         /* a short word */
        {"ni\xc3\xb1o", "nino", 1},
        {"nino", "ni\xc3\xb1o", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char row[128];
        snprintf(row, sizeof row, "anger\t.5\t%s\n", cases[i].phrase);
        if (finds(row, cases[i].text) != cases[i].want)
            fail_msg("'%s' in '%s': not %d", cases[i].phrase, cases[i].text, cases[i].want);
    }
}

static void both_compositions_and_places_of_a_tone_are_one(void **state)
{
    (void)state;
    struct ut_words *w = list("# language: vi\n# accents: line\nanger\t.5\tth\xe1\xbb\x8f"
                              "a ki\xe1\xbb\x87n\n");
    /* hỏi above the o; above the a; decomposed; none at all */
    assert_true(score_of(w, "th\xe1\xbb\x8f"
                            "a ki\xe1\xbb\x87n") > 0);
    assert_true(score_of(w, "tho\xe1\xba\xa3 ki\xe1\xbb\x87n") > 0);
    assert_true(score_of(w, "tho\xcc\x89"
                            "a kie\xcc\xa3\xcc\x82n") > 0);
    assert_true(score_of(w, "THOA KIEN") > 0);
    /* kiến is another word, and so is kien where the writer puts accents */
    assert_true(score_of(w, "th\xe1\xbb\x8f"
                            "a ki\xe1\xba\xbfn") == 0);
    assert_true(score_of(w, "th\xe1\xbb\x8f"
                            "a kien") == 0);
    ut_words_destroy(w);
}

struct faults {
    unsigned count, line;
    char text[200];
};

static void note(void *ctx, unsigned line, const char *text)
{
    struct faults *f = ctx;
    f->count++;
    f->line = line;
    snprintf(f->text, sizeof f->text, "%s", text);
}

static void lists_with_faults_are_refused_with_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *said;
        unsigned line;
    } cases[] = {
        {"anger\t.5\tok\nanger .5 no tabs\n", "tab", 3},
        {"rage\t.5\tx\n", "kind", 2},
        {"anger\t1.5\tx\n", "range", 2},
        {"anger\t-1\tx\n", "range", 2},
        {"anger\t.5\tfine\nanger\t.4\tfine\n", "line 2", 3},
        {"anger\t.5\t(a|b\n", "close it", 2},
        {"anger\t.5\t(a|(b|c))\n", "within a group", 2},
        {"anger\t.5\t* a\n", "edge", 2},
        {"anger\t.5\ta * * b\n", "edge", 2},
        {"anger\t.5\ta * b * c * d\n", "more than two gaps", 2},
        {"anger\t.5\t_ a\n", "any word", 2},
        {"anger\t.5\t(a|)\n", "nothing at all", 2},
        {"anger\t.5\tab*\n", "three letters", 2},
        {"anger\t.5\twhat?!\n", "sign", 2},
        {"anger\t.5\tw (a|) (b|) (c|) (d|) (e|) (f|) (g|) (h|) (i|)\n", "more than 64", 2},
        {"anger\t.5\ta b c d e f g h i j k l m n o p q\n", "too long", 2},
        {"anger\t.5\t\n", "empty", 2},
        {"# accents: letter\nanger\t.5\tx\n", "by `word` or by `line`", 2},
        {"# language: e n\nanger\t.5\tx\n", "not named", 2},
        {"more\t3.5\tx\n", "range, 1 to 3", 2},
        {"# a remark\n", "no phrase", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char tsv[512];
        struct faults f = {0};
        struct ut_words *w = NULL;
        snprintf(tsv, sizeof tsv, "# language: en\n%s", cases[i].rows);
        assert_int_equal(ut_words_create(&w, tsv, strlen(tsv), note, &f), UT_EMALFORMED);
        assert_null(w);
        if (f.count != 1 || f.line != cases[i].line || !strstr(f.text, cases[i].said))
            fail_msg("%s: %u faults, line %u: %s", cases[i].rows, f.count, f.line, f.text);
    }
    struct faults f = {0};
    struct ut_words *w = NULL;
    assert_int_equal(ut_words_create(&w, "anger\t.5\tx\n", 11, note, &f), UT_EMALFORMED);
    assert_non_null(strstr(f.text, "language"));
    static const char nul[] = "# language: en\nanger\t.5\ta\0b\n";
    assert_int_equal(ut_words_create(&w, nul, sizeof nul - 1, note, &f), UT_EMALFORMED);
    assert_non_null(strstr(f.text, "NUL"));
    assert_int_equal(ut_words_create(&w, nul, (16 << 20) + 1, note, &f), UT_ETOOBIG);
    assert_null(w);
}

/* Phrases without end: as many as a list may hold, and one more. */
static void a_list_has_a_bound(void **state)
{
    (void)state;
    enum { ROW = 15 };
    static const char head[] = "\xef\xbb\xbf# language: en\r\n"; /* As a spreadsheet writes it. */
    char *tsv = malloc(sizeof head + (UT_WORDS_PHRASES_MAX + 1) * ROW);
    assert_non_null(tsv);
    size_t len = sizeof head - 1;
    memcpy(tsv, head, len);
    for (int more = 0; more < 2; more++) {
        struct ut_words *w = NULL;
        for (int i = more ? UT_WORDS_PHRASES_MAX : 0; i < UT_WORDS_PHRASES_MAX + more; i++)
            len += (size_t)snprintf(tsv + len, ROW + 1, "anger\t.5\t%05d\n", i);
        assert_int_equal(ut_words_create(&w, tsv, len, NULL, NULL), more ? UT_ETOOBIG : 0);
        if (!more)
            assert_int_equal(ut_words_count(w), UT_WORDS_PHRASES_MAX);
        ut_words_destroy(w);
    }
    free(tsv);
}

static const char helped[] =
    "# language: en\nanger\t.5\tangry\nleave\t.5\tcancel\nanger\t.4\tnot happy\n"
    "negation\t1\tnot\nbound\t1\tbut\nmore\t1.5\tvery\nless\t.5\ta bit\n"
    "harmless\t1\tcancel my appointment\npraise\t.5\thappy\n";

static void what_stands_around_a_phrase_counts(void **state)
{
    (void)state;
    struct ut_words *w = list(helped);
    float plain = score_of(w, "I am angry");
    assert_float_equal(plain, .5f, 1e-6f);
    assert_true(score_of(w, "I am not angry") == 0);
    assert_true(score_of(w, "I am not at all angry") == 0);
    assert_true(score_of(w, "I am not a man who ever gets angry") > 0); /* too far */
    assert_true(score_of(w, "not today, angry") > 0);                   /* another clause */
    assert_true(score_of(w, "not you but angry people") > 0);           /* bounded */
    assert_float_equal(score_of(w, "not happy"), .4f, 1e-6f);
    assert_true(score_of(w, "not happy, cancel") > .5f);
    assert_float_equal(score_of(w, "I am very angry"), .75f, 1e-6f);
    assert_float_equal(score_of(w, "I am a bit angry"), .25f, 1e-6f);
    assert_true(score_of(w, "I AM ANGRY") > plain);
    assert_true(score_of(w, "I am angry!!!") > plain);
    assert_true(score_of(w, "I am angry!") == plain);
    assert_true(score_of(w, "they wrote \"angry\" there") < plain);
    assert_true(score_of(w, "\"I am angry\"") == plain); /* quoted as a whole */
    assert_true(score_of(w, "please cancel my appointment") == 0);
    assert_true(score_of(w, "cancel my subscription") > 0);
    struct ut_words_score s;
    ut_words_judge(w, "so happy", 8, &s);
    assert_true(s.praise > 0 && s.score == 0);
    ut_words_destroy(w);
}

static void a_score_has_its_reasons(void **state)
{
    (void)state;
    struct ut_words *w = list(helped);
    const char *text = "I am angry. So cancel, I am angry";
    struct ut_words_score s;
    ut_words_judge(w, text, strlen(text), &s);
    assert_int_equal(s.hits, 2); /* The second "angry" is the first once more. */
    assert_string_equal(s.hit[0].phrase, "angry");
    assert_int_equal(s.hit[0].kind, UT_WORDS_ANGER);
    assert_string_equal(ut_words_kind_name(s.hit[1].kind), "leave");
    assert_memory_equal(text + s.hit[1].from, "cancel", s.hit[1].len);
    assert_true(s.hit[0].share + s.hit[1].share <= 1.0f);
    assert_true(s.score > .75f && s.score < .85f);
    assert_int_equal(s.words, 8);
    ut_words_destroy(w);
}

static void a_line_may_have_any_length(void **state)
{
    (void)state;
    enum { WORDS = 200000 };
    struct ut_words *w = list(helped);
    char *text = malloc(WORDS * 6 + 16), *at = text;
    for (int i = 0; i < WORDS; i++)
        at += snprintf(at, 8, i % 101 == 77 ? "angry " : "word %s", "");
    snprintf(at, 8, "cancel");
    struct ut_words_score s;
    ut_words_judge(w, text, strlen(text), &s);
    assert_int_equal(s.words, WORDS + 1);
    assert_int_equal(s.hits, 2); /* Whatever the place of a phrase in what is looked at together. */
    free(text);
    for (size_t pad = 0; pad < 300; pad++) {
        char line[1600];
        at = line;
        for (size_t i = 0; i < pad; i++)
            at += snprintf(at, 8, "word ");
        snprintf(at, 32, "not happy");
        assert_float_equal(score_of(w, line), .4f, 1e-6f);
        snprintf(at, 32, "not so angry word word");
        assert_true(score_of(w, line) == 0);
    }
    ut_words_destroy(w);
}

static void languages_are_told_apart(void **state)
{
    (void)state;
    struct ut_words *lists[3];
    assert_int_equal(ut_words_create_default(&lists[0], "en"), 0);
    assert_int_equal(ut_words_create_default(&lists[1], "es"), 0);
    assert_int_equal(ut_words_create_default(&lists[2], "vi"), 0);
    assert_int_equal(ut_words_create_default(&lists[2], "tlh"), UT_EUNSUPPORTED);
    const struct ut_words *const all[] = {lists[0], lists[1], lists[2]};
    static const struct {
        const char *text;
        int want;
    } cases[] = {
        {"what is the status of my order", 0},
        {"quiero saber el estado de mi pedido", 1},
        {"cho tôi hỏi đơn hàng của tôi đâu rồi", 2},
        {"12345", -1},
        {"", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(ut_words_guess(all, 3, cases[i].text, strlen(cases[i].text)),
                         cases[i].want);
    for (int i = 0; i < 3; i++) {
        assert_true(ut_words_count(lists[i]) > 200);
        ut_words_destroy(lists[i]);
    }
}

static void what_must_not_be_kept_is_masked(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"my card is 4111 1111 1111 1111 ok", "my card is #### #### #### #### ok"},
        {"call +34 (600) 12-34-56", "call +## (###) ##-##-##"},
        {"order 1234, 3 items", "order 1234, 3 items"},
        {"account 12345.", "account #####."},
        {"write ana.b@ex-ample.org now", "write #####@############ now"},
        {"@home at 5", "@home at 5"},
        {"it is four two four two nine", "it is #### ### #### ### ####"},
        {"one or two or three", "one or two or three"},
        {"cuatro, dos, cuatro, dos", "####### #### ####### ###"},
        {"4\xe2\x80\x8b"
         "1\xe2\x80\x8b"
         "1\xe2\x80\x8b"
         "1\xe2\x80\x8b"
         "1",
         "#\xe2\x80\x8b#\xe2\x80\x8b#\xe2\x80\x8b#\xe2\x80\x8b#"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, "%s", cases[i].text);
        size_t masked = ut_words_mask(text, strlen(text));
        assert_string_equal(text, cases[i].want);
        assert_int_equal(masked > 0, strcmp(cases[i].text, cases[i].want) != 0);
    }
}

static float add(struct ut_words_talk *talk, const struct ut_words *w, double t_s, const char *text)
{
    struct ut_words_score s;
    ut_words_judge(w, text, strlen(text), &s);
    return ut_words_talk_add(talk, t_s, text, &s);
}

static void what_was_said_fades(void **state)
{
    (void)state;
    struct ut_words *w = list(helped);
    struct ut_words_talk talk = {0};
    assert_float_equal(add(&talk, w, 10, "I am angry"), .5f, 1e-6f);
    assert_float_equal(ut_words_talk_at(&talk, 130), .25f, 1e-6f);
    assert_float_equal(add(&talk, w, 130, "so I CANCEL"), .7f, 1e-6f);
    assert_int_equal(talk.reasons, 2);
    assert_string_equal(talk.reason[0].phrase, "CANCEL");
    assert_int_equal(talk.reason[0].kind, UT_WORDS_LEAVE);
    assert_float_equal(talk.reason[0].share + talk.reason[1].share, 1, 1e-6f);
    /* An earlier line counts as now, and turns no clock back. */
    assert_float_equal(add(&talk, w, 20, "well"), .7f, 1e-6f);
    assert_true(talk.t_s == 130);
    ut_words_destroy(w);
}

static void an_alert_is_raised_once_and_clears_by_itself(void **state)
{
    (void)state;
    struct ut_words *w = list(helped);
    struct ut_words_talk talk = {0};
    add(&talk, w, 0, "I am angry");
    assert_int_equal(ut_words_talk_act(&talk, 0, .7f), UT_WORDS_NOTHING);
    add(&talk, w, 1, "I am very angry");
    assert_int_equal(ut_words_talk_act(&talk, 1, .7f), UT_WORDS_RAISED);
    assert_int_equal(ut_words_talk_act(&talk, 2, .7f), UT_WORDS_NOTHING);
    assert_int_equal(ut_words_talk_act(&talk, 100, .7f), UT_WORDS_NOTHING);
    assert_int_equal(ut_words_talk_act(&talk, 300, .7f), UT_WORDS_CLEARED);
    assert_int_equal(ut_words_talk_act(&talk, 300, .7f), UT_WORDS_NOTHING);
    assert_int_equal(talk.alerts, 1);
    ut_words_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phrases_match_as_their_format_says),
        cmocka_unit_test(both_compositions_and_places_of_a_tone_are_one),
        cmocka_unit_test(lists_with_faults_are_refused_with_the_line),
        cmocka_unit_test(a_list_has_a_bound),
        cmocka_unit_test(what_stands_around_a_phrase_counts),
        cmocka_unit_test(a_score_has_its_reasons),
        cmocka_unit_test(a_line_may_have_any_length),
        cmocka_unit_test(languages_are_told_apart),
        cmocka_unit_test(what_must_not_be_kept_is_masked),
        cmocka_unit_test(what_was_said_fades),
        cmocka_unit_test(an_alert_is_raised_once_and_clears_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
