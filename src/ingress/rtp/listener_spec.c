/* SPDX-License-Identifier: MIT */
/* The text that tells of a static RTP listener. */

#include "ingress/rtp/listener_spec.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Asterisk's names where they differ, and the payload type that goes without saying. */
static const struct {
    const char *name, *codec;
    uint32_t rate_hz;
    uint8_t channels, pt;
} codecs[] = {
    {"PCMU", "PCMU", 8000, 1, 0},     {"ulaw", "PCMU", 8000, 1, 0}, {"PCMA", "PCMA", 8000, 1, 8},
    {"alaw", "PCMA", 8000, 1, 8},     {"G722", "G722", 8000, 1, 9}, {"GSM", "GSM", 8000, 1, 3},
    {"opus", "opus", 48000, 2, 96},   {"L16", "L16", 8000, 1, 11},  {"slin", "L16", 8000, 1, 11},
    {"slin16", "L16", 16000, 1, 118},
};

static int set_codec(struct ut__rtp_listener_spec *s, const char *value)
{
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        if (strcasecmp(codecs[i].name, value) == 0)
            return ut__rtp_format_named(&s->format, codecs[i].pt, codecs[i].codec,
                                        strlen(codecs[i].codec), codecs[i].rate_hz,
                                        codecs[i].channels);
    }
    return 0;
}

static int set_text(char to[64], const char *value)
{
    size_t n = strlen(value);
    if (n == 0 || n >= 64)
        return 0;
    memcpy(to, value, n + 1);
    return 1;
}

static int set_role(struct ut__rtp_listener_spec *s, const char *value)
{
    s->role = strcmp(value, "caller") == 0  ? UT_ROLE_CALLER
              : strcmp(value, "agent") == 0 ? UT_ROLE_AGENT
                                            : UT_ROLE_COUNT;
    return s->role != UT_ROLE_COUNT;
}

static int set_field(struct ut__rtp_listener_spec *s, int *pt, const char *key, const char *value)
{
    struct in6_addr any;
    if (strcmp(key, "codec") == 0)
        return set_codec(s, value);
    if (strcmp(key, "role") == 0)
        return set_role(s, value);
    if (strcmp(key, "call") == 0)
        return set_text(s->call, value);
    if (strcmp(key, "queue") == 0)
        return set_text(s->queue, value);
    if (strcmp(key, "agent") == 0)
        return set_text(s->agent, value);
    if (strcmp(key, "from") == 0)
        return set_text(s->from, value) &&
               inet_pton(strchr(value, ':') ? AF_INET6 : AF_INET, value, &any) == 1;
    if (strcmp(key, "pt") == 0) {
        char *end;
        unsigned long n = strtoul(value, &end, 10);
        *pt = (int)n;
        return value[0] && !*end && n <= 127;
    }
    return 0;
}

static int set_address(struct ut__rtp_listener_spec *s, char *text)
{
    struct in6_addr any;
    char *colon = strrchr(text, ':'), *end, *host = text;
    if (!colon || !colon[1])
        return 0;
    unsigned long port = strtoul(colon + 1, &end, 10);
    *colon = '\0';
    int six = host[0] == '[';
    if (six) {
        size_t n = strlen(host);
        if (host[n - 1] != ']')
            return 0;
        host[n - 1] = '\0';
        host++;
    }
    s->port = (uint16_t)port;
    return !*end && port >= 1 && port <= 65535 &&
           inet_pton(six ? AF_INET6 : AF_INET, host, &any) == 1 && set_text(s->address, host);
}

int ut__rtp_listener_parse(struct ut__rtp_listener_spec *out, const char *text, char *why,
                           size_t cap)
{
    struct ut__rtp_listener_spec s = {.role = UT_ROLE_COUNT};
    char copy[512];
    int pt = -1;
    size_t len = strlen(text);
    if (len >= sizeof copy) {
        snprintf(why, cap, "an RTP listener is told in %zu bytes at most", sizeof copy - 1);
        return UT_EMALFORMED;
    }
    memcpy(copy, text, len + 1);
    char *next = copy;
    for (int first = 1; next; first = 0) {
        char *field = next, *comma = strchr(field, ','), *equals;
        next = comma ? comma + 1 : NULL;
        if (comma)
            *comma = '\0';
        equals = strchr(field, '=');
        if (!first && equals)
            *equals++ = '\0';
        if (first ? !set_address(&s, field) : !equals || !set_field(&s, &pt, field, equals)) {
            if (!first && equals)
                equals[-1] = '=';
            snprintf(why, cap,
                     "'%.40s' in an RTP listener: write 127.0.0.1:4000,codec=PCMU,role=caller and "
                     "perhaps call=, from=, pt=, queue=, agent=",
                     field);
            return UT_EMALFORMED;
        }
    }
    if (s.role == UT_ROLE_COUNT || s.format.codec == UT__RTP_NONE) {
        snprintf(why, cap, "an RTP listener wants codec= and role=caller or role=agent");
        return UT_EMALFORMED;
    }
    if (pt >= 0)
        s.format.pt = (uint8_t)pt;
    *out = s;
    return 0;
}
