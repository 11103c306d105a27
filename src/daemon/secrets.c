/* SPDX-License-Identifier: MIT */
/* What of a configuration others could read or guess. Its values are never repeated. */

#include "daemon/secrets.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    PATH_BYTES = 4096,
    SHORT_CHARS = 12,     /* Less is tried out in days at the pace that the limits leave. */
    KEY_FILE_MAX = 65536, /* A chain of certificates and its key. */
    FOR_ALL = 4,          /* Mode: others may read. */
    BY_ALL = 2            /* They may write. */
};

static const char file_ending[] =
    "-file"; /* Names a file that holds a secret: secret-file, login-file. */

static int is_on_command_line(int argc, char **argv, const char *name)
{
    size_t len = strlen(name);
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "--", 2) == 0 && strncmp(argv[i] + 2, name, len) == 0 &&
            (argv[i][2 + len] == '=' || !argv[i][2 + len]))
            return 1;
    return 0;
}

static int is_for_all(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & FOR_ALL);
}

static int is_folder_by_all(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & BY_ALL);
}

/* 1 when it holds a private key or a seed, and not certificates alone. */
static int holds_key(const char *path)
{
    static char text[KEY_FILE_MAX + 1];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(text, 1, KEY_FILE_MAX, f) : 0;
    if (f)
        fclose(f);
    text[n] = '\0';
    int holds = strstr(text, "PRIVATE KEY") != NULL || strstr(text, " SEED") != NULL;
    memset(text, 0, n);
    return holds;
}

/* 1 for scheme://USER:PASSWORD@HOST. */
static int is_url_with_password(const char *value)
{
    const char *host = strstr(value, "://");
    size_t n = host ? strcspn(host + 3, "/?,") : 0;
    return host && memchr(host + 3, ':', n) && memchr(host + 3, '@', n);
}

struct look {
    int argc;
    char **argv;
    ut__secrets_teller *tell;
    int in_file; /* Something of the configuration file should not be read by others. */
};

static void look_at_secret_file(struct look *l, const char *name, const char *path)
{
    if (is_for_all(path))
        l->tell(name, "all users of this machine can read the secret in this file; chmod o-r");
}

/* The files that a value names among its words: "https://x/hook,secret-file=F", "Join=ami:... login-file=F". */
static void look_at_words(struct look *l, const struct ut__option *o, const char *value)
{
    char path[PATH_BYTES];
    for (size_t n; *value; value += n + (value[n] != '\0')) {
        n = strcspn(value, ", ");
        const char *is = memchr(value, '=', n);
        size_t name = is ? (size_t)(is - value) : 0, ending = sizeof file_ending - 1;
        if (name <= ending || memcmp(is - ending, file_ending, ending) != 0)
            continue;
        snprintf(path, sizeof path, "%.*s", (int)(n - name - 1), is + 1);
        look_at_secret_file(l, o->name, path);
    }
}

static void look_at_value(struct look *l, const struct ut__option *o, const char *value)
{
    int secret = (o->flags & UT__OPTION_SECRET) != 0;
    if (!secret && !is_url_with_password(value))
        return;
    /* Of NAME:PASSWORD the second half. */
    const char *colon = strchr(o->value, ':') ? strchr(value, ':') : NULL;
    if (secret && strlen(colon ? colon + 1 : value) < SHORT_CHARS)
        l->tell(o->name, "it is short enough to be guessed; take 12 characters or more: openssl "
                         "rand -base64 18");
    if (is_on_command_line(l->argc, l->argv, o->name))
        l->tell(o->name, "all users of this machine can read the command line; write it into the "
                         "file that --config names");
    else
        l->in_file = 1;
}

static void look_at_row(struct look *l, const struct ut__option *o, const void *at)
{
    if (o->kind == UT__OPTION_LIST) {
        const struct ut__option_list *list = at;
        for (size_t i = 0; i < list->count; i++) {
            look_at_value(l, o, list->items[i]);
            look_at_words(l, o, list->items[i]);
        }
        return;
    }
    if (o->kind != UT__OPTION_TEXT && o->kind != UT__OPTION_FILE)
        return;
    const char *value = *(char *const *)at;
    if (value && (o->flags & UT__OPTION_KEY_FILE)) {
        if (is_for_all(value) && holds_key(value))
            l->tell(o->name, "all users of this machine can read the key in this file; chmod o-r");
    } else if (value) {
        look_at_value(l, o, value);
    }
    size_t len = strlen(o->name), ending = sizeof file_ending - 1;
    if (value && len > ending && strcmp(o->name + len - ending, file_ending) == 0)
        look_at_secret_file(l, o->name, value);
    if (value && strcmp(o->name, "data") == 0 && is_folder_by_all(value))
        l->tell(o->name,
                "all users of this machine can put files into this folder, and take the record "
                "away; chmod go-w");
}

void ut__secrets_tell(const struct ut__option_set *sets, int argc, char **argv, const char *file,
                      ut__secrets_teller *tell)
{
    struct look l = {.argc = argc, .argv = argv, .tell = tell};
    for (; sets->rows; sets++)
        for (const struct ut__option *o = sets->rows; o->name; o++)
            look_at_row(&l, o, (const char *)sets->values + o->offset);
    if (l.in_file && file && is_for_all(file))
        tell("config", "all users of this machine can read the passwords in this file; chmod o-r");
}
