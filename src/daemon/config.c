/* SPDX-License-Identifier: MIT */
/* The configuration of `undertone serve`: defaults, file, command line, and what only all of it
 * tells. */

#define _POSIX_C_SOURCE 200809L

#include "daemon/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_defaults(struct ut__serve_config *cfg)
{
    *cfg = (struct ut__serve_config){
        .max_calls = 1000,
        .media_timeout_s = 30,
        .log_level = 1,
        .sip_max_calls_per_peer = 1000,
        .sip_max_connections = 2000,
        .rtp_port_min = 30000,
        .rtp_port_max = 39999,
        .rtp_idle_s = 5,
        .http_max_connections = 4096,
        .rtpengine_poll_s = 1,
        .escalate_after_s = 30,
        .expire_after_s = 600,
        .break_after_min = 10,
        .session_hours = 12,
        .supervisors_max = 200,
        .node = strdup("undertone"),
        .retain = strdup("90d"),
        .nats_prefix = strdup("undertone"),
        .sip_realm = strdup("undertone"),
        .sip_name = strdup("undertone"),
    };
    return cfg->sip_realm && cfg->sip_name && cfg->node && cfg->retain && cfg->nats_prefix
               ? 0
               : UT_ENOMEM;
}

static void print_help(void)
{
    puts("usage: undertone serve [--config FILE] [--check-config] [OPTION...]\n\n"
         "Takes live calls and scores all of them at once. The same names serve as `name = value`\n"
         "lines in the file; what the command line says comes last. Nothing listens unless it is\n"
         "named here.\n");
    printf("  %-34s %s\n", "--config FILE", "Read options from a file; SIGHUP reads it again");
    printf("  %-34s %s\n", "--check-config", "Say what is wrong with the options, and end");
    for (const struct ut__option *o = ut__serve_options; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        printf("  %-34s %s\n", left, o->help);
    }
}

static const struct ut__option *find(const char *name, size_t len)
{
    for (const struct ut__option *o = ut__serve_options; o->name; o++) {
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    }
    return NULL;
}

/* One flag and its value; *i moves on behind both. */
static int read_flag(struct ut__serve_config *cfg, int argc, char **argv, int *i, char *why,
                     size_t cap)
{
    char name[64], what[UT__CONFIG_WHY_MAX];
    const char *arg = argv[(*i)++], *value = NULL;
    if (strncmp(arg, "--", 2) != 0 || !arg[2]) {
        snprintf(why, cap, "'%.60s' is no option; serve takes options alone, see --help", arg);
        return UT_EINVAL;
    }
    const char *equals = strchr(arg, '=');
    size_t len = equals ? (size_t)(equals - arg) - 2 : strlen(arg) - 2;
    if (len >= sizeof name)
        len = sizeof name - 1;
    memcpy(name, arg + 2, len);
    name[len] = '\0';
    const struct ut__option *o = find(name, len);
    if (equals)
        value = equals + 1;
    else if (o && o->kind == UT__OPTION_FLAG)
        value = "yes";
    else if (o && *i < argc)
        value = argv[(*i)++];
    else if (o) {
        snprintf(why, cap, "--%s wants a value: --%s %s", name, name, o->value);
        return UT_EINVAL;
    }
    int err = ut__config_set(cfg, ut__serve_options, name, value ? value : "", what, sizeof what);
    if (err)
        snprintf(why, cap, "command line: %s", what);
    return err;
}

/* What no single option can tell. */
static int check_all(const struct ut__serve_config *cfg, char *why, size_t cap)
{
    if (cfg->sip_tls.count && !cfg->sip_cert) {
        snprintf(why, cap, "sip-tls wants a certificate; give a PEM file with sip-cert");
        return UT_EINVAL;
    }
    if (cfg->rtp_port_max - cfg->rtp_port_min < 3) {
        snprintf(why, cap, "rtp-port-min to rtp-port-max must hold two port pairs or more");
        return UT_EINVAL;
    }
    if (cfg->audiohook_secret && !cfg->audiohook_key) {
        snprintf(why, cap, "audiohook-secret wants the audiohook-key that goes with it");
        return UT_EINVAL;
    }
    char host[64], at[80];
    uint16_t port;
    snprintf(at, sizeof at,
             strchr(cfg->media_address ? cfg->media_address : "", ':') ? "[%.60s]:0" : "%.60s:0",
             cfg->media_address ? cfg->media_address : "127.0.0.1");
    if (ut__config_address(at, host, &port) != 0) {
        snprintf(why, cap, "media-address must be a numeric address, not '%.60s'",
                 cfg->media_address);
        return UT_EINVAL;
    }
    return 0;
}

static const char *value_of(int argc, char **argv, const char *name)
{
    size_t len = strlen(name);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return i + 1 < argc ? argv[i + 1] : "";
        if (strncmp(argv[i], name, len) == 0 && argv[i][len] == '=')
            return argv[i] + len + 1;
    }
    return NULL;
}

/* --demo takes all names up to the next option: 1 when argv[i] is one of them. */
static int follows_demo(char **argv, int i)
{
    while (i > 1 && strncmp(argv[i], "--", 2) != 0)
        i--;
    return strcmp(argv[i], "--demo") == 0 || strncmp(argv[i], "--demo=", 7) == 0;
}

int ut__serve_config_read(struct ut__serve_config *cfg, int argc, char **argv, int *check_only,
                          char *why, size_t why_cap)
{
    const char *file = value_of(argc, argv, "--config");
    *check_only = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return 1;
        }
    }
    int err = set_defaults(cfg);
    if (err)
        snprintf(why, why_cap, "there is no memory left");
    if (!err && file)
        err = ut__config_load(cfg, ut__serve_options, file, why, why_cap);
    for (int i = 1; !err && i < argc;) {
        if (strcmp(argv[i], "--check-config") == 0) {
            *check_only = 1;
            i++;
        } else if (strcmp(argv[i], "--config") == 0) {
            i += 2;
        } else if (strncmp(argv[i], "--config=", 9) == 0) {
            i++;
        } else if (argv[i][0] != '-' && follows_demo(argv, i)) {
            err = ut__config_set(cfg, ut__serve_options, "demo", argv[i++], why, why_cap);
        } else {
            err = read_flag(cfg, argc, argv, &i, why, why_cap);
        }
    }
    if (!err)
        err = check_all(cfg, why, why_cap);
    if (err)
        ut__serve_config_clear(cfg);
    return err;
}

void ut__serve_config_place(int argc, char **argv, char *why, size_t cap)
{
    const char *file = value_of(argc, argv, "--config");
    char what[UT__CONFIG_WHY_MAX];
    size_t line = file ? ut__config_line_of(ut__serve_options, file, why) : 0;
    if (!line)
        return;
    snprintf(what, sizeof what, "%s", why);
    snprintf(why, cap, "%.200s:%zu: %s", file, line, what);
}

void ut__serve_config_clear(struct ut__serve_config *cfg)
{
    ut__config_clear(cfg, ut__serve_options);
}
