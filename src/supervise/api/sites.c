/* SPDX-License-Identifier: MIT */
/* What is usual in each queue: what was learnt, and whether calls begin with it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/api/replies.h"
#include "supervise/api/routes.h"
#include "supervise/problems.h"

static const struct ut__site_row *find(const struct ut__supervise *sv, const char *queue)
{
    for (uint32_t i = 0; i < sv->site_count; i++)
        if (strcmp(sv->sites[i].wish.queue, queue) == 0)
            return &sv->sites[i];
    return NULL;
}

/* A queue without enough of its own follows all of them, where its choice is theirs to make. */
const struct ut__site_row *ut__supervise_site(const struct ut__supervise *sv, const char *queue)
{
    const struct ut__site_row *own = queue[0] ? find(sv, queue) : NULL;
    if (own && (own->applies || own->wish.mode[0]))
        return own->applies ? own : NULL;
    const struct ut__site_row *all = find(sv, "*");
    return all && all->applies ? all : NULL;
}

void ut__known_sites(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    const struct ut__site_row *aside = NULL;
    if (answer->status != UT__LEDGER_OK)
        return;
    free(sv->sites);
    sv->site_count = answer->count;
    sv->sites = ut__answer_take(answer);
    for (uint32_t i = 0; i < sv->site_count && !aside; i++)
        aside = sv->sites[i].aside ? &sv->sites[i] : NULL;
    if (!aside) {
        ut__problem_clear(sv, "site_aside");
        return;
    }
    char message[240];
    snprintf(message, sizeof message,
             "What was learnt of queue %.80s cannot be used with this model: it is set aside, and "
             "learnt anew.",
             aside->wish.queue);
    ut__problem_raise(sv, "site_aside", message,
                      "Run the model that it was learnt with, or reset it under Thresholds.");
}

/* What a profile changes; NULL for none. */
static json_t *change_json(const struct ut_site *site, int is)
{
    return is ? json_pack("{sf sf sf sf}", "shift", (double)site->shift, "shift_error",
                          2 * (double)site->shift_error, "usual", (double)site->usual,
                          "usual_error", 2 * (double)site->usual_error)
              : json_null();
}

static json_t *applied_json(const struct ut__site_row *row)
{
    json_t *o = change_json(&row->applied, row->applies);
    if (row->applies)
        json_object_set_new(o, "checksum", json_string(row->checksum));
    return o;
}

static json_t *site_json(const struct ut__site_row *row)
{
    const struct ut_site_memory *m = &row->learnt.memory;
    int set = row->wish.set_ms != 0;
    return json_pack("{ss ss sb si sf sf so so sb so so}", "queue", row->wish.queue, "mode",
                     row->mode, "own", row->wish.mode[0] != 0, "calls", (int)m->calls, "hours",
                     m->call_s / 3600, "speech_s", m->speech_s, "learnt",
                     change_json(&row->learnt, row->enough), "applied", applied_json(row), "aside",
                     (int)row->aside, "set_by", set ? json_string(row->wish.set_by) : json_null(),
                     "set_ms", set ? json_integer(row->wish.set_ms) : json_null());
}

static void on_sites(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    if (ut__request_failed(r, answer))
        return;
    json_t *list = json_array();
    for (uint32_t i = 0; i < answer->count; i++)
        if (strcmp(answer->sites[i].wish.queue, "*") == 0 ||
            ut__scope_has(r->who.queues, answer->sites[i].wish.queue))
            json_array_append_new(list, site_json(&answer->sites[i]));
    ut__request_value(r, json_pack("{so s{si si}}", "sites", list, "needed", "calls",
                                   UT_SITE_CALLS_MIN, "speech_s", UT_SITE_SPEECH_MIN_S));
}

void ut__serve_sites(struct ut__request *r)
{
    ut__request_inquire(r, &(struct ut__inquiry){.kind = UT__INQUIRE_SITES}, on_sites);
}

static void on_set(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    if (ut__request_failed(r, answer))
        return;
    if (answer->count)
        ut__request_known(r, site_json(&answer->sites[0]), UT__INQUIRE_SITES, ut__known_sites);
    else
        ut__request_unavailable(r);
}

static struct ut__inquiry wish_of(const struct ut__request *r, enum ut__inquiry_kind kind)
{
    struct ut__inquiry q = {.kind = kind};
    ut__inquiry_text(q.site.queue, sizeof q.site.queue, r->target);
    ut__inquiry_text(q.site.set_by, sizeof q.site.set_by, r->who.name);
    return q;
}

void ut__serve_site_put(struct ut__request *r)
{
    struct ut__inquiry q = wish_of(r, UT__INQUIRE_SITE_SET);
    const json_t *mode = json_object_get(r->body, "mode");
    /* What is no mode is refused by the record; no text at all is none. */
    if (!json_is_null(mode))
        snprintf(q.site.mode, sizeof q.site.mode, "%s",
                 json_is_string(mode) && json_string_value(mode)[0] ? json_string_value(mode)
                                                                    : "?");
    ut__request_inquire(r, &q, on_set);
}

static void on_reset(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    if (!ut__request_failed(r, answer))
        ut__request_known(r, json_pack("{si}", "erased", 1), UT__INQUIRE_SITES, ut__known_sites);
}

void ut__serve_site_reset(struct ut__request *r)
{
    struct ut__inquiry q = wish_of(r, UT__INQUIRE_SITE_RESET);
    ut__request_inquire(r, &q, on_reset);
}

static void on_text(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    char name[48];
    if (ut__request_failed(r, answer))
        return;
    const char *sum = strstr(answer->profiles[0].text, "checksum ");
    snprintf(name, sizeof name, "site-%.8s.txt", sum ? sum + sizeof "checksum " - 1 : "");
    if (r->x)
        ut__reply_file(r->sv, r->x, name, answer->profiles[0].text);
    ut__request_free(r);
}

void ut__serve_site_text(struct ut__request *r)
{
    struct ut__inquiry q = {.kind = UT__INQUIRE_SITE_TEXT};
    if (strcmp(r->target, "*") != 0 && !ut__scope_has(r->who.queues, r->target)) {
        ut__request_error(r, 404, "not_found", "Nothing is known of such a queue.",
                          "Ask /api/v1/sites for those there are.", NULL);
        return;
    }
    ut__inquiry_text(q.profile.queue, sizeof q.profile.queue, r->target);
    ut__inquiry_text(q.profile.checksum, sizeof q.profile.checksum,
                     ut__json_text(r->args, "checksum"));
    ut__request_inquire(r, &q, on_text);
}
