/* SPDX-License-Identifier: MIT */
/*
 * A phrase becomes edges of the trie:
 *
 *     "(cancel~|put an end to) (my|) * contract"
 *      -> paths: once with each group that may be left out, once without it
 *      -> items: a word, a gap, any word, a number, or a group whose alternatives end in one node
 *      -> edges: one for each spelling of each word
 */

#include <string.h>

#include "base/fixed.h"
#include "words/list.h"

enum { ITEM_BYTES = 1024, PARTS_MAX = UT__ITEMS_MAX, CHILD_KEY = 0x10 };

static const char too_long[] = "the phrase is too long; 16 words are the most";
static const char edge_gap[] =
    "a gap stands at an edge or beside another; take it away, or write the word that is meant";

/* A stretch of the phrase between blanks: a word, or a group in brackets. */
struct part {
    const char *text;
    size_t len;
    int optional; /* 1: one alternative is nothing at all. */
};

/* The longest way through what was added so far. */
struct extent {
    unsigned words, gaps;
};

static uint32_t add_node(struct ut_words *w)
{
    if (ut__words_room((void **)&w->nodes, &w->node_cap, w->node_count, sizeof w->nodes[0]))
        return UT__NONE;
    w->nodes[w->node_count] = (struct ut__list_node){.row = UT__NONE, .gap = UT__NONE};
    return (uint32_t)w->node_count++;
}

/*
 * The child that an item leads to: one for all phrases that are the same up to there. It is found
 * by a symbol that no text can have, made of the item itself.
 */
static uint32_t child_of(struct ut_words *w, uint32_t node, const char *item, size_t len)
{
    uint8_t key[5 + ITEM_BYTES] = {CHILD_KEY};
    memcpy(key + 1, &node, 4);
    memcpy(key + 5, item, len);
    uint32_t symbol = ut__symbol_add(w, key, 5 + len);
    if (symbol == UT__NONE)
        return UT__NONE;
    size_t slot = ut__edge_find(w, node, symbol);
    if (slot != SIZE_MAX)
        return w->edges[slot].child;
    uint32_t child = add_node(w);
    return child != UT__NONE && ut__edge_add(w, node, symbol, child) == 0 ? child : UT__NONE;
}

static int add_symbol(struct ut_words *w, uint32_t node, uint32_t child, const uint8_t *key,
                      size_t len)
{
    uint32_t symbol = ut__symbol_add(w, key, len);
    return symbol == UT__NONE ? UT_ENOMEM : ut__edge_add(w, node, symbol, child);
}

/* written: 1: the list has the word itself; 0: it is a form of one, in which no mistake is forgiven,
 * since forms that nobody writes come near to other words. */
static int add_token(struct ut_words *w, uint32_t node, uint32_t child,
                     const struct ut__text_token *t, int written)
{
    uint8_t key[UT__KEY_MAX];
    size_t known = w->symbol_count, n = ut__symbol_key(key, UT__SYMBOL_WORD, t);
    int err = add_symbol(w, node, child, key, n);
    if (!err && written && w->symbol_count > known && t->kind == UT__TOKEN_WORD)
        err = ut__fuzzy_add(w, (uint32_t)known, t->plain, t->plain_len);
    if (!err && t->marks_len) {
        n = ut__symbol_key(key, UT__SYMBOL_BARE, t);
        err = add_symbol(w, node, child, key, n);
    }
    return err;
}

static int add_prefix(struct ut_words *w, uint32_t node, uint32_t child,
                      const struct ut__text_token *t)
{
    uint8_t key[UT__KEY_MAX];
    size_t n = ut__symbol_key(key, UT__SYMBOL_PREFIX, t);
    w->prefix_lengths |= 1ull << t->plain_len;
    return add_symbol(w, node, child, key, n);
}

/* A word without its ending '~' or '*', which goes to *ending, and without backslashes. */
static int bare_word(char *out, size_t cap, const char *word, size_t len, char *ending)
{
    *ending = 0;
    if (len > 1 && (word[len - 1] == '~' || word[len - 1] == '*') && word[len - 2] != '\\')
        *ending = word[--len];
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (word[i] == '\\' && i + 1 < len)
            i++;
        if (n + 1 >= cap)
            return UT_ETOOBIG;
        out[n++] = word[i];
    }
    out[n] = '\0';
    return 0;
}

/* How many tokens a word folds to; 0 when one is no word. The first is kept in *t. */
static unsigned tokens_of(const char *word, struct ut__text_token *t)
{
    struct ut__fold f;
    struct ut__text_token next;
    unsigned n = 0;
    ut__fold_init(&f, word, strlen(word));
    while (ut__fold_next(&f, &next) != UT__TOKEN_END) {
        if (next.kind >= UT__TOKEN_STOP || next.plain_len == 0)
            return 0;
        if (n++ == 0)
            *t = next;
    }
    return n;
}

