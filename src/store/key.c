/* SPDX-License-Identifier: MIT */
/* The key under which callers' numbers are hashed, and the hash itself. */

#include "store/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { PATH_BYTES = 4096, NUMBER_BYTES = 64, HASH_BYTES = 8 };

int ut__key_random(uint8_t *buf, int n)
{
    return getrandom(buf, (size_t)n, 0) == n ? 0 : UT_EINVAL;
}

static int read_key(const char *path, uint8_t key[UT__KEY_BYTES])
{
    uint8_t bytes[UT__KEY_BYTES + 1];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? UT_ETRUNCATED : UT_EINVAL;
    ssize_t n = read(fd, bytes, sizeof bytes);
    int safe = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) == 0;
    close(fd);
    if (n != UT__KEY_BYTES || !safe)
        return UT_EMALFORMED;
    memcpy(key, bytes, UT__KEY_BYTES);
    return 0;
}

/* Written whole under another name first: a crash leaves no half key behind. */
static int make_key(const char *dir, const char *path, uint8_t key[UT__KEY_BYTES])
{
    char temp[PATH_BYTES];
    int n = snprintf(temp, sizeof temp, "%s/key.%ld", dir, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof temp || ut__key_random(key, UT__KEY_BYTES))
        return UT_EINVAL;
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return UT_EINVAL;
    int ok = write(fd, key, UT__KEY_BYTES) == UT__KEY_BYTES && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    /* link() fails where somebody else was faster; then theirs holds. */
    int won = ok && link(temp, path) == 0;
    unlink(temp);
    return won ? 0 : read_key(path, key);
}

int ut__key_load(const char *dir, uint8_t key[UT__KEY_BYTES])
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/key", dir);
    if (n < 0 || (size_t)n >= sizeof path)
        return UT_EINVAL;
    int err = read_key(path, key);
    return err == UT_ETRUNCATED ? make_key(dir, path, key) : err;
}

static void hmac_hex(const uint8_t key[UT__KEY_BYTES], const char *text, size_t len, char *out)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t mac[EVP_MAX_MD_SIZE] = {0};
    unsigned mac_len = 0;
    HMAC(EVP_sha256(), key, UT__KEY_BYTES, (const uint8_t *)text, len, mac, &mac_len);
    for (int i = 0; i < HASH_BYTES; i++) {
        out[2 * i] = hex[mac[i] >> 4];
        out[2 * i + 1] = hex[mac[i] & 15];
    }
    out[2 * HASH_BYTES] = '\0';
}

void ut__key_id(const uint8_t key[UT__KEY_BYTES], char out[UT__KEY_ID_MAX])
{
    static const char label[] = "undertone key id";
    hmac_hex(key, label, sizeof label, out);
}

int ut__key_take_next(const char *dir, const char *id, uint8_t key[UT__KEY_BYTES])
{
    char path[PATH_BYTES], next[PATH_BYTES], its_id[UT__KEY_ID_MAX];
    uint8_t bytes[UT__KEY_BYTES];
    int n = snprintf(next, sizeof next, "%s/key.next", dir);
    if (n < 0 || (size_t)n >= sizeof next || read_key(next, bytes))
        return 0;
    snprintf(path, sizeof path, "%.*s", n - (int)strlen(".next"), next);
    ut__key_id(bytes, its_id);
    if (strcmp(its_id, id) != 0 || rename(next, path) != 0)
        return 0;
    memcpy(key, bytes, UT__KEY_BYTES);
    return 1;
}

/* "sip:+34 600@host" -> "+34600". */
static size_t normalise(const char *number, char *out, size_t cap)
{
    size_t n = 0;
    const char *at = strchr(number, '@');
    const char *from = at ? strchr(number, ':') : NULL;
    from = from && from < at ? from + 1 : number;
    for (const char *p = from; *p && p != at && n + 1 < cap; p++)
        if ((*p >= '0' && *p <= '9') || (*p == '+' && n == 0))
            out[n++] = *p;
    if (n > 0)
        return n;
    n = strlen(number);
    n = n < cap ? n : cap;
    memcpy(out, number, n);
    return n;
}

void ut__key_caller(const uint8_t key[UT__KEY_BYTES], const char *number,
                    char out[UT__CALLER_KEY_MAX])
{
    char text[NUMBER_BYTES];
    size_t n = normalise(number, text, sizeof text);
    out[0] = '\0';
    if (n > 0)
        hmac_hex(key, text, n, out);
    OPENSSL_cleanse(text, sizeof text);
}
