/* SPDX-License-Identifier: MIT */
/* The edge `transcript`: what callers write, or say as a recogniser heard it. */

#include "contract/edge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/words.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingress/transcript/endpoint.h"
#include "ingress/transcript/live_talks.h"
#include "net/re.h"
#include "words/said.h"

enum { TICK_MS = 1000, LIST_BYTES_MAX = 16 << 20, TALKS_MAX = 20000, MS_A_MINUTE = 60000 };

struct options {
    int words, keep;
    double threshold;
    int64_t idle_min;
    struct ut__option_list lists;
};

struct edge {
    struct ut_words *own[UT__TALKS_LISTS_MAX];
    unsigned count;
    const struct ut__edge_host *host;
    struct ut__line_keeper *keeper;
    struct ut__live_talks *talks;
    struct ut__transcript_endpoint *endpoint;
    struct ut__lines_door door;
    struct ut__sink sink;
    struct tmr tick;
};

#define AT(field) .offset = offsetof(struct options, field)

static const struct ut__option rows[] = {
    {.name = "words",
     .kind = UT__OPTION_FLAG,
     AT(words),
     .help = "Take lines of chats and transcripts and alert on charged phrases"},
    {.name = "words-threshold",
     .kind = UT__OPTION_REAL,
     AT(threshold),
     .min = 0.1,
     .max = 1,
     .fallback = "0.8",
     .value = "X",
     .help = "Evidence of words at which an alert is raised"},
    {.name = "words-idle",
     .kind = UT__OPTION_INT,
     AT(idle_min),
     .min = 1,
     .max = 1440,
     .fallback = "30",
     .value = "MINUTES",
     .help = "A conversation without a voice ends after so long a silence"},
    {.name = "keep-words",
     .kind = UT__OPTION_FLAG,
     AT(keep),
     .help = "Keep what was said, masked, as long as its call, to search and rank it"},
    {.name = "words-list",
     .kind = UT__OPTION_LIST,
     AT(lists),
     .value = "FILE",
     .help = "Phrases in place of the built-in ones of its language; many times"},
    {.name = NULL},
};

static int check(const void *config, char *why, size_t cap)
{
    const struct options *o = config;
    if (!o->keep || o->words)
        return 0;
    snprintf(why, cap, "keep-words keeps lines, and none are taken: set words = yes as well");
    return UT_EINVAL;
}

static int wanted(const void *config)
{
    return ((const struct options *)config)->words;
}

struct told {
    char *why;
    size_t cap;
    const char *path;
};

static void tell_fault(void *ctx, unsigned line, const char *text)
{
    struct told *t = ctx;
    if (!t->why[0])
        snprintf(t->why, t->cap, "words-list: %s:%u: %s", t->path, line, text);
}

static int read_list(struct edge *e, const char *path, char *why, size_t cap)
{
    struct told told = {why, cap, path};
    char *bytes = malloc(LIST_BYTES_MAX);
    FILE *f = bytes ? fopen(path, "rb") : NULL;
    size_t n = f ? fread(bytes, 1, LIST_BYTES_MAX, f) : 0;
    why[0] = '\0';
    int err = f && !ferror(f) && e->count < UT__TALKS_LISTS_MAX
                  ? ut_words_create(&e->own[e->count], bytes, n, tell_fault, &told)
                  : UT_EIO;
    if (f)
        fclose(f);
    free(bytes);
    if (err && !why[0])
        snprintf(why, cap, "words-list: %s cannot be read, or there are more than 8", path);
    e->count += err == 0;
    return err;
}

static int has(const struct edge *e, const char *language)
{
    for (unsigned i = 0; i < e->count; i++)
        if (strcmp(ut_words_language(e->own[i]), language) == 0)
            return 1;
    return 0;
}

static int read_lists(struct edge *e, const struct options *o, char *why, size_t cap)
{
    static const char *const built_in[] = {"en", "es", "vi"};
    int err = 0;
    for (size_t i = 0; i < o->lists.count && !err; i++)
        err = read_list(e, o->lists.items[i], why, cap);
    for (int i = 0; i < 3 && !err; i++)
        if (!has(e, built_in[i])) {
            err = ut_words_create_default(&e->own[e->count], built_in[i]);
            e->count += err == 0;
        }
    return err;
}

static void on_tick(void *arg)
{
    struct edge *e = arg;
    ut__live_talks_tick(e->talks, ut__clock_wall_us() / 1000);
    tmr_start(&e->tick, TICK_MS, on_tick, e);
}

static void hear(void *state, const struct ut__stream_item *item)
{
    struct edge *e = state;
    ut__live_talks_hear(e->talks, item);
}

static int amend(void *state, struct ut__stream_item *item)
{
    const struct edge *e = state;
    return ut__live_talks_amend(e->talks, item);
}

static enum ut__lines_end take(void *arg, const char *id, int is_call, const char *body, size_t len,
                               char *text)
{
    struct edge *e = arg;
    const struct ut__talks_from from = {.id = id, .who = "", .language = "", .is_call = is_call};
    return ut__live_talks_take(e->talks, &from, body, len, ut__clock_wall_us() / 1000, text);
}

