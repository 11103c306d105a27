/* SPDX-License-Identifier: MIT */
/* Articles of an outside search. */

#include "supervise/outside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "supervise/help/helper.h"
#include "supervise/problems.h"
#include "supervise/state.h"
#include "words/phrase_copy.h"

enum {
    ENTRIES =
        256, /* Calls whose articles are kept; the one that was asked for longest ago gives way. */
    ARTICLES = 3,
    TITLE_MAX = 200,
    PASSAGE_MAX = 600,
    URL_MAX = 1000,
    ANSWER_BYTES = 65536,
    EVERY_MS = 2000, /* Of one call. */
    REST_MS = 30000  /* After a failure nothing is asked. */
};

struct entry {
    char call[UT__CALL_ID_MAX];
    uint64_t question; /* Hash of what was asked last. */
    int64_t asked_ms;
    int waits;
    json_t *articles; /* NULL: none are known. */
};

struct ut__outside {
    struct ut__supervise *sv;
    struct ut__hand *hand;
    struct ut__action action;
    ut__help_fn *fn;
    struct ut__helper *helper;
    int64_t rest_until_ms;
    int failing;
    struct entry entry[ENTRIES];
};

struct asking {
    struct ut__outside *outside;
    struct entry *entry;
};

static int read_setting(struct ut__action *out, const char *text, char *why, size_t cap)
{
    char line[UT__ACTION_TEXT_MAX * 2];
    int n = snprintf(line, sizeof line, "Knowledge=POST %s", text);
    if (n < 0 || (size_t)n >= sizeof line) {
        snprintf(why, cap, "the address with its options is longer than 1000 bytes");
        return UT_EINVAL;
    }
    int err = ut__action_read(out, line, why, cap);
    if (!err && (out->roles || out->queues[0] || out->text[0] || strchr(out->target, '{'))) {
        ut__action_clear(out);
        snprintf(why, cap, "give an address, and header-file=, ca= or timeout= behind it");
        return UT_EINVAL;
    }
    return err;
}

int ut__outside_check(const char *text, char *why, size_t cap)
{
    struct ut__action a;
    int err = read_setting(&a, text, why, cap);
    if (!err)
        ut__action_clear(&a);
    return err;
}

int ut__outside_create(struct ut__outside **out, struct ut__supervise *sv, struct ut__hand *hand,
                       const char *text, char *why, size_t cap)
{
    struct ut__outside *o = calloc(1, sizeof *o);
    int err = o ? read_setting(&o->action, text, why, cap) : UT_ENOMEM;
    if (err) {
        free(o);
        return err;
    }
    o->sv = sv;
    o->hand = hand;
    o->action.answer_max = ANSWER_BYTES;
    *out = o;
    return 0;
}

int ut__outside_start(struct ut__outside *o, ut__help_fn *fn)
{
    o->fn = fn;
    return ut__helper_create(&o->helper, o->hand);
}

void ut__outside_stop(struct ut__outside *o)
{
    if (!o)
        return;
    ut__helper_destroy(o->helper);
    o->helper = NULL;
}

void ut__outside_destroy(struct ut__outside *o)
{
    if (!o)
        return;
    ut__outside_stop(o);
    for (int i = 0; i < ENTRIES; i++)
        json_decref(o->entry[i].articles);
    ut__action_clear(&o->action);
    free(o);
}

static uint64_t hash_of(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * 1099511628211u;
    return (h ^ 0x1f) * 1099511628211u;
}

/* The entry of a call, or the one that may become it; NULL: all are waited for. */
static struct entry *entry_of(struct ut__outside *o, const char *call)
{
    struct entry *oldest = NULL;
    for (int i = 0; i < ENTRIES; i++) {
        struct entry *e = &o->entry[i];
        if (strcmp(e->call, call) == 0)
            return e;
        if (!e->waits && (!oldest || e->asked_ms < oldest->asked_ms))
            oldest = e;
    }
    if (oldest) {
        json_decref(oldest->articles);
        *oldest = (struct entry){.waits = 0};
        snprintf(oldest->call, sizeof oldest->call, "%s", call);
    }
    return oldest;
}

/* A text of the answer, without controls and marks of direction; "" where there is none. */
static json_t *clean(const json_t *article, const char *key, size_t max)
{
    char text[PASSAGE_MAX + 1];
    const char *its = ut__json_text(article, key);
    ut__phrase_clean(text, max + 1, its, strlen(its));
    return json_string(text);
}

