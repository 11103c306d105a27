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

/* One reading of them, page by page. */
struct ut__alerts_reading {
    struct ut__supervise *sv;
    json_t *seen;  /* Ids, as members; NULL: a page could not be had. */
    int64_t after; /* The row before the next page; 0: there is none. */
    int again;     /* The file was written meanwhile. */
};

/* An open alert of this node that the ledger had on disk and has no more, or NULL. */
static const struct ut__alert *erased_alert(const struct ut__supervise *sv, const json_t *open)
{
    for (const struct ut__alert *a = sv->alerts.first; a; a = a->next)
        if (strcmp(a->node, sv->cfg.node) == 0 && ut__alert_is_open(a->state) && a->stored &&
            !json_object_get(open, a->id))
            return a;
    return NULL;
}

static void take_page(struct ut__alerts_reading *r, const struct ut__answer *answer)
{
    for (uint32_t i = 0; i < answer->count; i++) {
        (void)ut__alerts_put(&r->sv->alerts, &answer->alerts[i]);
        json_object_set_new(r->seen, answer->alerts[i].id, json_true());
    }
    r->after = answer->count == UT__ALERTS_PAGE ? answer->alerts[answer->count - 1].row : 0;
    if (answer->status != UT__LEDGER_OK) {
        json_decref(r->seen);
        r->seen = NULL;
    }
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

static struct ut__inquiry next_page(const struct ut__alerts_reading *r)
{
    return (struct ut__inquiry){.kind = UT__INQUIRE_OPEN_ALERTS, .after = r->after};
}

static void on_page(void *arg, struct ut__answer *answer)
{
    struct ut__alerts_reading *r = arg;
    struct ut__supervise *sv = r->sv;
    take_page(r, answer);
    struct ut__inquiry q = next_page(r);
    if (r->after && ut__inquire(sv, &q, on_page, r) == 0)
        return;
    if (!r->after)
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
    if (sv->reading) {
        sv->reading->again = 1;
        return;
    }
    struct ut__alerts_reading *r = calloc(1, sizeof *r);
    if (!r)
        return;
    *r = (struct ut__alerts_reading){.sv = sv, .seen = json_object()};
    struct ut__inquiry q = next_page(r);
    if (r->seen && ut__inquire(sv, &q, on_page, r) == 0) {
        sv->reading = r;
        return;
    }
    json_decref(r->seen);
    free(r);
}

/* A page at the start, before the loop runs. */
static void on_first(void *arg, struct ut__answer *answer)
{
    take_page(arg, answer);
}

int ut__open_alerts_first(struct ut__supervise *sv)
{
    struct ut__alerts_reading r = {.sv = sv, .seen = json_object()};
    int err = r.seen ? 0 : UT_ENOMEM;
    do {
        struct ut__inquiry q = next_page(&r);
        err = err ? err : ut__inquire_now(sv, &q, on_first, &r);
    } while (!err && r.after);
    json_decref(r.seen);
    return err;
}
