/* SPDX-License-Identifier: MIT */
#include "ingress/sniff/device.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingress/pcap/link_frame.h"
#include "net/re.h"

enum {
    SNAP_BYTES = 65535,
    RING_BYTES = 32 << 20, /* Half a second of a thousand calls, and room for a burst. */
    BLOCK_MS = 10,         /* Packets are handed out in blocks, no older than this. */
    TURN = 512,            /* Packets before the loop's other business has its turn. */
    STALL_MAX_US = 10000000,
    RETRY_TICKS = 5,
    WHY_MAX = 320
};

struct ut__sniff_device {
    struct ut__sniff_spec spec;
    ut__sniff_frame_h *fn;
    void *arg;
    pcap_t *pcap; /* NULL: not open. */
    int fd;
    uint32_t link;
    int64_t ahead_us; /* Of the monotonic clock before the wall clock. */
    uint32_t ticks;
    uint32_t seen_dropped; /* By libpcap's counter, which wraps. */
    uint64_t dropped, told_dropped;
    char problem[WHY_MAX]; /* "": none. */
};

static void take(u_char *user, const struct pcap_pkthdr *head, const u_char *bytes)
{
    struct ut__sniff_device *d = (void *)user;
    int64_t wall_us = (int64_t)head->ts.tv_sec * 1000000 + head->ts.tv_usec;
    int64_t now_us = ut__clock_mono_us(), time_us = wall_us + d->ahead_us;
    if (time_us > now_us || now_us - time_us > STALL_MAX_US)
        time_us = now_us;
    d->fn(d->arg, d->link, bytes, head->caplen, time_us);
}

static void close_device(struct ut__sniff_device *d)
{
    if (!d->pcap)
        return;
    fd_close(d->fd);
    pcap_close(d->pcap);
    d->pcap = NULL;
    d->seen_dropped = 0;
}

/* Told once; what is the same again is not. */
static void set_problem(struct ut__sniff_device *d, const char *text)
{
    if (strcmp(d->problem, text) == 0)
        return;
    snprintf(d->problem, sizeof d->problem, "%s", text);
    if (text[0])
        UT__LOG(UT__LOG_WARN, "interface cannot be listened to",
                ut__log_str("interface", d->spec.name), ut__log_str("reason", text));
    else
        UT__LOG(UT__LOG_INFO, "listening", ut__log_str("for", "sniff"),
                ut__log_str("interface", d->spec.name));
}

static void readable(int flags, void *arg)
{
    struct ut__sniff_device *d = arg;
    (void)flags;
    d->ahead_us = ut__clock_mono_us() - ut__clock_wall_us();
    int n = pcap_dispatch(d->pcap, TURN, take, (u_char *)d);
    if (n >= 0)
        return;
    char why[WHY_MAX];
    snprintf(why, sizeof why, "%s: it is opened again when it is there", pcap_geterr(d->pcap));
    close_device(d);
    set_problem(d, why);
}

/* The names that there are, for the message. */
static void name_all(char *out, size_t cap)
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_if_t *all = NULL;
    size_t n = 0;
    out[0] = 0;
    if (pcap_findalldevs(&all, error) != 0)
        return;
    for (const pcap_if_t *i = all; i && n + 24 < cap; i = i->next) {
        int is_other = strncmp(i->name, "bluetooth", 9) == 0 ||
                       strncmp(i->name, "usbmon", 6) == 0 || strncmp(i->name, "nf", 2) == 0 ||
                       strncmp(i->name, "dbus", 4) == 0;
        if (!is_other)
            n += (size_t)snprintf(out + n, cap - n, "%s%.20s", n ? ", " : "", i->name);
    }
    pcap_freealldevs(all);
}

static int explain(const struct ut__sniff_device *d, int status, const char *text, char *why,
                   size_t cap)
{
    char names[160];
    switch (status) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        snprintf(
            why, cap,
            "may not be opened: give the program the capability, by 'setcap cap_net_raw=ep' on "
            "it, or by AmbientCapabilities=CAP_NET_RAW in its unit");
        return UT_EUNSUPPORTED;
    case PCAP_ERROR_NO_SUCH_DEVICE:
        name_all(names, sizeof names);
        snprintf(why, cap, "is not there; there are: %s", names);
        return UT_EIO;
    case PCAP_ERROR_IFACE_NOT_UP:
        snprintf(why, cap, "is down: 'ip link set %.20s up' brings it up", d->spec.name);
        return UT_EIO;
    default:
        snprintf(why, cap, "cannot be opened: %s", text);
        return UT_EIO;
    }
}

