/* SPDX-License-Identifier: MIT */
/*
 * `undertone serve`: from the command line to the loop and back.
 *
 *     configuration -> model -> hub and workers -> edges -> re_main
 *     SIGTERM, SIGINT, SIGUSR1 -> calls end, see leave.h -> edges -> workers -> exit
 *     SIGHUP -> the file is read again
 */

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEBUG_MODULE "undertone" /* libre's header asks for both. */
#define DEBUG_LEVEL  0
#include <re/re_dbg.h>

#include <undertone/version.h>

#include "base/log.h"
#include "daemon/config.h"
#include "daemon/edges.h"
#include "daemon/leave.h"
#include "daemon/notify.h"
#include "daemon/record.h"
#include "daemon/secrets.h"
#include "daemon/test_channel.h"
#include "live/hub.h"
#include "net/loop.h"
#include "net/re.h"
#include "terminal/command.h"
#include "terminal/rules_file.h"
#include "terminal/site_file.h"
#include "terminal/threshold.h"

enum {
    FDS_MAX = 65536,
    MODEL_MAX = 1 << 26,
    HEAPS = 2,
    TRIM_MS = 60000,
    LARGE_BYTES = 1 << 17 /* glibc's own beginning. */
};

/* A configuration that a reload has replaced: edges may still hold texts of it. */
struct old_config {
    struct old_config *next;
    struct ut__serve_config *cfg;
};

struct serve {
    struct ut__serve_config *cfg;
    struct old_config *old;
    int argc;
    char **argv;
    struct ut_model *model;
    void *model_bytes;
    struct ut__hub *hub;
    struct ut__serve_edges *edges;
    int signal_fd;
    struct ut__leave leave;
    struct tmr watchdog;
    struct tmr trim;
};

/* While the loop turns, the service manager hears of it. */
static void tell_watchdog(void *arg)
{
    struct serve *s = arg;
    ut__notify("WATCHDOG=1");
    tmr_start(&s->watchdog, ut__notify_watchdog_ms(), tell_watchdog, s);
}

static void follow(const struct ut__serve_config *cfg)
{
    size_t n = cfg->log_call.count;
    if (n > UT__LOG_FOLLOW_MAX) {
        n = UT__LOG_FOLLOW_MAX;
        UT__LOG(UT__LOG_WARN, "only the first of log-call are followed; write patterns",
                ut__log_int("followed", (int64_t)n));
    }
    (void)ut__log_follow((const char *const *)cfg->log_call.items, n);
}

static void apply(const struct serve *s)
{
    struct ut_alert_config alert = ut_alert_config_default();
    if (s->cfg->threshold > 0)
        alert.threshold = (float)s->cfg->threshold;
    ut__hub_set_limits(s->hub, (uint32_t)s->cfg->max_calls, &alert);
    ut__log_set_level((enum ut__log_level)s->cfg->log_level);
    follow(s->cfg);
}

/* The configuration, and whether its threshold can be reached with the model that runs. */
static int read_again(struct serve *s, struct ut__serve_config **out, char *why, size_t cap)
{
    int check_only;
    struct ut__serve_config *next = NULL;
    int err = ut__serve_config_read(&next, s->argc, s->argv, &check_only, why, cap);
    if (err)
        return err;
    err = ut__threshold_check(s->model, next->threshold, "", why, cap);
    if (err) {
        ut__serve_config_place(next, s->argc, s->argv, why, cap);
        ut__serve_config_destroy(next);
        return err;
    }
    err = ut__serve_edges_rules(s->edges, next, why, cap);
    if (err) {
        ut__serve_config_destroy(next);
        return err;
    }
    *out = next;
    return 0;
}

static void reload(struct serve *s)
{
    struct ut__serve_config *next = NULL;
    char why[UT__CONFIG_WHY_MAX], fixed[UT__CONFIG_WHY_MAX];
    ut__notify("RELOADING=1");
    if (read_again(s, &next, why, sizeof why) != 0) {
        UT__LOG(UT__LOG_ERROR, "configuration not reloaded: the one before goes on",
                ut__log_str("error", why));
        ut__notify("READY=1");
        return;
    }
    ut__config_fixed_changes(s->cfg->sets, next->sets, fixed, sizeof fixed);
    if (fixed[0])
        UT__LOG(UT__LOG_WARN, "some options change at a restart alone",
                ut__log_str("options", fixed));
    struct old_config *old = malloc(sizeof *old);
    if (!old) {
        ut__serve_config_destroy(next);
        return;
    }
    *old = (struct old_config){s->old, s->cfg};
    s->old = old;
    s->cfg = next;
    apply(s);
    ut__serve_edges_reload(s->edges, s->cfg);
    UT__LOG0(UT__LOG_INFO, "configuration reloaded");
    ut__notify("READY=1");
}

static void drain(struct serve *s, int retires)
{
    if (retires && !ut__serve_edges_retire(s->edges))
        UT__LOG0(UT__LOG_ERROR,
                 "this node has nobody to hand its calls to, and goes on: it wants NATS, and to "
                 "have joined");
    else
        ut__leave_drain(&s->leave);
}

