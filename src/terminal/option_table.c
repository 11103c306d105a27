/* SPDX-License-Identifier: MIT */
/* Options by table, from a file or the command line. */

#define _POSIX_C_SOURCE 200809L

#include "terminal/option_table.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *at(const struct ut__option_set *set, const struct ut__option *o)
{
    return (char *)set->values + o->offset;
}

/* 1 when its value is one text. */
static int is_text(const struct ut__option *o)
{
    return o->kind == UT__OPTION_TEXT || o->kind == UT__OPTION_FILE ||
           o->kind == UT__OPTION_ADDRESS;
}

static int is_list(const struct ut__option *o)
{
    return o->kind == UT__OPTION_LIST || o->kind == UT__OPTION_ADDRESSES;
}

const struct ut__option *ut__option_find(const struct ut__option_set *sets, const char *name,
                                         size_t len, const struct ut__option_set **set)
{
    for (; sets->rows; sets++) {
        for (const struct ut__option *o = sets->rows; o->name; o++) {
            if (strlen(o->name) != len || memcmp(o->name, name, len) != 0)
                continue;
            if (set)
                *set = sets;
            return o;
        }
    }
    return NULL;
}

static const struct ut__option *find(const struct ut__option_set *sets, const char *name)
{
    return ut__option_find(sets, name, strlen(name), NULL);
}

/* How many single-letter steps lead from a to b; for "did you mean". */
static size_t distance(const char *a, const char *b)
{
    enum { MAX = 40 };
    size_t row[MAX + 1], la = strlen(a), lb = strlen(b);
    if (la > MAX || lb > MAX)
        return MAX;
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t up = row[j], best = diagonal + (a[i - 1] != b[j - 1]);
            if (up + 1 < best)
                best = up + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = up;
            row[j] = best;
        }
    }
    return row[lb];
}

static int unknown(const struct ut__option_set *sets, const char *name, char *why, size_t cap)
{
    const struct ut__option *best = NULL;
    size_t best_distance = strlen(name) / 3 + 1; /* More wrong letters than that: another word. */
    for (; sets->rows; sets++) {
        for (const struct ut__option *o = sets->rows; o->name; o++) {
            size_t d = distance(o->name, name);
            if (d < best_distance) {
                best_distance = d;
                best = o;
            }
        }
    }
    if (best)
        snprintf(why, cap, "there is no option '%.60s'; did you mean '%s'?", name, best->name);
    else
        snprintf(why, cap, "there is no option '%.60s'; undertone serve --help lists them", name);
    return UT_EINVAL;
}

int ut__config_address(const char *text, char host[64], uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    struct in6_addr six;
    struct in_addr four;
    if (!colon || !isdigit((unsigned char)colon[1]))
        return UT_EINVAL;
    char *end;
    unsigned long n = strtoul(colon + 1, &end, 10);
    size_t len = (size_t)(colon - text);
    if (*end || n > 65535 || len == 0 || len >= 64)
        return UT_EINVAL;
    char plain[64];
    int bracketed = text[0] == '[' && text[len - 1] == ']';
    size_t inner = bracketed ? len - 2 : len;
    memcpy(plain, text + bracketed, inner);
    plain[inner] = '\0';
    if (inet_pton(bracketed ? AF_INET6 : AF_INET, plain,
                  bracketed ? (void *)&six : (void *)&four) != 1)
        return UT_EINVAL;
    memcpy(host, plain, inner + 1);
    *port = (uint16_t)n;
    return 0;
}

static int set_number(void *to, const struct ut__option *o, const char *value, char *why,
                      size_t cap)
{
    char *end;
    errno = 0;
    double v = strtod(value, &end);
    int whole = o->kind == UT__OPTION_INT;
    if (end == value || *end || errno || !isfinite(v) || (whole && v != floor(v)) || v < o->min ||
        v > o->max) {
        snprintf(why, cap, "%s must be a %s between %.10g and %.10g, not '%.60s'", o->name,
                 whole ? "whole number" : "number", o->min, o->max, value);
        return UT_EINVAL;
    }
    if (whole)
        *(int64_t *)to = (int64_t)v;
    else
        *(double *)to = v;
    return 0;
}

