/* SPDX-License-Identifier: MIT */
/* The manual and the shells' completions, from what the commands tell of themselves. */

#include "app/manual.h"

#include <stdio.h>
#include <string.h>

#include "terminal/command.h"
#include "terminal/help.h"

/* Has a command tell its help in a form. */
static int tell(const struct ut__command *c, enum ut__help_form form)
{
    char name[64], flag[] = "--help";
    char *argv[] = {name, flag, NULL};
    snprintf(name, sizeof name, "%s", c->name);
    ut__help_set_form(form, c->summary);
    return c->run(2, argv);
}

static const struct ut__command *find(const char *name)
{
    for (size_t i = 0; ut__commands[i]; i++)
        if (strcmp(ut__commands[i]->name, name) == 0)
            return ut__commands[i];
    return NULL;
}

static int put_list(void)
{
    puts("share/man/man1/undertone.1 overview");
    for (size_t i = 0; ut__commands[i]; i++)
        printf("share/man/man1/undertone-%s.1 man %s\n", ut__commands[i]->name,
               ut__commands[i]->name);
    if (find("serve"))
        puts("share/man/man5/undertone.conf.5 conf");
    puts("share/bash-completion/completions/undertone bash");
    puts("share/zsh/site-functions/_undertone zsh");
    return UT__EXIT_DONE;
}

static int put_overview(void)
{
    ut__help_mdoc_head("UNDERTONE", 1, "undertone",
                       "how stressed a telephone caller sounds, from the voice alone");
    printf(".Sh SYNOPSIS\n.Nm\n.Ar COMMAND\n.Op Ar OPTION ...\n.Op Ar ARGUMENT ...\n.Nm\n"
           ".Fl -version | -help\n.Sh DESCRIPTION\n");
    ut__help_mdoc_text(
        "Undertone listens to telephone calls, tells how stressed the caller sounds, and raises an "
        "alert\nto a supervisor when it matters. It runs on your own machines: no transcript, no "
        "cloud, and no\naudio is stored. The agent's voice is never scored.\n\n"
        "Everything is measured against this caller's own calm voice. Where there is too little "
        "speech,\nor noise, music, loss or a channel that nobody has named, there is no score, and "
        "the output says\nwhy.\n\n"
        "undertone --version tells what is built in, and which package would bring what is not.\n");
    printf(".Sh COMMANDS\n.Bl -tag -width Ds\n");
    for (size_t i = 0; ut__commands[i]; i++)
        printf(".It Cm %s\nSee\n.Xr undertone-%s 1 :\n%s.\n", ut__commands[i]->name,
               ut__commands[i]->name, ut__commands[i]->summary);
    printf(".El\n.Sh EXIT STATUS\n.Bl -tag -width Ds -compact\n.It 0\nDone.\n.It 1\nSomething "
           "failed; the rest was done.\n.It 2\nThe command line or the configuration is wrong; "
           "nothing was done.\n.It 3\nNothing could be scored.\n.El\n.Sh SEE ALSO\n");
    if (find("serve"))
        printf(".Xr undertone.conf 5 ,\n.Xr undertone-debug 7 ,\n");
    printf(".Xr undertone-events 7\n");
    return UT__EXIT_DONE;
}

static int put_bash(void)
{
    int status = UT__EXIT_DONE;
    puts("# Completions of undertone for bash. Made by undertone --manual.\n_undertone()\n{\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "  local command=${COMP_WORDS[1]} options= values=\n"
         "  if [ \"$COMP_CWORD\" = 1 ]; then");
    printf("    COMPREPLY=($(compgen -W \"--help --version");
    for (size_t i = 0; ut__commands[i]; i++)
        printf(" %s", ut__commands[i]->name);
    puts("\" -- \"$cur\"))\n    return\n  fi\n  case $command:$prev in");
    for (size_t i = 0; ut__commands[i] && !status; i++)
        status = tell(ut__commands[i], UT__HELP_BASH_CHOICES);
    puts("  esac\n  case $command in");
    for (size_t i = 0; ut__commands[i] && !status; i++)
        status = tell(ut__commands[i], UT__HELP_BASH_OPTIONS);
    puts("  esac\n"
         "  if [ -n \"$values\" ]; then\n    COMPREPLY=($(compgen -W \"$values\" -- \"$cur\"))\n"
         "  elif [[ $cur == -* ]]; then\n    COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
         "  else\n    COMPREPLY=($(compgen -f -- \"$cur\"))\n  fi\n}\n"
         "complete -o filenames -F _undertone undertone");
    return status;
}

static int put_zsh(void)
{
    int status = UT__EXIT_DONE;
    puts("#compdef undertone\n# Completions of undertone for zsh. Made by undertone --manual.\n"
         "_undertone() {\n  local -a commands\n  commands=(");
    for (size_t i = 0; ut__commands[i]; i++) {
        printf("    '%s:", ut__commands[i]->name);
        for (const char *s = ut__commands[i]->summary; *s; s++)
            printf(*s == '\'' ? "'\\''" : "%c", *s);
        printf("'\n");
    }
    puts("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
         "  shift words\n  (( CURRENT-- ))\n  case $words[1] in");
    for (size_t i = 0; ut__commands[i] && !status; i++)
        status = tell(ut__commands[i], UT__HELP_ZSH);
    puts("  esac\n}\n_undertone \"$@\"");
    return status;
}

int ut__manual(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    const struct ut__command *c = argc > 2 ? find(argv[2]) : NULL;
    if (strcmp(what, "list") == 0)
        return put_list();
    if (strcmp(what, "overview") == 0)
        return put_overview();
    if (strcmp(what, "man") == 0 && c)
        return tell(c, UT__HELP_MAN);
    if (strcmp(what, "conf") == 0 && find("serve"))
        return tell(find("serve"), UT__HELP_CONF);
    if (strcmp(what, "bash") == 0)
        return put_bash();
    if (strcmp(what, "zsh") == 0)
        return put_zsh();
    fputs("undertone: --manual takes list, overview, man COMMAND, conf, bash or zsh\n", stderr);
    return UT__EXIT_USAGE;
}
