/* SPDX-License-Identifier: MIT */
/*
 * Lines of conversations, as they happen:
 *
 *     line -> seen before? -> the caller's? -> mask -> judge -> evidence -+-> alert, score -> stream
 *     stream of the call's voice -> stress, alert of the voice ----------'
 *
 * Times of a conversation are seconds since it began, as the media time of a call is. A line that
 * says when it was said may come late or out of order: it counts at the newest time so far.
 */

#include "ingress/transcript/live_talks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

enum {
    BUCKETS = 4096,
    SAID_MS = 30000,     /* What a search of articles goes by. */
    SEEN_MAX = 64,       /* Lines by which one that comes twice is known. */
    ENDED_MAX = 1024,    /* Conversations that are over and still known by name. */
    WORDS_FIRST_N = 1001 /* Alerts of words in a call with a voice: apart from the voice's own. */
};
/* Together: this much of the threshold, with a voice that has been this stressed. */
static const float TOGETHER_WORDS = .6f, TOGETHER_VOICE = .5f, VOICE_KEEPS = .8f;

struct talk {
    struct talk *next;
    struct ut__call_info info;
    int is_call;
    struct ut_words_talk words;
    uint64_t seen[SEEN_MAX];
    unsigned seen_count;
    int64_t last_ms; /* Of its newest line, wall clock. */
    float voice;     /* Stress of the voice, over some seconds. */
    int voice_alert; /* 1: the voice's own alert stands. */
    uint32_t n;      /* Of the newest alert of words. */
    int alert;       /* 1: it stands. */
    double raised_s;
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
    k->n = is_call ? WORDS_FIRST_N - 1 : 0;
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
    free(k);
}

static void publish(struct ut__live_talks *t, const struct talk *k, struct ut__stream_item *item)
{
    item->info = k->info;
    t->cfg.publish(t->cfg.arg, item);
}

static const char *plain_kind(enum ut_words_kind kind)
{
    static const char *const names[UT_WORDS_KINDS] = {
        "anger",  "insult",  "threat to leave",       "threat of law or press",
        "danger", "despair", "not the first contact", "praise"};
    return (unsigned)kind < UT_WORDS_KINDS ? names[kind] : "";
}

/* "voice stressed, and words: “third time” (not the first contact), “cancel” (threat to leave)" */
static void write_text(char *out, size_t cap, const struct talk *k)
{
    int with_voice = k->is_call && k->voice >= TOGETHER_VOICE;
    size_t n = (size_t)snprintf(out, cap, "%swords", with_voice ? "voice stressed, and " : "");
    for (unsigned i = 0; i < k->words.reasons; i++) {
        char one[UT_WORDS_PHRASE_MAX + 48];
        const struct ut_words_reason *r = &k->words.reason[i];
        int m = snprintf(one, sizeof one, "%s \xe2\x80\x9c%s\xe2\x80\x9d (%s)", i ? "," : ":",
                         r->phrase, plain_kind(r->kind));
        if (m < 0 || n + (size_t)m >= cap)
            break; /* Whole reasons, the strongest first. */
        memcpy(out + n, one, (size_t)m + 1);
        n += (size_t)m;
    }
}

static void tell_alert(struct ut__live_talks *t, struct talk *k, enum ut_alert_action action)
{
    struct ut__stream_item item = {.kind = UT__STREAM_EVENT};
    struct ut_alert_event *a = &item.event.u.alert;
    item.event.type = UT_EVENT_ALERT;
    if (action == UT_ALERT_RAISED) {
        k->n++;
        k->raised_s = k->words.t_s;
        t->stats.alerts++;
    }
    k->alert = action == UT_ALERT_RAISED;
    a->t_s = k->words.t_s;
    a->n = k->n;
    a->action = action;
    a->stress = k->words.evidence;
    a->for_s = (float)(k->words.t_s - k->raised_s);
    write_text(a->text, sizeof a->text, k);
    publish(t, k, &item);
}

/* The curve of a conversation without a voice; a call's own curve is its voice's. */
static void tell_score(struct ut__live_talks *t, const struct talk *k)
{
    struct ut__stream_item item = {.kind = UT__STREAM_EVENT};
    struct ut_score *s = &item.event.u.score;
    item.event.type = UT_EVENT_SCORE;
    s->t_s = k->words.t_s;
    s->stress = k->words.evidence;
    s->arousal = k->words.evidence;
    s->confidence = 1;
    s->level_dbfs = -120;
    s->state = k->alert                                    ? UT_STATE_ALERT
               : k->words.evidence >= t->cfg.threshold / 2 ? UT_STATE_ELEVATED
                                                           : UT_STATE_CALM;
    publish(t, k, &item);
}

static void decide(struct ut__live_talks *t, struct talk *k, double t_s)
{
    float evidence = ut_words_talk_at(&k->words, t_s), threshold = t->cfg.threshold;
    if (k->is_call && k->voice >= TOGETHER_VOICE)
        threshold *= TOGETHER_WORDS;
    if (!k->alert && evidence >= threshold && !k->voice_alert)
        tell_alert(t, k, UT_ALERT_RAISED);
    else if (k->alert && (evidence < threshold / 2 || k->voice_alert))
        tell_alert(t, k, UT_ALERT_CLEARED);
}

