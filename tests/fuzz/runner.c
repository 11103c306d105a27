/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without libFuzzer: each seed as it is, cut at many lengths, and with single
 * bytes damaged. The input ends at a page that may not be touched.
 */

#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, scandir. */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    SEED_MAX = 1 << 20,
    CUTS_MAX = 512,  /* Prefixes of one seed. */
    FLIPS_MAX = 2048 /* Damaged copies of one seed. */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint8_t *guard; /* First byte of the page behind the input. */

static void feed(const uint8_t *bytes, size_t len)
{
    memcpy(guard - len, bytes, len);
    LLVMFuzzerTestOneInput(guard - len, len);
}

static void feed_cut(const uint8_t *bytes, size_t len)
{
    size_t step = len / CUTS_MAX + 1;
    for (size_t n = 0; n < len; n += step)
        feed(bytes, n);
}

static void feed_damaged(uint8_t *bytes, size_t len)
{
    static const uint8_t values[] = {0x00, 0xff, 0x7f, 0x80};
    size_t step = len * sizeof values / FLIPS_MAX + 1;
    for (size_t i = 0; i < len; i += step) {
        uint8_t kept = bytes[i];
        for (size_t v = 0; v < sizeof values; v++) {
            bytes[i] = values[v];
            feed(bytes, len);
        }
        bytes[i] = kept;
    }
}

static int run_seed(const char *dir, const char *name)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path)
        return 1;
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return 1;
    }
    static uint8_t bytes[SEED_MAX];
    size_t len = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    feed(bytes, len);
    feed_cut(bytes, len);
    feed_damaged(bytes, len);
    return 0;
}

static int visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *mem =
        mmap(NULL, SEED_MAX + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mem == MAP_FAILED || mprotect(mem + SEED_MAX, page, PROT_NONE) != 0) {
        perror("mmap");
        return 1;
    }
    guard = mem + SEED_MAX;

    int failed = 0, seeds = 0;
    for (int d = 1; d < argc; d++) {
        struct dirent **names;
        int n = scandir(argv[d], &names, visible, alphasort);
        if (n < 0) {
            perror(argv[d]);
            failed = 1;
        }
        for (int i = 0; i < n; i++) {
            failed |= run_seed(argv[d], names[i]->d_name);
            free(names[i]);
            seeds++;
        }
        if (n >= 0)
            free(names);
    }
    printf("%d seeds\n", seeds);
    munmap(mem, SEED_MAX + page);
    return failed || seeds == 0;
}