static int set_choice(void *to, const struct ut__option *o, const char *value, char *why,
                      size_t cap)
{
    size_t n = 0;
    for (int i = 0; o->choices[i]; i++) {
        if (strcmp(o->choices[i], value) == 0) {
            *(int *)to = i;
            return 0;
        }
    }
    n = (size_t)snprintf(why, cap, "%s must be one of", o->name);
    for (int i = 0; o->choices[i] && n < cap; i++)
        n += (size_t)snprintf(why + n, cap - n, " %s", o->choices[i]);
    if (n < cap)
        snprintf(why + n, cap - n, ", not '%.60s'", value);
    return UT_EINVAL;
}

static int set_flag(void *to, const struct ut__option *o, const char *value, char *why, size_t cap)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    for (int i = 0; i < 8; i++) {
        if (strcmp(value, words[i]) == 0) {
            *(int *)to = i % 2;
            return 0;
        }
    }
    snprintf(why, cap, "%s must be yes or no, not '%.60s'", o->name, value);
    return UT_EINVAL;
}

static int check_text(const struct ut__option *o, const char *value, char *why, size_t cap)
{
    char host[64];
    uint16_t port;
    int is_address = o->kind == UT__OPTION_ADDRESS || o->kind == UT__OPTION_ADDRESSES;
    if (is_address && ut__config_address(value, host, &port) != 0) {
        snprintf(why, cap,
                 "%s must be a numeric address and a port, such as 127.0.0.1:5060 or [::1]:5060, "
                 "not '%.60s'",
                 o->name, value);
        return UT_EINVAL;
    }
    if (strlen(value) >= UT__OPTION_VALUE_MAX) {
        snprintf(why, cap, "%s is longer than %d bytes", o->name, UT__OPTION_VALUE_MAX - 1);
        return UT_EINVAL;
    }
    if (o->kind == UT__OPTION_FILE && access(value, R_OK) != 0) {
        snprintf(why, cap, "'%.200s' cannot be read: %s; give %s a file that can", value,
                 strerror(errno), o->name);
        return UT_EINVAL;
    }
    return o->check ? o->check(value, why, cap) : 0;
}

static int no_memory(char *why, size_t cap)
{
    snprintf(why, cap, "there is no memory left");
    return UT_ENOMEM;
}

static int set_text(void *to, const char *value, char *why, size_t cap)
{
    char *copy = strdup(value);
    if (!copy)
        return no_memory(why, cap);
    free(*(char **)to);
    *(char **)to = copy;
    return 0;
}

static int add_text(struct ut__option_list *list, const struct ut__option *o, const char *value,
                    char *why, size_t cap)
{
    if (list->count == UT__OPTION_LIST_MAX) {
        snprintf(why, cap, "%s is given more than %d times", o->name, UT__OPTION_LIST_MAX);
        return UT_ETOOBIG;
    }
    char **items = realloc(list->items, (list->count + 1) * sizeof list->items[0]);
    if (!items)
        return no_memory(why, cap);
    list->items = items;
    items[list->count] = strdup(value);
    if (!items[list->count])
        return no_memory(why, cap);
    list->count++;
    return 0;
}

int ut__config_set(const struct ut__option_set *sets, const char *name, const char *value,
                   char *why, size_t cap)
{
    const struct ut__option_set *set = NULL;
    const struct ut__option *o = ut__option_find(sets, name, strlen(name), &set);
    if (!o)
        return unknown(sets, name, why, cap);
    int err = is_text(o) || is_list(o) ? check_text(o, value, why, cap) : 0;
    if (err)
        return err;
    switch (o->kind) {
    case UT__OPTION_FLAG:
        return set_flag(at(set, o), o, value, why, cap);
    case UT__OPTION_INT:
    case UT__OPTION_REAL:
        return set_number(at(set, o), o, value, why, cap);
    case UT__OPTION_CHOICE:
        return set_choice(at(set, o), o, value, why, cap);
    case UT__OPTION_TEXT:
    case UT__OPTION_FILE:
    case UT__OPTION_ADDRESS:
        return set_text(at(set, o), value, why, cap);
    case UT__OPTION_LIST:
    case UT__OPTION_ADDRESSES:
        return add_text(at(set, o), o, value, why, cap);
    }
    return UT_EINVAL;
}

