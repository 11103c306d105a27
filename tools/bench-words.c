/* SPDX-License-Identifier: MIT */
/*
 * What judging costs: us a word with the built-in lists and with 10,000 made-up phrases, in one
 * run, so that the ratio of the two holds on any machine.
 *
 * usage: bench-words [WORDS]
 */

#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <undertone/words.h>

enum { PHRASES = 10000, STEMS = 4000, LINE_WORDS = 20 };

static unsigned seed = 1;

static unsigned draw(unsigned n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

/* A word of two to four syllables; the low numbers are the common ones. */
static size_t put_word(char *out, unsigned number)
{
    static const char on[] = "bcdfghklmnprstvz", vowel[] = "aeiou";
    size_t n = 0;
    for (unsigned i = 0; i < 2 + number % 3; i++, number = number / 16 * 7 + 3) {
        out[n++] = on[number % 16];
        out[n++] = vowel[number / 16 % 5];
    }
    out[n] = '\0';
    return n;
}

static char *make_list(void)
{
    char *tsv = malloc(PHRASES * 64), *at = tsv;
    if (!tsv)
        exit(1);
    at += snprintf(at, 64, "# language: en\n");
    for (unsigned i = 0; i < PHRASES; i++) {
        char a[16], b[16], c[16];
        put_word(a, draw(STEMS));
        put_word(b, draw(STEMS));
        put_word(c, i);
        at += snprintf(at, 64, "anger\t.1\t%s%s (%s|) %s%s %u\n", a, i % 3 ? "" : "~", b,
                       i % 5 ? "" : "* ", c, i);
    }
    return tsv;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* The machine may do other things. */
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double us_a_word(const struct ut_words *w, unsigned words)
{
    unsigned heard = 0;
    double spent = 0;
    while (heard < words) {
        char line[LINE_WORDS * 12];
        size_t n = 0;
        for (int i = 0; i < LINE_WORDS; i++) {
            n += put_word(line + n, draw(STEMS) % (1 + draw(STEMS)));
            line[n++] = ' ';
        }
        struct ut_words_score s;
        double begin = seconds();
        ut_words_judge(w, line, n, &s);
        spent += seconds() - begin;
        heard += s.words;
    }
    return spent * 1e6 / heard;
}

int main(int argc, char **argv)
{
    unsigned words = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 2000000;
    struct ut_words *built_in = NULL, *large = NULL;
    char *tsv = make_list();
    double begin = seconds();
    if (ut_words_create(&large, tsv, strlen(tsv), NULL, NULL) != 0 ||
        ut_words_create_default(&built_in, "en") != 0)
        return 1;
    double load = seconds() - begin, small = us_a_word(built_in, words),
           big = us_a_word(large, words);
    printf("{\"phrases\":[%zu,%zu],\"us_a_word\":[%.3f,%.3f],\"ratio\":%.2f,\"load_s\":%.3f}\n",
           ut_words_count(built_in), ut_words_count(large), small, big, big / small, load);
    ut_words_destroy(built_in);
    ut_words_destroy(large);
    free(tsv);
    return 0;
}
