/* SPDX-License-Identifier: MIT */
/*
 * Groups of questions:
 *
 *     question -> content words (common ones left out, cut to their stem) and pairs of them
 *     same words -> one form ; forms, the most frequent first, join the nearest leader or lead
 *
 * Likeness is the cosine of TF-IDF weights (Salton, Buckley 1988); leaders are found through
 * an index from word to leader, so that the cost follows what questions share.
 */

#include "words/faq.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "words/list.h"

enum {
    FEATURES_MAX = 48, /* Of a question. */
    STEM_BYTES = 6,    /* Words count by their beginning: refund, refunds, refunded. */
    INDEX_MAX = 3000 /* Leaders under one word beyond which it tells too little to look through. */
};
static const float RAREST = 200; /* A word in one form of so many is as rare as can be. */
static const float PAIR = .5f;   /* What a pair weighs against a word: order tells less. */
static const float LIKE = .4f;   /* Cosine at which two forms ask the same. */

struct feature {
    uint64_t hash; /* 0: an empty slot. */
    uint32_t forms;
    uint32_t first; /* In links; 0: none. */
    uint32_t leaders;
};

struct link {
    uint32_t leader, next;
    float weight;
};

struct asked {
    uint32_t form, group, text, len;
    uint64_t conversation;
    double t_s, left_s;
    float stress;
};

struct form {
    uint64_t hash; /* Of its features and language. */
    const struct ut_words *words;
    uint32_t features; /* Into feature_ids. */
    uint32_t count;    /* Of features. */
    uint32_t asked;
    uint32_t text, len; /* The first wording by its bytes. */
    uint32_t group;
};

struct group {
    uint32_t leader;
    struct ut__faq_group out;
    double left_sum, stress_sum;
    unsigned left_known, late, timed;
};

struct ut__faq {
    struct feature *features;
    size_t feature_count, feature_cap;
    struct form *forms;
    size_t form_count, form_cap;
    uint32_t *form_slots; /* 0: empty, else form + 1. */
    size_t form_slot_cap;
    uint32_t *feature_ids; /* Slots would move: these are numbers into feature_list. */
    size_t id_count, id_cap;
    uint32_t *feature_slots;
    struct asked *asked;
    size_t asked_count, asked_cap;
    char *texts;
    size_t text_len, text_cap;
    struct link *links;
    size_t link_count, link_cap;
    struct group *groups;
    size_t group_count, group_cap;
};

int ut__faq_create(struct ut__faq **out)
{
    struct ut__faq *f = calloc(1, sizeof *f);
    if (!f)
        return UT_ENOMEM;
    *out = f;
    return 0;
}

void ut__faq_destroy(struct ut__faq *f)
{
    if (!f)
        return;
    free(f->features);
    free(f->forms);
    free(f->form_slots);
    free(f->feature_ids);
    free(f->feature_slots);
    free(f->asked);
    free(f->texts);
    free(f->links);
    free(f->groups);
    free(f);
}

static size_t spread(uint64_t h, size_t cap)
{
    h ^= h >> 31;
    return (size_t)(h * 0x9e3779b97f4a7c15u >> 20) & (cap - 1);
}

static int grow_features(struct ut__faq *f)
{
    size_t cap = f->feature_cap ? f->feature_cap * 2 : 4096;
    uint32_t *slots = calloc(cap, sizeof slots[0]);
    struct feature *more = realloc(f->features, cap / 2 * sizeof more[0]);
    if (more)
        f->features = more;
    if (!slots || !more) {
        free(slots);
        return UT_ENOMEM;
    }
    for (size_t i = 0; i < f->feature_count; i++) {
        size_t at = spread(f->features[i].hash, cap);
        while (slots[at])
            at = (at + 1) & (cap - 1);
        slots[at] = (uint32_t)i + 1;
    }
    free(f->feature_slots);
    f->feature_slots = slots;
    f->feature_cap = cap;
    return 0;
}

static int feature_of(struct ut__faq *f, uint64_t hash, uint32_t *id)
{
    if (f->feature_count * 2 >= f->feature_cap && grow_features(f) != 0)
        return UT_ENOMEM;
    size_t at = spread(hash, f->feature_cap);
    for (; f->feature_slots[at]; at = (at + 1) & (f->feature_cap - 1))
        if (f->features[f->feature_slots[at] - 1].hash == hash) {
            *id = f->feature_slots[at] - 1;
            return 0;
        }
    *id = (uint32_t)f->feature_count++;
    f->features[*id] = (struct feature){.hash = hash};
    f->feature_slots[at] = *id + 1;
    return 0;
}

