/* SPDX-License-Identifier: MIT */
/*
 * Lines out of messages. Which vendor's it is shows by its keys:
 *
 *     ours          {"who","text","t","language","confidence","id"}, {"lines":[...]}, {"end":true}
 *     Contact Lens  {"ContactId","EventType":"SEGMENTS","Segments":[{"Transcript":{...}}]}
 *     Twilio        TranscriptionEvent=transcription-content&TranscriptionData={"transcript":...}
 *     Vosk          {"result":[{"conf","start","end","word"}],"text":"..."} ; {"partial":"..."}
 *     whisper.cpp   {"segments":[{"start","text"}]} ; {"transcription":[{"offsets","text"}]}
 */

#include "ingress/transcript/line_feed.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "net/http.h"
#include "transcript/who.h"

enum { LINES_MAX = 1000 /* Of one message. */ };

struct reading {
    const struct ut__transcript_feed *feed;
    const char *conversation, *queue, *agent, *language;
    int count;
    int trying; /* 1: nothing is told yet, for what is wrong in a part is taken in none. */
    const char *why;
};

static const char *first_of(const json_t *o, const char *const *keys)
{
    for (; *keys; keys++)
        if (*ut__json_text(o, *keys))
            return ut__json_text(o, *keys);
    return "";
}

/* "en-US" is en, and what whisper calls "english" is as well. */
static const char *language_of(const char *name)
{
    static const char *const names[][2] = {
        {"en", "en"}, {"es", "es"}, {"vi", "vi"}, {"spanish", "es"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncasecmp(name, names[i][0], strlen(names[i][0])) == 0)
            return names[i][1];
    return name;
}

static void tell(struct reading *r, struct ut__feed_line *l, const char *text)
{
    l->line.text = text;
    l->line.len = strlen(text);
    l->line.language = *l->line.language ? l->line.language : r->language;
    l->line.language = language_of(*l->line.language ? l->line.language : r->feed->language);
    l->line.name = *l->line.name ? l->line.name : r->feed->who;
    l->line.who = ut__who_of(l->line.name);
    l->line.conversation = r->conversation;
    l->queue = r->queue;
    l->agent = r->agent;
    if (!l->ends && text[strspn(text, " \t\r\n")] == '\0')
        return;
    if (++r->count <= LINES_MAX && !r->trying)
        r->feed->line(r->feed->arg, l);
}

static struct ut__feed_line line_of(double t_s, double confidence)
{
    return (struct ut__feed_line){
        .line = {.t_s = t_s >= 0 && t_s < 1e12 ? t_s : -1,
                 .confidence = confidence >= 0 && confidence <= 1 ? (float)confidence : -1,
                 .name = "",
                 .language = ""},
        .id = ""};
}

static double number_of(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_number(v) ? json_number_value(v) : -1;
}

static void read_own(struct reading *r, const json_t *o)
{
    static const char *const who[] = {"who", "role", "speaker", NULL};
    struct ut__feed_line l = line_of(number_of(o, "t"), number_of(o, "confidence"));
    const json_t *id = json_object_get(o, "id");
    char digits[24];
    l.line.name = first_of(o, who);
    l.line.language = ut__json_text(o, "language");
    l.id = ut__json_text(o, "id");
    if (json_is_integer(id)) {
        snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(id));
        l.id = digits;
    }
    const json_t *t = json_object_get(o, "t");
    if (!json_is_string(json_object_get(o, "text")) || (t && !json_is_number(t)))
        r->why = "a line has no `text`, or a `t` that is no number of seconds; write "
                 "{\"who\":\"customer\",\"t\":1.5,\"text\":\"...\"}";
    else
        tell(r, &l, ut__json_text(o, "text"));
}

static void read_vosk(struct reading *r, const json_t *o)
{
    const json_t *words = json_object_get(o, "result"), *word;
    double sum = 0;
    size_t i, n = json_array_size(words);
    json_array_foreach(words, i, word) sum += number_of(word, "conf");
    struct ut__feed_line l =
        line_of(number_of(json_array_get(words, 0), "start"), n ? sum / (double)n : -1);
    tell(r, &l, ut__json_text(o, "text"));
}

static void read_whisper(struct reading *r, const json_t *segments)
{
    const json_t *s;
    size_t i;
    json_array_foreach(segments, i, s)
    {
        double from_ms = number_of(json_object_get(s, "offsets"), "from");
        struct ut__feed_line l = line_of(from_ms >= 0 ? from_ms / 1000 : number_of(s, "start"), -1);
        tell(r, &l, ut__json_text(s, "text"));
    }
}

