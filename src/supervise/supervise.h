/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_SUPERVISE_H
#define UT_SUPERVISE_SUPERVISE_H

/*
 * The supervisor channel: the page, REST, /ws, /events, metrics, and the channels that alerts leave
 * by (webhooks, NATS, syslog).
 *
 *     ut__supervise_create(&sv, &cfg, why, sizeof why)
 *     ut__supervise_add_channel(sv, ...)                 for each that alerts leave by
 *     ut__store_open(..., ut__supervise_channels, ut__supervise_listener)
 *     ut__supervise_start(sv, &ledger, http)             routes are registered, threads started
 *     hub: ut__supervise_push per item of the stream
 *     ut__supervise_stop(sv)                             before the ledger is closed
 *     ut__supervise_destroy(sv)                          after it
 *
 * All of it belongs to the hub thread, the listener's functions apart: those may be called from
 * any.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/help.h"
#include "contract/ledger.h"
#include "contract/lines.h"
#include "contract/load.h"
#include "contract/stream.h"
#include "net/http.h"

enum { UT__BUDGETS_MAX = 32, UT__SUPERVISE_NODE_MAX = 64 };

struct ut__supervise_config {
    const char *node;      /* Name of this node: [A-Za-z0-9_-], below 64 bytes. */
    uint32_t budget_count; /* The model's trade-off, for /api/v1/thresholds. */
    struct {
        float false_alerts_per_100h, threshold;
    } budgets[UT__BUDGETS_MAX];
    float threshold_max;    /* Where the model's evidence ends; 0: not known. */
    const char *model;      /* Name of the model, for /api/v1/version. */
    const char *listen;     /* As given to the listener. */
    const char *base_url;   /* Where people open the page, when not by `listen`; or NULL. */
    int secure;             /* 1: the listener speaks TLS. */
    int demo;               /* 1: calls are recordings played as if live. */
    int open;               /* 1: nobody has to sign in, to look and to act; for a demo alone. */
    uint32_t session_hours; /* Life of a session; 0: 12. */
    uint32_t break_min;     /* Alert minutes within an hour after which a break is due; 0: never. */
    /* Who is signed in at a trusted proxy, and their groups: names of headers, or NULL. */
    const char *auth_header, *auth_groups_header;
    const char *const *auth_groups; /* "GROUP=ROLE[:QUEUE|QUEUE]", auth_group_count of them. */
    size_t auth_group_count;
    const char *const *actions; /* See help/action.h; action_count of them. */
    size_t action_count;
    const char *recordings; /* Template of the operator's recordings, see play.h; NULL: none. */
    const char *const
        *phones; /* "NAME=NUMBER", phone_count of them: at which people are reached. */
    size_t phone_count;
    uint32_t escalate_s, expire_s; /* As the record's, for alerts of nodes that died. */
    const char *escalate_to;       /* NULL: nobody in particular. */
    const char *knowledge_url;     /* An outside search of articles; NULL: none. */
    int own_history;               /* 1: the record keeps no calls of other nodes. */
    int agents_see_state; /* 1: an agent sees how the caller sounds: calm, elevated, alert. */
    uint32_t clients_max; /* Connections to /ws and /events; 0: 200. */
    /**
     * Adds the program's own metrics, OpenMetrics lines; may be NULL. Returns bytes written to
     * buf: [cap]. Hub thread.
     */
    size_t (*metrics)(void *arg, char *buf, size_t cap);
    /** 1 when calls can be taken; else 0 and a word what is missing. May be NULL. Hub thread. */
    int (*ready)(void *arg, const char **missing);
    /** How much the node has to do. May be NULL. Hub thread. */
    void (*load)(void *arg, struct ut__load *out);
    /** Has the node take no new calls, and leave when it has none. May be NULL. Hub thread. */
    void (*drain)(void *arg);
    void *arg;
};

struct ut__supervise_config ut__supervise_config_default(void);

