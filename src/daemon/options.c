/* SPDX-License-Identifier: MIT */
/* The options of `undertone serve`, one row each, and what is wrong with one alone. */

#include "daemon/config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/record.h"
#include "ingress/demo/demo.h"
#include "ingress/rtp/listener_spec.h"
#include "ingress/sdp/roles.h"
#include "ingress/source.h"
#include "net/cidr.h"

static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};
static const char *const log_formats[] = {"logfmt", "json", NULL};
static const char *const joins[] = {"apart", "same", "pair", NULL};
static const char *const demo_roles[] = {"mixed", "caller", NULL};
static const char *const mono_roles[] = {"mixed", "caller", "agent", NULL};

static int check_role(const char *text, char *why, size_t cap)
{
    struct ut__sip_rule rule;
    if (ut__sip_rule_parse(&rule, text) == 0)
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
    struct ut__cidr net;
    if (ut__cidr_parse(&net, text) == 0)
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
    struct ut__rtp_listener_spec spec;
    return ut__rtp_listener_parse(&spec, text, why, cap);
}

static int check_readable(const char *text, char *why, size_t cap)
{
    if (access(text, R_OK) == 0)
        return 0;
    snprintf(why, cap, "'%.200s' cannot be read: %s; give a PEM file", text, strerror(errno));
    return UT_EINVAL;
}

/* Rows: the option's name, its field, what it may be, whether SIGHUP takes it, what --help says. */
#define ROW(n, k, f, fl, v, h, ...)                                                                \
    {                                                                                              \
        .name = (n), .kind = UT__OPTION_##k, .offset = offsetof(struct ut__serve_config, f),       \
        .flags = (fl), .value = (v), .help = (h), __VA_ARGS__                                      \
    }
#define INT(n, f, lo, hi, fl, v, h)  ROW(n, INT, f, fl, v, h, .min = (lo), .max = (hi))
#define REAL(n, f, lo, hi, fl, v, h) ROW(n, REAL, f, fl, v, h, .min = (lo), .max = (hi))
#define CHOICE(n, f, of, fl, v, h)   ROW(n, CHOICE, f, fl, v, h, .choices = (of))
#define FLAG(n, f, h)                ROW(n, FLAG, f, 0, NULL, h, .check = NULL)
#define TEXT(n, f, c, fl, v, h)      ROW(n, TEXT, f, fl, v, h, .check = (c))
#define LIST(n, f, c, fl, v, h)      ROW(n, LIST, f, fl, v, h, .check = (c))
#define ADDRESS(n, f, c, fl, v, h)   ROW(n, ADDRESS, f, fl, v, h, .check = (c))
#define ADDRESSES(n, f, c, fl, v, h) ROW(n, ADDRESSES, f, fl, v, h, .check = (c))
#define RELOAD                       UT__OPTION_RELOAD

