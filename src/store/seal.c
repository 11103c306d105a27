/* SPDX-License-Identifier: MIT */
/* Texts that only nodes with the same key can read and make. */

#include "store/seal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.h"

enum { NONCE_BYTES = 12, TAG_BYTES = 16, OWN_BYTES = 32, TEXT_MAX = 1 << 20 };

static const char before[UT__SEALED_BEFORE + 1] = "s1";

/* A key of its own: what is signed, hashed or sealed elsewhere tells nothing here. */
static void derive(const uint8_t key[UT__KEY_BYTES], uint8_t out[OWN_BYTES])
{
    static const char label[] = "undertone seal 1";
    unsigned n = 0;
    HMAC(EVP_sha256(), key, UT__KEY_BYTES, (const uint8_t *)label, sizeof label, out, &n);
}

/* box: nonce, n bytes of text in place, tag. Fills the tag, or checks it where `open`. */
static int crypt(const uint8_t key[UT__KEY_BYTES], const char *name, uint8_t *box, size_t n,
                 int open)
{
    uint8_t own[OWN_BYTES], end[TAG_BYTES], *text = box + NONCE_BYTES, *tag = text + n;
    int len = 0, ok = 0;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    derive(key, own);
    if (ctx && EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, own, box, !open) == 1 &&
        EVP_CipherUpdate(ctx, NULL, &len, (const uint8_t *)name, (int)strlen(name)) == 1 &&
        EVP_CipherUpdate(ctx, text, &len, text, (int)n) == 1 &&
        (!open || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1) &&
        EVP_CipherFinal_ex(ctx, end, &len) == 1)
        ok = open || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1;
    EVP_CIPHER_CTX_free(ctx);
    OPENSSL_cleanse(own, sizeof own);
    return ok ? 0 : UT_EMALFORMED;
}

int ut__seal(const uint8_t key[UT__KEY_BYTES], const char *name, const char *text, char **out)
{
    struct ut__text t = {0};
    size_t n = strlen(text);
    uint8_t *box = n <= TEXT_MAX ? malloc(NONCE_BYTES + n + TAG_BYTES) : NULL;
    if (!box)
        return UT_ENOMEM;
    memcpy(box + NONCE_BYTES, text, n);
    if (ut__key_random(box, NONCE_BYTES) || crypt(key, name, box, n, 0)) {
        free(box);
        return UT_EIO;
    }
    ut__text_raw(&t, before);
    ut__text_base64(&t, box, NONCE_BYTES + n + TAG_BYTES);
    free(box);
    if (t.failed) {
        ut__text_free(&t);
        return UT_ENOMEM;
    }
    *out = t.buf;
    return 0;
}

/* Returns the bytes, 0 where it is no base64. */
static size_t from_base64(const char *text, size_t digits, uint8_t *out)
{
    size_t pad = 0;
    if (!digits || digits % 4 || EVP_DecodeBlock(out, (const uint8_t *)text, (int)digits) < 0)
        return 0;
    while (pad < 2 && text[digits - 1 - pad] == '=')
        pad++;
    return digits / 4 * 3 - pad;
}

int ut__unseal(const uint8_t key[UT__KEY_BYTES], const char *name, const char *sealed, char **out)
{
    size_t digits = strlen(sealed);
    if (strncmp(sealed, before, UT__SEALED_BEFORE) != 0 || digits > (size_t)2 * TEXT_MAX)
        return UT_EMALFORMED;
    digits -= UT__SEALED_BEFORE;
    uint8_t *box = malloc(digits / 4 * 3 + 1);
    if (!box)
        return UT_ENOMEM;
    size_t bytes = from_base64(sealed + UT__SEALED_BEFORE, digits, box);
    size_t n = bytes < NONCE_BYTES + TAG_BYTES ? 0 : bytes - NONCE_BYTES - TAG_BYTES;
    int sound = bytes >= NONCE_BYTES + TAG_BYTES && crypt(key, name, box, n, 1) == 0 &&
                !memchr(box + NONCE_BYTES, '\0', n);
    if (sound) {
        memmove(box, box + NONCE_BYTES, n);
        box[n] = '\0';
        *out = (char *)box;
        return 0;
    }
    free(box);
    return UT_EMALFORMED;
}
