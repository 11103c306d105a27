/* SPDX-License-Identifier: MIT */
/* What all files of the channel need of names and listeners. */

#include "supervise/channels/nats/nats.h"

void ut__bus_escape(const char *in, char *out, size_t cap)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t n = 0;
    for (const unsigned char *p = (const unsigned char *)in; *p && n + 4 < cap; p++) {
        int plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    (*p >= '0' && *p <= '9') || *p == '_' || *p == '-';
        if (plain) {
            out[n++] = (char)*p;
        } else {
            out[n++] = '=';
            out[n++] = hex[*p >> 4];
            out[n++] = hex[*p & 15];
        }
    }
    out[n] = '\0';
}

int ut__bus_is_gone(struct ut__bus *bus, natsSubscription *sub)
{
    jsConsumerInfo *consumer = NULL;
    jsErrCode code = 0;
    if (bus->is_silent) /* One is enough; each is waited for. */
        return 0;
    natsStatus st = natsSubscription_GetConsumerInfo(&consumer, sub, NULL, &code);
    jsConsumerInfo_Destroy(consumer);
    bus->is_silent = st != NATS_OK;
    return st == NATS_NOT_FOUND || code == JSStreamNotFoundErr;
}
