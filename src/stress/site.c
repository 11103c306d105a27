/* SPDX-License-Identifier: MIT */
/* What is usual at a site: sums over calls, what they say, and the text of it. */

#include <undertone/site.h>

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/crc32.h"
#include "base/fixed.h"
#include "stress/filter.h"
#include "stress/model.h"

#define CALL_FULL_S                                                                                \
    30.0f               /* Speech from which on a call counts no more: no caller counts for many. */
#define LOGIT_MOST 8.0f /* Log odds of a habit: beyond them a call is an oddity, not a habit. */
#define SHIFT_MOST 0.75 /* What a profile may add, */
#define SHIFT_LESS                                                                                 \
    0.15 /* and take: more costs alerts that are due, and saves hardly a false one                 \
            (models/README.md); */
#define USUAL_MOST 2.0 /* and how far from the model's its usual may lie. */
/* Hours of the model's own ordinary calls that stand beside the site's: a site that has told little
 * is taken for such as the model was set on. */
#define MODEL_HOURS 1.0
/* Alerts an hour among what the model allows. Who leaves calls with alerts out holds the rest against
 * what is left without them: else every site would seem quieter than it is, be heard more keenly,
 * alert more, and leave out more. */
#define MODEL_ALERTS 0.3

static float held(float x, float most)
{
    return x > most ? most : x > -most ? x : -most; /* No number: the lower end. */
}

void ut_site_learn(struct ut_site_memory *memory, const struct ut_habit *habit)
{
    if (!(habit->speech_s >= UT_SITE_CALL_MIN_S) || !(habit->call_s >= habit->speech_s) ||
        !isfinite(habit->usual))
        return;
    double w = (double)fminf(habit->speech_s, CALL_FULL_S) / (double)CALL_FULL_S;
    double usual = (double)held(habit->usual, LOGIT_MOST);
    memory->calls++;
    memory->call_s += (double)habit->call_s;
    memory->speech_s += (double)habit->speech_s;
    memory->weight += w;
    memory->weight_square += w * w;
    memory->usual += w * usual;
    memory->usual_square += w * usual * usual;
    for (int i = 0; i < UT_SITE_SHIFTS; i++) {
        double near = habit->near[i] > 0 ? (double)fminf(habit->near[i], 1) : 0;
        memory->near[i] += near;
        memory->near_square[i] += near * near;
    }
}

void ut_site_fade(struct ut_site_memory *memory, double keep)
{
    double *sums = &memory->call_s;
    size_t count = (sizeof *memory - offsetof(struct ut_site_memory, call_s)) / sizeof sums[0];
    memory->calls = (uint32_t)((double)memory->calls * keep);
    for (size_t i = 0; i < count; i++)
        sums[i] *= keep;
}

/* To what the text holds, so that a profile is the same before it was written and after. */
static float rounded(double x)
{
    return (float)(round(x * 1e4) / 1e4);
}

