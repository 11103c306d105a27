/* SPDX-License-Identifier: MIT */
/* A command's description as a page of the manual, in mdoc(7). */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "terminal/help.h"

#define PAGE_DATE "November 29, 2026"
enum { LINE_MAX_BYTES = 76 };

static int is_literal(const char *line)
{
    return line[0] == ' ' && line[1] == ' ';
}

static void put_char(char c)
{
    if (c == '\\')
        printf("\\e");
    else
        putchar(c);
}

static void put_literal(const char *s, size_t len)
{
    if (len && (s[0] == '.' || s[0] == '\''))
        printf("\\&");
    for (size_t i = 0; i < len; i++)
        put_char(s[i]);
    putchar('\n');
}

static int ends_sentence(const char *word, size_t len)
{
    return len > 1 && strchr(".!?", word[len - 1]) && isalnum((unsigned char)word[len - 2]);
}

/*
 * Text: lines of at most LINE_MAX_BYTES; a sentence begins a line; what would be a macro is none.
 * first: its first letter, which may be upper case where the text is no whole sentence.
 */
static void put_words(const char *s, size_t len, char first, const char *end_mark)
{
    size_t column = 0, i = 0;
    int sentence = 0;
    while (i < len) {
        size_t n = 0;
        while (i + n < len && s[i + n] != ' ')
            n++;
        if (column && (sentence || column + 1 + n > LINE_MAX_BYTES)) {
            putchar('\n');
            column = 0;
        } else if (column) {
            putchar(' ');
            column++;
        }
        if (!column && (s[i] == '.' || s[i] == '\''))
            printf("\\&");
        for (size_t k = 0; k < n; k++)
            put_char(i + k == 0 ? first : s[i + k]);
        column += n;
        sentence = ends_sentence(s + i, n);
        i += n;
        while (i < len && s[i] == ' ')
            i++;
    }
    printf("%s\n", end_mark);
}

void ut__help_mdoc_text(const char *text)
{
    int literal = 0, begun = 0, blank = 0;
    for (const char *next; *text; text = next) {
        const char *end = strchr(text, '\n');
        size_t len = end ? (size_t)(end - text) : strlen(text);
        next = end ? end + 1 : text + len;
        while (len && text[len - 1] == ' ')
            len--;
        if (!len) {
            blank = begun;
            continue;
        }
        if (literal != is_literal(text)) {
            printf(literal ? ".Ed\n" : ".Bd -literal -offset indent\n");
            literal = !literal;
            blank = blank && !literal;
        }
        if (blank)
            printf(literal ? "\n" : ".Pp\n");
        if (literal)
            put_literal(text + 2, len - 2);
        else
            put_words(text, len, text[0], "");
        begun = 1;
        blank = 0;
    }
    if (literal)
        printf(".Ed\n");
}

void ut__help_mdoc_head(const char *title, int section, const char *name, const char *of)
{
    printf(".\\\" SPDX-License-Identifier: MIT\n.\\\" Made by undertone --manual.\n"
           ".Dd %s\n.Dt %s %d\n.Os\n.Sh NAME\n.Nm %s\n.Nd %s\n",
           PAGE_DATE, title, section, name, of);
}

/* A help line as a sentence: with a capital and a full stop. */
static void put_sentence(const char *s)
{
    size_t n = strlen(s);
    int plain =
        islower((unsigned char)s[0]) && n > 1 && (islower((unsigned char)s[1]) || s[1] == ' ');
    put_words(s, n, plain ? (char)toupper((unsigned char)s[0]) : s[0],
              n && strchr(".!?", s[n - 1]) ? "" : ".");
}

static void put_choices(const struct ut__option *o)
{
    if (!o->choices)
        return;
    printf("One of");
    for (int i = 0; o->choices[i]; i++)
        printf("%s %s", i ? "," : "", o->choices[i]);
    printf(".\n");
}

static void put_row(const struct ut__option *o)
{
    printf(".It Fl -%s", o->name);
    if (o->value)
        printf(" Ar %s", o->value);
    putchar('\n');
    put_sentence(o->help);
    put_choices(o);
    if (o->fallback)
        printf("The default is %s.\n", o->fallback);
}

