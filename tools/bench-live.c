/* SPDX-License-Identifier: MIT */
/*
 * How many live calls the daemon takes, and how fast its events are.
 *
 *     bench-live [--calls N] [--seconds S] [--workers W] [--together | --apart]
 *                [--sniff INTERFACE] [--first-port P] [--undertone PROGRAM] CALL.wav
 *
 * Starts `undertone serve`, of its own build unless PROGRAM says another, with two static RTP
 * listeners a call, sends the two channels of a G.711 recording to each of them in real time from
 * this machine, and reads the events. Before, the same packets go through the library, which tells
 * which packet completes which event: an event's latency is the time from sending that packet to
 * reading the event's line. Prints one JSON object.
 *
 * Who sends shares the machine with who hears. Where a packet went out more than a packet's length
 * late, what piled up comes at once, and the second that follows says as much of the sender as of
 * the daemon: events of such seconds are counted, the others are told apart as "latency_on_time_ms",
 * and standard error says which of the two was late.
 *
 * Calls begin spread over a second, as calls do. With --together all begin at once: as they carry
 * the same speech, the network then has to judge all of them within the same 20 ms of each half
 * second, which is the worst that can happen. Also spread over a second all callers speak, and all
 * are silent, in the same seconds, and speech takes half as much again. With --apart each call
 * begins at one of eight places of the recording and goes on from its beginning after the end.
 *
 * With --sniff lo the daemon is no party: it hears the same packets go by, with an INVITE, an answer
 * and a BYE for each call, and who is the caller is told by the INVITE. That wants CAP_NET_RAW.
 */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <undertone/call.h>
#include <undertone/json.h>

#include "audio/g711.h"

enum {
    PTIME = 160,
    PACKET = 12 + PTIME,
    CALLS_MAX = 4000,
    SECONDS_MAX = 60,
    PACKETS_MAX = SECONDS_MAX * 50,
    EVENTS_MAX = SECONDS_MAX * 2 + 64,
    SLICES = 20, /* Of a packet's 20 ms: calls are spread over them. */
    SPREAD = 50, /* Packets over which calls begin: a second. */
    PLACES = 8,  /* Of the recording, at which calls begin with --apart. */
    IDS = 1 << 14,
    SETTLE_S = 2,
    STEPS_MAX = 60 * 50 + 100, /* Of 20 ms: the longest run, and its spread. */
    LATE_MS = 20,              /* A packet's length. */
    NO_PROGRAM = 127           /* Exit status of a child that could not become the daemon. */
};

struct expected {
    char key[64]; /* Type and media time, as in the line. */
    int packet;
};

static struct {
    int calls, seconds, workers, together, apart, first_port; /* Four ports a call. */
    const char *program, *wav;
    const char *sniff; /* NULL: by static listeners. */
    char dir[512];     /* The daemon's data folder; "": none yet. */
    uint8_t *sound[2];
    size_t samples;
    struct expected expected[PLACES][EVENTS_MAX];
    int expected_count[PLACES];
    pid_t pid;
    int events_fd;
    int64_t *sent_us; /* [calls * PACKETS_MAX] */
    double *latency_ms;
    size_t latency_count, latency_cap;
    char (*ids)[128];
    int *queue_of;  /* Call number by order of start. */
    int by_id[IDS]; /* Order of start + 1 by hash of the id; 0: free. */
    int started, summaries;
    double lost_s;
    atomic_int ended;
    long rss_before_kb, rss_kb;
    double cpu_s, cpu_from_s;
    uint64_t packets_sent, send_failed;
    double late_max_ms;
    _Atomic int64_t start_us;
    _Atomic float late_ms[STEPS_MAX]; /* The latest that a slice of each step of 20 ms was sent. */
    double *on_time_ms;               /* Latencies of events that no late packet came before. */
    size_t on_time_count;
} b = {.calls = 200, .seconds = 20, .first_port = 10000, .workers = 0};

