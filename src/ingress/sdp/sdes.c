/* SPDX-License-Identifier: MIT */
/* a=crypto. */

#include "ingress/sdp/sdes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/re.h"

/* RFC 4568, 6188 and 7714. */
static const struct {
    const char *name;
    enum srtp_suite suite;
    uint8_t key_bytes;
} suites[] = {
    {"AES_CM_128_HMAC_SHA1_80", SRTP_AES_CM_128_HMAC_SHA1_80, 30},
    {"AES_CM_128_HMAC_SHA1_32", SRTP_AES_CM_128_HMAC_SHA1_32, 30},
    {"AES_256_CM_HMAC_SHA1_80", SRTP_AES_256_CM_HMAC_SHA1_80, 46},
    {"AES_256_CM_HMAC_SHA1_32", SRTP_AES_256_CM_HMAC_SHA1_32, 46},
    /* As the drafts of RFC 6188 had them; Cisco and Polycom still do. */
    {"AES_CM_256_HMAC_SHA1_80", SRTP_AES_256_CM_HMAC_SHA1_80, 46},
    {"AES_CM_256_HMAC_SHA1_32", SRTP_AES_256_CM_HMAC_SHA1_32, 46},
    {"AEAD_AES_128_GCM", SRTP_AES_128_GCM, 28},
    {"AEAD_AES_256_GCM", SRTP_AES_256_GCM, 44},
};

enum { SUITES = sizeof suites / sizeof suites[0] };

/* What follows the key: "|lifetime", "|identifier:length" (RFC 4568, section 6.1). 1: understood.
 */
static int read_rest(struct ut__sdes *s, const char *rest)
{
    for (int i = 0; i < 2 && *rest == '|'; i++) {
        size_t n = strcspn(++rest, "| ;");
        const char *colon = memchr(rest, ':', n);
        char *end;
        unsigned long mki = colon ? strtoul(colon + 1, &end, 10) : 0;
        if (colon && (end != rest + n || mki == 0 || mki > UT__SDES_MKI_MAX))
            return 0;
        s->mki_bytes = colon ? (uint8_t)mki : s->mki_bytes;
        rest += n;
    }
    while (*rest == ' ') {
        static const char wsh[] = "WSH=", srtcp[] = "UNENCRYPTED_SRTCP";
        rest += strspn(rest, " ");
        size_t n = strcspn(rest, " ");
        if (n && strncmp(rest, wsh, sizeof wsh - 1) != 0 &&
            (n != sizeof srtcp - 1 || strncmp(rest, srtcp, n) != 0))
            return 0;
        rest += n;
    }
    return *rest == '\0';
}

int ut__sdes_parse(struct ut__sdes *out, const char *value)
{
    struct ut__sdes s = {0};
    char *end;
    unsigned long tag = strtoul(value, &end, 10);
    if (end == value || *end != ' ' || tag > 999999999)
        return UT_EMALFORMED;
    s.tag = (uint32_t)tag;
    const char *suite = end + strspn(end, " ");
    size_t suite_len = strcspn(suite, " ");
    const char *params = suite + suite_len + strspn(suite + suite_len, " ");
    static const char inline_key[] = "inline:";
    if (strncmp(params, inline_key, sizeof inline_key - 1) != 0)
        return UT_EMALFORMED;
    const char *key = params + sizeof inline_key - 1;
    size_t key_len = strcspn(key, "| ;");
    if (!read_rest(&s, key + key_len))
        return UT_EUNSUPPORTED;
    for (size_t i = 0; i < SUITES; i++) {
        if (strlen(suites[i].name) != suite_len || strncmp(suites[i].name, suite, suite_len) != 0)
            continue;
        uint8_t bytes[64];
        size_t n = sizeof bytes;
        if (key_len > 84 || base64_decode(key, key_len, bytes, &n) != 0 || n != suites[i].key_bytes)
            return UT_EMALFORMED;
        s.suite = (uint8_t)suites[i].suite;
        s.key_bytes = (uint8_t)n;
        s.row = (uint8_t)i;
        memcpy(s.key, bytes, n);
        *out = s;
        return 0;
    }
    return UT_EUNSUPPORTED;
}

int ut__sdes_print(const struct ut__sdes *s, char *buf, size_t cap)
{
    char key[80];
    size_t len = sizeof key - 1;
    if (base64_encode(s->key, s->key_bytes, key, &len) != 0)
        return UT_ENOSPC;
    key[len] = '\0';
    if (s->row >= SUITES)
        return UT_EINVAL;
    int n = snprintf(buf, cap, "%u %s inline:%s", (unsigned)s->tag, suites[s->row].name, key);
    return n > 0 && (size_t)n < cap ? 0 : UT_ENOSPC;
}
