/* SPDX-License-Identifier: MIT */
/* Options of the commands that read words: one table for reading and for --help. */

#define _GNU_SOURCE /* getopt_long, strcasestr. */

#include "commands/text_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slurp.h"
#include "terminal/command.h"
#include "terminal/help.h"
#include "terminal/message.h"

enum option_id {
    OPT_HELP = 256,
    OPT_LANGUAGE,
    OPT_CALLER,
    OPT_AGENT,
    OPT_UNKNOWN,
    OPT_FORMAT,
    OPT_LIST,
    OPT_THRESHOLD,
    OPT_DATA,
    OPT_OUT,
    OPT_TOP,
    OPT_JSON,
    OPT_CHECK,
    OPT_TEXT,
    OPT_KEEP
};

enum { LINES = UT__TEXT_WORDS | UT__TEXT_FAQ, ALL = LINES | UT__TEXT_KNOWLEDGE };
enum { LIST_BYTES_MAX = 16 << 20, TOP_DEFAULT = 100, TOP_MAX = 10000 };

static const struct {
    const char *name, *argument;
    enum option_id id;
    int commands;
    const char *help;
} table[] = {
    {"caller", "NAME", OPT_CALLER, LINES, "who is the caller: part of a name or mail address"},
    {"agent", "NAME", OPT_AGENT, LINES, "who is the agent; anybody else is then the caller"},
    {"unknown-is", "WHO", OPT_UNKNOWN, LINES,
     "what lines are whose speaker is not known: caller, agent or none (default none)"},
    {"language", "L", OPT_LANGUAGE, ALL, "en, es or vi (default: as the lines say, or a guess)"},
    {"format", "F", OPT_FORMAT, LINES,
     "text, webvtt, jsonl, csv, whatsapp or mbox (default: by name and content)"},
    {"list", "FILE", OPT_LIST, LINES, "phrases in place of the built-in ones of its language"},
    {"threshold", "X", OPT_THRESHOLD, UT__TEXT_WORDS,
     "evidence at which an alert is raised, 0 to 1 (default 0.8)"},
    {"check", NULL, OPT_CHECK, UT__TEXT_WORDS, "read the files as lists and tell their faults"},
    {"text", NULL, OPT_TEXT, UT__TEXT_WORDS, "print what was said as well, masked"},
    {"data", "DIR", OPT_DATA, UT__TEXT_KNOWLEDGE | UT__TEXT_FAQ, "the record's folder"},
    {"keep", NULL, OPT_KEEP, UT__TEXT_FAQ, "keep the ranking in the record, for /api/v1/faq"},
    {"out", "FILE", OPT_OUT, UT__TEXT_FAQ, "write HTML, CSV or Markdown, by the file's ending"},
    {"top", "N", OPT_TOP, UT__TEXT_FAQ, "how many questions (default 100)"},
    {"json", NULL, OPT_JSON, ALL, "print JSON Lines for programs, one object a line"},
    {"help", NULL, OPT_HELP, ALL, "this text"},
};
enum { TABLE_ROWS = sizeof table / sizeof table[0] };

static void print_help(const struct ut__text_usage *usage)
{
    struct ut__option rows[TABLE_ROWS + 1] = {{.name = NULL}};
    const struct ut__option_set sets[] = {{.rows = rows}, {.rows = NULL}};
    size_t n = 0;
    for (int i = 0; i < TABLE_ROWS; i++)
        if (table[i].commands & usage->bit)
            rows[n++] =
                (struct ut__option){.name = table[i].name,
                                    .kind = table[i].argument ? UT__OPTION_TEXT : UT__OPTION_FLAG,
                                    .value = table[i].argument,
                                    .help = table[i].help};
    ut__help(&(struct ut__help){.command = usage->command,
                                .synopsis = usage->synopsis,
                                .about = usage->about,
                                .sets = sets});
}

static int wrong(const char *option, const char *value, const char *wanted)
{
    char safe[64];
    ut__message(NULL, "--%s %s: takes %s", option, ut__safe_name(safe, sizeof safe, value), wanted);
    return UT__EXIT_USAGE;
}

