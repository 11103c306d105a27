/* SPDX-License-Identifier: MIT */
/* The recordings of an archive: files as named, and those below folders. */

#define _POSIX_C_SOURCE 200809L /* opendir, stat, strdup. */

#include "commands/recordings.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "terminal/command.h"
#include "terminal/message.h"

enum { DEPTH_MAX = 16, PATH_BYTES = 4096 };

static const char *const endings[] = {".wav",  ".flac", ".ogg", ".oga",  ".opus", ".mp3",   ".aif",
                                      ".aiff", ".au",   ".snd", ".ulaw", ".ul",   ".alaw",  ".al",
                                      ".gsm",  ".sln",  ".raw", ".vox",  ".pcap", ".pcapng"};

static int is_recording(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return 1;
    return 0;
}

int ut__recordings_add(struct ut__recordings *p, const char *path)
{
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 256;
        char **more = realloc(p->path, room * sizeof more[0]);
        if (!more)
            return UT_ENOMEM;
        p->path = more;
        p->room = room;
    }
    p->path[p->count] = strdup(path);
    return p->path[p->count] ? (p->count++, 0) : UT_ENOMEM;
}

void ut__recordings_free(struct ut__recordings *p)
{
    for (size_t i = 0; i < p->count; i++)
        free(p->path[i]);
    free(p->path);
}

/* Adds the recordings below a folder, or the file itself. What is hidden is left out. */
static int add_below(struct ut__recordings *p, const char *path, int depth)
{
    struct stat st;
    DIR *dir = stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? opendir(path) : NULL;
    if (!dir)
        return depth == 0 || is_recording(path) ? ut__recordings_add(p, path) : 0;
    int err = 0;
    const struct dirent *entry;
    while (!err && depth < DEPTH_MAX && (entry = readdir(dir)) != NULL) {
        char below[PATH_BYTES];
        int n = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && n > 0 && n < PATH_BYTES)
            err = add_below(p, below, depth + 1);
    }
    closedir(dir);
    return err;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int ut__recordings_list(struct ut__recordings *p, const struct ut__options *opt)
{
    for (int i = 0; i < opt->argument_count; i++) {
        char path[PATH_BYTES];
        size_t n = strlen(opt->arguments[i]);
        if (n >= sizeof path) {
            ut__message(opt->arguments[i], "the path is too long");
            return UT__EXIT_USAGE;
        }
        memcpy(path, opt->arguments[i], n + 1);
        while (n > 1 && path[n - 1] == '/')
            path[--n] = '\0';
        size_t before = p->count;
        if (add_below(p, path, 0) != 0) {
            ut__message(NULL, "out of memory for the names of %zu files", p->count);
            return UT__EXIT_FAILED;
        }
        if (p->count == before)
            ut__message(path, "holds no recordings; name a folder of WAV, FLAC, ... or the files");
    }
    if (p->count == 0)
        return UT__EXIT_UNSCORED;
    qsort(p->path, p->count, sizeof p->path[0], by_name);
    return 0;
}
