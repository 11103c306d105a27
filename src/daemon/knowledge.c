/* SPDX-License-Identifier: MIT */
/* `undertone knowledge`: articles into the record, and out of it by what is asked. */

#define _XOPEN_SOURCE 700 /* nftw. */

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <undertone/words.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/slurp.h"
#include "daemon/data_command.h"
#include "terminal/command.h"
#include "terminal/help.h"
#include "terminal/message.h"
#include "transcript/article.h"

enum { FILE_BYTES_MAX = 16 << 20, LISTS = 3, DEPTH_MAX = 32 };

static const struct ut__option rows[] = {
    {.name = "data", .value = "DIR", .help = "The record's folder"},
    {.name = "language", .value = "L", .help = "en, es or vi; guessed by each article without it"},
    {.name = "queue", .value = "Q", .help = "Binds articles to a queue, or asks for a queue's own"},
    {.name = NULL},
};

static const struct ut__help help = {
    .command = "knowledge",
    .synopsis = "import --data DIR PATH... | find --data DIR WORDS... | list --data DIR | drop "
                "--data DIR PATH...",
    .about =
        "Keeps the articles that come up from what a caller says: Markdown, HTML, plain text, "
        "CSV\nwith the columns title,text (and language, queue), or folders of them. An article "
        "of the\nsame path takes the place of the one before; drop takes '*' for all.\n\n"
        "For calls without words: playbooks = FILE of serve names articles by what a call is, a "
        "line each,\nread again by SIGHUP; they come before what was found, the first three that "
        "fit:\n\n"
        "  when queue=Cancellations and alert: cancel.md\n"
        "  when queue=VIP* and state=elevated: VIP callers\n\n"
        "What may be asked: queue=, agent=, source= with * and ?; state=calm, elevated or alert; "
        "alert, of\nwhich severity=low, medium or high. An article is named by its path, the end "
        "of it, or its title.\nOn an agent's page state, severity and alert hold with agents-see = "
        "state alone.\n\n"
        "A search elsewhere: knowledge-url = https://search.example/find header-file=FILE of serve "
        "posts\n{\"v\":1,\"q\":\"what the caller said, "
        "masked\",\"language\":\"en\",\"queue\":\"Q\"}, "
        "at most every two seconds a call,\nnaming neither call nor caller, and takes "
        "{\"articles\":[{\"title\":\"\",\"passage\":\"\",\"url\":\"\"}]}, 64 KiB\nat most. Its "
        "first three come behind the record's own, some seconds later; nothing waits for it\n"
        "(timeout=5). An Elasticsearch or Typesense needs a few lines between that turn its hits "
        "into "
        "this.\n",
    .sets = (const struct ut__option_set[]){{.rows = rows}, {.rows = NULL}},
};

struct importing {
    const char *dir, *language, *queue;
    struct ut_words *lists[LISTS];
    size_t root_bytes; /* Of the path that is walked. */
    unsigned read, failed;
};

static struct importing *walking; /* nftw hands nothing on; the command has one thread. */

static const char *language_of(const struct importing *m, const json_t *passages)
{
    const char *text = json_string_value(json_array_get(passages, 0));
    if (m->language)
        return m->language;
    int guess =
        text ? ut_words_guess((const struct ut_words *const *)m->lists, LISTS, text, strlen(text))
             : -1;
    return guess < 0 ? "" : ut_words_language(m->lists[guess]);
}

static void put(struct importing *m, const char *path, const char *title, const char *language,
                const char *queue, json_t *passages_take)
{
    const char *known = language && *language ? language : language_of(m, passages_take);
    json_t *answer = NULL;
    if (!*known) {
        ut__message(path, "is in a language that no list knows; say --language");
        json_decref(passages_take);
        m->failed++;
        return;
    }
    json_t *args =
        json_pack("{ss ss ss ss so}", "path", path, "title", title, "language", known, "queue",
                  queue && *queue ? queue
                  : m->queue      ? m->queue
                                  : "",
                  "passages", passages_take);
    if (!args) {
        ut__message(path, "is no UTF-8; save it as UTF-8");
        m->failed++;
        return;
    }
    if (ut__data_ask("knowledge", m->dir, UT__LEDGER_ARTICLE_PUT, args, &answer) != UT__EXIT_DONE)
        m->failed++;
    else
        m->read++;
    json_decref(answer);
}

static void add_passage(void *arg, const char *text)
{
    json_array_append_new(arg, json_string(text));
}

