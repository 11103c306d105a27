/* SPDX-License-Identifier: MIT */
#ifndef UT_ALERT_RULES_H
#define UT_ALERT_RULES_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>
#include <undertone/event.h>
#include <undertone/words.h>

#include "words/said.h"

/*
 * Rules beyond the one threshold: what an operator has written, and one call's state under it. They
 * are asked once a second of media, after the second's score; replay and live calls so alert at the
 * same seconds. undertone-rules(5) tells how they are written and what each field means.
 */

enum {
    UT__RULES_MAX = 32,           /* Rules in one set. */
    UT__RULES_TEXT_MAX = 1 << 16, /* Bytes of a file. */
    UT__RULES_NODES = 24,         /* Conditions, and, or, for: of one rule. */
    UT__RULES_QUEUES = 8,
    UT__RULES_CHANNELS = 4,
    UT__RULES_LABEL_MAX = 64, /* Bytes of a queue with NUL, */
    UT__RULES_PERSON_MAX = 65,
    UT__RULES_CHANNEL_MAX = 32,
    UT__RULES_SAID = 4, /* Phrases that one rule asks for by their words. */
    UT__RULES_WHY_MAX = 240,
    UT__RULES_PAST = 70, /* Seconds of stress that a rise looks back over. */
    UT__RULES_MINUTE = 60,
    UT__RULES_FIRST_N = 2001, /* Of the alerts of a call: apart from its voice's and its words'. */
    UT__RULES_ALERTS_MAX = 20 /* Of one rule in one call. */
};

enum ut__rules_op { UT__RULES_TERM, UT__RULES_AND, UT__RULES_OR, UT__RULES_FOR };
enum ut__rules_compare { UT__RULES_OVER, UT__RULES_LEAST, UT__RULES_UNDER, UT__RULES_MOST };

/* Of an expression in postfix order: a term pushes a truth, the others take one or two. */
struct ut__rules_node {
    uint8_t op;      /* enum ut__rules_op */
    uint8_t what;    /* enum ut_fact_kind, of a term. */
    uint8_t compare; /* enum ut__rules_compare, of a term. */
    float value;     /* What a term compares with; seconds, of a for. */
    int8_t kind;     /* Of UT_FACT_SAID: enum ut_words_kind, or below 0: */
    uint8_t said;    /* the words that it asks for, of the rule's. */
};

struct ut__rules_rule {
    char name[UT_RULE_NAME_MAX];
    uint32_t line;    /* Of the text where it begins, from 1. */
    uint8_t off;      /* 1: written, and not to be asked. */
    uint8_t severity; /* enum ut_rule_severity */
    uint8_t days;     /* Bit 0 Monday .. bit 6 Sunday; 0: at all hours. */
    uint8_t node_count, queue_count, channel_count;
    int16_t from_min, until_min;   /* Minutes of the day; until_min <= from_min: over midnight. */
    char to[UT__RULES_PERSON_MAX]; /* Whose the alert is; "": nobody's. */
    uint8_t said_count;
    char said[UT__RULES_SAID][UT_WORDS_PHRASE_MAX];
    char queues[UT__RULES_QUEUES][UT__RULES_LABEL_MAX];       /* None: all. */
    char channels[UT__RULES_CHANNELS][UT__RULES_CHANNEL_MAX]; /* None: all. */
    struct ut__rules_node nodes[UT__RULES_NODES];
};

struct ut__rules {
    uint32_t count;
    struct ut__rules_rule rule[UT__RULES_MAX];
};

/* What is wrong with a text. */
struct ut__rules_error {
    uint32_t line; /* From 1. */
    char text[UT__RULES_WHY_MAX];
};

/**
 * Reads rules. text: [len], hostile input is fine. out: some 40 KiB; on failure what it holds means
 * nothing. Returns 0; UT_EMALFORMED with line and remedy in *why. Pure; any thread; no allocation.
 */
int ut__rules_read(struct ut__rules *out, const char *text, size_t len,
                   struct ut__rules_error *why) UT_MUST_CHECK;

/** UT_EMALFORMED with the reason where a rule's conditions contradict one another, else 0. */
int ut__rules_check(const struct ut__rules_rule *rule, struct ut__rules_error *why) UT_MUST_CHECK;

/** 1 when a rule looks at this. */
int ut__rules_looks_at(const struct ut__rules_rule *rule, enum ut_fact_kind what);

/** Smallest and largest value of a fact. */
void ut__rules_range(enum ut_fact_kind what, float *least, float *most);

/* What a second of a call is, beside its score. */
struct ut__rules_second {
    const struct ut_score *score; /* Borrowed. */
    uint8_t has_agent;            /* 1: an agent is heard: turns are known. */
    uint8_t on_hold;
    uint8_t words; /* 1: an alert of charged words stands. */
    const struct ut__said
        *said;          /* What the caller said of late; NULL: nothing is known. Borrowed. */
    uint32_t returning; /* Earlier calls of this caller with an alert; 0: none, or not known. */
    int32_t week_min; /* Minute of the week, from Monday 0:00, operator's time; -1: not known, then
                           hours do not bind. */
};

/* How far one rule is with one call. */
struct ut__rules_at {
    double since[UT__RULES_NODES]; /* Of each `for`: when it began to hold; below 0: it does not. */
    double true_s;                 /* Since when it is true; below 0: it is not. */
    double false_s;                /* The same of untrue, while its alert stands. */
    double cleared_s;              /* Below 0: no alert of it was. */
    uint32_t n, raised;            /* Of its newest alert; how many there were. */
    uint8_t stands;
};

/* One call. */
struct ut__rules_call {
    const struct ut__rules *rules; /* Borrowed. */
    float past[UT__RULES_PAST];    /* Stress, below 0 where not scored. */
    uint8_t both[UT__RULES_MINUTE];
    uint32_t seconds, next_n;
    double t_s, silence_s, hold_s, agent_s;
    float facts[UT_FACT_COUNT];  /* Of this second; NaN: not known. */
    const struct ut__said *said; /* Of the second that was taken last. */
    struct ut__rules_at at[];    /* [rules->count] */
};

/** Bytes of a call's state under these rules. */
size_t ut__rules_call_bytes(const struct ut__rules *rules);

/** call: [ut__rules_call_bytes]. rules: borrowed as long as the call. */
void ut__rules_call_init(struct ut__rules_call *call, const struct ut__rules *rules);

/** Takes a second, once each. Then ask each rule with ut__rules_ask. */
void ut__rules_take(struct ut__rules_call *call, const struct ut__rules_second *second);

/**
 * Asks rule `index` for the second that was taken last. queue: of the call, "" for none.
 * Returns 1 with an alert, raised or cleared, in *out; 0 when there is none. No allocation; the same
 * seconds give the same alerts.
 */
int ut__rules_ask(struct ut__rules_call *call, uint32_t index,
                  const struct ut__rules_second *second, const char *queue,
                  struct ut_alert_event *out);

#endif