/* One word of an item, with all its spellings, as edges to the child. */
static const char *add_word(struct ut_words *w, uint32_t node, uint32_t child, const char *word,
                            size_t len, int *err)
{
    char bare[UT__FORM_BYTES], ending;
    struct ut__text_token t;
    if (bare_word(bare, sizeof bare, word, len, &ending) != 0)
        return "a word is longer than 60 bytes; shorten it, or end it with *";
    if (tokens_of(bare, &t) != 1)
        return "a word holds a sign that no word has; write words and emoji, apart from each other";
    if (ending == '*') {
        if (t.plain_len < 3)
            return "a word that ends with * begins with three letters at least; write out more";
        *err = add_prefix(w, node, child, &t);
        return NULL;
    }
    *err = add_token(w, node, child, &t, 1);
    if (ending != '~' || *err)
        return NULL;
    char forms[UT__FORMS_MAX][UT__FORM_BYTES];
    size_t n = ut__forms(forms, w->language, bare);
    if (n == 0)
        return "the language has no forms for this word; leave out the ~";
    for (size_t i = 0; i < n && !*err; i++)
        if (tokens_of(forms[i], &t) == 1)
            *err = add_token(w, node, child, &t, 0);
    return NULL;
}

/* What one word of a sequence is; *node moves on, to `target` or, UT__NONE, to a node of its own.
 */
static const char *add_step(struct ut_words *w, uint32_t *node, uint32_t target, const char *word,
                            size_t len, int *err)
{
    uint32_t from = *node, child = target;
    int single = len == 1 && (*word == '_' || *word == '#');
    if (child == UT__NONE)
        child = child_of(w, from, word, len);
    if (child == UT__NONE) {
        *err = UT_ENOMEM;
        return NULL;
    }
    *node = child;
    if (!single)
        return add_word(w, from, child, word, len, err);
    w->has_any |= *word == '_';
    *err = ut__edge_add(w, from, *word == '_' ? UT__SYMBOL_ANY : UT__SYMBOL_NUMBER, child);
    return NULL;
}

static const char *add_gap(struct ut_words *w, uint32_t *node, int *err)
{
    uint32_t child = w->nodes[*node].gap;
    if (child == UT__NONE) {
        child = add_node(w);
        if (child == UT__NONE)
            *err = UT_ENOMEM;
        w->nodes[*node].gap = child;
    }
    *node = child;
    return NULL;
}

/* "e-mail" and "24/7" fold to several words: each is a step. */
static const char *add_compound(struct ut_words *w, uint32_t *node, uint32_t target,
                                const char *word, size_t len, struct extent *e, int *err)
{
    char bare[UT__FORM_BYTES], ending;
    struct ut__fold f;
    struct ut__text_token t, next;
    if (bare_word(bare, sizeof bare, word, len, &ending) != 0 || ending ||
        tokens_of(bare, &t) < 2) {
        e->words++;
        return add_step(w, node, target, word, len, err);
    }
    const char *fault = NULL;
    ut__fold_init(&f, bare, strlen(bare));
    ut__fold_next(&f, &t);
    while (t.kind != UT__TOKEN_END && !fault && !*err) {
        ut__fold_next(&f, &next);
        e->words++;
        fault = add_step(w, node, next.kind == UT__TOKEN_END ? target : UT__NONE, bare + t.from,
                         t.to - t.from, err);
        t = next;
    }
    return fault;
}

/* Words with blanks between them, from *node to `target`. */
static const char *add_sequence(struct ut_words *w, uint32_t *node, uint32_t target,
                                const char *text, size_t len, struct extent *e, int *err)
{
    const char *end = text + len, *fault = NULL;
    int at_edge = 1;
    while (end > text && end[-1] == ' ')
        end--;
    for (; text < end && !fault && !*err; text++) {
        const char *blank = memchr(text, ' ', (size_t)(end - text));
        size_t n = (size_t)((blank ? blank : end) - text);
        int gap = n == 1 && *text == '*';
        if (gap && (at_edge || !blank))
            return edge_gap;
        if (gap) {
            e->gaps++;
            fault = add_gap(w, node, err);
        } else if (n) {
            fault = add_compound(w, node, blank ? UT__NONE : target, text, n, e, err);
        }
        at_edge = n ? gap : at_edge;
        text += n;
    }
    return fault;
}

