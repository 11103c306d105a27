/* SPDX-License-Identifier: MIT */
/*
 * Lines of conversations, as they happen:
 *
 *     line -> seen before? -> the caller's? -> mask -> judge -+-> spoken -> alert, score -> stream
 *     of a call with a voice: -> wait for its score ----------'
 *
 * Times of a conversation are seconds since it began, as the media time of a call is. A line that
 * says when it was said may come late or out of order: it counts at the newest time so far.
 */

#include "ingress/transcript/live_talks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "call/spoken.h"
#include "ingress/transcript/line_wait.h"

enum {
    BUCKETS = 4096,
    SAID_MS = 30000,  /* What a search of articles goes by. */
    SEEN_MAX = 64,    /* Lines by which one that comes twice is known. */
    ENDED_MAX = 1024, /* Conversations that are over and still known by name. */
    SCORE_MS =
        3000,    /* Scores of a call come once a second; after so long its lines wait for none. */
    AHEAD_S = 30 /* A line is at most so far ahead of what was heard of its call. */
};

struct talk {
    struct talk *next;
    struct ut__call_info info;
    int is_call;
    struct ut__spoken spoken;
    struct ut__line_wait wait; /* Of a call with a voice. */
    double heard_s;            /* Of its newest score, */
    int64_t heard_ms;          /* which came then. */
    uint64_t seen[SEEN_MAX];
    unsigned seen_count;
    int64_t last_ms; /* Of its newest line, wall clock. */
    float peak;
    /* What the caller said last, masked, for a search of articles: never written anywhere. */
    char said[UT__LINES_SAID_MAX];
    const char *language;
    int64_t last_said_ms;
};

struct ut__live_talks {
    struct ut__talks_config cfg;
    struct talk *buckets[BUCKETS];
    uint64_t ended[ENDED_MAX];
    unsigned ended_count;
    struct ut__talks_stats stats;
};

static uint64_t hash_of(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * 1099511628211u;
    return (h ^ 0x1f) * 1099511628211u;
}

static uint64_t id_hash(const char *id)
{
    return hash_of(1469598103934665603u, id);
}

static struct talk *find(const struct ut__live_talks *t, const char *id)
{
    struct talk *k = t->buckets[id_hash(id) % BUCKETS];
    while (k && strcmp(k->info.id, id) != 0)
        k = k->next;
    return k;
}

static int has_ended(const struct ut__live_talks *t, const char *id)
{
    uint64_t h = id_hash(id);
    for (unsigned i = 0; i < ENDED_MAX; i++)
        if (t->ended[i] == h)
            return 1;
    return 0;
}

static struct talk *add(struct ut__live_talks *t, const char *id, int is_call)
{
    struct talk *k = calloc(1, sizeof *k), **bucket = &t->buckets[id_hash(id) % BUCKETS];
    if (!k)
        return NULL;
    snprintf(k->info.id, sizeof k->info.id, "%s", id);
    k->is_call = is_call;
    ut__spoken_init(&k->spoken, t->cfg.threshold, is_call ? UT__SPOKEN_FIRST_N : 1);
    k->next = *bucket;
    *bucket = k;
    t->stats.open++;
    return k;
}

static void drop(struct ut__live_talks *t, struct talk *k)
{
    struct talk **at = &t->buckets[id_hash(k->info.id) % BUCKETS];
    while (*at != k)
        at = &(*at)->next;
    *at = k->next;
    t->ended[t->ended_count++ % ENDED_MAX] = id_hash(k->info.id);
    t->stats.open--;
    ut__line_wait_clear(&k->wait);
    free(k);
}

static void publish(struct ut__live_talks *t, const struct talk *k, struct ut__stream_item *item)
{
    item->info = k->info;
    t->cfg.publish(t->cfg.arg, item);
}

static void tell_alert(struct ut__live_talks *t, const struct talk *k,
                       const struct ut_alert_event *alert)
{
    struct ut__stream_item item = {.kind = UT__STREAM_EVENT};
    item.event.type = UT_EVENT_ALERT;
    item.event.u.alert = *alert;
    t->stats.alerts += alert->action == UT_ALERT_RAISED;
    publish(t, k, &item);
}

