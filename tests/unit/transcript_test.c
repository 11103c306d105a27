/* SPDX-License-Identifier: MIT */
/* Files of lines: their format by name and first bytes, the times of their lines, and bytes that are none of it. */
#include "unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transcript/article.h"
#include "transcript/transcript.h"

struct told {
    unsigned lines, faults, row;
    char text[200];
};

static void take_line(void *ctx, const struct ut__line *line)
{
    struct told *told = ctx;
    told->lines++;
    snprintf(told->text, sizeof told->text, "%s", line->text);
}

static void take_fault(void *ctx, unsigned row, const char *text)
{
    struct told *told = ctx;
    told->faults++;
    told->row = row;
    snprintf(told->text, sizeof told->text, "%s", text);
}

static struct told read_bytes(enum ut__transcript_format format, const char *text, size_t len)
{
    struct told told = {0};
    const struct ut__transcript_sink sink = {take_line, &told, take_fault, &told};
    char *own = malloc(len + 1);
    assert_non_null(own);
    memcpy(own, text, len);
    own[len] = '\0';
    int faults = ut__transcript_read(format, own, len, &sink);
    assert_int_equal(faults, told.faults);
    free(own);
    return told;
}

static void test_guess(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes, *format;
    } cases[] = {
        {"a.vtt", "", "webvtt"},
        {"a.SRT", "", "webvtt"},
        {"a.vttx", "hello", "text"},
        {"a.", "hello", "text"},
        {"-", "WEBVTT\n", "webvtt"},
        {"-", "\xef\xbb\xbfWEBVTT", "webvtt"},
        {"-", "1\n00:00:01,000 --> 00:00:02,000\n", "webvtt"},
        {"-", "2\n00:00:01,000 --> 00:00:02,000\n", "text"},
        {"-", "{\"text\":\"a\"}", "jsonl"},
        {"-", "[{\"text\":\"a\"}]", "jsonl"},
        {"a.ndjson", "no JSON", "jsonl"},
        {"-", "From ana@example.org", "mbox"},
        {"-", "[12/05/24, 10:33:21] Ana: hi", "whatsapp"},
        {"-", "\xe2\x80\x8e\xe2\x80\x8e[12/05/24, 10:33:21] Ana: hi", "whatsapp"},
        {"-", "12.05.2024, 10:33 - Ana: hi", "whatsapp"},
        {"-", "12/05", "text"},
        {"-", "12/05\n24, 10:33", "text"},
        {"-", "[", "text"},
        {"-", "", "text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(ut__transcript_name(ut__transcript_guess(cases[i].name, cases[i].bytes,
                                                                     strlen(cases[i].bytes))),
                            cases[i].format);
}

