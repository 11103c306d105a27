/* SPDX-License-Identifier: MIT */
/*
 * A media worker.
 *
 *     sleep in epoll, at most a tick -> sockets that have packets -> commands -> pushed rings
 *                                    -> once a tick: silent streams, endings, time-outs
 */

#include "live/worker.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/clones.h"
#include "base/log.h"
#include "live/worker_media.h"

enum {
    TICK_MS = 20,
    STALL_MS = 100,      /* So late a tick tells that the worker stood still. */
    CHECK_EVERY = 50,    /* Ticks between looks at counters and time-outs: a second. */
    THROWN_A_CHECK = 10, /* So many packets in a second are a stream, no stray ones. */
    READY_MAX = 256,     /* Sockets served before commands and pushes get their turn. */
    DRAIN_MAX = 64,      /* Records of one call's ring before the next call gets its turn. */
    NAP_CALLS = 32,      /* From so many calls on packets are taken in batches: */
    NAP_US = 2000        /* the worker looks at its sockets no more often than this. */
};

struct ut__worker {
    struct ut__worker_config cfg;
    pthread_t thread;
    int started;
    int epoll_fd, wake_fd;
    _Atomic int awake; /* 1: a wake is on its way, another need not be written. */
    _Atomic int stop;
    struct ut__ring commands, items;
    void *commands_mem, *items_mem;
    struct ut__live_call *calls[2]; /* Doubly linked: those with sockets, those with a ring. */
    struct ut__batch *batch;
    uint32_t tick;
    struct ut__worker_counters counters;
};

static void wake(int fd, _Atomic int *awake)
{
    if (atomic_exchange_explicit(awake, 1, memory_order_acq_rel) == 0) {
        uint64_t one = 1;
        /* Fails only when the counter is full, and then the other side is awake. */
        ssize_t n = write(fd, &one, sizeof one);
        (void)n;
    }
}

static void add(_Atomic uint64_t *counter, uint64_t n)
{
    if (n)
        atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static int send_item(struct ut__worker *w, const struct ut__worker_item *item)
{
    if (!ut__ring_write_all(&w->items, item, 1)) {
        add(&w->counters.delayed, 1);
        wake(w->cfg.wake_hub_fd, w->cfg.hub_awake);
        return 0;
    }
    wake(w->cfg.wake_hub_fd, w->cfg.hub_awake);
    return 1;
}

/* Sends a call's events; returns 0 when the ring is full: they wait in the call till next time. */
static int send_events(struct ut__worker *w, struct ut__live_call *lc)
{
    UT__UNSET struct ut__worker_item item;
    item.kind = UT__WORKER_EVENT;
    item.call = lc;
    item.arrival_us = lc->arrival_us;
    for (;;) {
        if (ut__ring_free(&w->items) == 0) {
            add(&w->counters.delayed, 1);
            wake(w->cfg.wake_hub_fd, w->cfg.hub_awake);
            return 0;
        }
        if (!ut_call_read(lc->call, &item.event))
            return 1;
        send_item(w, &item);
    }
}

static void watch(struct ut__worker *w, struct ut__live_line *line)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = line};
    if (line->fd >= 0)
        epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, line->fd, &ev);
}

static void unwatch(struct ut__worker *w, struct ut__live_line *line)
{
    if (line->fd >= 0)
        epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, line->fd, NULL);
}

static void open_call(struct ut__worker *w, struct ut__live_call *lc)
{
    struct ut__live_call **first = &w->calls[lc->is_pushed];
    lc->next = *first;
    if (*first)
        (*first)->prev = lc;
    *first = lc;
    lc->last_media_us = ut__clock_mono_us();
    for (uint32_t i = 0; i < lc->line_count; i++)
        watch(w, &lc->lines[i]);
    atomic_fetch_add_explicit(&w->counters.calls, 1, memory_order_relaxed);
}

