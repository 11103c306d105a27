/* SPDX-License-Identifier: MIT */
#ifndef UT_WORDS_LIST_H
#define UT_WORDS_LIST_H

/*
 * A list of phrases, compiled: a trie over words. Every spelling that a word of a phrase may take
 * is a symbol; an edge leads from a node by a symbol to the next node.
 */

#include <undertone/words.h>

#include "words/fold.h"

/* Kinds of rows beyond enum ut_words_kind: they charge nothing, and change what is around them. */
enum ut__row_kind {
    UT__ROW_NEGATION = UT_WORDS_KINDS, /* "not": takes back what follows. */
    UT__ROW_BOUND,                     /* "because": a negation does not reach past it. */
    UT__ROW_MORE,                      /* "very" */
    UT__ROW_LESS,                      /* "a bit" */
    UT__ROW_HARMLESS,                  /* "kill the process": no phrase within it counts. */
    UT__ROW_COMMON,                    /* "the": tells the language; is not matched. */
    UT__ROW_ASK,                       /* "how do I": begins a question or a request. */
    UT__ROW_KINDS
};

enum {
    UT__ITEMS_MAX = 16, /* Words of a phrase. */
    UT__GAPS_MAX = 2,   /* Of them that are gaps. */
    UT__GAP_WORDS = 3,  /* Words that a gap may span. */
    UT__PATHS_MAX = 64, /* Ways to leave out what a phrase may lack. */
    UT__FUZZY_MIN = 7   /* Letters of a word in which one mistake is forgiven. */
};

/* What a symbol stands for; the first byte of its key. */
enum ut__symbol_kind {
    UT__SYMBOL_WORD = 1,   /* A word with its accents. */
    UT__SYMBOL_BARE,       /* An accented word as written by who leaves accents out. */
    UT__SYMBOL_PREFIX,     /* Words that begin so; accents do not count. */
    UT__SYMBOL_COMMON,     /* A common word of the language. */
    UT__SYMBOL_COMMON_BARE /* Such a word with its accents left out. */
};

enum { UT__SYMBOL_ANY, UT__SYMBOL_NUMBER, UT__SYMBOL_FIRST };
enum { UT__NONE = UINT32_MAX };

struct ut__row {
    uint32_t text; /* Into texts. */
    uint32_t line;
    float weight;
    uint8_t kind; /* enum ut_words_kind or enum ut__row_kind. */
};

struct ut__list_node {
    uint32_t row;  /* That ends here; UT__NONE: none. */
    uint32_t gap;  /* Where a gap leads; UT__NONE: no gap follows. */
    uint8_t inner; /* 1: edges leave it. */
};

struct ut__list_edge {
    uint32_t node, symbol, child; /* child 0: an empty slot, since no edge leads to the root. */
};

struct ut__symbol {
    uint32_t key; /* Into keys; UT__NONE: one of the first. */
    uint32_t len;
};

/* One spelling with a letter left out, of a word in which a mistake is forgiven. */
struct ut__deletion {
    uint64_t hash; /* 0: an empty slot. */
    uint32_t symbol;
};

struct ut_words {
    char language[UT_WORDS_LANGUAGE_MAX];
    int accents_by_line; /* 1: a writer who puts accents puts all of them, as in Vietnamese. */
    struct ut__row *rows;
    size_t row_count, row_cap;
    char *texts;
    size_t text_len, text_cap;
    struct ut__list_node *nodes;
    size_t node_count, node_cap;
    struct ut__list_edge
        *edges; /* Open addressing; several edges of one (node, symbol) may stand. */
    size_t edge_count, edge_cap;
    struct ut__symbol *symbols;
    size_t symbol_count, symbol_cap;
    uint64_t *symbol_slots; /* Open addressing: high half of the hash, number; 0: empty. */
    size_t symbol_slot_cap;
    uint8_t *keys;
    size_t key_len, key_cap;
    struct ut__deletion *deletions;
    size_t deletion_count, deletion_cap;
    uint64_t prefix_lengths; /* Bit n: some prefix has n bytes. */
    int has_any;
    char fault[96]; /* A fault that names another row. */
};

/* Grows an array of `size` bytes an element, so that one more fits. Returns 0 or UT_ENOMEM. */
int ut__words_room(void **array, size_t *cap, size_t count, size_t size);

/* FNV-1a, to be continued with further bytes. */
#define UT__HASH_START 1469598103934665603u
uint64_t ut__words_hash(uint64_t h, const void *bytes, size_t n);

/* The symbol of a key, or UT__NONE. */
uint32_t ut__symbol_find(const struct ut_words *w, uint64_t hash, const uint8_t *key, size_t len);
/* The same, made where it is new; UT__NONE: out of memory. */
uint32_t ut__symbol_add(struct ut_words *w, const uint8_t *key, size_t len);
/* Writes the key of a folded word. key: [UT__KEY_MAX]. Returns its length. */
enum { UT__KEY_MAX = UT__PLAIN_MAX + UT__MARKS_MAX + 2 };
size_t ut__symbol_key(uint8_t *key, enum ut__symbol_kind kind, const struct ut__text_token *t);

int ut__edge_add(struct ut_words *w, uint32_t node, uint32_t symbol, uint32_t child);
/* The slot of the first edge of (node, symbol), or of the next one after `slot`; SIZE_MAX: none. */
size_t ut__edge_find(const struct ut_words *w, uint32_t node, uint32_t symbol);
size_t ut__edge_next(const struct ut_words *w, size_t slot);

/* Takes in one spelling for ut__fuzzy_find; word: [len]. */
int ut__fuzzy_add(struct ut_words *w, uint32_t symbol, const char *word, size_t len);
/* A word of the list that a mistake of one letter makes into this one, or UT__NONE. */
uint32_t ut__fuzzy_find(const struct ut_words *w, const char *word, size_t len);

/* 2: a common word of the language; 1: one with its accents left out; 0: neither. */
int ut__is_common(const struct ut_words *w, const struct ut__text_token *t);

/* Compiles row `row` from its phrase. Returns NULL, or the fault in words. *err: UT_ENOMEM. */
const char *ut__phrase_compile(struct ut_words *w, uint32_t row, const char *phrase, int *err);

/*
 * The forms of a word, with itself. out: [UT__FORMS_MAX]. Returns their count, 0 where the language
 * has none or the word is too long.
 */
enum { UT__FORMS_MAX = 64, UT__FORM_BYTES = 64 };
size_t ut__forms(char (*out)[UT__FORM_BYTES], const char *language, const char *word);

#endif
