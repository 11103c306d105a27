/* SPDX-License-Identifier: MIT */
/*
 * Pieces of recordings, from below one folder.
 *
 * Names of calls, queues and agents come from outside and stand in paths. So what was opened is asked
 * where it lies, behind all links and dots, and is served only when that is below the folder.
 */

#include "supervise/play.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/link.h"
#include "supervise/hand.h"

struct ut__play {
    char root[UT__PLAY_PATH_MAX]; /* As the template has it, ended by a slash. */
    struct ut__hand *hand;
    void (*done)(void *arg, void *piece);
    void (*drop)(void *arg, void *piece);
    void *arg;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct ut__piece *head, **tail;
    unsigned waiting;
    int ending;
};

/* What browsers play, and is no secret of another kind. */
static const char *type_of(const char *path)
{
    static const char *const types[][2] = {
        {".wav", "audio/wav"},  {".mp3", "audio/mpeg"},  {".ogg", "audio/ogg"},
        {".opus", "audio/ogg"}, {".flac", "audio/flac"}, {".m4a", "audio/mp4"},
        {".mp4", "audio/mp4"},  {".webm", "audio/webm"}, {".gsm", "audio/x-gsm"}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(dot, types[i][0]) == 0)
            return types[i][1];
    return NULL;
}

/* The folder that a template begins with, with its slash. */
static int root_of(char *out, size_t cap, const char *template)
{
    size_t n = strcspn(template, "{");
    while (n && template[n - 1] != '/')
        n--;
    if (n < 2 || n >= cap)
        return UT_EINVAL;
    memcpy(out, template, n);
    out[n] = '\0';
    return 0;
}

int ut__play_check(const char *template, char *media, size_t cap, char *why, size_t why_cap)
{
    char link[UT__PLAY_PATH_MAX], root[UT__PLAY_PATH_MAX];
    const struct ut__link any = {
        .path = "/a", .call = "a", .queue = "a", .agent = "a", .started_ms = 0};
    const char *host = strstr(template, "://");
    size_t origin = host ? (size_t)(host - template) + 3 + strcspn(host + 3, "/{") : 0;
    media[0] = '\0';
    if (ut__link_write(link, sizeof link, template, &any) != 0)
        snprintf(why, why_cap,
                 "recordings has a name in braces that there is none of: there are {path}, "
                 "{name}, {call}, {queue}, {agent}, {date}");
    else if (!host &&
             (template[0] != '/' || !type_of(link) || root_of(root, sizeof root, template)))
        snprintf(why, why_cap,
                 "recordings must begin with a folder and end as sound does: "
                 "/srv/recordings/{date}/{call}.wav");
    else if (host &&
             ((strncmp(template, "https://", 8) != 0 && strncmp(template, "http://", 7) != 0) ||
              template[origin] != '/' || origin >= cap || strcspn(template, " ;,'\"\r\n") < origin))
        snprintf(why, why_cap,
                 "recordings must be an address such as "
                 "https://pbx.example/recordings/{call}.wav, its host spelt out");
    else {
        memcpy(media, template, origin);
        media[origin] = '\0';
        return 0;
    }
    return UT_EINVAL;
}

int ut__play_range(const char *text, int64_t size, int64_t *from, int64_t *to)
{
    char *rest;
    *from = 0;
    *to = size;
    if (strncmp(text, "bytes=", 6) != 0 || strlen(text) > 48 ||
        text[6 + strspn(text + 6, "0123456789-")] || strspn(text + 6, "-") > 1)
        return 200;
    long long a = strtoll(text + 6, &rest, 10);
    if (a < 0) { /* The last so many bytes. */
        *from = -a < size ? size + a : 0;
    } else {
        if (*rest != '-' || rest == text + 6)
            return 200;
        char *end = rest + 1;
        long long b = *end ? strtoll(rest + 1, &end, 10) : INT64_MAX;
        if (*end || b < a)
            return 200;
        if (a >= size)
            return 416;
        *from = a;
        *to = b < size ? b + 1 : size;
    }
    if (*to - *from > UT__PLAY_PIECE)
        *to = *from + UT__PLAY_PIECE;
    return 206;
}

