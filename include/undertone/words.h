/* SPDX-License-Identifier: MIT */
#ifndef UNDERTONE_WORDS_H
#define UNDERTONE_WORDS_H

/*
 * Charged words and phrases in what a caller writes or a recogniser heard.
 *
 *     list (models/words/LANGUAGE.tsv) -> ut_words_create -> ut_words_judge, line by line
 *                                                         -> ut_words_talk_add, over a conversation
 *
 * A list is read once, never changed after, and shared by any number of threads. The words of
 * agents are never to be judged: who speaks is the caller's of this library to know.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    UT_WORDS_HITS_MAX = 8,      /**< A line's score names at most this many phrases. */
    UT_WORDS_LANGUAGE_MAX = 12, /**< Bytes of a language's name, the closing NUL included. */
    UT_WORDS_PHRASES_MAX = 50000,
    UT_WORDS_REASONS_MAX = 5, /**< A conversation keeps at most this many phrases. */
    UT_WORDS_PHRASE_MAX = 64  /**< Bytes of a phrase that is kept, the closing NUL included. */
};

/** What a phrase tells. */
enum ut_words_kind {
    UT_WORDS_ANGER,
    UT_WORDS_INSULT,
    UT_WORDS_LEAVE,  /**< A threat to leave, to cancel, to go to another company. */
    UT_WORDS_LAW,    /**< A threat of law, of the authorities or of the press. */
    UT_WORDS_DANGER, /**< Urgency and danger. */
    UT_WORDS_DESPAIR,
    UT_WORDS_AGAIN, /**< Not the first contact about it. */
    UT_WORDS_PRAISE,
    UT_WORDS_KINDS
};

/** A list of phrases of one language. */
struct ut_words;

/**
 * Told of each fault of a list. line: from 1; 0: the list as a whole. text: one sentence with the
 * remedy, borrowed for the call.
 */
typedef void ut_words_fault(void *ctx, unsigned line, const char *text);

/** A phrase that was found. */
struct ut_words_hit {
    const char *phrase; /**< As the list has it; lives as long as the list. */
    enum ut_words_kind kind;
    float weight;     /**< 0..1, after emphasis, quotation and the like. */
    float share;      /**< 0..1, of the score; those of a line that were kept sum to at most 1. */
    size_t from, len; /**< Bytes of the text. */
};

/** What is judged of one line. */
struct ut_words_score {
    float score;  /**< 0 ordinary .. 1 as charged as can be. */
    float praise; /**< 0..1 */
    unsigned words;
    unsigned hits;                              /**< In hit, charged ones and praise. */
    struct ut_words_hit hit[UT_WORDS_HITS_MAX]; /**< Strongest first. */
};

/**
 * Reads a list; src/words/README.md tells its format.
 *
 * tsv: [len] UTF-8, borrowed for the call. fault: told of every fault of the list; NULL: nobody is.
 * Returns 0 with *out, UT_EMALFORMED when the list has faults, UT_ETOOBIG or UT_ENOMEM. Any thread.
 */
int ut_words_create(struct ut_words **out, const char *tsv, size_t len, ut_words_fault *fault,
                    void *ctx) UT_MUST_CHECK;

/** The list that is built in for a language ("en", "es", "vi"); UT_EUNSUPPORTED: there is none. */
int ut_words_create_default(struct ut_words **out, const char *language) UT_MUST_CHECK;

/** Frees it; NULL is fine. */
void ut_words_destroy(struct ut_words *words);

/** The language that the list names, such as "en". Lives as long as the list. */
const char *ut_words_language(const struct ut_words *words);

/** Phrases of the list, the helping ones included. */
size_t ut_words_count(const struct ut_words *words);

/** "anger", "insult", ...; NULL for none of the enum. Static. */
const char *ut_words_kind_name(enum ut_words_kind kind);

/**
 * Judges one line.
 *
 * text: [len] bytes, UTF-8 or not, of any length; borrowed for the call, but the offsets of hits
 * are into it. out: written whole. The same text gives the same score. Any thread; no allocation.
 */
void ut_words_judge(const struct ut_words *words, const char *text, size_t len,
                    struct ut_words_score *out);

/**
 * Which list's language a text is in, by its most common words.
 *
 * lists: [n]. Returns the index, or -1 when no list knows at least a fifth of the words.
 * Any thread; no allocation.
 */
int ut_words_guess(const struct ut_words *const *lists, size_t n, const char *text, size_t len);

/** A part of a text, in bytes. */
struct ut_words_span {
    size_t from, len;
};

/**
 * The sentences of a line that ask for something: those with a question mark, and those that begin
 * as the list says that questions and requests do.
 *
 * out: [cap]. Returns how many were found, at most cap. Any thread; no allocation.
 */
size_t ut_words_questions(const struct ut_words *words, const char *text, size_t len,
                          struct ut_words_span *out, size_t cap);

/**
 * Masks, in place, what must not be kept of a line: each digit of a number with five digits or more
 * (cards, accounts, telephones, also in groups), digits that are spelt out in English, Spanish or
 * Vietnamese when four or more follow each other, and mail addresses. Bytes become '#', so that
 * offsets keep their meaning.
 *
 * text: [len] UTF-8. Returns how many places were masked. Any thread; no allocation.
 */
size_t ut_words_mask(char *text, size_t len);

/** A phrase of a conversation that still counts. */
struct ut_words_reason {
    char phrase[UT_WORDS_PHRASE_MAX]; /**< As it was said, cut; without controls, marks of bidi. */
    enum ut_words_kind kind;
    float weight; /**< What is left of it. */
    float share;  /**< Of all that are kept, 0..1; they sum to 1. */
};

/** How charged a conversation is now; starts as zeros. One thread at a time. */
struct ut_words_talk {
    double t_s;                                          /**< Of the line before. */
    float evidence;                                      /**< 0..1 */
    int alert;                                           /**< 1: an alert stands. */
    unsigned alerts;                                     /**< Raised so far. */
    unsigned reasons;                                    /**< In reason. */
    struct ut_words_reason reason[UT_WORDS_REASONS_MAX]; /**< Strongest first. */
};

/** What happened to a conversation's alert. */
enum ut_words_act { UT_WORDS_NOTHING, UT_WORDS_RAISED, UT_WORDS_CLEARED };

/**
 * Adds a line to a conversation: what was said fades by half each two minutes.
 *
 * t_s: seconds, as the caller of this counts them; an earlier one than before counts as the same
 * moment. text: what was judged, so that phrases can be kept as they were said (mask it before);
 * NULL: none are kept. Returns the evidence after it, 0..1. No allocation.
 */
float ut_words_talk_add(struct ut_words_talk *talk, double t_s, const char *text,
                        const struct ut_words_score *score);

/** The evidence at a moment without a new line. */
float ut_words_talk_at(const struct ut_words_talk *talk, double t_s);

/**
 * Raises the alert at the threshold and clears it below half of that; to be asked after each line,
 * and whenever time has passed.
 */
enum ut_words_act ut_words_talk_act(struct ut_words_talk *talk, double t_s, float threshold);

#ifdef __cplusplus
}
#endif

#endif
