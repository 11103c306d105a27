/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_WEBSOCKET_WEBSOCKET_H
#define UT_INGRESS_WEBSOCKET_WEBSOCKET_H

/*
 * Media over WebSocket, on the shared HTTP listener: /media/twilio (Telnyx as well),
 * /media/audiohook (Genesys), /media/fork (mod_audio_fork, mod_audio_stream, jambonz).
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/port.h"
#include "net/http.h"

/*
 * A path without a secret of its own takes loopback peers alone, and none that comes through a
 * proxy. Strings are copied; NULL or "": not set.
 */
struct ut__websocket_config {
    const char *public_url;       /* "wss://host[:port]" as the vendors call us; NULL: from Host. */
    const char *twilio_token;     /* The account's auth token: X-Twilio-Signature is checked. */
    const char *audiohook_key;    /* X-API-KEY. */
    const char *audiohook_secret; /* Client secret, base64: the signature is checked too. */
    const char *bearer_token;     /* For any of the paths: Authorization: Bearer. */
    /* Another proof that the program knows of, such as a token of its own; NULL: none. */
    int staged; /* 1: a demo, which takes media from nobody. */
    int (*may_send)(void *arg, const struct ut__http_exchange *x);
    void *arg;
    uint32_t max_streams; /* 0: 2000. */
    uint32_t rejoin_s;    /* A call waits so long for a lost connection; 0: it ends at once. */
};

struct ut__websocket;

struct ut__websocket_stats {
    uint32_t streams;  /* Open now. */
    uint64_t accepted; /* Since the start. */
    uint64_t refused;  /* Wrong or no proof, or too many. */
    uint64_t errors;   /* Streams that broke their protocol. */
};

/** Registers the paths. http and port outlive it. Returns 0, UT_EINVAL, UT_ETOOBIG, UT_ENOMEM. */
int ut__websocket_start(struct ut__websocket **out, const struct ut__websocket_config *cfg,
                        struct ut__http *http, const struct ut__port *port) UT_MUST_CHECK;

/** Ends the streams and their calls. Before ut__http_destroy; the paths answer 503 after. */
void ut__websocket_stop(struct ut__websocket *w);

void ut__websocket_get_stats(const struct ut__websocket *w, struct ut__websocket_stats *out);

#endif