static const char usage[] =
    "usage: bench-live [--calls 1..4000] [--seconds 5..60] [--workers 0..64] "
    "[--together | --apart]\n"
    "                  [--sniff INTERFACE] [--first-port P] [--undertone PROGRAM] CALL.wav\n"
    "CALL.wav is G.711 mu-law of two channels, at least --seconds long, such as "
    "samples/escalating-en.wav;\n"
    "four ports a call from P (10000) on must be free.\n";

static int64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

/* Ends a daemon that still runs, and leaves nothing behind. */
static void clean_up(void)
{
    if (b.pid > 0) {
        kill(b.pid, SIGKILL);
        waitpid(b.pid, NULL, 0);
    }
    if (b.dir[0])
        nftw(b.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void fail(const char *what)
{
    fprintf(stderr, "bench-live: %s\n", what);
    clean_up();
    exit(1);
}

/* Waits for a signal that ends this program: they are blocked everywhere else. */
static void *wait_for_end(void *arg)
{
    int sig;
    if (sigwait(arg, &sig) == 0) {
        clean_up();
        _exit(128 + sig);
    }
    return NULL;
}

/* A G.711 mu-law WAV of two channels. */
static void read_wav(void)
{
    FILE *f = fopen(b.wav, "rb");
    uint8_t head[12], chunk[8], fmt[16] = {0};
    if (!f) {
        fprintf(stderr, "bench-live: %s: %s\n", b.wav, strerror(errno));
        fail("name a recording, such as samples/escalating-en.wav");
    }
    if (fread(head, 1, 12, f) != 12 || memcmp(head, "RIFF", 4) != 0)
        fail("the recording is no WAV file");
    while (fread(chunk, 1, 8, f) == 8) {
        size_t len =
            chunk[4] | (size_t)chunk[5] << 8 | (size_t)chunk[6] << 16 | (size_t)chunk[7] << 24;
        if (memcmp(chunk, "fmt ", 4) == 0 && len >= 16) {
            if (fread(fmt, 1, 16, f) != 16)
                fail("the recording ends early");
            len -= 16;
        } else if (memcmp(chunk, "data", 4) == 0) {
            if (fmt[0] != 7 || fmt[2] != 2)
                fail("the recording must be mu-law of two channels, as in samples/");
            uint8_t *both = malloc(len);
            if (!both || fread(both, 1, len, f) != len)
                fail("the recording ends early");
            b.samples = len / 2;
            for (int c = 0; c < 2; c++) {
                b.sound[c] = malloc(b.samples);
                for (size_t i = 0; b.sound[c] && i < b.samples; i++)
                    b.sound[c][i] = both[2 * i + (size_t)c];
            }
            free(both);
            break;
        }
        fseek(f, (long)(len + len % 2), SEEK_CUR);
    }
    fclose(f);
    if (b.samples < (size_t)b.seconds * 8000)
        fail("the recording is shorter than --seconds");
}

/* "type" and "t" of a line are what an event is known by. */
static int key_of(char key[64], const char *line)
{
    const char *type = strstr(line, "\"type\":\""), *t = strstr(line, "\"t\":");
    if (!type || !t)
        return 0;
    snprintf(key, 64, "%.5s %.12s", type + 8, t + 4);
    char *end = key + strcspn(key + 6, ",}") + 6;
    *end = '\0';
    return 1;
}

/* Where in the recording a call begins: neighbours at different places. */
static int place_of_call(int call)
{
    return b.apart ? (call / SPREAD + call % PLACES) % PLACES : 0;
}

/* The sound of a call's packet: place tells where packet 0 is. */
static const uint8_t *sound_at(int channel, int place, int packet)
{
    size_t packets = b.samples / PTIME;
    size_t at = (packets * (size_t)place / PLACES + (size_t)packet) % packets;
    return b.sound[channel] + at * PTIME;
}

static void expect_event(int place, int packet, const struct ut_event *ev)
{
    char line[UT_JSON_MAX];
    int n = b.expected_count[place];
    struct expected *e = &b.expected[place][n];
    if (n < EVENTS_MAX && ut_event_to_json(line, sizeof line, "x", ev) > 0 &&
        key_of(e->key, line)) {
        e->packet = packet;
        b.expected_count[place]++;
    }
}

static void expect_events(int place)
{
    struct ut_model *model;
    struct ut_call *call;
    struct ut_call_config cfg = ut_call_config_default();
    struct ut_event ev;
    float pcm[PTIME];
    cfg.agent_rate_hz = 8000;
    if (ut_model_create_default(&model) != 0 || ut_call_create(&call, model, &cfg) != 0)
        fail("the library does not start");
    for (int p = 0; p < b.seconds * 50; p++) {
        for (int c = 0; c < 2; c++) {
            ut__ulaw_decode(pcm, sound_at(c, place, p), PTIME);
            ut_call_push(call, c ? UT_ROLE_AGENT : UT_ROLE_CALLER, pcm, PTIME);
        }
        while (ut_call_read(call, &ev))
            expect_event(place, p, &ev);
    }
    ut_call_destroy(call);
    ut_model_destroy(model);
}

static void make_dir(void)
{
    const char *tmp = getenv("TMPDIR");
    char dir[sizeof b.dir];
    int n = snprintf(dir, sizeof dir, "%s/bench-live.XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (n < 0 || (size_t)n >= sizeof dir || !mkdtemp(dir))
        fail("no temporary folder: does $TMPDIR exist?");
    memcpy(b.dir, dir, sizeof dir);
}

/* In the child: what is blocked here is not for the daemon, and it does not outlive us. */
static void become_daemon(const char *config, const char *workers)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    execlp(b.program, b.program, "serve", "--json", "--log-level", "warn", "--config", config,
           "--workers", workers, (char *)NULL);
    fprintf(stderr, "bench-live: %s: %s\n", b.program, strerror(errno));
    _exit(NO_PROGRAM);
}

static void start_daemon(void)
{
    char path[sizeof b.dir + 8], workers[16];
    int fds[2];
    make_dir();
    if (pipe(fds) != 0)
        fail("no pipe");
    snprintf(path, sizeof path, "%s/config", b.dir);
    snprintf(workers, sizeof workers, "%d", b.workers);
    FILE *f = fopen(path, "w");
    if (!f)
        fail("no temporary file");
    fprintf(f, "max-calls = %d\nrtp-idle = 5\ndata = %s\nhttp = 127.0.0.1:0\n", b.calls, b.dir);
    if (b.sniff)
        fprintf(f, "sniff = %s,filter=udp and dst portrange %d-%d\nsniff-role = order:1=caller\n",
                b.sniff, b.first_port, b.first_port + 4 * b.calls - 1);
    for (int i = 0; i < 2 * b.calls && !b.sniff; i++)
        fprintf(f, "rtp = 127.0.0.1:%d,codec=PCMU,role=%s,call=%d,queue=%d\n", b.first_port + 2 * i,
                i % 2 ? "agent" : "caller", i / 2, i / 2);
    fclose(f);
    b.pid = fork();
    if (b.pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        become_daemon(path, workers);
    }
    close(fds[1]);
    b.events_fd = fds[0];
    fcntl(fds[0], F_SETPIPE_SZ, 1 << 20);
    sleep(SETTLE_S);
    int status = 0;
    if (waitpid(b.pid, &status, WNOHANG) != 0) {
        b.pid = 0;
        fail(WIFEXITED(status) && WEXITSTATUS(status) == NO_PROGRAM
                 ? "there is no program to measure: build it, or name it with --undertone"
                 : "undertone serve ended at once, and says why above; another --first-port?");
    }
}

/* CPU seconds and resident kilobytes of the daemon. */
static void measure(double *cpu_s, long *rss_kb)
{
    char path[64], line[512];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)b.pid);
    FILE *f = fopen(path, "r");
    if (f && fgets(line, sizeof line, f) && strrchr(line, ')'))
        sscanf(strrchr(line, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &system);
    if (f)
        fclose(f);
    *cpu_s = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    snprintf(path, sizeof path, "/proc/%d/status", (int)b.pid);
    f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "VmRSS: %ld", rss_kb) == 1)
            break;
    }
    if (f)
        fclose(f);
}

