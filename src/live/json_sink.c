/* SPDX-License-Identifier: MIT */
/* The stream as JSON Lines. */

#include "live/json_sink.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <undertone/json.h>

#include "base/clock.h"
#include "base/log.h"
#include "live/stream_json.h"
#include "net/re.h"

enum {
    BUFFER = 1 << 20,
    SCORES_UP_TO = BUFFER / 4 * 3,
    RETRY_MS = 20,
    LAST_MS = 1000 /* For what waits when the daemon ends. */
};

struct ut__json_sink {
    int fd;
    int broken; /* The reader is gone. */
    struct tmr retry;
    uint64_t left_out;
    size_t begin, end; /* What waits lies between them. */
    char buf[BUFFER];
};

/* 1: a write would not block. Regular files never do in the sense of poll. */
static int is_ready(int fd, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, timeout_ms) > 0;
}

/* Writes while the reader takes it; a pipe that is ready takes PIPE_BUF bytes without blocking. */
static void write_out(struct ut__json_sink *s, int timeout_ms)
{
    while (!s->broken && s->begin < s->end && is_ready(s->fd, timeout_ms)) {
        size_t n = s->end - s->begin;
        ssize_t got = write(s->fd, s->buf + s->begin, n < PIPE_BUF ? n : PIPE_BUF);
        if (got < 0 && errno != EAGAIN && errno != EINTR) {
            UT__LOG(UT__LOG_ERROR,
                    "events can no longer be written; restart with a reader that stays",
                    ut__log_str("error", strerror(errno)));
            s->broken = 1;
        }
        if (got > 0)
            s->begin += (size_t)got;
    }
    if (s->begin == s->end || s->broken)
        s->begin = s->end = 0;
}

static void retry(void *arg)
{
    struct ut__json_sink *s = arg;
    write_out(s, 0);
    if (s->end)
        tmr_start(&s->retry, RETRY_MS, retry, s);
}

static void push(void *state, const struct ut__stream_item *item)
{
    struct ut__json_sink *s = state;
    char line[UT_JSON_MAX];
    int n = ut__stream_to_json(line, sizeof line - 1, item);
    if (n <= 0 || s->broken)
        return;
    line[n++] = '\n';
    int is_score = item->kind == UT__STREAM_EVENT && item->event.type == UT_EVENT_SCORE;
    if (s->end - s->begin + (size_t)n > (is_score ? SCORES_UP_TO : BUFFER)) {
        s->left_out++;
        UT__LOG(UT__LOG_WARN, "events left out: standard output is not read fast enough",
                ut__log_int("events", (int64_t)s->left_out));
        return;
    }
    if (s->end + (size_t)n > BUFFER) {
        memmove(s->buf, s->buf + s->begin, s->end - s->begin);
        s->end -= s->begin;
        s->begin = 0;
    }
    memcpy(s->buf + s->end, line, (size_t)n);
    s->end += (size_t)n;
    write_out(s, 0);
    if (s->end && !tmr_isrunning(&s->retry))
        tmr_start(&s->retry, RETRY_MS, retry, s);
}

int ut__json_sink_create(struct ut__json_sink **out, int fd)
{
    struct ut__json_sink *s = calloc(1, sizeof *s);
    if (!s)
        return UT_ENOMEM;
    s->fd = fd;
    tmr_init(&s->retry);
    *out = s;
    return 0;
}

void ut__json_sink_destroy(struct ut__json_sink *s)
{
    if (!s)
        return;
    tmr_cancel(&s->retry);
    int64_t until = ut__clock_mono_us() + LAST_MS * 1000;
    while (s->end && ut__clock_mono_us() < until)
        write_out(s, LAST_MS / 10);
    free(s);
}

struct ut__sink ut__json_sink_get(struct ut__json_sink *s)
{
    return (struct ut__sink){.name = "stdout", .push = push, .state = s};
}
