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
    LAST_MS = 1000, /* For what waits when the daemon ends. */
    WAITING_MAX = 256
};
static const char not_stored[] = ",\"stored\":false";

/* An alert that is not told yet. */
struct waiting {
    size_t at; /* Where its line ends. */
    char call[UT__CALL_ID_MAX];
    uint8_t raised, known, stored;
};

struct ut__json_sink {
    int fd;
    int broken; /* The reader is gone. */
    struct tmr retry;
    uint64_t left_out;
    size_t begin, end; /* What waits lies between them; what may be written ends at `free_to`. */
    size_t free_to;
    int waits;
    uint32_t count;
    struct waiting waiting[WAITING_MAX];
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
    while (!s->broken && s->begin < s->free_to && is_ready(s->fd, timeout_ms)) {
        size_t n = s->free_to - s->begin;
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
    if (s->broken)
        s->count = 0;
    if (s->begin == s->end || s->broken)
        s->begin = s->end = s->free_to = 0;
}

/* Everything from s->begin on to the front of the buffer. */
static void compact(struct ut__json_sink *s)
{
    memmove(s->buf, s->buf + s->begin, s->end - s->begin);
    for (uint32_t i = 0; i < s->count; i++)
        s->waiting[i].at -= s->begin;
    s->free_to -= s->begin;
    s->end -= s->begin;
    s->begin = 0;
}

/* Before the brace and the line end of the first alert that waits. */
static void mark_unstored(struct ut__json_sink *s)
{
    size_t n = sizeof not_stored - 1;
    if (s->end + n > BUFFER)
        compact(s);
    char *at = s->buf + s->waiting[0].at - 2;
    if (s->end + n > BUFFER)
        return; /* Full to the brim: see push, which leaves room. */
    memmove(at + n, at, s->end - (s->waiting[0].at - 2));
    memcpy(at, not_stored, n);
    s->end += n;
    for (uint32_t i = 0; i < s->count; i++)
        s->waiting[i].at += n;
}

/* Lets go what comes before the first alert that is not known to be on disk. */
static void let_go(struct ut__json_sink *s)
{
    while (s->count && s->waiting[0].known) {
        if (!s->waiting[0].stored)
            mark_unstored(s);
        s->free_to = s->waiting[0].at;
        memmove(s->waiting, s->waiting + 1, --s->count * sizeof s->waiting[0]);
    }
    if (!s->count)
        s->free_to = s->end;
}

static void retry(void *arg)
{
    struct ut__json_sink *s = arg;
    write_out(s, 0);
    if (s->begin < s->free_to)
        tmr_start(&s->retry, RETRY_MS, retry, s);
}

static void write_on(struct ut__json_sink *s)
{
    let_go(s);
    write_out(s, 0);
    if (s->begin < s->free_to && !tmr_isrunning(&s->retry))
        tmr_start(&s->retry, RETRY_MS, retry, s);
}

void ut__json_sink_wait(struct ut__json_sink *s)
{
    s->waits = 1;
}

void ut__json_sink_told(void *arg, const char *call, int raised, int stored)
{
    struct ut__json_sink *s = arg;
    for (uint32_t i = 0; i < s->count; i++) {
        struct waiting *w = &s->waiting[i];
        if (w->known || w->raised != raised || strcmp(w->call, call) != 0)
            continue;
        w->known = 1;
        w->stored = (uint8_t)stored;
        write_on(s);
        return;
    }
}

static void add_waiting(struct ut__json_sink *s, const struct ut__stream_item *item)
{
    if (s->count == WAITING_MAX) {
        s->waiting[0].known = 1;
        let_go(s);
    }
    struct waiting *w = &s->waiting[s->count++];
    *w = (struct waiting){.at = s->end, .raised = item->event.u.alert.action == UT_ALERT_RAISED};
    memcpy(w->call, item->info.id, sizeof w->call);
}

static void push(void *state, const struct ut__stream_item *item)
{
    struct ut__json_sink *s = state;
    char line[UT_JSON_MAX];
    int n = ut__stream_to_json(line, sizeof line - 1, item);
    if (n <= 0 || s->broken)
        return;
    line[n++] = '\n';
    int is_event = item->kind == UT__STREAM_EVENT;
    int is_score = is_event && item->event.type == UT_EVENT_SCORE;
    size_t room = (s->count + 1) * (sizeof not_stored - 1);
    if (s->end - s->begin + (size_t)n + room > (is_score ? SCORES_UP_TO : BUFFER)) {
        s->left_out++;
        UT__LOG(UT__LOG_WARN, "events left out: standard output is not read fast enough",
                ut__log_int("events", (int64_t)s->left_out));
        return;
    }
    if (s->end + (size_t)n > BUFFER)
        compact(s);
    memcpy(s->buf + s->end, line, (size_t)n);
    s->end += (size_t)n;
    if (s->waits && is_event && item->event.type == UT_EVENT_ALERT)
        add_waiting(s, item);
    write_on(s);
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
    for (uint32_t i = 0; i < s->count; i++)
        s->waiting[i].known = 1;
    let_go(s);
    int64_t until = ut__clock_mono_us() + LAST_MS * 1000;
    while (s->end && ut__clock_mono_us() < until)
        write_out(s, LAST_MS / 10);
    free(s);
}

struct ut__sink ut__json_sink_get(struct ut__json_sink *s)
{
    return (struct ut__sink){.name = "stdout", .push = push, .state = s};
}