static int take_format(struct ut__text_options *opt, const char *value)
{
    for (int f = 0; f < UT__TRANSCRIPT_FORMATS; f++)
        if (strcmp(value, ut__transcript_name((enum ut__transcript_format)f)) == 0) {
            opt->format = value;
            return -1;
        }
    return wrong("format", value, "text, webvtt, jsonl, csv, whatsapp or mbox");
}

static int take_unknown(struct ut__text_options *opt, const char *value)
{
    opt->unknown_is = strcmp(value, "caller") == 0  ? UT__WHO_CALLER
                      : strcmp(value, "agent") == 0 ? UT__WHO_AGENT
                                                    : UT__WHO_UNKNOWN;
    return opt->unknown_is != UT__WHO_UNKNOWN || strcmp(value, "none") == 0
               ? -1
               : wrong("unknown-is", value, "caller, agent or none");
}

static int take_number(struct ut__text_options *opt, int id, const char *value)
{
    char *end;
    if (id == OPT_THRESHOLD) {
        float v = strtof(value, &end);
        if (end == value || *end || !(v > 0) || v > 1)
            return wrong("threshold", value, "a number above 0, at most 1");
        opt->threshold = v;
    } else {
        unsigned long v = strtoul(value, &end, 10);
        if (end == value || *end || *value == '-' || v < 1 || v > TOP_MAX)
            return wrong("top", value, "1 to 10000");
        opt->top = (unsigned)v;
    }
    return -1;
}

static int take(struct ut__text_options *opt, int id, const char *value)
{
    switch (id) {
    case OPT_LANGUAGE:
        opt->language = value;
        return -1;
    case OPT_CALLER:
        opt->caller = value;
        return -1;
    case OPT_AGENT:
        opt->agent = value;
        return -1;
    case OPT_UNKNOWN:
        return take_unknown(opt, value);
    case OPT_FORMAT:
        return take_format(opt, value);
    case OPT_LIST:
        if (opt->list_count == UT__TEXT_LISTS_MAX)
            return wrong("list", value, "at most 8 lists");
        opt->lists[opt->list_count++] = value;
        return -1;
    case OPT_DATA:
        opt->data = value;
        return -1;
    case OPT_OUT:
        opt->out = value;
        return -1;
    case OPT_JSON:
        opt->json = 1;
        return -1;
    case OPT_KEEP:
        opt->keep = 1;
        return -1;
    case OPT_CHECK:
        opt->check = 1;
        return -1;
    case OPT_TEXT:
        opt->text = 1;
        return -1;
    default:
        return take_number(opt, id, value);
    }
}

static int unknown(const struct ut__text_usage *usage, const char *option)
{
    char safe[64];
    ut__message(NULL, "%s is no option of %s, or lacks its value; undertone %s --help lists them",
                ut__safe_name(safe, sizeof safe, option), usage->command, usage->command);
    return UT__EXIT_USAGE;
}