/* The curve of a conversation without a voice; a call's own curve is its voice's. */
static void tell_score(struct ut__live_talks *t, const struct talk *k)
{
    struct ut__stream_item item = {.kind = UT__STREAM_EVENT};
    struct ut_score *s = &item.event.u.score;
    item.event.type = UT_EVENT_SCORE;
    s->t_s = k->spoken.words.t_s;
    s->stress = k->spoken.words.evidence;
    s->arousal = k->spoken.words.evidence;
    s->confidence = 1;
    s->level_dbfs = -120;
    s->state = k->spoken.alert                                    ? UT_STATE_ALERT
               : k->spoken.words.evidence >= t->cfg.threshold / 2 ? UT_STATE_ELEVATED
                                                                  : UT_STATE_CALM;
    publish(t, k, &item);
}

static void decide(struct ut__live_talks *t, struct talk *k, double t_s)
{
    struct ut_alert_event alert;
    if (ut__spoken_ask(&k->spoken, t_s, &alert))
        tell_alert(t, k, &alert);
}

static void end(struct ut__live_talks *t, struct talk *k, const char *reason)
{
    struct ut_alert_event alert;
    ut__line_keeper_flush(t->cfg.keeper);
    if (ut__spoken_end(&k->spoken, &alert))
        tell_alert(t, k, &alert);
    if (!k->is_call) {
        struct ut__stream_item item = {.kind = UT__STREAM_EVENT};
        struct ut_summary *s = &item.event.u.summary;
        item.event.type = UT_EVENT_SUMMARY;
        s->duration_s = k->spoken.words.t_s;
        s->scored = 1;
        s->peak = k->peak;
        s->end = k->spoken.words.evidence;
        s->peak_end = (s->peak + s->end) / 2;
        s->recovery = s->peak > 0 ? (s->peak - s->end) / s->peak : 0;
        s->alerts = k->spoken.n;
        publish(t, k, &item);
        struct ut__stream_item ended = {.kind = UT__STREAM_ENDED};
        snprintf(ended.reason, sizeof ended.reason, "%s", reason);
        publish(t, k, &ended);
    }
    drop(t, k);
}

static const struct ut_words *list_of(const struct ut__live_talks *t, const struct ut__line *line)
{
    for (unsigned i = 0; *line->language && i < t->cfg.list_count; i++)
        if (strncmp(ut_words_language(t->cfg.lists[i]), line->language, 2) == 0)
            return t->cfg.lists[i];
    int guess = *line->language
                    ? -1
                    : ut_words_guess(t->cfg.lists, t->cfg.list_count, line->text, line->len);
    return guess < 0 ? NULL : t->cfg.lists[guess];
}

/* By its id, or by what it says and when; a line without either is new. */
static int came_before(struct talk *k, const struct ut__feed_line *l)
{
    char t[40] = "";
    if (!*l->id && l->line.t_s < 0)
        return 0;
    snprintf(t, sizeof t, "%.3f", l->line.t_s);
    uint64_t h = *l->id ? hash_of(1, l->id) : hash_of(hash_of(2, t), l->line.text);
    h = hash_of(h, l->line.name);
    for (unsigned i = 0; i < SEEN_MAX; i++)
        if (k->seen[i] == h)
            return 1;
    k->seen[k->seen_count++ % SEEN_MAX] = h;
    return 0;
}

/* Adds to what was said; what is older than half a minute goes, and the beginning of too much. */
static void remember(struct talk *k, int64_t now_ms, const char *text, const char *language)
{
    size_t had = now_ms - k->last_said_ms > SAID_MS ? 0 : strlen(k->said), len = strlen(text);
    if (len >= sizeof k->said - 1) {
        text += len - (sizeof k->said - 2);
        len = sizeof k->said - 2;
    }
    size_t room = sizeof k->said - 2 - len, drop = had > room ? had - room : 0;
    memmove(k->said, k->said + drop, had - drop);
    had -= drop;
    if (had)
        k->said[had++] = ' ';
    memcpy(k->said + had, text, len);
    k->said[had + len] = '\0';
    k->last_said_ms = now_ms;
    k->language = language;
}

