/* SPDX-License-Identifier: MIT */
/* One act over TCP: Asterisk's manager interface, FreeSWITCH's event socket. */

#include "supervise/help/pbx.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/clock.h"
#include "supervise/help/block.h"

enum { ANSWER_MAX = 12288, SLICE_MS = 100, BLOCKS_MAX = 1000, LINE_MAX_BYTES = 640 };

/* A conversation with a deadline. */
struct talk {
    const struct ut__help_act *act;
    struct ut__help_word *word;
    int64_t until_ms; /* Steady clock. */
    int fd;
    size_t len, used; /* Of buf: read, and of it the last block. */
    char buf[ANSWER_MAX];
};

static int fail(struct talk *t, enum ut__help_end end, const char *said)
{
    t->word->end = end;
    snprintf(t->word->said, sizeof t->word->said, "%s", said);
    return 0;
}

/* Returns 1 when the socket can be read or written; 0 with the word filled. */
static int wait_for(struct talk *t, short events)
{
    for (;;) {
        int64_t left = t->until_ms - ut__clock_mono_us() / 1000;
        struct pollfd p = {.fd = t->fd, .events = events};
        if (atomic_load(t->act->stop))
            return fail(t, UT__HELP_AWAY, "Undertone is stopping");
        if (left <= 0)
            return fail(t, UT__HELP_LATE, "no answer in time");
        if (poll(&p, 1, left < SLICE_MS ? (int)left : SLICE_MS) > 0)
            return 1;
    }
}

static int is_connected(struct talk *t)
{
    int err = 0;
    socklen_t n = sizeof err;
    if (!wait_for(t, POLLOUT))
        return 0;
    return getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &err, &n) == 0 && err == 0;
}

