/* SPDX-License-Identifier: MIT */
/*
 * The open alerts of this node, as the record has them: all of them at the start, and again when another
 * process has written the file, for it may have erased some.
 */

#include "supervise/open_alerts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/ask.h"
#include "supervise/messages.h"
#include "supervise/state.h"

/* An open alert of this node that the ledger had on disk and has no more, or NULL. */
static const struct ut__alert *erased_alert(const struct ut__supervise *sv, const json_t *open)
{
    for (const struct ut__alert *a = sv->alerts.first; a; a = a->next)
        if (strcmp(a->node, sv->cfg.node) == 0 &&
            (strcmp(a->state, "raised") == 0 || strcmp(a->state, "acknowledged") == 0) &&
            !strstr(a->json, "\"stored\":false") && !json_object_get(open, a->id))
            return a;
    return NULL;
}

enum { PAGE_ROWS = 500 };

/* One reading of them, page by page. */
struct ut__alerts_reading {
    struct ut__supervise *sv;
    json_t *seen; /* Ids, as members. */
    int again;    /* The file was written meanwhile. */
};

/* Takes a page. Returns the cursor of the next one; NULL: that was the last, or it failed. */
static char *take_page(struct ut__alerts_reading *r, const struct ut__answer *answer)
{
    json_t *root = answer->json ? json_loads(answer->json, 0, NULL) : NULL, *item;
    const char *next = json_string_value(json_object_get(root, "next"));
    char *cursor = next ? strdup(next) : NULL;
    size_t i;
    json_array_foreach(json_object_get(root, "alerts"), i, item)
    {
        const char *id = json_string_value(json_object_get(item, "alert"));
        (void)ut__alerts_put(&r->sv->alerts, item, NULL, 0);
        if (id)
            json_object_set_new(r->seen, id, json_true());
    }
    if (!root) {
        json_decref(r->seen);
        r->seen = NULL;
    }
    json_decref(root);
    return cursor;
}

/* What `undertone erase` took out of the file beside us goes from the wall. */
static void drop_erased(struct ut__alerts_reading *r)
{
    struct ut__supervise *sv = r->sv;
    const struct ut__alert *gone;
    while (r->seen && (gone = erased_alert(sv, r->seen)) != NULL) {
        char call[UT__CALL_ID_MAX];
        snprintf(call, sizeof call, "%s", gone->call);
        ut__alerts_erase_call(&sv->alerts, sv->cfg.node, call);
        ut__say_erased(sv, call);
    }
}

static void page_args(char *args, size_t cap, const char *after)
{
    snprintf(args, cap, "{\"state\":\"open\",\"limit\":%d,\"after\":\"%s\"}", PAGE_ROWS, after);
}

static void on_page(void *arg, struct ut__answer *answer)
{
    struct ut__alerts_reading *r = arg;
    struct ut__supervise *sv = r->sv;
    char args[96], *cursor = take_page(r, answer);
    if (cursor)
        page_args(args, sizeof args, cursor);
    int goes_on = cursor && ut__ask(sv, UT__LEDGER_ALERTS, args, on_page, r) == 0;
    free(cursor);
    if (goes_on)
        return;
    if (!cursor)
        drop_erased(r);
    sv->reading = NULL;
    int again = r->again;
    json_decref(r->seen);
    free(r);
    if (again)
        ut__open_alerts_read(sv);
}

void ut__open_alerts_read(struct ut__supervise *sv)
{
    char args[96];
    if (sv->reading) {
        sv->reading->again = 1;
        return;
    }
    struct ut__alerts_reading *r = calloc(1, sizeof *r);
    if (!r)
        return;
    *r = (struct ut__alerts_reading){.sv = sv, .seen = json_object()};
    page_args(args, sizeof args, "0");
    if (r->seen && ut__ask(sv, UT__LEDGER_ALERTS, args, on_page, r) == 0) {
        sv->reading = r;
        return;
    }
    json_decref(r->seen);
    free(r);
}

/* A page at the start, before the loop runs. */
struct first_page {
    struct ut__alerts_reading reading;
    char *cursor;
};

static void on_first(void *arg, struct ut__answer *answer)
{
    struct first_page *p = arg;
    free(p->cursor);
    p->cursor = take_page(&p->reading, answer);
}

int ut__open_alerts_first(struct ut__supervise *sv)
{
    struct first_page p = {.reading = {.sv = sv, .seen = json_object()}, .cursor = strdup("0")};
    int err = p.reading.seen && p.cursor ? 0 : UT_ENOMEM;
    while (!err && p.cursor) {
        char args[96];
        page_args(args, sizeof args, p.cursor);
        err = ut__ask_now(sv, UT__LEDGER_ALERTS, args, on_first, &p);
    }
    free(p.cursor);
    json_decref(p.reading.seen);
    return err;
}