static void import_csv(struct importing *m, const char *path, char *bytes, size_t len)
{
    char *at = bytes, *end = bytes + len, *fields[UT__CSV_COLUMNS_MAX], name[1000];
    int column[4] = {-1, -1, -1, -1}, n = ut__csv_next(&at, end, fields);
    static const char *const names[4] = {"title", "text", "language", "queue"};
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 4; k++)
            if (strcmp(fields[i], names[k]) == 0)
                column[k] = i;
    if (column[0] < 0 || column[1] < 0) {
        ut__message(path, "names no columns title and text; its first row reads title,text");
        m->failed++;
        return;
    }
    for (unsigned row = 2; (n = ut__csv_next(&at, end, fields)) > 0; row++) {
        char title[UT__ARTICLE_TITLE_MAX];
        if (column[0] >= n || column[1] >= n)
            continue;
        char *text = fields[column[1]];
        json_t *passages = json_array();
        if (ut__article_read(title, UT__ARTICLE_PLAIN, text, strlen(text), add_passage, passages) <
            0)
            continue;
        snprintf(name, sizeof name, "%s#%u", path, row);
        put(m, name, fields[column[0]], column[2] >= 0 && column[2] < n ? fields[column[2]] : NULL,
            column[3] >= 0 && column[3] < n ? fields[column[3]] : NULL, passages);
    }
    if (n < 0) {
        ut__message(path, "a quote is not closed; the rest is not read");
        m->failed++;
    }
}

static void import_file(struct importing *m, const char *path)
{
    int kind = ut__article_kind_of(path);
    const char *dot = strrchr(path, '.');
    int csv = dot && strcmp(dot, ".csv") == 0;
    char *bytes = NULL, title[UT__ARTICLE_TITLE_MAX];
    size_t len;
    int err = ut__slurp(&bytes, &len, path, FILE_BYTES_MAX);
    if (err) {
        ut__message(path, "cannot be read: %s", strerror(err));
        m->failed++;
        return;
    }
    json_t *passages = csv ? NULL : json_array();
    if (csv) {
        import_csv(m, path, bytes, len);
    } else if (ut__article_read(title, kind < 0 ? UT__ARTICLE_PLAIN : (enum ut__article_kind)kind,
                                bytes, len, add_passage, passages) <= 0) {
        ut__message(path, "holds no text in UTF-8");
        json_decref(passages);
        m->failed++;
    } else {
        const char *slash = strrchr(path, '/');
        put(m, path, *title ? title : slash ? slash + 1 : path, NULL, NULL, passages);
    }
    free(bytes);
}

static int visit(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    const char *name = path + at->base, *dot = strrchr(name, '.');
    int is_article = ut__article_kind_of(name) >= 0 || (dot && strcmp(dot, ".csv") == 0);
    if (at->level == 0 && kind != FTW_D) { /* Whatever was named, be it a link or a pipe. */
        import_file(walking, path);
        return 0;
    }
    /* Hidden files and folders, such as .git, hold no articles; links may lead out of the folder. */
    if (kind == FTW_F && S_ISREG(st->st_mode) && is_article &&
        !strstr(path + walking->root_bytes, "/."))
        import_file(walking, path);
    return 0;
}

static void import_path(struct importing *m, const char *path)
{
    unsigned before = m->read + m->failed;
    m->root_bytes = strlen(path);
    while (m->root_bytes > 1 && path[m->root_bytes - 1] == '/')
        m->root_bytes--;
    if (nftw(path, visit, DEPTH_MAX, FTW_PHYS) != 0)
        ut__message(path, "cannot be read: %s", strerror(errno));
    else if (m->read + m->failed == before)
        ut__message(path, "holds no articles: files that end in .md, .html, .txt or .csv");
    m->failed += m->read + m->failed == before;
}

static int import(struct importing *m, char **paths, int n)
{
    static const char *const languages[LISTS] = {"en", "es", "vi"};
    for (int i = 0; i < LISTS; i++)
        if (ut_words_create_default(&m->lists[i], languages[i]) != 0)
            return UT__EXIT_FAILED;
    walking = m;
    for (int i = 0; i < n; i++)
        import_path(m, paths[i]);
    for (int i = 0; i < LISTS; i++)
        ut_words_destroy(m->lists[i]);
    printf("%u articles taken in, %u failed\n", m->read, m->failed);
    return m->failed ? UT__EXIT_FAILED : UT__EXIT_DONE;
}

