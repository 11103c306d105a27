/* SPDX-License-Identifier: MIT */
#include "ingress/websocket/vendor_auth.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX = 4096,
    SECRET_MAX = 512,
    COMPONENTS_MAX = 16,
    CLOCK_SLACK_S = 300 /* The client's clock may be ahead of ours by this much. */
};

int ut__auth_same(const char *a, const char *b)
{
    if (!a || !b)
        return 0;
    size_t len = strlen(a);
    return len == strlen(b) && CRYPTO_memcmp(a, b, len) == 0;
}

/* Strict base64; returns the length, or -1. */
static int decode64(uint8_t *out, size_t cap, const char *text, size_t len)
{
    if (len == 0 || len % 4 || len / 4 * 3 > cap || len > SECRET_MAX)
        return -1;
    int n = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
    if (n < 0)
        return -1;
    return n - (text[len - 1] == '=') - (text[len - 2] == '=');
}

/* Whether base64(HMAC(key, text)) is the signature. */
static int check_hmac(const EVP_MD *md, const void *key, size_t key_len, const char *text,
                      const char *signature, size_t signature_len)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    char wanted[2 * EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    if (!HMAC(md, key, (int)key_len, (const unsigned char *)text, strlen(text), digest,
              &digest_len))
        return 0;
    int len = EVP_EncodeBlock((unsigned char *)wanted, digest, (int)digest_len);
    return len > 0 && (size_t)len == signature_len &&
           CRYPTO_memcmp(wanted, signature, signature_len) == 0;
}

int ut__auth_twilio(const char *token, const char *url, const char *signature)
{
    return signature &&
           check_hmac(EVP_sha1(), token, strlen(token), url, signature, strlen(signature));
}

int ut__auth_bearer(const char *token, const char *authorization)
{
    if (!authorization)
        return 0;
    if (strncmp(authorization, "Bearer ", 7) == 0)
        return ut__auth_same(token, authorization + 7);
    if (strncmp(authorization, "Basic ", 6) != 0)
        return 0;
    char pair[SECRET_MAX];
    const char *text = authorization + 6;
    int len = decode64((uint8_t *)pair, sizeof pair - 1, text, strlen(text));
    if (len < 0)
        return 0;
    pair[len] = 0;
    const char *colon = strchr(pair, ':');
    return colon && ut__auth_same(token, colon + 1);
}

/* Text with an end that is watched; over is set when it did not fit. */
struct writer {
    char text[TEXT_MAX];
    size_t len;
    int over;
};

static void put(struct writer *w, const char *text, size_t len)
{
    if (len >= sizeof w->text - w->len) {
        w->over = 1;
        return;
    }
    memcpy(w->text + w->len, text, len);
    w->len += len;
    w->text[w->len] = 0;
}

static void put_text(struct writer *w, const char *text)
{
    put(w, text, strlen(text));
}

static const char *component(const struct ut__auth_signed *req, const char *name)
{
    if (strcmp(name, "@request-target") == 0)
        return req->target;
    if (strcmp(name, "@authority") == 0)
        return req->authority;
    return name[0] == '@' ? NULL : req->header(req->arg, name);
}

/* The components of the list after the label, `("a" "b")`, one line each. Returns a set of the
   required ones that are there, or -1. */
static int put_components(struct writer *w, const struct ut__auth_signed *req, const char *list)
{
    static const char *const required[] = {"@request-target",           "@authority",
                                           "audiohook-organization-id", "audiohook-session-id",
                                           "audiohook-correlation-id",  "x-api-key"};
    int seen = 0;
    const char *p = list + 1;
    for (int n = 0; *p != ')'; n++) {
        char name[64];
        p += strspn(p, " ");
        const char *end = *p == '"' ? strchr(p + 1, '"') : NULL;
        size_t len = end ? (size_t)(end - p - 1) : 0;
        if (!end || len == 0 || len >= sizeof name || n == COMPONENTS_MAX)
            return -1;
        memcpy(name, p + 1, len);
        name[len] = 0;
        const char *value = component(req, name);
        if (!value)
            return -1;
        for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
            seen |= strcmp(name, required[i]) == 0 ? 1 << i : 0;
        put(w, p, len + 2);
        put_text(w, ": ");
        put_text(w, value);
        put_text(w, "\n");
        p = end + 1;
        p += strspn(p, " ");
    }
    return seen;
}

/* A numeric parameter after the list, `;created=1`; -1 when it is not there. */
static int64_t parameter(const char *params, const char *name)
{
    const char *at = strstr(params, name);
    return at ? strtoll(at + strlen(name), NULL, 10) : -1;
}

static int in_time(const char *params, const struct ut__auth_signed *req)
{
    int64_t created = parameter(params, ";created="), expires = parameter(params, ";expires=");
    if (created <= 0 || created > req->now_s + CLOCK_SLACK_S || expires < req->now_s)
        return 0;
    return !req->life_s ||
           (created >= req->now_s - CLOCK_SLACK_S && expires <= created + req->life_s);
}

/* Notes the nonce of a signature that is right; 0 when it came before or there is none. */
static int is_fresh(struct ut__auth_nonces *n, const char *params, int64_t now_s)
{
    static const char name[] = ";nonce=\"";
    const char *from = strstr(params, name);
    const char *end = from ? strchr(from + sizeof name - 1, '"') : NULL;
    uint8_t digest[EVP_MAX_MD_SIZE];
    uint64_t hash;
    if (!n)
        return 1;
    if (!end || end == from + sizeof name - 1 ||
        !EVP_Digest(from, (size_t)(end - from), digest, NULL, EVP_sha256(), NULL))
        return 0;
    memcpy(&hash, digest, sizeof hash);
    for (size_t i = 0; i < UT__AUTH_NONCES_MAX; i++)
        if (n->seen[i].hash == hash && n->seen[i].until_s >= now_s)
            return 0;
    n->seen[n->next].hash = hash;
    n->seen[n->next].until_s = parameter(params, ";expires=");
    n->next = (n->next + 1) % UT__AUTH_NONCES_MAX;
    return 1;
}

int ut__auth_audiohook(const char *secret_base64, const struct ut__auth_signed *req)
{
    uint8_t key[SECRET_MAX];
    int key_len = decode64(key, sizeof key, secret_base64, strlen(secret_base64));
    const char *equals = req->signature_input ? strchr(req->signature_input, '=') : NULL;
    if (key_len <= 0 || !equals || equals[1] != '(' || !req->signature)
        return 0;
    /* The signature stands behind the same label, between colons. */
    size_t label = (size_t)(equals - req->signature_input);
    if (strncmp(req->signature, req->signature_input, label) != 0 ||
        strncmp(req->signature + label, "=:", 2) != 0)
        return 0;
    const char *signature = req->signature + label + 2;
    size_t signature_len = strcspn(signature, ":");
    if (signature[signature_len] != ':')
        return 0;

    struct writer w = {.len = 0};
    if (put_components(&w, req, equals + 1) != 0x3f)
        return 0;
    put_text(&w, "\"@signature-params\": ");
    put_text(&w, equals + 1);
    return !w.over && in_time(equals + 1, req) &&
           check_hmac(EVP_sha256(), key, (size_t)key_len, w.text, signature, signature_len) &&
           is_fresh(req->nonces, equals + 1, req->now_s);
}
