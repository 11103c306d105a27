/* SPDX-License-Identifier: MIT */
/* Text as folded tokens. Accents go apart from their letters, so that either may be compared. */

#include "words/fold.h"

#include <string.h>

#include "words/fold_table.h"

enum { NO_CHARACTER = 0xfffd };

void ut__fold_init(struct ut__fold *f, const char *text, size_t len)
{
    *f = (struct ut__fold){.text = (const uint8_t *)text, .len = len};
}

uint32_t ut__utf8_next(const uint8_t *text, size_t len, size_t *at)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = text[(*at)++];
    if (first < 0x80)
        return first;
    size_t n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || len - *at < n - 1)
        return NO_CHARACTER;
    uint32_t c = first & (0x7fu >> n);
    for (size_t i = 0; i < n - 1; i++) {
        if ((text[*at + i] & 0xc0) != 0x80)
            return NO_CHARACTER;
        c = c << 6 | (text[*at + i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return NO_CHARACTER;
    *at += n - 1;
    return c;
}

size_t ut__utf8_put(char out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)((0xf00u >> n & 0xf0) | c);
    return n;
}

static uint16_t value_of(uint32_t c)
{
    if (c >= UT__FOLD_LAST)
        return UT__CHAR_LETTER;
    return ut__fold_value[ut__fold_page[c >> 8]][c & 255];
}

/* The word under way, beyond what the token keeps. */
struct word {
    struct ut__text_token *t;
    uint32_t last;   /* The letter before, to see stretched ones. */
    unsigned run;    /* How often it stood. */
    int digits_only; /* 1: nothing but digits so far. */
    int apostrophe;  /* Where one stands that no letter has followed yet; -1: none. */
    int s_after;     /* Where the last one stands that a letter followed; -1: none. */
    int too_long;
};

static void put_mark(struct word *w, uint8_t place, uint8_t mark)
{
    struct ut__text_token *t = w->t;
    if (place && t->marks_len + 2 <= UT__MARKS_MAX) {
        t->marks[t->marks_len++] = place;
        t->marks[t->marks_len++] = mark;
    } else if (!place && t->marks_len < UT__MARKS_MAX) {
        t->marks[t->marks_len++] = mark;
    }
}

/* Tone marks have no place, since writers put them on either vowel; others belong to a letter. */
static void add_mark(struct word *w, uint32_t c)
{
    int is_tone = c == 0x300 || c == 0x301 || c == 0x303 || c == 0x309 || c == 0x323;
    if (c && w->t->plain_len)
        put_mark(w, is_tone ? 0 : (uint8_t)(0x80 | w->t->plain_len), (uint8_t)(1 + (c - 0x300)));
}

static void add_base(struct word *w, uint32_t c)
{
    struct ut__text_token *t = w->t;
    w->run = c == w->last ? w->run + 1 : 1;
    w->last = c;
    if (w->run > 2 && (c < '0' || c > '9')) {
        t->stretched = 1;
        return;
    }
    char bytes[4];
    size_t n = ut__utf8_put(bytes, c);
    if (t->plain_len + n > UT__PLAIN_MAX) {
        w->too_long = 1;
        return;
    }
    if (w->apostrophe >= 0) {
        put_mark(w, (uint8_t)(0x80 | w->apostrophe), 0x7f);
        w->s_after = w->apostrophe;
        w->apostrophe = -1;
    }
    memcpy(t->plain + t->plain_len, bytes, n);
    t->plain_len = (uint8_t)(t->plain_len + n);
}

static void add_letter(struct word *w, uint32_t c, uint16_t value)
{
    int upper = 0, digit = value == UT__CHAR_DIGIT;
    if (value >= UT__CHAR_POOL) {
        const uint16_t *p = &ut__fold_pool[value - UT__CHAR_POOL];
        unsigned bases = p[0] & 15, marks = p[0] >> 4 & 15;
        upper = p[0] >> 8 & 1;
        digit = p[0] >> 9 & 1;
        for (unsigned i = 0; i < bases; i++)
            add_base(w, p[1 + i]);
        for (unsigned i = 0; i < marks; i++)
            add_mark(w, p[1 + bases + i]);
    } else {
        add_base(w, c);
    }
    w->digits_only &= digit;
    if (!digit && w->t->letters < 255) {
        w->t->letters++;
        w->t->capitals = (uint8_t)(w->t->capitals + upper);
    }
}

/* Takes one more character of a word; 0 when it does not belong to one. */
static int take(struct word *w, uint32_t c, uint16_t value)
{
    int begun = w->t->plain_len > 0;
    if (value == UT__CHAR_IGNORE)
        return 1;
    if (value == UT__CHAR_MARK) {
        add_mark(w, c);
        return 1;
    }
    if (value == UT__CHAR_APOSTROPHE && begun && w->apostrophe < 0) {
        w->apostrophe = w->t->plain_len;
        return 1;
    }
    if (value == UT__CHAR_STAR && begun) {
        w->run = 0; /* Stars hide letters: each counts. */
        w->last = 0;
    } else if (value != UT__CHAR_LETTER && value != UT__CHAR_DIGIT && value < UT__CHAR_POOL) {
        return 0;
    }
    add_letter(w, c, value);
    return 1;
}

/* "manager's" is a manager: the s of an owner goes. */
static void end_word(struct word *w)
{
    struct ut__text_token *t = w->t;
    t->kind = w->digits_only ? UT__TOKEN_NUMBER : UT__TOKEN_WORD;
    if (w->s_after > 0 && t->plain_len == w->s_after + 1 && t->plain[w->s_after] == 's' &&
        t->marks_len >= 2) {
        t->plain_len--;
        t->marks_len = (uint8_t)(t->marks_len - 2);
    }
    if (w->too_long)
        t->plain_len = 0;
}

static void read_word(struct ut__fold *f, struct ut__text_token *t)
{
    struct word w = {.t = t, .digits_only = 1, .apostrophe = -1, .s_after = -1};
    f->at = t->from;
    while (f->at < f->len) {
        size_t before = f->at;
        uint32_t c = ut__utf8_next(f->text, f->len, &f->at);
        if (!take(&w, c, value_of(c))) {
            f->at = before;
            break;
        }
        if (w.apostrophe < 0)
            t->to = f->at;
    }
    end_word(&w);
}

static enum ut__token_kind symbol(struct ut__text_token *t, uint32_t c)
{
    t->plain_len = (uint8_t)ut__utf8_put(t->plain, c);
    return UT__TOKEN_SYMBOL;
}

enum ut__token_kind ut__fold_next(struct ut__fold *f, struct ut__text_token *t)
{
    while (f->at < f->len) {
        *t = (struct ut__text_token){.from = f->at};
        uint32_t c = ut__utf8_next(f->text, f->len, &f->at);
        t->to = f->at;
        uint16_t value = value_of(c);
        switch (value) {
        case UT__CHAR_SEPARATOR:
        case UT__CHAR_IGNORE:
        case UT__CHAR_MARK:
        case UT__CHAR_APOSTROPHE:
        case UT__CHAR_STAR:
            continue;
        case UT__CHAR_STOP:
            t->shout = c == '!' || c == 0xff01;
            return t->kind = UT__TOKEN_STOP;
        case UT__CHAR_CLAUSE:
            return t->kind = UT__TOKEN_CLAUSE;
        case UT__CHAR_QUOTE:
            return t->kind = UT__TOKEN_QUOTE;
        case UT__CHAR_SYMBOL:
            return t->kind = symbol(t, c);
        default:
            read_word(f, t);
            return t->kind;
        }
    }
    *t = (struct ut__text_token){.kind = UT__TOKEN_END, .from = f->len, .to = f->len};
    return UT__TOKEN_END;
}