/* What a line counted since it was last told. The kernel's count of drops is read at the end. */
static void tell_line(struct ut__worker *w, struct ut__live_line *line)
{
    struct ut__rtp_stats s;
    ut__rtp_stream_get_stats(line->rtp, &s);
    const struct ut__live_told now = {.packets = s.packets,
                                      .lost = s.lost,
                                      .late = s.late,
                                      .foreign = s.foreign + line->foreign,
                                      .malformed = s.malformed + line->broken,
                                      .unknown_pt = s.unknown_pt,
                                      .srtp = line->srtp_failed,
                                      .duplicate = s.duplicates};
    add(&w->counters.packets, now.packets - line->told.packets);
    add(&w->counters.lost, now.lost - line->told.lost);
    add(&w->counters.late, now.late - line->told.late);
    add(&w->counters.foreign, now.foreign - line->told.foreign);
    add(&w->counters.malformed, now.malformed - line->told.malformed);
    add(&w->counters.unknown_pt, now.unknown_pt - line->told.unknown_pt);
    add(&w->counters.srtp, now.srtp - line->told.srtp);
    line->told = now;
}

/* For the log, where it is asked for: this thread writes none itself. */
static void tell_dropped(struct ut__worker *w, struct ut__live_call *lc, uint32_t index)
{
    struct ut__live_line *line = &lc->lines[index];
    const struct ut__live_told *now = &line->told, *was = &line->logged;
    int none = now->lost == was->lost && now->late == was->late && now->foreign == was->foreign &&
               now->malformed == was->malformed && now->unknown_pt == was->unknown_pt &&
               now->srtp == was->srtp && now->duplicate == was->duplicate;
    if (!none && ut__log_wants(UT__LOG_DEBUG, lc->entry.id)) {
        struct ut__rtp_stats stats;
        ut__rtp_stream_get_stats(line->rtp, &stats);
        struct ut__worker_item item = {.kind = UT__WORKER_DROPPED,
                                       .call = lc,
                                       .dropped = {.line = index,
                                                   .pt = stats.strange_pt,
                                                   .peer = line->stranger,
                                                   .before = line->logged,
                                                   .now = line->told}};
        if (!send_item(w, &item))
            return; /* With the next look's. */
    }
    line->logged = line->told;
}

