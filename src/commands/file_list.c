/* SPDX-License-Identifier: MIT */
/* Names of files: thousands do not fit on a command line, so they may come in a list. */

#define _POSIX_C_SOURCE 200809L /* stat. */

#include "commands/file_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/slurp.h"
#include "ingress/source.h"
#include "terminal/command.h"
#include "terminal/message.h"

enum { LIST_BYTES_MAX = 256 << 20 };

/* ---- who is where ---- */

/* A channel's number, or 0. */
static unsigned channel_of(const char *text, size_t len)
{
    char digits[4] = "";
    if (len == 0 || len >= sizeof digits || strspn(text, "0123456789") < len)
        return 0;
    memcpy(digits, text, len);
    unsigned n = (unsigned)strtoul(digits, NULL, 10);
    return n <= UT_SOURCE_CHANNELS_MAX ? n : 0;
}

static int read_word(struct ut__file_roles *roles, const char *word, size_t len)
{
    static const char caller[] = "caller=", agent[] = "agent=", mono[] = "mono-is=";
    size_t n = strcspn(word, "=") + 1;
    if (n > len)
        return UT_EINVAL;
    const char *value = word + n;
    size_t value_len = len - n;
    if (strncmp(word, caller, n) == 0) {
        roles->caller_channel = channel_of(value, value_len);
        return roles->caller_channel ? 1 : UT_EINVAL;
    }
    if (strncmp(word, agent, n) == 0) {
        roles->no_agent = value_len == 4 && strncmp(value, "none", 4) == 0;
        roles->agent_channel = roles->no_agent ? 0 : channel_of(value, value_len);
        return roles->no_agent || roles->agent_channel ? 1 : UT_EINVAL;
    }
    if (strncmp(word, mono, n) != 0)
        return UT_EINVAL;
    roles->mono_is_caller = value_len == 6 && strncmp(value, "caller", 6) == 0;
    roles->mono_is_mixed = value_len == 5 && strncmp(value, "mixed", 5) == 0;
    return roles->mono_is_caller || roles->mono_is_mixed ? 1 : UT_EINVAL;
}

int ut__file_roles_read(struct ut__file_roles *roles, const char *text)
{
    struct ut__file_roles read = {0};
    text += strspn(text, " ");
    if (strncmp(text, "caller=", 7) != 0 && strncmp(text, "agent=", 6) != 0 &&
        strncmp(text, "mono-is=", 8) != 0)
        return 0;
    while (*text) {
        size_t len = strcspn(text, " ,");
        if (len && read_word(&read, text, len) != 1)
            return UT_EINVAL;
        text += len;
        text += strspn(text, " ,");
    }
    if (read.caller_channel && read.caller_channel == read.agent_channel)
        return UT_EINVAL;
    *roles = read;
    return 1;
}

void ut__file_roles_apply(struct ut__options *opt, const struct ut__file_roles *roles)
{
    if (roles->caller_channel) {
        opt->caller_channel = roles->caller_channel;
        opt->agent_channel = 0; /* The other one, unless the line names it too. */
        opt->no_agent = 0;
    }
    if (roles->agent_channel || roles->no_agent) {
        opt->agent_channel = roles->agent_channel;
        opt->no_agent = roles->no_agent;
    }
    if (roles->mono_is_caller || roles->mono_is_mixed)
        opt->mono_is_caller = roles->mono_is_caller;
}

/* ---- the list ---- */

static int no_memory(void)
{
    ut__message(NULL, "out of memory for the list of files");
    return UT__EXIT_FAILED;
}

/* Adds a file, or what lies below a folder. */
static int add(struct ut__file_list *list, const char *path, const struct ut__file_roles *roles)
{
    struct stat st;
    size_t before = list->files.count;
    int is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    if (is_folder ? ut__recordings_add_folder(&list->files, path)
                  : ut__recordings_add(&list->files, path))
        return no_memory();
    if (is_folder && list->files.count == before)
        ut__message(path, "holds no recordings; name a folder of WAV, FLAC, ... or the files");
    if (list->files.count == before)
        return 0;
    struct ut__file_roles *more = realloc(list->roles, list->files.room * sizeof more[0]);
    if (!more)
        return no_memory();
    list->roles = more;
    for (size_t i = before; i < list->files.count; i++)
        list->roles[i] = *roles;
    return 0;
}

/* One line, or what stands before a NUL; it is changed. */
static int add_line(struct ut__file_list *list, char *line, const char *from, size_t number)
{
    struct ut__file_roles roles = {0};
    char *tab = strrchr(line, '\t');
    int has_roles = tab ? ut__file_roles_read(&roles, tab + 1) : 0;
    if (has_roles < 0) {
        ut__message(
            from,
            "line %zu: \"%s\" says nothing of channels; write caller=N, agent=N, agent=none "
            "or mono-is=caller",
            number, tab + 1);
        return UT__EXIT_USAGE;
    }
    if (has_roles)
        *tab = '\0';
    return line[0] ? add(list, line, &roles) : 0;
}

static int is_utf16(const char *text, size_t len)
{
    return len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0 ||
                        (len >= 4 && !text[1] && !text[3] && text[0] && text[2]));
}

static int read_list(struct ut__file_list *list, char *text, size_t len, const char *from)
{
    if (is_utf16(text, len)) {
        ut__message(from, "is a list in UTF-16; save it as UTF-8");
        return UT__EXIT_USAGE;
    }
    char *at = text, *end = text + len;
    if (len >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3; /* A byte order mark, as editors on Windows write it. */
    char apart = memchr(at, '\0', (size_t)(end - at)) ? '\0' : '\n';
    int status = 0;
    for (size_t number = 1; status == 0 && at < end; number++) {
        char *stop = memchr(at, apart, (size_t)(end - at));
        if (!stop)
            stop = end; /* Behind it a NUL stands anyway. */
        *stop = '\0';
        if (apart == '\n' && stop > at && stop[-1] == '\r')
            stop[-1] = '\0';
        status = add_line(list, at, from, number);
        at = stop + 1;
    }
    return status;
}

int ut__file_list_read(struct ut__file_list *list, char **arguments, int n, const char *from)
{
    static const struct ut__file_roles nothing;
    *list = (struct ut__file_list){.roles = NULL};
    int status = 0;
    for (int i = 0; status == 0 && i < n; i++)
        status = add(list, arguments[i], &nothing);
    if (status || !from)
        return status;
    char *text = NULL;
    size_t len;
    int err = ut__slurp(&text, &len, from, LIST_BYTES_MAX);
    if (err) {
        ut__message(from, "the list of files cannot be read: %s", strerror(err));
        return UT__EXIT_USAGE;
    }
    status = read_list(list, text, len, from);
    free(text);
    return status;
}

void ut__file_list_free(struct ut__file_list *list)
{
    ut__recordings_free(&list->files);
    free(list->roles);
    *list = (struct ut__file_list){.roles = NULL};
}