static int find(const struct importing *m, char **words, int n)
{
    char q[2048] = "", title[256], path[1024], passage[1024];
    size_t at = 0, i;
    for (int k = 0; k < n && at + 1 < sizeof q; k++)
        at += (size_t)snprintf(q + at, sizeof q - at, "%s%s", k ? " " : "", words[k]);
    json_t *answer = NULL, *one;
    int status =
        ut__data_ask("knowledge", m->dir, UT__LEDGER_ARTICLE_FIND,
                     json_pack("{ss ss ss}", "q", q, "language", m->language ? m->language : "",
                               "queue", m->queue ? m->queue : ""),
                     &answer);
    json_array_foreach(json_object_get(answer, "articles"), i, one) printf(
        "%s  (%s)\n    %s\n", ut__safe_name(title, sizeof title, ut__json_text(one, "title")),
        ut__safe_name(path, sizeof path, ut__json_text(one, "path")),
        ut__safe_name(passage, sizeof passage, ut__json_text(one, "passage")));
    if (status == UT__EXIT_DONE && json_array_size(json_object_get(answer, "articles")) == 0)
        status = UT__EXIT_UNSCORED;
    json_decref(answer);
    return status;
}

static int list(const struct importing *m)
{
    json_t *answer = NULL, *one;
    size_t i;
    char title[256], path[1024];
    int status = ut__data_ask("knowledge", m->dir, UT__LEDGER_ARTICLES, json_object(), &answer);
    json_array_foreach(json_object_get(answer, "articles"), i, one)
        printf("%s  %s  %s\n", ut__json_text(one, "language"),
               ut__safe_name(path, sizeof path, ut__json_text(one, "path")),
               ut__safe_name(title, sizeof title, ut__json_text(one, "title")));
    json_decref(answer);
    return status;
}

static int drop(const struct importing *m, char **paths, int n)
{
    int status = UT__EXIT_DONE;
    for (int i = 0; i < n && status == UT__EXIT_DONE; i++) {
        json_t *answer = NULL;
        status = ut__data_ask("knowledge", m->dir, UT__LEDGER_ARTICLE_DROP,
                              json_pack("{ss}", "path", paths[i]), &answer);
        if (status == UT__EXIT_DONE && json_integer_value(json_object_get(answer, "erased")) == 0) {
            ut__message(paths[i], "there is no such article; undertone knowledge list names them");
            status = UT__EXIT_FAILED;
        }
        json_decref(answer);
    }
    return status;
}

static int usage(void)
{
    fputs("usage: undertone knowledge import --data DIR [--language L] [--queue Q] PATH...\n"
          "       undertone knowledge find --data DIR [--language L] [--queue Q] WORDS...\n"
          "       undertone knowledge list --data DIR\n"
          "       undertone knowledge drop --data DIR PATH...|'*'\n",
          stderr);
    return UT__EXIT_USAGE;
}

/* Takes the options out of argv; what is left is counted. -1: one is wrong. */
static int take_options(struct importing *m, int argc, char **argv)
{
    const struct {
        const char *name;
        const char **value;
    } options[] = {{"--data", &m->dir}, {"--language", &m->language}, {"--queue", &m->queue}};
    int left = 0;
    for (int i = 0; i < argc; i++) {
        size_t k = 0;
        while (k < 3 && strcmp(argv[i], options[k].name) != 0)
            k++;
        if (k < 3 && i + 1 < argc)
            *options[k].value = argv[++i];
        else if (k < 3 || strncmp(argv[i], "--", 2) == 0)
            return -1;
        else
            argv[left++] = argv[i];
    }
    return left;
}

static int main_knowledge(int argc, char **argv)
{
    struct importing m = {.dir = NULL};
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "--help") == 0) {
        ut__help(&help);
        return UT__EXIT_DONE;
    }
    int n = argc > 2 ? take_options(&m, argc - 2, argv + 2) : 0;
    if (n < 0 || !m.dir)
        return usage();
    if (strcmp(verb, "import") == 0 && n > 0)
        return import(&m, argv + 2, n);
    if (strcmp(verb, "find") == 0 && n > 0)
        return find(&m, argv + 2, n);
    if (strcmp(verb, "list") == 0 && n == 0)
        return list(&m);
    if (strcmp(verb, "drop") == 0 && n > 0)
        return drop(&m, argv + 2, n);
    return usage();
}

const struct ut__command ut__command_knowledge = {
    .name = "knowledge",
    .summary = "take in articles that come up from what callers say",
    .run = main_knowledge};
