/* SPDX-License-Identifier: MIT */
/* The configuration of `undertone serve`: fallbacks, file, command line, and what only all of it
 * tells. */

#define _POSIX_C_SOURCE 200809L

#include "daemon/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/supervise.h"
#include "terminal/help.h"

int ut__serve_config_create(struct ut__serve_config **out)
{
    struct ut__serve_config *cfg = calloc(1, sizeof *cfg);
    struct ut__option_set *set = cfg ? cfg->sets : NULL;
    if (!cfg)
        return UT_ENOMEM;
    for (const struct ut__option_set *own = ut__serve_sets; own->rows; own++, set++) {
        *set = *own;
        set->values = cfg;
    }
    for (size_t i = 0; ut__edges[i] && i < UT__EDGES_MAX; i++, set++) {
        const struct ut__edge *e = ut__edges[i];
        cfg->edges[i] = calloc(1, e->config_size);
        if (!cfg->edges[i]) {
            set->rows = NULL;
            ut__serve_config_destroy(cfg);
            return UT_ENOMEM;
        }
        *set = (struct ut__option_set){
            .rows = e->options, .values = cfg->edges[i], .title = e->title, .about = e->summary};
    }
    *out = cfg;
    return 0;
}

void ut__serve_config_destroy(struct ut__serve_config *cfg)
{
    if (!cfg)
        return;
    ut__config_clear(cfg->sets);
    for (size_t i = 0; i < UT__EDGES_MAX; i++)
        free(cfg->edges[i]);
    free(cfg);
}

int ut__serve_config_is_staged(const struct ut__serve_config *cfg)
{
    for (size_t i = 0; ut__edges[i]; i++) {
        const struct ut__edge *e = ut__edges[i];
        if ((e->flags & UT__EDGE_STAGED) && (!e->wanted || e->wanted(cfg->edges[i])))
            return 1;
    }
    return 0;
}

static void print_help(const struct ut__option_set *sets)
{
    static const struct ut__option first_rows[] = {
        {.name = "config",
         .value = "FILE",
         .help = "Read options from a file; SIGHUP reads it again"},
        {.name = "check-config", .help = "Say what is wrong with the options, and end"},
        {.name = "test-channel",
         .value = "NAME",
         .help = "Send one test alert by a channel of the configuration (webhook:1, mail:1, "
                 "syslog), say "
                 "what its receiver answered, and end; a daemon may run meanwhile"},
        {.name = NULL},
    };
    struct ut__option_set all[UT__SERVE_SETS_MAX + 2] = {{.rows = first_rows, .title = "options"}};
    size_t n = 1;
    for (; sets->rows; sets++)
        all[n++] = *sets;
    ut__help(&(struct ut__help){
        .command = "serve",
        .synopsis = "[--config FILE] [--check-config | --test-channel NAME] [OPTION...]",
        .about =
            "Takes live calls and scores all of them at once. The same names serve as `name = "
            "value`\nlines in the file; the command line has the last word. Undertone opens no "
            "port for calls\nuntil you name one. The page for supervisors is at "
            "http://127.0.0.1:8080.\n",
        .sets = all,
        .examples =
            "  undertone serve --demo samples/*.wav              the page, with recordings\n"
            "  undertone serve --sip 127.0.0.1:5060 --role label:1=caller --json\n"});
}

/* One flag and its value; *i moves on behind both. */
static int read_flag(const struct ut__option_set *sets, int argc, char **argv, int *i, char *why,
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
    const struct ut__option *o = ut__option_find(sets, name, len, NULL);
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
    int err = ut__config_set(sets, name, value ? value : "", what, sizeof what);
    if (err)
        snprintf(why, cap, "command line: %s", what);
    return err;
}