static int compare_ids(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The beginning of a word that its forms share; whole characters. */
static size_t stem(const struct ut__text_token *t)
{
    size_t n = t->plain_len < STEM_BYTES ? t->plain_len : STEM_BYTES;
    while (n < t->plain_len && ((unsigned char)t->plain[n] & 0xc0) == 0x80)
        n++;
    /* Plural and third person of short words: card, cards. */
    if (n == t->plain_len && n > 3 && t->plain[n - 1] == 's')
        n--;
    return n;
}

/* Hashes of a question's content words and of their neighbours in pairs, sorted, each once. */
static size_t features_of(const struct ut_words *w, const char *text, size_t len, uint64_t *out)
{
    struct ut__fold fold;
    struct ut__text_token t;
    uint64_t before = 0;
    size_t n = 0, kept = 0;
    ut__fold_init(&fold, text, len);
    while (n + 2 <= FEATURES_MAX && ut__fold_next(&fold, &t) != UT__TOKEN_END) {
        if (t.kind != UT__TOKEN_WORD || t.plain_len == 0)
            continue; /* Numbers are somebody's own. */
        if (ut__is_common(w, &t))
            continue;
        uint64_t hash = ut__words_hash(UT__HASH_START, t.plain, stem(&t));
        hash = hash << 1 | 1ull << 63; /* Pairs have the low bit set. */
        out[n++] = hash;
        if (before)
            out[n++] = ((before * 31) ^ hash) | 1;
        before = hash;
    }
    qsort(out, n, sizeof out[0], compare_hashes);
    for (size_t i = 0; i < n; i++)
        if (out[i] && (i == 0 || out[i] != out[i - 1]))
            out[kept++] = out[i];
    return kept;
}

static int keep_text(struct ut__faq *f, const char *text, size_t len, uint32_t *at)
{
    while (f->text_cap - f->text_len < len + 1)
        if (ut__words_room((void **)&f->texts, &f->text_cap, f->text_cap, 1))
            return UT_ENOMEM;
    memcpy(f->texts + f->text_len, text, len);
    f->texts[f->text_len + len] = '\0';
    *at = (uint32_t)f->text_len;
    f->text_len += len + 1;
    return 0;
}

static int grow_forms(struct ut__faq *f)
{
    size_t cap = f->form_slot_cap ? f->form_slot_cap * 2 : 4096;
    uint32_t *slots = calloc(cap, sizeof slots[0]);
    if (!slots)
        return UT_ENOMEM;
    for (size_t i = 0; i < f->form_count; i++) {
        size_t at = spread(f->forms[i].hash, cap);
        while (slots[at])
            at = (at + 1) & (cap - 1);
        slots[at] = (uint32_t)i + 1;
    }
    free(f->form_slots);
    f->form_slots = slots;
    f->form_slot_cap = cap;
    return 0;
}

static int add_features(struct ut__faq *f, struct form *form, const uint64_t *hashes, size_t n)
{
    form->features = (uint32_t)f->id_count;
    form->count = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        uint32_t id;
        if (ut__words_room((void **)&f->feature_ids, &f->id_cap, f->id_count,
                           sizeof f->feature_ids[0]) ||
            feature_of(f, hashes[i], &id))
            return UT_ENOMEM;
        f->features[id].forms++;
        f->feature_ids[f->id_count++] = id;
    }
    qsort(f->feature_ids + form->features, n, sizeof f->feature_ids[0], compare_ids);
    return 0;
}

/* The form of these words, made where it is new. */
static int form_of(struct ut__faq *f, const struct ut_words *w, const uint64_t *hashes, size_t n,
                   uint32_t *out)
{
    uint64_t hash = ut__words_hash(UT__HASH_START, hashes, n * sizeof hashes[0]);
    hash = ut__words_hash(hash, w->language, sizeof w->language);
    if (f->form_count * 2 >= f->form_slot_cap && grow_forms(f) != 0)
        return UT_ENOMEM;
    size_t at = spread(hash, f->form_slot_cap);
    for (; f->form_slots[at]; at = (at + 1) & (f->form_slot_cap - 1))
        if (f->forms[f->form_slots[at] - 1].hash == hash) {
            *out = f->form_slots[at] - 1;
            return 0;
        }
    if (ut__words_room((void **)&f->forms, &f->form_cap, f->form_count, sizeof f->forms[0]))
        return UT_ENOMEM;
    struct form form = {.hash = hash, .words = w};
    if (add_features(f, &form, hashes, n) != 0)
        return UT_ENOMEM;
    *out = (uint32_t)f->form_count;
    f->forms[f->form_count++] = form;
    f->form_slots[at] = *out + 1;
    return 0;
}