static void put_sets(const struct ut__help *h, void (*put)(const struct ut__option *o))
{
    for (const struct ut__option_set *s = h->sets; s->rows; s++) {
        if (s->title)
            printf(".Ss %s\n", s->title);
        if (s->about)
            ut__help_mdoc_text(s->about);
        printf(".Bl -tag -width Ds\n");
        for (const struct ut__option *o = s->rows; o->name; o++)
            put(o);
        printf(".El\n");
    }
}

void ut__help_mdoc(const struct ut__help *h, const char *of)
{
    char title[64], name[64];
    snprintf(name, sizeof name, "undertone-%s", h->command);
    snprintf(title, sizeof title, "%s", name);
    for (char *c = title; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    ut__help_mdoc_head(title, 1, name, of);
    printf(".Sh SYNOPSIS\n.Nm undertone\n.Cm %s\n", h->command);
    if (h->synopsis)
        put_words(h->synopsis, strlen(h->synopsis), h->synopsis[0], "");
    printf(".Sh DESCRIPTION\n");
    ut__help_mdoc_text(h->about);
    if (h->sets->rows) {
        printf(".Sh OPTIONS\n");
        put_sets(h, put_row);
    }
    printf(
        ".Sh EXIT STATUS\n.Bl -tag -width Ds -compact\n.It 0\nDone.\n.It 1\nSomething failed; the "
        "rest was done.\n.It 2\nThe command line or the configuration is wrong; nothing was done.\n"
        ".It 3\nNothing could be scored.\n.El\n");
    if (h->examples) {
        printf(".Sh EXAMPLES\n");
        ut__help_mdoc_text(h->examples);
    }
    printf(".Sh SEE ALSO\n.Xr undertone 1");
    if (strcmp(h->command, "serve") == 0)
        printf(" ,\n.Xr undertone.conf 5 ,\n.Xr undertone-debug 7");
    printf(" ,\n.Xr undertone-events 7\n");
}

static void put_conf_row(const struct ut__option *o)
{
    int many = o->kind == UT__OPTION_LIST || o->kind == UT__OPTION_ADDRESSES;
    printf(".It Ic %s = Ar %s\n", o->name, o->value ? o->value : "yes");
    put_sentence(o->help);
    put_choices(o);
    if (o->kind == UT__OPTION_INT || o->kind == UT__OPTION_REAL)
        printf("From %.10g to %.10g.\n", o->min, o->max);
    if (o->fallback)
        printf("The default is %s.\n", o->fallback);
    if (many)
        printf("May stand on many lines.\n");
    if (o->flags & UT__OPTION_SECRET)
        printf("Give it in the file alone: a command line can be read by others.\n");
    if (o->flags & UT__OPTION_RELOAD)
        printf("SIGHUP takes a new value.\n");
}

void ut__help_mdoc_conf(const struct ut__help *h)
{
    ut__help_mdoc_head("UNDERTONE.CONF", 5, "undertone.conf", "configuration of undertone serve");
    printf(".Sh DESCRIPTION\n");
    ut__help_mdoc_text(
        "The file that undertone serve reads with --config. A line is\n\n"
        "  name = value\n\n"
        "with the names of the command line, without their dashes. The command line has the last "
        "word.\n"
        "Lines that begin with # or ; are comments. Quotes around a value go.\n\n"
        "An unknown name, a bad value and a name given twice are errors, told with their line; so "
        "they\nare before a start with\n\n"
        "  undertone serve --config /etc/undertone.conf --check-config\n\n"
        "SIGHUP reads the file again. Where an option below does not say so, its new value needs "
        "a\nrestart, and the log tells.\n");
    /* The first rows are of the command line alone. */
    struct ut__help file = *h;
    file.sets++;
    put_sets(&file, put_conf_row);
    printf(".Sh EXAMPLES\n");
    ut__help_mdoc_text("A recorder of a session border controller, and a page for supervisors:\n\n"
                       "  sip = 192.0.2.10:5060\n"
                       "  sip-peer = 192.0.2.0/24\n"
                       "  role = label:1=caller\n"
                       "  data = /var/lib/undertone\n"
                       "  http = 127.0.0.1:8080\n");
    printf(".Sh SEE ALSO\n.Xr undertone-serve 1\n");
}