/** A check of one of auth_groups, for an option's row. Any thread. */
int ut__supervise_check_group(const char *text, char *why, size_t why_cap) UT_MUST_CHECK;
/** The same of recordings. */
int ut__supervise_check_recordings(const char *text, char *why, size_t why_cap) UT_MUST_CHECK;
/** The same of actions. */
int ut__supervise_check_action(const char *text, char *why, size_t why_cap) UT_MUST_CHECK;
/** The same of knowledge_url. */
int ut__supervise_check_knowledge(const char *text, char *why, size_t why_cap) UT_MUST_CHECK;
/** The same of phones. */
int ut__supervise_check_phone(const char *text, char *why, size_t why_cap) UT_MUST_CHECK;
/** A check of actions together: their number and names. Returns 0, UT_EINVAL or UT_ETOOBIG. */
int ut__supervise_check_actions(const char *const *actions, size_t count, char *why,
                                size_t why_cap) UT_MUST_CHECK;

struct ut__playbooks;
struct ut__supervise;

/**
 * Checks the configuration and makes what the store needs to know.
 * cfg: borrowed for the call; its texts are copied. why: a sentence and a remedy on failure.
 * Returns 0, UT_EINVAL or UT_ENOMEM.
 */
int ut__supervise_create(struct ut__supervise **out, const struct ut__supervise_config *cfg,
                         char *why, size_t why_cap) UT_MUST_CHECK;

/** Hands the node's calls over, since it leaves for good. Returns 0 where it cannot: there is no NATS, or it has not joined. */
int ut__supervise_retire(struct ut__supervise *sv);
/** 1 while the node hands its calls over, before it leaves for good. Hub thread. */
int ut__supervise_retires(const struct ut__supervise *sv);

/**
 * Adds a channel that alerts leave by; before the store is opened. actions: of enum ut__life.
 * state: the kind's, which destroys it, on failure as well. Returns 0 or UT_ENOMEM.
 */
struct ut__channel_kind;
int ut__supervise_add_channel(struct ut__supervise *sv, const char *name, uint32_t actions,
                              const struct ut__channel_kind *kind, void *state_take) UT_MUST_CHECK;

/** Names who acts by a way, for help with a call; before ut__supervise_start. */
void ut__supervise_set_help(struct ut__supervise *sv, enum ut__help_way way, ut__help_fn *fn);

/** Names who acts by SIP; NULL: nobody. Borrowed. */
void ut__supervise_set_help_door(struct ut__supervise *sv, const struct ut__help_door *door);

/** What another node said over a bus. json: freed. Any thread. */
void ut__supervise_heard(struct ut__supervise *sv, char *json_take);
/** What shows other nodes that a text is of their house. Any thread, once started. */
void ut__supervise_sign(struct ut__supervise *sv, const char *text, char out[65]);
/** What a bus keeps for all nodes. json: freed. Any thread. */
void ut__supervise_kept(struct ut__supervise *sv, char *json_take);

/** Names and actions of the channels, for the store. Returns their number. */
uint32_t ut__supervise_channels(const struct ut__supervise *sv,
                                char names[UT__CHANNELS_MAX][UT__CHANNEL_NAME_MAX],
                                uint32_t actions[UT__CHANNELS_MAX]);

/** What the store tells. Its functions may be called from any thread. */
struct ut__ledger_listener ut__supervise_listener(struct ut__supervise *sv);

/**
 * Begins: registers the routes with http (NULL: none) and starts the channels' threads.
 * ledger: copied; must live until ut__supervise_stop. The loop need not run yet.
 * Returns 0, UT_ENOMEM or UT_EINVAL.
 */
int ut__supervise_start(struct ut__supervise *sv, const struct ut__ledger *ledger,
                        struct ut__http *http) UT_MUST_CHECK;

/** The stream's sink; state is the struct ut__supervise. */
void ut__supervise_push(void *state, const struct ut__stream_item *item);