/* Where an open file lies, behind all links. */
static int lies_below(int fd, const char *root)
{
    char link[64], real[UT__PLAY_PATH_MAX], *folder = realpath(root, NULL);
    size_t n = folder ? strlen(folder) : 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = folder ? readlink(link, real, sizeof real - 1) : -1;
    int is = len > 0 && (size_t)len > n && memcmp(real, folder, n) == 0 && real[n] == '/';
    free(folder);
    return is;
}

/* A file of sound below the root; -1: none. */
static int open_one(const struct ut__play *play, const char *path, int64_t *size)
{
    struct stat st;
    if (!path[0] || !type_of(path))
        return -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        lies_below(fd, play->root)) {
        *size = st.st_size;
        return fd;
    }
    close(fd);
    return -1;
}

static void read_piece(const struct ut__play *play, struct ut__piece *p)
{
    int fd = -1;
    for (int i = 0; i < 2 && fd < 0; i++) {
        fd = open_one(play, p->path[i], &p->size);
        p->type = type_of(p->path[i]);
    }
    p->status = 404;
    if (fd < 0)
        return;
    p->status = ut__play_range(p->range, p->size, &p->from, &p->to);
    if (p->status == 200 && p->size > UT__PLAY_PIECE)
        p->status = 413;
    size_t want = p->status < 300 ? (size_t)(p->to - p->from) : 0, got = 0;
    p->bytes = want ? malloc(want) : NULL;
    while (p->bytes && got < want) {
        ssize_t n = pread(fd, p->bytes + got, want - got, (off_t)p->from + (off_t)got);
        if (n <= 0 && !(n < 0 && errno == EINTR))
            break;
        got += n > 0 ? (size_t)n : 0;
    }
    if (got < want) /* It was cut short meanwhile, or there is no memory. */
        p->status = 404;
    close(fd);
}

static void *run(void *arg)
{
    struct ut__play *play = arg;
    pthread_mutex_lock(&play->lock);
    while (!play->ending) {
        struct ut__piece *p = play->head;
        if (!p) {
            pthread_cond_wait(&play->wake, &play->lock);
            continue;
        }
        play->head = p->next;
        if (!play->head)
            play->tail = &play->head;
        play->waiting--;
        pthread_mutex_unlock(&play->lock);
        read_piece(play, p);
        if (ut__hand_over(play->hand, play->done, play->drop, play->arg, p))
            play->drop(play->arg, p);
        pthread_mutex_lock(&play->lock);
    }
    pthread_mutex_unlock(&play->lock);
    return NULL;
}

int ut__play_create(struct ut__play **out, const char *template, struct ut__hand *hand,
                    void (*done)(void *arg, void *piece), void (*drop)(void *arg, void *piece),
                    void *arg)
{
    struct ut__play *play = calloc(1, sizeof *play);
    if (!play)
        return UT_ENOMEM;
    *play = (struct ut__play){.hand = hand, .done = done, .drop = drop, .arg = arg};
    play->tail = &play->head;
    int err = root_of(play->root, sizeof play->root, template);
    pthread_mutex_init(&play->lock, NULL);
    pthread_cond_init(&play->wake, NULL);
    if (!err && pthread_create(&play->thread, NULL, run, play) != 0)
        err = UT_ENOMEM;
    if (err) {
        pthread_cond_destroy(&play->wake);
        pthread_mutex_destroy(&play->lock);
        free(play);
        return err;
    }
    *out = play;
    return 0;
}

void ut__play_destroy(struct ut__play *play)
{
    if (!play)
        return;
    pthread_mutex_lock(&play->lock);
    play->ending = 1;
    pthread_cond_signal(&play->wake);
    pthread_mutex_unlock(&play->lock);
    pthread_join(play->thread, NULL);
    while (play->head) {
        struct ut__piece *p = play->head;
        play->head = p->next;
        play->drop(play->arg, p);
    }
    pthread_cond_destroy(&play->wake);
    pthread_mutex_destroy(&play->lock);
    free(play);
}

int ut__play_ask(struct ut__play *play, struct ut__piece *piece)
{
    pthread_mutex_lock(&play->lock);
    int full = play->waiting >= UT__PLAYS_MAX;
    if (!full) {
        piece->next = NULL;
        *play->tail = piece;
        play->tail = &piece->next;
        play->waiting++;
        pthread_cond_signal(&play->wake);
    }
    pthread_mutex_unlock(&play->lock);
    return full ? UT_ETOOBIG : 0;
}