void ut__live_talks_said(const struct ut__live_talks *t, const char *id, int64_t now_ms, char *out,
                         size_t cap, char *language)
{
    const struct talk *k = find(t, id);
    int fresh = k && now_ms - k->last_said_ms <= SAID_MS;
    /* Cut text may begin within a character. */
    const char *from = fresh ? k->said : "";
    while (((unsigned char)*from & 0xc0) == 0x80)
        from++;
    snprintf(out, cap, "%s", from);
    snprintf(language, UT__LINES_LANGUAGE_MAX, "%s", fresh && k->language ? k->language : "");
}

const struct ut__said *ut__live_talks_phrases(const struct ut__live_talks *t, const char *id)
{
    const struct talk *k = find(t, id);
    return k && k->spoken.judged ? &k->spoken.said : NULL;
}

struct taking {
    struct ut__live_talks *t;
    const struct ut__talks_from *from;
    int64_t now_ms;
    enum ut__lines_end end;
    unsigned taken, repeated, judged;
    float evidence;
    int alert;
};

/* When it was said. Of a call it is the media's time; a line that does not say it is said now. */
static double seconds_of(const struct taking *g, const struct talk *k, double t_s)
{
    double began_s = (double)k->info.started_ms / 1000, now_s = (double)g->now_ms / 1000;
    double now = k->is_call ? k->heard_s : now_s - began_s;
    double said = t_s < 0 ? now : t_s > 1e8 ? t_s - began_s : t_s;
    if (k->is_call && said > now + AHEAD_S)
        said = now + AHEAD_S;
    return said > 0 ? said : 0;
}

static void keep(struct ut__live_talks *t, const struct talk *k, const struct ut__kept_line *line)
{
    ut__line_keeper_add(t->cfg.keeper, k->info.id, line);
}

/* From now on it counts. */
static void count_line(struct ut__live_talks *t, struct talk *k, double t_s,
                       const struct ut__waiting *w)
{
    int judged = w->who == UT__WHO_CALLER && w->words;
    if (judged)
        ut__spoken_line(&k->spoken, t_s, w->text, &w->score);
    keep(t, k,
         &(struct ut__kept_line){.said_s = w->said_s,
                                 .counted_s = judged ? t_s : -1,
                                 .who = w->who,
                                 .language = w->words ? ut_words_language(w->words) : "",
                                 .text = w->text,
                                 .score = &w->score});
    float evidence = k->spoken.words.evidence;
    k->peak = evidence > k->peak ? evidence : k->peak;
}

static void count_due(struct ut__live_talks *t, struct talk *k, double by_s, double t_s)
{
    struct ut__waiting *w;
    while ((w = ut__line_wait_take(&k->wait, by_s)) != NULL) {
        count_line(t, k, t_s, w);
        free(w);
    }
}

/* Of a conversation without a voice a line counts at once; of others lines stay in their order. */
static void put(struct taking *g, struct talk *k, const struct ut__waiting *line, const char *text)
{
    struct ut__live_talks *t = g->t;
    int err = ut__line_wait_put(&k->wait, line, text);
    if (err == UT_ETOOBIG) {
        count_due(t, k, k->wait.first->said_s, k->heard_s);
        err = ut__line_wait_put(&k->wait, line, text);
    }
    if (err)
        return;
    int judged = line->who == UT__WHO_CALLER && line->words;
    if (judged)
        remember(k, g->now_ms, text, ut_words_language(line->words));
    t->stats.judged += (unsigned)judged;
    g->judged += (unsigned)judged;
    if (!k->is_call && !judged) {
        count_due(t, k, line->said_s, line->said_s);
    } else if (!k->is_call) {
        count_due(t, k, line->said_s, line->said_s);
        decide(t, k, k->spoken.words.t_s);
        tell_score(t, k);
    }
    g->evidence = k->spoken.words.evidence;
    g->alert = k->spoken.alert;
}

