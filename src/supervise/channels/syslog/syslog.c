/* SPDX-License-Identifier: MIT */
/* Syslog (RFC 5424) over UDP, TCP with octet counting (RFC 6587) or a local socket. */

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "supervise/channels/syslog/syslog.h"
#include "supervise/channels/syslog/syslog_text.h"

enum { WAIT_S = 5, HOST_MAX = 256 };

struct syslog {
    int type; /* SOCK_DGRAM or SOCK_STREAM. */
    char host[HOST_MAX], port[16], path[108], node[64];
    int fd;
};

static int bad(char *why, size_t cap)
{
    snprintf(why, cap,
             "the syslog address will not do: give udp://HOST:PORT, tcp://HOST:PORT or "
             "unix:///dev/log");
    return UT_EINVAL;
}

static int parse(struct syslog *s, const char *where)
{
    if (strncmp(where, "unix://", 7) == 0) {
        s->type = SOCK_DGRAM;
        return snprintf(s->path, sizeof s->path, "%s", where + 7) < (int)sizeof s->path &&
               s->path[0] == '/';
    }
    s->type = strncmp(where, "tcp://", 6) == 0 ? SOCK_STREAM : SOCK_DGRAM;
    if (s->type == SOCK_DGRAM && strncmp(where, "udp://", 6) != 0)
        return 0;
    where += 6;
    const char *colon = strrchr(where, ':');
    size_t n = colon ? (size_t)(colon - where) : strlen(where);
    int bracket = where[0] == '[' && n > 2 && where[n - 1] == ']';
    snprintf(s->port, sizeof s->port, "%s",
             colon                    ? colon + 1
             : s->type == SOCK_STREAM ? "601"
                                      : "514");
    where += bracket;
    n -= 2 * (size_t)bracket;
    if (n == 0 || n >= sizeof s->host || !s->port[0])
        return 0;
    memcpy(s->host, where, n);
    s->host[n] = '\0';
    return s->port[strspn(s->port, "0123456789")] == '\0';
}

int ut__syslog_create(void **out, const char *where, const char *node, char *why, size_t cap)
{
    struct syslog *s = calloc(1, sizeof *s);
    if (!s)
        return UT_ENOMEM;
    s->fd = -1;
    snprintf(s->node, sizeof s->node, "%s", node);
    if (!parse(s, where)) {
        free(s);
        return bad(why, cap);
    }
    *out = s;
    return 0;
}

static void destroy(void *state)
{
    struct syslog *s = state;
    if (s && s->fd >= 0)
        close(s->fd);
    free(s);
}

static int open_unix(struct syslog *s)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    memcpy(to.sun_path, s->path, sizeof to.sun_path - 1);
    s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return s->fd >= 0 && connect(s->fd, (const struct sockaddr *)&to, sizeof to) == 0;
}

static int open_inet(struct syslog *s)
{
    struct addrinfo hints = {.ai_socktype = s->type}, *list = NULL;
    struct timeval wait = {.tv_sec = WAIT_S};
    int ok = 0;
    if (getaddrinfo(s->host, s->port, &hints, &list))
        return 0;
    for (const struct addrinfo *a = list; a && !ok; a = a->ai_next) {
        s->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (s->fd < 0)
            continue;
        setsockopt(s->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
        ok = connect(s->fd, a->ai_addr, a->ai_addrlen) == 0;
        if (!ok) {
            close(s->fd);
            s->fd = -1;
        }
    }
    freeaddrinfo(list);
    return ok;
}

static void shut(struct syslog *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

/* A peer that has closed takes what is written before it tells; so it is asked first. */
static int is_gone(const struct syslog *s)
{
    char byte;
    return s->type == SOCK_STREAM && recv(s->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

static int send_all(struct syslog *s, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(s->fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return 0;
        bytes += sent;
        n -= (size_t)sent;
    }
    return 1;
}

static enum ut__sent send_letter(void *state, const struct ut__letter *letter,
                                 struct ut__channel_word *word)
{
    struct syslog *s = state;
    struct ut__text line = {0}, framed = {0};
    if (ut__syslog_line(letter->body, s->node, (long)getpid(), &line)) {
        ut__text_free(&line);
        snprintf(word->error, sizeof word->error, "the line could not be made");
        return UT__SENT_RETRY; /* What a lack of memory made unreadable may read the next time. */
    }
    if (s->fd >= 0 && is_gone(s))
        shut(s);
    if (s->fd < 0 && !(s->path[0] ? open_unix(s) : open_inet(s))) {
        shut(s);
        ut__text_free(&line);
        snprintf(word->error, sizeof word->error, "the syslog server cannot be reached");
        return UT__SENT_AWAY;
    }
    if (s->type == SOCK_STREAM)
        ut__text_printf(&framed, "%zu ", line.len);
    ut__text_bytes(&framed, line.buf, line.len);
    int ok = !framed.failed && send_all(s, framed.buf, framed.len);
    ut__text_free(&line);
    ut__text_free(&framed);
    if (ok)
        return UT__SENT;
    shut(s);
    snprintf(word->error, sizeof word->error, "the syslog server takes nothing");
    return UT__SENT_AWAY;
}

static void where(void *state, char *out, size_t cap)
{
    const struct syslog *s = state;
    if (s->path[0])
        snprintf(out, cap, "%s", s->path);
    else
        snprintf(out, cap, "%s port %s", s->host, s->port);
}

const struct ut__channel_kind ut__syslog_kind = {
    .name = "syslog", .send = send_letter, .destroy = destroy, .where = where};
