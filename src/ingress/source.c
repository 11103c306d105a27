/* SPDX-License-Identifier: MIT */
/* Opens a path, looks at its head, and hands it to the implementation that knows its kind. */

#define _POSIX_C_SOURCE 200809L /* open, pread, fstat. */

#include "ingress/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingress/pcap/capture_source.h"

static int open_failed(struct ut__source_message *msg, int number)
{
    const char *remedy = "check the name and the file's permissions";
    if (number == ENOENT)
        remedy = "check the spelling; names with spaces need quotes";
    else if (number == EACCES)
        remedy = "give yourself leave to read it (chmod, chown), or run as its owner";
    else if (number == EMFILE || number == ENFILE)
        remedy = "use fewer --jobs, or raise ulimit -n";
    return ut__source_say(msg, UT_EINVAL, "cannot be opened: %s; %s", strerror(number), remedy);
}

enum { PIPE_WAIT_MS = 5000 /* For who writes into a named pipe. */ };

/* A named pipe: opened without waiting for who writes, since nobody may ever. */
static int open_pipe(const char *path, struct ut__source_message *msg)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return open_failed(msg, errno);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int n = poll(&ready, 1, PIPE_WAIT_MS);
    int flags = fcntl(fd, F_GETFL);
    if (n <= 0 || flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0) {
        close(fd);
        return ut__source_say(msg, UT_EINVAL,
                              "is a pipe into which nobody writes; begin with the writer, or leave "
                              "it out");
    }
    return fd;
}

static int is_pipe(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* Reads the head of a regular file; in->head stays zero for a pipe. */
static int look(struct ut__source_input *in, struct ut__source_message *msg)
{
    struct stat st;
    if (fstat(in->fd, &st) != 0)
        return open_failed(msg, errno);
    if (S_ISDIR(st.st_mode))
        return ut__source_say(msg, UT_EINVAL,
                              "is a directory; name the files in it, such as %s/*.wav", in->path);
    if (!S_ISREG(st.st_mode))
        return 0;
    in->regular = 1;
    in->size_bytes = (uint64_t)st.st_size;
    uint8_t bytes[UT__SOUND_HEAD_BYTES];
    ssize_t n = pread(in->fd, bytes, sizeof bytes, 0);
    if (n < 0)
        return ut__source_say(msg, UT_EINVAL, "cannot be read: %s", strerror(errno));
    ut__sound_head(&in->head, bytes, (size_t)n);
    return 0;
}

int ut__source_open(struct ut__source *src, const char *path, const struct ut__source_config *cfg,
                    struct ut__source_message *msg)
{
    struct ut__source_input in = {.path = path, .fd = STDIN_FILENO};
    msg->text[0] = '\0';
    if (strcmp(path, "-") != 0)
        in.fd = is_pipe(path) ? open_pipe(path, msg) : open(path, O_RDONLY | O_CLOEXEC);
    if (in.fd < 0)
        return msg->text[0] ? UT_EINVAL : open_failed(msg, errno);
    int err = look(&in, msg);
    if (err) {
        close(in.fd);
        return err;
    }
    if (in.head.kind == UT__SOUND_PCAP && cfg->raw_encoding == UT__RAW_NONE)
        return ut__source_pcap(src, &in, cfg, msg);
    if (in.head.kind == UT__SOUND_AMR && cfg->raw_encoding == UT__RAW_NONE)
        return ut__source_amr(src, &in, msg);
    return ut__source_file(src, &in, cfg, msg);
}

void ut__source_close(struct ut__source *src)
{
    if (src->close)
        src->close(src->state);
    *src = (struct ut__source){.state = NULL};
}