static void take_text(struct taking *g, struct talk *k, const struct ut__feed_line *l)
{
    struct ut__live_talks *t = g->t;
    const struct ut_words *words = list_of(t, &l->line);
    struct ut__waiting line = {.said_s = seconds_of(g, k, l->line.t_s),
                               .came_ms = g->now_ms,
                               .who = l->line.who,
                               .words = words};
    char *text = malloc(l->line.len + 1);
    if (!text)
        return;
    memcpy(text, l->line.text, l->line.len + 1);
    ut_words_mask(text, l->line.len);
    t->stats.not_caller += l->line.who != UT__WHO_CALLER;
    t->stats.no_language += l->line.who == UT__WHO_CALLER && !words;
    if (l->line.who == UT__WHO_CALLER && words)
        ut_words_judge(words, text, l->line.len, &line.score);
    put(g, k, &line, text);
    free(text);
}

/* A conversation without a voice begins. */
static struct talk *begin(struct taking *g, const char *id, const struct ut__feed_line *l)
{
    struct ut__live_talks *t = g->t;
    if (t->stats.open >= t->cfg.max || (t->cfg.port && ut__port_load(t->cfg.port).draining)) {
        t->stats.refused++;
        g->end = UT__LINES_FULL;
        return NULL;
    }
    struct talk *k = add(t, id, 0);
    if (!k) {
        g->end = UT__LINES_FULL;
        return NULL;
    }
    k->info.started_ms = g->now_ms;
    if (l->line.t_s > 1e8 && (int64_t)(l->line.t_s * 1000) < g->now_ms)
        k->info.started_ms = (int64_t)(l->line.t_s * 1000);
    snprintf(k->info.source, sizeof k->info.source, "text");
    snprintf(k->info.queue, sizeof k->info.queue, "%s", l->queue);
    snprintf(k->info.agent, sizeof k->info.agent, "%s", l->agent);
    struct ut__stream_item item = {.kind = UT__STREAM_STARTED};
    publish(t, k, &item);
    return k;
}

static int good_id(const char *id)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@-";
    size_t n = strspn(id, allowed);
    return n > 0 && id[n] == '\0' && n < UT__CALL_ID_MAX;
}

static void take_line(void *arg, const struct ut__feed_line *l)
{
    struct taking *g = arg;
    struct ut__live_talks *t = g->t;
    const char *id = *g->from->id ? g->from->id : l->line.conversation;
    if (g->end != UT__LINES_TAKEN)
        return;
    if (!good_id(id)) {
        g->end = UT__LINES_BAD;
        return;
    }
    struct talk *k = find(t, id);
    if (!k && (has_ended(t, id) || g->from->is_call)) {
        g->end = has_ended(t, id) ? UT__LINES_ENDED : UT__LINES_UNKNOWN;
        return;
    }
    if (l->ends) {
        if (k && !k->is_call)
            end(t, k, "end");
        return;
    }
    if (!k && (k = begin(g, id, l)) == NULL)
        return;
    k->last_ms = g->now_ms;
    t->stats.lines++;
    if (came_before(k, l)) {
        t->stats.repeated++;
        g->repeated++;
        return;
    }
    g->taken++;
    take_text(g, k, l);
}

static const char *why_not(enum ut__lines_end end)
{
    switch (end) {
    case UT__LINES_BAD:
        return "The id is empty, longer than 127 bytes or holds other signs than letters, digits "
               "and . _ : @ -.";
    case UT__LINES_UNKNOWN:
        return "There is no live call of that id.";
    case UT__LINES_ENDED:
        return "That call or conversation is over.";
    default:
        return "As many conversations are open as may be, or this node drains and takes no new "
               "one.";
    }
}

