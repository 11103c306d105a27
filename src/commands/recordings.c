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

static const char *const endings[] = {
    ".wav",   ".w64",   ".rf64",  ".flac",  ".ogg",  ".oga", ".opus", ".mp3",
    ".aif",   ".aiff",  ".au",    ".snd",   ".caf",  ".amr", ".ulaw", ".ul",
    ".mulaw", ".pcmu",  ".alaw",  ".al",    ".pcma", ".gsm", ".sln",  ".sln12",
    ".sln16", ".sln24", ".sln32", ".sln48", ".raw",  ".vox", ".pcap", ".pcapng"};

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

/* A folder that is being read, below another. */
struct below {
    const struct below *up; /* NULL: of the one that was named. */
    int depth;
    dev_t dev;
    ino_t ino;
};

/* A link that leads up again: all recordings would come once more for each step of the depth. */
static int is_round(const struct below *b, const struct stat *st)
{
    for (; b; b = b->up)
        if (b->dev == st->st_dev && b->ino == st->st_ino)
            return 1;
    return 0;
}

/* Adds the recordings below a folder, or the file itself. What is hidden is left out, and below a
 * folder what is no file: a pipe would be waited for. */
static int add_below(struct ut__recordings *p, const char *path, const struct below *up)
{
    struct stat st;
    int there = stat(path, &st) == 0, is_folder = there && S_ISDIR(st.st_mode);
    if (is_folder && is_round(up, &st))
        return 0;
    DIR *dir = is_folder ? opendir(path) : NULL;
    if (!dir) {
        int wanted = !up || (is_recording(path) && there && S_ISREG(st.st_mode));
        return wanted ? ut__recordings_add(p, path) : 0;
    }
    const struct below here = {
        .up = up, .depth = up ? up->depth + 1 : 0, .dev = st.st_dev, .ino = st.st_ino};
    int err = 0;
    const struct dirent *entry;
    while (!err && here.depth < DEPTH_MAX && (entry = readdir(dir)) != NULL) {
        char below[PATH_BYTES];
        int n = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && n > 0 && n < PATH_BYTES)
            err = add_below(p, below, &here);
    }
    closedir(dir);
    return err;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int ut__recordings_add_folder(struct ut__recordings *p, const char *path)
{
    char folder[PATH_BYTES];
    size_t n = strlen(path), before = p->count;
    if (n >= sizeof folder)
        return ut__recordings_add(p, path); /* It cannot be opened either, and that is told. */
    memcpy(folder, path, n + 1);
    while (n > 1 && folder[n - 1] == '/')
        folder[--n] = '\0';
    int err = add_below(p, folder, NULL);
    if (p->count > before)
        qsort(p->path + before, p->count - before, sizeof p->path[0], by_name);
    return err;
}

int ut__recordings_list(struct ut__recordings *p, const struct ut__options *opt)
{
    for (int i = 0; i < opt->argument_count; i++) {
        size_t before = p->count;
        if (ut__recordings_add_folder(p, opt->arguments[i]) != 0) {
            ut__message(NULL, "out of memory for the names of %zu files", p->count);
            return UT__EXIT_FAILED;
        }
        if (p->count == before)
            ut__message(opt->arguments[i],
                        "holds no recordings; name a folder of WAV, FLAC, ... or the files");
    }
    if (p->count == 0)
        return UT__EXIT_UNSCORED;
    qsort(p->path, p->count, sizeof p->path[0], by_name);
    return 0;
}
