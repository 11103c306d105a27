/* SPDX-License-Identifier: MIT */
/*
 * Masks what must not be kept of a line: long numbers, digits that are spelt out, mail addresses.
 * Too much rather than too little: an amount of five digits goes as well.
 */

#include <string.h>

#include <undertone/words.h>

#include "words/fold.h"
#include "words/fold_table.h"

enum { DIGITS_MIN = 5, SPELT_MIN = 4, GAP_MAX = 3 /* Signs between the groups of a number. */ };

static void blot(char *text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if ((unsigned char)text[i] > ' ')
            text[i] = '#';
}

static int is_digit(uint32_t c)
{
    if (c >= UT__FOLD_LAST)
        return 0;
    uint16_t v = ut__fold_value[ut__fold_page[c >> 8]][c & 255];
    return v == UT__CHAR_DIGIT || (v >= UT__CHAR_POOL && ut__fold_pool[v - UT__CHAR_POOL] >> 9 & 1);
}

/* What stands between the groups of a number; marks that nobody sees are no gap at all. */
static int is_unseen(uint32_t c)
{
    return c < UT__FOLD_LAST && ut__fold_value[ut__fold_page[c >> 8]][c & 255] == UT__CHAR_IGNORE;
}

/* "1,234,567" is one number, "1234, 567" are two. */
static int is_gap(uint32_t c, uint32_t before)
{
    if (before == ',' && c == ' ')
        return 0;
    return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')' || c == '+' ||
           c == ',' || c == '_' || c == '#' || c == 0xa0 || (c >= 0x2000 && c <= 0x2015) ||
           c == 0x202f;
}

static size_t blot_digits(char *text, size_t from, size_t to)
{
    for (size_t at = from; at < to;) {
        size_t before = at;
        if (is_digit(ut__utf8_next((uint8_t *)text, to, &at)))
            blot(text, before, at);
    }
    return 1;
}

static size_t mask_numbers(char *text, size_t len)
{
    size_t masked = 0, from = 0, to = 0;
    unsigned digits = 0, gap = 0;
    uint32_t last = 0;
    for (size_t at = 0; at < len;) {
        size_t before = at;
        uint32_t c = ut__utf8_next((uint8_t *)text, len, &at);
        if (is_digit(c)) {
            if (digits == 0)
                from = before;
            digits++;
            gap = 0;
            to = at;
        } else if (digits && !is_unseen(c) && (!is_gap(c, last) || ++gap > GAP_MAX)) {
            if (digits >= DIGITS_MIN)
                masked += blot_digits(text, from, to);
            digits = gap = 0;
        }
        last = c;
    }
    if (digits >= DIGITS_MIN)
        masked += blot_digits(text, from, to);
    return masked;
}

static int is_of_address(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("._%+-#", c ? c : ' ') != NULL || (unsigned char)c >= 0x80;
}

static size_t mask_addresses(char *text, size_t len)
{
    size_t masked = 0;
    for (size_t i = 1; i + 1 < len; i++) {
        if (text[i] != '@')
            continue;
        size_t from = i, to = i + 1;
        while (from > 0 && is_of_address(text[from - 1]))
            from--;
        while (to < len && is_of_address(text[to]))
            to++;
        if (from == i || !memchr(text + i, '.', to - i))
            continue;
        blot(text, from, i);
        blot(text, i + 1, to);
        masked++;
        i = to;
    }
    return masked;
}

/* A digit as English, Spanish and Vietnamese say it, without accents. */
static int is_spelt(const struct ut__text_token *t)
{
    static const char *const names[] = {
        "zero", "oh",    "one",   "two",    "three",  "four",  "five",   "six",   "seven", "eight",
        "nine", "cero",  "uno",   "una",    "dos",    "tres",  "cuatro", "cinco", "seis",  "siete",
        "ocho", "nueve", "khong", "mot",    "hai",    "ba",    "bon",    "tu",    "nam",   "sau",
        "bay",  "tam",   "chin",  "double", "triple", "doble", "triple", "lam"};
    if (t->kind == UT__TOKEN_NUMBER)
        return t->plain_len <= 2;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == t->plain_len && memcmp(names[i], t->plain, t->plain_len) == 0)
            return 1;
    return 0;
}

static size_t mask_spelt(char *text, size_t len)
{
    size_t masked = 0, run = 0, from = 0, to = 0;
    struct ut__fold f;
    struct ut__text_token t;
    ut__fold_init(&f, text, len);
    for (;;) {
        enum ut__token_kind kind = ut__fold_next(&f, &t);
        if (kind == UT__TOKEN_CLAUSE)
            continue;
        if ((kind == UT__TOKEN_WORD || kind == UT__TOKEN_NUMBER) && is_spelt(&t)) {
            from = run++ ? from : t.from;
            to = t.to;
            continue;
        }
        if (run >= SPELT_MIN) {
            blot(text, from, to);
            masked++;
        }
        run = 0;
        if (kind == UT__TOKEN_END)
            return masked;
    }
}

size_t ut_words_mask(char *text, size_t len)
{
    return mask_addresses(text, len) + mask_numbers(text, len) + mask_spelt(text, len);
}