/* The place of an id in by_id, or the free one where it goes. */
static int *place_of(const char *id)
{
    uint32_t h = 2166136261u;
    for (const char *c = id; *c; c++)
        h = (h ^ (unsigned char)*c) * 16777619u;
    while (b.by_id[h % IDS] && strcmp(b.ids[b.by_id[h % IDS] - 1], id) != 0)
        h++;
    return &b.by_id[h % IDS];
}

static int id_of(char id[128], const char *line)
{
    const char *at = strstr(line, "\"call\":\"");
    return at && sscanf(at + 8, "%127[^\"]", id) == 1;
}

static int find_call(const char *line)
{
    char id[128];
    return id_of(id, line) ? *place_of(id) - 1 : -1;
}

/* 1: in the second before, packets went out late. */
static int was_late(int64_t sent_us)
{
    int64_t step = (sent_us - atomic_load(&b.start_us)) / 20000;
    for (int64_t i = step > 50 ? step - 50 : 0; i <= step && i < STEPS_MAX; i++)
        if (b.late_ms[i] > LATE_MS)
            return 1;
    return 0;
}

static void take_latency(int call, const char *line, int64_t at_us)
{
    char key[64];
    if (!key_of(key, line))
        return;
    const int queue = b.queue_of[call], place = place_of_call(queue);
    for (int i = 0; i < b.expected_count[place]; i++) {
        const struct expected *e = &b.expected[place][i];
        if (strcmp(e->key, key) != 0)
            continue;
        int64_t sent = b.sent_us[(size_t)queue * PACKETS_MAX + (size_t)e->packet];
        if (sent && b.latency_count < b.latency_cap) {
            double ms = (double)(at_us - sent) / 1000;
            b.latency_ms[b.latency_count++] = ms;
            if (!was_late(sent))
                b.on_time_ms[b.on_time_count++] = ms;
        }
        return;
    }
}