int ut__faq_add(struct ut__faq *f, const struct ut_words *words, const struct ut__faq_asked *asked)
{
    uint64_t hashes[FEATURES_MAX];
    size_t len = asked->len < UT__FAQ_TEXT_MAX ? asked->len : UT__FAQ_TEXT_MAX;
    while (len < asked->len && len > 0 && ((unsigned char)asked->text[len] & 0xc0) == 0x80)
        len--;
    size_t n = features_of(words, asked->text, len, hashes);
    struct asked a = {.len = (uint32_t)len,
                      .conversation = asked->conversation,
                      .t_s = asked->t_s,
                      .left_s = asked->left_s,
                      .stress = asked->stress};
    if (n == 0)
        return 0; /* "What is it?" asks for nothing that a reader could answer. */
    if (ut__words_room((void **)&f->asked, &f->asked_cap, f->asked_count, sizeof f->asked[0]) ||
        form_of(f, words, hashes, n, &a.form) || keep_text(f, asked->text, len, &a.text))
        return UT_ENOMEM;
    struct form *form = &f->forms[a.form];
    if (form->asked++ == 0 || strcmp(f->texts + a.text, f->texts + form->text) < 0) {
        form->text = a.text;
        form->len = a.len;
    }
    f->asked[f->asked_count++] = a;
    return 0;
}

static float idf(const struct ut__faq *f, uint32_t id)
{
    /* Names and slips of the pen, which stand once, shall not outweigh what is asked. */
    float forms = (float)f->features[id].forms + (float)f->form_count / RAREST;
    float weight = logf(1 + (float)f->form_count / forms);
    return f->features[id].hash & 1 ? weight * PAIR : weight;
}

static float norm_of(const struct ut__faq *f, const struct form *form)
{
    float sum = 0;
    for (uint32_t i = 0; i < form->count; i++) {
        float w = idf(f, f->feature_ids[form->features + i]);
        sum += w * w;
    }
    return sqrtf(sum);
}

static int lead(struct ut__faq *f, uint32_t number, float norm)
{
    struct form *form = &f->forms[number];
    if (f->link_count == 0)
        f->link_count = 1; /* Link 0 is none. */
    if (ut__words_room((void **)&f->groups, &f->group_cap, f->group_count, sizeof f->groups[0]))
        return UT_ENOMEM;
    form->group = (uint32_t)f->group_count;
    f->groups[f->group_count++] = (struct group){.leader = number};
    for (uint32_t i = 0; i < form->count; i++) {
        struct feature *feature = &f->features[f->feature_ids[form->features + i]];
        while (f->link_cap <= f->link_count)
            if (ut__words_room((void **)&f->links, &f->link_cap, f->link_cap, sizeof f->links[0]))
                return UT_ENOMEM;
        f->links[f->link_count] = (struct link){form->group, feature->first,
                                                idf(f, f->feature_ids[form->features + i]) / norm};
        feature->first = (uint32_t)f->link_count++;
        feature->leaders++;
    }
    return 0;
}

/* Joins the likest leader of its language, or leads. near: [groups], zeros, and left so. */
static int place(struct ut__faq *f, uint32_t number, float *near, uint32_t *touched)
{
    struct form *form = &f->forms[number];
    float norm = norm_of(f, form), best = LIKE;
    size_t count = 0;
    uint32_t group = UT__NONE;
    for (uint32_t i = 0; i < form->count; i++) {
        const struct feature *feature = &f->features[f->feature_ids[form->features + i]];
        if (feature->leaders > INDEX_MAX)
            continue;
        float weight = idf(f, f->feature_ids[form->features + i]) / norm;
        for (uint32_t l = feature->first; l; l = f->links[l].next) {
            uint32_t g = f->links[l].leader;
            if (near[g] == 0)
                touched[count++] = g;
            near[g] += weight * f->links[l].weight;
        }
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t g = touched[i];
        int same = f->forms[f->groups[g].leader].words == form->words;
        if (same && (near[g] > best || (near[g] == best && g < group))) {
            best = near[g];
            group = g;
        }
        near[g] = 0;
    }
    if (group == UT__NONE)
        return lead(f, number, norm);
    form->group = group;
    return 0;
}

