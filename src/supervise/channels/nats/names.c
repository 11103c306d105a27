/* SPDX-License-Identifier: MIT */
/* What all files of the channel need of names, streams and listeners. */

#include <stdio.h>
#include <string.h>

#include "supervise/channels/nats/nats.h"

enum { LOOK_MS = 500 };

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

char *ut__bus_signed(struct ut__bus *bus, struct ut__text *rest_take)
{
    char mac[65];
    struct ut__text t = {0};
    if (!rest_take->failed) {
        bus->host->sign(bus->host->arg, rest_take->buf, mac);
        ut__text_raw(&t, "{\"mac\":\"");
        ut__text_raw(&t, mac);
        ut__text_raw(&t, "\",");
        ut__text_bytes(&t, rest_take->buf, rest_take->len);
    }
    int failed = t.failed || rest_take->failed;
    ut__text_free(rest_take);
    if (!failed)
        return t.buf;
    ut__text_free(&t);
    return NULL;
}

natsStatus ut__bus_stream(struct ut__bus *bus, const char *suffix, const char *subject,
                          jsStreamConfig *cfg, jsStreamInfo **info)
{
    char name[96], filter[128];
    const char *subjects[] = {filter};
    jsStreamInfo *there = NULL;
    jsErrCode code = 0;
    snprintf(name, sizeof name, "%s_%s", bus->prefix, suffix);
    snprintf(filter, sizeof filter, "%s.%s.>", bus->prefix, subject);
    cfg->Name = name;
    cfg->Subjects = subjects;
    cfg->SubjectsLen = 1;
    cfg->Replicas = bus->replicas ? bus->replicas : 1;
    natsStatus st = js_GetStreamInfo(&there, bus->js, name, NULL, &code);
    if (st == NATS_NOT_FOUND)
        return js_AddStream(info, bus->js, cfg, NULL, &code);
    if (st != NATS_OK)
        return st;
    /* What an operator has made larger stays so; nothing is kept longer than we may, or without a bound. */
    jsStreamConfig *is = there->Config;
    int copies = bus->replicas && is->Replicas != cfg->Replicas,
        older = cfg->MaxAge > 0 && (is->MaxAge <= 0 || is->MaxAge > cfg->MaxAge),
        unbound = cfg->MaxBytes > 0 && is->MaxBytes <= 0;
    if (!copies && !older && !unbound) {
        *info = there;
        return NATS_OK;
    }
    is->Replicas = copies ? cfg->Replicas : is->Replicas;
    is->MaxAge = older ? cfg->MaxAge : is->MaxAge;
    is->MaxBytes = unbound ? cfg->MaxBytes : is->MaxBytes;
    st = js_UpdateStream(info, bus->js, is, NULL, &code);
    jsStreamInfo_Destroy(there);
    return st;
}

json_t *ut__bus_text(natsMsg *msg)
{
    int len = natsMsg_GetDataLength(msg);
    const char *data = natsMsg_GetData(msg);
    if (len <= 0 || len > UT__BUS_MESSAGE_MAX || memchr(data, '\0', (size_t)len))
        return NULL;
    return json_stringn(data, (size_t)len);
}

const char *ut__bus_why(natsStatus status)
{
    natsStatus last = NATS_OK;
    const char *detail = nats_GetLastError(&last);
    return status == NATS_OK || last != status || !detail ? natsStatus_GetText(status) : detail;
}

jsOptions *ut__bus_look(jsOptions *options)
{
    jsOptions_Init(options);
    options->Wait = LOOK_MS;
    return options;
}

int ut__bus_is_gone(struct ut__bus *bus, natsSubscription *sub)
{
    jsConsumerInfo *consumer = NULL;
    jsErrCode code = 0;
    jsOptions options;
    if (bus->is_silent) /* One is enough; each is waited for. */
        return 0;
    natsStatus st = natsSubscription_GetConsumerInfo(&consumer, sub, ut__bus_look(&options), &code);
    jsConsumerInfo_Destroy(consumer);
    bus->is_silent = st != NATS_OK;
    return st == NATS_NOT_FOUND || code == JSStreamNotFoundErr;
}
