/* SPDX-License-Identifier: MIT */
/* Options of the commands for recordings: one table for reading and for --help. */

#define _GNU_SOURCE /* getopt_long. */

#include "commands/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "ingress/raw.h"
#include "terminal/alone.h"
#include "terminal/command.h"
#include "terminal/help.h"
#include "terminal/message.h"

enum option_id {
    OPT_HELP = 256,
    OPT_CALLER,
    OPT_AGENT,
    OPT_CALLER_DEVICE,
    OPT_AGENT_DEVICE,
    OPT_DEVICE_RATE,
    OPT_MONO,
    OPT_MODEL,
    OPT_THRESHOLD,
    OPT_BUDGET,
    OPT_JSON,
    OPT_JOBS,
    OPT_REALTIME,
    OPT_NO_COLOR,
    OPT_FILES_FROM,
    OPT_BASELINE,
    OPT_SITE,
    OPT_OUT,
    OPT_SAVE_BASELINE,
    OPT_RAW_ENCODING,
    OPT_RAW_RATE,
    OPT_RAW_CHANNELS,
    OPT_LABELS,
    OPT_SVG,
    OPT_EXPORT,
    OPT_AUDIO,
    OPT_DATA,
    OPT_FROM_STORE,
    OPT_SAVE_LABELS,
    OPT_RECORDINGS,
    OPT_META,
    OPT_RULES,
    OPT_QUEUE,
    OPT_TRANSCRIPT,
    OPT_WORDS_LIST,
    OPT_WORDS_THRESHOLD
};

enum {
    CALLS = UT__FOR_REPLAY | UT__FOR_TUNE | UT__FOR_ADAPT | UT__FOR_IMPORT,
    RECORDED = CALLS | UT__FOR_FEATURES | UT__FOR_SCORE,
    ALERTING = UT__FOR_REPLAY | UT__FOR_LISTEN | UT__FOR_IMPORT,
    SHOWING = UT__FOR_REPLAY | UT__FOR_LISTEN
};