static void said(void *arg, const char *id, char *out, size_t cap, char *language)
{
    const struct edge *e = arg;
    ut__live_talks_said(e->talks, id, ut__clock_wall_us() / 1000, out, cap, language);
}

static const struct ut__said *phrases(void *arg, const char *id)
{
    const struct edge *e = arg;
    return ut__live_talks_phrases(e->talks, id);
}

static int knows(void *arg, const char *text)
{
    const struct edge *e = arg;
    return ut__said_is_known((const struct ut_words *const *)e->own, e->count, text);
}

static void stop(void *arg)
{
    struct edge *e = arg;
    tmr_cancel(&e->tick);
    e->host->set_lines(e->host->arg, NULL);
    ut__transcript_endpoint_stop(e->endpoint);
    ut__live_talks_destroy(e->talks);
    ut__line_keeper_destroy(e->keeper);
    e->host->listen(e->host->arg, NULL);
    for (unsigned i = 0; i < e->count; i++)
        ut_words_destroy(e->own[i]);
    free(e);
}

static int open_doors(struct edge *e, const struct options *o)
{
    int err = o->keep ? ut__line_keeper_create(&e->keeper, e->host) : 0;
    if (err)
        return err;
    struct ut__talks_config cfg = {.list_count = e->count,
                                   .threshold = (float)o->threshold,
                                   .idle_ms = o->idle_min * MS_A_MINUTE,
                                   .max = TALKS_MAX,
                                   .port = e->host->port,
                                   .keeper = e->keeper,
                                   .publish = e->host->publish,
                                   .arg = e->host->arg};
    for (unsigned i = 0; i < e->count; i++)
        cfg.lists[i] = e->own[i];
    err = ut__live_talks_create(&e->talks, &cfg);
    if (!err && e->host->http)
        err = ut__transcript_endpoint_start(&e->endpoint, e->host, e->talks);
    if (err)
        return err;
    e->door = (struct ut__lines_door){
        .arg = e, .take = take, .said = said, .phrases = phrases, .knows = knows};
    e->sink = (struct ut__sink){.name = "words", .push = hear, .state = e, .amend = amend};
    e->host->set_lines(e->host->arg, &e->door);
    e->host->listen(e->host->arg, &e->sink);
    tmr_init(&e->tick);
    tmr_start(&e->tick, TICK_MS, on_tick, e);
    return 0;
}

static int start(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t cap)
{
    struct edge *e = calloc(1, sizeof *e);
    if (!e) {
        snprintf(why, cap, "there is no memory left");
        return UT_ENOMEM;
    }
    e->host = host;
    int err = read_lists(e, config, why, cap);
    if (!err && (err = open_doors(e, config)) != 0)
        snprintf(why, cap, "words: %s", ut_strerror(err));
    if (err) {
        ut__live_talks_destroy(e->talks);
        ut__line_keeper_destroy(e->keeper);
        for (unsigned i = 0; i < e->count; i++)
            ut_words_destroy(e->own[i]);
        free(e);
        return err;
    }
    *out = e;
    return 0;
}

static size_t stats(const void *arg, struct ut__edge_stat *out)
{
    const struct edge *e = arg;
    struct ut__talks_stats t;
    struct ut__transcript_stats s = {0};
    ut__live_talks_stats(e->talks, &t);
    if (e->endpoint)
        ut__transcript_endpoint_stats(e->endpoint, &s);
    out[0] = UT__EDGE_OPEN(s.streams);
    out[1] = UT__EDGE_ACCEPTED(s.accepted);
    out[2] = UT__EDGE_REFUSED(s.refused + t.refused);
    out[3] = UT__EDGE_ERRORS(s.errors);
    out[4] = (struct ut__edge_stat){"lines", "Lines taken.", 0, t.lines};
    out[5] = (struct ut__edge_stat){"judged", "Lines of callers that were judged.", 0, t.judged};
    out[6] = (struct ut__edge_stat){"repeated", "Lines that came twice.", 0, t.repeated};
    out[7] = (struct ut__edge_stat){"no_language", "Lines that no list knows.", 0, t.no_language};
    out[8] = (struct ut__edge_stat){"alerts", "Alerts of words.", 0, t.alerts};
    out[9] = (struct ut__edge_stat){"kept", "Lines handed to the record.", 0,
                                    ut__line_keeper_count(e->keeper)};
    return 10;
}

const struct ut__edge ut__edge_transcript = {
    .name = "transcript",
    .title = "Words: chats, mails and transcripts",
    .summary = "Takes lines of callers at /api/v1/calls/ID/lines, /api/v1/conversations/ID/lines "
               "and /media/transcript, and alerts on charged phrases.",
    .options = rows,
    .config_size = sizeof(struct options),
    .check = check,
    .wanted = wanted,
    .start = start,
    .stop = stop,
    .stats = stats,
};
