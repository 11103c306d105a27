/* SPDX-License-Identifier: MIT */
/* A transaction of the record costs a turn of the disk: lines go there a second's worth at a time. */

#include "ingress/transcript/line_keeper.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

enum { LINES_MAX = 200, TEXT_MAX = 4096 };

struct ut__line_keeper {
    const struct ut__edge_host *host;
    json_t *lines;
    uint64_t kept;
};

int ut__line_keeper_create(struct ut__line_keeper **out, const struct ut__edge_host *host)
{
    struct ut__line_keeper *k = calloc(1, sizeof *k);
    if (!k || (k->lines = json_array()) == NULL) {
        free(k);
        return UT_ENOMEM;
    }
    k->host = host;
    *out = k;
    return 0;
}

void ut__line_keeper_destroy(struct ut__line_keeper *k)
{
    if (!k)
        return;
    ut__line_keeper_flush(k);
    json_decref(k->lines);
    free(k);
}

/* Bytes of the longest beginning that ends with a whole character. */
static size_t beginning(const char *text)
{
    size_t n = strnlen(text, TEXT_MAX + 1);
    if (n <= TEXT_MAX)
        return n;
    for (n = TEXT_MAX; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
        n--;
    return n;
}

/* Where its charged phrases lie: [from, bytes, kind, as the list has it] each. */
static json_t *hits_of(const struct ut_words_score *score, size_t len)
{
    json_t *hits = json_array();
    for (unsigned i = 0; score && i < score->hits; i++) {
        const struct ut_words_hit *h = &score->hit[i];
        if (h->from + h->len <= len)
            json_array_append_new(hits, json_pack("[i i s s]", (int)h->from, (int)h->len,
                                                  ut_words_kind_name(h->kind), h->phrase));
    }
    return hits;
}

void ut__line_keeper_add(struct ut__line_keeper *k, const char *call, const struct ut__kept_line *l)
{
    static const char *const names[] = {
        [UT__WHO_UNKNOWN] = "unknown", [UT__WHO_CALLER] = "caller", [UT__WHO_AGENT] = "agent"};
    if (!k)
        return;
    const size_t len = beginning(l->text);
    json_t *line = json_pack("{ss sf sf ss ss ss% so}", "call", call, "t", l->said_s, "counted_t",
                             l->counted_s, "who", names[l->who], "language", l->language, "text",
                             l->text, len, "hits", hits_of(l->score, len));
    if (line && json_array_append_new(k->lines, line) == 0)
        k->kept++;
    if (json_array_size(k->lines) == LINES_MAX)
        ut__line_keeper_flush(k);
}

void ut__line_keeper_flush(struct ut__line_keeper *k)
{
    if (!k || json_array_size(k->lines) == 0)
        return;
    json_t *args = json_pack("{sO}", "lines", k->lines);
    char *text = args ? json_dumps(args, JSON_COMPACT) : NULL;
    if (text)
        k->host->keep_lines(k->host->arg, text);
    free(text);
    json_decref(args);
    json_array_clear(k->lines);
}

uint64_t ut__line_keeper_count(const struct ut__line_keeper *k)
{
    return k ? k->kept : 0;
}
