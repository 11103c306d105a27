/* SPDX-License-Identifier: MIT */
/* Structured log: one line, one write, so that lines of several threads never mix. */

#define _POSIX_C_SOURCE 200809L

#include "base/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { SLOTS = 64 };

/* One message's count in the present second. */
struct slot {
    const char *msg;
    int64_t second;
    unsigned count, left_out;
};

static struct {
    pthread_mutex_t lock;
    _Atomic int level;
    enum ut__log_format format;
    struct slot slots[SLOTS];
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .level = UT__LOG_INFO};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

struct line {
    char *buf;
    size_t cap, len;
    int json;
};

static void put(struct line *l, const char *s, size_t n)
{
    if (n <= l->cap - l->len) {
        memcpy(l->buf + l->len, s, n);
        l->len += n;
    }
}

static int is_plain(const char *s)
{
    if (!*s)
        return 0;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
            return 0;
    }
    return 1;
}

/* Quoted with escapes that both formats share; control characters become \u00XX. */
static void put_quoted(struct line *l, const char *s)
{
    put(l, "\"", 1);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        char esc[8];
        if (c == '"' || c == '\\') {
            esc[0] = '\\';
            esc[1] = (char)c;
            put(l, esc, 2);
        } else if (c < 0x20 || c == 0x7f) {
            int n = snprintf(esc, sizeof esc, "\\u%04x", c);
            put(l, esc, (size_t)n);
        } else {
            put(l, s, 1);
        }
    }
    put(l, "\"", 1);
}

static void put_key(struct line *l, const char *key)
{
    if (l->json) {
        put(l, l->len ? ",\"" : "{\"", 2);
        put(l, key, strlen(key));
        put(l, "\":", 2);
    } else {
        if (l->len)
            put(l, " ", 1);
        put(l, key, strlen(key));
        put(l, "=", 1);
    }
}

static void put_text(struct line *l, const char *key, const char *text)
{
    put_key(l, key);
    if (!l->json && is_plain(text))
        put(l, text, strlen(text));
    else
        put_quoted(l, text);
}

static void put_int(struct line *l, const char *key, int64_t number)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%lld", (long long)number);
    put_key(l, key);
    put(l, digits, (size_t)n);
}

static void put_time(struct line *l, int64_t wall_us)
{
    time_t sec = (time_t)(wall_us / 1000000);
    struct tm tm;
    char text[40] = "";
    if (gmtime_r(&sec, &tm)) {
        size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
        snprintf(text + n, sizeof text - n, ".%03dZ", (int)(wall_us / 1000 % 1000));
    }
    put_text(l, "time", text);
}

size_t ut__log_line(char *buf, size_t cap, enum ut__log_format format, int64_t wall_us,
                    enum ut__log_level level, const char *msg, const struct ut__log_field *fields,
                    size_t n)
{
    if (cap < 3)
        return 0;
    struct line l = {.buf = buf, .cap = cap - 2, .json = format == UT__LOG_JSON};
    put_time(&l, wall_us);
    put_text(&l, "level", level_names[level]);
    put_text(&l, "msg", msg);
    for (size_t i = 0; i < n; i++) {
        size_t worst =
            strlen(fields[i].key) + 8 + (fields[i].text ? strlen(fields[i].text) * 6 : 20);
        if (worst > l.cap - l.len)
            break; /* Cut at a field: half a value would mislead, and half an escape not parse. */
        if (fields[i].text)
            put_text(&l, fields[i].key, fields[i].text);
        else
            put_int(&l, fields[i].key, fields[i].number);
    }
    l.cap += 2;
    if (l.json)
        put(&l, "}", 1);
    put(&l, "\n", 1);
    return l.len;
}

void ut__log_setup(enum ut__log_level level, enum ut__log_format format)
{
    state.level = (int)level;
    state.format = format;
}

void ut__log_set_level(enum ut__log_level level)
{
    state.level = (int)level;
}

int ut__log_level_of(const char *name)
{
    for (int i = 0; i <= UT__LOG_ERROR; i++) {
        if (strcmp(name, level_names[i]) == 0)
            return i;
    }
    return -1;
}

/* 1 when the message may be written; *left_out is what was left out before it. Lock held. */
static int may_write(const char *msg, int64_t wall_us, unsigned *left_out)
{
    struct slot *s = &state.slots[((uintptr_t)msg >> 3) % SLOTS];
    int64_t second = wall_us / 1000000;
    *left_out = 0;
    if (s->msg != msg) {
        *s = (struct slot){.msg = msg, .second = second};
    } else if (s->second != second) {
        *left_out = s->left_out;
        *s = (struct slot){.msg = msg, .second = second};
    }
    if (s->count >= UT__LOG_BURST) {
        s->left_out++;
        return 0;
    }
    s->count++;
    return 1;
}

static void write_line(enum ut__log_level level, const char *msg,
                       const struct ut__log_field *fields, size_t n, unsigned left_out, int64_t now)
{
    struct ut__log_field all[17];
    char line[UT__LOG_LINE_MAX];
    if (n > 16)
        n = 16;
    if (n)
        memcpy(all, fields, n * sizeof all[0]);
    if (left_out)
        all[n++] = ut__log_int("left_out", left_out);
    size_t len = ut__log_line(line, sizeof line, state.format, now, level, msg, all, n);
    /* A log that cannot be written has nowhere to say so. */
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written;
}

void ut__log_write(enum ut__log_level level, const char *msg, const struct ut__log_field *fields,
                   size_t n)
{
    unsigned left_out;
    int64_t now = ut__clock_wall_us();
    if ((int)level < state.level)
        return;
    pthread_mutex_lock(&state.lock);
    int ok = may_write(msg, now, &left_out);
    pthread_mutex_unlock(&state.lock);
    if (ok)
        write_line(level, msg, fields, n, left_out, now);
}

void ut__log_write_each(enum ut__log_level level, const char *msg,
                        const struct ut__log_field *fields, size_t n)
{
    if ((int)level >= state.level)
        write_line(level, msg, fields, n, 0, ut__clock_wall_us());
}
