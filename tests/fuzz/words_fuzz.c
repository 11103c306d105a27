/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a line: hits lie within it and scores in their range, with lists of three languages;
 * masking keeps the length. The same bytes as a list: refused or usable.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/words.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_score(const struct ut_words *w, const char *text, size_t len)
{
    struct ut_words_score s;
    float shares = 0;
    ut_words_judge(w, text, len, &s);
    if (!(s.score >= 0 && s.score <= 1 && s.praise >= 0 && s.praise <= 1) ||
        s.hits > UT_WORDS_HITS_MAX)
        abort();
    for (unsigned i = 0; i < s.hits; i++) {
        if (s.hit[i].from > len || s.hit[i].len > len - s.hit[i].from || s.hit[i].len == 0)
            abort();
        shares += s.hit[i].share;
    }
    if (!(shares <= 1.001f))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct ut_words *lists[3];
    static const char *const names[] = {"en", "es", "vi"};
    char *text = malloc(len + 1);
    if (!text)
        return 0;
    if (len)
        memcpy(text, data, len);
    text[len] = '\0';
    for (int i = 0; i < 3; i++) {
        if (!lists[i] && ut_words_create_default(&lists[i], names[i]) != 0)
            abort();
        check_score(lists[i], text, len);
    }
    (void)ut_words_guess((const struct ut_words *const *)lists, 3, text, len);
    struct ut_words *own = NULL;
    if (ut_words_create(&own, text, len, NULL, NULL) == 0)
        check_score(own, text, len);
    ut_words_destroy(own);
    size_t before = strlen(text);
    ut_words_mask(text, len);
    if (strlen(text) != before)
        abort();
    free(text);
    return 0;
}