static void tell_drops(struct ut__worker *w, const struct ut__live_line *line)
{
    uint32_t mem[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof mem;
    if (line->fd >= 0 && getsockopt(line->fd, SOL_SOCKET, SO_MEMINFO, mem, &len) == 0)
        add(&w->counters.socket_dropped, mem[SK_MEMINFO_DROPS]);
}

/* The call is read out; once all is sent it goes back to the hub. */
static void finish_call(struct ut__worker *w, struct ut__live_call *lc)
{
    struct ut__worker_item item = {
        .kind = UT__WORKER_ENDED, .call = lc, .arrival_us = lc->arrival_us};
    struct ut__live_call *prev = lc->prev, *next = lc->next, **first = &w->calls[lc->is_pushed];
    if (!send_events(w, lc) || !send_item(w, &item))
        return; /* Later: the next tick tries again. */
    /* The hub may have freed it by now: only the copies are used. */
    if (prev)
        prev->next = next;
    else
        *first = next;
    if (next)
        next->prev = prev;
    atomic_fetch_sub_explicit(&w->counters.calls, 1, memory_order_relaxed);
}

static void close_call(struct ut__worker *w, struct ut__live_call *lc)
{
    int64_t now = ut__clock_mono_us();
    /* What had arrived when the signalling said goodbye still counts. */
    ut__media_read_out(w->batch, lc, now);
    for (uint32_t i = 0; i < lc->line_count; i++)
        unwatch(w, &lc->lines[i]);
    ut__media_end(lc, now);
    for (uint32_t i = 0; i < lc->line_count; i++) {
        tell_line(w, &lc->lines[i]);
        tell_dropped(w, lc, i);
        tell_drops(w, &lc->lines[i]);
    }
    lc->ending = 1;
    finish_call(w, lc);
}

static void set_line(struct ut__worker *w, struct ut__live_call *lc, uint32_t index,
                     struct ut__live_line *line)
{
    int new_socket = index >= lc->line_count || line->fd >= 0;
    if (index < lc->line_count) {
        tell_line(w, &lc->lines[index]);
        if (new_socket) {
            tell_drops(w, &lc->lines[index]);
            unwatch(w, &lc->lines[index]);
            if (lc->lines[index].fd >= 0)
                close(lc->lines[index].fd);
        }
    }
    ut__media_set_line(lc, index, line);
    if (new_socket)
        watch(w, &lc->lines[index]);
    lc->last_media_us = ut__clock_mono_us();
    lc->told_lost = 0;
    free(line);
}

static void run_commands(struct ut__worker *w)
{
    struct ut__worker_command cmd;
    while (ut__ring_read(&w->commands, &cmd, 1)) {
        switch (cmd.op) {
        case UT__WORKER_OPEN:
            open_call(w, cmd.call);
            break;
        case UT__WORKER_CLOSE:
            close_call(w, cmd.call);
            break;
        case UT__WORKER_HOLD:
            cmd.call->held = cmd.value != 0;
            cmd.call->last_media_us = ut__clock_mono_us();
            cmd.call->told_lost = 0;
            for (uint32_t i = 0; i < cmd.call->line_count; i++) {
                struct ut__live_line *line = &cmd.call->lines[i];
                ut__rtp_stream_set_hold(line->rtp, cmd.call->held || line->inactive);
            }
            break;
        case UT__WORKER_LINE:
            set_line(w, cmd.call, cmd.value, cmd.line);
            break;
        }
    }
}

/* Returns 1 when some ring holds more than its turn. */
static int drain_pushed(struct ut__worker *w, int64_t now)
{
    int more = 0;
    for (struct ut__live_call *lc = w->calls[1], *next; lc; lc = next) {
        next = lc->next;
        if (lc->ending)
            continue;
        size_t n = ut__media_drain(lc, now, DRAIN_MAX);
        if (n)
            send_events(w, lc);
        more |= n == DRAIN_MAX;
    }
    return more;
}

/* Tells once a call of each kind of packets that a line throws away, a stream of them. */
static void tell_thrown(struct ut__worker *w, struct ut__live_call *lc, uint32_t index,
                        int64_t now_us)
{
    struct ut__live_line *line = &lc->lines[index];
    const uint64_t thrown[UT__THROWN_KINDS] = {
        [UT__THROWN_SOURCE] = line->foreign,
        [UT__THROWN_PT] = line->told.unknown_pt,
        [UT__THROWN_SRTP] = line->srtp_failed,
        [UT__THROWN_BROKEN] = line->told.malformed,
    };
    for (int kind = 0; kind < UT__THROWN_KINDS; kind++) {
        uint64_t n = thrown[kind] - line->thrown[kind];
        line->thrown[kind] = thrown[kind];
        if (n < THROWN_A_CHECK || line->closed)
            continue;
        if (!line->inactive && line->taken == line->told.packets)
            ut__media_miss(line, now_us);
        struct ut__rtp_stats stats;
        ut__rtp_stream_get_stats(line->rtp, &stats);
        struct ut__worker_item item = {.kind = UT__WORKER_THROWN,
                                       .call = lc,
                                       .arrival_us = now_us,
                                       .thrown = {.kind = (enum ut__live_thrown)kind,
                                                  .line = index,
                                                  .pt = stats.strange_pt,
                                                  .peer = line->stranger}};
        if (!(lc->thrown_told & 1u << kind) && send_item(w, &item))
            lc->thrown_told |= (uint8_t)(1u << kind);
    }
    line->taken = line->told.packets;
}

static void tell_clock(struct ut__worker *w, struct ut__live_call *lc, uint32_t index,
                       int64_t now_us)
{
    struct ut__worker_item item = {
        .kind = UT__WORKER_CLOCK, .call = lc, .arrival_us = now_us, .clock = {.line = index}};
    if (!lc->clock_told &&
        ut__rtp_stream_off_clock(lc->lines[index].rtp, &item.clock.says_hz, &item.clock.seems_hz))
        lc->clock_told = (uint8_t)send_item(w, &item);
}

static void tell_pace(struct ut__worker *w, struct ut__live_call *lc, int64_t now_us)
{
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        const struct ut__pace *p = &lc->pace[role];
        struct ut__worker_item item = {.kind = UT__WORKER_PACE,
                                       .call = lc,
                                       .arrival_us = now_us,
                                       .pace = {.role = (enum ut_role)role,
                                                .codec = (enum ut__port_codec)lc->pace_codec[role],
                                                .rate_hz = p->rate_hz,
                                                .seems_hz = p->seems_hz}};
        if (lc->hears[role] >= 0 && (uint32_t)lc->hears[role] < lc->line_count) {
            item.pace.is_rtp = 1;
            item.pace.seems_hz =
                ut__rtp_stream_seems_hz(lc->lines[lc->hears[role]].rtp, &item.pace.rate_hz);
        }
        if (item.pace.seems_hz != lc->pace_told[role] && send_item(w, &item))
            lc->pace_told[role] = item.pace.seems_hz;
    }
}

