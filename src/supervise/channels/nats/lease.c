/* SPDX-License-Identifier: MIT */
/*
 * A node's lease on the bus, and whether the node still hears.
 *
 * The lease is a key of the node's name that goes after some seconds unless it is put again. Who puts it names
 * itself, so that a second node of the same name is found out and refused. It comes back by the watcher, as a key
 * of its own does among the acts: where one does not, the bus is deaf.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <jansson.h>

#include <undertone/version.h>

#include "base/clock.h"
#include "base/log.h"
#include "supervise/channels/nats/nats.h"

/* BEAT: others take a node for dead after four that are missing. */
enum {
    BEAT_US = 1000000,
    PROBE_US = 5000000,
    LISTEN_US = 1000000,
    ECHO_US = 4000000,
    SILENCES_MAX = 2
};

void ut__bus_name_self(struct ut__bus *bus)
{
    uint64_t number = (uint64_t)ut__clock_wall_us();
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        number ^= (uint64_t)getpid() << 32;
    snprintf(bus->self, sizeof bus->self, "%016llx", (unsigned long long)number);
    if (gethostname(bus->machine, sizeof bus->machine - 1))
        snprintf(bus->machine, sizeof bus->machine, "unknown");
    snprintf(bus->alive_key, sizeof bus->alive_key, "%s.=alive", bus->node);
}

/* The lease is another's who lives: its words go to `why`. A process of this machine that has ended, or one that
 * names itself not, as older versions do not, is no other. */
static int is_taken(const struct ut__bus *bus, const char *text, char *why, size_t cap)
{
    json_t *root = json_loads(text, 0, NULL);
    const char *who = json_string_value(json_object_get(root, "instance"));
    const char *host = json_string_value(json_object_get(root, "host"));
    long long pid = json_integer_value(json_object_get(root, "pid"));
    int here = host && strcmp(host, bus->machine) == 0;
    int ended = here && (pid == getpid() || (kill((pid_t)pid, 0) != 0 && errno == ESRCH));
    int taken = who && host && strcmp(who, bus->self) != 0 && !ended;
    if (taken)
        snprintf(
            why, cap,
            "another node named %s is on this bus (%.30s, process %lld): give one of them another "
            "--node",
            bus->node, host, pid);
    json_decref(root);
    return taken;
}

static natsStatus put(struct ut__bus *bus)
{
    struct ut__text t = {0};
    ut__text_kstr(&t, "node", bus->node);
    ut__text_kint(&t, "n", ++bus->leases);
    ut__text_kint(&t, "calls", atomic_load(&bus->calls));
    ut__text_kbool(&t, "draining", atomic_load(&bus->draining));
    ut__text_kint(&t, "time_ms", ut__wall_ms());
    ut__text_kstr(&t, "version", UT_VERSION_TEXT);
    ut__text_kint(&t, "speaks", UT__BUS_SPEAKS);
    ut__text_kstr(&t, "instance", bus->self);
    ut__text_kstr(&t, "host", bus->machine);
    ut__text_kint(&t, "pid", (int64_t)getpid());
    ut__text_raw(&t, "}");
    char *text = ut__bus_signed(bus, &t);
    natsStatus st = !text ? NATS_NO_MEMORY
                    : bus->lease_revision
                        ? kvStore_UpdateString(&bus->lease_revision, bus->nodes, bus->node, text,
                                               bus->lease_revision)
                        : kvStore_CreateString(&bus->lease_revision, bus->nodes, bus->node, text);
    free(text);
    return st;
}

