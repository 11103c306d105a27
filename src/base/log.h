/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_LOG_H
#define UT_BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

/*
 * Structured log of the edges, to standard error: a message that never varies, then fields.
 *
 *     UT__LOG(UT__LOG_INFO, "call ended", ut__log_str("call", id), ut__log_int("alerts", 2));
 *     time=2026-11-21T20:59:01.123Z level=info msg="call ended" call=ab12 alerts=2
 *
 * Never log samples, telephone numbers, tokens or keys; what has to be known again goes in as its
 * ut__log_hash. Never on the frame path: it locks and writes. A message that comes more often than
 * UT__LOG_BURST times in a second is left out for the rest of that second; the next one that is
 * written says how many were left out.
 *
 * A line with a field "call" is about that call. Calls that are followed have their lines written at
 * every level, and their bursts are counted apart from those of all other calls.
 */

enum ut__log_level { UT__LOG_DEBUG, UT__LOG_INFO, UT__LOG_WARN, UT__LOG_ERROR };
enum ut__log_format { UT__LOG_LOGFMT, UT__LOG_JSON };

enum {
    UT__LOG_BURST = 10,      /* Lines of one message in a second. */
    UT__LOG_LINE_MAX = 1024, /* Longer lines are cut at a field. */
    UT__LOG_FOLLOW_MAX = 8,  /* Calls, or patterns of them. */
    UT__LOG_ID_MAX = 128,    /* Bytes of one, the NUL included. */
    UT__LOG_HASH_MAX = 17
};

struct ut__log_field {
    const char *key;
    const char *text; /* NULL: `number` holds. */
    int64_t number;
};

static inline struct ut__log_field ut__log_str(const char *key, const char *text)
{
    return (struct ut__log_field){.key = key, .text = text ? text : ""};
}

static inline struct ut__log_field ut__log_int(const char *key, int64_t number)
{
    return (struct ut__log_field){.key = key, .number = number};
}

/** Lines below `level` are left out. Before other threads start; the default is info, logfmt. */
void ut__log_setup(enum ut__log_level level, enum ut__log_format format);

/** Changes the level alone. Any thread. */
void ut__log_set_level(enum ut__log_level level);

/**
 * Follows these calls and no others. ids: [n], copied; each is how a call's id begins or, with '*'
 * or '?', a pattern of the whole id; bytes that no id may have stand for the '-' that ids have in
 * their place. Returns 0; -1: they are too many or too long, and nothing changes. Any thread.
 */
int ut__log_follow(const char *const *ids, size_t n);

/** 1 when a line of this level about this call would be written (NULL: about none): asked where
 * making the line costs something. Any thread. */
int ut__log_wants(enum ut__log_level level, const char *call);

/**
 * What stands for a number or a name in the log: the same for the same text while the process
 * lives, and nothing that could be tried out on a list of all numbers. Empty for an empty text.
 * Returns out. Any thread.
 */
const char *ut__log_hash(char out[UT__LOG_HASH_MAX], const char *text);

/** Finds a level by its name, "debug", "info", "warn", "error"; -1 when there is none such. */
int ut__log_level_of(const char *name);

/**
 * Writes one line. msg: a string constant (its address is its identity for the rate limit).
 * fields: [n]. Any thread.
 */
void ut__log_write(enum ut__log_level level, const char *msg, const struct ut__log_field *fields,
                   size_t n);

/** As ut__log_write, however often it comes: for what happens once a call. */
void ut__log_write_each(enum ut__log_level level, const char *msg,
                        const struct ut__log_field *fields, size_t n);

/** A message with one field or more. */
#define UT__LOG(level, msg, ...)                                                                   \
    ut__log_write((level), (msg), (const struct ut__log_field[]){__VA_ARGS__},                     \
                  sizeof((const struct ut__log_field[]){__VA_ARGS__}) /                            \
                      sizeof(struct ut__log_field))

/** A message without fields. */
#define UT__LOG0(level, msg) ut__log_write((level), (msg), NULL, 0)

/**
 * As ut__log_write into a buffer, with the time given: for tests. Returns the bytes written, the
 * line end included; there is no NUL.
 */
size_t ut__log_line(char *buf, size_t cap, enum ut__log_format format, int64_t wall_us,
                    enum ut__log_level level, const char *msg, const struct ut__log_field *fields,
                    size_t n);

#endif
