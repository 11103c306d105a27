/* SPDX-License-Identifier: MIT */
/* The nodes' key on its way to a new one, and their signature under what they share. */

#include "store/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

enum { SECRET_BYTES = 16, NONCE_BYTES = 12, TAG_BYTES = 16, WRAP_BYTES = 32, UNTIL_BYTES = 24 };
enum { BOX_BYTES = NONCE_BYTES + UT__KEY_BYTES + TAG_BYTES };

static const char prefix[] = "utj_";

static void to_hex(const uint8_t *bytes, size_t n, char *out)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = hex[bytes[i] >> 4];
        out[2 * i + 1] = hex[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly n bytes. */
static int from_hex(const char *text, uint8_t *out, size_t n)
{
    if (strlen(text) != 2 * n)
        return UT_EMALFORMED;
    for (size_t i = 0; i < n; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return UT_EMALFORMED;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

static int derive(const uint8_t secret[SECRET_BYTES], uint8_t out[WRAP_BYTES])
{
    static char digest[] = "SHA256", label[] = "undertone join 1";
    uint8_t copy[SECRET_BYTES];
    memcpy(copy, secret, sizeof copy);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, copy, sizeof copy),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, label, sizeof label - 1),
        OSSL_PARAM_construct_end()};
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    int ok = ctx && EVP_KDF_derive(ctx, out, WRAP_BYTES, params) == 1;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    OPENSSL_cleanse(copy, sizeof copy);
    return ok ? 0 : UT_EIO;
}

/* box: nonce, key, tag. Fills what follows the nonce from `key`, or where `open` the key from it. */
static int crypt(const uint8_t wrap[WRAP_BYTES], const char *until, uint8_t box[BOX_BYTES],
                 uint8_t key[UT__KEY_BYTES], int open)
{
    int n = 0, ok = 0;
    uint8_t *text = box + NONCE_BYTES, *tag = text + UT__KEY_BYTES, end[TAG_BYTES];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx && EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, wrap, box, !open) == 1 &&
        EVP_CipherUpdate(ctx, NULL, &n, (const uint8_t *)until, (int)strlen(until)) == 1 &&
        EVP_CipherUpdate(ctx, open ? key : text, &n, open ? text : key, UT__KEY_BYTES) == 1 &&
        (!open || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1) &&
        EVP_CipherFinal_ex(ctx, end, &n) == 1)
        ok = open || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? 0 : UT_EMALFORMED;
}

int ut__join_seal(const uint8_t key[UT__KEY_BYTES], int64_t until_ms,
                  char secret[UT__JOIN_SECRET_MAX], char sealed[UT__JOIN_SEALED_MAX])
{
    uint8_t bytes[SECRET_BYTES], wrap[WRAP_BYTES], box[BOX_BYTES], copy[UT__KEY_BYTES];
    char until[UNTIL_BYTES], hex[2 * BOX_BYTES + 1];
    size_t before = sizeof prefix - 1;
    snprintf(until, sizeof until, "%lld", (long long)until_ms);
    memcpy(copy, key, sizeof copy);
    int err = ut__key_random(bytes, sizeof bytes) || ut__key_random(box, NONCE_BYTES) ||
                      derive(bytes, wrap) || crypt(wrap, until, box, copy, 0)
                  ? UT_EIO
                  : 0;
    if (!err) {
        memcpy(secret, prefix, before);
        to_hex(bytes, sizeof bytes, secret + before);
        to_hex(box, sizeof box, hex);
        snprintf(sealed, UT__JOIN_SEALED_MAX, "%s %s", until, hex);
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    OPENSSL_cleanse(wrap, sizeof wrap);
    OPENSSL_cleanse(copy, sizeof copy);
    return err;
}

int ut__join_open(const char *secret, const char *sealed, int64_t now_ms,
                  uint8_t key[UT__KEY_BYTES])
{
    uint8_t bytes[SECRET_BYTES], wrap[WRAP_BYTES], box[BOX_BYTES], out[UT__KEY_BYTES];
    char until[UNTIL_BYTES];
    const char *space = strchr(sealed, ' ');
    size_t n = space ? (size_t)(space - sealed) : 0;
    if (n == 0 || n >= sizeof until || strncmp(secret, prefix, sizeof prefix - 1) != 0 ||
        from_hex(secret + sizeof prefix - 1, bytes, sizeof bytes) ||
        from_hex(space + 1, box, sizeof box))
        return UT_EMALFORMED;
    memcpy(until, sealed, n);
    until[n] = '\0';
    int err =
        derive(bytes, wrap) || crypt(wrap, until, box, out, 1) || strtoll(until, NULL, 10) < now_ms
            ? UT_EMALFORMED
            : 0;
    if (!err)
        memcpy(key, out, sizeof out);
    OPENSSL_cleanse(bytes, sizeof bytes);
    OPENSSL_cleanse(wrap, sizeof wrap);
    OPENSSL_cleanse(out, sizeof out);
    return err;
}

void ut__join_sign(const uint8_t key[UT__KEY_BYTES], const char *name, const char *value,
                   char out[65])
{
    static const char label[] = "undertone setting";
    uint8_t own[EVP_MAX_MD_SIZE] = {0}, inner[EVP_MAX_MD_SIZE] = {0}, mac[EVP_MAX_MD_SIZE] = {0};
    unsigned n = 0;
    /* A key of its own, bound to the setting's name, so that no value serves under another. */
    HMAC(EVP_sha256(), key, UT__KEY_BYTES, (const uint8_t *)label, sizeof label, own, &n);
    HMAC(EVP_sha256(), own, 32, (const uint8_t *)name, strlen(name), inner, &n);
    HMAC(EVP_sha256(), inner, 32, (const uint8_t *)value, strlen(value), mac, &n);
    to_hex(mac, 32, out);
}