static void signalled(int flags, void *arg)
{
    struct serve *s = arg;
    struct signalfd_siginfo info;
    (void)flags;
    while (read(s->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP)
            reload(s);
        else if (info.ssi_signo == SIGUSR1)
            drain(s, info.ssi_code == SI_QUEUE && info.ssi_int == UT__DRAIN_RETIRES);
        else if (info.ssi_signo == SIGTERM)
            ut__leave_stop(&s->leave, s->cfg->drain_s);
        else
            ut__leave_now(&s->leave);
    }
}

/* Blocked before any thread starts, so that all of them inherit it and the loop alone is told. */
static int listen_to_signals(struct serve *s)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return UT_EINVAL;
    s->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return s->signal_fd < 0 || fd_listen(s->signal_fd, FD_READ, signalled, s) ? UT_EINVAL : 0;
}

static int read_model(struct serve *s, char *why, size_t cap)
{
    if (!s->cfg->model) {
        int err = ut_model_create_default(&s->model);
        if (err)
            snprintf(why, cap, "the model that is built in: %s", ut_strerror(err));
        return err;
    }
    struct stat st;
    int fd = open(s->cfg->model, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
        st.st_size > MODEL_MAX) {
        snprintf(why, cap, "%s: %s; give a model file with --model", s->cfg->model,
                 fd < 0 ? strerror(errno) : "no file of a model's size");
        if (fd >= 0)
            close(fd);
        return UT_EINVAL;
    }
    size_t len = (size_t)st.st_size;
    s->model_bytes = malloc(len);
    ssize_t got = s->model_bytes ? read(fd, s->model_bytes, len) : -1;
    close(fd);
    int err = got == (ssize_t)len ? ut_model_create(&s->model, s->model_bytes, len) : UT_ETRUNCATED;
    if (err)
        snprintf(why, cap, "%s: %s; use the model that came with this version", s->cfg->model,
                 ut_strerror(err));
    return err;
}

static int load_model(struct serve *s, char *why, size_t cap)
{
    int err = read_model(s, why, cap);
    if (!err && s->cfg->site) {
        int at = snprintf(why, cap, "%s: ", s->cfg->site);
        size_t n = at > 0 && (size_t)at < cap ? (size_t)at : 0;
        err = ut__site_file_use(s->model, s->cfg->site, why + n, cap - n);
    }
    return err ? err : ut__threshold_check(s->model, s->cfg->threshold, "", why, cap);
}

/* Each stream has a socket: the soft limit of 1024 would end at 500 calls. */
static void raise_limits(void)
{
    struct rlimit lim;
    if (getrlimit(RLIMIT_NOFILE, &lim) == 0) {
        lim.rlim_cur = lim.rlim_max < FDS_MAX ? lim.rlim_max : FDS_MAX;
        setrlimit(RLIMIT_NOFILE, &lim);
    }
    /* In this order: choosing the method fixes the size at 1024. */
    fd_setsize(FDS_MAX);
    poll_method_set(METHOD_EPOLL);
}

/* What main forbids. */
static void allow_cores(void)
{
    struct rlimit lim;
    if (getrlimit(RLIMIT_CORE, &lim) == 0) {
        lim.rlim_cur = lim.rlim_max;
        setrlimit(RLIMIT_CORE, &lim);
    }
    prctl(PR_SET_DUMPABLE, 1);
}

static int start_hub(struct serve *s, char *why, size_t cap)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t workers = (uint32_t)(s->cfg->workers ? s->cfg->workers : cores > 0 ? cores : 1);
    struct ut__hub_config cfg = {.model = s->model,
                                 .workers = workers < UT__LIVE_WORKERS_MAX ? workers
                                                                           : UT__LIVE_WORKERS_MAX,
                                 .max_calls = (uint32_t)s->cfg->max_calls,
                                 .media_timeout_s = (uint32_t)s->cfg->media_timeout_s,
                                 .rejoin_s = (uint32_t)s->cfg->rejoin_s};
    int err = ut__hub_create(&s->hub, &cfg);
    if (err)
        snprintf(why, cap, "the workers do not start: %s", ut_strerror(err));
    else
        apply(s);
    ut__leave_init(&s->leave, s->hub);
    return err;
}

static int start(struct serve *s, char *why, size_t cap)
{
    int err = ut__loop_init(why, cap);
    if (err)
        return err;
    dbg_init(DBG_CRIT, DBG_NONE); /* Whoever meets a fault tells it, in our words. */
    raise_limits();
    err = listen_to_signals(s);
    if (err)
        snprintf(why, cap, "signals: %s", strerror(errno));
    if (!err)
        err = load_model(s, why, cap);
    if (!err)
        err = start_hub(s, why, cap);
    if (!err)
        err = ut__serve_edges_start(&s->edges, s->cfg, s->hub, s->model, why, cap);
    s->leave.holds = ut__serve_edges_hold;
    s->leave.holds_arg = s->edges;
    return err;
}

