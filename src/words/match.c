/* SPDX-License-Identifier: MIT */
/* The automaton over words: each state is a node of the trie and where its phrase began. */

#include "words/match.h"

#include <string.h>

/* What a word may stand for in a phrase. */
struct meanings {
    uint32_t symbol[UT__TOKEN_SYMBOLS];
    size_t count;
    int fuzzy;
};

static void mean(const struct ut_words *w, struct meanings *s, const uint8_t *key, size_t len)
{
    uint32_t symbol = ut__symbol_find(w, ut__words_hash(UT__HASH_START, key, len), key, len);
    if (symbol != UT__NONE && s->count < UT__TOKEN_SYMBOLS)
        s->symbol[s->count++] = symbol;
}

static void prefixes(const struct ut_words *w, struct meanings *s, const struct ut__text_token *t)
{
    uint8_t key[UT__KEY_MAX] = {UT__SYMBOL_PREFIX};
    memcpy(key + 1, t->plain, t->plain_len);
    for (size_t n = 3; n <= t->plain_len; n++)
        if (w->prefix_lengths >> n & 1)
            mean(w, s, key, n + 1);
}

static void spelling(const struct ut__matcher *m, struct meanings *s,
                     const struct ut__text_token *t)
{
    uint8_t key[UT__KEY_MAX];
    mean(m->words, s, key, ut__symbol_key(key, UT__SYMBOL_WORD, t));
    if (m->bare && t->marks_len == 0)
        mean(m->words, s, key, ut__symbol_key(key, UT__SYMBOL_BARE, t));
}

/* "soo" and "angryy": what is left of a stretched word, once more without the double letters. */
static void unstretched(const struct ut__matcher *m, struct meanings *s,
                        const struct ut__text_token *t)
{
    struct ut__text_token once = *t;
    once.plain_len = 0;
    for (size_t i = 0; i < t->plain_len; i++)
        if (i == 0 || t->plain[i] != t->plain[i - 1])
            once.plain[once.plain_len++] = t->plain[i];
    if (once.plain_len < t->plain_len)
        spelling(m, s, &once);
}

static void meanings_of(const struct ut__matcher *m, struct meanings *s,
                        const struct ut__text_token *t)
{
    s->count = 0;
    s->fuzzy = 0;
    if (m->words->has_any)
        s->symbol[s->count++] = UT__SYMBOL_ANY;
    if (t->kind == UT__TOKEN_NUMBER)
        s->symbol[s->count++] = UT__SYMBOL_NUMBER;
    size_t before = s->count;
    if (t->plain_len == 0)
        return;
    spelling(m, s, t);
    if (t->kind != UT__TOKEN_WORD)
        return;
    if (t->stretched && s->count == before)
        unstretched(m, s, t);
    prefixes(m->words, s, t);
    if (s->count == before && t->marks_len == 0) {
        uint32_t near = ut__fuzzy_find(m->words, t->plain, t->plain_len);
        if (near != UT__NONE) {
            s->symbol[s->count++] = near;
            s->fuzzy = 1;
        }
    }
}

static void add_state(struct ut__matcher *m, uint32_t node, int16_t from, uint8_t skips,
                      uint8_t fuzzy)
{
    if (m->state_count < UT__STATES_MAX)
        m->state[m->state_count++] = (struct ut__state){node, from, skips, fuzzy};
}

static void found(struct ut__matcher *m, uint32_t row, int16_t from, uint8_t fuzzy)
{
    int16_t to = (int16_t)(m->count - 1);
    for (size_t i = m->match_count; i-- > 0;)
        if (m->match[i].row == row && m->match[i].from == from)
            return; /* The shorter way through its gap was first. */
    if (m->match_count < UT__MATCHES_MAX)
        m->match[m->match_count++] = (struct ut__match){from, to, fuzzy, row};
}

static void reach(struct ut__matcher *m, uint32_t child, int16_t from, uint8_t fuzzy)
{
    const struct ut__list_node *n = &m->words->nodes[child];
    if (n->row != UT__NONE)
        found(m, n->row, from, fuzzy);
    if (n->inner)
        add_state(m, child, from, 0, fuzzy);
    if (n->gap != UT__NONE)
        add_state(m, n->gap, from, UT__GAP_WORDS, fuzzy);
}

static void step(struct ut__matcher *m, const struct meanings *s, struct ut__state state)
{
    const struct ut_words *w = m->words;
    for (size_t i = 0; i < s->count; i++)
        for (size_t e = ut__edge_find(w, state.node, s->symbol[i]); e != SIZE_MAX;
             e = ut__edge_next(w, e))
            reach(m, w->edges[e].child, state.from, (uint8_t)(state.fuzzy + s->fuzzy));
    if (state.skips)
        add_state(m, state.node, state.from, (uint8_t)(state.skips - 1), state.fuzzy);
}

void ut__match_push(struct ut__matcher *m, const struct ut__text_token *t, struct ut__seen seen)
{
    struct ut__state before[UT__STATES_MAX];
    size_t states = m->state_count;
    struct meanings s;
    memcpy(before, m->state, states * sizeof before[0]);
    m->state_count = 0;
    m->seen[m->count++] = seen;
    meanings_of(m, &s, t);
    for (size_t i = 0; i < states; i++)
        step(m, &s, before[i]);
    if (s.count)
        step(m, &s, (struct ut__state){.node = 0, .from = (int16_t)(m->count - 1)});
}

void ut__match_clear(struct ut__matcher *m)
{
    m->count = m->match_count = m->state_count = 0;
}

void ut__match_slide(struct ut__matcher *m)
{
    int16_t by = (int16_t)(m->count - UT__STRETCH_KEPT);
    size_t kept = 0;
    memmove(m->seen, m->seen + by, UT__STRETCH_KEPT * sizeof m->seen[0]);
    m->count = UT__STRETCH_KEPT;
    for (size_t i = 0; i < m->match_count; i++) {
        struct ut__match match = m->match[i];
        match.from = (int16_t)(match.from - by);
        match.to = (int16_t)(match.to - by);
        if (match.to >= -4) /* A negation just before still reaches what follows. */
            m->match[kept++] = match;
    }
    m->match_count = kept;
    for (size_t i = 0; i < m->state_count; i++)
        m->state[i].from = (int16_t)(m->state[i].from - by);
}
