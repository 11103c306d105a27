/* SPDX-License-Identifier: MIT */
/* The options of `undertone serve`, and what is wrong with them. */

#define _POSIX_C_SOURCE 200809L

#include "app/serve_config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/serve_supervise.h"
#include "ingress/demo.h"
#include "ingress/rtp/listener_spec.h"
#include "ingress/sip/cidr.h"
#include "ingress/sip/roles.h"
#include "ingress/source.h"

static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};
static const char *const log_formats[] = {"logfmt", "json", NULL};
static const char *const joins[] = {"apart", "same", "pair", NULL};
static const char *const demo_roles[] = {"mixed", "caller", NULL};
static const char *const mono_roles[] = {"mixed", "caller", "agent", NULL};

static int check_role(const char *text, char *why, size_t cap)
{
    struct ut_sip_rule rule;
    if (ut_sip_rule_parse(&rule, text) == 0)
        return 0;
    snprintf(
        why, cap,
        "'%.60s' is no role rule; write label:1=caller, order:2=agent, aor:sip:2???@*=agent or "
        "name:*desk*=agent",
        text);
    return UT_EINVAL;
}

static int check_cidr(const char *text, char *why, size_t cap)
{
    struct ut_cidr net;
    if (ut_cidr_parse(&net, text) == 0)
        return 0;
    snprintf(why, cap, "'%.60s' is no network; write 192.0.2.0/24 or 2001:db8::/32 or one address",
             text);
    return UT_EINVAL;
}

static int check_user(const char *text, char *why, size_t cap)
{
    const char *colon = strchr(text, ':');
    if (colon && colon != text && colon[1])
        return 0;
    /* The value is a secret: the message does not repeat it. */
    snprintf(why, cap, "sip-user must be NAME:PASSWORD or NAME:HA1");
    return UT_EINVAL;
}

static int check_media_url(const char *text, char *why, size_t cap)
{
    const char *host = strncmp(text, "wss://", 6) == 0 ? text + 6 : text + 5;
    if ((host == text + 6 || strncmp(text, "ws://", 5) == 0) && *host && !strchr(host, '/'))
        return 0;
    snprintf(why, cap, "media-url must be wss://HOST or wss://HOST:PORT, without a path");
    return UT_EINVAL;
}

static int check_rtp(const char *text, char *why, size_t cap)
{
    struct ut_rtp_listener_spec spec;
    return ut_rtp_listener_parse(&spec, text, why, cap);
}

#define AT(field) offsetof(struct ut_serve_config, field)

