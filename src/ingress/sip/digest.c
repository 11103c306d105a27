/* SPDX-License-Identifier: MIT */
/* Digest authentication. */

#include "ingress/sip/digest.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/re.h"

enum { SHA1_BYTES = 20 };

void ut__sip_auth_nonce(char nonce[UT__SIP_NONCE_MAX], const struct sip_msg *msg,
                        const uint8_t *secret, int64_t now_us)
{
    char text[128];
    uint8_t mac[SHA1_BYTES];
    int n = re_snprintf(text, sizeof text, "%lld %j", (long long)now_us, &msg->src);
    hmac_sha1(secret, UT__SIP_SECRET, (const uint8_t *)text, n > 0 ? (size_t)n : 0, mac,
              sizeof mac);
    n = snprintf(nonce, UT__SIP_NONCE_MAX, "%llx-", (unsigned long long)now_us);
    for (size_t i = 0; i < 16; i++)
        n += snprintf(nonce + n, UT__SIP_NONCE_MAX - (size_t)n, "%02x", mac[i]);
}

/* A nonce of ours for this peer; *age_us is how old it is. */
static int is_our_nonce(const struct sip_msg *msg, const struct pl *nonce, const uint8_t *secret,
                        int64_t now_us, int64_t *age_us)
{
    char got[UT__SIP_NONCE_MAX], want[UT__SIP_NONCE_MAX];
    if (pl_strcpy(nonce, got, sizeof got) != 0)
        return 0;
    char *end;
    long long at = strtoll(got, &end, 16);
    if (*end != '-' || at < 0)
        return 0;
    ut__sip_auth_nonce(want, msg, secret, at);
    *age_us = now_us - at;
    unsigned differ = strlen(got) != strlen(want);
    for (size_t i = 0; !differ && want[i]; i++)
        differ |= (unsigned)(got[i] ^ want[i]);
    return !differ;
}

static int is_ha1(const char *s)
{
    size_t n = 0;
    while (isxdigit((unsigned char)s[n]))
        n++;
    return n == 2 * MD5_SIZE && !s[n];
}

/* The user's HA1; 0 when there is no such user. */
static int find_user(uint8_t ha1[MD5_SIZE], const struct pl *name, const char *realm,
                     const char *const *users, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *colon = strchr(users[i], ':');
        size_t len = colon ? (size_t)(colon - users[i]) : 0;
        if (!colon || len != name->l || memcmp(users[i], name->p, len) != 0)
            continue;
        if (is_ha1(colon + 1))
            return str_hex(ha1, MD5_SIZE, colon + 1) == 0;
        return md5_printf(ha1, "%b:%s:%s", users[i], len, realm, colon + 1) == 0;
    }
    return 0;
}

/* The digest is for the request that it came with, and not for another (RFC 2617, section 3.2.2.5). */
static int is_for(const struct sip_msg *msg, const struct pl *digest_uri)
{
    struct uri uri;
    return uri_decode(&uri, digest_uri) == 0 && pl_casecmp(&uri.scheme, &msg->uri.scheme) == 0 &&
           pl_cmp(&uri.user, &msg->uri.user) == 0 && pl_casecmp(&uri.host, &msg->uri.host) == 0 &&
           uri.port == msg->uri.port;
}

/* 1 when this use of the nonce is its first, or has a count that has grown (nc). */
static int is_first_use(struct ut__sip_nonces *n, const struct httpauth_digest_resp *resp,
                        int64_t now_us)
{
    char mac[17] = "", count[9] = "";
    const char *dash = pl_strchr(&resp->nonce, '-');
    snprintf(mac, sizeof mac, "%.16s", dash ? dash + 1 : "");
    uint64_t key = strtoull(mac, NULL, 16);
    /* Without qop one use: a count is no part of that digest, and anybody could write one behind it. */
    uint32_t nc = 1;
    if (pl_isset(&resp->qop)) {
        if (resp->nc.l != 8 || pl_strcpy(&resp->nc, count, sizeof count) != 0)
            return 0;
        nc = (uint32_t)strtoul(count, NULL, 16);
    }
    while (n->kept && (now_us - n->used[n->first].used_us) / 1000000 > UT__SIP_NONCE_S) {
        n->first = (n->first + 1) % UT__SIP_NONCES_MAX;
        n->kept--;
    }
    for (size_t i = 0; i < n->kept; i++) {
        size_t at = (n->first + i) % UT__SIP_NONCES_MAX;
        if (n->used[at].mac != key)
            continue;
        if (nc <= n->used[at].count)
            return 0;
        n->used[at].count = nc;
        return 1;
    }
    if (nc == 0 || n->kept == UT__SIP_NONCES_MAX)
        return 0;
    size_t at = (n->first + n->kept++) % UT__SIP_NONCES_MAX;
    n->used[at].used_us = now_us;
    n->used[at].mac = key;
    n->used[at].count = nc;
    return 1;
}

enum ut__sip_auth ut__sip_auth_check(const struct sip_msg *msg,
                                     const struct ut__sip_auth_config *cfg,
                                     struct ut__sip_nonces *nonces, int64_t now_us)
{
    struct httpauth_digest_resp resp;
    uint8_t ha1[MD5_SIZE] = {0};
    int64_t age_us = 0;
    const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_AUTHORIZATION);
    if (!hdr || httpauth_digest_response_decode(&resp, &hdr->val) != 0)
        return UT__SIP_AUTH_MISSING;
    if (!is_our_nonce(msg, &resp.nonce, cfg->secret, now_us, &age_us) ||
        age_us / 1000000 > UT__SIP_NONCE_S)
        return UT__SIP_AUTH_STALE;
    /* A name that nobody has costs as long as one that somebody has. */
    int known = find_user(ha1, &resp.username, cfg->realm, cfg->users, cfg->user_count);
    int right = httpauth_digest_response_auth(&resp, &msg->met, ha1) == 0;
    if (!known || !right || pl_strcmp(&resp.realm, cfg->realm) != 0 || !is_for(msg, &resp.uri))
        return UT__SIP_AUTH_WRONG;
    return is_first_use(nonces, &resp, now_us) ? UT__SIP_AUTH_OK : UT__SIP_AUTH_STALE;
}
