/* SPDX-License-Identifier: MIT */
/* Names of files: thousands do not fit on a command line, so they may come in a list. */

#include "commands/file_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/command.h"
#include "terminal/message.h"
#include "terminal/slurp.h"

enum { LIST_BYTES_MAX = 256 << 20 };

static size_t count_lines(const char *text)
{
    size_t n = 1;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void add_lines(struct ut__file_list *list)
{
    for (char *line = list->memory; line;) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        size_t len = strlen(line);
        if (len && line[len - 1] == '\r')
            line[--len] = '\0';
        if (len)
            list->paths[list->count++] = line;
        line = end ? end + 1 : NULL;
    }
}

int ut__file_list_read(struct ut__file_list *list, char **arguments, int n, const char *from)
{
    *list = (struct ut__file_list){.count = 0};
    size_t lines = 0;
    if (from) {
        size_t len;
        int err = ut__slurp(&list->memory, &len, from, LIST_BYTES_MAX);
        if (err) {
            ut__message(from, "the list of files cannot be read: %s", strerror(err));
            return UT__EXIT_USAGE;
        }
        if (memchr(list->memory, '\0', len)) {
            ut__message(from, "is no list of names, one a line: it holds NUL bytes; write it with "
                              "find -print, not -print0, and in UTF-8");
            ut__file_list_free(list);
            return UT__EXIT_USAGE;
        }
        lines = count_lines(list->memory);
    }
    list->paths = calloc((size_t)n + lines + 1, sizeof list->paths[0]);
    if (!list->paths) {
        ut__file_list_free(list);
        ut__message(NULL, "out of memory for the list of files");
        return UT__EXIT_FAILED;
    }
    for (int i = 0; i < n; i++)
        list->paths[list->count++] = arguments[i];
    if (list->memory)
        add_lines(list);
    return 0;
}

void ut__file_list_free(struct ut__file_list *list)
{
    free(list->paths);
    free(list->memory);
    *list = (struct ut__file_list){.count = 0};
}