const struct ut_option ut_serve_options[] = {
    {.name = "model",
     .kind = UT_OPTION_TEXT,
     .offset = AT(model),
     .value = "FILE",
     .help = "Model file; the one that is built in without it"},
    {.name = "threshold",
     .kind = UT_OPTION_REAL,
     .offset = AT(threshold),
     .min = 0,
     .max = 1,
     .flags = UT_OPTION_RELOAD,
     .value = "X",
     .help = "Evidence for an alert; 0: the model's own"},
    {.name = "workers",
     .kind = UT_OPTION_INT,
     .offset = AT(workers),
     .min = 0,
     .max = 64,
     .value = "N",
     .help = "Media threads; 0: one a core"},
    {.name = "max-calls",
     .kind = UT_OPTION_INT,
     .offset = AT(max_calls),
     .min = 1,
     .max = 100000,
     .flags = UT_OPTION_RELOAD,
     .value = "N",
     .help = "More are refused (SIP 503)"},
    {.name = "media-timeout",
     .kind = UT_OPTION_INT,
     .offset = AT(media_timeout_s),
     .min = 1,
     .max = 3600,
     .value = "SECONDS",
     .help = "A call without media for so long is ended"},
    {.name = "json",
     .kind = UT_OPTION_FLAG,
     .offset = AT(json),
     .help = "Events as JSON Lines to standard output"},
    {.name = "log-level",
     .kind = UT_OPTION_CHOICE,
     .offset = AT(log_level),
     .choices = log_levels,
     .flags = UT_OPTION_RELOAD,
     .value = "LEVEL",
     .help = "debug, info, warn or error"},
    {.name = "log-format",
     .kind = UT_OPTION_CHOICE,
     .offset = AT(log_format),
     .choices = log_formats,
     .value = "FORMAT",
     .help = "logfmt or json, to standard error"},

    {.name = "sip",
     .kind = UT_OPTION_ADDRESSES,
     .offset = AT(sip),
     .value = "ADDR:PORT",
     .help = "Take SIP and SIPREC calls over UDP and TCP"},
    {.name = "sip-tcp",
     .kind = UT_OPTION_ADDRESSES,
     .offset = AT(sip_tcp),
     .value = "ADDR:PORT",
     .help = "Take them over TCP alone"},
    {.name = "sip-tls",
     .kind = UT_OPTION_ADDRESSES,
     .offset = AT(sip_tls),
     .value = "ADDR:PORT",
     .help = "Take them over TLS, with SRTP"},
    {.name = "sip-cert",
     .kind = UT_OPTION_TEXT,
     .offset = AT(sip_cert),
     .value = "FILE",
     .help = "PEM file with certificate and key for --sip-tls"},
    {.name = "sip-peer",
     .kind = UT_OPTION_LIST,
     .offset = AT(sip_peers),
     .value = "NETWORK",
     .check = check_cidr,
     .flags = UT_OPTION_RELOAD,
     .help = "Who may call, such as 192.0.2.0/24; many times"},
    {.name = "sip-user",
     .kind = UT_OPTION_LIST,
     .offset = AT(sip_users),
     .value = "NAME:PASSWORD",
     .check = check_user,
     .flags = UT_OPTION_RELOAD,
     .help = "Ask for digest authentication; in the file, not on the command line"},
    {.name = "sip-realm",
     .kind = UT_OPTION_TEXT,
     .offset = AT(sip_realm),
     .value = "REALM",
     .help = "Realm of the digest"},
    {.name = "sip-name",
     .kind = UT_OPTION_TEXT,
     .offset = AT(sip_name),
     .value = "NAME",
     .help = "User part of our own address"},
    {.name = "sip-max-calls-per-peer",
     .kind = UT_OPTION_INT,
     .offset = AT(sip_max_calls_per_peer),
     .min = 1,
     .max = 100000,
     .flags = UT_OPTION_RELOAD,
     .value = "N",
     .help = "Calls of one source address at once"},
    {.name = "role",
     .kind = UT_OPTION_LIST,
     .offset = AT(role),
     .value = "RULE",
     .check = check_role,
     .flags = UT_OPTION_RELOAD,
     .help = "Who is who: label:1=caller, order:2=agent, aor:sip:2???@*=agent"},
    {.name = "sip-mono-is",
     .kind = UT_OPTION_CHOICE,
     .offset = AT(sip_mono_is),
     .choices = mono_roles,
     .flags = UT_OPTION_RELOAD,
     .value = "ROLE",
     .help = "Who is heard in a plain call: mixed (not scored), caller or agent"},

    {.name = "media-address",
     .kind = UT_OPTION_TEXT,
     .offset = AT(media_address),
     .value = "ADDR",
     .help = "Address that RTP is asked for at; the signalling's own without it"},
    {.name = "rtp-port-min",
     .kind = UT_OPTION_INT,
     .offset = AT(rtp_port_min),
     .min = 1024,
     .max = 65534,
     .value = "PORT",
     .help = "First RTP port"},
    {.name = "rtp-port-max",
     .kind = UT_OPTION_INT,
     .offset = AT(rtp_port_max),
     .min = 1025,
     .max = 65535,
     .value = "PORT",
     .help = "Last RTP port"},
    {.name = "rtp",
     .kind = UT_OPTION_LIST,
     .offset = AT(rtp),
     .value = "SPEC",
     .check = check_rtp,
     .help = "Static listener: 127.0.0.1:4000,codec=PCMU,role=caller,call=desk1"},
    {.name = "rtp-idle",
     .kind = UT_OPTION_INT,
     .offset = AT(rtp_idle_s),
     .min = 1,
     .max = 3600,
     .value = "SECONDS",
     .help = "Silence that ends the call of a static listener"},

    {.name = "audiosocket",
     .kind = UT_OPTION_ADDRESS,
     .offset = AT(audiosocket),
     .value = "ADDR:PORT",
     .help = "Take calls from Asterisk's AudioSocket"},
    {.name = "audiosocket-join",
     .kind = UT_OPTION_CHOICE,
     .offset = AT(audiosocket_join),
     .choices = joins,
     .value = "RULE",
     .help = "Two sockets are one call: apart (never), same UUID, or pair (last bit)"},
    {.name = "audiosocket-peer",
     .kind = UT_OPTION_LIST,
     .offset = AT(audiosocket_peers),
     .value = "NETWORK",
     .check = check_cidr,
     .flags = UT_OPTION_RELOAD,
     .help = "Who may connect; many times; anybody without it"},

    {.name = "http",
     .kind = UT_OPTION_ADDRESS,
     .offset = AT(http),
     .value = "ADDR:PORT",
     .help = "Listen for supervisors and for media over WebSocket (/media/...)"},
    {.name = "http-cert",
     .kind = UT_OPTION_TEXT,
     .offset = AT(http_cert),
     .value = "FILE",
     .help = "PEM file with the certificate and its chain: HTTPS"},
    {.name = "http-key",
     .kind = UT_OPTION_TEXT,
     .offset = AT(http_key),
     .value = "FILE",
     .help = "PEM file with its key; in http-cert without it"},
    {.name = "http-max-connections",
     .kind = UT_OPTION_INT,
     .offset = AT(http_max_connections),
     .min = 1,
     .max = 60000,
     .value = "N",
     .help = "Connections at once; more get 503"},
    {.name = "tls-cert",
     .kind = UT_OPTION_TEXT,
     .offset = AT(http_cert),
     .value = "FILE",
     .help = "The same as http-cert"},
    {.name = "tls-key",
     .kind = UT_OPTION_TEXT,
     .offset = AT(http_key),
     .value = "FILE",
     .help = "The same as http-key"},
    {.name = "node",
     .kind = UT_OPTION_TEXT,
     .offset = AT(node),
     .value = "NAME",
     .help = "Name of this node, where there are several"},
    {.name = "data",
     .kind = UT_OPTION_TEXT,
     .offset = AT(data),
     .value = "DIR",
     .help = "Folder for calls, alerts and tokens; nothing is kept without it"},
    {.name = "retain",
     .kind = UT_OPTION_TEXT,
     .offset = AT(retain),
     .check = ut_serve_check_days,
     .value = "SPAN",
     .help = "Calls older than this are erased: 90d, 12w, 1y; 0 keeps all"},
    {.name = "data-max",
     .kind = UT_OPTION_INT,
     .offset = AT(data_max_mb),
     .min = 0,
     .max = 16777216,
     .value = "MIB",
     .help = "Largest size of the database; 0: as the disk allows"},
    {.name = "escalate-after",
     .kind = UT_OPTION_INT,
     .offset = AT(escalate_after_s),
     .min = 0,
     .max = 86400,
     .value = "SECONDS",
     .help = "An alert unanswered for so long is raised to a second person; 0: never"},
    {.name = "escalate-to",
     .kind = UT_OPTION_TEXT,
     .offset = AT(escalate_to),
     .value = "NAME",
     .help = "That person"},
    {.name = "expire-after",
     .kind = UT_OPTION_INT,
     .offset = AT(expire_after_s),
     .min = 1,
     .max = 604800,
     .value = "SECONDS",
     .help = "An alert unanswered so long after its call expires"},
    {.name = "break-after",
     .kind = UT_OPTION_INT,
     .offset = AT(break_after_min),
     .min = 0,
     .max = 60,
     .value = "MINUTES",
     .help = "Alert minutes in an hour after which an agent is due a break; 0: never"},
    {.name = "keep-baselines",
     .kind = UT_OPTION_FLAG,
     .offset = AT(keep_baselines),
     .help = "Keep the baselines of returning callers, by keyed hash"},
    {.name = "session-hours",
     .kind = UT_OPTION_INT,
     .offset = AT(session_hours),
     .min = 1,
     .max = 720,
     .value = "HOURS",
     .help = "Life of a supervisor's session"},
    {.name = "supervisors-max",
     .kind = UT_OPTION_INT,
     .offset = AT(supervisors_max),
     .min = 1,
     .max = 10000,
     .value = "N",
     .help = "Live connections of supervisors at once"},
    {.name = "base-url",
     .kind = UT_OPTION_TEXT,
     .offset = AT(base_url),
     .value = "https://HOST",
     .help = "Where people open the page, for links in webhooks"},
    {.name = "webhook",
     .kind = UT_OPTION_LIST,
     .offset = AT(webhook),
     .check = ut_serve_check_webhook,
     .value = "URL[,...]",
     .help = "Post alerts: URL,template=slack,on=raised+cleared,secret-file=F,ca=F; many times"},
    {.name = "nats",
     .kind = UT_OPTION_TEXT,
     .offset = AT(nats),
     .value = "URL",
     .help = "Join the nodes by NATS JetStream: nats://HOST:PORT or tls://HOST:PORT"},
    {.name = "nats-creds",
     .kind = UT_OPTION_TEXT,
     .offset = AT(nats_creds),
     .value = "FILE",
     .help = "Credentials for it"},
    {.name = "nats-ca",
     .kind = UT_OPTION_TEXT,
     .offset = AT(nats_ca),
     .value = "FILE",
     .help = "Certificates that its server is checked by"},
    {.name = "nats-cert",
     .kind = UT_OPTION_TEXT,
     .offset = AT(nats_cert),
     .value = "FILE",
     .help = "Our certificate for it"},
    {.name = "nats-key",
     .kind = UT_OPTION_TEXT,
     .offset = AT(nats_key),
     .value = "FILE",
     .help = "Its key"},
    {.name = "nats-prefix",
     .kind = UT_OPTION_TEXT,
     .offset = AT(nats_prefix),
     .value = "NAME",
     .help = "First part of all subjects and buckets"},
    {.name = "syslog",
     .kind = UT_OPTION_TEXT,
     .offset = AT(syslog),
     .value = "URL",
     .help = "Alerts to syslog: udp://HOST:514, tcp://HOST:601 or unix:///dev/log"},
    {.name = "media-url",
     .kind = UT_OPTION_TEXT,
     .offset = AT(media_url),
     .check = check_media_url,
     .value = "wss://HOST",
     .help = "How Twilio and Genesys call us, when a proxy is between"},
    {.name = "media-token",
     .kind = UT_OPTION_TEXT,
     .offset = AT(media_token),
     .value = "TOKEN",
     .help = "Bearer token for /media; in the file, not on the command line"},
    {.name = "twilio-token",
     .kind = UT_OPTION_TEXT,
     .offset = AT(twilio_token),
     .value = "TOKEN",
     .help = "Auth token of the Twilio account: signatures are checked; in the file"},
    {.name = "audiohook-key",
     .kind = UT_OPTION_TEXT,
     .offset = AT(audiohook_key),
     .value = "KEY",
     .help = "API key of the Genesys AudioHook integration; in the file"},
    {.name = "audiohook-secret",
     .kind = UT_OPTION_TEXT,
     .offset = AT(audiohook_secret),
     .value = "BASE64",
     .help = "Its client secret: signatures are checked; in the file"},

    {.name = "rtpengine",
     .kind = UT_OPTION_ADDRESS,
     .offset = AT(rtpengine),
     .value = "ADDR:PORT",
     .help = "Subscribe to calls over rtpengine's NG protocol"},
    {.name = "rtpengine-call",
     .kind = UT_OPTION_LIST,
     .offset = AT(rtpengine_calls),
     .value = "CALL-ID",
     .help = "This call alone; many times; all calls without it"},
    {.name = "rtpengine-role",
     .kind = UT_OPTION_LIST,
     .offset = AT(rtpengine_role),
     .value = "RULE",
     .check = check_role,
     .help = "Who is who by order or tag: order:1=caller, label:TAG=agent"},
    {.name = "rtpengine-poll",
     .kind = UT_OPTION_INT,
     .offset = AT(rtpengine_poll_s),
     .min = 1,
     .max = 3600,
     .value = "SECONDS",
     .help = "How often to look for new calls"},

    {.name = "demo",
     .kind = UT_OPTION_LIST,
     .offset = AT(demo),
     .value = "FILE...",
     .help = "Play recordings as if they were live calls, over and over"},
    {.name = "demo-calls",
     .kind = UT_OPTION_INT,
     .offset = AT(demo_calls),
     .min = 0,
     .max = UT_DEMO_CALLS_MAX,
     .value = "N",
     .help = "So many at once; 0: one a file, 6 at least"},
    {.name = "caller-channel",
     .kind = UT_OPTION_INT,
     .offset = AT(caller_channel),
     .min = 0,
     .max = UT_SOURCE_CHANNELS_MAX,
     .value = "N",
     .help = "Caller's channel in the demo's recordings; 1 without it"},
    {.name = "agent-channel",
     .kind = UT_OPTION_INT,
     .offset = AT(agent_channel),
     .min = 0,
     .max = UT_SOURCE_CHANNELS_MAX,
     .value = "N",
     .help = "Agent's channel in them; 2 without it"},
    {.name = "mono-is",
     .kind = UT_OPTION_CHOICE,
     .offset = AT(mono_is),
     .choices = demo_roles,
     .value = "ROLE",
     .help = "Who is heard in recordings of one channel: mixed (refused) or caller"},
    {.name = NULL},
};

