/* SPDX-License-Identifier: MIT */
/*
 * A preload that refuses memory once. The file $FAIL_ALLOC, shared with the test, holds who asked, and who is
 * refused: `struct sites`. Whoever crashes then is told with where.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sites.h"

enum { FRAMES = 32 };

static struct sites *shared;

/* glibc's own, below what is replaced here. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

static int fails(void)
{
    if (!shared || !sites_refuse(shared))
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t n)
{
    return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return fails() ? NULL : __libc_realloc(p, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
    return fails() ? NULL : __libc_memalign(alignment, n);
}

void *memalign(size_t alignment, size_t n)
{
    return fails() ? NULL : __libc_memalign(alignment, n);
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
    void *p = fails() ? NULL : __libc_memalign(alignment, n);
    if (p)
        *out = p;
    return p ? 0 : ENOMEM;
}

static void crashed(int signal_number)
{
    void *frame[FRAMES];
    shared = NULL;
    backtrace_symbols_fd(frame, backtrace(frame, FRAMES), STDERR_FILENO);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void __attribute__((constructor)) begin(void)
{
    static const int deadly[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGTRAP};
    void *frame[1];
    const char *path = getenv("FAIL_ALLOC");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    backtrace(frame, 1); /* It loads what it needs now. */
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
        signal(deadly[i], crashed);
    void *map = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map != MAP_FAILED)
        shared = map;
}