static const struct {
    const char *name;
    const char *argument; /* NULL: takes none. */
    enum option_id id;
    int commands;
    const char *help;
} table[] = {
    {"data", "DIR", OPT_DATA, UT__FOR_IMPORT, "the record's folder; made where it is missing"},
    {"meta", "CSV", OPT_META, UT__FOR_IMPORT,
     "what is known of the calls: file, call, queue, agent, caller, start; other columns are tags"},
    {"recordings", "TEMPLATE", OPT_RECORDINGS, UT__FOR_IMPORT,
     "where players find a recording, of {path} {name} {call} {queue} {agent} {date} (default "
     "{path})"},
    {"caller", "DEVICE", OPT_CALLER_DEVICE, UT__FOR_LISTEN,
     "device on which the caller is heard: a number or part of a name"},
    {"agent", "DEVICE", OPT_AGENT_DEVICE, UT__FOR_LISTEN,
     "device on which the agent is heard, for turn-taking alone"},
    {"rate", "HZ", OPT_DEVICE_RATE, UT__FOR_LISTEN, "sampling rate (default: each device's own)"},
    {"caller-channel", "N", OPT_CALLER, RECORDED | UT__FOR_LISTEN,
     "channel that holds the caller, from 1 (default 1)"},
    {"agent-channel", "N", OPT_AGENT, CALLS,
     "channel that holds the agent, or none (default 2 when there are two)"},
    {"agent-channel", "N", OPT_AGENT, UT__FOR_LISTEN,
     "channel of the agent's device, from 1 (default 1)"},
    {"mono-is", "caller|mixed", OPT_MONO, CALLS,
     "what a single channel holds (default mixed: not scored)"},
    {"model", "FILE", OPT_MODEL, ALERTING | UT__FOR_SCORE | UT__FOR_TUNE | UT__FOR_ADAPT,
     "model to use instead of the built-in one"},
    {"threshold", "X", OPT_THRESHOLD, ALERTING, "evidence at which an alert is raised, 0 to 1"},
    {"budget", "N", OPT_BUDGET, UT__FOR_TUNE,
     "allowed false alerts in 100 hours of calls (default: the model's)"},
    {"from-store", "DIR", OPT_FROM_STORE, UT__FOR_RECORD,
     "no recordings: propose by queue, from the calls and verdicts of this record"},
    {"save-labels", "CSV", OPT_SAVE_LABELS, UT__FOR_RECORD,
     "with --from-store: write its verdicts and marks on imported recordings there, for --labels"},
    {"labels", "CSV", OPT_LABELS, UT__FOR_TUNE,
     "truth of the calls: columns file (a path, or its end) and onset_s; no onset: no alert is "
     "right"},
    {"svg", "FILE", OPT_SVG, UT__FOR_TUNE, "also draw the trade-off into this file"},
    {"budget", "N", OPT_BUDGET, ALERTING,
     "allowed false alerts in 100 hours of calls; sets the threshold"},
    {"json", NULL, OPT_JSON, SHOWING | UT__FOR_TUNE,
     "print JSON Lines for programs, one object a line"},
    {"jobs", "N", OPT_JOBS, CALLS | UT__FOR_SCORE, "files at a time (default: all cores)"},
    {"realtime", NULL, OPT_REALTIME, UT__FOR_REPLAY, "play at the speed of a live call"},
    {"files-from", "LIST", OPT_FILES_FROM, UT__FOR_REPLAY,
     "read more names from LIST, one a line or NUL-separated (- is standard input)"},
    {"site", "FILE", OPT_SITE, ALERTING | UT__FOR_SCORE | UT__FOR_TUNE,
     "what is usual at this site: a profile that undertone adapt wrote"},
    {"export", "LIST", OPT_EXPORT, UT__FOR_REPLAY,
     "files for other programs, of each call, into the folder of --out: some of"},
    {"audio", "link|embed", OPT_AUDIO, UT__FOR_REPLAY,
     "the recording's player in the report of --export html: by its path, or in the file"},
    {"out", "DIR", OPT_OUT, UT__FOR_REPLAY, "folder for --export; made where it is missing"},
    {"out", "FILE", OPT_OUT, UT__FOR_ADAPT, "write the profile into FILE, not to standard output"},
    {"baseline", "FILE", OPT_BASELINE, UT__FOR_REPLAY,
     "calm voice of the caller, from an earlier call's --save-baseline"},
    {"save-baseline", "FILE", OPT_SAVE_BASELINE, UT__FOR_REPLAY,
     "write the caller's calm voice for the next call"},
    {"rules", "FILE", OPT_RULES, UT__FOR_REPLAY,
     "operator's rules that alert as well; undertone-rules(5) tells how they are written"},
    {"queue", "NAME", OPT_QUEUE, UT__FOR_REPLAY, "queue of the calls, for rules that are of one"},
#ifdef UT_HAVE_TRANSCRIPT
    {"transcript", "FILE", OPT_TRANSCRIPT, UT__FOR_REPLAY,
     "what was said, of any form that undertone words reads: charged phrases alert as well"},
    {"words-threshold", "X", OPT_WORDS_THRESHOLD, UT__FOR_REPLAY,
     "evidence of words at which an alert is raised, 0.1 to 1 (default 0.8)"},
    {"words-list", "FILE", OPT_WORDS_LIST, UT__FOR_REPLAY,
     "phrases in place of the built-in ones of its language"},
#endif
    {"no-color", NULL, OPT_NO_COLOR, SHOWING, "plain text; so does NO_COLOR in the environment"},
    {"raw-encoding", "E", OPT_RAW_ENCODING, RECORDED,
     "headerless sound: how it is coded; E is one of"},
    {"raw-rate", "HZ", OPT_RAW_RATE, RECORDED, "headerless sound: sampling rate (default 8000)"},
    {"raw-channels", "N", OPT_RAW_CHANNELS, RECORDED, "headerless sound: channels (default 1)"},
    {"help", NULL, OPT_HELP, ALERTING | RECORDED, "this text"},
};
enum { TABLE_ROWS = sizeof table / sizeof table[0] };

