/* SPDX-License-Identifier: MIT */
/* Help for a call: the address that a button opens. */

#include <stdio.h>
#include <string.h>

#include "supervise/api/routes.h"

static const struct ut__help_link *find(const struct ut__supervise *sv, const char *name)
{
    for (uint32_t i = 0; name && i < sv->help_link_count; i++)
        if (strcmp(sv->help_links[i].name, name) == 0)
            return &sv->help_links[i];
    return NULL;
}

static void refuse(struct ut__request *r, const char *missing)
{
    char message[120];
    if (missing)
        snprintf(message, sizeof message, "This call has no %s, which the address wants.", missing);
    else
        snprintf(message, sizeof message, "A name of this call cannot stand in an address.");
    ut__request_error(r, 409, "conflict", message, "Help the agent in another way.", NULL);
}

void ut__serve_help(struct ut__request *r)
{
    const struct ut__card *c = ut__wall_find(&r->sv->wall, NULL, r->target);
    const struct ut__help_link *link =
        find(r->sv, json_string_value(json_object_get(r->body, "name")));
    struct ut__text url = {0}, t = {0};
    const char *missing = NULL;
    char what[UT__VALUE_MAX + UT__HELP_NAME_MAX];
    if (!c || c->ended || !link || !ut__scope_has(r->who.queues, c->queue)) {
        ut__request_error(r, 404, "not_found", "There is no such live call, or no such action.",
                          "Reload the page: /api/v1/session names the actions.", NULL);
        return;
    }
    int err = ut__help_link_fill(link,
                                 &(struct ut__help_values){.call = c->id,
                                                           .agent = c->agent,
                                                           .queue = c->queue,
                                                           .node = c->node,
                                                           .source = c->source,
                                                           .caller_key = c->caller_key,
                                                           .by = r->who.name},
                                 &url, &missing);
    if (err == UT_EINVAL || err == UT_EMALFORMED) {
        refuse(r, missing);
    } else {
        snprintf(what, sizeof what, "%s %s", r->target, link->name);
        ut__log_access(r->sv, &r->who, "help", what);
        ut__text_raw(&t, "{");
        ut__text_kstr(&t, "name", link->name);
        ut__text_kstr(&t, "url", url.failed || !url.buf ? "" : url.buf);
        ut__text_raw(&t, "}");
        t.failed |= err != 0;
        ut__request_text(r, &t, NULL);
    }
    ut__text_free(&url);
}