static int set_filter(pcap_t *p, const char *filter, char *why, size_t cap)
{
    struct bpf_program program;
    if (!filter[0])
        return 0;
    if (pcap_compile(p, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        snprintf(why, cap, "has a filter that libpcap does not understand: %s", pcap_geterr(p));
        return UT_EMALFORMED;
    }
    int err = pcap_setfilter(p, &program) ? UT_EUNSUPPORTED : 0;
    if (err)
        snprintf(why, cap, "takes no filter: %s", pcap_geterr(p));
    pcap_freecode(&program);
    return err;
}

static int activate(struct ut__sniff_device *d, pcap_t *p, char *why, size_t cap)
{
    char error[PCAP_ERRBUF_SIZE] = "";
    struct ut__datagram none;
    int is_any = strcmp(d->spec.name, "any") == 0;
    if (pcap_set_snaplen(p, SNAP_BYTES) || pcap_set_promisc(p, !is_any) ||
        pcap_set_timeout(p, BLOCK_MS) || pcap_set_buffer_size(p, RING_BYTES))
        return explain(d, PCAP_ERROR, "its settings are refused", why, cap);
    int status = pcap_activate(p);
    if (status < 0)
        return explain(d, status, pcap_geterr(p), why, cap);
    d->link = (uint32_t)pcap_datalink(p);
    if (ut__frame_read(&none, d->link, (const uint8_t *)"", 0) == UT__FRAME_LINK) {
        snprintf(why, cap, "has packets of a kind that is not read (link type %u)", d->link);
        return UT_EUNSUPPORTED;
    }
    int err = set_filter(p, d->spec.filter, why, cap);
    if (err)
        return err;
    d->fd = pcap_setnonblock(p, 1, error) == 0 ? pcap_get_selectable_fd(p) : -1;
    if (d->fd < 0 || fd_listen(d->fd, FD_READ, readable, d) != 0)
        return explain(d, PCAP_ERROR, error[0] ? error : "it cannot be waited for", why, cap);
    return 0;
}

static int open_device(struct ut__sniff_device *d, char *why, size_t cap)
{
    char error[PCAP_ERRBUF_SIZE] = "";
    pcap_t *p = pcap_create(d->spec.name, error);
    if (!p)
        return explain(d, PCAP_ERROR, error, why, cap);
    int err = activate(d, p, why, cap);
    if (err)
        pcap_close(p);
    else
        d->pcap = p;
    return err;
}

int ut__sniff_device_create(struct ut__sniff_device **out, const struct ut__sniff_spec *spec,
                            ut__sniff_frame_h *fn, void *arg, char *why, size_t cap)
{
    struct ut__sniff_device *d = calloc(1, sizeof *d);
    if (!d) {
        snprintf(why, cap, "finds no memory left");
        return UT_ENOMEM;
    }
    *d = (struct ut__sniff_device){.spec = *spec, .fn = fn, .arg = arg, .problem = "?"};
    int err = open_device(d, why, cap);
    if (err && err != UT_EIO) {
        free(d);
        return err;
    }
    set_problem(d, err ? why : "");
    *out = d;
    return 0;
}

void ut__sniff_device_destroy(struct ut__sniff_device *d)
{
    if (!d)
        return;
    close_device(d);
    free(d);
}

/* 1: up, or there is no telling. */
static int is_up(const struct ut__sniff_device *d)
{
    struct ifreq request = {.ifr_flags = 0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || strlen(d->spec.name) >= sizeof request.ifr_name ||
        strcmp(d->spec.name, "any") == 0) {
        if (fd >= 0)
            close(fd);
        return 1;
    }
    memcpy(request.ifr_name, d->spec.name, strlen(d->spec.name));
    int up = ioctl(fd, SIOCGIFFLAGS, &request) != 0 || (request.ifr_flags & IFF_UP);
    close(fd);
    return up;
}

void ut__sniff_device_tick(struct ut__sniff_device *d)
{
    char why[WHY_MAX];
    uint64_t dropped = ut__sniff_device_dropped(d);
    if (dropped > d->told_dropped)
        UT__LOG(UT__LOG_WARN, "packets were lost before they were read",
                ut__log_str("interface", d->spec.name),
                ut__log_int("packets", (int64_t)(dropped - d->told_dropped)));
    d->told_dropped = dropped;
    if (!d->pcap && ++d->ticks % RETRY_TICKS == 0)
        set_problem(d, open_device(d, why, sizeof why) ? why : "");
    else if (d->pcap && !is_up(d) && explain(d, PCAP_ERROR_IFACE_NOT_UP, "", why, sizeof why))
        set_problem(d, why);
    else if (d->pcap && d->problem[0] && is_up(d))
        set_problem(d, "");
}

const char *ut__sniff_device_problem(const struct ut__sniff_device *d)
{
    return d->problem[0] ? d->problem : NULL;
}

uint64_t ut__sniff_device_dropped(struct ut__sniff_device *d)
{
    struct pcap_stat stat = {.ps_drop = 0};
    if (!d->pcap || pcap_stats(d->pcap, &stat) != 0)
        return d->dropped;
    uint32_t now = stat.ps_drop + stat.ps_ifdrop;
    d->dropped += (uint32_t)(now - d->seen_dropped);
    d->seen_dropped = now;
    return d->dropped;
}
