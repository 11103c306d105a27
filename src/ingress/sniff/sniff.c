/* SPDX-License-Identifier: MIT */
#include "ingress/sniff/sniff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingress/sniff/device.h"
#include "ingress/sniff/wire.h"
#include "net/re.h"

static const char PROBLEM[] = "sniff_interface";

enum { DEVICES_MAX = 16, RULES_MAX = 64, TICK_MS = 1000 };

struct ut__sniff {
    struct ut__wire *wire;
    struct ut__sniff_device *devices[DEVICES_MAX];
    char names[DEVICES_MAX][UT__SNIFF_NAME_MAX];
    uint32_t device_count;
    const struct ut__edge_host *host;
    int told_problem;
    struct tmr tick;
};

static void take(void *arg, uint32_t link, const uint8_t *bytes, size_t len, int64_t time_us)
{
    ut__wire_take(arg, link, bytes, len, time_us);
}

/* Shown while there is one; of several the first. */
static void tell_problem(struct ut__sniff *s)
{
    char message[256];
    uint32_t i = 0;
    while (i < s->device_count && !ut__sniff_device_problem(s->devices[i]))
        i++;
    if (i < s->device_count) {
        snprintf(message, sizeof message, "Calls on %.30s are not heard: it %.180s.", s->names[i],
                 ut__sniff_device_problem(s->devices[i]));
        ut__edge_problem(s->host, PROBLEM, message,
                         "It is looked for every 5 seconds; see sniff in the configuration.");
    } else if (s->told_problem) {
        ut__edge_problem(s->host, PROBLEM, NULL, NULL);
    }
    s->told_problem = i < s->device_count;
}

static void tick(void *arg)
{
    struct ut__sniff *s = arg;
    ut__wire_tick(s->wire, ut__clock_mono_us());
    for (uint32_t i = 0; i < s->device_count; i++)
        ut__sniff_device_tick(s->devices[i]);
    tell_problem(s);
    tmr_start(&s->tick, TICK_MS, tick, s);
}

static int read_rules(struct ut__sip_rule *rules, const struct ut__sniff_config *cfg, char *why,
                      size_t cap)
{
    if (cfg->rule_count > RULES_MAX) {
        snprintf(why, cap, "sniff-role: %d rules at most", RULES_MAX);
        return UT_ETOOBIG;
    }
    for (size_t i = 0; i < cfg->rule_count; i++) {
        if (ut__sip_rule_parse(&rules[i], cfg->rules[i]) != 0) {
            snprintf(why, cap,
                     "sniff-role: '%s' is no rule: order:1=caller, aor:*@example.com=agent",
                     cfg->rules[i]);
            return UT_EMALFORMED;
        }
    }
    return 0;
}

static int open_device(struct ut__sniff *s, const char *text, char *why, size_t cap)
{
    struct ut__sniff_spec spec;
    char reason[320];
    if (s->device_count == DEVICES_MAX) {
        snprintf(why, cap, "sniff: %d interfaces at most", DEVICES_MAX);
        return UT_ETOOBIG;
    }
    int err = ut__sniff_parse(&spec, text, reason, sizeof reason);
    for (uint32_t i = 0; i < s->device_count && !err; i++)
        if (strcmp(s->names[i], spec.name) == 0) {
            snprintf(
                reason, sizeof reason,
                "is there twice, and each packet would count twice: join the filters with `or`");
            err = UT_EINVAL;
        }
    if (!err)
        err = ut__sniff_device_create(&s->devices[s->device_count], &spec, take, s->wire, reason,
                                      sizeof reason);
    if (err) {
        snprintf(why, cap, "sniff: %.60s %s", text, reason);
        return err;
    }
    memcpy(s->names[s->device_count++], spec.name, sizeof spec.name);
    return 0;
}

int ut__sniff_start(struct ut__sniff **out, const struct ut__sniff_config *cfg, char *why,
                    size_t cap)
{
    struct ut__sip_rule rules[RULES_MAX];
    int err = read_rules(rules, cfg, why, cap);
    if (err)
        return err;
    struct ut__sniff *s = calloc(1, sizeof *s);
    if (!s || ut__wire_create(&s->wire, cfg->host->port, rules, cfg->rule_count) != 0) {
        free(s);
        snprintf(why, cap, "sniff: there is no memory left");
        return UT_ENOMEM;
    }
    tmr_init(&s->tick);
    s->host = cfg->host;
    for (size_t i = 0; i < cfg->count && !err; i++)
        err = open_device(s, cfg->specs[i], why, cap);
    if (err) {
        ut__sniff_stop(s);
        return err;
    }
    tell_problem(s);
    tmr_start(&s->tick, TICK_MS, tick, s);
    *out = s;
    return 0;
}

void ut__sniff_reload(struct ut__sniff *s, const struct ut__sniff_config *cfg)
{
    struct ut__sip_rule rules[RULES_MAX];
    char why[256];
    int err = read_rules(rules, cfg, why, sizeof why);
    if (!err && ut__wire_set_rules(s->wire, rules, cfg->rule_count) != 0)
        snprintf(why, sizeof why, "there is no memory left");
    else if (!err)
        return;
    UT__LOG(UT__LOG_WARN, "rules stay as they were", ut__log_str("reason", why));
}

void ut__sniff_get_stats(const struct ut__sniff *s, struct ut__sniff_stats *out)
{
    struct ut__wire_stats w;
    ut__wire_get_stats(s->wire, &w);
    *out = (struct ut__sniff_stats){.packets = w.packets,
                                    .unread = w.unread,
                                    .calls = w.calls,
                                    .encrypted = w.encrypted,
                                    .other_legs = w.other_legs,
                                    .interfaces = s->device_count};
    for (uint32_t i = 0; i < s->device_count; i++) {
        out->dropped += ut__sniff_device_dropped(s->devices[i]);
        out->down += ut__sniff_device_problem(s->devices[i]) != NULL;
    }
}

void ut__sniff_stop(struct ut__sniff *s)
{
    if (!s)
        return;
    tmr_cancel(&s->tick);
    for (uint32_t i = 0; i < s->device_count; i++)
        ut__sniff_device_destroy(s->devices[i]);
    ut__wire_destroy(s->wire);
    free(s);
}
