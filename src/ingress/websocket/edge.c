/* SPDX-License-Identifier: MIT */
/* The edge `websocket`: media over WebSocket, on the daemon's own HTTP listener. */

#include "contract/edge.h"

#include <stdio.h>
#include <string.h>

#include "ingress/websocket/websocket.h"

struct options {
    char *media_url; /* "wss://host" as the vendors call us. */
    char *media_token, *twilio_token, *audiohook_key, *audiohook_secret;
};

static int check_media_url(const char *text, char *why, size_t cap)
{
    const char *host = strncmp(text, "wss://", 6) == 0 ? text + 6 : text + 5;
    if ((host == text + 6 || strncmp(text, "ws://", 5) == 0) && *host && !strchr(host, '/'))
        return 0;
    snprintf(why, cap, "media-url must be wss://HOST or wss://HOST:PORT, without a path");
    return UT_EINVAL;
}

#define AT(field) .offset = offsetof(struct options, field)

static const struct ut__option rows[] = {
    {.name = "media-url",
     .kind = UT__OPTION_TEXT,
     AT(media_url),
     .check = check_media_url,
     .value = "wss://HOST",
     .help = "How Twilio and Genesys call us, when a proxy is between"},
    {.name = "media-token",
     .kind = UT__OPTION_TEXT,
     AT(media_token),
     .flags = UT__OPTION_SECRET,
     .value = "TOKEN",
     .help = "Bearer token for /media; in the file, not on the command line"},
    {.name = "twilio-token",
     .kind = UT__OPTION_TEXT,
     AT(twilio_token),
     .flags = UT__OPTION_SECRET,
     .value = "TOKEN",
     .help = "Auth token of the Twilio account: signatures are checked; in the file"},
    {.name = "audiohook-key",
     .kind = UT__OPTION_TEXT,
     AT(audiohook_key),
     .flags = UT__OPTION_SECRET,
     .value = "KEY",
     .help = "API key of the Genesys AudioHook integration; in the file"},
    {.name = "audiohook-secret",
     .kind = UT__OPTION_TEXT,
     AT(audiohook_secret),
     .flags = UT__OPTION_SECRET,
     .value = "BASE64",
     .help = "Its client secret: signatures are checked; in the file"},
    {.name = NULL},
};

static int check(const void *config, char *why, size_t cap)
{
    const struct options *o = config;
    if (!o->audiohook_secret || o->audiohook_key)
        return 0;
    snprintf(why, cap, "audiohook-secret wants the audiohook-key that goes with it");
    return UT_EINVAL;
}

static int start(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t cap)
{
    const struct options *o = config;
    struct ut__websocket *edge = NULL;
    if (!host->http)
        return 0;
    const struct ut__websocket_config cfg = {.staged = host->staged,
                                             .public_url = o->media_url,
                                             .twilio_token = o->twilio_token,
                                             .audiohook_key = o->audiohook_key,
                                             .audiohook_secret = o->audiohook_secret,
                                             .bearer_token = o->media_token,
                                             .rejoin_s = host->rejoin_s,
                                             .may_send = host->may_send,
                                             .arg = host->arg};
    int err = ut__websocket_start(&edge, &cfg, host->http, host->port);
    if (err)
        snprintf(why, cap, "media over WebSocket: %s", ut_strerror(err));
    else
        *out = edge;
    return err;
}

static void stop(void *edge)
{
    ut__websocket_stop(edge);
}

static size_t stats(const void *edge, struct ut__edge_stat *out)
{
    struct ut__websocket_stats s;
    ut__websocket_get_stats(edge, &s);
    out[0] = UT__EDGE_OPEN(s.streams);
    out[1] = UT__EDGE_ACCEPTED(s.accepted);
    out[2] = UT__EDGE_REFUSED(s.refused);
    out[3] = UT__EDGE_ERRORS(s.errors);
    return 4;
}

const struct ut__edge ut__edge_websocket = {
    .name = "websocket",
    .title = "Media over WebSocket",
    .summary = "Takes calls of Twilio, Telnyx, Genesys AudioHook, mod_audio_fork and jambonz at "
               "/media of the HTTP listener.",
    .options = rows,
    .config_size = sizeof(struct options),
    .check = check,
    .start = start,
    .stop = stop,
    .stats = stats,
};