static void take_line(const char *line, int64_t at_us)
{
    static const char of_id[] = "\"call\":\"bench-", of_queue[] = "\"queue\":\"";
    const char *key = b.sniff ? of_id : of_queue;
    const char *queue = strstr(line, key);
    if (strstr(line, "\"phase\":\"started\"") && queue && b.started < b.calls) {
        int *place = id_of(b.ids[b.started], line) ? place_of(b.ids[b.started]) : NULL;
        if (place) {
            b.queue_of[b.started++] = (int)strtol(queue + strlen(key), NULL, 10);
            *place = b.started;
        }
        return;
    }
    if (strstr(line, "\"type\":\"summary\"")) {
        b.summaries++;
        return;
    }
    /* Time goes on after the last packet, so only gaps before it are sound that was lost. */
    const char *t = strstr(line, "\"t\":");
    if (strstr(line, "\"why\":\"gap\"") && t && strtod(t + 4, NULL) < b.seconds)
        b.lost_s += 1.0;
    if (strstr(line, "\"phase\":\"ended\"")) {
        atomic_fetch_add(&b.ended, 1);
        return;
    }
    int call = find_call(line);
    if (call >= 0)
        take_latency(call, line, at_us);
}

static void *read_events(void *arg)
{
    static char buf[1 << 20];
    size_t have = 0;
    (void)arg;
    for (;;) {
        ssize_t n = read(b.events_fd, buf + have, sizeof buf - 1 - have);
        if (n <= 0)
            return NULL;
        int64_t at = now_us();
        have += (size_t)n;
        buf[have] = '\0';
        char *line = buf, *nl;
        while ((nl = memchr(line, '\n', have - (size_t)(line - buf)))) {
            *nl = '\0';
            take_line(line, at);
            line = nl + 1;
        }
        have -= (size_t)(line - buf);
        memmove(buf, line, have);
    }
}