int ut__bus_claim(struct ut__bus *bus)
{
    char why[UT__CHANNEL_ERROR_MAX] = "the node's lease";
    kvEntry *entry = NULL;
    natsStatus st = kvStore_Get(&entry, bus->nodes, bus->node);
    bus->lease_revision = st == NATS_OK ? kvEntry_Revision(entry) : 0;
    const char *text = st == NATS_OK ? kvEntry_ValueString(entry) : NULL;
    int taken = text && is_taken(bus, text, why, sizeof why);
    kvEntry_Destroy(entry);
    st = taken ? NATS_OK : put(bus);
    if (taken || st != NATS_OK) {
        bus->lease_revision = 0;
        ut__bus_failed(bus, why, st);
        return -1;
    }
    int64_t now = ut__clock_mono_us();
    bus->silences = 0;
    bus->lease_us = now + BEAT_US;
    bus->listen_us = now + LISTEN_US;
    bus->put_us = now;
    (void)kvStore_PutString(NULL, bus->acts, bus->alive_key, bus->self);
    return 0;
}

/* What the broker no longer has of what this node listens to; NULL: it has all. */
static const char *deaf_to(struct ut__bus *bus)
{
    /* Of the buckets of leases and acts is heard what this node puts there itself. */
    static const char *const named[][3] = {
        {"", "_alerts", "the stream of alerts is gone from the broker"},
        {"KV_", "_standins", "the bucket of those who stand in is gone from the broker"}};
    natsStatus st = NATS_OK;
    for (size_t i = 0; i < sizeof named / sizeof named[0] && st == NATS_OK; i++) {
        char stream[96];
        jsStreamInfo *info = NULL;
        jsErrCode code = 0;
        jsOptions options;
        snprintf(stream, sizeof stream, "%s%s%s", named[i][0], bus->prefix, named[i][1]);
        st = js_GetStreamInfo(&info, bus->js, stream, ut__bus_look(&options), &code);
        jsStreamInfo_Destroy(info);
        if (st == NATS_NOT_FOUND)
            return named[i][2];
    }
    bus->is_silent = 0;
    if (ut__bus_is_gone(bus, bus->alerts))
        return "this node's place in the stream of alerts is gone from the broker";
    if (ut__bus_is_gone(bus, bus->settings_news))
        return "this node's place among the shared settings is gone from the broker";
    const char *past = ut__bus_past_deaf(bus);
    if (past)
        return past;
    /* A server of the cluster that has died, or that this one cannot reach; another one may. */
    bus->silences = bus->is_silent || st != NATS_OK ? bus->silences + 1 : 0;
    if (bus->silences >= SILENCES_MAX)
        return "the server that has this node's place in a stream does not answer";
    int64_t now = ut__clock_mono_us();
    if (now - bus->put_us < ECHO_US)
        return NULL;
    if (bus->nodes_echo_us < bus->put_us)
        return "leases of nodes do not come through";
    return bus->acts_echo_us < bus->put_us ? "acts of other nodes do not come through" : NULL;
}

int ut__bus_keep(struct ut__bus *bus)
{
    int64_t now = ut__clock_mono_us();
    if (now >= bus->lease_us) {
        if (put(bus) != NATS_OK)
            return ut__bus_claim(
                bus); /* It ran out, the bucket is gone, or another has taken it. */
        bus->lease_us = now + BEAT_US;
    }
    if (now - bus->put_us >= PROBE_US) {
        bus->put_us = now;
        bus->lease_us = now; /* So that both come back after it. */
        (void)kvStore_PutString(NULL, bus->acts, bus->alive_key, bus->self);
    }
    if (atomic_exchange(&bus->anew, 0)) {
        natsStatus st = ut__bus_settings_again(bus);
        if (st != NATS_OK) {
            ut__bus_failed(bus, "the settings of all nodes", st);
            return -1;
        }
    }
    if (now < bus->listen_us && !atomic_exchange(&bus->doubt, 0))
        return 0;
    bus->listen_us = now + LISTEN_US;
    const char *deaf = deaf_to(bus);
    if (!deaf)
        return 0;
    UT__LOG(UT__LOG_WARN, "NATS is set up anew", ut__log_str("reason", deaf));
    ut__bus_failed(bus, deaf, NATS_OK);
    return -1;
}
