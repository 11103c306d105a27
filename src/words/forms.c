/* SPDX-License-Identifier: MIT */
/*
 * Forms of a word that a list marks with '~': what people write of "cancel" and "cancelar". A form
 * too many, such as "cancelss", harms nobody, since nobody writes it.
 */

#include <string.h>

#include "words/list.h"

struct forms {
    char (*out)[UT__FORM_BYTES];
    size_t count;
};

static void add(struct forms *f, const char *stem, size_t n, const char *ending)
{
    if (f->count == UT__FORMS_MAX || n + strlen(ending) + 2 >= UT__FORM_BYTES)
        return;
    memcpy(f->out[f->count], stem, n);
    memcpy(f->out[f->count++] + n, ending, strlen(ending) + 1);
}

static void add_all(struct forms *f, const char *stem, size_t n, const char *const *endings)
{
    for (; *endings; endings++)
        add(f, stem, n, *endings);
}

static int ends(const char *word, size_t n, const char *with)
{
    size_t m = strlen(with);
    return n >= m && memcmp(word + n - m, with, m) == 0;
}

static int is_vowel(char c)
{
    return c && strchr("aeiou", c) != NULL;
}

static void english(struct forms *f, const char *word, size_t n)
{
    static const char *const plain[] = {"s", "es", "ed", "ing", NULL};
    static const char *const after_e[] = {"s", "d", NULL};
    static const char *const after_y[] = {"ies", "ied", NULL};
    char last = word[n - 1];
    if (last == 'e') {
        add_all(f, word, n, after_e);
        add(f, word, n - 1, "ing");
    } else if (last == 'y' && n > 2 && !is_vowel(word[n - 2])) {
        add_all(f, word, n - 1, after_y);
        add(f, word, n, "ing");
    } else {
        add_all(f, word, n, plain);
        /* stop, stopped; cancel, cancelled */
        if (n > 2 && !is_vowel(last) && is_vowel(word[n - 2]) && !strchr("wxy", last)) {
            const char twice[] = {last, 'e', 'd', 0}, ing[] = {last, 'i', 'n', 'g', 0};
            add(f, word, n, twice);
            add(f, word, n, ing);
        }
    }
}

static void spanish_verb(struct forms *f, const char *word, size_t n)
{
    static const char *const ar[] = {
        "o",    "as",   "a",    "amos",   "áis",  "an",   "é",      "aste",   "ó",    "asteis",
        "aron", "aba",  "abas", "aban",   "ando", "ado",  "ada",    "ados",   "adas", "e",
        "es",   "emos", "en",   "ábamos", "ara",  "aran", "ándome", "ándolo", NULL};
    static const char *const er[] = {"o",     "es",  "e",      "emos",  "éis",  "en",    "í",
                                     "iste",  "ió",  "isteis", "ieron", "ía",   "ías",   "ían",
                                     "iendo", "ido", "ida",    "idos",  "idas", "a",     "as",
                                     "amos",  "an",  "imos",   "ís",    "iera", "ieran", NULL};
    static const char *const whole[] = {"me",  "te", "se", "lo", "la",   "los", "las", "le",  "les",
                                        "nos", "é",  "ás", "á",  "emos", "án",  "ía",  "ían", NULL};
    static const char *const soft[] = {"é", "e", "es", "emos", "en", NULL};
    int is_ar = ends(word, n, "ar");
    size_t stem = n - 2;
    add_all(f, word, n, whole);
    add_all(f, word, stem, is_ar ? ar : er);
    if (!is_ar || stem < 2)
        return;
    /* c, g and z are written otherwise before e: buscar, busqué; pagar, pagué; rechazar, rechacé */
    char changed[UT__FORM_BYTES + 4];
    const char *letter = word[stem - 1] == 'c' ? "qu" : word[stem - 1] == 'g' ? "gu" : "c";
    if (!strchr("cgz", word[stem - 1]))
        return;
    memcpy(changed, word, stem - 1);
    memcpy(changed + stem - 1, letter, strlen(letter) + 1);
    add_all(f, changed, strlen(changed), soft);
}

static void spanish(struct forms *f, const char *word, size_t n)
{
    static const char *const after_vowel[] = {"o", "a", "os", "as", NULL};
    static const char *const others[] = {"s", "es", NULL};
    if (n > 3 && (ends(word, n, "ar") || ends(word, n, "er") || ends(word, n, "ir")))
        spanish_verb(f, word, n);
    else if (word[n - 1] == 'o' || word[n - 1] == 'a')
        add_all(f, word, n - 1, after_vowel);
    else
        add_all(f, word, n, others);
}

size_t ut__forms(char (*out)[UT__FORM_BYTES], const char *language, const char *word)
{
    size_t n = strlen(word);
    struct forms f = {.out = out};
    if (n < 3 || n + 8 > UT__FORM_BYTES)
        return 0;
    if (strncmp(language, "en", 2) == 0)
        english(&f, word, n);
    else if (strncmp(language, "es", 2) == 0)
        spanish(&f, word, n);
    else
        return 0;
    add(&f, word, n, "");
    return f.count;
}