static void put_header(uint8_t *p, int packet, uint32_t ssrc)
{
    uint32_t ts = (uint32_t)packet * PTIME;
    const uint8_t head[12] = {0x80,
                              0,
                              (uint8_t)(packet >> 8),
                              (uint8_t)packet,
                              (uint8_t)(ts >> 24),
                              (uint8_t)(ts >> 16),
                              (uint8_t)(ts >> 8),
                              (uint8_t)ts,
                              (uint8_t)(ssrc >> 24),
                              (uint8_t)(ssrc >> 16),
                              (uint8_t)(ssrc >> 8),
                              (uint8_t)ssrc};
    memcpy(p, head, sizeof head);
}

/* The packet of a call that is due at a step; calls of one slice begin spread over a second. */
static int packet_at(int step, int call)
{
    int packet = step - (b.together ? 0 : call % SPREAD);
    return packet < b.seconds * 50 ? packet : -1;
}

static void send_batch(int fd, struct mmsghdr *msgs, int n)
{
    for (int done = 0; done < n;) {
        int got = sendmmsg(fd, msgs + done, (unsigned)(n - done), 0);
        b.send_failed += got <= 0;
        done += got > 0 ? got : 1;
    }
    b.packets_sent += (uint64_t)n;
}

/* Where a line's packets go. Off the wire each call has a host of its own, as callers have: of one
 * host they would be legs of each other, since all carry the same speech. */
static struct sockaddr_in address_of(int line)
{
    uint32_t host = INADDR_LOOPBACK + (b.sniff ? 1u + (uint32_t)(line / 2) : 0u);
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)(b.first_port + 2 * line)),
                                .sin_addr.s_addr = htonl(host)};
}

/* A message of a call for whoever listens: by its caller, or the answer to it. */
static void say(int fd, int call, int is_answer, const char *start, const char *method, int has_sdp)
{
    char text[1024], sdp[256] = "", host[16];
    /* The caller's voice goes where the other one wants it. */
    struct sockaddr_in to = address_of(2 * call), own = address_of(2 * call + !is_answer);
    inet_ntop(AF_INET, &own.sin_addr, host, sizeof host);
    if (has_sdp)
        snprintf(sdp, sizeof sdp, "v=0\r\nc=IN IP4 %s\r\nm=audio %d RTP/AVP 0\r\n", host,
                 ntohs(own.sin_port));
    int n = snprintf(
        text, sizeof text,
        "%s\r\nFrom: <sip:caller@x>;tag=A\r\nTo: <sip:agent@x>\r\nCall-ID: bench-%d\r\n"
        "CSeq: 1 %s\r\n%sContent-Length: %zu\r\n\r\n%s",
        start, call, method, has_sdp ? "Content-Type: application/sdp\r\n" : "", strlen(sdp), sdp);
    if (sendto(fd, text, (size_t)n, 0, (struct sockaddr *)&to, sizeof to) < 0)
        b.send_failed++;
}

static void begin_calls(int fd)
{
    for (int i = 0; i < b.calls; i++) {
        say(fd, i, 0, "INVITE sip:agent@x SIP/2.0", "INVITE", 1);
        say(fd, i, 1, "SIP/2.0 200 OK", "INVITE", 1);
    }
}

static void end_calls(int fd)
{
    for (int i = 0; i < b.calls; i++)
        say(fd, i, 0, "BYE sip:agent@x SIP/2.0", "BYE", 0);
}

/* One slice of calls: both channels of each, in one system call or a few. */
static void send_slice(int fd, int step, int from, int to)
{
    enum { BATCH = 256 };
    static uint8_t bytes[BATCH][PACKET];
    static struct mmsghdr msgs[BATCH];
    static struct iovec iov[BATCH];
    static struct sockaddr_in addr[BATCH];
    int n = 0;
    for (int i = 2 * from; i < 2 * to; i++) {
        int packet = packet_at(step, i / 2);
        if (packet < 0)
            continue;
        put_header(bytes[n], packet, 0x1000u + (uint32_t)i);
        memcpy(bytes[n] + 12, sound_at(i % 2, place_of_call(i / 2), packet), PTIME);
        iov[n] = (struct iovec){bytes[n], PACKET};
        addr[n] = address_of(i);
        msgs[n].msg_hdr = (struct msghdr){.msg_name = &addr[n],
                                          .msg_namelen = sizeof addr[n],
                                          .msg_iov = &iov[n],
                                          .msg_iovlen = 1};
        b.sent_us[(size_t)(i / 2) * PACKETS_MAX + (size_t)packet] = now_us();
        if (++n == BATCH) {
            send_batch(fd, msgs, n);
            n = 0;
        }
    }
    send_batch(fd, msgs, n);
}

