/* SPDX-License-Identifier: MIT */
/* Lines of calls and conversations that are posted, and articles for what was said last. */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "supervise/api/routes.h"

static const struct {
    int status;
    const char *code, *remedy;
} ends[] = {
    [UT__LINES_TAKEN] = {200, "", ""},
    [UT__LINES_BAD] = {400, "bad_request", "See the OpenAPI file for what lines look like."},
    [UT__LINES_UNKNOWN] = {404, "not_found",
                           "Post to /conversations for a chat or mail without a voice."},
    [UT__LINES_ENDED] = {409, "conflict", "Begin another conversation, under an id of its own."},
    [UT__LINES_FULL] = {503, "unavailable", "Try again when conversations have ended."},
};

void ut__serve_lines(struct ut__request *r)
{
    const struct ut__lines_door *door = r->sv->lines;
    char text[UT__LINES_TEXT_MAX];
    if (!door) {
        ut__request_error(r, 404, "words_off", "No lines are taken here.",
                          "Start Undertone with words = yes.", NULL);
        return;
    }
    char *body = json_dumps(r->body, JSON_COMPACT);
    if (!body) {
        ut__request_error(r, 503, "unavailable", "There is no memory for this request.",
                          "Try again in a moment.", NULL);
        return;
    }
    int is_call = strcmp(r->route->verb, "call") == 0;
    enum ut__lines_end end = door->take(door->arg, r->target, is_call, body, strlen(body), text);
    free(body);
    if (end == UT__LINES_TAKEN)
        ut__request_json(r, text, NULL);
    else
        ut__request_error(r, ends[end].status, ends[end].code, text, ends[end].remedy,
                          end == UT__LINES_FULL ? "Retry-After: 10\r\n" : NULL);
}

/* What the operator has laid ready for a call like this one. */
static void add_playbooks(const struct ut__request *r, const struct ut__card *card)
{
    const struct ut__alert *open =
        card->open_alert[0] ? ut__alerts_find(&r->sv->alerts, card->node, card->open_alert) : NULL;
    int sees_state = r->sv->cfg.agents_see_state || ((unsigned)r->who.role & UT__MAY_READ);
    if (r->sv->playbooks)
        json_object_set_new(
            r->args, "playbooks",
            ut__playbooks_find(r->sv->playbooks, card, open ? open->severity : NULL, sees_state));
}

static void on_articles(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    json_t *root = ut__request_loaded(r, answer);
    if (!root)
        return;
    ut__outside_find(r->sv->outside, r->target, ut__json_text(r->args, "q"),
                     ut__json_text(r->args, "language"), ut__json_text(r->args, "queue"),
                     json_object_get(root, "articles"));
    ut__request_value(r, root);
}

/* What the caller said last asks for articles; where no words come, the call's queue does. */
void ut__serve_knowledge(struct ut__request *r)
{
    const struct ut__lines_door *door = r->sv->lines;
    const struct ut__card *card = ut__wall_find(&r->sv->wall, r->sv->cfg.node, r->target);
    char said[UT__LINES_SAID_MAX] = "", language[UT__LINES_LANGUAGE_MAX] = "";
    if (!ut__scope_has(r->who.queues, card ? card->queue : "")) {
        ut__request_error(r, 404, "not_found", "There is no such call.",
                          "Ask /api/v1/calls for those there are.", NULL);
        return;
    }
    if (door && door->said)
        door->said(door->arg, r->target, said, sizeof said, language);
    json_object_set_new(r->args, "q", json_string(said));
    json_object_set_new(r->args, "language", json_string(language));
    json_object_set_new(r->args, "queue", json_string(card ? card->queue : ""));
    if (card)
        add_playbooks(r, card);
    if (r->sv->outside)
        ut__request_ask(r, r->route->op, on_articles);
    else
        ut__serve_ledger(r);
}