/* What no single option can tell. */
static int check_all(const struct ut__serve_config *cfg, char *why, size_t cap)
{
    int err = 0;
    for (size_t i = 0; ut__edges[i] && !err; i++)
        err = ut__edges[i]->check ? ut__edges[i]->check(cfg->edges[i], why, cap) : 0;
    if (!err)
        err = ut__supervise_check_actions((const char *const *)cfg->actions.items,
                                          cfg->actions.count, why, cap);
    if (err)
        return err;
    if (cfg->auth_header && (!cfg->trusted_proxy.count || !cfg->auth_group.count)) {
        snprintf(
            why, cap,
            "auth-header wants trusted-proxy, the address that may send it, and auth-group, "
            "what people's groups may: trusted-proxy = 127.0.0.1 and auth-group = staff=viewer");
        return UT_EINVAL;
    }
    if (cfg->rtp_port_max - cfg->rtp_port_min < 3) {
        snprintf(why, cap, "rtp-port-min to rtp-port-max must hold two port pairs or more");
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

/* The option that takes all words up to the next one, when argv[i] is one of those words. */
static const struct ut__option *taker_of(const struct ut__option_set *sets, char **argv, int i)
{
    while (i > 1 && strncmp(argv[i], "--", 2) != 0)
        i--;
    if (strncmp(argv[i], "--", 2) != 0)
        return NULL;
    const struct ut__option *o =
        ut__option_find(sets, argv[i] + 2, strcspn(argv[i] + 2, "="), NULL);
    return o && (o->flags & UT__OPTION_MANY) ? o : NULL;
}

static int read_command_line(struct ut__serve_config *cfg, int argc, char **argv, int *check_only,
                             char *why, size_t cap)
{
    int err = 0;
    for (int i = 1; !err && i < argc;) {
        const struct ut__option *taker = taker_of(cfg->sets, argv, i);
        if (strcmp(argv[i], "--check-config") == 0) {
            *check_only = 1;
            i++;
        } else if (strcmp(argv[i], "--config") == 0 || strcmp(argv[i], "--test-channel") == 0) {
            i += 2;
        } else if (strncmp(argv[i], "--config=", 9) == 0 ||
                   strncmp(argv[i], "--test-channel=", 15) == 0) {
            i++;
        } else if (argv[i][0] != '-' && taker) {
            err = ut__config_set(cfg->sets, taker->name, argv[i++], why, cap);
        } else {
            err = read_flag(cfg->sets, argc, argv, &i, why, cap);
        }
    }
    return err;
}

const char *ut__serve_config_file(int argc, char **argv)
{
    return value_of(argc, argv, "--config");
}

const char *ut__serve_config_test(int argc, char **argv)
{
    return value_of(argc, argv, "--test-channel");
}

int ut__serve_config_read(struct ut__serve_config **out, int argc, char **argv, int *check_only,
                          char *why, size_t why_cap)
{
    const char *file = ut__serve_config_file(argc, argv);
    struct ut__serve_config *cfg = NULL;
    *check_only = 0;
    int err = ut__serve_config_create(&cfg);
    if (err) {
        snprintf(why, why_cap, "there is no memory left");
        return err;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(cfg->sets);
            ut__serve_config_destroy(cfg);
            return 1;
        }
    }
    err = ut__config_defaults(cfg->sets, why, why_cap);
    if (!err && file)
        err = ut__config_load(cfg->sets, file, why, why_cap);
    if (!err)
        err = read_command_line(cfg, argc, argv, check_only, why, why_cap);
    if (!err)
        err = check_all(cfg, why, why_cap);
    if (err)
        ut__serve_config_destroy(cfg);
    else
        *out = cfg;
    return err;
}

void ut__serve_config_place(const struct ut__serve_config *cfg, int argc, char **argv, char *why,
                            size_t cap)
{
    const char *file = ut__serve_config_file(argc, argv);
    char what[UT__CONFIG_WHY_MAX];
    size_t line = file ? ut__config_line_of(cfg->sets, file, why) : 0;
    if (!line)
        return;
    snprintf(what, sizeof what, "%s", why);
    snprintf(why, cap, "%.200s:%zu: %s", file, line, what);
}