static int set_defaults(struct ut_serve_config *cfg)
{
    *cfg = (struct ut_serve_config){
        .max_calls = 1000,
        .media_timeout_s = 30,
        .log_level = 1,
        .sip_max_calls_per_peer = 1000,
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
    for (const struct ut_option *o = ut_serve_options; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        printf("  %-34s %s\n", left, o->help);
    }
}

static const struct ut_option *find(const char *name, size_t len)
{
    for (const struct ut_option *o = ut_serve_options; o->name; o++) {
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    }
    return NULL;
}

/* One flag and its value; *i moves on behind both. */
static int read_flag(struct ut_serve_config *cfg, int argc, char **argv, int *i, char *why,
                     size_t cap)
{
    char name[64], what[UT_CONFIG_WHY_MAX];
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
    const struct ut_option *o = find(name, len);
    if (equals)
        value = equals + 1;
    else if (o && o->kind == UT_OPTION_FLAG)
        value = "yes";
    else if (o && *i < argc)
        value = argv[(*i)++];
    else if (o) {
        snprintf(why, cap, "--%s wants a value: --%s %s", name, name, o->value);
        return UT_EINVAL;
    }
    int err = ut_config_set(cfg, ut_serve_options, name, value ? value : "", what, sizeof what);
    if (err)
        snprintf(why, cap, "command line: %s", what);
    return err;
}

/* What no single option can tell. */
static int check_all(const struct ut_serve_config *cfg, char *why, size_t cap)
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
    if (ut_config_address(at, host, &port) != 0) {
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

int ut_serve_config_read(struct ut_serve_config *cfg, int argc, char **argv, int *check_only,
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
        err = ut_config_load(cfg, ut_serve_options, file, why, why_cap);
    for (int i = 1; !err && i < argc;) {
        if (strcmp(argv[i], "--check-config") == 0) {
            *check_only = 1;
            i++;
        } else if (strcmp(argv[i], "--config") == 0) {
            i += 2;
        } else if (strncmp(argv[i], "--config=", 9) == 0) {
            i++;
        } else if (argv[i][0] != '-' && follows_demo(argv, i)) {
            err = ut_config_set(cfg, ut_serve_options, "demo", argv[i++], why, why_cap);
        } else {
            err = read_flag(cfg, argc, argv, &i, why, why_cap);
        }
    }
    if (!err)
        err = check_all(cfg, why, why_cap);
    if (err)
        ut_serve_config_clear(cfg);
    return err;
}

void ut_serve_config_clear(struct ut_serve_config *cfg)
{
    ut_config_clear(cfg, ut_serve_options);
}