static double clamped(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

/*
 * The shift at which the site's calls come as near to alerts, an hour, as the model allows: its own
 * ordinary calls rise with the shift as these do. Between those that were tried it is exponential.
 */
static void settle_shift(struct ut_site *out, const struct ut_site_memory *m, const float *model)
{
    double hours = m->call_s / 3600, wanted = log((double)model[UT_SITE_SHIFTS / 2]);
    double last = 0, shift = (double)ut__site_shift(UT_SITE_SHIFTS - 1), slope = 1;
    int at = UT_SITE_SHIFTS - 1;
    for (int i = 0; i < UT_SITE_SHIFTS; i++) {
        double rate = log((m->near[i] + MODEL_HOURS * (double)model[i]) / (hours + MODEL_HOURS));
        if (i > 0 && rate > last)
            slope = (rate - last) / (double)(ut__site_shift(i) - ut__site_shift(i - 1));
        if (rate >= wanted) {
            shift = (double)ut__site_shift(i) - (i > 0 ? (rate - wanted) / slope : 0);
            at = i;
            break;
        }
        last = rate;
    }
    double all = m->near[at] + MODEL_HOURS * (double)model[at];
    out->shift = rounded(clamped(shift, -SHIFT_LESS, SHIFT_MOST));
    out->shift_error = rounded(sqrt(m->near_square[at]) / all / slope);
}

/* ordinary: [UT_SITE_SHIFTS], how near ordinary calls come to alerts, an hour. */
static int settle(struct ut_site *out, const struct ut_site_memory *memory,
                  const struct ut_model *model, const float *ordinary)
{
    if (memory->calls < UT_SITE_CALLS_MIN || !(memory->speech_s >= UT_SITE_SPEECH_MIN_S) ||
        !(memory->weight > 0))
        return UT_EINVAL;
    double everybody = (double)model->tune[UT__TUNE_OWN_PRIOR];
    double mean = memory->usual / memory->weight;
    double deviation = sqrt(fmax(memory->usual_square / memory->weight - mean * mean, 0));
    *out = (struct ut_site){
        .memory = *memory,
        .usual = rounded(clamped(mean, everybody - USUAL_MOST, everybody + USUAL_MOST)),
        .usual_error = rounded(deviation * sqrt(memory->weight_square) / memory->weight),
    };
    settle_shift(out, memory, ordinary);
    return 0;
}

int ut_site_settle(struct ut_site *out, const struct ut_site_memory *memory,
                   const struct ut_model *model)
{
    return settle(out, memory, model, model->site);
}

int ut_site_settle_unalerted(struct ut_site *out, const struct ut_site_memory *memory,
                             const struct ut_model *model)
{
    float ordinary[UT_SITE_SHIFTS];
    double middle = (double)model->site[UT_SITE_SHIFTS / 2];
    for (int i = 0; i < UT_SITE_SHIFTS; i++) {
        double all = (double)model->site[i];
        ordinary[i] = (float)(all - fmin(MODEL_ALERTS, middle / 2) * fmin(all / middle, 1));
    }
    return settle(out, memory, model, ordinary);
}

/* ---- the text ---- */

#define VERSION "1"

static const char title[] = "undertone-site ", sum_word[] = "checksum ";

/* A line of the text: a name and a number. */
struct field {
    const char *name;
    size_t at; /* In struct ut_site. */
    enum { COUNT, DOUBLE, FLOAT } kind;
    int decimals;
    double low, high;
};

#define FIELD(name, member, kind, decimals, low, high)                                             \
    {                                                                                              \
        name, offsetof(struct ut_site, member), kind, decimals, low, high                          \
    }

/* Sums of a shift. */
#define NEAR(i, shift)                                                                             \
    FIELD("near " shift, memory.near[i], DOUBLE, 6, 0, 1e9),                                       \
        FIELD("near2 " shift, memory.near_square[i], DOUBLE, 6, 0, 1e9)

static const struct field fields[] = {
    FIELD("calls", memory.calls, COUNT, 0, 1, 1e9),
    FIELD("call_s", memory.call_s, DOUBLE, 3, 0, 1e11),
    FIELD("speech_s", memory.speech_s, DOUBLE, 3, 0, 1e11),
    FIELD("usual", usual, FLOAT, 4, -100, 100),
    FIELD("usual_error", usual_error, FLOAT, 4, 0, 100),
    FIELD("shift", shift, FLOAT, 4, -SHIFT_MOST, SHIFT_MOST),
    FIELD("shift_error", shift_error, FLOAT, 4, 0, 100),
    FIELD("sum.weight", memory.weight, DOUBLE, 6, 1e-6, 1e11),
    FIELD("sum.weight2", memory.weight_square, DOUBLE, 6, 1e-6, 1e11),
    FIELD("sum.usual", memory.usual, DOUBLE, 6, -1e11, 1e11),
    FIELD("sum.usual2", memory.usual_square, DOUBLE, 6, 0, 1e11),
    NEAR(0, "-1.00"),
    NEAR(1, "-0.75"),
    NEAR(2, "-0.50"),
    NEAR(3, "-0.25"),
    NEAR(4, "0.00"),
    NEAR(5, "0.25"),
    NEAR(6, "0.50"),
    NEAR(7, "0.75"),
    NEAR(8, "1.00"),
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

static double get(const struct ut_site *site, const struct field *f)
{
    const char *at = (const char *)site + f->at;
    switch (f->kind) {
    case COUNT:
        return (double)*(const uint32_t *)(const void *)at;
    case DOUBLE:
        return *(const double *)(const void *)at;
    case FLOAT:
        return (double)*(const float *)(const void *)at;
    }
    return 0;
}

static void set(struct ut_site *site, const struct field *f, double value)
{
    void *at = (char *)site + f->at;
    switch (f->kind) {
    case COUNT:
        *(uint32_t *)at = (uint32_t)value;
        return;
    case DOUBLE:
        *(double *)at = value;
        return;
    case FLOAT:
        *(float *)at = (float)value;
        return;
    }
}

/* A text that grows; when it does not fit, `full`. */
struct text {
    char *buf;
    size_t len, cap;
    int full;
};

static void put(struct text *t, const char *word)
{
    size_t n = strlen(word);
    if (t->full || n >= t->cap - t->len) {
        t->full = 1;
        return;
    }
    memcpy(t->buf + t->len, word, n + 1);
    t->len += n;
}

static const char hex_digits[] = "0123456789abcdef";

static void put_hex(struct text *t, uint32_t value)
{
    char word[9] = "";
    for (int i = 0; i < 8; i++)
        word[i] = hex_digits[value >> (28 - 4 * i) & 15];
    put(t, word);
    put(t, "\n");
}

int ut_site_write(const struct ut_site *site, const struct ut_model *model, char *buf, size_t cap)
{
    struct text t = {.buf = buf, .cap = cap, .full = cap == 0};
    put(&t, title);
    put(&t, VERSION "\nmodel ");
    put_hex(&t, model->crc);
    for (size_t i = 0; i < FIELDS; i++) {
        char number[UT__FIXED_MAX];
        ut__fixed(number, get(site, &fields[i]), fields[i].decimals);
        put(&t, fields[i].name);
        put(&t, " ");
        put(&t, number);
        put(&t, "\n");
    }
    uint32_t sum = ut__crc32(0, buf, t.len);
    put(&t, sum_word);
    put_hex(&t, sum);
    return t.full ? UT_ENOSPC : (int)t.len;
}

/* What is left of a text. */
struct rest {
    const char *at, *end;
};

/* Takes `word` if it stands there. */
static int take(struct rest *r, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
        return 0;
    r->at += n;
    return 1;
}

static int digit(const struct rest *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9' ? *r->at - '0' : -1;
}

/* A number as ut__fixed writes it. Returns 0 or UT_EMALFORMED. */
static int take_number(struct rest *r, int decimals, double *out)
{
    int negative = take(r, "-"), digits = 0;
    double units = 0, scale = 1;
    for (; digit(r) >= 0 && digits < 15; r->at++, digits++)
        units = units * 10 + digit(r);
    if (digits == 0 || (decimals > 0 && !take(r, ".")))
        return UT_EMALFORMED;
    for (int i = 0; i < decimals; i++, r->at++) {
        if (digit(r) < 0)
            return UT_EMALFORMED;
        units = units * 10 + digit(r);
        scale *= 10;
    }
    *out = (negative ? -units : units) / scale;
    return take(r, "\n") ? 0 : UT_EMALFORMED;
}

/* Eight hexadecimal digits and the end of the line. */
static int take_hex(struct rest *r, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 8; i++, r->at++) {
        const char *h = r->at < r->end && *r->at ? strchr(hex_digits, *r->at) : NULL;
        if (!h)
            return UT_EMALFORMED;
        *out = *out << 4 | (uint32_t)(h - hex_digits);
    }
    return take(r, "\n") ? 0 : UT_EMALFORMED;
}

/* The checksum is the last line; what it is of goes before. */
static int check_sum(uint32_t *sum, const char *text, size_t len)
{
    enum { LINE = sizeof sum_word - 1 + 8 + 1 };
    if (len < LINE)
        return UT_ETRUNCATED;
    struct rest r = {.at = text + len - LINE, .end = text + len};
    if (!take(&r, sum_word))
        return UT_ETRUNCATED;
    if (take_hex(&r, sum) != 0)
        return UT_EMALFORMED;
    return *sum == ut__crc32(0, text, len - LINE) ? 0 : UT_ECHECKSUM;
}

int ut_site_read(struct ut_site *out, const struct ut_model *model, const char *text, size_t len)
{
    struct rest r = {.at = text, .end = text + len};
    struct ut_site site = {.memory = {.calls = 0}};
    double value;
    uint32_t crc;
    if (!take(&r, title))
        return UT_EMAGIC;
    if (!take(&r, VERSION "\n"))
        return take_number(&r, 0, &value) == 0 ? UT_EVERSION : UT_EMALFORMED;
    int err = check_sum(&site.checksum, text, len);
    if (err)
        return err;
    if (!take(&r, "model ") || take_hex(&r, &crc) != 0)
        return UT_EMALFORMED;
    if (crc != model->crc)
        return UT_EFEATURESET;
    for (size_t i = 0; i < FIELDS; i++) {
        if (!take(&r, fields[i].name) || !take(&r, " ") ||
            take_number(&r, fields[i].decimals, &value) != 0 ||
            !(value >= fields[i].low && value <= fields[i].high))
            return UT_EMALFORMED;
        set(&site, &fields[i], value);
    }
    *out = site;
    return take(&r, sum_word) ? 0 : UT_EMALFORMED;
}