/* Its address, where a browser may open it. */
static json_t *address(const json_t *article)
{
    const char *url = ut__json_text(article, "url");
    int good = strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
    good = good && strlen(url) <= URL_MAX;
    for (const char *p = url; *p && good; p++)
        good = (unsigned char)*p > ' ' && *p != 0x7f && *p != '"' && *p != '<' && *p != '>';
    return json_string(good ? url : "");
}

json_t *ut__outside_read(const char *text, size_t len, const char **why)
{
    json_t *root = json_loadb(text, len, 0, NULL), *list = json_object_get(root, "articles"), *one;
    json_t *out = json_is_array(list) ? json_array() : NULL;
    size_t i;
    *why = "its answer is no JSON object with a list of articles";
    json_array_foreach(list, i, one)
    {
        const char *title = ut__json_text(one, "title");
        if (!out || json_array_size(out) == ARTICLES || !*title)
            continue;
        json_t *path = address(one);
        json_array_append_new(out, json_pack("{sn so so so ss sb sb si sb}", "article", "title",
                                             clean(one, "title", TITLE_MAX), "passage",
                                             clean(one, "passage", PASSAGE_MAX), "path", path,
                                             "language", "", "pinned", 0, "playbook", 0, "score", 0,
                                             "outside", 1));
    }
    json_decref(root);
    return out;
}

/* Told once, until it answers again. */
static void fail(struct ut__outside *o, const char *what)
{
    char message[300];
    o->rest_until_ms = ut__clock_mono_us() / 1000 + REST_MS;
    if (o->failing)
        return;
    o->failing = 1;
    snprintf(message, sizeof message, "The outside search of articles does not answer: %.200s.",
             what);
    ut__problem_raise(
        o->sv, "knowledge_search", message,
        "Look at knowledge-url and at the search; it is asked again each half minute.");
    UT__LOG(UT__LOG_WARN,
            "the outside search of articles fails; it is asked again each half minute",
            ut__log_str("why", what));
}

static void on_answer(void *arg, const struct ut__help_word *word)
{
    struct asking *a = arg;
    struct ut__outside *o = a->outside;
    struct entry *e = a->entry;
    const char *why = word->said;
    json_t *found = word->end == UT__HELP_DONE && word->answer
                        ? ut__outside_read(word->answer, strlen(word->answer), &why)
                        : NULL;
    free(a);
    e->waits = 0;
    if (!found) {
        if (o->helper) /* Else Undertone stops. */
            fail(o, why);
        return;
    }
    json_decref(e->articles);
    e->articles = found;
    o->failing = 0;
    ut__problem_clear(o->sv, "knowledge_search");
}

static void ask(struct ut__outside *o, struct entry *e, const char *said, const char *language,
                const char *queue)
{
    struct ut__text target = {0}, text = {0};
    struct asking *a = malloc(sizeof *a);
    ut__text_raw(&target, o->action.target);
    ut__text_raw(&text, "{\"v\":1");
    ut__text_kstr(&text, "q", said);
    ut__text_kstr(&text, "language", language);
    ut__text_kstr(&text, "queue", queue);
    ut__text_raw(&text, "}");
    int err = !a || target.failed || text.failed;
    if (!err) {
        *a = (struct asking){o, e};
        err = ut__helper_ask(o->helper, &o->action, o->fn, &target, &text, on_answer, a);
    }
    e->waits = !err;
    if (!err)
        return;
    free(a);
    ut__text_free(&target);
    ut__text_free(&text);
}

void ut__outside_find(struct ut__outside *o, const char *call, const char *said,
                      const char *language, const char *queue, json_t *articles)
{
    int64_t now_ms = ut__clock_mono_us() / 1000;
    struct entry *e = o ? entry_of(o, call) : NULL;
    if (!e)
        return;
    json_t *one;
    size_t i;
    json_array_foreach(e->articles, i, one) json_array_append(articles, one);
    uint64_t question = hash_of(hash_of(1469598103934665603u, said), queue);
    if (!*said || !o->helper || e->waits || question == e->question ||
        now_ms < e->asked_ms + (e->question ? EVERY_MS : 0) || now_ms < o->rest_until_ms)
        return;
    e->question = question;
    e->asked_ms = now_ms;
    ask(o, e, said, language, queue);
}