struct order {
    uint32_t form, asked;
    const char *text;
};

static int compare_order(const void *a, const void *b)
{
    const struct order *x = a, *y = b;
    if (x->asked != y->asked)
        return x->asked > y->asked ? -1 : 1;
    return strcmp(x->text, y->text);
}

static int group_forms(struct ut__faq *f)
{
    int err = 0;
    struct order *order = malloc((f->form_count + 1) * sizeof order[0]);
    float *near = calloc(f->form_count + 1, sizeof near[0]);
    uint32_t *touched = malloc((f->form_count + 1) * sizeof touched[0]);
    if (!order || !near || !touched)
        err = UT_ENOMEM;
    for (size_t i = 0; i < f->form_count && !err; i++)
        order[i] = (struct order){(uint32_t)i, f->forms[i].asked, f->texts + f->forms[i].text};
    if (!err)
        qsort(order, f->form_count, sizeof order[0], compare_order);
    for (size_t i = 0; i < f->form_count && !err; i++)
        err = place(f, order[i].form, near, touched);
    for (size_t i = 0; i < f->form_count && !err; i++) {
        struct ut__faq_group *g = &f->groups[f->forms[order[i].form].group].out;
        if (!g->text)
            g->text = order[i].text;
        for (int e = 0; e < UT__FAQ_EXAMPLES && g->text != order[i].text; e++)
            if (!g->example[e]) {
                g->example[e] = order[i].text;
                break;
            }
    }
    free(order);
    free(near);
    free(touched);
    return err;
}

static int compare_asked(const void *a, const void *b)
{
    const struct asked *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return x->conversation < y->conversation ? -1 : x->conversation > y->conversation;
}

static void count_conversations(struct ut__faq *f)
{
    unsigned run = 0;
    for (size_t i = 0; i < f->asked_count; i++)
        f->asked[i].group = f->forms[f->asked[i].form].group;
    qsort(f->asked, f->asked_count, sizeof f->asked[0], compare_asked);
    for (size_t i = 0; i < f->asked_count; i++) {
        struct group *g = &f->groups[f->asked[i].group];
        int same = i > 0 && compare_asked(&f->asked[i - 1], &f->asked[i]) == 0;
        run = same ? run + 1 : 1;
        g->out.conversations += !same;
        g->out.again += run == 2;
    }
}

static void add_up(struct ut__faq *f)
{
    double first = -1, last = -1;
    for (size_t i = 0; i < f->asked_count; i++) {
        double t = f->asked[i].t_s;
        first = t >= 0 && (first < 0 || t < first) ? t : first;
        last = t > last ? t : last;
    }
    double late = last - (last - first) / 4;
    for (size_t i = 0; i < f->asked_count; i++) {
        const struct asked *a = &f->asked[i];
        struct group *g = &f->groups[a->group];
        g->out.asked++;
        g->stress_sum += (double)a->stress;
        g->left_sum += a->left_s >= 0 ? a->left_s : 0;
        g->left_known += a->left_s >= 0;
        g->timed += a->t_s >= 0;
        g->late += a->t_s >= late && a->t_s >= 0;
    }
    for (size_t i = 0; i < f->group_count; i++) {
        struct group *g = &f->groups[i];
        struct ut__faq_group *o = &g->out;
        o->language = f->forms[g->leader].words->language;
        o->stress = (float)(g->stress_sum / o->asked);
        o->left_s = g->left_known ? g->left_sum / g->left_known : -1;
        o->trend = g->timed && last > first ? 4 * (float)g->late / (float)g->timed : 1;
        o->rank =
            (float)o->asked * (1 + o->stress) * (1 + (float)o->again / (float)o->conversations);
    }
}

static int compare_groups(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->out.rank < y->out.rank || x->out.rank > y->out.rank)
        return x->out.rank > y->out.rank ? -1 : 1;
    return strcmp(x->out.text, y->out.text);
}

int ut__faq_rank(struct ut__faq *f)
{
    int err = group_forms(f);
    if (err)
        return err;
    count_conversations(f);
    add_up(f);
    qsort(f->groups, f->group_count, sizeof f->groups[0], compare_groups);
    return (int)f->group_count;
}

void ut__faq_group(const struct ut__faq *f, size_t i, struct ut__faq_group *out)
{
    *out = f->groups[i].out;
}