int ut__config_defaults(const struct ut__option_set *sets, char *why, size_t cap)
{
    int err = 0;
    for (const struct ut__option_set *set = sets; set->rows && !err; set++) {
        for (const struct ut__option *o = set->rows; o->name && !err; o++) {
            if (o->fallback)
                err = ut__config_set(sets, o->name, o->fallback, why, cap);
        }
    }
    return err;
}

/* Blanks at both ends go. */
static char *trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    size_t n = strlen(s);
    while (n && isspace((unsigned char)s[n - 1]))
        s[--n] = '\0';
    return s;
}

/* The row's number among those of all sets. */
static size_t number_of(const struct ut__option_set *sets, const struct ut__option *row)
{
    size_t n = 0;
    for (; sets->rows; sets++) {
        for (const struct ut__option *o = sets->rows; o->name; o++, n++) {
            if (o == row)
                return n;
        }
    }
    return n;
}

/* One line; `seen` marks options that were given. */
static int parse_line(const struct ut__option_set *sets, char *line, uint8_t *seen, char *why,
                      size_t cap)
{
    char *name = trim(line);
    if (!*name || *name == '#' || *name == ';')
        return 0;
    char *equals = strchr(name, '=');
    if (*name == '[' || !equals) {
        snprintf(why, cap, "'%.60s' is no setting; write `name = value`%s", name,
                 *name == '[' ? ", sections are not used" : "");
        return UT_EMALFORMED;
    }
    *equals = '\0';
    char *value = trim(equals + 1);
    name = trim(name);
    size_t n = strlen(value);
    if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
        value[n - 1] = '\0';
        value++;
    }
    const struct ut__option *o = find(sets, name);
    if (!o)
        return unknown(sets, name, why, cap);
    size_t number = number_of(sets, o);
    if (!is_list(o) && number < UT__OPTIONS_MAX && seen[number]++) {
        snprintf(why, cap, "%s is given twice; keep one of the lines", name);
        return UT_EINVAL;
    }
    return ut__config_set(sets, name, value, why, cap);
}

int ut__config_parse(const struct ut__option_set *sets, const char *text, size_t len,
                     const char *place, char *why, size_t why_cap)
{
    uint8_t seen[UT__OPTIONS_MAX] = {0};
    char line[UT__OPTION_VALUE_MAX + 128], what[UT__CONFIG_WHY_MAX];
    static const char mark[] = "\xef\xbb\xbf"; /* Some editors begin a file with it. */
    size_t number = 1, begin = len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    for (; begin < len; number++) {
        const char *end = memchr(text + begin, '\n', len - begin);
        size_t n = end ? (size_t)(end - (text + begin)) : len - begin;
        int err = 0;
        if (n >= sizeof line || memchr(text + begin, '\0', n)) {
            err = UT_EMALFORMED;
            snprintf(what, sizeof what, "the line is too long or holds bytes that are no text");
        } else {
            memcpy(line, text + begin, n);
            line[n] = '\0';
            err = parse_line(sets, line, seen, what, sizeof what);
        }
        if (err) {
            snprintf(why, why_cap, "%s:%zu: %s", place, number, what);
            return err;
        }
        begin += n + 1;
    }
    return 0;
}

int ut__config_load(const struct ut__option_set *sets, const char *path, char *why, size_t why_cap)
{
    FILE *f = fopen(path, "rb");
    char *text = f ? malloc(UT__CONFIG_FILE_MAX + 1) : NULL;
    int err = 0;
    if (!f) {
        snprintf(why, why_cap, "%s: %s; give a file that can be read with --config", path,
                 strerror(errno));
        return UT_EINVAL;
    }
    size_t len = text ? fread(text, 1, UT__CONFIG_FILE_MAX + 1, f) : 0;
    if (!text) {
        err = no_memory(why, why_cap);
    } else if (ferror(f)) {
        err = UT_EINVAL;
        snprintf(why, why_cap, "%s: %s; give a file that can be read with --config", path,
                 strerror(errno));
    } else if (len > UT__CONFIG_FILE_MAX) {
        err = UT_ETOOBIG;
        snprintf(why, why_cap, "%s: longer than %d bytes; is it a configuration?", path,
                 UT__CONFIG_FILE_MAX);
    } else {
        err = ut__config_parse(sets, text, len, path, why, why_cap);
    }
    free(text);
    fclose(f);
    return err;
}

