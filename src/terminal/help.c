/* SPDX-License-Identifier: MIT */
/* --help, and what the shells complete. */

#include "terminal/help.h"

#include <stdio.h>
#include <string.h>

enum { LEFT_MAX = 34 };

static enum ut__help_form form;
static const char *summary = "";

void ut__help_set_form(enum ut__help_form wanted, const char *of)
{
    form = wanted;
    summary = of;
}

static size_t width_of(const struct ut__option *o)
{
    return strlen(o->name) + (o->value ? strlen(o->value) + 1 : 0);
}

/* As wide as the longest name, if that leaves room for what it says. */
static int left_of(const struct ut__option_set *sets)
{
    size_t most = 0;
    for (; sets->rows; sets++)
        for (const struct ut__option *o = sets->rows; o->name; o++)
            most = width_of(o) > most ? width_of(o) : most;
    return (int)(most < LEFT_MAX ? most : LEFT_MAX);
}

static void put_row(const struct ut__option *o, int left)
{
    int n = printf("  --%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
    printf("%*s%s", left + 6 > n ? left + 6 - n : 1, "", o->help);
    if (o->fallback)
        printf(" (default %s)", o->fallback);
    printf("\n");
}

static void put_text(const struct ut__help *h)
{
    int left = left_of(h->sets);
    if (h->synopsis)
        printf("usage: undertone %s %s\n\n", h->command, h->synopsis);
    fputs(h->about, stdout);
    for (const struct ut__option_set *s = h->sets; s->rows; s++) {
        printf("\n%s:\n", s->title ? s->title : "options");
        for (const struct ut__option *o = s->rows; o->name; o++)
            put_row(o, left);
    }
    if (h->examples)
        printf("\nexamples:\n%s", h->examples);
    printf("\nundertone --help tells the exit statuses; man undertone-%s tells more.\n",
           h->command);
}

static void put_bash_options(const struct ut__help *h)
{
    printf("    %s) options=\"--help", h->command);
    for (const struct ut__option_set *s = h->sets; s->rows; s++)
        for (const struct ut__option *o = s->rows; o->name; o++)
            if (strcmp(o->name, "help") != 0)
                printf(" --%s", o->name);
    printf("\" ;;\n");
}

static void put_bash_choices(const struct ut__help *h)
{
    for (const struct ut__option_set *s = h->sets; s->rows; s++) {
        for (const struct ut__option *o = s->rows; o->name; o++) {
            if (!o->choices)
                continue;
            printf("    %s:--%s) values=\"", h->command, o->name);
            for (int i = 0; o->choices[i]; i++)
                printf("%s%s", i ? " " : "", o->choices[i]);
            printf("\" ;;\n");
        }
    }
}

/* Inside single quotes of zsh's _arguments, where brackets and colons part things. */
static void put_zsh_text(const char *s)
{
    for (; *s; s++) {
        if (*s == '\'')
            printf("'\\''");
        else if (strchr("[]:\\", *s))
            printf("\\%c", *s);
        else
            putchar(*s);
    }
}

static void put_zsh_row(const struct ut__option *o)
{
    int many = o->kind == UT__OPTION_LIST || o->kind == UT__OPTION_ADDRESSES;
    printf(" \\\n      '%s--%s[", many ? "*" : "", o->name);
    put_zsh_text(o->help);
    printf("]");
    if (o->value) {
        printf(":");
        put_zsh_text(o->value);
        printf(":");
        for (int i = 0; o->choices && o->choices[i]; i++)
            printf("%s%s", i ? " " : "(", o->choices[i]);
        if (o->choices)
            printf(")");
        else if (strncmp(o->value, "FILE", 4) == 0 || strcmp(o->value, "CSV") == 0)
            printf("_files");
        else if (strcmp(o->value, "DIR") == 0)
            printf("_files -/");
    }
    printf("'");
}

static void put_zsh(const struct ut__help *h)
{
    printf("    %s) _arguments '--help[tell the options]'", h->command);
    for (const struct ut__option_set *s = h->sets; s->rows; s++)
        for (const struct ut__option *o = s->rows; o->name; o++)
            if (strcmp(o->name, "help") != 0)
                put_zsh_row(o);
    printf(" \\\n      '*:file:_files' ;;\n");
}

void ut__help(const struct ut__help *h)
{
    switch (form) {
    case UT__HELP_TEXT:
        put_text(h);
        break;
    case UT__HELP_MAN:
        ut__help_mdoc(h, summary);
        break;
    case UT__HELP_CONF:
        ut__help_mdoc_conf(h);
        break;
    case UT__HELP_BASH_OPTIONS:
        put_bash_options(h);
        break;
    case UT__HELP_BASH_CHOICES:
        put_bash_choices(h);
        break;
    case UT__HELP_ZSH:
        put_zsh(h);
        break;
    }
}