enum ut__lines_end ut__live_talks_take(struct ut__live_talks *t, const struct ut__talks_from *from,
                                       const char *body, size_t len, int64_t now_ms, char *text)
{
    struct taking g = {.t = t, .from = from, .now_ms = now_ms};
    const struct ut__transcript_feed feed = {
        .who = from->who, .language = from->language, .line = take_line, .arg = &g};
    const char *why = "";
    int n = ut__feed_read(&feed, body, len, &why);
    if (n < 0)
        g.end = UT__LINES_BAD;
    if (g.end != UT__LINES_TAKEN) {
        snprintf(text, UT__LINES_TEXT_MAX, "%s", n < 0 ? why : why_not(g.end));
        return g.end;
    }
    snprintf(text, UT__LINES_TEXT_MAX,
             "{\"taken\":%u,\"repeated\":%u,\"judged\":%u,\"alert\":%s,\"evidence_percent\":%d}",
             g.taken, g.repeated, g.judged, g.alert ? "true" : "false",
             (int)(g.evidence * 100 + .5f));
    return g.end;
}

int ut__live_talks_amend(struct ut__live_talks *t, struct ut__stream_item *item)
{
    struct talk *k = find(t, item->info.id);
    struct ut_alert_event before;
    if (!k || !k->is_call || item->kind != UT__STREAM_EVENT)
        return 1;
    if (item->event.type == UT_EVENT_SCORE)
        count_due(t, k, item->event.u.score.t_s, item->event.u.score.t_s);
    enum ut__spoken_end end = ut__spoken_amend(&k->spoken, &item->event, &before);
    if (end == UT__SPOKEN_BEFORE)
        tell_alert(t, k, &before);
    return end != UT__SPOKEN_DROP;
}

void ut__live_talks_hear(struct ut__live_talks *t, const struct ut__stream_item *item)
{
    struct talk *k = find(t, item->info.id);
    if (item->kind == UT__STREAM_STARTED && !k && (k = add(t, item->info.id, 1)) == NULL)
        return;
    if (!k || !k->is_call)
        return; /* Our own, on its way to the others. */
    k->info = item->info;
    if (item->kind == UT__STREAM_EVENT && item->event.type == UT_EVENT_SCORE) {
        k->heard_s = item->event.u.score.t_s;
        k->heard_ms = item->time_us / 1000;
        decide(t, k, k->heard_s);
    } else if (item->kind == UT__STREAM_ENDED) {
        count_due(t, k, (double)INFINITY, k->heard_s);
        drop(t, k);
    }
}

/* Lines of a call that has no scores any more. */
static void stop_waiting(struct ut__live_talks *t, struct talk *k, int64_t now_ms)
{
    if (!k->wait.first || now_ms - k->heard_ms < SCORE_MS ||
        now_ms - k->wait.first->came_ms < SCORE_MS)
        return;
    count_due(t, k, (double)INFINITY, k->heard_s);
    decide(t, k, k->heard_s);
}

void ut__live_talks_tick(struct ut__live_talks *t, int64_t now_ms)
{
    ut__line_keeper_flush(t->cfg.keeper);
    for (unsigned b = 0; b < BUCKETS; b++)
        for (struct talk *k = t->buckets[b], *next; k; k = next) {
            next = k->next;
            if (k->is_call)
                stop_waiting(t, k, now_ms);
            else if (now_ms - k->last_ms >= t->cfg.idle_ms)
                end(t, k, "idle");
            else if (k->spoken.alert)
                decide(t, k, (double)(now_ms - k->info.started_ms) / 1000);
        }
}

int ut__live_talks_create(struct ut__live_talks **out, const struct ut__talks_config *cfg)
{
    struct ut__live_talks *t = calloc(1, sizeof *t);
    if (!t)
        return UT_ENOMEM;
    t->cfg = *cfg;
    *out = t;
    return 0;
}

void ut__live_talks_destroy(struct ut__live_talks *t)
{
    for (unsigned b = 0; t && b < BUCKETS; b++)
        for (struct talk *k = t->buckets[b], *next; k; k = next) {
            next = k->next;
            end(t, k, "shutdown");
        }
    free(t);
}

void ut__live_talks_stats(const struct ut__live_talks *t, struct ut__talks_stats *out)
{
    *out = t->stats;
}