static void check_call(struct ut__worker *w, struct ut__live_call *lc, int64_t now)
{
    for (uint32_t i = 0; i < lc->line_count; i++) {
        tell_line(w, &lc->lines[i]);
        tell_dropped(w, lc, i);
        tell_thrown(w, lc, i, now);
        tell_clock(w, lc, i, now);
    }
    tell_pace(w, lc, now);
    int64_t timeout_us = lc->timeout_us ? lc->timeout_us : w->cfg.media_timeout_us;
    if (lc->held || lc->told_lost || !ut__media_is_gone(w->batch, lc, now, timeout_us))
        return;
    struct ut__worker_item item = {.kind = UT__WORKER_LOST, .call = lc, .arrival_us = now};
    lc->told_lost = (uint8_t)send_item(w, &item);
}

static void tick_calls(struct ut__worker *w, struct ut__live_call *first, int64_t now,
                       int64_t heard, int check)
{
    for (struct ut__live_call *lc = first, *next; lc; lc = next) {
        next = lc->next;
        if (lc->ending) {
            finish_call(w, lc);
            continue;
        }
        ut__media_advance(lc, heard);
        send_events(w, lc);
        if (check)
            check_call(w, lc, now);
    }
}

/*
 * Fills up what did not come, by the time up to which the sockets were read: for a worker that is
 * late it is no loss that packets wait.
 */
static void tick(struct ut__worker *w, int64_t now)
{
    int check = ++w->tick % CHECK_EVERY == 0;
    int64_t heard = now - ut__batch_waited_us(w->batch);
    for (int pushed = 0; pushed < 2; pushed++)
        tick_calls(w, w->calls[pushed], now, pushed ? now : heard, check);
    if (check)
        atomic_store_explicit(&w->counters.cpu_us, (uint64_t)ut__clock_thread_cpu_us(),
                              memory_order_relaxed);
}

/* Returns 1 when more packets may wait than there was a turn for. */
static int serve_sockets(struct ut__worker *w, const struct epoll_event *ready, int n)
{
    int more = n == READY_MAX;
    for (int i = 0; i < n; i++) {
        struct ut__live_line *line = ready[i].data.ptr;
        if (line) {
            more |= ut__media_receive(w->batch, line, ut__clock_mono_us());
            send_events(w, line->call);
        } else {
            uint64_t count;
            ssize_t got = read(w->wake_fd, &count, sizeof count);
            (void)got;
        }
    }
    /* Cleared before the rings are looked at: what comes after wakes again. An exchange, so that it
     * is ordered with the writer's: either it is seen here, or the writer sees a sleeper. */
    atomic_exchange_explicit(&w->awake, 0, memory_order_acq_rel);
    return more;
}

