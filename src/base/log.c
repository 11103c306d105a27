/* SPDX-License-Identifier: MIT */
/* Structured log: one line, one write, so that lines of several threads never mix. */

#define _POSIX_C_SOURCE 200809L

#include "base/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/glob.h"
#include "base/json_string.h"

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
    struct slot slots[2][SLOTS]; /* The second of calls that are followed. */
    _Atomic int follows;
    char follow[UT__LOG_FOLLOW_MAX][UT__LOG_ID_MAX]; /* Patterns. Under the lock, as the slots. */
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

/* Quoted with the escapes of JSON, which both formats share. */
static void put_quoted(struct line *l, const char *s)
{
    put(l, "\"", 1);
    for (size_t left = strlen(s); left;) {
        char part[UT__JSON_CHAR_MAX];
        size_t taken, n = ut__json_char(part, s, left, &taken);
        put(l, part, n);
        s += taken;
        left -= taken;
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

/* What an id has in the place of a byte that it may not have: see call_table.h. */
static char fit(char c)
{
    int may = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return may || strchr("._:@-*?", c) ? c : '-';
}

int ut__log_follow(const char *const *ids, size_t n)
{
    char all[UT__LOG_FOLLOW_MAX][UT__LOG_ID_MAX] = {{0}};
    if (n > UT__LOG_FOLLOW_MAX)
        return -1;
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(ids[i]);
        if (len == 0 || len + 1 >= UT__LOG_ID_MAX)
            return -1;
        for (size_t k = 0; k < len; k++)
            all[i][k] = fit(ids[i][k]);
        if (!strpbrk(all[i], "*?"))
            all[i][len] = '*';
    }
    pthread_mutex_lock(&state.lock);
    memcpy(state.follow, all, sizeof all);
    state.follows = n != 0;
    pthread_mutex_unlock(&state.lock);
    return 0;
}

static int is_followed(const char *call)
{
    char id[UT__LOG_ID_MAX];
    size_t n = 0;
    int found = 0;
    if (!call || !state.follows)
        return 0;
    for (; call[n] && n + 1 < sizeof id; n++)
        id[n] = fit(call[n]);
    id[n] = '\0';
    pthread_mutex_lock(&state.lock);
    for (int i = 0; !found && i < UT__LOG_FOLLOW_MAX && state.follow[i][0]; i++)
        found = ut__glob(state.follow[i], id);
    pthread_mutex_unlock(&state.lock);
    return found;
}

int ut__log_wants(enum ut__log_level level, const char *call)
{
    return (int)level >= state.level || is_followed(call);
}

static const char *call_of(const struct ut__log_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fields[i].text && strcmp(fields[i].key, "call") == 0)
            return fields[i].text;
    }
    return NULL;
}

/* 1 when the message may be written; *left_out is what was left out before it. Lock held. */
static int may_write(const char *msg, int followed, int64_t wall_us, unsigned *left_out)
{
    struct slot *s = &state.slots[followed][((uintptr_t)msg >> 3) % SLOTS];
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
    int followed = is_followed(call_of(fields, n));
    if ((int)level < state.level && !followed)
        return;
    pthread_mutex_lock(&state.lock);
    int ok = may_write(msg, followed, now, &left_out);
    pthread_mutex_unlock(&state.lock);
    if (ok)
        write_line(level, msg, fields, n, left_out, now);
}

void ut__log_write_each(enum ut__log_level level, const char *msg,
                        const struct ut__log_field *fields, size_t n)
{
    if ((int)level >= state.level || is_followed(call_of(fields, n)))
        write_line(level, msg, fields, n, 0, ut__clock_wall_us());
}

static uint64_t rotated(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

/* One round of SipHash (Aumasson and Bernstein, 2012). */
static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotated(v[1], 13) ^ v[0];
    v[3] = rotated(v[3], 16) ^ v[2];
    v[0] = rotated(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotated(v[1], 17) ^ v[2];
    v[3] = rotated(v[3], 21) ^ v[0];
    v[2] = rotated(v[2], 32);
}

/* SipHash-2-4. */
static uint64_t keyed(const uint64_t key[2], const char *text)
{
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
                     key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u};
    size_t len = strlen(text);
    for (size_t at = 0; at <= len; at += 8) {
        uint64_t word = 0;
        for (size_t i = 0; i < 8 && at + i < len; i++)
            word |= (uint64_t)(unsigned char)text[at + i] << 8 * i;
        if (at + 8 > len)
            word |= (uint64_t)len << 56;
        v[3] ^= word;
        sip_round(v);
        sip_round(v);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint64_t process_key[2];

/* A telephone number is found in the hash of all numbers; not so when the key is the process's. */
static void make_key(void)
{
    if (getrandom(process_key, sizeof process_key, 0) != (ssize_t)sizeof process_key)
        process_key[0] = (uint64_t)ut__clock_mono_us();
}

const char *ut__log_hash(char out[UT__LOG_HASH_MAX], const char *text)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    out[0] = '\0';
    if (!text || !*text)
        return out;
    pthread_once(&once, make_key);
    snprintf(out, UT__LOG_HASH_MAX, "%016" PRIx64, keyed(process_key, text));
    return out;
}