static void print_help(const struct ut__usage *usage)
{
    struct ut__option rows[TABLE_ROWS + 1] = {{.name = NULL}};
    const struct ut__option_set sets[] = {{.rows = rows}, {.rows = NULL}};
    char encodings[200], formats[200];
    size_t n = 0;
    for (int i = 0; i < TABLE_ROWS; i++) {
        if (!(table[i].commands & usage->bit))
            continue;
        rows[n] = (struct ut__option){.name = table[i].name,
                                      .kind = table[i].argument ? UT__OPTION_TEXT : UT__OPTION_FLAG,
                                      .value = table[i].argument,
                                      .help = table[i].help};
        if (table[i].id == OPT_RAW_ENCODING) {
            snprintf(encodings, sizeof encodings, "%s %s", table[i].help, ut__raw_encoding_names());
            rows[n].help = encodings;
        }
        if (table[i].id == OPT_EXPORT) {
            snprintf(formats, sizeof formats, "%s %s", table[i].help, ut__export_names());
            rows[n].help = formats;
        }
        n++;
    }
    ut__help(&(struct ut__help){.command = usage->command,
                                .synopsis = usage->synopsis,
                                .about = usage->about,
                                .sets = sets,
                                .examples = usage->examples});
}

/* A wrong value: names the option, what it got and what it takes. */
static int wrong(const char *option, const char *value, const char *wanted)
{
    char safe[64];
    ut__message(NULL, "--%s %s: takes %s", option, ut__safe_name(safe, sizeof safe, value), wanted);
    return UT__EXIT_USAGE;
}

static int read_unsigned(unsigned *out, const char *option, const char *text, unsigned max,
                         const char *wanted)
{
    char *end;
    errno = 0;
    unsigned long v = strtoul(text, &end, 10);
    if (errno || end == text || *end || text[0] == '-' || v < 1 || v > max)
        return wrong(option, text, wanted);
    *out = (unsigned)v;
    return -1;
}

static int read_float(float *out, const char *option, const char *text, float max,
                      const char *wanted)
{
    char *end;
    float v = strtof(text, &end);
    if (end == text || *end || !(v > 0) || v > max)
        return wrong(option, text, wanted);
    *out = v;
    return -1;
}

static int take_raw(struct ut__options *opt, int id, const char *value)
{
    unsigned v;
    switch (id) {
    case OPT_RAW_ENCODING:
        opt->source.raw_encoding = ut__raw_encoding_named(value);
        return opt->source.raw_encoding ? -1
                                        : wrong("raw-encoding", value, ut__raw_encoding_names());
    case OPT_RAW_RATE:
        if (read_unsigned(&v, "raw-rate", value, UT_RATE_MAX_HZ, "8000 to 96000 (Hz)") != -1)
            return UT__EXIT_USAGE;
        opt->source.raw_rate_hz = v;
        return v < UT_RATE_MIN_HZ ? wrong("raw-rate", value, "8000 to 96000 (Hz)") : -1;
    default:
        if (read_unsigned(&v, "raw-channels", value, UT_SOURCE_CHANNELS_MAX, "1 to 64") != -1)
            return UT__EXIT_USAGE;
        opt->source.raw_channels = v;
        return -1;
    }
}

/* Formats by name, with commas between. */
static int take_export(struct ut__options *opt, const char *value)
{
    for (const char *p = value;; p++) {
        size_t len = strcspn(p, ",");
        uint32_t mask = ut__export_mask(p, len);
        if (!mask)
            return wrong("export", value, ut__export_names());
        opt->export_mask |= mask;
        p += len;
        if (!*p)
            return -1;
    }
}