static int open_to(struct talk *t, const struct addrinfo *list)
{
    for (const struct addrinfo *a = list; a; a = a->ai_next) {
        t->fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
        if (t->fd < 0)
            continue;
        if ((connect(t->fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS) &&
            is_connected(t))
            return 1;
        close(t->fd);
        t->fd = -1;
        if (t->word->end == UT__HELP_LATE)
            return 0;
    }
    return fail(t, UT__HELP_AWAY, "it cannot be reached");
}

static int reach(struct talk *t)
{
    char host[256];
    const char *colon = strrchr(t->act->target, ':'), *from = t->act->target;
    size_t n = colon ? (size_t)(colon - from) : 0;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    if (n > 1 && from[0] == '[' && from[n - 1] == ']')
        from++, n -= 2;
    if (n == 0 || n >= sizeof host)
        return fail(t, UT__HELP_AWAY, "its name is none");
    memcpy(host, from, n);
    host[n] = '\0';
    if (getaddrinfo(host, colon + 1, &hints, &list))
        return fail(t, UT__HELP_AWAY, "its name is not known");
    int ok = open_to(t, list);
    freeaddrinfo(list);
    return ok;
}

static int say(struct talk *t, const char *text)
{
    for (size_t left = strlen(text); left;) {
        if (!wait_for(t, POLLOUT))
            return 0;
        ssize_t n = send(t->fd, text, left, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0)
            return fail(t, UT__HELP_AWAY, "it has hung up");
        text += n;
        left -= (size_t)n;
    }
    return 1;
}

static int hear(struct talk *t)
{
    if (t->len == sizeof t->buf)
        return fail(t, UT__HELP_REFUSED, "it says too much");
    if (!wait_for(t, POLLIN))
        return 0;
    ssize_t n = recv(t->fd, t->buf + t->len, sizeof t->buf - t->len, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 1;
    if (n <= 0)
        return fail(t, UT__HELP_AWAY, "it has hung up");
    t->len += (size_t)n;
    return 1;
}

/* The next block, which lasts until the one after it. */
static int next_block(struct talk *t, struct ut__block *b)
{
    memmove(t->buf, t->buf + t->used, t->len - t->used);
    t->len -= t->used;
    t->used = 0;
    for (;;) {
        int n = ut__block_read(b, t->buf, t->len);
        if (n < 0)
            return fail(t, UT__HELP_REFUSED, "it says too much");
        t->used = (size_t)n;
        if (n > 0)
            return 1;
        if (!hear(t))
            return 0;
    }
}

/* The first line that the other side says, before any block. */
static int skip_banner(struct talk *t)
{
    const char *end;
    while (!(end = memchr(t->buf, '\n', t->len)))
        if (!hear(t))
            return 0;
    t->used = (size_t)(end - t->buf) + 1;
    return 1;
}

/* The answer to what was sent with this ActionID, among events of others. */
static int ami_answer(struct talk *t, const char *id, struct ut__block *b, char *response,
                      size_t cap)
{
    char got[32];
    for (int i = 0; i < BLOCKS_MAX; i++) {
        if (!next_block(t, b))
            return 0;
        if (ut__block_get(b, "Response", response, cap) &&
            ut__block_get(b, "ActionID", got, sizeof got) && strcmp(got, id) == 0)
            return 1;
    }
    return fail(t, UT__HELP_REFUSED, "it says too much");
}

/* Sends an action and takes its answer; what it says is told. Returns 1 for Success. */
static int ami_do(struct talk *t, const char *id, const char *lines, struct ut__block *b)
{
    char packet[LINE_MAX_BYTES * 2], response[32];
    int n = snprintf(packet, sizeof packet, "%sActionID: %s\r\n\r\n", lines, id);
    if (n < 0 || (size_t)n >= sizeof packet)
        return fail(t, UT__HELP_REFUSED, "the action is too long");
    int ok = say(t, packet) && ami_answer(t, id, b, response, sizeof response);
    OPENSSL_cleanse(packet, sizeof packet);
    if (!ok)
        return 0;
    (void)ut__block_get(b, "Message", t->word->said, sizeof t->word->said);
    if (strcmp(response, "Success") == 0)
        return 1;
    t->word->end = UT__HELP_REFUSED;
    return 0;
}

static int md5_hex(const char *a, const char *b, char out[33])
{
    unsigned char md[EVP_MAX_MD_SIZE] = {0};
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int ok = ctx && EVP_DigestInit_ex(ctx, EVP_md5(), NULL) &&
             EVP_DigestUpdate(ctx, a, strlen(a)) && EVP_DigestUpdate(ctx, b, strlen(b)) &&
             EVP_DigestFinal_ex(ctx, md, NULL);
    EVP_MD_CTX_free(ctx);
    for (int i = 0; i < 16; i++)
        snprintf(out + 2 * i, 3, "%02x", md[i]);
    return ok;
}

static int ami_login(struct talk *t)
{
    char challenge[128], key[33], lines[LINE_MAX_BYTES];
    const char *secret = strchr(t->act->secret, ':');
    struct ut__block b;
    if (!ami_do(t, "ut-1", "Action: Challenge\r\nAuthType: MD5\r\n", &b))
        return 0;
    if (!ut__block_get(&b, "Challenge", challenge, sizeof challenge))
        return fail(t, UT__HELP_REFUSED, "it gives no challenge");
    if (!md5_hex(challenge, secret + 1, key))
        return fail(t, UT__HELP_REFUSED, "this machine's OpenSSL has no MD5");
    int n =
        snprintf(lines, sizeof lines,
                 "Action: Login\r\nAuthType: MD5\r\nUsername: %.*s\r\nKey: %s\r\nEvents: off\r\n",
                 (int)(secret - t->act->secret), t->act->secret, key);
    if (n < 0 || (size_t)n >= sizeof lines)
        return fail(t, UT__HELP_REFUSED, "the user's name is too long");
    return ami_do(t, "ut-2", lines, &b);
}

static void finish(struct talk *t, int ok, const char *goodbye)
{
    if (ok) {
        t->word->end = UT__HELP_DONE;
        /* What follows is a courtesy, for which nobody waits. */
        (void)!send(t->fd, goodbye, strlen(goodbye), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    if (t->fd >= 0)
        close(t->fd);
}

static void begin(struct talk *t, const struct ut__help_act *act, struct ut__help_word *word)
{
    *word = (struct ut__help_word){.end = UT__HELP_AWAY};
    t->act = act;
    t->word = word;
    t->until_ms = ut__clock_mono_us() / 1000 + act->timeout_ms;
    t->fd = -1;
    t->len = t->used = 0;
}

void ut__help_ami(const struct ut__help_act *act, struct ut__help_word *word)
{
    struct talk t;
    struct ut__block b;
    begin(&t, act, word);
    int ok = reach(&t) && skip_banner(&t) && ami_login(&t) && ami_do(&t, "ut-3", act->text, &b);
    finish(&t, ok, "Action: Logoff\r\n\r\n");
}

/* A command's answer: "+OK ..." in Reply-Text, or in the body of an api's. */
static int esl_answer(struct talk *t, const char *type)
{
    char got[64], *said = t->word->said;
    struct ut__block b;
    for (int i = 0; i < BLOCKS_MAX; i++) {
        if (!next_block(t, &b))
            return 0;
        (void)ut__block_get(&b, "Content-Type", got, sizeof got);
        if (strcmp(got, "text/disconnect-notice") == 0 || strcmp(got, "text/rude-rejection") == 0)
            return fail(t, UT__HELP_REFUSED, "it lets this machine not in");
        if (strcmp(got, type) != 0)
            continue;
        if (!ut__block_get(&b, "Reply-Text", said, sizeof t->word->said))
            snprintf(said, sizeof t->word->said, "%.*s", (int)strcspn(b.text + b.head_len, "\r\n"),
                     b.text + b.head_len);
        if (said[0] == '-')
            t->word->end = UT__HELP_REFUSED;
        return said[0] != '-';
    }
    return fail(t, UT__HELP_REFUSED, "it says too much");
}

static int esl_do(struct talk *t, const char *verb, const char *what, const char *type)
{
    char line[LINE_MAX_BYTES * 2];
    int n = snprintf(line, sizeof line, "%s%s\n\n", verb, what);
    if (n < 0 || (size_t)n >= sizeof line)
        return fail(t, UT__HELP_REFUSED, "the command is too long");
    int ok = say(t, line);
    OPENSSL_cleanse(line, sizeof line);
    return ok && esl_answer(t, type);
}

void ut__help_esl(const struct ut__help_act *act, struct ut__help_word *word)
{
    struct talk t;
    struct ut__block b;
    begin(&t, act, word);
    const char *type = strncmp(act->text, "api ", 4) == 0 ? "api/response" : "command/reply";
    int ok = reach(&t) && next_block(&t, &b) && esl_do(&t, "auth ", act->secret, "command/reply") &&
             esl_do(&t, "", act->text, type);
    finish(&t, ok, "exit\n\n");
}