/* 1 when the value, up to a comma, stands in the sentence as a whole word. */
static int is_named(const char *value, const char *sentence)
{
    char address[80];
    size_t n = strcspn(value, ",");
    if (n < sizeof "0:0" || n >= sizeof address)
        return 0;
    memcpy(address, value, n);
    address[n] = '\0';
    const char *at = strchr(address, ':') ? strstr(sentence, address) : NULL;
    return at && !isdigit((unsigned char)at[n]);
}

/* 1 when the sentence begins with the option and this number. */
static int is_number_of(const struct ut__option *o, const char *value, const char *sentence)
{
    size_t n = strlen(o->name);
    return o->kind == UT__OPTION_REAL && strncmp(sentence, o->name, n) == 0 && sentence[n] == ' ' &&
           fabs(strtod(value, NULL) - strtod(sentence + n, NULL)) < 1e-6;
}

size_t ut__config_line_of(const struct ut__option_set *sets, const char *path, const char *sentence)
{
    char line[UT__OPTION_VALUE_MAX + 128];
    size_t number = 0, found = 0;
    FILE *f = fopen(path, "rb");
    while (f && !found && fgets(line, sizeof line, f)) {
        char *equals = strchr(line, '=');
        number++;
        if (!equals)
            continue;
        *equals = '\0';
        const struct ut__option *o = find(sets, trim(line));
        if (!o || o->kind == UT__OPTION_TEXT)
            continue;
        const char *value = trim(equals + 1);
        if (is_named(value, sentence) || is_number_of(o, value, sentence))
            found = number;
    }
    if (f)
        fclose(f);
    return found;
}

static void clear(void *value, const struct ut__option *o)
{
    if (is_text(o)) {
        char **text = value;
        free(*text);
        *text = NULL;
    } else if (is_list(o)) {
        struct ut__option_list *list = value;
        for (size_t i = 0; i < list->count; i++)
            free(list->items[i]);
        free(list->items);
        *list = (struct ut__option_list){0};
    }
}

void ut__config_clear(const struct ut__option_set *sets)
{
    for (; sets->rows; sets++)
        for (const struct ut__option *o = sets->rows; o->name; o++)
            clear(at(sets, o), o);
}

static int same_list(const struct ut__option_list *a, const struct ut__option_list *b)
{
    if (a->count != b->count)
        return 0;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->items[i], b->items[i]) != 0)
            return 0;
    }
    return 1;
}

static int same(const void *a, const void *b, const struct ut__option *o)
{
    switch (o->kind) {
    case UT__OPTION_FLAG:
    case UT__OPTION_CHOICE:
        return *(const int *)a == *(const int *)b;
    case UT__OPTION_INT:
        return *(const int64_t *)a == *(const int64_t *)b;
    case UT__OPTION_REAL:
        return memcmp(a, b, sizeof(double)) == 0;
    case UT__OPTION_TEXT:
    case UT__OPTION_FILE:
    case UT__OPTION_ADDRESS: {
        const char *x = *(char *const *)a, *y = *(char *const *)b;
        return strcmp(x ? x : "", y ? y : "") == 0;
    }
    case UT__OPTION_LIST:
    case UT__OPTION_ADDRESSES:
        return same_list(a, b);
    }
    return 1;
}

void ut__config_fixed_changes(const struct ut__option_set *before,
                              const struct ut__option_set *after, char *names, size_t cap)
{
    size_t n = 0;
    names[0] = '\0';
    for (; before->rows; before++, after++) {
        for (const struct ut__option *o = before->rows; o->name && n < cap; o++) {
            if (!(o->flags & UT__OPTION_RELOAD) && !same(at(before, o), at(after, o), o))
                n += (size_t)snprintf(names + n, cap - n, "%s%s", n ? " " : "", o->name);
        }
    }
}