static void send_calls(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0), bytes = 1 << 22;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    if (b.sniff)
        begin_calls(fd);
    int64_t start = now_us() + 100000;
    long ignored;
    atomic_store(&b.start_us, start);
    for (int p = 0; p < b.seconds * 50 + (b.together ? 0 : SPREAD); p++) {
        for (int s = 0; s < SLICES; s++) {
            int64_t due = start + (int64_t)p * 20000 + s * 20000 / SLICES;
            int64_t wait = due - now_us();
            if (wait > 0)
                usleep((useconds_t)wait);
            else if ((double)-wait / 1000 > b.late_max_ms)
                b.late_max_ms = (double)-wait / 1000;
            if ((float)-wait / 1000 > b.late_ms[p])
                b.late_ms[p] = (float)-wait / 1000;
            send_slice(fd, p, s * b.calls / SLICES, (s + 1) * b.calls / SLICES);
        }
        if (p == 150)
            measure(&b.cpu_from_s, &ignored);
        if (p == b.seconds * 50 - 1) /* All of them are there. */
            measure(&b.cpu_s, &b.rss_kb);
    }
    if (b.sniff)
        end_calls(fd);
    close(fd);
}

static int by_value(const void *x, const void *y)
{
    double a = *(const double *)x, c = *(const double *)y;
    return a < c ? -1 : a > c;
}

static double percentile(const double *sorted, size_t n, double share)
{
    return n ? sorted[(size_t)((double)(n - 1) * share)] : 0;
}

static void print_latency(const char *name, double *ms, size_t n)
{
    qsort(ms, n, sizeof ms[0], by_value);
    printf("\"%s\":{\"events\":%zu,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f},", name, n,
           percentile(ms, n, 0.5), percentile(ms, n, 0.9), percentile(ms, n, 0.99),
           percentile(ms, n, 1.0));
}

/* Which of the two was late, for who reads the numbers. */
static void judge(void)
{
    double all = percentile(b.latency_ms, b.latency_count, 0.99);
    double calm = percentile(b.on_time_ms, b.on_time_count, 0.99);
    size_t late = b.latency_count - b.on_time_count;
    if (late == 0)
        return;
    fprintf(
        stderr,
        "bench-live: the generator itself was late, by up to %.0f ms: %zu of %zu events came in "
        "such seconds.\n",
        b.late_max_ms, late, b.latency_count);
    if (b.on_time_count * 10 < b.latency_count)
        fprintf(stderr, "bench-live: too few others are left to tell of undertone; take a quieter "
                        "machine or fewer calls\n");
    else
        fprintf(stderr, "bench-live: of the others p99 is %.1f ms, of all %.1f ms\n", calm, all);
}

static void print_result(void)
{
    double window_s = b.seconds - 3;
    double cpu = (b.cpu_s - b.cpu_from_s) / window_s;
    printf("{\"calls\":%d,\"sniff\":%s,\"together\":%s,\"apart\":%s,\"seconds\":%d,\"workers\":%d,"
           "\"packets_per_"
           "s\":%.0f,"
           "\"packets_sent\":%llu,\"send_failed\":%llu,\"summaries\":%d,"
           "\"media_missing_s\":%.2f,\"events_timed\":%zu,",
           b.calls, b.sniff ? "true" : "false", b.together ? "true" : "false",
           b.apart ? "true" : "false", b.seconds, b.workers, b.calls * 100.0,
           (unsigned long long)b.packets_sent, (unsigned long long)b.send_failed, b.summaries,
           b.lost_s, b.latency_count);
    print_latency("latency_ms", b.latency_ms, b.latency_count);
    print_latency("latency_on_time_ms", b.on_time_ms, b.on_time_count);
    printf("\"cpu_cores\":%.3f,\"cpu_ms_per_call_s\":%.3f,\"memory_kb_per_call\":%.1f,"
           "\"generator_late_max_ms\":%.1f}\n",
           cpu, cpu * 1000 / b.calls, (double)(b.rss_kb - b.rss_before_kb) / b.calls,
           b.late_max_ms);
}