/* Keeps an option as it was written. 0: it is more than a text. */
static int keep_text(struct ut__options *opt, int id, const char *value)
{
    const char **text;
    switch (id) {
    case OPT_CALLER_DEVICE:
        text = &opt->caller_device;
        break;
    case OPT_AGENT_DEVICE:
        text = &opt->agent_device;
        break;
    case OPT_MODEL:
        text = &opt->model_path;
        break;
    case OPT_LABELS:
        text = &opt->labels_path;
        break;
    case OPT_SAVE_LABELS:
        text = &opt->save_labels_path;
        break;
    case OPT_SVG:
        text = &opt->svg_path;
        break;
    case OPT_FILES_FROM:
        text = &opt->files_from;
        break;
    case OPT_SITE:
        text = &opt->site_path;
        break;
    case OPT_OUT:
        text = &opt->out_path;
        break;
    case OPT_BASELINE:
        text = &opt->baseline_path;
        break;
    case OPT_SAVE_BASELINE:
        text = &opt->save_baseline_path;
        break;
    case OPT_DATA:
    case OPT_FROM_STORE:
        text = &opt->data_dir;
        break;
    case OPT_RECORDINGS:
        text = &opt->recordings;
        break;
    case OPT_META:
        text = &opt->meta_path;
        break;
    case OPT_RULES:
        text = &opt->rules_path;
        break;
    case OPT_QUEUE:
        text = &opt->queue;
        break;
    case OPT_TRANSCRIPT:
        text = &opt->transcript_path;
        break;
    case OPT_WORDS_LIST:
        text = &opt->words_list_path;
        break;
    default:
        return 0;
    }
    *text = value;
    return 1;
}

/* Returns -1 to go on, else an exit status. */
static int take(struct ut__options *opt, int id, const char *value)
{
    if (keep_text(opt, id, value))
        return -1;
    switch (id) {
    case OPT_CALLER:
        return read_unsigned(&opt->caller_channel, "caller-channel", value, UT_SOURCE_CHANNELS_MAX,
                             "a channel from 1 to 64");
    case OPT_AGENT:
        opt->no_agent = strcmp(value, "none") == 0;
        return opt->no_agent
                   ? -1
                   : read_unsigned(&opt->agent_channel, "agent-channel", value,
                                   UT_SOURCE_CHANNELS_MAX, "a channel from 1 to 64, or none");
    case OPT_DEVICE_RATE:
        if (read_unsigned(&opt->device_rate_hz, "rate", value, UT_RATE_MAX_HZ,
                          "8000 to 96000 (Hz)") != -1)
            return UT__EXIT_USAGE;
        return opt->device_rate_hz < UT_RATE_MIN_HZ ? wrong("rate", value, "8000 to 96000 (Hz)")
                                                    : -1;
    case OPT_MONO:
        opt->mono_is_caller = strcmp(value, "caller") == 0;
        return opt->mono_is_caller || strcmp(value, "mixed") == 0
                   ? -1
                   : wrong("mono-is", value, "caller (the caller alone is heard) or mixed");
    case OPT_THRESHOLD:
        return read_float(&opt->threshold, "threshold", value, 1, "a number above 0, at most 1");
    case OPT_WORDS_THRESHOLD:
        return read_float(&opt->words_threshold, "words-threshold", value, 1,
                          "a number above 0, at most 1");
    case OPT_BUDGET:
        return read_float(&opt->budget_per_100h, "budget", value, 1e6f,
                          "false alerts in 100 hours, above 0");
    case OPT_JOBS:
        return read_unsigned(&opt->jobs, "jobs", value, UT__JOBS_MAX, "a number from 1 to 256");
    case OPT_AUDIO:
        opt->audio = strcmp(value, "link") == 0    ? UT__AUDIO_LINK
                     : strcmp(value, "embed") == 0 ? UT__AUDIO_EMBED
                                                   : UT__AUDIO_NONE;
        return opt->audio ? -1 : wrong("audio", value, "link or embed");
    case OPT_EXPORT:
        return take_export(opt, value);
    case OPT_JSON:
        opt->json = 1;
        return -1;
    case OPT_REALTIME:
        opt->realtime = 1;
        return -1;
    case OPT_NO_COLOR:
        opt->no_color = 1;
        return -1;
    default:
        return take_raw(opt, id, value);
    }
}