static void *run(void *arg)
{
    struct ut__worker *w = arg;
    struct epoll_event ready[READY_MAX];
    int64_t next_tick = ut__clock_mono_us() + TICK_MS * 1000;
    int64_t looked_us = 0; /* When the sockets were looked at last. */
    int more = 0, behind = 0, looked_again = 0;
    while (!w->stop) {
        /* A wake for each packet would cost more than the packet. What a round took counts as rest
         * from the sockets: who is behind does not nap. */
        int64_t nap_us = looked_us + NAP_US - ut__clock_mono_us();
        if (!more && nap_us > 0 &&
            atomic_load_explicit(&w->counters.calls, memory_order_relaxed) >= NAP_CALLS)
            usleep((useconds_t)nap_us);
        looked_us = ut__clock_mono_us();
        int64_t wait_us = next_tick - looked_us;
        int wait_ms = more || behind || wait_us <= 0 ? 0 : (int)((wait_us + 999) / 1000);
        int n = epoll_wait(w->epoll_fd, ready, READY_MAX, wait_ms);
        behind = serve_sockets(w, ready, n);
        run_commands(w);
        int64_t now = ut__clock_mono_us();
        more = drain_pushed(w, now);
        /* After a stall the time of all of it would be filled up: the sockets are looked at again. */
        int has_stalled = now - next_tick > STALL_MS * 1000 && !looked_again;
        looked_again = has_stalled;
        if (has_stalled)
            continue;
        if (now >= next_tick) {
            tick(w, now);
            /* After a stall the ticks that were missed are not made up for. */
            next_tick = now + TICK_MS * 1000;
        }
    }
    return NULL;
}

static int make_rings(struct ut__worker *w)
{
    w->commands_mem = calloc(w->cfg.commands, sizeof(struct ut__worker_command));
    w->items_mem = calloc(w->cfg.items, sizeof(struct ut__worker_item));
    if (!w->commands_mem || !w->items_mem)
        return UT_ENOMEM;
    int err = ut__ring_init(&w->commands, w->commands_mem, sizeof(struct ut__worker_command),
                            w->cfg.commands);
    if (err)
        return err;
    return ut__ring_init(&w->items, w->items_mem, sizeof(struct ut__worker_item), w->cfg.items);
}

int ut__worker_start(struct ut__worker **out, const struct ut__worker_config *cfg)
{
    struct ut__worker *w = aligned_alloc(64, (sizeof *w + 63) / 64 * 64);
    if (!w)
        return UT_ENOMEM;
    memset(w, 0, sizeof *w);
    w->cfg = *cfg;
    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};
    int err = make_rings(w);
    if (!err)
        err = ut__batch_create(&w->batch);
    if (!err && (w->epoll_fd < 0 || w->wake_fd < 0 ||
                 epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->wake_fd, &ev) != 0))
        err = UT_EINVAL;
    if (!err && pthread_create(&w->thread, NULL, run, w) != 0)
        err = UT_EINVAL;
    if (err) {
        ut__worker_stop(w);
        return err;
    }
    w->started = 1;
    *out = w;
    return 0;
}

void ut__worker_stop(struct ut__worker *w)
{
    if (!w)
        return;
    if (w->started) {
        w->stop = 1;
        ut__worker_wake(w);
        pthread_join(w->thread, NULL);
    }
    if (w->epoll_fd >= 0)
        close(w->epoll_fd);
    if (w->wake_fd >= 0)
        close(w->wake_fd);
    ut__batch_destroy(w->batch);
    free(w->commands_mem);
    free(w->items_mem);
    free(w);
}

int ut__worker_send(struct ut__worker *w, const struct ut__worker_command *cmd)
{
    int ok = ut__ring_write_all(&w->commands, cmd, 1);
    ut__worker_wake(w);
    return ok;
}

size_t ut__worker_room(const struct ut__worker *w)
{
    return ut__ring_free(&w->commands);
}

void ut__worker_wake(struct ut__worker *w)
{
    wake(w->wake_fd, &w->awake);
}

int ut__worker_read(struct ut__worker *w, struct ut__worker_item *item)
{
    return (int)ut__ring_read(&w->items, item, 1);
}

const struct ut__worker_counters *ut__worker_get_counters(const struct ut__worker *w)
{
    return &w->counters;
}
