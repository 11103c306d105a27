/* SPDX-License-Identifier: MIT */
/* Articles as passages: paragraphs, put together until they are long enough to be found by. */

#define _DEFAULT_SOURCE /* strncasecmp. */

#include "transcript/article.h"

#include <string.h>
#include <strings.h>

int ut__article_kind_of(const char *name)
{
    static const struct {
        const char *ending;
        enum ut__article_kind kind;
    } kinds[] = {{".md", UT__ARTICLE_MARKDOWN}, {".markdown", UT__ARTICLE_MARKDOWN},
                 {".html", UT__ARTICLE_HTML},   {".htm", UT__ARTICLE_HTML},
                 {".txt", UT__ARTICLE_PLAIN},   {".text", UT__ARTICLE_PLAIN}};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcasecmp(dot, kinds[i].ending) == 0)
            return (int)kinds[i].kind;
    return -1;
}

static int begins(const char *p, const char *with)
{
    return strncasecmp(p, with, strlen(with)) == 0;
}

/* Signs that HTML writes as names, the common ones. */
static size_t entity(const char *at, const char **sign)
{
    static const char *const names[][2] = {{"&amp;", "&"},
                                           {"&lt;", "<"},
                                           {"&gt;", ">"},
                                           {"&nbsp;", " "},
                                           {"&quot;", "\""},
                                           {"&#39;", "'"},
                                           {"&aacute;", "\xc3\xa1"},
                                           {"&eacute;", "\xc3\xa9"},
                                           {"&iacute;", "\xc3\xad"},
                                           {"&oacute;", "\xc3\xb3"},
                                           {"&uacute;", "\xc3\xba"},
                                           {"&ntilde;", "\xc3\xb1"},
                                           {"&uuml;", "\xc3\xbc"},
                                           {"&iquest;", "\xc2\xbf"},
                                           {"&iexcl;", "\xc2\xa1"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(at, names[i][0], strlen(names[i][0])) == 0) {
            *sign = names[i][1];
            return strlen(names[i][0]);
        }
    return 0;
}

/* Where the last tag ends, and the last "</" stands: nothing is sought behind them, which would be once for each "<". */
struct last {
    const char *close, *after;
};

static struct last find_last(const char *text)
{
    struct last last = {strrchr(text, '>'), text};
    for (const char *p = strchr(text, '<'); p; p = strchr(p + 1, '<'))
        if (p[1] == '/')
            last.after = p;
    return last;
}

void ut__strip_html(char *text)
{
    static const char *const blocks[] = {"<br", "</p", "</d", "</h", "</li", "</tr", "</t"};
    const struct last last = find_last(text);
    char *to = text;
    for (char *p = text; *p;) {
        const char *sign;
        size_t n;
        char *close = *p == '<' && last.close && p < last.close ? strchr(p, '>') : NULL;
        if (close) {
            int hidden = begins(p, "<style") || begins(p, "<script");
            char *after = hidden && close < last.after ? strstr(close, "</") : NULL;
            for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
                if (begins(p, blocks[i])) {
                    *to++ = '\n';
                    break;
                }
            p = after ? after : close + 1;
        } else if (*p == '&' && (n = entity(p, &sign)) > 0) {
            memcpy(to, sign, strlen(sign));
            to += strlen(sign);
            p += n;
        } else {
            *to++ = *p++;
        }
    }
    *to = '\0';
}

static void keep_title(char *title, const char *text, size_t len)
{
    while (len && strchr("# \t*_", *text)) {
        text++;
        len--;
    }
    size_t n = len < UT__ARTICLE_TITLE_MAX - 1 ? len : UT__ARTICLE_TITLE_MAX - 1;
    while (n < len && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    memcpy(title, text, n);
    title[n] = '\0';
    ut__strip_html(title);
}

/* The title of an HTML page, before its tags go. */
static void html_title(char *title, const char *bytes)
{
    for (const char *p = strchr(bytes, '<'); p; p = strchr(p + 1, '<'))
        if (begins(p, "<title>") || begins(p, "<h1>")) {
            const char *from = strchr(p, '>') + 1;
            keep_title(title, from, strcspn(from, "<\n"));
            if (*title)
                return;
        }
}

/* Control characters become blanks, but for line ends. */
static void clean(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++)
        if ((*p < 0x20 && *p != '\n') || *p == 0x7f)
            *p = ' ';
}

struct passages {
    void (*tell)(void *arg, const char *text);
    void *arg;
    char text[UT__PASSAGE_BYTES + 1];
    size_t len;
    int count;
};

static void flush(struct passages *p)
{
    while (p->len && p->text[p->len - 1] == ' ')
        p->len--;
    p->text[p->len] = '\0';
    if (p->len && p->count < UT__PASSAGES_MAX) {
        p->tell(p->arg, p->text);
        p->count++;
    }
    p->len = 0;
}

/* Adds a row; what does not fit begins the next passage, between words where it can. */
static void add(struct passages *p, const char *row, size_t len)
{
    while (len) {
        size_t room = UT__PASSAGE_BYTES - p->len;
        if (len + 1 <= room) {
            if (p->len)
                p->text[p->len++] = ' ';
            memcpy(p->text + p->len, row, len);
            p->len += len;
            return;
        }
        if (p->len) {
            flush(p);
            continue;
        }
        size_t n = UT__PASSAGE_BYTES - 1;
        while (n > UT__PASSAGE_BYTES / 2 && row[n] != ' ')
            n--;
        while (n > 1 && ((unsigned char)row[n] & 0xc0) == 0x80)
            n--;
        memcpy(p->text, row, n);
        p->len = n;
        size_t blanks = strspn(row + n, " ");
        row += n + blanks;
        len -= n + blanks;
        flush(p);
    }
}

int ut__article_read(char *title, enum ut__article_kind kind, char *bytes, size_t len,
                     void (*passage)(void *arg, const char *text), void *arg)
{
    struct passages p = {.tell = passage, .arg = arg};
    *title = '\0';
    if (memchr(bytes, '\0', len))
        return UT_EMALFORMED;
    if (kind == UT__ARTICLE_HTML) {
        html_title(title, bytes);
        ut__strip_html(bytes);
    }
    clean(bytes);
    for (char *row = bytes; row;) {
        char *next = strchr(row, '\n');
        size_t n = next ? (size_t)(next - row) : strlen(row);
        const char *from = row + strspn(row, " ");
        n -= (size_t)(from - row);
        int heading = kind == UT__ARTICLE_MARKDOWN && *from == '#';
        if (!*title && n && (heading || kind != UT__ARTICLE_MARKDOWN))
            keep_title(title, from, n);
        while (heading && n && (*from == '#' || *from == ' ')) {
            from++;
            n--;
        }
        if (heading || (n == 0 && p.len > UT__PASSAGE_BYTES / 3))
            flush(&p);
        add(&p, from, n);
        row = next ? next + 1 : NULL;
    }
    flush(&p);
    return p.count;
}