static void read_contact_lens(struct reading *r, const json_t *o)
{
    const json_t *segments = json_object_get(o, "Segments"), *s;
    size_t i;
    r->language = ut__json_text(o, "LanguageCode");
    if (!*r->conversation)
        r->conversation = ut__json_text(o, "ContactId");
    json_array_foreach(segments, i, s)
    {
        const json_t *t = json_object_get(s, "Transcript");
        double from_ms = number_of(t, "BeginOffsetMillis");
        struct ut__feed_line l = line_of(from_ms >= 0 ? from_ms / 1000 : -1, -1);
        l.line.name = *ut__json_text(t, "ParticipantRole") ? ut__json_text(t, "ParticipantRole")
                                                           : ut__json_text(t, "ParticipantId");
        l.id = ut__json_text(t, "Id");
        if (t)
            tell(r, &l, ut__json_text(t, "Content"));
    }
}

static void read_lines(struct reading *r, const json_t *lines)
{
    const json_t *o;
    size_t i;
    json_array_foreach(lines, i, o)
    {
        if (json_is_object(o))
            read_own(r, o);
        else
            r->why = "an element of `lines` is no object";
    }
}

static void read_object(struct reading *r, const json_t *o)
{
    static const char *const call[] = {"call", "conversation", NULL};
    r->conversation = first_of(o, call);
    r->queue = ut__json_text(o, "queue");
    r->agent = ut__json_text(o, "agent");
    r->language = ut__json_text(o, "language");
    if (json_is_array(json_object_get(o, "lines")))
        read_lines(r, json_object_get(o, "lines"));
    else if (json_object_get(o, "EventType"))
        read_contact_lens(r, o);
    else if (json_is_array(json_object_get(o, "segments")))
        read_whisper(r, json_object_get(o, "segments"));
    else if (json_is_array(json_object_get(o, "transcription")))
        read_whisper(r, json_object_get(o, "transcription"));
    else if (json_is_array(json_object_get(o, "result")))
        read_vosk(r, o);
    else if (json_object_get(o, "text"))
        read_own(r, o);
    else if (!json_object_get(o, "partial") && !json_is_true(json_object_get(o, "end")))
        r->why = "no line is in it, in no form that is known; see FEEDS.md";
    if (json_is_true(json_object_get(o, "end"))) {
        struct ut__feed_line l = line_of(-1, -1);
        l.ends = 1;
        tell(r, &l, "");
    }
}

/* One field of a form, unescaped, to be freed; NULL: it is not there. */
static char *field(const char *body, size_t len, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = body, *end = body + len; p < end;) {
        const char *stop = memchr(p, '&', (size_t)(end - p));
        size_t part = (size_t)((stop ? stop : end) - p);
        if (part > n && memcmp(p, name, n) == 0 && p[n] == '=') {
            char *out = malloc(part - n);
            int ok = out && ut__http_unescape(p + n + 1, part - n - 1, 1, out, part - n) >= 0;
            if (!ok)
                free(out);
            return ok ? out : NULL;
        }
        p += part + 1;
    }
    return NULL;
}

static void read_twilio(struct reading *r, const char *body, size_t len)
{
    char *event = field(body, len, "TranscriptionEvent"), *call = field(body, len, "CallSid"),
         *data = field(body, len, "TranscriptionData"), *final = field(body, len, "Final"),
         *track = field(body, len, "Track"), *language = field(body, len, "LanguageCode"),
         *sequence = field(body, len, "SequenceId");
    json_t *o = data ? json_loads(data, 0, NULL) : NULL;
    if (call && !*r->conversation)
        r->conversation = call;
    struct ut__feed_line l = line_of(-1, number_of(o, "confidence"));
    l.line.name = track ? track : "";
    l.line.language = language ? language : "";
    l.id = sequence ? sequence : "";
    if (!event)
        r->why = "is neither JSON nor what Twilio posts; see FEEDS.md";
    else if (strcmp(event, "transcription-content") == 0 && !o)
        r->why = "TranscriptionData is no JSON";
    else if (strcmp(event, "transcription-content") == 0 &&
             (!final || strcasecmp(final, "true") == 0))
        tell(r, &l, ut__json_text(o, "transcript"));
    json_decref(o);
    free(event);
    free(call);
    free(data);
    free(final);
    free(track);
    free(language);
    free(sequence);
}

int ut__feed_read(const struct ut__transcript_feed *feed, const char *body, size_t len,
                  const char **why)
{
    struct reading r = {.feed = feed, .conversation = "", .queue = "", .agent = "", .language = ""};
    size_t blank = 0;
    while (blank < len && strchr(" \t\r\n", body[blank]) && body[blank])
        blank++;
    if (blank < len && body[blank] == '{') {
        json_t *o = json_loadb(body, len, 0, NULL);
        r.trying = 1;
        if (json_is_object(o))
            read_object(&r, o);
        else
            r.why = "is no JSON object in UTF-8";
        if (r.count > LINES_MAX)
            r.why = "more than 1000 lines are in one message; send several";
        r.trying = r.count = 0;
        if (!r.why)
            read_object(&r, o);
        json_decref(o);
    } else {
        read_twilio(&r, body, len);
    }
    if (r.why) {
        *why = r.why;
        return UT_EMALFORMED;
    }
    return r.count;
}