/* The undertone of the build that this program is of; the installed one where there is none. */
static const char *own_program(void)
{
    static const char name[] = "/undertone";
    static char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof name);
    for (int level = 0; level < 2 && n > 0; level++) {
        path[n] = '\0';
        n = strrchr(path, '/') - path;
    }
    if (n < 0)
        return name + 1;
    memcpy(path + n, name, sizeof name);
    return access(path, X_OK) == 0 ? path : name + 1;
}

static void read_options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        int n = (int)strtol(value, NULL, 10);
        if (strncmp(argv[i], "--", 2) != 0) {
            b.wav = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        if (strcmp(argv[i], "--together") == 0) {
            b.together = 1;
            continue;
        }
        if (strcmp(argv[i], "--apart") == 0) {
            b.apart = 1;
            continue;
        }
        i++;
        if (strcmp(argv[i - 1], "--calls") == 0 && n >= 1 && n <= CALLS_MAX)
            b.calls = n;
        else if (strcmp(argv[i - 1], "--seconds") == 0 && n >= 5 && n <= SECONDS_MAX)
            b.seconds = n;
        else if (strcmp(argv[i - 1], "--workers") == 0 && n >= 0 && n <= 64)
            b.workers = n;
        else if (strcmp(argv[i - 1], "--first-port") == 0 && n >= 1024 && n <= 49152)
            b.first_port = n;
        else if (strcmp(argv[i - 1], "--undertone") == 0 && value[0])
            b.program = value;
        else if (strcmp(argv[i - 1], "--sniff") == 0 && value[0])
            b.sniff = value;
        else {
            fputs(usage, stderr);
            exit(2);
        }
    }
    if (!b.wav || (b.together && b.apart) || b.first_port + 4 * b.calls > 65536) {
        fputs(usage, stderr);
        exit(2);
    }
    if (!b.program)
        b.program = own_program();
}

/* Before any other thread is there, as they inherit what is blocked. */
static void watch_signals(void)
{
    static sigset_t ends;
    pthread_t thread;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    if (pthread_create(&thread, NULL, wait_for_end, &ends) != 0)
        fail("no thread");
    pthread_detach(thread);
}

int main(int argc, char **argv)
{
    pthread_t reader;
    read_options(argc, argv);
    watch_signals();
    read_wav();
    b.latency_cap = (size_t)b.calls * EVENTS_MAX;
    b.sent_us = calloc((size_t)b.calls * PACKETS_MAX, sizeof b.sent_us[0]);
    b.latency_ms = calloc(b.latency_cap, sizeof b.latency_ms[0]);
    b.on_time_ms = calloc(b.latency_cap, sizeof b.on_time_ms[0]);
    b.ids = calloc((size_t)b.calls, sizeof b.ids[0]);
    b.queue_of = calloc((size_t)b.calls, sizeof b.queue_of[0]);
    if (!b.sent_us || !b.latency_ms || !b.on_time_ms || !b.ids || !b.queue_of)
        fail("there is no memory left");
    for (int place = 0; place < (b.apart ? PLACES : 1); place++)
        expect_events(place);
    double ignored;
    start_daemon();
    measure(&ignored, &b.rss_before_kb);
    if (pthread_create(&reader, NULL, read_events, NULL) != 0)
        fail("no thread");
    send_calls();
    for (int i = 0; i < 150 && atomic_load(&b.ended) < b.calls; i++)
        usleep(100000);
    kill(b.pid, SIGTERM);
    waitpid(b.pid, NULL, 0);
    b.pid = 0;
    pthread_join(reader, NULL);
    clean_up();
    print_result();
    judge();
    return b.summaries == b.calls ? 0 : 1;
}