/* What getopt_long did not like: argv[optind - 1] is the culprit. */
static int refused(const struct ut__usage *usage, int kind, char **argv)
{
    char safe[64];
    const char *given = ut__safe_name(safe, sizeof safe, argv[optind - 1]);
    const char letter[] = {'-', (char)optopt, '\0'};
    if (optopt > 0x20 && optopt < 0x7f) /* A letter, perhaps in the midst of several. */
        given = letter;
    if (kind == ':')
        ut__message(NULL, "%s needs a value; undertone %s --help tells which", given,
                    usage->command);
    else
        ut__message(NULL,
                    "%s: no such option of %s, or not one alone; undertone %s --help lists them",
                    given, usage->command, usage->command);
    return UT__EXIT_USAGE;
}

/* Wishes that contradict each other. */
static int check_together(const struct ut__options *opt, int command)
{
    unsigned caller = opt->caller_channel ? opt->caller_channel : 1;
    if (command != UT__FOR_LISTEN && opt->agent_channel && opt->agent_channel == caller) {
        ut__message(NULL,
                    "--agent-channel %u is the caller's channel: the agent is never scored; "
                    "give the two different channels",
                    opt->agent_channel);
        return UT__EXIT_USAGE;
    }
    if (command == UT__FOR_REPLAY && !opt->export_mask != !opt->out_path) {
        ut__message(NULL,
                    "--export and --out belong together: say which files, and into which folder");
        return UT__EXIT_USAGE;
    }
    if (opt->audio && !(opt->export_mask & ut__export_mask("html", 4))) {
        ut__message(NULL, "--audio is for the report: say --export html as well");
        return UT__EXIT_USAGE;
    }
    if (opt->queue && !opt->rules_path) {
        ut__message(NULL, "--queue is for rules: name their file with --rules as well");
        return UT__EXIT_USAGE;
    }
    if ((opt->words_threshold > 0 || opt->words_list_path) && !opt->transcript_path) {
        ut__message(NULL, "--words-threshold and --words-list are for a --transcript: name it");
        return UT__EXIT_USAGE;
    }
    if (opt->threshold > 0 && opt->budget_per_100h > 0) {
        ut__message(NULL, "--threshold and --budget both set the threshold; give one of them");
        return UT__EXIT_USAGE;
    }
    return -1;
}

int ut__options_read(struct ut__options *opt, const struct ut__usage *usage, int argc, char **argv)
{
    struct option longs[TABLE_ROWS + 1];
    int rows = 0;
    for (int i = 0; i < TABLE_ROWS; i++) {
        if (table[i].commands & usage->bit)
            longs[rows++] =
                (struct option){.name = table[i].name,
                                .has_arg = table[i].argument ? required_argument : no_argument,
                                .val = (int)table[i].id};
    }
    longs[rows] = (struct option){.name = NULL};

    *opt = (struct ut__options){.json = 0};
    opterr = 0;
    optind = 0;
    int id;
    while ((id = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
        if (id == OPT_HELP || id == 'h') {
            print_help(usage);
            return UT__EXIT_DONE;
        }
        int status = id == ':' || id == '?' ? refused(usage, id, argv) : take(opt, id, optarg);
        if (status != -1)
            return status;
    }
    opt->arguments = argv + optind;
    opt->argument_count = argc - optind;
    if (usage->bit != UT__FOR_LISTEN)
        ut__message_alone();
    return check_together(opt, usage->bit);
}