static void test_times(void **state)
{
    (void)state;
    /* What lies behind a zone that breaks off is not read: there, 30 minutes. */
    static const char cut[] = "2026-05-12T10:33:21+5\0"
                              "30";
    static const struct {
        const char *text;
        double seconds;
    } cases[] = {
        {"75.5", 75.5},
        {"1:15.5", 75.5},
        {"01:15:00,250", 4500.25},
        {"2026-05-12T10:33:21Z", 1778582001},
        {"2026-05-12 10:33:21.5+07:00", 1778582001.5 - 25200},
        {"2026-05-12T10:33:21-0330", 1778582001 + 12600},
        {"2026-05-12T10:33:21+", 1778582001},
        {cut, 1778582001},
        {"2026-05-12T10:33:21.5e999", -1},
        {"2026-05-12", 1778544000},
        {"2026-05-12x", -1},
        {"2026-05-12Tnoon", -1},
        {"soon", -1},
        {"", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(fabs(ut__reading_time(cases[i].text) - cases[i].seconds) < 1e-3);
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        enum ut__transcript_format format;
        const char *bytes, *word;
        unsigned lines, faults;
    } cases[] = {
        {UT__TRANSCRIPT_TEXT, "\xff\xfeh\0i\0", "UTF-16", 0, 1},
        {UT__TRANSCRIPT_TEXT, "\xfe\xff\0h", "UTF-16", 0, 1},
        {UT__TRANSCRIPT_JSON_LINES, "{\"who\":\"ana\"}", "has no `text`", 0, 1},
        {UT__TRANSCRIPT_JSON_LINES, "[{\"text\":\"a\"},3]", "no JSON object", 1, 1},
        {UT__TRANSCRIPT_JSON_LINES, "[{\"text\":", "", 0, 1},
        {UT__TRANSCRIPT_TEXT, "\xef\xbb\xbfhello", "hello", 1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct told told = read_bytes(cases[i].format, cases[i].bytes, strlen(cases[i].bytes));
        assert_int_equal(told.lines, cases[i].lines);
        assert_int_equal(told.faults, cases[i].faults);
        assert_non_null(strstr(told.text, cases[i].word));
    }
}

#define MAIL                                                                                       \
    "From: Ana <ana@example.org>\r\nDate: Mon, 30 Nov 2026 10:00:00 +0000\r\nMIME-Version: "       \
    "1.0\r\n"

/* The plain part counts before HTML, however deep; quotes, and what follows a signature's dashes, are others' words. */
/* A mail of so many parts with parts of their own, of which the one of this number has the text. */
static struct told read_parts(int count, int text_at)
{
    size_t cap = 4096 + (size_t)count * 200, len = 0;
    char *mail = malloc(cap);
    assert_non_null(mail);
    len +=
        (size_t)snprintf(mail, cap, "%s", MAIL "Content-Type: multipart/mixed; boundary=t\r\n\r\n");
    for (int i = 1; i <= count; i++)
        len += (size_t)snprintf(
            mail + len, cap - len,
            "--t\r\nContent-Type: multipart/mixed; Boundary =s%d\r\n\r\n--s%d\r\nContent-Type: "
            "%s\r\n\r\nfound\r\n--s%d--\r\n",
            i, i, i == text_at ? "text/plain" : "image/png", i);
    struct told told = read_bytes(UT__TRANSCRIPT_MAIL, mail, len);
    free(mail);
    return told;
}

static void test_mail(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *text;
        unsigned lines, faults;
    } rows[] = {
        {MAIL
         "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
         "quoted-printable\r\n\r\nD=F3nde est=E1 mi=\r\n pedido?\r\n> quoted\r\n-- \r\nAna\r\n",
         "D\xc3\xb3nde est\xc3\xa1 mi pedido?", 1, 0},
        {MAIL "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/"
              "alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n"
              "--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
              "cGxhaW4=\r\n--b--\r\n--a--\r\n",
         "plain", 1, 0},
        {MAIL "Content-Type: text/html\r\n\r\n<script>x()</script><b>A &lt; B</b>\r\n", "A < B", 1,
         0},
        {MAIL "Content-Type: image/png\r\n\r\nPNG\r\n", "has no text", 0, 1},
        {"From ana Mon Nov 30 10:00:00 2026\n" MAIL
         "\r\nfirst\r\n\r\nFrom ana Mon Nov 30 10:01:00 2026\n" MAIL
         "\r\nOn Monday he wrote:\r\n> old\r\n",
         "first", 1, 0},
    };
    char none[] = "";
    struct told of_none = {0};
    const struct ut__transcript_sink sink = {take_line, &of_none, take_fault, &of_none};
    if (ut__transcript_read(UT__TRANSCRIPT_MAIL, none, 0, &sink) == UT_EUNSUPPORTED)
        skip(); /* Built without GMime. */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct told told = read_bytes(UT__TRANSCRIPT_MAIL, rows[i].bytes, strlen(rows[i].bytes));
        assert_int_equal(told.lines, rows[i].lines);
        assert_int_equal(told.faults, rows[i].faults);
        assert_true(rows[i].faults ? strstr(told.text, rows[i].text) != NULL
                                   : strcmp(told.text, rows[i].text) == 0);
    }
    /* The first 64 boundaries of a message are known, its own among them. */
    struct told near = read_parts(100, 60), far = read_parts(100, 80);
    assert_string_equal(near.text, "found");
    assert_int_equal(near.lines, 1);
    assert_int_equal(far.lines, 0);
    assert_int_equal(far.faults, 1);
}

static void test_article_kinds(void **state)
{
    (void)state;
    assert_int_equal(ut__article_kind_of("a.b.MD"), UT__ARTICLE_MARKDOWN);
    assert_int_equal(ut__article_kind_of("a.htm"), UT__ARTICLE_HTML);
    assert_int_equal(ut__article_kind_of("a.text"), UT__ARTICLE_PLAIN);
    assert_int_equal(ut__article_kind_of("a.mdx"), -1);
    assert_int_equal(ut__article_kind_of("md"), -1);
}

struct passages {
    size_t count, bytes, longest;
    int split;      /* Within a letter. */
    char first[64]; /* Its beginning. */
};