/**
 * Has told(arg, ...) called for each alert of this node, raised or cleared, in the order of a call:
 * once it is on disk, or with stored 0 when it cannot be written, or not in time. Hub thread.
 */
void ut__supervise_set_told(struct ut__supervise *sv,
                            void (*told)(void *arg, const char *call, int raised, int stored),
                            void *arg);

/**
 * Has fn(arg, ...) called with the operators' rules of the record, now and whenever they change; before
 * ut__supervise_start. rows: borrowed for the call. Hub thread.
 */
void ut__supervise_set_rules(struct ut__supervise *sv,
                             void (*fn)(void *arg, const struct ut__rule_row *rows, uint32_t count),
                             void *arg);

/**
 * What stands in the rules' file, to be shown beside the record's, which are told again; NULL: there is no
 * file. Taken. Hub thread.
 */
void ut__supervise_set_rules_text(struct ut__supervise *sv, char *text_take);
/** Which articles come up by themselves, playbooks.h; to free(), NULL: none. Hub thread. */
void ut__supervise_set_playbooks(struct ut__supervise *sv, struct ut__playbooks *playbooks_take);

/** Ends the channels and drops the supervisors; http must still be there, or be gone for good. */
void ut__supervise_stop(struct ut__supervise *sv);

/** NULL is fine. */
void ut__supervise_destroy(struct ut__supervise *sv);

/** A problem of the program's own, shown on the page until it is cleared (message NULL). */
void ut__supervise_problem(struct ut__supervise *sv, const char *code, const char *message,
                           const char *remedy);

/**
 * The first key: whoever opens the page by BASE/#key=KEY is administrator, once, so that the first
 * token can be made. NULL once an administrator has a token, or when it is spent. Nothing may log it.
 */
const char *ut__supervise_first_key(const struct ut__supervise *sv);

/**
 * May this address be listened on? Loopback always; others with TLS and at least one token.
 * tokens: how many there are. why: the reason and the remedy.
 * Returns 0 or UT_EINVAL.
 */
int ut__supervise_check_listen(const char *listen, int secure, int64_t tokens, char *why,
                               size_t why_cap) UT_MUST_CHECK;

/**
 * Makes a token and the hash that the store keeps of it.
 * token: [64]. hash: [65]. Returns 0 or UT_EIO.
 */
int ut__supervise_make_token(char token[64], char hash[65]) UT_MUST_CHECK;

/**
 * What supervisors have set for a queue, or for all. Each is 0 when it was not set: *threshold
 * 0..1, *budget false alerts in a hundred hours. Hub thread.
 */
void ut__supervise_threshold(const struct ut__supervise *sv, const char *queue, float *threshold,
                             float *budget);

/**
 * The profile with which a call of a queue begins: the queue's own, or that of all calls; NULL: none of
 * the record's. It lives until the record tells of another. Hub thread.
 */
const struct ut__site_row *ut__supervise_site(const struct ut__supervise *sv, const char *queue);

/** 1 when the request's Authorization is a token of the role ingest, which sends media. Hub thread.
 */
struct ut__http_exchange;
int ut__supervise_may_ingest(struct ut__supervise *sv, const struct ut__http_exchange *x);

/** Names who takes the lines that are posted to the API; NULL: nobody. Borrowed. Hub thread. */
void ut__supervise_set_lines(struct ut__supervise *sv, const struct ut__lines_door *door);

struct ut__rules;

/**
 * Does one of these rules ask for a phrase that is never found: no words are taken, or no list knows
 * it? Returns the line of the rule, with the sentence in why; 0: none does. Hub thread.
 */
uint32_t ut__supervise_rules_unheard(const struct ut__supervise *sv, const struct ut__rules *rules,
                                     char *why, size_t cap);

/** 1 when name is a role's: agent, viewer, supervisor, qa, admin, ingest. Any thread. */
int ut__supervise_is_role(const char *name);

#endif
