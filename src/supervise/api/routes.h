/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_API_ROUTES_H
#define UT_SUPERVISE_API_ROUTES_H

#include "supervise/ask.h"
#include "supervise/state.h"

enum { UT__PARAMS_MAX = 20, UT__VALUE_MAX = 256, UT__PAGE = 50, UT__PAGE_MAX = 500 };

enum ut__param_kind { UT__PARAM_TEXT, UT__PARAM_INT, UT__PARAM_NUM };

struct ut__param {
    const char *name; /* NULL ends the list. */
    enum ut__param_kind kind;
};

/* A request of the API on its way: freed with its answer. */
struct ut__request {
    struct ut__supervise *sv;
    struct ut__http_exchange *x; /* NULL: the client has gone. */
    const struct ut__route *route;
    struct ut__who who;
    char target[UT__VALUE_MAX]; /* The {part} of the path, unescaped; "" when there is none. */
    json_t *args;               /* Query and path; NULL for a route without. */
    json_t *body;               /* Of a POST or PUT; NULL else. */
    ut__answered *take;         /* See ut__request_known. */
};

struct ut__route {
    const char *method, *pattern; /* Below /api/v1; one {part} at most. */
    unsigned roles;               /* 0: anybody. */
    /* Answers the request, now or later. Takes it. */
    void (*serve)(struct ut__request *r);
    /* What the ledger is asked, for ut__serve_ledger. */
    enum ut__ledger_op op;
    const char *part;   /* Name of {part} in the question. */
    const char *access; /* Name in the access log; NULL: not kept. */
    struct ut__param params[UT__PARAMS_MAX];
    const char *verb; /* For acts. */
};

extern const struct ut__route ut__routes[];
extern const unsigned ut__route_count;

/* Each takes the request. */
void ut__serve_ledger(struct ut__request *r);
void ut__serve_calls(struct ut__request *r);
void ut__serve_call(struct ut__request *r);
void ut__serve_alerts(struct ut__request *r);
void ut__serve_alert(struct ut__request *r);
void ut__serve_act(struct ut__request *r);
void ut__serve_marked(struct ut__request *r);    /* as ut__serve_ledger, with who does it */
void ut__serve_part(struct ut__request *r);      /* /turns and /alerts of a call */
void ut__serve_knowledge(struct ut__request *r); /* for a live call */
void ut__serve_drain(struct ut__request *r);
void ut__serve_invite(struct ut__request *r);
void ut__serve_join(struct ut__request *r);
void ut__serve_erasures(struct ut__request *r);
void ut__serve_lines(struct ut__request *r); /* /lines of a call or conversation */
void ut__serve_proposals(struct ut__request *r);
void ut__serve_thresholds(struct ut__request *r);
void ut__serve_threshold_put(struct ut__request *r);
void ut__serve_threshold_drop(struct ut__request *r);
void ut__serve_sites(struct ut__request *r);
void ut__serve_site_put(struct ut__request *r);
void ut__serve_site_reset(struct ut__request *r);
void ut__serve_site_text(struct ut__request *r);
void ut__serve_rules_list(struct ut__request *r);
void ut__serve_rule_set(struct ut__request *r);
void ut__serve_rule_drop(struct ut__request *r);
void ut__serve_rule_try(struct ut__request *r);
void ut__serve_channels(struct ut__request *r);
void ut__serve_health(struct ut__request *r);
void ut__serve_version(struct ut__request *r);
void ut__serve_openapi(struct ut__request *r);
void ut__serve_session(struct ut__request *r);
void ut__serve_login(struct ut__request *r);
void ut__serve_logout(struct ut__request *r);
void ut__serve_tokens(struct ut__request *r);
void ut__serve_people(struct ut__request *r);
void ut__serve_quiets(struct ut__request *r);
void ut__serve_quiet_set(struct ut__request *r);
void ut__serve_recording(struct ut__request *r);
void ut__serve_help(struct ut__request *r);
void ut__serve_own(struct ut__request *r);           /* of an agent */
void ut__serve_own_knowledge(struct ut__request *r); /* likewise */
void ut__serve_own_figures(struct ut__request *r);
void ut__serve_own_disputes(struct ut__request *r);
void ut__serve_own_dispute(struct ut__request *r);
void ut__serve_token_add(struct ut__request *r);
void ut__serve_token_drop(struct ut__request *r);

/** The record's, newest. arg is the hub; thresholds that changed are told to all. */
void ut__known_tokens(void *arg, struct ut__answer *answer);
void ut__known_thresholds(void *arg, struct ut__answer *answer);
void ut__known_rules(void *arg, struct ut__answer *answer);
void ut__known_sites(void *arg, struct ut__answer *answer);
/** What holds for a queue, to decref. */
json_t *ut__threshold_json_of(const struct ut__supervise *sv, const char *queue);

/** Asks the ledger for a request; fn gets the request as its arg and takes it. */
void ut__request_ask(struct ut__request *r, enum ut__ledger_op op, ut__answered *fn);
/** The same with values; see ut__inquire. */
void ut__request_inquire(struct ut__request *r, const struct ut__inquiry *inquiry,
                         ut__answered *fn);
/** 1 when the answer is a failure: the request has been answered. */
int ut__request_failed(struct ut__request *r, const struct ut__answer *answer);
/** The ledger's answer to a request, to decref; NULL when it was none and has been answered. */
json_t *ut__request_loaded(struct ut__request *r, const struct ut__answer *answer);

/** Answers and frees; the value is taken, NULL for want of memory. */
void ut__request_value(struct ut__request *r, json_t *value_take);
void ut__request_json(struct ut__request *r, const char *json, const char *headers);
void ut__request_text(struct ut__request *r, struct ut__text *text, const char *headers);
/**
 * The same, once the hub knows what was changed: what its answer promises holds for the next request. take(sv, the
 * record's answer to `kind`) comes first.
 */
void ut__request_known(struct ut__request *r, json_t *value_take, enum ut__inquiry_kind kind,
                       ut__answered *take);
/** The record is away, or there is no memory. */
void ut__request_unavailable(struct ut__request *r);
void ut__request_error(struct ut__request *r, int status, const char *code, const char *message,
                       const char *remedy, const char *headers);
void ut__request_free(struct ut__request *r);

/** Registers everything with the listener. Returns 0 or UT_E.... */
int ut__routes_register(struct ut__supervise *sv);

#endif
