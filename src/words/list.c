/* SPDX-License-Identifier: MIT */
/* Reads a list of phrases: `kind <TAB> weight <TAB> phrase`, one a line. README.md tells more. */

#include <stdlib.h>
#include <string.h>

#include "words/list.h"

enum { LINE_BYTES = 1024, LIST_BYTES_MAX = 16 << 20 };

static const struct {
    const char *name;
    float least, most; /* Of its weight. */
} kinds[UT__ROW_KINDS] = {
    [UT_WORDS_ANGER] = {"anger", .05f, 1},   [UT_WORDS_INSULT] = {"insult", .05f, 1},
    [UT_WORDS_LEAVE] = {"leave", .05f, 1},   [UT_WORDS_LAW] = {"law", .05f, 1},
    [UT_WORDS_DANGER] = {"danger", .05f, 1}, [UT_WORDS_DESPAIR] = {"despair", .05f, 1},
    [UT_WORDS_AGAIN] = {"again", .05f, 1},   [UT_WORDS_PRAISE] = {"praise", .05f, 1},
    [UT__ROW_NEGATION] = {"negation", 0, 1}, [UT__ROW_BOUND] = {"bound", 0, 1},
    [UT__ROW_MORE] = {"more", 1, 3},         [UT__ROW_LESS] = {"less", .1f, 1},
    [UT__ROW_HARMLESS] = {"harmless", 0, 1}, [UT__ROW_COMMON] = {"common", 0, 1},
    [UT__ROW_ASK] = {"ask", 0, 1},
};

const char *ut_words_kind_name(enum ut_words_kind kind)
{
    return (unsigned)kind < UT_WORDS_KINDS ? kinds[kind].name : NULL;
}

struct reading {
    struct ut_words *w;
    ut_words_fault *fault;
    void *ctx;
    unsigned line, faults;
    int err;
};

static void tell(struct reading *r, unsigned line, const char *text)
{
    r->faults++;
    if (r->fault)
        r->fault(r->ctx, line, text);
}

/* "0.35": no sign, no exponent, and a '.' in every locale. Negative when it is none. */
static float number(const char *s)
{
    float value = 0, step = 1;
    int seen = 0, point = 0;
    for (; *s; s++) {
        if (*s == '.' && !point) {
            point = 1;
        } else if (*s >= '0' && *s <= '9' && seen < 6) {
            seen++;
            value = value * 10 + (float)(*s - '0');
            step = point ? step * 10 : step;
        } else {
            return -1;
        }
    }
    return seen ? value / step : -1;
}

static void read_setting(struct reading *r, const char *text)
{
    static const char language[] = "# language: ", accents[] = "# accents: ";
    const char *value = text + sizeof language - 1;
    if (strncmp(text, language, sizeof language - 1) == 0) {
        size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyz-");
        if (n == 0 || value[n] || n >= UT_WORDS_LANGUAGE_MAX)
            tell(r, r->line, "the language is not named; write `# language: en`");
        else
            memcpy(r->w->language, value, n + 1);
    } else if (strncmp(text, accents, sizeof accents - 1) == 0) {
        value = text + sizeof accents - 1;
        r->w->accents_by_line = strcmp(value, "line") == 0;
        if (!r->w->accents_by_line && strcmp(value, "word") != 0)
            tell(r, r->line, "accents are optional by `word` or by `line`; write one of them");
    }
}

static void add_common(struct reading *r, const char *phrase)
{
    struct ut__fold f;
    struct ut__text_token t;
    uint8_t key[UT__KEY_MAX];
    ut__fold_init(&f, phrase, strlen(phrase));
    while (ut__fold_next(&f, &t) != UT__TOKEN_END) {
        uint32_t symbol = ut__symbol_add(r->w, key, ut__symbol_key(key, UT__SYMBOL_COMMON, &t));
        if (symbol != UT__NONE && t.marks_len)
            symbol = ut__symbol_add(r->w, key, ut__symbol_key(key, UT__SYMBOL_COMMON_BARE, &t));
        if (symbol == UT__NONE)
            r->err = UT_ENOMEM;
    }
}