static void take_passage(void *ctx, const char *text)
{
    struct passages *p = ctx;
    size_t n = strlen(text);
    if (!p->count++)
        snprintf(p->first, sizeof p->first, "%s", text);
    p->bytes += n;
    p->longest = n > p->longest ? n : p->longest;
    p->split |= ((unsigned char)text[0] & 0xc0) == 0x80;
}

static void test_article_markup(void **state)
{
    (void)state;
    static const struct {
        const char *html, *title, *text;
    } rows[] = {
        {"<title>A &amp; B</title><p>Gr&uuml;n &lt;b&gt;</p>", "A & B", "A & B Gr\xc3\xbcn <b>"},
        {"<TITLE></TITLE><h1>Router</h1>it <b>blinks</b>", "Router", "Router it blinks"},
        {"<script>if (a < b) c();</script>seen<style>x{}</style>", "seen", "seen"},
        {"<script>never closed", "never closed", "never closed"},
        {"1 < 2 &unknown; &amp", "1 < 2 &unknown; &amp", "1 < 2 &unknown; &amp"},
        {"a\x1b[31mb\x7f", "a [31mb ", "a [31mb"},
        {"&iquest;d&oacute;nde?",
         "\xc2\xbf"
         "d\xc3\xb3nde?",
         "\xc2\xbf"
         "d\xc3\xb3nde?"},
        {"<<<<", "<<<<", "<<<<"},
        {"", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char title[UT__ARTICLE_TITLE_MAX], html[200];
        struct passages p = {.count = 0};
        snprintf(html, sizeof html, "%s", rows[i].html);
        int told = ut__article_read(title, UT__ARTICLE_HTML, html, strlen(html), take_passage, &p);
        assert_string_equal(title, rows[i].title);
        assert_int_equal(told, rows[i].text[0] != '\0');
        assert_string_equal(p.first, rows[i].text);
    }
    char title[UT__ARTICLE_TITLE_MAX], nul[] = "a\0b";
    assert_int_equal(ut__article_read(title, UT__ARTICLE_PLAIN, nul, 3, take_passage, NULL),
                     UT_EMALFORMED);
}

/* Sixteen million tags that nothing closes cost what they weigh, and not each a look to the end: hours. */
static void test_markup_that_nothing_closes(void **state)
{
    (void)state;
    static const char *const units[] = {"<", "<script>"};
    for (size_t k = 0; k < 2; k++) {
        size_t unit = strlen(units[k]), len = (size_t)16 << 20;
        char *text = malloc(len + 1);
        assert_non_null(text);
        for (size_t i = 0; i < len; i++)
            text[i] = units[k][i % unit];
        text[len] = '\0';
        ut__strip_html(text);
        assert_int_equal(strlen(text), k == 0 ? len : 0);
        free(text);
    }
}

/* A row longer than a passage, of words and of letters of two bytes without a blank. */
static void test_article_long_rows(void **state)
{
    (void)state;
    enum { WORDS = 400, LETTERS = 1000 };
    static char words[WORDS * 5 + 1], letters[1 + 2 * LETTERS + 1];
    char title[UT__ARTICLE_TITLE_MAX];
    struct passages p = {0};
    for (size_t i = 0; i < WORDS; i++)
        memcpy(words + i * 5, "word ", 5);
    int told = ut__article_read(title, UT__ARTICLE_PLAIN, words, WORDS * 5, take_passage, &p);
    assert_int_equal(told, p.count);
    assert_in_range(p.longest, UT__PASSAGE_BYTES / 2, UT__PASSAGE_BYTES);
    /* All words, less the blanks between passages. */
    assert_int_equal(p.bytes + p.count, WORDS * 5);

    p = (struct passages){0};
    letters[0] = 'x'; /* So that a passage would end within a letter. */
    for (size_t i = 0; i < LETTERS; i++)
        memcpy(letters + 1 + 2 * i, "\xc3\xa4", 2);
    assert_int_equal(
        ut__article_read(title, UT__ARTICLE_PLAIN, letters, 1 + 2 * LETTERS, take_passage, &p), 5);
    assert_int_equal(p.bytes, 1 + 2 * LETTERS);
    assert_false(p.split);
    assert_int_equal(strlen(title), UT__ARTICLE_TITLE_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guess),          cmocka_unit_test(test_times),
        cmocka_unit_test(test_faults),         cmocka_unit_test(test_mail),
        cmocka_unit_test(test_article_kinds),  cmocka_unit_test(test_article_long_rows),
        cmocka_unit_test(test_article_markup), cmocka_unit_test(test_markup_that_nothing_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