int ut__text_options_read(struct ut__text_options *opt, const struct ut__text_usage *usage,
                          int argc, char **argv)
{
    struct option longs[TABLE_ROWS + 1] = {{0}};
    int n = 0, id;
    *opt = (struct ut__text_options){.threshold = .8f, .top = TOP_DEFAULT};
    for (int i = 0; i < TABLE_ROWS; i++)
        if (table[i].commands & usage->bit)
            longs[n++] =
                (struct option){table[i].name, table[i].argument ? required_argument : no_argument,
                                NULL, (int)table[i].id};
    optind = 0;
    opterr = 0;
    while ((id = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
        if (id == OPT_HELP || id == 'h') {
            print_help(usage);
            return UT__EXIT_DONE;
        }
        if (id == '?' || id == ':')
            return unknown(usage, argv[optind - 1]);
        int status = take(opt, id, optarg);
        if (status != -1)
            return status;
    }
    opt->arguments = argv + optind;
    opt->argument_count = argc - optind;
    return -1;
}

static void tell_fault(void *ctx, unsigned line, const char *text)
{
    if (line)
        ut__message(ctx, "line %u: %s", line, text);
    else
        ut__message(ctx, "%s", text);
}

/* A list of phrases; 0 or an exit status after messages. */
static int read_list(struct ut_words **out, const char *path)
{
    char *bytes = NULL, name[UT__SAFE_MAX];
    size_t len;
    int err = ut__slurp(&bytes, &len, path, LIST_BYTES_MAX);
    if (err) {
        ut__message(path, "the list of phrases cannot be read: %s", strerror(err));
        return UT__EXIT_USAGE;
    }
    err = ut_words_create(out, bytes, len, tell_fault,
                          (void *)ut__safe_name(name, sizeof name, path));
    free(bytes);
    if (err && err != UT_EMALFORMED)
        ut__message(path, "the list of phrases cannot be used: %s", ut_strerror(err));
    return err ? UT__EXIT_USAGE : 0;
}

static int has(const struct ut__text_lists *lists, const char *language)
{
    for (unsigned i = 0; i < lists->count; i++)
        if (strcmp(ut_words_language(lists->list[i]), language) == 0)
            return 1;
    return 0;
}

int ut__text_lists_read(struct ut__text_lists *lists, const struct ut__text_options *opt)
{
    static const char *const built_in[] = {"en", "es", "vi"};
    int status = 0;
    lists->count = 0;
    for (unsigned i = 0; i < opt->list_count && !status; i++) {
        status = read_list(&lists->list[lists->count], opt->lists[i]);
        lists->count += status == 0;
    }
    for (int i = 0; i < 3 && !status; i++) {
        if (has(lists, built_in[i]))
            continue;
        int err = ut_words_create_default(&lists->list[lists->count], built_in[i]);
        if (err) {
            ut__message(NULL, "the built-in phrases cannot be read: %s", ut_strerror(err));
            status = UT__EXIT_FAILED;
        } else {
            lists->count++;
        }
    }
    if (!status && opt->language && !has(lists, opt->language))
        status = wrong("language", opt->language, "en, es, vi or the language of a --list");
    if (status)
        ut__text_lists_free(lists);
    return status;
}

void ut__text_lists_free(struct ut__text_lists *lists)
{
    for (unsigned i = 0; i < lists->count; i++)
        ut_words_destroy(lists->list[i]);
    lists->count = 0;
}

const struct ut_words *ut__text_list_of(const struct ut__text_lists *lists,
                                        const struct ut__text_options *opt,
                                        const struct ut__line *line)
{
    const char *language = opt->language ? opt->language : line->language;
    for (unsigned i = 0; *language && i < lists->count; i++)
        if (strncasecmp(ut_words_language(lists->list[i]), language, 2) == 0)
            return lists->list[i];
    if (*language)
        return NULL;
    int guess = ut_words_guess((const struct ut_words *const *)lists->list, lists->count,
                               line->text, line->len);
    return guess < 0 ? NULL : lists->list[guess];
}

enum ut__speaker ut__text_who(const struct ut__text_options *opt, const struct ut__line *line)
{
    if (opt->caller && strcasestr(line->name, opt->caller))
        return UT__WHO_CALLER;
    if (opt->agent && *line->name)
        return strcasestr(line->name, opt->agent) ? UT__WHO_AGENT
               : opt->caller                      ? UT__WHO_UNKNOWN
                                                  : UT__WHO_CALLER;
    return line->who != UT__WHO_UNKNOWN ? line->who : opt->unknown_is;
}

int ut__text_file(const char *path, const struct ut__text_options *opt,
                  void (*line)(void *ctx, const struct ut__line *line), void *ctx)
{
    char *bytes = NULL, name[UT__SAFE_MAX];
    size_t len;
    int err = ut__slurp(&bytes, &len, path, UT__TRANSCRIPT_BYTES_MAX);
    if (err) {
        ut__message(path, "cannot be read: %s", strerror(err));
        return UT__EXIT_FAILED;
    }
    enum ut__transcript_format format = ut__transcript_guess(path, bytes, len);
    for (int f = 0; opt->format && f < UT__TRANSCRIPT_FORMATS; f++)
        if (strcmp(opt->format, ut__transcript_name((enum ut__transcript_format)f)) == 0)
            format = (enum ut__transcript_format)f;
    ut__safe_name(name, sizeof name, path);
    const struct ut__transcript_sink sink = {
        .line = line, .line_ctx = ctx, .fault = tell_fault, .fault_ctx = name};
    err = ut__transcript_read(format, bytes, len, &sink);
    if (err == UT_ENOMEM)
        ut__message(path, "out of memory; the rest is not read");
    free(bytes);
    return err ? UT__EXIT_FAILED : 0;
}