static int keep_row(struct reading *r, int kind, float weight, const char *phrase)
{
    struct ut_words *w = r->w;
    size_t len = strlen(phrase) + 1;
    int err = ut__words_room((void **)&w->rows, &w->row_cap, w->row_count, sizeof w->rows[0]);
    while (!err && w->text_cap - w->text_len < len)
        err = ut__words_room((void **)&w->texts, &w->text_cap, w->text_cap, 1);
    if (err)
        return err;
    memcpy(w->texts + w->text_len, phrase, len);
    w->rows[w->row_count++] = (struct ut__row){
        .text = (uint32_t)w->text_len, .line = r->line, .weight = weight, .kind = (uint8_t)kind};
    w->text_len += len;
    return 0;
}

static void read_row(struct reading *r, char *line)
{
    char *weight = strchr(line, '\t'), *phrase = weight ? strchr(weight + 1, '\t') : NULL;
    if (!phrase) {
        tell(r, r->line, "is no row; write kind, weight and phrase with a tab between each");
        return;
    }
    *weight++ = '\0';
    *phrase++ = '\0';
    char *remark = strchr(phrase, '\t');
    if (remark)
        *remark = '\0';
    int kind = 0;
    while (kind < UT__ROW_KINDS && strcmp(kinds[kind].name, line) != 0)
        kind++;
    if (kind == UT__ROW_KINDS) {
        tell(r, r->line,
             "the kind is not known; take anger, insult, leave, law, danger, despair, again, "
             "praise, negation, bound, more, less, harmless, ask or common");
        return;
    }
    float value = number(weight);
    if (value < kinds[kind].least || value > kinds[kind].most) {
        tell(r, r->line,
             kind == UT__ROW_MORE ? "the weight is out of its range, 1 to 3"
                                  : "the weight is out of its range, 0.05 to 1");
        return;
    }
    if (kind == UT__ROW_COMMON) {
        add_common(r, phrase);
        return;
    }
    if (r->w->row_count == UT_WORDS_PHRASES_MAX) {
        r->err = UT_ETOOBIG;
        return;
    }
    if ((r->err = keep_row(r, kind, value, phrase)) != 0)
        return;
    const char *fault = ut__phrase_compile(r->w, (uint32_t)(r->w->row_count - 1), phrase, &r->err);
    if (fault)
        tell(r, r->line, fault);
}

static void read_line(struct reading *r, const char *text, size_t len)
{
    char line[LINE_BYTES];
    while (len && (text[len - 1] == '\r' || text[len - 1] == ' '))
        len--;
    if (len == 0)
        return;
    if (len >= sizeof line || memchr(text, '\0', len)) {
        tell(r, r->line,
             "the row is longer than 1000 bytes or holds a NUL; write it as plain text");
        return;
    }
    memcpy(line, text, len);
    line[len] = '\0';
    if (*line == '#') {
        read_setting(r, line);
        return;
    }
    if (!r->w->language[0]) {
        tell(r, r->line, "no language is named before the first row; begin with `# language: en`");
        r->err = UT_EMALFORMED;
        return;
    }
    read_row(r, line);
}

int ut_words_create(struct ut_words **out, const char *tsv, size_t len, ut_words_fault *fault,
                    void *ctx)
{
    struct reading r = {.fault = fault, .ctx = ctx};
    const char *end = tsv + len;
    if (len > LIST_BYTES_MAX)
        return UT_ETOOBIG;
    r.w = calloc(1, sizeof *r.w);
    if (!r.w)
        return UT_ENOMEM;
    if (len >= 3 && memcmp(tsv, "\xef\xbb\xbf", 3) == 0)
        tsv += 3; /* A byte order mark, as spreadsheets write it. */
    while (tsv < end && !r.err) {
        const char *next = memchr(tsv, '\n', (size_t)(end - tsv));
        r.line++;
        read_line(&r, tsv, (size_t)((next ? next : end) - tsv));
        tsv = next ? next + 1 : end;
    }
    if (!r.err && !r.faults && r.w->row_count == 0)
        tell(&r, 0, "the list holds no phrase");
    if (r.err || r.faults) {
        ut_words_destroy(r.w);
        return r.err ? r.err : UT_EMALFORMED;
    }
    *out = r.w;
    return 0;
}

void ut_words_destroy(struct ut_words *w)
{
    if (!w)
        return;
    free(w->rows);
    free(w->texts);
    free(w->nodes);
    free(w->edges);
    free(w->symbols);
    free(w->symbol_slots);
    free(w->keys);
    free(w->deletions);
    free(w);
}

const char *ut_words_language(const struct ut_words *words)
{
    return words->language;
}

size_t ut_words_count(const struct ut_words *words)
{
    return words->row_count;
}