const struct ut__option ut__serve_options[] = {
    TEXT("model", model, NULL, 0, "FILE", "Model file; the one that is built in without it"),
    REAL("threshold", threshold, 0, 1, RELOAD, "X", "Evidence for an alert; 0: the model's own"),
    INT("workers", workers, 0, 64, 0, "N", "Media threads; 0: one a core"),
    INT("max-calls", max_calls, 1, 100000, RELOAD, "N", "More are refused (SIP 503)"),
    INT("media-timeout", media_timeout_s, 1, 3600, 0, "SECONDS",
        "A call without media for so long is ended"),
    FLAG("json", json, "Events as JSON Lines to standard output"),
    CHOICE("log-level", log_level, log_levels, RELOAD, "LEVEL", "debug, info, warn or error"),
    CHOICE("log-format", log_format, log_formats, 0, "FORMAT", "logfmt or json, to standard error"),

    ADDRESSES("sip", sip, NULL, 0, "ADDR:PORT", "Take SIP and SIPREC calls over UDP and TCP"),
    ADDRESSES("sip-tcp", sip_tcp, NULL, 0, "ADDR:PORT", "Take them over TCP alone"),
    ADDRESSES("sip-tls", sip_tls, NULL, 0, "ADDR:PORT", "Take them over TLS, with SRTP"),
    TEXT("sip-cert", sip_cert, check_readable, 0, "FILE",
         "PEM file with certificate and key for --sip-tls"),
    LIST("sip-peer", sip_peers, check_cidr, RELOAD, "NETWORK",
         "Who may call, such as 192.0.2.0/24; many times"),
    LIST("sip-user", sip_users, check_user, RELOAD, "NAME:PASSWORD",
         "Ask for digest authentication; in the file, not on the command line"),
    TEXT("sip-realm", sip_realm, NULL, 0, "REALM", "Realm of the digest"),
    TEXT("sip-name", sip_name, NULL, 0, "NAME", "User part of our own address"),
    INT("sip-max-calls-per-peer", sip_max_calls_per_peer, 1, 100000, RELOAD, "N",
        "Calls of one source address at once"),
    INT("sip-max-connections", sip_max_connections, 2, 50000, RELOAD, "N",
        "SIP connections over TCP and TLS at once, half of them of one address"),
    LIST("role", role, check_role, RELOAD, "RULE",
         "Who is who: label:1=caller, order:2=agent, aor:sip:2???@*=agent"),
    CHOICE("sip-mono-is", sip_mono_is, mono_roles, RELOAD, "ROLE",
           "Who is heard in a plain call: mixed (not scored), caller or agent"),

    TEXT("media-address", media_address, NULL, 0, "ADDR",
         "Address that RTP is asked for at; the signalling's own without it"),
    INT("rtp-port-min", rtp_port_min, 1024, 65534, 0, "PORT", "First RTP port"),
    INT("rtp-port-max", rtp_port_max, 1025, 65535, 0, "PORT", "Last RTP port"),
    LIST("rtp", rtp, check_rtp, 0, "SPEC",
         "Static listener: 127.0.0.1:4000,codec=PCMU,role=caller,call=desk1"),
    INT("rtp-idle", rtp_idle_s, 1, 3600, 0, "SECONDS",
        "Silence that ends the call of a static listener"),

    ADDRESS("audiosocket", audiosocket, NULL, 0, "ADDR:PORT",
            "Take calls from Asterisk's AudioSocket"),
    CHOICE("audiosocket-join", audiosocket_join, joins, 0, "RULE",
           "Two sockets are one call: apart (never), same UUID, or pair (last bit)"),
    LIST("audiosocket-peer", audiosocket_peers, check_cidr, RELOAD, "NETWORK",
         "Who may connect; many times; anybody without it"),

    ADDRESS("http", http, NULL, 0, "ADDR:PORT",
            "Listen for supervisors and for media over WebSocket (/media/...)"),
    TEXT("http-cert", http_cert, check_readable, 0, "FILE",
         "PEM file with the certificate and its chain: HTTPS"),
    TEXT("http-key", http_key, check_readable, 0, "FILE",
         "PEM file with its key; in http-cert without it"),
    INT("http-max-connections", http_max_connections, 1, 60000, 0, "N",
        "Connections at once; more get 503"),
    TEXT("tls-cert", http_cert, check_readable, 0, "FILE", "The same as http-cert"),
    TEXT("tls-key", http_key, check_readable, 0, "FILE", "The same as http-key"),
    TEXT("node", node, NULL, 0, "NAME", "Name of this node, where there are several"),
    TEXT("data", data, NULL, 0, "DIR",
         "Folder for calls, alerts and tokens; nothing is kept without it"),
    TEXT("retain", retain, ut__serve_check_days, 0, "SPAN",
         "Calls older than this are erased: 90d, 12w, 1y; 0 keeps all"),
    INT("data-max", data_max_mb, 0, 16777216, 0, "MIB",
        "Largest size of the database; 0: as the disk allows"),
    INT("escalate-after", escalate_after_s, 0, 86400, 0, "SECONDS",
        "An alert unanswered for so long is raised to a second person; 0: never"),
    TEXT("escalate-to", escalate_to, NULL, 0, "NAME", "That person"),
    INT("expire-after", expire_after_s, 1, 604800, 0, "SECONDS",
        "An alert unanswered so long after its call expires"),
    INT("break-after", break_after_min, 0, 60, 0, "MINUTES",
        "Alert minutes in an hour after which an agent is due a break; 0: never"),
    FLAG("keep-baselines", keep_baselines,
         "Keep the baselines of returning callers, by keyed hash"),
    INT("session-hours", session_hours, 1, 720, 0, "HOURS", "Life of a supervisor's session"),
    INT("supervisors-max", supervisors_max, 1, 10000, 0, "N",
        "Live connections of supervisors at once"),
    TEXT("base-url", base_url, NULL, 0, "https://HOST",
         "Where people open the page, for links in webhooks"),
    LIST("webhook", webhook, ut__serve_check_webhook, 0, "URL[,...]",
         "Post alerts: URL,template=slack,on=raised+cleared,secret-file=F,ca=F; many times"),
    TEXT("nats", nats, NULL, 0, "URL",
         "Join the nodes by NATS JetStream: nats://HOST:PORT or tls://HOST:PORT"),
    TEXT("nats-creds", nats_creds, NULL, 0, "FILE", "Credentials for it"),
    TEXT("nats-ca", nats_ca, NULL, 0, "FILE", "Certificates that its server is checked by"),
    TEXT("nats-cert", nats_cert, NULL, 0, "FILE", "Our certificate for it"),
    TEXT("nats-key", nats_key, NULL, 0, "FILE", "Its key"),
    TEXT("nats-prefix", nats_prefix, NULL, 0, "NAME", "First part of all subjects and buckets"),
    TEXT("syslog", syslog, NULL, 0, "URL",
         "Alerts to syslog: udp://HOST:514, tcp://HOST:601 or unix:///dev/log"),
    TEXT("media-url", media_url, check_media_url, 0, "wss://HOST",
         "How Twilio and Genesys call us, when a proxy is between"),
    TEXT("media-token", media_token, NULL, 0, "TOKEN",
         "Bearer token for /media; in the file, not on the command line"),
    TEXT("twilio-token", twilio_token, NULL, 0, "TOKEN",
         "Auth token of the Twilio account: signatures are checked; in the file"),
    TEXT("audiohook-key", audiohook_key, NULL, 0, "KEY",
         "API key of the Genesys AudioHook integration; in the file"),
    TEXT("audiohook-secret", audiohook_secret, NULL, 0, "BASE64",
         "Its client secret: signatures are checked; in the file"),

    ADDRESS("rtpengine", rtpengine, NULL, 0, "ADDR:PORT",
            "Subscribe to calls over rtpengine's NG protocol"),
    LIST("rtpengine-call", rtpengine_calls, NULL, 0, "CALL-ID",
         "This call alone; many times; all calls without it"),
    LIST("rtpengine-role", rtpengine_role, check_role, 0, "RULE",
         "Who is who by order or tag: order:1=caller, label:TAG=agent"),
    INT("rtpengine-poll", rtpengine_poll_s, 1, 3600, 0, "SECONDS",
        "How often to look for new calls"),

    LIST("demo", demo, NULL, 0, "FILE...",
         "Play recordings as if they were live calls, over and over"),
    INT("demo-calls", demo_calls, 0, UT__DEMO_CALLS_MAX, 0, "N",
        "So many at once; 0: one a file, 6 at least"),
    INT("caller-channel", caller_channel, 0, UT_SOURCE_CHANNELS_MAX, 0, "N",
        "Caller's channel in the demo's recordings; 1 without it"),
    INT("agent-channel", agent_channel, 0, UT_SOURCE_CHANNELS_MAX, 0, "N",
        "Agent's channel in them; 2 without it"),
    CHOICE("mono-is", mono_is, demo_roles, 0, "ROLE",
           "Who is heard in recordings of one channel: mixed (refused) or caller"),
    {.name = NULL},
};