/* A group "(a|b c|)": each alternative leads to the same node. */
static const char *add_group(struct ut_words *w, uint32_t from, uint32_t target,
                             const struct part *part, struct extent *e, int *err)
{
    const char *at = part->text + 1, *end = part->text + part->len - 1, *fault = NULL;
    struct extent most = *e;
    while (at <= end && !fault && !*err) {
        const char *bar = memchr(at, '|', (size_t)(end - at));
        size_t n = (size_t)((bar ? bar : end) - at);
        struct extent here = *e;
        uint32_t node = from;
        if (n)
            fault = add_sequence(w, &node, target, at, n, &here, err);
        most.words = here.words > most.words ? here.words : most.words;
        most.gaps = here.gaps > most.gaps ? here.gaps : most.gaps;
        at += n + 1;
    }
    *e = most;
    return fault;
}

static const char *split(struct part *parts, size_t *count, const char *phrase)
{
    *count = 0;
    for (const char *p = phrase; *p;) {
        if (*p == ' ') {
            p++;
            continue;
        }
        if (*count == PARTS_MAX)
            return too_long;
        struct part *part = &parts[(*count)++];
        *part = (struct part){.text = p};
        if (*p != '(') {
            p += strcspn(p, " ()|");
            if (*p && *p != ' ')
                return "a bracket or a bar stands within a word; put blanks around the group";
            part->len = (size_t)(p - part->text);
            continue;
        }
        for (p++; *p && *p != ')'; p++) {
            if (*p == '(')
                return "a group stands within a group; write two phrases";
            part->optional |= *p == '|' && (p[-1] == '(' || p[-1] == '|' || p[1] == ')');
        }
        if (*p != ')' || (p[1] && p[1] != ' '))
            return "a group has no end of its own; close it with ) and a blank";
        part->len = (size_t)(++p - part->text);
        if (part->len == 2)
            return "a group is empty; write (one|two)";
    }
    return *count ? NULL : "the phrase is empty";
}

static const char *stands_already(struct ut_words *w, uint32_t line)
{
    static const char before[] = "the phrase stands already in line ", after[] = "; keep one";
    size_t n = sizeof before - 1;
    memcpy(w->fault, before, n);
    n += ut__fixed(w->fault + n, line, 0);
    memcpy(w->fault + n, after, sizeof after);
    return w->fault;
}

static int is_gap(const struct part *part)
{
    return part->len == 1 && *part->text == '*';
}

/* One path: the phrase without the optional parts whose bit is not set in `with`. */
static const char *add_path(struct ut_words *w, uint32_t row, const struct part *parts,
                            size_t count, size_t with, int *err)
{
    uint32_t node = 0;
    struct extent e = {0, 0};
    int at_gap = 1;
    const char *fault = NULL;
    for (size_t i = 0; i < count && !fault && !*err; i++) {
        const struct part *part = &parts[i];
        int left_out = part->optional && !(with & 1);
        with >>= part->optional;
        if (left_out)
            continue;
        if (is_gap(part)) {
            if (at_gap || i + 1 == count)
                return edge_gap;
            e.gaps++;
            fault = add_gap(w, &node, err);
        } else {
            uint32_t from = node, target = child_of(w, node, part->text, part->len);
            if (target == UT__NONE)
                *err = UT_ENOMEM;
            else if (*part->text == '(')
                fault = add_group(w, from, target, part, &e, err);
            else
                fault = add_compound(w, &from, target, part->text, part->len, &e, err);
            node = target;
        }
        at_gap = is_gap(part);
    }
    if (fault || *err)
        return fault;
    if (at_gap)
        return node == 0 ? "the phrase may be nothing at all; let one word stand outside of (...|)"
                         : edge_gap;
    if (e.words > UT__ITEMS_MAX)
        return too_long;
    if (e.gaps > UT__GAPS_MAX)
        return "more than two gaps make the phrase match in too many ways; write two phrases";
    if (w->nodes[node].row != UT__NONE && w->nodes[node].row != row)
        return stands_already(w, w->rows[w->nodes[node].row].line);
    w->nodes[node].row = row;
    return NULL;
}

const char *ut__phrase_compile(struct ut_words *w, uint32_t row, const char *phrase, int *err)
{
    struct part parts[PARTS_MAX];
    size_t count, ways = 1;
    *err = 0;
    if (w->node_count == 0 && add_node(w) == UT__NONE) {
        *err = UT_ENOMEM;
        return NULL;
    }
    const char *fault = split(parts, &count, phrase);
    if (!fault && *parts[0].text == '_' && parts[0].len == 1)
        return "the phrase begins with any word; begin it with a word of its own";
    for (size_t i = 0; i < count && !fault; i++) {
        ways <<= parts[i].optional;
        if (ways > UT__PATHS_MAX)
            fault = "the parts that may be left out multiply to more than 64 phrases; write "
                    "several rows";
    }
    for (size_t with = 0; with < ways && !fault && !*err; with++)
        fault = add_path(w, row, parts, count, with, err);
    return fault;
}