static void end(struct ut__live_talks *t, struct talk *k, const char *reason)
{
    ut__line_keeper_flush(t->cfg.keeper);
    if (k->alert)
        tell_alert(t, k, UT_ALERT_CLEARED);
    if (!k->is_call) {
        struct ut__stream_item item = {.kind = UT__STREAM_EVENT};
        struct ut_summary *s = &item.event.u.summary;
        item.event.type = UT_EVENT_SUMMARY;
        s->duration_s = k->words.t_s;
        s->scored = 1;
        s->peak = k->peak;
        s->end = k->words.evidence;
        s->peak_end = (s->peak + s->end) / 2;
        s->recovery = s->peak > 0 ? (s->peak - s->end) / s->peak : 0;
        s->alerts = k->n;
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

struct taking {
    struct ut__live_talks *t;
    const struct ut__talks_from *from;
    int64_t now_ms;
    enum ut__lines_end end;
    unsigned taken, repeated, judged;
    float evidence;
    int alert;
};

static double seconds_of(const struct taking *g, const struct talk *k, double t_s)
{
    double began_s = (double)k->info.started_ms / 1000, now_s = (double)g->now_ms / 1000;
    double said = t_s < 0 ? now_s - began_s : t_s > 1e8 ? t_s - began_s : t_s;
    return said > 0 ? said : 0;
}

/* text: the line, masked. score: written where it is judged. */
static void judge(struct taking *g, struct talk *k, const struct ut__feed_line *l,
                  const struct ut_words *words, const char *text, struct ut_words_score *score)
{
    struct ut__live_talks *t = g->t;
    if (l->line.who != UT__WHO_CALLER || !words) {
        t->stats.not_caller += l->line.who != UT__WHO_CALLER;
        t->stats.no_language += l->line.who == UT__WHO_CALLER;
        return;
    }
    ut_words_judge(words, text, l->line.len, score);
    double t_s = seconds_of(g, k, l->line.t_s);
    ut_words_talk_add(&k->words, t_s, text, score);
    remember(k, g->now_ms, text, ut_words_language(words));
    t->stats.judged++;
    g->judged++;
    k->peak = k->words.evidence > k->peak ? k->words.evidence : k->peak;
    decide(t, k, k->words.t_s);
    if (!k->is_call)
        tell_score(t, k);
    g->evidence = k->words.evidence;
    g->alert = k->alert;
}

static void take_text(struct taking *g, struct talk *k, const struct ut__feed_line *l)
{
    const struct ut_words *words = list_of(g->t, &l->line);
    char *text = malloc(l->line.len + 1);
    if (!text)
        return;
    memcpy(text, l->line.text, l->line.len + 1);
    ut_words_mask(text, l->line.len);
    struct ut_words_score score = {.hits = 0};
    judge(g, k, l, words, text, &score);
    ut__line_keeper_add(g->t->cfg.keeper, k->info.id, seconds_of(g, k, l->line.t_s), l->line.who,
                        words ? ut_words_language(words) : "", text, &score);
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

static void hear_event(struct ut__live_talks *t, struct talk *k, const struct ut_event *ev)
{
    if (ev->type == UT_EVENT_SCORE && ev->u.score.state != UT_STATE_ABSTAIN)
        k->voice = VOICE_KEEPS * k->voice + (1 - VOICE_KEEPS) * ev->u.score.stress;
    if (ev->type == UT_EVENT_ALERT)
        k->voice_alert = ev->u.alert.action == UT_ALERT_RAISED;
    if (ev->type == UT_EVENT_ALERT || ev->type == UT_EVENT_SCORE)
        decide(t, k, ev->type == UT_EVENT_ALERT ? ev->u.alert.t_s : ev->u.score.t_s);
}

void ut__live_talks_hear(struct ut__live_talks *t, const struct ut__stream_item *item)
{
    struct talk *k = find(t, item->info.id);
    if (item->kind == UT__STREAM_STARTED && !k && (k = add(t, item->info.id, 1)) == NULL)
        return;
    if (!k || !k->is_call)
        return; /* Our own, on its way to the others. */
    k->info = item->info;
    if (item->kind == UT__STREAM_EVENT && item->event.type == UT_EVENT_ALERT &&
        item->event.u.alert.n >= WORDS_FIRST_N)
        return;
    if (item->kind == UT__STREAM_EVENT)
        hear_event(t, k, &item->event);
    else if (item->kind == UT__STREAM_ENDED)
        drop(t, k);
}

void ut__live_talks_tick(struct ut__live_talks *t, int64_t now_ms)
{
    ut__line_keeper_flush(t->cfg.keeper);
    for (unsigned b = 0; b < BUCKETS; b++)
        for (struct talk *k = t->buckets[b], *next; k; k = next) {
            next = k->next;
            if (k->is_call)
                continue;
            if (now_ms - k->last_ms >= t->cfg.idle_ms)
                end(t, k, "idle");
            else if (k->alert)
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