static void stop(struct serve *s)
{
    ut__leave_end(&s->leave);
    tmr_cancel(&s->watchdog);
    tmr_cancel(&s->trim);
    ut__serve_edges_stop(s->edges);
    ut__hub_destroy(s->hub);
    ut_model_destroy(s->model);
    free(s->model_bytes);
    for (struct old_config *old = s->old, *next; old; old = next) {
        next = old->next;
        ut__serve_config_destroy(old->cfg);
        free(old);
    }
    if (s->signal_fd >= 0) {
        fd_close(s->signal_fd);
        close(s->signal_fd);
    }
    libre_close();
}

static void say_unsafe(const char *option, const char *what)
{
    fprintf(stderr, "undertone serve: warning: %s: %s\n", option, what);
}

static void log_unsafe(const char *option, const char *what)
{
    UT__LOG(UT__LOG_WARN, "others could learn this", ut__log_str("option", option),
            ut__log_str("why", what));
}

/* --check-config: what reading it did not show. */
static int check_config(struct serve *s, char *why, size_t cap)
{
    struct ut__rules *rules = NULL;
    struct ut__playbooks *playbooks = NULL;
    int err = load_model(s, why, cap);
    if (!err && s->cfg->rules)
        err = ut__rules_file_read(&rules, NULL, s->cfg->rules, why, cap);
    if (!err)
        err = ut__serve_playbooks_read(&playbooks, s->cfg->playbooks, why, cap);
    free(rules);
    free(playbooks);
    ut__secrets_tell(s->cfg->sets, s->argc, s->argv, ut__serve_config_file(s->argc, s->argv),
                     say_unsafe);
    if (err)
        ut__serve_config_place(s->cfg, s->argc, s->argv, why, cap);
    fprintf(stderr, "undertone serve: %s\n", err ? why : "the configuration is fine");
    ut_model_destroy(s->model);
    free(s->model_bytes);
    ut__serve_config_destroy(s->cfg);
    return err ? UT__EXIT_USAGE : UT__EXIT_DONE;
}

/*
 * glibc gives every thread a heap of its own, which keeps what was used at its fullest, and from the first
 * large block that is freed on it asks the system for none of that size again: a day of brokers that go and
 * come is then as many heaps, each at its fullest. No thread here allocates on the way of sound, so they share.
 */
static void bound_heaps(void)
{
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, HEAPS);
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    mallopt(M_TRIM_THRESHOLD, LARGE_BYTES);
#endif
}

/* Pages between what is in use: calls of all lengths leave ever more of them, by some 3 MiB an hour. */
static void give_back(void *arg)
{
#ifdef M_ARENA_MAX
    struct serve *s = arg;
    malloc_trim(0);
    tmr_start(&s->trim, TRIM_MS, give_back, s);
#else
    (void)arg;
#endif
}

static int main_serve(int argc, char **argv)
{
    struct serve s = {.argc = argc, .argv = argv, .signal_fd = -1};
    char why[UT__CONFIG_WHY_MAX] = "";
    int check_only;
    bound_heaps();
    int err = ut__serve_config_read(&s.cfg, argc, argv, &check_only, why, sizeof why);
    if (err == 1)
        return UT__EXIT_DONE;
    if (err) {
        fprintf(stderr, "undertone serve: %s\n", why);
        return UT__EXIT_USAGE;
    }
    if (check_only)
        return check_config(&s, why, sizeof why);
    if (ut__serve_config_test(argc, argv)) {
        int code = ut__test_channel(s.cfg, ut__serve_config_test(argc, argv));
        ut__serve_config_destroy(s.cfg);
        return code;
    }
    ut__log_setup((enum ut__log_level)s.cfg->log_level, (enum ut__log_format)s.cfg->log_format);
    ut__secrets_tell(s.cfg->sets, argc, argv, ut__serve_config_file(argc, argv), log_unsafe);
    if (s.cfg->core_dumps)
        allow_cores();
    tmr_init(&s.watchdog);
    tmr_init(&s.trim);
    ut__leave_init(&s.leave, NULL);
    err = start(&s, why, sizeof why);
    if (err) {
        ut__serve_config_place(s.cfg, argc, argv, why, sizeof why);
        fprintf(stderr, "undertone serve: %s\n", why);
    } else {
        UT__LOG(UT__LOG_INFO, "serving", ut__log_str("version", ut_version()),
                ut__log_str("model", ut_model_name(s.model)));
        ut__notify("READY=1");
        if (ut__notify_watchdog_ms())
            tell_watchdog(&s);
        give_back(&s);
        re_main(NULL);
        UT__LOG0(UT__LOG_INFO, "stopped");
    }
    stop(&s);
    ut__serve_config_destroy(s.cfg);
    return err ? UT__EXIT_FAILED : UT__EXIT_DONE;
}

const struct ut__command ut__command_serve = {
    .name = "serve", .summary = "take live calls and score all of them at once", .run = main_serve};
