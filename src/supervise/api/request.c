/* SPDX-License-Identifier: MIT */
/* A request of the API on its way: what the ledger is asked for it, and how it is answered. */

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "supervise/acts.h"
#include "supervise/api/replies.h"
#include "supervise/api/routes.h"
#include "supervise/ask.h"
#include "supervise/elsewhere.h"

void ut__request_free(struct ut__request *r)
{
    json_decref(r->args);
    json_decref(r->body);
    free(r);
}

void ut__request_json(struct ut__request *r, const char *json, const char *headers)
{
    if (r->x)
        ut__reply_json(r->sv, r->x, 200, json, strlen(json), headers);
    ut__request_free(r);
}

void ut__request_text(struct ut__request *r, struct ut__text *text, const char *headers)
{
    if (text->failed || !text->buf)
        ut__request_error(r, 503, "unavailable", "There is no memory for the answer.",
                          "Ask for less, or try again in a moment.", NULL);
    else
        ut__request_json(r, text->buf, headers);
    ut__text_free(text);
}

int ut__request_failed(struct ut__request *r, const struct ut__answer *answer)
{
    if (answer->status == UT__LEDGER_OK)
        return 0;
    if (r->x)
        ut__reply_refusal(r->sv, r->x, answer->status, answer->message, answer->remedy);
    ut__request_free(r);
    return 1;
}

json_t *ut__request_loaded(struct ut__request *r, const struct ut__answer *answer)
{
    if (ut__request_failed(r, answer))
        return NULL;
    json_t *root = answer->json ? json_loads(answer->json, 0, NULL) : NULL;
    if (!root)
        ut__request_unavailable(r);
    return root;
}

void ut__request_value(struct ut__request *r, json_t *value)
{
    char *json = value ? json_dumps(value, UT__JSON) : NULL;
    json_decref(value);
    if (json)
        ut__request_json(r, json, NULL);
    else
        ut__request_unavailable(r);
    if (json)
        OPENSSL_cleanse(json, strlen(json)); /* It may hold a new token. */
    free(json);
}

static void on_known(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    r->take(r->sv, answer);
    ut__request_value(r, json_incref(r->body));
}

void ut__request_known(struct ut__request *r, json_t *value_take, enum ut__inquiry_kind kind,
                       ut__answered *take)
{
    json_decref(r->body);
    r->body = value_take;
    r->take = take;
    /* Where it cannot be asked, it is done all the same, and known a moment later. */
    if (ut__inquire(r->sv, &(struct ut__inquiry){.kind = kind}, on_known, r))
        ut__request_value(r, json_incref(r->body));
}

void ut__request_unavailable(struct ut__request *r)
{
    (void)ut__request_failed(r, &(struct ut__answer){.status = UT__LEDGER_AWAY});
}

void ut__request_error(struct ut__request *r, int status, const char *code, const char *message,
                       const char *remedy, const char *headers)
{
    if (r->x)
        ut__reply_error(r->sv, r->x, status, code, message, remedy, headers);
    ut__request_free(r);
}

void ut__request_ask(struct ut__request *r, enum ut__ledger_op op, ut__answered *fn)
{
    json_object_del(r->args, "scope"); /* Nobody chooses it. */
    ut__scope_args(r->args, &r->who);
    char *args = json_dumps(r->args, JSON_COMPACT);
    int err = args ? ut__elsewhere_ask(r->sv, op, args, fn, r) : UT_ENOMEM;
    free(args);
    if (err)
        ut__request_unavailable(r);
}

void ut__request_inquire(struct ut__request *r, const struct ut__inquiry *inquiry, ut__answered *fn)
{
    if (ut__inquire(r->sv, inquiry, fn, r))
        ut__request_unavailable(r);
}
